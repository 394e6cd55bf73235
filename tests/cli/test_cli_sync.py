"""sync brings a store up to date and says so; status says what is there."""

from __future__ import annotations

import csv
import io
import signal
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from console import finished, make_run, process, run

from flora_analytics import RunStore
from flora_analytics.certificate import Certificate
from flora_analytics.sandbox import Sandbox
from flora_analytics.schema import RUN_SCHEMA


def test_sync_says_in_one_line_what_it_did(api, tmp_path):
    first = run("sync", "--store", "runs.delta", api=api)
    second = run("sync", "--store", "runs.delta", api=api)

    n_open = sum(one["status"] in ("pending", "running") for one in api.truth())
    said, complete = first.out.splitlines()
    assert said == f"runs.delta: 400 new, 0 changed, 0 rejected; {n_open} still running."
    assert complete.startswith("Complete as of 20")
    assert second.out.startswith("runs.delta: 0 new, 0 changed, 0 rejected;")
    assert (first.status, second.status, first.err) == (0, 0, "")


def test_a_rejected_run_is_left_out_listed_and_shown_in_the_exit_status():
    with Sandbox([make_run(1), make_run(2, charged_cost=-1)]) as api:
        synced = run("sync", "--store", "s", api=api)
    figure = run("cost", "--store", "s", "--format", "json")
    listed = run("status", "--store", "s", "--rejected")
    as_csv = run("status", "--store", "s", "--rejected", "--format", "csv")
    as_json = run("status", "--store", "s", "--rejected", "--format", "json")

    assert (synced.status, figure.status, listed.status) == (3, 3, 3)
    assert "1 new, 0 changed, 1 rejected" in synced.out
    assert "1 run, left out; flora-analytics status --rejected says why" in figure.err
    assert figure.json["n_rejected"] == 1
    assert "run_0002" in listed.out
    assert next(csv.DictReader(io.StringIO(as_csv.out)))["run_id"] == "run_0002"
    assert '"charged_cost"' in as_json.json["rejected"][0]["json"]


def test_status_says_what_the_store_holds(store):
    table = run("status", "--store", store)
    as_json = run("status", "--store", store, "--format", "json").json
    as_csv = run("status", "--store", store, "--format", "csv")

    assert "400, of which" in table.out
    assert "Complete as of" in table.err
    assert (as_json["n_runs"], as_json["n_rejected"]) == (400, 0)
    assert as_json["certificates"]["all"]["complete"] is True
    assert as_csv.out.startswith("store,version,")


def test_status_names_what_is_new_in_the_api():
    with Sandbox([make_run(1, status="paused", mood="calm")]) as api:
        run("sync", "--store", "s", api=api)

    answer = run("status", "--store", "s")

    assert "paused" in answer.err
    assert "mood" in answer.err


def test_nothing_rejected_says_so(store):
    answer = run("status", "--store", store, "--rejected")

    assert (answer.status, answer.out) == (0, "")
    assert "No run was rejected." in answer.err


def test_an_empty_history_is_a_complete_one():
    with Sandbox([]) as api:
        synced = run("sync", "--store", "s", api=api)
    cost = run("cost", "--store", "s", "--format", "json")

    assert (synced.status, cost.status) == (0, 0)
    assert cost.json["total"]["n_runs"] == 0


def test_the_key_can_come_from_a_file(api, tmp_path):
    (tmp_path / "key").write_text(api.api_key)

    answer = run("sync", "--store", "s", "--api-key-file", "key", FLORA_BASE_URL=api.base_url)

    assert answer.status == 0


def test_workspaces_are_loaded_one_by_one(api):
    answer = run(
        "sync", "--store", "s", "--workspace-id", "ws_northlight", "--workspace-id", "ws_umbra",
        api=api,
    )  # fmt: skip

    wanted = [r for r in api.truth() if r["workspace_id"] in ("ws_northlight", "ws_umbra")]
    assert [line.split(":")[0] for line in answer.out.splitlines()[::2]] == [
        "s (ws_northlight)",
        "s (ws_umbra)",
    ]
    assert run("status", "--store", "s", "--format", "json").json["n_runs"] == len(wanted)


@pytest.fixture
def two_profiles(api, tmp_path):
    """Profile one works; two asks a server that turns its key away."""
    with Sandbox([make_run(number, workspace_id="ws_two") for number in range(5)]) as other:
        (tmp_path / "flora-analytics.toml").write_text(
            f'[profiles.two]\napi_key_env = "KEY_TWO"\nbase_url = "{other.base_url}"\n'
            f'[profiles.one]\napi_key_env = "KEY_ONE"\nbase_url = "{api.base_url}"\n'
        )
        yield {"KEY_ONE": api.api_key, "KEY_TWO": other.api_key}


def test_profiles_share_one_store(two_profiles):
    answer = run("sync", "--store", "s", **two_profiles)
    status = run("status", "--store", "s", "--format", "json").json

    assert answer.status == 0
    assert answer.out.startswith("s (two): 5 new")
    assert status["n_runs"] == 405
    assert set(status["certificates"]) == {"one", "two"}


def test_a_profile_that_is_gone_holds_the_store_back_until_it_is_given_up(two_profiles):
    run("sync", "--store", "s", **two_profiles)
    later = Certificate.from_dict(RunStore("s").snapshot().memory("one")["certificate"])
    later = replace(later, as_of=later.as_of + timedelta(days=3))
    no_runs = RUN_SCHEMA.empty_table()
    RunStore("s").commit(no_runs, scope="one", memory=lambda _: {"certificate": later.to_dict()})

    behind = run("status", "--store", "s")
    given_up = run("sync", "--store", "s", "--forget", "two")
    after = run("status", "--store", "s", "--format", "json")

    assert "two is behind the others" in behind.err
    assert given_up.err == "s: two is given up; its runs stay.\n"
    assert after.json["n_runs"] == 405
    assert set(after.json["certificates"]) == {"one"}
    assert "behind" not in after.err


def test_a_profile_that_never_was_cannot_be_given_up(two_profiles):
    run("sync", "--store", "s", **two_profiles)

    answer = run("sync", "--store", "s", "--forget", "tow")

    assert answer.status == 1
    assert answer.err == "Error: s knows no scope 'tow'; synced into it: 'one', 'two'.\n"


def test_one_profile_that_fails_does_not_stop_the_others(two_profiles):
    answer = run("sync", "--store", "s", **{**two_profiles, "KEY_TWO": "sk_test_wrong"})

    assert answer.status == 1
    assert "Error: two: " in answer.err
    assert answer.out.startswith("s (one): 400 new")
    assert answer.err.splitlines()[-1].startswith("1 of 2 failed: two.")


def test_one_profile_can_be_chosen(two_profiles):
    answer = run("sync", "--store", "s", "--profile", "one", **two_profiles)

    assert answer.status == 0
    assert "two" not in answer.out


def test_an_interrupted_sync_keeps_what_it_stored_and_ends_in_one_line(tmp_path):
    with Sandbox([make_run(number) for number in range(300)], latency=60) as api:
        syncing = process("sync", "--store", tmp_path / "s", api=api)
        while not api.n_requests and syncing.poll() is None:
            time.sleep(0.05)
        syncing.send_signal(signal.SIGINT)
        answer = finished(syncing)

    assert answer.status == 130
    assert answer.err == "Interrupted; what was already stored is kept.\n"
