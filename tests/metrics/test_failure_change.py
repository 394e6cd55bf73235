"""A change between two windows, and a ranking that few runs cannot lead."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from made_runs import make_runs

from flora_analytics.calendar import Window
from flora_analytics.metrics import failure_ranking, failure_rate_change

FEBRUARY = Window.parse("2026-02-01", "2026-03-01")
MARCH = Window.parse("2026-03-01", "2026-04-01")


def runs_of(**groups):
    """Groups as (failed in February, finished then, failed in March, finished then)."""
    rows = [
        (name, f"2026-{month}-05", "failed" if i < failed else "completed")
        for name, (k1, n1, k2, n2) in groups.items()
        for month, failed, n in (("02", k1, n1), ("03", k2, n2))
        for i in range(n)
    ]
    return make_runs(
        technique_id=[name for name, _, _ in rows],
        technique_name=[name.upper() for name, _, _ in rows],
        created_at=[pd.Timestamp(day, tz="UTC") for _, day, _ in rows],
        status=[status for _, _, status in rows],
    )


# Newcombe 1998 (comparison of eleven methods), Table II (a): 56/70 − 48/80.
def test_a_change_carries_newcombes_interval():
    change = failure_rate_change(runs_of(a=(48, 80, 56, 70)), earlier=FEBRUARY, later=MARCH)

    row = change.loc[0]
    assert row["change"] == pytest.approx(0.2)
    assert row[["low", "high"]].tolist() == pytest.approx([0.0524, 0.3339], abs=5e-5)
    assert row[["n_finished_earlier", "n_failed_later"]].tolist() == [80, 56]


def test_what_is_certain_comes_first_in_either_direction():
    runs = runs_of(
        once=(0, 1, 1, 1), worse=(5, 100, 60, 100), better=(90, 100, 5, 100), same=(5, 50, 5, 50)
    )

    table = failure_rate_change(runs, earlier=FEBRUARY, later=MARCH, by="technique")

    assert table.index.tolist()[:2] == ["better", "worse"]
    assert table.loc["once", "low"] < 0 < table.loc["once", "high"]


def test_a_group_of_one_window_alone_has_too_little_to_compare():
    runs = runs_of(new=(0, 0, 3, 10), old=(3, 10, 0, 0), both=(1, 10, 1, 10))

    table = failure_rate_change(runs, earlier=FEBRUARY, later=MARCH, by="technique")

    assert table.loc["new", "n_finished_earlier"] == 0
    assert all(math.isnan(table.loc[name, "change"]) for name in ("new", "old"))
    assert table.index[0] == "both"
    assert table["technique_name"].to_dict() == {"new": "NEW", "old": "OLD", "both": "BOTH"}


def test_without_runs_the_columns_are_the_same():
    runs = runs_of(a=(1, 2, 1, 2))
    some = failure_rate_change(runs, earlier=FEBRUARY, later=MARCH, by="technique")

    none = failure_rate_change(runs.iloc[:0], earlier=FEBRUARY, later=MARCH, by="technique")

    assert none.dtypes.to_dict() == some.dtypes.to_dict()


def test_a_ranking_shrinks_few_runs_and_its_excess_adds_up_to_nothing():
    runs = runs_of(once=(1, 1, 0, 0), often=(40, 100, 0, 0), seldom=(2, 100, 0, 0))

    table = failure_ranking(runs, by="technique")

    assert table.index.tolist() == ["often", "once", "seldom"]
    shrinkage = table["failure_rate"] - table["shrunk_failure_rate"]
    assert shrinkage.abs().idxmax() == "once"
    assert table["n_excess_failures"].sum() == pytest.approx(0, abs=1e-9)
