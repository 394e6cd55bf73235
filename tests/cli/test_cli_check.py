"""check: which rules fire, who is told, and what the exit status says; and --sync before it."""

from __future__ import annotations

import csv
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from console import finished, make_run, process, run

from flora_analytics.sandbox import Sandbox

#: The sandbox's runs lie on this day.
AT = "2026-01-01T12:00"
#: A rule that fires whenever it is checked.
EVER = """
store = "s"
[alerts]
to = ["webhook"]
[[rule]]
spend = 1
per = "3000d"
"""


@pytest.fixture
def sandbox():
    failed = {"status": "failed", "error_code": "model_timeout"}
    listed = [make_run(n, **(failed if n > 30 else {})) for n in range(40, 0, -1)]
    with Sandbox(listed) as api:
        yield api


@pytest.fixture
def hook():
    """A web server that keeps what is posted to it."""
    posts = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.posts, server.url = posts, f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield server
    server.shutdown()
    server.server_close()


def rules(text: str) -> None:
    Path("flora-analytics.toml").write_text(text, encoding="utf-8")


def test_a_rule_that_fires_is_exit_status_one(sandbox):
    rules('store = "s"\n[[rule]]\nfailure_rate = 0.2\n[[rule]]\nspend = 99')
    run("sync", api=sandbox)

    answer = run("check", "--at", AT)

    fires, fine = answer.out.splitlines()
    assert answer.status == 1
    assert fires.startswith("Fires       Failure rate: 25.0% of 40 finished runs failed")
    assert fine.startswith("Fine        Spend: $10.00 for 40 runs, on 1 January 2026 up to 12:00.")
    assert "Complete as of" in answer.err


def test_nothing_that_fires_is_exit_status_zero_and_what_is_not_judged_is_three(sandbox):
    rules('store = "s"\n[[rule]]\nspend = 99')
    run("sync", api=sandbox)
    assert run("check", "--at", AT).status == 0

    rules('store = "s"\n[[rule]]\nfailure_rate = 0.2\nat_least = 41')
    answer, then = run("check"), run("check", "--at", AT)

    assert (answer.status, then.status) == (3, 3)
    assert answer.out.startswith("Not judged  Failure rate: no run finished, and it takes 41")
    assert then.out.startswith("Not judged  Failure rate: only 40 finished runs, and it takes 41")


def test_json_and_csv_carry_levels_and_values(sandbox):
    rules('store = "s"\n[[rule]]\nspend = 9.5\nclear = 2\n[[rule]]\nqueue_time = "30s"')
    run("sync", api=sandbox)

    as_json = run("check", "--at", AT, "--format", "json").json
    rows = list(csv.DictReader(io.StringIO(run("check", "--at", AT, "--format", "csv").out)))

    spend, queue = as_json["rows"]
    assert as_json["fires"] is True
    assert (spend["state"], spend["unit"], spend["value"]) == ("fires", "usd", 10)
    assert (spend["above"], spend["clear"]) == ("9.5", 2)
    assert (queue["state"], queue["unit"], float(queue["value"])) == ("fine", "s", 1.0)
    assert [row["state"] for row in rows] == ["fires", "fine"]
    assert [row["rule"] for row in rows] == ["Spend", "Queue time"]


def test_sync_comes_first_and_what_is_new_is_told_once(hook):
    with Sandbox([make_run(1)]) as api:
        rules(f'store = "s"\n[alerts]\nto = ["webhook"]\n[webhook]\nurl = "{hook.url}"\n'
              '[[rule]]\nstale = "1h"\n[[rule]]\nname = "Runs"\nopen_time = "1h"\n'
              'per = "3000d"\n')  # fmt: skip
        first = run("check", "--sync", api=api)
        api.add_runs([make_run(2, status="running", completed_at=None, charged_cost=None)])
        dry = run("check", "--sync", "--dry-run", api=api)
        assert hook.posts == []
        fires = [run("check", "--sync", api=api) for _ in range(2)]

    assert first.status == 0
    assert "1 new, 0 changed" in first.err
    assert [dry.status, *(each.status for each in fires)] == [1, 1, 1]
    assert "FLORA: 1 alert: Runs" in dry.out
    assert [post["subject"] for post in hook.posts] == ["FLORA: 1 alert: Runs"]
    assert "Told webhook: FLORA: 1 alert: Runs" in fires[0].err
    assert fires[1].out.startswith("Fires on")


