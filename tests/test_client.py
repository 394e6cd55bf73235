"""A whole, genuine answer or one plain line why not, against a server that misbehaves on cue."""

from __future__ import annotations

import gzip
import json
import logging
import pickle
import socket
import struct
import threading
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from flora_analytics.client import FloraClient
from flora_analytics.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    ContractError,
    RateLimitedError,
    RefusedRequestError,
    UnavailableError,
)

KEY = "sk_test_do_not_tell"
PAGE = b'{"meta": {"next_cursor": null}, "technique_runs": []}'
HTML = b"<!doctype html><h1>Bad gateway</h1>"

Reply = Callable[[BaseHTTPRequestHandler], None]


def answer(
    status: int = 200, body: bytes = PAGE, *, length: int | None = None, **headers: str
) -> Reply:
    """A reply, whole unless `length` claims more or less than the body has."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.send_header("request-id", "req_42")
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = length is not None

    return reply


def refusal(status: int, code: str, message: str = "No.", **more: Any) -> Reply:
    body = json.dumps({"error": {"code": code, "message": message} | more}).encode()
    return answer(status, body)


def raw(data: bytes) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return reply


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def stall(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.settimeout(60)
    handler.rfile.read(1)  # nothing comes before the client hangs up
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(600):
        handler.wfile.write(b" ")
        time.sleep(0.1)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(200):
        handler.wfile.write(b" " * 2**20)


class Server:
    """Gives the queued replies in turn, then good pages; remembers what it was asked."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.base_url = f"{origin}/api/v1"
        self.replies: deque[Reply] = deque()
        self.requests: list[tuple[str, Mapping[str, str]]] = []
        self.peers: list[tuple[str, int]] = []

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]


@contextmanager
def serve() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            server.requests.append((self.path, self.headers))
            server.peers.append(self.client_address)
            reply = server.replies.popleft() if server.replies else answer()
            with suppress(OSError):
                reply(self)

        def handle(self) -> None:
            with suppress(OSError, ValueError):
                super().handle()

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server = Server(f"http://127.0.0.1:{httpd.server_port}")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    httpd.shutdown()
    thread.join()
    httpd.socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as server:
        yield server


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    with serve() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(server: Server, waits: list[float]) -> Iterator[FloraClient]:
    with FloraClient(KEY, base_url=server.base_url, timeout=60, sleep=waits.append) as client:
        yield client


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLORA_API_KEY", raising=False)
    monkeypatch.delenv("FLORA_BASE_URL", raising=False)


