"""usage, and the tables of cost and failures that look beyond one sum."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, datetime

import pytest
from console import make_run, run

from flora_analytics.sandbox import Sandbox


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_usage_counts_runs_outputs_and_what_was_active(api, store):
    truth = api.truth()

    total = run("usage", "--store", store, "--format", "json").json["total"]

    assert total["n_runs"] == len(truth)
    assert total["n_outputs"] == sum(len(one.get("outputs", [])) for one in truth)
    assert total["n_projects"] == len({one["project_id"] for one in truth})
    assert total["n_techniques"] == len({one["technique"]["technique_id"] for one in truth})


def test_hours_are_those_of_the_local_clock(api, store):
    answer = run("usage", "--hours", "--store", store, "--format", "csv")

    clock = (datetime.fromtimestamp(one["created_at"] / 1000, UTC) for one in api.truth())
    counted = Counter((at.isoweekday(), at.hour) for at in clock)
    rows = rows_of(answer.out)
    assert len(rows) == 168
    assert {(int(r["weekday"]), int(r["hour"])): int(r["n_runs"]) for r in rows} == {
        (day, hour): counted[day, hour] for day in range(1, 8) for hour in range(24)
    }


def test_concurrency_sees_runs_that_began_before_the_window(api, store):
    spans = [
        (one["started_at"], one["completed_at"])
        for one in api.truth()
        if "started_at" in one and "completed_at" in one
    ]
    begin = max(spans, key=lambda span: span[1] - span[0])[0] + 1
    start = datetime.fromtimestamp(begin / 1000, UTC).isoformat()

    total = run(
        "usage", "--concurrency", "--store", store, "--format", "json", "--from", start
    ).json["total"]

    assert total["max_concurrency"] >= 1
    assert datetime.fromisoformat(total["max_at"]) >= datetime.fromisoformat(start)


def test_a_change_compares_with_as_long_a_time_before(api, store):
    answer = run(
        "failures", "--change", "--store", store, "--format", "json",
        "--from", "2026-06-01", "--to", "2026-06-15",
    )  # fmt: skip

    def finished(first, last):
        start, end = (datetime.fromisoformat(f"{day}T00:00+00:00") for day in (first, last))
        return sum(
            start.timestamp() * 1000 <= one["created_at"] < end.timestamp() * 1000
            for one in api.truth()
            if one["status"] in ("completed", "failed")
        )

    total = answer.json["total"]
    assert total["n_finished_later"] == finished("2026-06-01", "2026-06-15")
    assert total["n_finished_earlier"] == finished("2026-05-18", "2026-06-01")


@pytest.mark.parametrize(
    ("arguments", "figure"),
    [
        (["usage", "--concurrency"], "concurrency"),
        (["usage", "--hours"], "activity"),
        (["cost", "--outputs"], "output_cost"),
        (["cost", "--drift"], "price_drift"),
        (["failures", "--retries"], "estimated_retries"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("shape", ["table", "csv", "json"])
def test_every_table_prints_in_every_shape(store, arguments, figure, shape):
    answer = run(*arguments, "--store", store, "--format", shape, "--by", "technique")

    assert answer.status == 0
    assert shape != "json" or answer.json["figure"] == figure


@pytest.mark.parametrize(
    "arguments",
    [
        ["usage", "--hours", "--concurrency"],
        ["usage", "--hours", "--period", "day"],
        ["cost", "--drift", "--unit"],
        ["cost", "--drift", "--period", "day"],
        ["failures", "--change"],
        ["failures", "--codes", "--retries"],
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused_on_one_line(store, arguments):
    answer = run(*arguments, "--store", store)

    assert answer.status == 2
    assert answer.err.startswith("Error: ")
    assert answer.err.count("\n") == 1


def test_list_prices_are_asked_for_by_name(api, store):
    words = ("cost", "--drift", "--store", store, "--format", "json")

    plain = run(*words).json["rows"]
    listed = run(*words, "--listed", api=api).json["rows"]

    prices = {row["technique_id"]: row["listed_run_cost"] for row in listed}
    assert {row["listed_run_cost"] for row in plain} == {None}
    assert prices["tech_reel"] == "0.525"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--drift", "--listed"), "No API key"),
        (("--listed",), "give --drift with it"),
        (("--drift", "--listed", "--by", "project"), "add technique to --by"),
    ],
    ids=["no key", "no drift", "no technique"],
)
def test_list_prices_need_a_key_and_techniques(store, words, says):
    answer = run("cost", *words, "--store", store)

    assert answer.status == 2
    assert says in answer.err
    assert answer.err.count("\n") == 1


def test_people_see_a_week_side_by_side(api, store):
    lines = run("usage", "--hours", "--store", store).out.splitlines()

    hours = [line.split() for line in lines if ":00 " in line]
    assert "Mon" in "".join(lines)
    assert [hour[0] for hour in hours] == [f"{hour:02}:00" for hour in range(24)]
    assert {len(hour) for hour in hours} == {8}


def test_a_long_table_ends_in_a_row_that_makes_it_add_up(tmp_path):
    runs = [make_run(n, project_id=f"prj_{n:03}", charged_cost=n / 100) for n in range(1, 61)]
    with Sandbox(runs) as api:
        assert run("sync", "--store", tmp_path / "s", api=api).status == 0

    answer = run("usage", "--by", "project", "--store", tmp_path / "s")
    cost = run("cost", "--by", "project", "--store", tmp_path / "s")

    *_, other, total = (line for line in cost.out.splitlines() if line.strip())
    assert other.split() == ["other", "(10)", "10", "$0.55"]
    assert total.split() == ["Total", "60", "$18.30"]
    assert "other (10)" in answer.out
    assert "Shown: the first 50 of 60 rows" in cost.err


def test_concurrency_of_a_history_that_ended_stops_with_it(tmp_path):
    runs = [make_run(1), make_run(2, status="running", completed_at=None)]
    with Sandbox(runs) as api:
        assert run("sync", "--store", tmp_path / "s", api=api).status == 0

    rows = rows_of(
        run("usage", "--concurrency", "--period", "day", "--store", tmp_path / "s",
            "--format", "csv").out
    )  # fmt: skip

    assert [row["period_start"][:10] for row in rows] == ["2026-01-01"]
