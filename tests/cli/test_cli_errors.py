"""What goes wrong is said in one plain line, with the right exit status and nothing harmed."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from console import finished, make_run, process, run

from flora_analytics.sandbox import Sandbox


def one_line(answer) -> str:
    """The only line on standard error."""
    (line,) = answer.err.splitlines()
    assert line.startswith("Error: ")
    assert answer.out == ""
    return line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["cost", "--by", "techniqe"], "Did you mean 'technique'?"),
        (["cost", "--tz", "Europe/Viena"], "Did you mean 'Europe/Vienna'?"),
        (["cost", "--from", "yesterday"], "write 2026-03-01"),
        (["cost", "--from", "2026-02-01", "--to", "2026-01-01"], "is empty"),
        (["cost", "--last", "a month"], "30d"),
        (["cost", "--last", "3d", "--from", "2026-01-01"], "give one of them"),
        (["cost", "--unit", "--failed"], "one at a time"),
        (["sync", "--lookback", "3 days"], "such as 90m"),
        (["sync", "--profile", "studio"], "There is no profile 'studio'"),
        (["sync", "--profile", "a", "--api-key-file", "b"], "give one of them"),
        (["sync", "--api-key-file", "nowhere"], "nowhere cannot be read"),
        (["status", "--config", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["sandbox", "--runs", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_value_says_what_would_do(store, arguments, says):
    answer = run(*arguments, FLORA_STORE=str(store))

    assert says in one_line(answer)
    assert answer.status == 2


@pytest.mark.parametrize(
    "arguments",
    [["cots"], ["cost", "--perid", "day"], ["cost", "--period", "fortnight"],
     ["cost", "--format", "xml"], ["export"], ["sync", "--workers", "many"]],
    ids=" ".join,
)  # fmt: skip
def test_a_call_that_cannot_be_parsed_shows_the_usage(arguments):
    answer = run(*arguments)

    assert answer.status == 2
    assert answer.err.startswith("Usage: ")
    assert answer.out == ""


@pytest.mark.parametrize("command", ["status", "cost", "failures", "durations"])
def test_without_a_store_the_next_step_is_named(command, tmp_path):
    answer = run(command, "--store", tmp_path / "nowhere")

    assert "flora-analytics sync" in one_line(answer)
    assert answer.status == 1
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", ["sync", "status", "cost"])
def test_a_file_in_the_place_of_the_store_is_left_alone(command, tmp_path, api):
    file = tmp_path / "notes.txt"
    file.write_text("mine")

    answer = run(command, "--store", file, api=api)

    assert "is a file" in one_line(answer)
    assert answer.status == 1
    assert file.read_text() == "mine"


def test_a_wrong_key_changes_nothing_and_is_not_repeated(api, tmp_path):
    run("sync", "--store", "s", api=api)
    before = run("status", "--store", "s", "--format", "json").json

    answer = run("sync", "--store", "s", FLORA_BASE_URL=api.base_url,
                 FLORA_API_KEY="sk_test_wrong")  # fmt: skip

    assert "FLORA_API_KEY" in one_line(answer)
    assert "sk_test_wrong" not in answer.err
    assert answer.status == 1
    assert run("status", "--store", "s", "--format", "json").json == before


def test_a_missing_key_names_the_variable():
    answer = run("sync", "--store", "s")

    assert "FLORA_API_KEY" in one_line(answer)
    assert answer.status == 2


def test_a_host_that_cannot_be_reached_is_named():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"

        answer = run("sync", "--store", "s", FLORA_BASE_URL=f"http://{address}/api/v1",
                     FLORA_API_KEY="sk_test_x")  # fmt: skip

    assert address in one_line(answer)
    assert answer.status == 1


def test_a_page_of_html_is_no_history(tmp_path):
    class Html(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Sign in</title>")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Html)
    Thread(target=server.serve_forever, daemon=True).start()

    answer = run("sync", "--store", "s", FLORA_API_KEY="sk_test_x",
                 FLORA_BASE_URL=f"http://127.0.0.1:{server.server_port}/api/v1")  # fmt: skip
    server.shutdown()
    server.server_close()

    assert one_line(answer)
    assert answer.status == 1
    assert not (tmp_path / "s" / "_delta_log").exists()


def test_a_key_in_the_settings_file_is_refused(tmp_path):
    (tmp_path / "flora-analytics.toml").write_text('api_key = "sk_live_secret"')

    answer = run("status")

    assert "holds an API key" in one_line(answer)
    assert "secret" not in answer.err
    assert answer.status == 2


def test_debug_shows_the_traceback(tmp_path):
    answer = finished(process("status", "--store", tmp_path / "nowhere", "--debug"))

    assert "Traceback" in answer.err
    assert answer.status == 1


def test_a_port_in_use_is_named():
    with Sandbox([make_run()]) as api:
        port = api.base_url.split(":")[2].split("/")[0]

        answer = run("sandbox", "--port", port)

    assert f"listen on port {port}" in one_line(answer)
    assert answer.status == 2


def test_a_reader_that_leaves_early_is_no_error(store):
    printing = process("durations", "--store", store, "--format", "csv")
    printing.stdout.close()
    printing.stdout = None

    answer = finished(printing)

    assert "Traceback" not in answer.err
    assert "BrokenPipe" not in answer.err
    assert answer.status == 141
