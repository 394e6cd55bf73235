"""objectives, and what durations says of runs that are open, fail, or are stuck."""

from __future__ import annotations

from pathlib import Path

import pytest
from console import make_run, run

from flora_analytics.sandbox import DEFAULT_END, Sandbox

AT = DEFAULT_END.isoformat()


@pytest.fixture
def promises(tmp_path: Path) -> None:
    (tmp_path / "flora-analytics.toml").write_text(
        '[[objective]]\nsuccess = 0.95\n'
        '[[objective]]\ntechnique = "*"\nqueue_time = "10s"\nshare = 0.9\nwindow = "60d"\n',
        encoding="utf-8",
    )  # fmt: skip


@pytest.mark.usefixtures("promises")
def test_objectives_count_what_was_kept(api, store):
    answer = run("objectives", "--at", AT, "--store", store, "--format", "json")

    since = (DEFAULT_END.timestamp() - 28 * 86_400) * 1000
    recent = [one for one in api.truth() if one["created_at"] > since]
    first = next(row for row in answer.json["rows"] if row["technique_id"] == "(all)")
    assert answer.json["figure"] == "service_levels"
    assert first["objective"] == "95% of runs complete"
    assert first["n_good"] == sum(one["status"] == "completed" for one in recent)
    assert first["n_bad"] == sum(one["status"] == "failed" for one in recent)


@pytest.mark.usefixtures("promises")
@pytest.mark.parametrize("words", [(), ("--burn",)], ids=["levels", "burn"])
@pytest.mark.parametrize("shape", ["table", "csv"])
def test_objectives_are_printed_for_people_and_machines(store, words, shape):
    answer = run("objectives", "--at", AT, *words, "--store", store, "--format", shape)

    assert answer.status == 0
    assert "95% of runs complete" in answer.out
    assert "Complete as of" in answer.err


def test_without_objectives_it_says_what_to_write(store):
    answer = run("objectives", "--store", store)

    assert answer.status == 2
    assert "[[objective]]" in answer.err


def test_stuck_runs_are_listed_with_why(api, store):
    answer = run("durations", "--stuck", "--store", store, "--format", "json")

    listed = {row["run_id"] for row in answer.json["rows"]}
    assert listed == {
        one["run_id"] for one in api.truth() if one["status"] in ("pending", "running")
    }
    assert all("times as long as" in row["why"] for row in answer.json["rows"])


def test_people_read_why_in_full(store):
    answer = run("durations", "--stuck", "--store", store)

    assert "in 1,000 runs of" in answer.out
    assert "Stuck: " in answer.err


@pytest.mark.parametrize(
    ("word", "figure"), [("--open", "turnaround_quantiles"), ("--success", "time_to_success")]
)
def test_open_runs_count_when_asked_for(store, word, figure):
    as_json = run("durations", word, "--store", store, "--format", "json").json
    table = run("durations", word, "--by", "technique", "--store", store)

    assert as_json["figure"] == figure
    assert as_json["total"]["n_runs"] == 400
    assert "counted for as long as they have been open" in table.err
    assert "95% from" in table.out


def test_bounds_stand_beside_each_quantile(store):
    total = run("durations", "--of", "queue", "--bounds", "--store", store, "--format", "json").json

    row = total["total"]
    assert float(row["p50_low_s"]) <= float(row["p50_s"]) <= float(row["p50_high_s"])


@pytest.mark.parametrize(
    "words", [("--open", "--stuck"), ("--of", "queue", "--success"), ("--stuck", "--by", "project")]
)
def test_what_does_not_go_together_is_refused(store, words):
    assert run("durations", *words, "--store", store).status == 2


@pytest.mark.usefixtures("promises")
def test_a_history_that_ended_long_ago_is_judged_at_its_end(tmp_path):
    created = 1_577_836_800_000  # 2020-01-01
    with Sandbox([make_run(1, created_at=created, started_at=created + 1)]) as api:
        assert run("sync", "--store", tmp_path / "s", api=api).status == 0

    answer = run("objectives", "--store", tmp_path / "s")

    assert "As it stood on 1 January 2020, 00:00" in answer.err
    assert "Burn 1h" not in answer.out