def test_a_sync_that_fails_is_said_and_is_exit_status_one(sandbox):
    rules('store = "s"\n[[rule]]\nspend = 99')
    run("sync", api=sandbox)

    answer = run("check", "--sync", FLORA_API_KEY="sk_test_x", FLORA_BASE_URL="http://127.0.0.1:9")
    unset = run("check", "--sync")

    assert (answer.status, unset.status) == (1, 1)
    assert "The sync failed: s." in answer.err
    assert "sk_test_x" not in answer.err


def test_a_send_that_fails_is_exit_status_one_and_is_told_by_the_next_check(sandbox, hook):
    rules(EVER + '[webhook]\nurl_env = "HOOK"')
    run("sync", api=sandbox)

    failed, told = run("check"), run("check", HOOK=hook.url)

    assert (failed.status, told.status) == (1, 1)
    assert "Error: The address of the webhook" in failed.err
    assert "The next check tells it." in failed.err
    assert len(hook.posts) == 1


def test_two_checks_at_once_tell_once(sandbox, hook):
    rules(EVER + f'[webhook]\nurl = "{hook.url}"')
    run("sync", api=sandbox)

    answers = [finished(each) for each in [process("check") for _ in range(2)]]

    assert {answer.status for answer in answers} == {1}
    assert len(hook.posts) == 1


def test_a_backtest_says_when_rules_would_have_fired(sandbox):
    rules('store = "s"\n[[rule]]\nfailure_rate = 0.2\n[[rule]]\nstale = "1h"')
    run("sync", api=sandbox)

    answer = run("check", "--backtest", "2d", "--every", "12h")
    as_json = run("check", "--backtest", "2d", "--every", "12h", "--format", "json").json
    as_csv = run("check", "--backtest", "2d", "--every", "12h", "--format", "csv").out

    lines = answer.out.splitlines()
    assert answer.status == 0
    assert lines[0].startswith("Checked every 12 h from 30 December 2025")
    assert any("Failure rate above 20.0%: would have fired 1 time; could not be" in one
               for one in lines)  # fmt: skip
    assert lines[-1] == "Not tried, because nobody recorded the ledger's past: Stale."
    assert as_json["not_tried"] == ["Stale"]
    assert [row["rule"] for row in as_json["rows"]] == ["Failure rate"]
    assert as_csv.startswith("rule,group,fired_at,ended_at,text")


@pytest.mark.parametrize(
    "words",
    [
        ("--backtest", "2d", "--at", AT),
        ("--backtest", "2d", "--sync"),
        ("--backtest", "soon"),
        ("--at", AT, "--dry-run"),
        ("--every", "3h"),
        ("--backtest", "2d", "--every", ""),
        ("--at", "2999-01-01"),
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused(store, words):
    rules("[[rule]]\nspend = 5")

    assert run("check", "--store", store, *words).status == 2


def test_without_rules_it_says_how_to_write_one(store):
    answer = run("check", "--store", store)

    assert answer.status == 2
    assert "[[rule]]" in answer.err


def test_a_report_syncs_first_and_says_on_top_if_it_could_not(sandbox):
    rules('store = "s"')

    fresh = run("report", "--sync", "--out", "fresh.md", api=sandbox)
    stale = run("report", "--sync", "--out", "stale.md", FLORA_API_KEY="sk_test_x",
                FLORA_BASE_URL="http://127.0.0.1:9")  # fmt: skip

    failed = "The sync before this report failed"
    assert (fresh.status, stale.status) == (0, 1)
    assert failed not in Path("fresh.md").read_text(encoding="utf-8")
    assert failed in Path("stale.md").read_text(encoding="utf-8")
