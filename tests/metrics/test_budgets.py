"""Budgets: layers used up in order, exact shares, and breaches from the forecast."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from made_runs import make_runs, make_table

from flora_analytics.budget import Budget
from flora_analytics.metrics import budget_status, cost_forecast

NOW = dt.datetime(2026, 5, 20, 15, 30, tzinfo=dt.UTC)
LAYERS = Budget(
    seats=2,
    included_per_seat=Decimal(5),
    extra_balance=Decimal("12.5"),
    overage_cap=Decimal(10),
)


def spending(*, seed=1, n_days=140, project="prj_a", usual=2.0):
    """A run at 11:00 of each day up to today, of a cost that varies."""
    draw = np.random.default_rng(seed)
    days = pd.date_range(end="2026-05-20 11:00", periods=n_days, tz="UTC")
    costs = (usual * draw.gamma(4.0, 1 / 4.0, n_days)).round(4)
    return make_runs(created_at=list(days), charged_cost=[str(cost) for cost in costs],
                     project_id=[project] * n_days)  # fmt: skip


def test_layers_are_used_up_one_after_the_other():
    runs = make_runs(
        created_at=[pd.Timestamp(f"2026-05-{day} 10:00", tz="UTC") for day in ("02", "07", "19")],
        charged_cost=["9.5", "0.500000001", "3"],
    )

    table = budget_status(runs, LAYERS, now=NOW)

    assert table.index.tolist() == [
        ("(all)", "included usage"), ("(all)", "extra balance"), ("(all)", "overage cap"),
    ]  # fmt: skip
    assert table["limit"].tolist() == [10, Decimal("22.5"), Decimal("32.5")]
    assert set(table["charged_cost"]) == {Decimal("13.000000001")}
    assert table["used_share"].tolist() == pytest.approx([1.3, 13 / 22.5, 13 / 32.5])
    # Ten dollars are passed by a billionth on the 7th; the others need a forecast.
    assert table["breach_at"].iloc[0] == pd.Timestamp("2026-05-07", tz="UTC")
    assert table["breach_probability"].iloc[0] == 1
    assert table.iloc[1:][["breach_probability", "breach_at", "forecast"]].isna().all(axis=None)


def test_what_is_spent_to_the_last_cent_is_no_breach():
    runs = make_runs(created_at=[NOW - dt.timedelta(days=1)], charged_cost=["10"])

    row = budget_status(runs, Budget(extra_balance=Decimal(10)), now=NOW).iloc[0]

    assert row["used_share"] == 1
    assert pd.isna(row["breach_at"])


def test_burn_is_per_day_that_has_passed():
    runs = make_runs(created_at=[NOW - dt.timedelta(days=1)], charged_cost=["39"])
    noon = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)

    row = budget_status(runs, Budget(overage_cap=Decimal(100)), now=noon).iloc[0]

    assert row["elapsed_share"] == pytest.approx(19.5 / 31)
    assert row["cost_per_day"] == pytest.approx(2)


def test_chance_and_dates_agree_with_the_forecast_s_own_intervals():
    runs = spending()
    row = cost_forecast(runs, now=NOW, period="cycle", cycle_day=1, levels=[0.8]).iloc[0]

    def status(limit):
        budget = Budget(overage_cap=Decimal(str(round(limit, 9))))
        return budget_status(runs, budget, now=NOW).iloc[0]

    likely, even, unlikely = (status(row[name]) for name in ("low_80", "forecast", "high_80"))
    assert likely["breach_probability"] == pytest.approx(0.9, abs=1e-6)
    assert even["breach_probability"] == pytest.approx(0.5, abs=1e-6)
    assert unlikely["breach_probability"] == pytest.approx(0.1, abs=1e-6)
    assert even[["forecast", "low_80", "high_80"]].tolist() == pytest.approx(
        row[["forecast", "low_80", "high_80"]].tolist()
    )


def test_a_breach_date_is_where_many_drawn_paths_break_the_budget():
    runs, limit = spending(), Decimal(48)

    row = budget_status(runs, Budget(overage_cap=limit), now=NOW).iloc[0]

    # Paths whose every day lies at one quantile of its distribution, as cumulated cost does
    # when one error moves all days; drawn and counted instead of solved.
    from flora_analytics.metrics.spending import UnderWay

    way = UnderWay.at(NOW, "month", tz="UTC", cycle_day=None)
    outlook = way.prospects(runs)[()].outlook
    left = float(limit) - float(row["charged_cost"])
    draws = np.random.default_rng(3).uniform(size=4_000)
    broken = np.array([np.append(outlook.quantile(p) > left, True).argmax() for p in draws])
    days = pd.date_range("2026-05-20", periods=12, tz="UTC").append(pd.DatetimeIndex([pd.NaT]))
    assert row["breach_probability"] == pytest.approx((broken < 12).mean(), abs=0.03)
    assert row["breach_at"] == days[int(np.quantile(broken, 0.5, method="inverted_cdf"))]
    assert row["breach_from"] == days[int(np.quantile(broken, 0.1, method="inverted_cdf"))]


def test_projects_come_after_the_layers_most_endangered_first():
    runs = pd.concat([spending(project="prj_a"), spending(project="prj_b", seed=2)])
    budget = Budget(
        overage_cap=Decimal(500),
        projects={"prj_a": Decimal(90), "prj_b": Decimal(50), "prj_none": Decimal(1)},
    )

    table = budget_status(runs, budget, now=NOW)

    assert [key for key, _ in table.index] == ["(all)", "prj_b", "prj_a", "prj_none"]
    assert table["charged_cost"].iloc[0] == table["charged_cost"].iloc[1:].sum()
    assert table["charged_cost"].iloc[-1] == 0
    assert table["n_runs"].tolist() == [40, 20, 20, 0]


def test_a_project_is_foretold_from_its_own_history():
    runs = pd.concat([spending(project="prj_a"), spending(project="prj_b", seed=2)])

    row = budget_status(runs, Budget(projects={"prj_b": Decimal(50)}), now=NOW).iloc[0]

    alone = cost_forecast(runs[runs["project_id"] == "prj_b"], now=NOW)
    assert row["forecast"] == pytest.approx(alone["forecast"].iloc[0])


def test_unknown_costs_stand_beside():
    runs = make_runs(created_at=[NOW - dt.timedelta(days=1)] * 3, charged_cost=["1", None, None])

    row = budget_status(runs, LAYERS, now=NOW).iloc[0]

    assert (row["n_runs"], row["n_unknown"], row["charged_cost"]) == (3, 2, 1)


def test_a_limit_of_nothing_is_passed_by_anything():
    runs = make_runs(created_at=[NOW - dt.timedelta(days=1)], charged_cost=["1"])

    row = budget_status(runs, Budget(projects={"prj_a": Decimal(0)}), now=NOW).iloc[0]

    assert row["used_share"] == math.inf
    assert row["breach_at"] == pd.Timestamp("2026-05-19", tz="UTC")


def test_the_cycle_begins_on_its_day_in_its_zone():
    runs = spending()

    row = budget_status(runs, LAYERS, now=NOW, tz="Asia/Tokyo", cycle_day=21).iloc[0]

    # 00:30 of the 21st in Tokyo.
    assert row["period_start"] == pd.Timestamp("2026-05-21", tz="Asia/Tokyo")
    assert row["charged_cost"] == 0


def test_no_runs_give_the_same_columns():
    empty = budget_status(make_table(created_at=[]), LAYERS, now=NOW)

    assert empty.dtypes.to_dict() == budget_status(spending(), LAYERS, now=NOW).dtypes.to_dict()
    assert set(empty["charged_cost"]) == {0}
