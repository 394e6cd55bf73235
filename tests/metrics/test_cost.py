"""Costs: exact, with what is not stated kept apart."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pandas as pd
import pytest
from made_runs import make_runs, random_runs

from flora_analytics.metrics import charged_cost, cost_of_failed_runs, unit_cost


def test_unknown_is_not_zero_and_free_is_told_apart():
    runs = make_runs(charged_cost=["0.25", "0", None])

    row = charged_cost(runs).loc[0]

    assert row.to_dict() == {
        "n_runs": 3,
        "n_unknown": 1,
        "n_free": 1,
        "charged_cost": Decimal("0.25"),
    }


def test_a_group_with_no_cost_stated_has_none():
    table = charged_cost(make_runs(charged_cost=[None, None]))

    assert pd.isna(table.loc[0, "charged_cost"])


def test_costs_by_technique_and_local_day_equal_plain_sql():
    runs = random_runs(500, seed=1)
    sql = """
        SELECT technique_id, timezone('America/New_York', created_at)::DATE AS day, count(*),
               count(*) - count(charged_cost), sum(charged_cost)
        FROM runs GROUP BY ALL ORDER BY ALL
    """

    table = charged_cost(runs, by="technique", period="day", tz="America/New_York").sort_index()

    expected = duckdb.sql(sql).fetchall()
    assert len(expected) > 300
    assert [
        (
            technique,
            start.date(),
            row.n_runs,
            row.n_unknown,
            None if pd.isna(row.charged_cost) else row.charged_cost,
        )
        for (technique, start), row in zip(table.index, table.itertuples(), strict=True)
    ] == expected


def test_a_completed_run_pays_for_the_failed_ones():
    runs = make_runs(
        status=["completed", "completed", "failed", "running"],
        charged_cost=["0.30", "0.50", "0.20", "9"],
        outputs=[["imageUrl"] * 3, ["videoUrl"], None, []],
    )

    row = unit_cost(runs).loc[0]

    assert row["charged_cost"] == Decimal("1.0")
    assert row[["n_finished", "n_completed", "n_outputs", "n_unknown"]].tolist() == [3, 2, 4, 0]
    assert row["cost_per_finished_run"] == 1.0 / 3
    assert row["cost_per_completed_run"] == 0.5
    assert row["cost_per_output"] == 0.25


def test_runs_whose_cost_is_not_stated_count_neither_above_nor_below_the_line():
    runs = make_runs(
        status=["completed", "completed"],
        charged_cost=["0.30", None],
        outputs=[["imageUrl"], ["imageUrl"] * 5],
    )

    row = unit_cost(runs).loc[0]

    assert row[["n_finished", "n_completed", "n_outputs", "n_unknown"]].tolist() == [2, 2, 6, 1]
    assert (
        row[["cost_per_finished_run", "cost_per_completed_run", "cost_per_output"]].tolist()
        == [0.3] * 3
    )


@pytest.mark.parametrize(
    ("status", "cost"),
    [
        pytest.param("running", "1", id="nothing finished"),
        pytest.param("completed", None, id="nothing stated"),
    ],
)
def test_with_nothing_to_divide_a_unit_cost_is_nan(status, cost):
    row = unit_cost(make_runs(status=[status], charged_cost=[cost])).loc[0]

    assert row[["cost_per_finished_run", "cost_per_completed_run", "cost_per_output"]].isna().all()
    assert pd.isna(row["charged_cost"])


def test_charged_free_and_unknown_failures_are_told_apart():
    runs = make_runs(
        status=["failed", "failed", "failed", "completed", "running"],
        charged_cost=["0.10", "0", None, "0.20", "0.10"],
    )

    row = cost_of_failed_runs(runs).loc[0]

    assert row.to_dict() == {
        "n_failed": 3,
        "n_charged": 1,
        "n_free": 1,
        "n_unknown": 1,
        "cost_of_failed_runs": Decimal("0.10"),
        "charged_cost": Decimal("0.40"),
        "cost_share": 0.25,
    }


def test_a_share_of_nothing_is_nan():
    row = cost_of_failed_runs(make_runs(status=["failed"], charged_cost=["0"])).loc[0]

    assert row["cost_of_failed_runs"] == 0
    assert pd.isna(row["cost_share"])
