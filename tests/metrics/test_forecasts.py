"""Where spend ends: exact so far, foretold from the same weekdays, plain when it cannot tell."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from made_runs import make_runs, make_table, random_runs

from flora_analytics.errors import ConfigurationError, DataError
from flora_analytics.metrics import charged_cost, cost_forecast, cost_forecast_path
from flora_analytics.statistics.outlook import look_ahead

NOW = dt.datetime(2026, 5, 20, 15, 30, tzinfo=dt.UTC)


def runs_at(instants, costs):
    return make_runs(created_at=list(instants), charged_cost=list(costs))


def steady(n_days, *, end="2026-05-20", hours=(9, 18), cost="0.5", project="prj_a"):
    """Two runs a day of the same cost, before noon and in the evening."""
    days = pd.date_range(end=end, periods=n_days, tz="UTC")
    at = [day + pd.Timedelta(hours=hour) for day in days for hour in hours]
    return make_runs(created_at=at, charged_cost=[cost] * len(at), project_id=[project] * len(at))


def test_so_far_is_exact_and_the_rest_is_as_ever():
    row = cost_forecast(steady(120), now=NOW).iloc[0]

    # 20 mornings and 19 evenings of May; this evening and eleven whole days are to come.
    assert row["charged_cost"] == Decimal("19.5")
    assert row["n_runs"] == 39
    assert row["remaining"] == pytest.approx(11.5)
    assert row["forecast"] == pytest.approx(31)
    assert row["low_95"] == pytest.approx(31, abs=1e-5)
    assert row["high_95"] == pytest.approx(31, abs=1e-5)


def test_the_hour_under_way_is_split_in_proportion():
    runs = steady(120, hours=(15,), cost="1")

    table = cost_forecast(runs, now=dt.datetime(2026, 5, 20, 15, 45, tzinfo=dt.UTC))

    assert table["charged_cost"].iloc[0] == 20
    assert table["remaining"].iloc[0] == pytest.approx(11.25)


def test_days_are_those_of_the_zone_over_a_change_of_the_clock():
    zone = "America/New_York"
    days = pd.date_range("2025-11-01", "2026-03-20", tz=zone)
    # One run at 23:30 of each local day: in UTC it is the day after.
    runs = runs_at([day + pd.DateOffset(hours=23, minutes=30) for day in days], ["1"] * len(days))
    noon = dt.datetime(2026, 3, 20, 16, tzinfo=dt.UTC)

    row = cost_forecast(runs, now=noon, tz=zone).iloc[0]

    assert row["charged_cost"] == 19
    assert row["forecast"] == pytest.approx(31)


def test_a_frame_of_runs_gives_the_days_that_the_outlook_learns_from():
    runs = random_runs(4_000, seed=9)
    now = dt.datetime(2026, 11, 18, tzinfo=dt.UTC)

    row = cost_forecast(runs, now=now).iloc[0]

    frame = runs.to_pandas()
    frame = frame[frame["created_at"] < now]
    by_day = frame.groupby(frame["created_at"].dt.floor("D"))["charged_cost"].sum().astype(float)
    every = pd.date_range(by_day.index[0], now - dt.timedelta(days=1), unit="us")
    days = by_day.reindex(every, fill_value=0.0).to_numpy()[1:]
    outlook = look_ahead(days, days, n_days=13)
    this_month = frame[frame["created_at"] >= pd.Timestamp("2026-11-01", tz="UTC")]
    assert row["charged_cost"] == this_month["charged_cost"].sum()
    assert row["n_unknown"] == this_month["charged_cost"].isna().sum()
    for name, p in {"remaining": 0.5}.items():
        assert row[name] == pytest.approx(outlook.quantile(p)[-1])
    for name, p in {"low_80": 0.1, "high_80": 0.9, "low_95": 0.025, "high_95": 0.975}.items():
        assert row[name] == pytest.approx(float(row["charged_cost"]) + outlook.quantile(p)[-1])
    assert (row["n_weeks"], row["n_weeks_needed"]) == (len(days) // 7, 10)


def test_too_short_a_history_says_so_and_still_tells_what_is_spent():
    row = cost_forecast(steady(60), now=NOW).iloc[0]

    assert row["charged_cost"] == Decimal("19.5")
    assert row[["remaining", "forecast", "low_80", "high_95", "coverage_80"]].isna().all()
    assert row["model"] == "(none)"
    assert row["n_weeks"] == 8 < row["n_weeks_needed"] == 10


def test_each_group_is_foretold_by_itself_and_the_largest_comes_first():
    runs = pd.concat([steady(120), steady(120, cost="2", project="prj_b"),
                      steady(20, cost="9", project="prj_new")])  # fmt: skip

    table = cost_forecast(runs, now=NOW, by="project")

    assert table.index.get_level_values("project_id").tolist() == ["prj_b", "prj_a", "prj_new"]
    assert table["forecast"].tolist()[:2] == pytest.approx([124, 31])
    assert np.isnan(table["forecast"].iloc[2])
    assert (
        sum(table["charged_cost"])
        == charged_cost(
            runs[runs["created_at"] >= "2026-05-01"][lambda runs: runs["created_at"] < NOW]
        )["charged_cost"].iloc[0]
    )


def test_unknown_costs_are_counted_beside_and_are_not_zero():
    runs = make_runs(created_at=[NOW - dt.timedelta(hours=1)] * 2, charged_cost=[None, None])

    row = cost_forecast(runs, now=NOW).iloc[0]

    assert (row["n_runs"], row["n_unknown"]) == (2, 2)
    assert pd.isna(row["charged_cost"])


def test_the_future_is_not_looked_at():
    runs = steady(130, end="2026-05-30")

    known = runs[runs["created_at"] < NOW]

    pd.testing.assert_frame_equal(cost_forecast(runs, now=NOW), cost_forecast(known, now=NOW))


def test_a_cycle_and_a_week_end_where_the_calendar_says():
    cycle = cost_forecast(steady(120), now=NOW, period="cycle", cycle_day=15)
    week = cost_forecast(steady(120), now=NOW, period="week")

    assert cycle.index[0] == pd.Timestamp("2026-05-15", tz="UTC")
    assert cycle["period_end"].iloc[0] == pd.Timestamp("2026-06-15", tz="UTC")
    assert week["forecast"].iloc[0] == pytest.approx(7)
    assert week["n_weeks_needed"].iloc[0] == 7


@pytest.mark.parametrize("by", [None, "technique"])
def test_no_runs_give_the_same_columns(by):
    empty = cost_forecast(make_table(created_at=[]), now=NOW, by=by)
    full = cost_forecast(steady(120), now=NOW, by=by)

    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert empty.index.names == full.index.names
    assert len(empty) == (by is None)


def test_the_path_begins_exact_and_ends_where_the_forecast_does():
    runs = random_runs(4_000, seed=9)
    now = dt.datetime(2026, 11, 18, 10, 20, tzinfo=dt.UTC)

    path = cost_forecast_path(runs, now=now, tz="Asia/Tokyo")

    row = cost_forecast(runs, now=now, tz="Asia/Tokyo").iloc[0]
    known = path["charged_cost"].dropna()
    midnight = pd.Timestamp("2026-11-10", tz="Asia/Tokyo")
    frame = runs.to_pandas()
    month = frame[frame["created_at"] >= pd.Timestamp("2026-11-01", tz="Asia/Tokyo")]
    assert len(path) == 32
    assert path.index[0] == pd.Timestamp("2026-11-01", tz="Asia/Tokyo")
    assert known.iloc[0] == 0
    assert known[midnight] == month[month["created_at"] < midnight]["charged_cost"].sum()
    assert known.index[-1] == now
    assert known.iloc[-1] == row["charged_cost"]
    assert path["n_unknown"].max() == row["n_unknown"]
    for name in ("forecast", "low_80", "high_80", "low_95", "high_95"):
        assert path[name].iloc[-1] == pytest.approx(row[name])
        assert path[name].dropna().is_monotonic_increasing


def test_a_path_without_history_shows_what_was_spent():
    path = cost_forecast_path(steady(25), now=NOW)

    assert path["charged_cost"].dropna().iloc[-1] == Decimal("19.5")
    assert path["forecast"].isna().all()


@pytest.mark.parametrize("hour", [0, 1], ids=["at its very start", "in its first hour"])
def test_a_period_that_has_just_begun_can_be_foretold(hour):
    start = dt.datetime(2026, 5, 1, hour, tzinfo=dt.UTC)

    row = cost_forecast(steady(200), now=start).iloc[0]
    path = cost_forecast_path(steady(200), now=start)

    assert row["charged_cost"] == 0
    assert row["forecast"] == pytest.approx(31)
    assert path["forecast"].iloc[-1] == pytest.approx(31)
    assert path.index.is_unique


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        pytest.param({"now": NOW.replace(tzinfo=None)}, ConfigurationError, "zone", id="naive"),
        pytest.param({"period": "hour"}, ConfigurationError, "hour", id="hour"),
        pytest.param({"levels": [80]}, DataError, "between 0 and 1", id="percent"),
    ],
)
def test_what_cannot_be_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        cost_forecast(steady(1), **{"now": NOW, **arguments})
