"""usage, and the tables of cost and failures that look beyond one sum."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, datetime

import pytest
from console import run


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
