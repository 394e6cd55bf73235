"""Each fault breaks an answer in its own way, on the requests it is planned for."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.error import URLError

import pytest

from flora_analytics.errors import ConfigurationError
from flora_analytics.sandbox import FAULTS, Sandbox, faults, generate, random_faults
from flora_analytics.sandbox.wire import Request

HISTORY = generate(60, seed=8)


def struck_by(fault, ask, **query):
    """The answer to a first request that `fault` strikes."""
    with Sandbox(HISTORY, faults={1: fault}) as sandbox:
        return ask(sandbox, **query)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_fault_strikes_the_request_it_is_planned_for(ask, number):
    with Sandbox(HISTORY, faults={number: faults.status(503)}) as sandbox:
        statuses = [ask(sandbox).status for _ in range(4)]

    assert [n for n, status in enumerate(statuses, start=1) if status == 503] == [number]


def test_a_fault_may_strike_by_any_rule(ask):
    def plan(request):
        return faults.status(500) if request.path == "/workspaces" else None

    with Sandbox(HISTORY, faults=plan) as sandbox:
        assert ask(sandbox, "/workspaces").status == 500
        assert ask(sandbox).status == 200


def test_a_spoilt_answer_still_has_its_request_id(ask):
    answer = struck_by(faults.status(500), ask)

    assert answer.headers["request-id"].startswith("req_")
    assert answer.json["error"]["code"] == "internal_error"


@pytest.mark.parametrize("code", [400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 599])
def test_a_status_comes_with_the_error_envelope(ask, code):
    answer = struck_by(faults.status(code), ask)

    assert answer.status == code
    assert answer.json["error"].keys() >= {"code", "message"}
    assert answer.headers["Retry-After"] is None


def test_retry_after_in_seconds_as_a_date_and_as_given(ask):
    began = datetime.now(UTC)

    seconds = struck_by(faults.status(429, retry_after=7), ask)
    date = struck_by(faults.status(429, retry_after=7, as_date=True), ask)
    nonsense = struck_by(faults.status(429, retry_after="soon"), ask)

    until = parsedate_to_datetime(date.headers["Retry-After"])
    assert seconds.headers["Retry-After"] == "7"
    assert began + timedelta(seconds=6) < until <= datetime.now(UTC) + timedelta(seconds=7)
    assert nonsense.headers["Retry-After"] == "soon"


def test_should_retry_is_said_or_not(ask):
    assert struck_by(faults.status(400, should_retry=True), ask).headers["x-should-retry"] == "true"
    assert (
        struck_by(faults.status(500, should_retry=False), ask).headers["x-should-retry"] == "false"
    )


@pytest.mark.parametrize("fault", [faults.html(), faults.status(502, as_html=True)])
def test_a_web_page(ask, fault):
    answer = struck_by(fault, ask)

    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.body.startswith(b"<!doctype html>")


def test_a_reset_connection(ask):
    with pytest.raises((ConnectionResetError, URLError), match="reset"):
        struck_by(faults.reset(), ask)


def test_silence_before_a_reset(ask):
    began = time.perf_counter()

    with pytest.raises((ConnectionResetError, URLError), match="reset"):
        struck_by(faults.reset(after=0.2), ask)

    assert time.perf_counter() - began > 0.2


@pytest.mark.parametrize("length", ["right", "chunks"])
def test_a_body_cut_off_before_its_announced_end(ask, length):
    with pytest.raises(http.client.IncompleteRead):
        struck_by(faults.cut_off(length=length), ask)


@pytest.mark.parametrize("fault", [faults.cut_off(length="wrong"), faults.invalid_json()])
def test_a_whole_body_that_is_no_json(ask, fault):
    answer = struck_by(fault, ask)

    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


def test_a_stalled_body(ask):
    began = time.perf_counter()

    with pytest.raises(http.client.IncompleteRead):
        struck_by(faults.stall(0.2), ask)

    assert time.perf_counter() - began > 0.2


def test_a_stall_ends_with_the_sandbox(ask):
    began = time.perf_counter()
    with Sandbox(HISTORY, faults={1: faults.stall(60)}) as sandbox:
        host = sandbox.base_url.removeprefix("http://").partition("/")[0]
        client = http.client.HTTPConnection(host)
        client.request("GET", "/api/v1/technique-runs")
        client.getresponse().read(10)
    client.close()

    assert time.perf_counter() - began < 30


def test_a_compressed_body_is_the_page(ask):
    answer = struck_by(faults.gzipped(), ask)
    cut = struck_by(faults.gzipped(cut=True), ask)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(answer.body))["technique_runs"]) == 20
    with pytest.raises(EOFError):
        gzip.decompress(cut.body)


@pytest.mark.parametrize("name", ["meta", "technique_runs"])
def test_a_page_that_lacks_a_part(ask, name):
    lacking = struck_by(faults.without(name), ask).json
    null = struck_by(faults.nulled(name), ask).json

    assert lacking.keys() == {"meta", "technique_runs"} - {name}
    assert null[name] is None
    assert null.keys() == {"meta", "technique_runs"}


def test_a_page_that_forgets_its_next_cursor(ask):
    assert "next_cursor" not in struck_by(faults.without("next_cursor"), ask).json["meta"]
    assert struck_by(faults.nulled("next_cursor"), ask).json["meta"]["next_cursor"] is None


def test_a_cursor_that_leads_to_itself(ask):
    with Sandbox(HISTORY, faults={2: faults.repeated_cursor()}) as sandbox:
        first = ask(sandbox)
        second = ask(sandbox, cursor=first.next_cursor)

    assert second.next_cursor == first.next_cursor


def test_a_cursor_that_has_expired(ask):
    with Sandbox(HISTORY, faults=lambda _: faults.cursor_expired()) as sandbox:
        first = ask(sandbox)
        second = ask(sandbox, cursor=first.next_cursor)

    assert (first.status, second.status) == (200, 400)
    assert second.json["error"]["fields"][0]["field"] == "cursor"


def test_an_error_that_calls_itself_a_success(ask):
    answer = struck_by(faults.error_in_200(), ask)

    assert answer.status == 200
    assert answer.json.keys() == {"error"}


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_body(ask, chunked):
    answer = struck_by(faults.huge(megabytes=3, chunked=chunked), ask)

    assert (answer.headers["Content-Length"] is None) == chunked
    assert len(answer.body) > 3_000_000
    assert len(answer.run_ids) == 20


def test_a_deeply_nested_body(ask):
    body = struck_by(faults.nested(depth=5_000), ask).body

    assert b"[" * 5_000 + b"]" * 5_000 in body


def test_a_redirect_leads_elsewhere_with_the_key_the_client_sends(ask):
    with Sandbox(HISTORY) as elsewhere:
        answer = struck_by(faults.redirect(f"{elsewhere.base_url}/technique-runs"), ask)

    # urllib follows and takes the key along; the log of the other server shows it.
    assert answer.status == 200
    assert elsewhere.requests[0].has_key


@pytest.mark.parametrize("name", FAULTS)
def test_every_named_fault_leaves_the_next_request_alone(ask, name):
    with Sandbox(HISTORY, faults={1: FAULTS[name]}) as sandbox:
        with suppress(OSError, http.client.HTTPException):
            ask(sandbox)
        again = ask(sandbox)

    assert len(again.run_ids) == 20


def test_random_faults_repeat_with_their_seed_and_leave_a_way_through():
    def kinds(seed):
        plan = random_faults(seed, share=0.6, streak=2)
        requests = [Request("/technique-runs", {}, n, True) for n in range(1, 400)]
        return [plan(request) for request in requests]

    first, again, another = kinds(1), kinds(1), kinds(2)
    longest = max(map(len, "".join("x" if fault else " " for fault in first).split()))

    assert first == again != another
    assert longest <= 2
    assert 0.3 < sum(fault is not None for fault in first) / len(first) < 0.6


def test_the_name_of_a_fault_must_be_known():
    with pytest.raises(ConfigurationError, match=r"'flood'.*429"):
        random_faults(1, names=["429", "flood"])
