"""Runs that are open for longer than runs of their technique take."""

from __future__ import annotations

import pandas as pd
import pytest
from made_runs import NOON, make_runs

from flora_analytics.metrics import stuck_runs

NOW = NOON + pd.Timedelta(2, "h")


def history(
    n_ended: int, *, still_open: list[tuple[str, str, float]], ended: str = "tech_a"
) -> pd.DataFrame:
    """Runs of `ended` that took one to two minutes, and open ones: technique, status, minutes."""
    spans = [60 + 60 * i / n_ended for i in range(n_ended)]
    n = n_ended + len(still_open)
    return make_runs(
        technique_id=[ended] * n_ended + [technique for technique, _, _ in still_open],
        status=["completed"] * n_ended + [status for _, status, _ in still_open],
        created_at=[NOON] * n_ended + [NOW - pd.Timedelta(age, "m") for _, _, age in still_open],
        completed_at=[NOON + pd.Timedelta(s, "s") for s in spans] + [None] * len(still_open),
        read_at=[NOW] * n,
    )


def test_only_runs_past_the_limit_are_named_oldest_first():
    open_runs = [("tech_a", "running", 40), ("tech_a", "pending", 90), ("tech_a", "running", 1)]

    table = stuck_runs(history(50, still_open=open_runs))

    assert table["status"].tolist() == ["pending", "running"]
    assert table["open_time"].tolist() == [pd.Timedelta(90, "m"), pd.Timedelta(40, "m")]
    assert (table["limit"] > pd.Timedelta(2, "m") * 0.98).all()
    assert table["n_timed"].tolist() == [50, 50]


def test_from_999_runs_on_the_limit_is_that_of_the_longest_in_a_thousand():
    table = stuck_runs(history(1_999, still_open=[("tech_a", "running", 60)]))

    # Rank ceil(2000 · 0.999) = 1998 of 1999 values 60 + 60 i / 1999, i from 0.
    expected = pd.Timedelta(60 + 60 * 1997 / 1999, "s").round("us")
    assert abs(table["limit"].iloc[0] - expected) <= pd.Timedelta(1, "us")


def test_each_run_says_why():
    table = stuck_runs(history(1_999, still_open=[("tech_a", "running", 60)]))

    assert table["why"].iloc[0] == (
        "running 30 times as long as 999 in 1,000 runs of its technique take; judged by 1,999"
    )


def test_a_technique_without_a_past_is_judged_by_all():
    table = stuck_runs(history(50, still_open=[("tech_new", "running", 100)]))

    assert table["n_timed"].tolist() == [50]
    assert "runs of all techniques" in table["why"].iloc[0]


def test_young_runs_are_let_be():
    runs = history(50, still_open=[("tech_a", "running", 14)])

    assert len(stuck_runs(runs)) == 0
    assert len(stuck_runs(runs, at_least=pd.Timedelta(10, "m"))) == 1


@pytest.mark.parametrize("n_ended", [0, 19])
def test_without_enough_ended_runs_none_can_be_judged(n_ended):
    assert len(stuck_runs(history(n_ended, still_open=[("tech_a", "running", 110)]))) == 0


def test_no_runs_give_the_same_columns_and_types():
    some = stuck_runs(history(50, still_open=[("tech_a", "running", 60)]))

    none = stuck_runs(history(50, still_open=[]).iloc[:0])

    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert none.index.name == "run_id"
