"""The sandbox answers as the API's documentation says, over real HTTP."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import subprocess
import sys
import time
import urllib.request
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flora_analytics import schema
from flora_analytics.errors import ConfigurationError
from flora_analytics.sandbox import Manner, Sandbox, generate
from flora_analytics.sandbox.listing import FILTERS

HISTORY = generate(450, seed=2)
IDS = [run["run_id"] for run in HISTORY.runs]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(HISTORY) as running:
        yield running


@pytest.mark.parametrize(
    ("key", "code"), [(None, "unauthorized"), ("sk_test_wrong", "invalid_api_key")]
)
def test_only_the_right_key_is_let_in(sandbox, ask, key, code):
    answer = ask(sandbox, key=key)

    assert answer.status == 401
    assert answer.json["error"]["code"] == code


def test_a_page_holds_twenty_runs_unless_asked_otherwise(sandbox, ask):
    page = ask(sandbox)

    assert page.run_ids == IDS[:20]
    assert page.json["meta"]["total_estimate"] == 450
    assert page.headers["Content-Type"] == "application/json"


def test_the_second_cursor_is_the_documented_one(sandbox, ask):
    # The example of the documentation: base64 of {"offset":20}.
    assert ask(sandbox).next_cursor == "eyJvZmZzZXQiOjIwfQ"


def test_every_answer_has_a_request_id_of_its_own(sandbox, ask):
    answers = [ask(sandbox), ask(sandbox, key=None), ask(sandbox, "/nowhere")]

    ids = [answer.headers["request-id"] for answer in answers]
    assert len(set(ids)) == 3
    assert all(request_id.startswith("req_") for request_id in ids)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", ""])
def test_a_limit_outside_1_to_100_is_refused(sandbox, ask, limit):
    answer = ask(sandbox, limit=limit)

    assert answer.status == 400
    assert answer.json["error"]["code"] == "input_validation_error"
    assert answer.json["error"]["fields"][0]["field"] == "limit"


@pytest.mark.parametrize(
    "cursor", ["nonsense", "e30", "!", base64.b64encode(b'{"offset":"x"}').decode()]
)
def test_a_made_up_cursor_is_refused(sandbox, ask, cursor):
    answer = ask(sandbox, cursor=cursor)

    assert (answer.status, answer.json["error"]["fields"][0]["field"]) == (400, "cursor")


def test_a_cursor_belongs_to_its_query(sandbox, ask):
    cursor = ask(sandbox, status="completed").next_cursor

    assert ask(sandbox, status="completed", cursor=cursor).status == 200
    assert ask(sandbox, status="failed", cursor=cursor).status == 400
    assert ask(sandbox, cursor=cursor).status == 400


def test_an_unknown_status_is_refused(sandbox, ask):
    assert ask(sandbox, status="done").json["error"]["fields"][0]["field"] == "status"


@pytest.mark.parametrize(
    "filters",
    [
        {"workspace_id": "ws_lumiere"},
        {"project_id": "prj_sneaker"},
        {"technique_id": "tech_reel"},
        {"status": "failed"},
        {"workspace_id": "ws_northlight", "status": "completed", "technique_id": "tech_reel"},
        {"project_id": "prj_of_nobody"},
    ],
    ids=lambda filters: "+".join(filters),
)
def test_filters_keep_what_matches_in_order(sandbox, walk, filters):
    def value(run, name):
        return run["technique"]["technique_id"] if name == "technique_id" else run[name]

    expected = [
        run["run_id"]
        for run in HISTORY.runs
        if all(value(run, name) == wanted for name, wanted in filters.items())
    ]

    assert walk(sandbox, limit=7, **filters) == expected


def test_the_filters_are_those_of_the_schema():
    assert FILTERS == schema.FILTERS


@settings(max_examples=25)
@given(
    limit=st.integers(1, 100),
    cursors=st.sampled_from(["offset", "keyset"]),
    last_cursor=st.sampled_from(["null", "empty", "missing"]),
    empty_page_every=st.sampled_from([0, 1, 3]),
    repeated_rows=st.integers(0, 5),
)
def test_a_walk_sees_every_run_in_order_in_any_manner(limit, walk, **manner):
    with Sandbox(HISTORY.runs[:60], manner=Manner(**manner)) as sandbox:
        seen = walk(sandbox, limit=limit)

    assert list(dict.fromkeys(seen)) == IDS[:60]


def test_a_run_is_served_as_it_was_generated(sandbox, ask):
    served = ask(sandbox, limit=100).json["technique_runs"]

    for run, original in zip(served, HISTORY.runs, strict=False):
        assert run | {"poll_url": original["poll_url"]} == original


@pytest.mark.parametrize("route", ["poll_url", "/techniques/{}/runs/{}", "/runs/{}"])
def test_a_single_run_comes_without_its_place(sandbox, ask, route):
    run = ask(sandbox).json["technique_runs"][3]
    technique_id = run["technique"]["technique_id"]
    path = {
        "poll_url": run["poll_url"].removeprefix(sandbox.base_url),
        "/runs/{}": f"/runs/{run['run_id']}",
    }.get(route, route.format(technique_id, run["run_id"]))

    polled = ask(sandbox, path).json

    hidden = {"workspace_id", "project_id", "technique", "technique_run_id"}
    assert polled == {name: value for name, value in run.items() if name not in hidden}


@pytest.mark.parametrize(
    "path",
    ["/runs/run_nobody", "/techniques/tech_copy/runs/run_nobody", "/techniques/tech_x", "/models"],
)
def test_what_is_not_there_is_not_found(sandbox, ask, path):
    answer = ask(sandbox, path)

    assert (answer.status, answer.json["error"]["code"]) == (404, "not_found")


def test_names_and_prices_are_listed(sandbox, ask):
    workspaces = ask(sandbox, "/workspaces").json["workspaces"]
    projects = ask(sandbox, "/projects", workspace_id="ws_lumiere").json["projects"]
    techniques = ask(sandbox, "/techniques", limit=100).json["techniques"]
    reel = ask(sandbox, "/techniques/tech_reel").json

    assert [w["name"] for w in workspaces][:2] == ["Northlight Studio", "Atelier Lumière"]
    assert {p["workspace_id"] for p in projects} == {"ws_lumiere"}
    assert len(projects) == 4
    # The dearer price of after the change; the withdrawn technique is not offered.
    assert (reel["name"], reel["run_cost"]) == ("Product Reel", 0.525)
    assert "tech_styletransfer" not in {t["technique_id"] for t in techniques}


def test_lists_of_names_have_pages_too(sandbox, ask):
    first = ask(sandbox, "/projects", limit=10).json
    second = ask(sandbox, "/projects", limit=10, cursor=first["meta"]["next_cursor"]).json

    assert len(first["projects"]) + len(second["projects"]) == len(HISTORY.facts.projects)
    assert second["meta"]["next_cursor"] is None


def test_numbers_of_a_file_are_served_as_they_are_written(tmp_path, ask, make_run):
    cost = b"0.10000000000000000555"
    line = json.dumps(make_run(charged_cost="COST")).encode().replace(b'"COST"', cost)
    path = tmp_path / "runs.jsonl.gz"
    path.write_bytes(gzip.compress(line + b"\n\n"))

    with Sandbox.from_jsonl(path) as sandbox:
        page, polled = ask(sandbox), ask(sandbox, "/runs/run_a")
        truth = sandbox.truth()
        names = ask(sandbox, "/techniques").json["techniques"]

    assert cost in page.body
    assert cost in polled.body
    assert truth[0]["charged_cost"] == Decimal(cost.decode())
    assert truth[0]["poll_url"] == f"{sandbox.base_url}/techniques/tech_a/runs/run_a"
    assert names[0]["name"] == "Packshot"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b'{"run_id": "run_a"}\n{"run_', "line 2: expected a run"),
        (b"[]", "line 1: expected a run"),
    ],
    ids=["no file", "cut off", "no object"],
)
def test_a_file_that_holds_no_runs_is_refused_plainly(tmp_path, content, message):
    path = tmp_path / "runs.jsonl"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=message):
        Sandbox.from_jsonl(path)


def test_a_taken_port_is_said_plainly(sandbox):
    port = int(sandbox.base_url.split(":")[2].partition("/")[0])

    with pytest.raises(ConfigurationError, match=f"port {port}"):
        Sandbox([], port=port)


def test_a_foreign_poll_url_is_left_alone(ask, make_run):
    elsewhere = "https://elsewhere.example/runs/run_a"

    with Sandbox([make_run(poll_url=elsewhere)]) as sandbox:
        assert ask(sandbox).json["technique_runs"][0]["poll_url"] == elsewhere


def test_runs_that_break_the_contract_are_listed_as_they_are(ask, make_run):
    broken = [
        {"status": "completed"},
        make_run(run_id=None),
        make_run("run_b", created_at="yesterday", project_id=7),
        make_run("run_c", technique=None, charged_cost=-1),
    ]

    with Sandbox(broken) as sandbox:
        served = ask(sandbox).json["technique_runs"]

    assert sorted(map(repr, served)) == sorted(
        repr(
            r | {"poll_url": r["poll_url"].replace("https://app.flora.ai/api/v1", sandbox.base_url)}
        )
        if "poll_url" in r
        else repr(r)
        for r in broken
    )


def test_an_empty_history_is_one_empty_page(ask):
    with Sandbox([]) as sandbox:
        page = ask(sandbox).json

    assert page == {"meta": {"next_cursor": None, "total_estimate": 0}, "technique_runs": []}


def test_the_log_holds_every_request(ask):
    with Sandbox([]) as sandbox:
        ask(sandbox, limit=5, status="failed")
        ask(sandbox, "/workspaces", key=None)

    first, second = sandbox.requests
    assert (first.path, first.query) == ("/technique-runs", {"limit": "5", "status": "failed"})
    assert (second.path, second.number, second.has_key) == ("/workspaces", 2, False)
    assert sandbox.n_requests == 2


def test_one_connection_serves_many_requests_quickly(sandbox):
    host = sandbox.base_url.removeprefix("http://").partition("/")[0]
    client = http.client.HTTPConnection(host)
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}

    times = []
    for _ in range(50):
        began = time.perf_counter()
        client.request("GET", "/api/v1/technique-runs?limit=2", headers=headers)
        client.getresponse().read()
        times.append(time.perf_counter() - began)
    client.close()

    # Delayed acknowledgements would make each 40 ms; on a busy machine some are quick all the same.
    assert min(times[25:]) < 0.03


def test_only_reading_is_possible(sandbox):
    request = urllib.request.Request(f"{sandbox.base_url}/technique-runs", data=b"{}")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)

    with refused.value:
        assert refused.value.code == 405


def test_a_stopped_sandbox_hangs_up(ask):
    with Sandbox([]) as sandbox:
        host = sandbox.base_url.removeprefix("http://").partition("/")[0]
        client = http.client.HTTPConnection(host, timeout=60)
        client.request("GET", "/api/v1/workspaces")
        client.getresponse().read()

    assert client.sock.recv(1) == b""
    client.close()
    with pytest.raises(OSError, match="refused"):
        ask(sandbox)


def test_serving_says_where_and_with_which_key():
    program = "from flora_analytics.sandbox import generate, serve; serve(generate(50), port=0)"

    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as server:
        ready = json.loads(server.stdout.readline())
        request = urllib.request.Request(
            f"{ready['base_url']}/technique-runs",
            headers={"Authorization": f"Bearer {ready['api_key']}"},
        )
        with urllib.request.urlopen(request, timeout=60) as page:
            total = json.load(page)["meta"]["total_estimate"]
        server.terminate()

    assert total == 50


class TestManners:
    """What the documentation leaves open."""

    def test_instants_in_seconds(self, ask):
        with Sandbox(HISTORY.runs[:5], manner=Manner(seconds=True)) as sandbox:
            served = ask(sandbox).json["technique_runs"]

        assert [r["created_at"] for r in served] == [
            r["created_at"] / 1000 for r in HISTORY.runs[:5]
        ]

    def test_a_refused_limit(self, ask):
        with Sandbox(HISTORY.runs, manner=Manner(limit="refused")) as sandbox:
            assert ask(sandbox, limit=100).json["error"]["fields"][0]["field"] == "limit"
            assert len(ask(sandbox).run_ids) == 20

    def test_a_silently_capped_limit(self, ask):
        with Sandbox(HISTORY.runs, manner=Manner(limit="capped", max_limit=50)) as sandbox:
            assert len(ask(sandbox, limit=100).run_ids) == 50

    @pytest.mark.parametrize(
        ("total", "expected"),
        [
            ("exact", {"total_estimate": 39}),
            ("absent", {}),
            ("null", {"total_estimate": None}),
            ("wrong", {"total_estimate": 43}),
            ("lagging", {"total_estimate": 40}),
            ("frozen", {"total_estimate": 40}),
        ],
    )
    def test_the_estimate_after_a_run_vanished(self, ask, total, expected):
        with Sandbox(HISTORY.runs[:40], manner=Manner(total=total)) as sandbox:
            sandbox.vanish(IDS[0])
            meta = ask(sandbox).json["meta"]

        assert {k: v for k, v in meta.items() if k != "next_cursor"} == expected

    def test_a_lagging_estimate_catches_up(self, ask):
        with Sandbox(HISTORY.runs[:40], manner=Manner(total="lagging")) as sandbox:
            sandbox.vanish(IDS[0])
            totals = [ask(sandbox).json["meta"]["total_estimate"] for _ in range(6)]

        assert totals == [40, 40, 40, 40, 39, 39]

    @pytest.mark.parametrize(
        ("last_cursor", "meta"),
        [("null", {"next_cursor": None}), ("empty", {"next_cursor": ""}), ("missing", {})],
    )
    def test_the_last_page(self, ask, last_cursor, meta):
        manner = Manner(last_cursor=last_cursor, total="absent")
        with Sandbox(HISTORY.runs[:3], manner=manner) as sandbox:
            assert ask(sandbox).json["meta"] == meta

    def test_cursors_that_lead_in_a_circle(self, ask):
        with Sandbox(HISTORY.runs, manner=Manner(cycle_after=60)) as sandbox:
            cursors = [ask(sandbox).next_cursor]
            for _ in range(5):
                cursors.append(ask(sandbox, cursor=cursors[-1]).next_cursor)

        assert cursors[:2] * 3 == cursors

    def test_a_cursor_that_expires(self, ask):
        with Sandbox(HISTORY.runs, manner=Manner(cursor_lifetime=2)) as sandbox:
            cursor = ask(sandbox).next_cursor
            statuses = [ask(sandbox, cursor=cursor).status for _ in range(3)]

        assert statuses == [200, 200, 400]

    def test_pages_that_are_empty_and_go_on(self, ask):
        with Sandbox(HISTORY.runs, manner=Manner(empty_page_every=2)) as sandbox:
            empty = ask(sandbox, cursor=ask(sandbox).next_cursor)
            full = ask(sandbox, cursor=empty.next_cursor)

        assert empty.run_ids == []
        assert full.run_ids == IDS[20:40]

    def test_rows_that_come_twice(self, ask):
        with Sandbox(HISTORY.runs, manner=Manner(repeated_rows=3)) as sandbox:
            second = ask(sandbox, cursor=ask(sandbox).next_cursor)

        assert second.run_ids == IDS[17:37]
