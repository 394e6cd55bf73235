"""Concurrency: a day worked by hand, and any runs against a plain count at every instant."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from made_runs import NOON, make_runs, make_table, many_runs

from flora_analytics.calendar import Window
from flora_analytics.errors import DataError
from flora_analytics.metrics import concurrency

MINUTE = pd.Timedelta("1min")


def runs_at(*spans, **columns):
    """Runs that execute from one minute after noon to another; None = not ended."""
    begin = [NOON + a * MINUTE for a, _ in spans]
    end = [None if b is None else NOON + b * MINUTE for _, b in spans]
    status = ["running" if at is None else "completed" for at in end]
    given_columns = {
        "status": status,
        "created_at": begin,
        "started_at": begin,
        "completed_at": end,
        "read_at": [NOON + 60 * MINUTE] * len(spans),
    }
    return make_runs(**(given_columns | columns))


def test_overlaps_are_counted_at_their_highest_and_weighed_by_time():
    # 0–10: one, 10–20: two, 20–30: three, 30–40: two, 40–50: none, 50–60: one.
    runs = runs_at((0, 30), (10, 40), (20, 40), (50, 60))

    row = concurrency(runs).loc[0]

    assert row["max_concurrency"] == 3
    assert row["max_at"] == NOON + 20 * MINUTE
    assert row["mean_concurrency"] == (30 + 30 + 20 + 10) / 60


def test_a_run_that_begins_as_another_ends_does_not_overlap_it():
    assert concurrency(runs_at((0, 10), (10, 20))).loc[0, "max_concurrency"] == 1


def test_a_run_still_open_is_under_way_until_it_was_read():
    row = concurrency(runs_at((0, None))).loc[0]

    assert (row["n_unended"], row["max_concurrency"], row["mean_concurrency"]) == (1, 1, 1.0)


def test_a_run_counts_in_every_period_it_reaches_into_but_was_created_in_one():
    read = [NOON + pd.Timedelta("12h")] * 2
    runs = runs_at((30, 150), (70, 80), read_at=read)

    table = concurrency(runs, period="hour")

    assert table["n_runs"].tolist() == [1, 1, 0]
    assert table["max_concurrency"].tolist() == [1, 2, 1]
    assert table["mean_concurrency"].tolist() == [1.0, 70 / 60, 0.5]
    assert table["max_at"].tolist() == [NOON + m * MINUTE for m in (30, 70, 120)]


def test_a_window_clips_runs_and_divides_by_its_own_length():
    window = Window(start=NOON + 15 * MINUTE, end=NOON + 25 * MINUTE)

    row = concurrency(runs_at((0, 20), (5, 60), (20, 30)), window=window).loc[0]

    assert row["n_runs"] == 1
    assert row["max_concurrency"] == 2
    assert row["max_at"] == NOON + 15 * MINUTE
    assert row["mean_concurrency"] == 2.0


def test_runs_without_their_instants_or_run_backwards_are_left_out_and_counted():
    runs = runs_at((0, 10), (5, 3), (7, 9), started_at=[NOON, NOON + 5 * MINUTE, None])

    row = concurrency(runs).loc[0]

    assert row[["n_runs", "n_missing", "n_negative", "max_concurrency"]].tolist() == [3, 1, 1, 1]


def test_waiting_runs_are_counted_from_creation_to_start():
    runs = runs_at((10, 20), (10, 20), created_at=[NOON, NOON + 5 * MINUTE])

    row = concurrency(runs, of="queue").loc[0]

    assert (row["max_concurrency"], row["mean_concurrency"]) == (2, 15 / 60)


def test_an_unknown_stretch_is_refused():
    with pytest.raises(DataError, match="queue, execution, turnaround"):
        concurrency(runs_at((0, 1)), of="wait")


@pytest.mark.parametrize("by", [None, "technique"])
@pytest.mark.parametrize("period", [None, "day"])
def test_columns_and_types_are_the_same_without_runs(by, period):
    some = concurrency(runs_at((0, 10)), by=by, period=period)

    none = concurrency(runs_at((0, 10)).iloc[:0], by=by, period=period)

    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert none.index.names == some.index.names


def levels_by_hand(spans, begin, end):
    """The instants at which something changes within [begin, end), and how many run there."""
    clipped = [(max(a, begin), min(b, end)) for a, b in spans]
    clipped = [(a, b) for a, b in clipped if a < b]
    instants = sorted({begin, *(a for a, _ in clipped), *(b for _, b in clipped if b < end)})
    return [(at, sum(a <= at < b for a, b in clipped)) for at in instants]


@settings(max_examples=12)
@given(many_runs())
def test_peaks_and_means_of_days_equal_a_count_at_every_instant(table):
    runs = table.to_pylist()
    read = max([NOON, *(r["read_at"] for r in runs)])
    spans: dict[str, list] = {}
    for run in runs:
        begin, end = run["started_at"], run["completed_at"]
        if begin and not end and run["status"] in ("pending", "running"):
            end = run["read_at"]
        if begin and end and begin < end:
            spans.setdefault(run["technique_id"], []).append((begin, end))

    found = concurrency(table, by="technique", period="day", tz="Asia/Kolkata")

    until = max([read, *(r["completed_at"] for r in runs if r["completed_at"])])
    since = min([until, *(r["created_at"] for r in runs)])
    assert found["n_runs"].sum() == len(runs)
    for (technique, start), row in found.iterrows():
        begin, end = max(start, since), min(start + dt.timedelta(days=1), until)
        levels = levels_by_hand(spans.get(technique, []), begin, max(begin, end))
        peak = max(level for _, level in levels)
        assert row["max_concurrency"] == peak
        if peak:
            assert row["max_at"] == next(at for at, level in levels if level == peak)
            later = [at for at, _ in levels[1:]] + [end]
            area = sum(
                level * (b - a).total_seconds() for (a, level), b in zip(levels, later, strict=True)
            )
            assert row["mean_concurrency"] == pytest.approx(area / (end - begin).total_seconds())


def test_means_of_groups_add_up_to_the_whole():
    table = make_table(
        technique_id=["tech_a", "tech_b", "tech_b"],
        started_at=[NOON, NOON, NOON + MINUTE],
        completed_at=[NOON + 9 * MINUTE, NOON + 3 * MINUTE, NOON + 40 * MINUTE],
        read_at=[NOON + 60 * MINUTE] * 3,
    )

    by_technique = concurrency(table, by="technique")

    whole = concurrency(table).loc[0, "mean_concurrency"]
    assert by_technique["mean_concurrency"].sum() == pytest.approx(whole)
    assert by_technique["max_concurrency"].tolist() == [2, 1]