@pytest.fixture
def dead_port() -> Iterator[int]:
    """Where nobody answers and no other process can begin to: held, but never listened at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


class TestAsking:
    def test_gives_the_body_as_served_and_who_answered(self, client, server):
        before = datetime.now(UTC)

        page = client.list_runs()

        assert page.body == PAGE
        assert page.request_id == "req_42"
        assert before <= page.sent_at <= datetime.now(UTC)
        assert client.n_requests == len(server.requests) == 1

    @pytest.mark.parametrize(
        ("ask", "path", "query"),
        [
            (lambda c: c.list_runs(), "/technique-runs", {"limit": "100"}),
            (lambda c: c.list_runs(limit=None), "/technique-runs", {}),
            (
                lambda c: c.list_runs(
                    cursor="a+b/=&", limit=7, workspace_id="w", project_id="p",
                    technique_id="t", status="failed",
                ),
                "/technique-runs",
                {"cursor": "a+b/=&", "limit": "7", "workspace_id": "w", "project_id": "p",
                 "technique_id": "t", "status": "failed"},
            ),
            (lambda c: c.list_workspaces(), "/workspaces", {}),
            (lambda c: c.list_projects(workspace_id="w", cursor="c"), "/projects",
             {"workspace_id": "w", "cursor": "c", "limit": "100"}),
            (lambda c: c.list_techniques(limit=5), "/techniques", {"limit": "5"}),
            (lambda c: c.technique("a/b?c"), "/techniques/a%2Fb%3Fc", {}),
            (lambda c: c.poll_run(technique_id="tech_1", run_id="run_1"),
             "/techniques/tech_1/runs/run_1", {}),
        ],
        ids=["runs", "no limit", "filters", "workspaces", "projects", "techniques", "technique",
             "poll"],
    )  # fmt: skip
    def test_uses_the_documented_routes(self, client, server, ask, path, query):
        ask(client)

        asked = urlsplit(server.paths[0])
        assert asked.path == "/api/v1" + path
        assert dict(parse_qsl(asked.query)) == query

    def test_carries_the_key_whatever_netrc_says(self, client, server, monkeypatch, tmp_path):
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

        client.list_runs()

        assert server.requests[0][1]["Authorization"] == f"Bearer {KEY}"

    def test_of_this_machine_goes_through_no_proxy(self, server, dead_port, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{dead_port}")

        with FloraClient(KEY, base_url=server.base_url) as client:
            assert client.list_runs().body == PAGE

    def test_unpacks_gzip(self, client, server):
        server.replies.append(answer(body=gzip.compress(PAGE), Content_Encoding="gzip"))

        assert client.list_runs().body == PAGE
        assert server.requests[0][1]["Accept-Encoding"] == "gzip"

    def test_reads_chunks(self, client, server):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        server.replies.append(
            raw(head + b"5\r\n" + PAGE[:5] + b"\r\n%x\r\n" % len(PAGE[5:]) + PAGE[5:]
                + b"\r\n0\r\n\r\n")
        )  # fmt: skip

        assert client.list_runs().body == PAGE

    def test_keeps_its_connection(self, client, server):
        for _ in range(3):
            client.list_runs()

        assert len(set(server.peers)) == 1

    def test_works_from_several_threads(self, client, server):
        with ThreadPoolExecutor(8) as pool:
            pages = list(pool.map(lambda _: client.list_runs(), range(40)))

        assert {page.body for page in pages} == {PAGE}
        assert client.n_requests == len(server.requests) == 40

    def test_takes_its_settings_from_the_environment(self, server, monkeypatch):
        monkeypatch.setenv("FLORA_API_KEY", KEY)
        monkeypatch.setenv("FLORA_BASE_URL", server.base_url + "/")

        with FloraClient() as client:
            client.list_runs(limit=None)

        assert server.paths == ["/api/v1/technique-runs"]


class TestPollUrl:
    def poll(self, client: FloraClient, url: str) -> None:
        client.poll_run(technique_id="tech_1", run_id="run_1", poll_url=url)

    def test_at_home_is_asked(self, client, server):
        self.poll(client, f"{server.origin}/elsewhere/run_1?x=1#part")

        assert server.paths == ["/elsewhere/run_1?x=1"]

    @pytest.mark.parametrize(
        "odd",
        ["{other}/runs/run_1", "{other}\\@{host}/runs", "http://{host}@{other_host}/runs",
         "http://a:b@{host}/runs", "https://{host}/runs", "//{host}/runs", "/runs/run_1",
         "file:///etc/passwd", "http://[::1", "http://{host}:x/", " {home}/runs", "nonsense", ""],
    )  # fmt: skip
    def test_elsewhere_is_passed_over_for_the_documented_route(
        self, client, server, elsewhere, odd
    ):
        host, other_host = urlsplit(server.origin).netloc, urlsplit(elsewhere.origin).netloc

        self.poll(
            client,
            odd.format(host=host, home=server.origin, other=elsewhere.origin,
                       other_host=other_host),
        )  # fmt: skip

        assert server.paths == ["/api/v1/techniques/tech_1/runs/run_1"]
        assert elsewhere.requests == []


class TestRetries:
    @pytest.mark.parametrize(
        "fault",
        [
            reset,
            raw(b""),
            raw(b"nonsense\r\n\r\n"),
            answer(length=len(PAGE) + 10),
            answer(length=len(PAGE) - 10),
            answer(body=PAGE[:20]),
            answer(body=b""),
            answer(body=HTML),
            answer(body=b"[]"),
            answer(body=PAGE, Content_Encoding="gzip"),
            answer(body=gzip.compress(PAGE)[:30], Content_Encoding="gzip"),
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + PAGE[:9]),
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
            answer(408),
            answer(409),
            answer(429),
            answer(500, HTML),
            refusal(502, "unknown_error"),
            answer(503, b"", length=100),
            answer(504, b'{"error": null}'),
            answer(599, b'{"error": {"code": ["x"], "fields": 7}}'),
            answer(400, x_should_retry="true"),
        ],
        ids=["reset", "closed", "no HTTP", "length too long", "length too short",
             "cut JSON", "empty", "HTML", "list", "no gzip", "cut gzip", "cut chunk", "bad chunk",
             "408", "409", "429", "500 HTML", "502 JSON", "503 cut", "504 odd JSON",
             "599 odder JSON", "x-should-retry"],
    )  # fmt: skip
    def test_get_over_a_passing_fault(self, client, server, waits, fault):
        server.replies += [fault, fault]

        assert client.list_runs().body == PAGE
        assert client.n_requests == 3
        assert len(waits) == 2

    @pytest.mark.parametrize("silence", [stall, drip])
    def test_get_over_an_answer_that_does_not_come_in_time(self, server, silence):
        def wait(_: float) -> None:
            client.timeout = 60  # what does come may be slow

        server.replies.append(silence)

        with FloraClient(KEY, base_url=server.base_url, timeout=0.4, sleep=wait) as client:
            assert client.list_runs().body == PAGE
        assert client.n_requests == 2

    def test_back_off_from_half_a_second_to_eight(self, client, server, waits):
        server.replies += [answer(500)] * 6
        client.max_retries = 6

        client.list_runs()

        for wait, least in zip(waits, [0.5, 1, 2, 4, 8, 8], strict=True):
            assert least <= wait <= 1.25 * least

    @pytest.mark.parametrize(
        ("status", "headers", "least"),
        [
            (429, {}, 5),
            (429, {"Retry_After": "7"}, 7),
            (429, {"Retry_After": "0"}, 0),
            (503, {"Retry_After": "2.5"}, 2.5),
            (503, {"retry_after_ms": "1500", "Retry_After": "9"}, 1.5),
            (429, {"Retry_After": "soon"}, 5),
            (429, {"Retry_After": "-3"}, 5),
            (429, {"Retry_After": "nan"}, 5),
            (503, {"retry_after_ms": "x", "Retry_After": "3"}, 3),
            (429, {"Retry_After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ],
        ids=str,
    )
    def test_wait_as_long_as_asked(self, client, server, waits, status, headers, least):
        server.replies.append(answer(status, **headers))

        client.list_runs()

        assert least <= waits[0] <= 1.25 * least

    def test_wait_until_the_date_asked_for(self, client, server, waits):
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=45), usegmt=True)
        server.replies.append(answer(429, Retry_After=date))

        client.list_runs()

        assert 30 <= waits[0] <= 45 * 1.25

    @pytest.mark.parametrize("asked", ["3600", "inf", "1e999", "Wed, 21 Oct 2099 07:28:00 GMT"])
    def test_never_wait_longer_than_a_minute(self, client, server, waits, asked):
        server.replies.append(answer(429, Retry_After=asked))

        client.list_runs()

        assert waits == [60]

    @pytest.mark.parametrize("status", [409, 429, 500])
    def test_are_left_where_the_api_says_so(self, client, server, waits, status):
        server.replies.append(answer(status, x_should_retry="false"))

        with pytest.raises(ApiError):
            client.list_runs()
        assert waits == []

    def test_read_stops_at_the_time_allowed_for_a_whole_answer(self, client, server):
        client.max_retries = 0
        client.timeout = 0.4
        server.replies.append(drip)
        start = time.monotonic()

        with pytest.raises(UnavailableError, match="did not answer in time"):
            client.list_runs()
        assert time.monotonic() - start < 30


class TestErrors:
    def failing(self, client: FloraClient, server: Server, *replies: Reply) -> ApiError:
        server.replies += replies
        with pytest.raises(ApiError) as caught:
            client.list_runs(cursor="c")
        return caught.value

    @pytest.mark.parametrize("status", [401, 403])
    def test_of_the_key_stop_at_once(self, client, server, waits, status):
        body = json.dumps({"error": {"code": "invalid_api_key", "message": f"Not {KEY}."}})
        reply = answer(status, body.encode(), x_should_retry="true")

        error = self.failing(client, server, reply)

        assert isinstance(error, AuthenticationError)
        assert error.status == status
        assert error.code == "invalid_api_key"
        assert error.request_id == "req_42"
        assert "FLORA_API_KEY" in str(error)
        assert waits == []

    @pytest.mark.parametrize("status", [400, 402, 404, 405, 410, 422])
    def test_of_the_request_stop_at_once_and_name_the_fields(self, client, server, waits, status):
        fields = [{"field": "limit", "message": "1 to 100"}, {"field": "cursor"}]

        error = self.failing(client, server, refusal(status, "input", "limit: 1", fields=fields))

        assert isinstance(error, RefusedRequestError)
        assert error.fields == ("limit", "cursor")
        assert str(error) == (
            f"{urlsplit(server.origin).netloc} declined GET /api/v1/technique-runs "
            f"({status} input: limit: 1). [request-id req_42]"
        )
        assert waits == []

    @pytest.mark.parametrize(
        ("reply", "kind", "words"),
        [
            (refusal(429, "rate_limited"), RateLimitedError, "6 attempts (429 rate_limited: No.)"),
            (answer(503, HTML), UnavailableError, "6 attempts (503)"),
            (answer(408), UnavailableError, "6 attempts (408)"),
            (answer(409), RefusedRequestError, "declined GET /api/v1/technique-runs (409)"),
            (reset, UnavailableError, "No whole answer from 127.0.0.1"),
            (answer(length=99), UnavailableError, "the answer was cut off"),
            (answer(Content_Encoding="gzip"), UnavailableError, "could not be unpacked"),
            (answer(body=HTML), ContractError, "answered 200 with HTML or XML (GET /api"),
            (answer(body=PAGE[:9]), ContractError, "a body that is no whole JSON object"),
            (answer(204, b""), ContractError, "answered 204 with an empty body"),
        ],
        ids=["429", "503", "408", "409", "reset", "cut", "gzip", "HTML", "cut JSON", "204"],
    )  # fmt: skip
    def test_after_the_last_retry_say_what_happened(self, client, server, reply, kind, words):
        error = self.failing(client, server, *[reply] * 6)

        assert type(error) is kind
        assert words in str(error)
        assert urlsplit(server.origin).netloc in str(error)

    def test_of_a_page_that_is_html_come_soon(self, client, server, waits):
        self.failing(client, server, *[answer(body=HTML)] * 6)

        assert len(waits) == 2

    @pytest.mark.parametrize(
        ("base_url", "words"),
        [
            ("http://127.0.0.1:{port}/api/v1", "the connection was refused"),
            ("https://flora.invalid/api/v1", "its name could not be resolved"),
        ],
        ids=["refused", "no such name"],
    )
    def test_of_a_host_out_of_reach_come_soon(self, waits, base_url, words, dead_port, monkeypatch):
        monkeypatch.setenv("NO_PROXY", "*")
        base_url = base_url.format(port=dead_port)

        with (
            FloraClient(KEY, base_url=base_url, sleep=waits.append) as client,
            pytest.raises(UnavailableError) as caught,
        ):
            client.list_runs()

        host = urlsplit(base_url).netloc
        assert str(caught.value).startswith(f"Could not reach {host}: {words}")
        assert "check the network or FLORA_BASE_URL" in str(caught.value)
        assert len(waits) == 2

    @pytest.mark.parametrize(
        "reply",
        [
            answer(500, HTML),
            refusal(
                400, "bad\ncode", f"line 1\nline 2 {KEY} https://x.example/?sig=1 " + "x" * 999
            ),
            answer(401, b"\xff\x00"),
            answer(404, b"[" * 5000),
            reset,
            answer(body=HTML),
        ],
        ids=["500", "long", "bytes", "deep", "reset", "HTML"],
    )
    def test_are_one_line_without_the_key_and_survive_pickling(self, client, server, reply):
        error = self.failing(client, server, *[reply] * 6)

        copy = pickle.loads(pickle.dumps(error))
        for text in (str(error), repr(error), str(vars(error)), str(copy)):
            assert "\n" not in text
            assert KEY not in text
            assert "sig=1" not in text
            assert len(text) < 700
        assert error.__cause__ is error.__context__ is None


class TestSize:
    def test_of_a_body_is_bounded(self, client, server):
        server.replies.append(endless)

        self.assert_refused(client)

    def test_of_a_packed_body_is_bounded_unpacked(self, client, server):
        bomb = gzip.compress(bytes(200 * 2**20), compresslevel=1)
        server.replies.append(answer(body=bomb, Content_Encoding="gzip"))

        self.assert_refused(client)

    def assert_refused(self, client: FloraClient) -> None:
        tracemalloc.start()
        try:
            with pytest.raises(ContractError, match="more than 33,554,432 bytes"):
                client.list_runs()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 64 * 2**20
        assert client.n_requests == 1


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_that_stay_at_home_are_followed(self, client, server, status):
        server.replies.append(answer(status, b"", Location="/moved?x=1"))

        client.list_runs()

        assert server.paths[1] == "/moved?x=1"
        assert server.requests[1][1]["Authorization"] == f"Bearer {KEY}"

    @pytest.mark.parametrize(
        "location", ["{other}/x", "//{other_host}/x", "https://{host}/x", "http://a@{host}/x"]
    )
    def test_that_leave_are_refused(self, client, server, elsewhere, waits, location):
        host, other_host = urlsplit(server.origin).netloc, urlsplit(elsewhere.origin).netloc
        location = location.format(other=elsewhere.origin, other_host=other_host, host=host)
        server.replies.append(answer(302, b"", Location=location))

        with pytest.raises(ContractError, match="where the API key must not go"):
            client.list_runs()

        assert elsewhere.requests == []
        assert waits == []

    def test_in_a_circle_come_to_an_end(self, client, server):
        server.replies += [answer(302, b"", Location="/api/v1/technique-runs")] * 20

        with pytest.raises(ContractError, match="302"):
            client.list_runs()

        assert client.n_requests == len(server.requests) == 4

    def test_to_nowhere_are_refused(self, client, server):
        server.replies += [answer(302, b"")] * 20

        with pytest.raises(ContractError):
            client.list_runs()


class TestSettings:
    def test_without_a_key_name_the_variable(self):
        with pytest.raises(ConfigurationError, match="FLORA_API_KEY"):
            FloraClient()

    @pytest.mark.parametrize("key", ["sk x", "sk\n", " sk", "sk\x00", "sk\u00e9", "sk–x", "\tsk"])
    def test_of_a_key_no_header_can_carry_are_refused_untold(self, key):
        with pytest.raises(ConfigurationError) as refusal:
            FloraClient(key)

        assert key.strip() not in str(refusal.value)

    @pytest.mark.parametrize(
        "url",
        ["http://app.flora.ai/api/v1", "http://10.0.0.1/", "http://localhost.example/",
         "http://127.0.0.1.example/", "app.flora.ai/api/v1", "ftp://localhost/", "https://",
         "https://user:pw@app.flora.ai/", "https://app.flora.ai/?a=1", "https://app.flora.ai/#a",
         "https://app.flora.ai:x/", "https://[::1", "https://app.flora.ai/ api"],
    )  # fmt: skip
    def test_of_a_base_url_that_would_expose_the_key_are_refused(self, url):
        with pytest.raises(ConfigurationError, match="FLORA_BASE_URL") as refusal:
            FloraClient(KEY, base_url=url)

        assert "pw" not in str(refusal.value)

    @pytest.mark.parametrize(
        "url",
        ["https://app.flora.ai/api/v1", "http://localhost:8899/api/v1", "http://127.0.0.2",
         "http://[::1]:80/x"],
    )  # fmt: skip
    def test_of_a_safe_base_url_are_taken(self, url):
        assert FloraClient(KEY, base_url=url + "/").base_url == url


class TestTheKey:
    def test_is_in_no_log_and_no_repr(self, client, server, caplog):
        caplog.set_level(logging.DEBUG)
        server.replies += [answer(429), reset, answer(302, b"", Location="/x")]

        client.list_runs()

        assert "429" in caplog.text
        assert "req_42" in caplog.text
        assert KEY not in caplog.text
        assert KEY not in repr(client) + repr(vars(client)) + str(client)
