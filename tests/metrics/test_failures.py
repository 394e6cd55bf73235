"""Failures: shares of finished runs, with their uncertainty."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from made_runs import make_runs

from flora_analytics.metrics import failure_rate, failures_by_code


def test_runs_without_an_outcome_do_not_count():
    runs = make_runs(status=["completed", "failed", "running", "pending", "paused"])

    row = failure_rate(runs).loc[0]

    assert row[["n_runs", "n_open", "n_other", "n_finished", "n_failed"]].tolist() == [
        5,
        2,
        1,
        2,
        1,
    ]
    assert row["failure_rate"] == 0.5


# R. G. Newcombe, "Two-sided confidence intervals for the single proportion," Statist. Med. 17,
# 857-872, 1998, Table I, method 3 (score without continuity correction).
@pytest.mark.parametrize(
    ("n_failed", "n_finished", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(n_failed, n_finished, low, high):
    runs = make_runs(status=["failed"] * n_failed + ["completed"] * (n_finished - n_failed))

    row = failure_rate(runs).loc[0]

    assert row["low"] == pytest.approx(low, abs=5e-5)
    assert row["high"] == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(
    ("status", "end", "value"), [("completed", "low", 0), ("failed", "high", 1)]
)
@pytest.mark.parametrize("n", [1, 3, 7, 1000])
def test_an_interval_ends_exactly_at_0_and_1(status, end, value, n):
    table = failure_rate(make_runs(status=[status] * n))

    assert table.loc[0, end] == value


def test_with_nothing_finished_there_is_no_rate():
    row = failure_rate(make_runs(status=["running"])).loc[0]

    assert row[["failure_rate", "low", "high"]].isna().all()


def test_one_failure_out_of_one_does_not_top_the_list():
    runs = make_runs(
        technique_id=["tech_once"] + ["tech_often"] * 20,
        status=["failed"] + ["failed", "completed"] * 10,
    )

    table = failure_rate(runs, by="technique")

    assert list(table.index) == ["tech_often", "tech_once"]


def test_failures_go_by_code_and_a_missing_code_has_its_own_row():
    runs = make_runs(
        status=["failed", "failed", "failed", "failed", "completed"],
        error_code=["model_timeout", "model_timeout", "safety_blocked", None, None],
        charged_cost=["0.1", "0.2", None, "0", "5"],
    )

    table = failures_by_code(runs)

    assert table["n_failed"].to_dict() == {"model_timeout": 2, "(none)": 1, "safety_blocked": 1}
    assert table["failed_share"].tolist() == [0.5, 0.25, 0.25]
    assert table["n_unknown"].tolist() == [0, 0, 1]
    assert table["cost_of_failed_runs"].iloc[:2].tolist() == [Decimal("0.3"), Decimal(0)]
    assert pd.isna(table["cost_of_failed_runs"].iloc[2])


def test_shares_are_of_the_failed_runs_of_the_same_group_and_period():
    runs = make_runs(
        project_id=["prj_a", "prj_a", "prj_b", "prj_b"],
        created_at=[pd.Timestamp(f"2026-03-0{day}", tz="UTC") for day in (1, 1, 1, 2)],
        status=["failed"] * 4,
        error_code=["x", "y", "x", "x"],
    )

    table = failures_by_code(runs, by="project", period="day")

    assert list(table.index.names) == ["project_id", "error_code", "period_start"]
    assert table.groupby(["project_id", "period_start"])["failed_share"].sum().tolist() == [1, 1, 1]
    assert table["failed_share"].tolist() == [0.5, 0.5, 1.0, 1.0]
