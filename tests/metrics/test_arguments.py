"""What an analyst gives a figure is either understood or refused in one line that says how."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from made_runs import NOON, make_runs, make_table
from pandas.testing import assert_frame_equal

from flora_analytics import metrics
from flora_analytics.budget import Budget
from flora_analytics.calendar import Window
from flora_analytics.errors import (
    ConfigurationError,
    DataError,
    FloraAnalyticsError,
    MissingColumnError,
)
from flora_analytics.objectives import Objective

MARCH = Window.parse("2026-03-01", "2026-04-01")
APRIL = Window.parse("2026-04-01", "2026-05-01")
RUNS = make_runs(status=["completed", "failed"], charged_cost=[1, 2])


@pytest.mark.parametrize(
    "by",
    [("technique",), pd.Index(["technique"]), {"technique"}, (word for word in ["technique"])],
    ids=["tuple", "index", "set", "generator"],
)
def test_words_come_in_any_collection(by):
    assert_frame_equal(
        metrics.charged_cost(RUNS, by=by), metrics.charged_cost(RUNS, by=["technique"])
    )


@pytest.mark.parametrize(
    "by", [7, ["status", None], b"status", len], ids=["number", "nothing", "bytes", "function"]
)
def test_what_is_no_name_of_a_column_cannot_group(by):
    with pytest.raises(DataError, match="takes the names of columns"):
        metrics.charged_cost(RUNS, by=by)


def test_a_column_of_runs_that_is_not_there_is_missing_rather_than_unknown():
    with pytest.raises(MissingColumnError, match="technique_id"):
        metrics.stuck_runs(RUNS.drop(columns="technique_id"), now=NOON)


def test_a_name_that_two_columns_share_is_refused():
    twice = pd.concat([RUNS, RUNS[["status"]]], axis=1)

    with pytest.raises(DataError, match=r"'status' twice; runs\.loc"):
        metrics.failure_rate(twice)


NOW = [
    metrics.cost_forecast,
    metrics.cost_forecast_path,
    metrics.cost_anomalies,
    metrics.stuck_runs,
    metrics.open_time,
    metrics.turnaround_quantiles,
    metrics.turnaround_survival,
    metrics.time_to_success,
    metrics.success_incidence,
    partial(metrics.budget_status, budget=Budget(overage_cap=5)),
    partial(metrics.service_levels, objectives=[Objective(target=0.9)]),
    partial(metrics.burn_rates, objectives=[Objective(target=0.9)]),
]


@pytest.mark.parametrize(
    "now",
    ["2026-03-02", dt.date(2026, 3, 2), pd.NaT, dt.datetime(2026, 3, 2)],  # noqa: DTZ001
    ids=["text", "day", "NaT", "naive"],
)
@pytest.mark.parametrize("figure", NOW, ids=lambda figure: getattr(figure, "func", figure).__name__)
def test_now_is_an_instant(figure, now):
    with pytest.raises(ConfigurationError, match=r"now=.*write datetime\(2026, 3, 1, tzinfo=UTC"):
        figure(RUNS, now=now)


WINDOWED = [
    lambda window: metrics.in_window(RUNS, window),
    lambda window: metrics.cost_changes(RUNS, earlier=window, later=APRIL),
    lambda window: metrics.cost_changes(RUNS, earlier=MARCH, later=window),
    lambda window: metrics.failure_rate_change(RUNS, earlier=MARCH, later=window),
    lambda window: metrics.cost_anomalies(RUNS, window=window),
    lambda window: metrics.concurrency(RUNS, window=window),
    lambda window: metrics.activity(RUNS, window=window),
]


@pytest.mark.parametrize(
    ("window", "says"),
    [
        ("2026-03", r"no window of time; write calendar\.Window\.parse"),
        (("2026-03-01", "2026-04-01"), "no window of time"),
        (Window(None, dt.datetime(2026, 3, 1)), "no time zone"),  # noqa: DTZ001
    ],
    ids=["month", "pair", "naive"],
)
@pytest.mark.parametrize("figure", WINDOWED)
def test_a_stretch_of_time_is_a_window(figure, window, says):
    with pytest.raises(ConfigurationError, match=says):
        figure(window)


@pytest.mark.parametrize("kind", [lambda times: times, list], ids=["times", "objects"])
def test_times_without_a_zone_are_refused_by_every_figure_alike(kind):
    times = RUNS["created_at"].dt.tz_localize(None)
    runs = RUNS.assign(created_at=pd.Series(kind(times), RUNS.index, dtype=times.dtype))

    for figure in (partial(metrics.usage, period="day"), partial(metrics.in_window, window=MARCH)):
        with pytest.raises(DataError, match=r"created_at.*with a time zone; pd\.to_datetime"):
            figure(runs)


def test_days_are_no_instants():
    with pytest.raises(DataError, match="created_at"):
        metrics.usage(RUNS.assign(created_at=RUNS["created_at"].dt.date), period="day")


def test_instants_may_be_written_out():
    written = RUNS.assign(created_at=RUNS["created_at"].astype("str"))

    assert len(metrics.in_window(written, MARCH)) == 2
    assert_frame_equal(metrics.usage(written, period="day"), metrics.usage(RUNS, period="day"))


@pytest.mark.parametrize("kind", [lambda runs: runs, ibis.memtable], ids=["Arrow", "Ibis"])
def test_nanoseconds_are_understood(kind):
    runs = make_table(status=["completed"], started_at=[NOON + pd.Timedelta("3s")])
    fine = runs
    for name in ("created_at", "started_at"):
        at = runs.column_names.index(name)
        fine = fine.set_column(at, name, runs[name].cast(pa.timestamp("ns", "UTC")))

    assert_frame_equal(metrics.queue_time(kind(fine)), metrics.queue_time(runs))


def test_runs_that_do_not_say_when_they_were_created_are_at_no_hour():
    runs = RUNS.assign(created_at=[NOON, pd.NaT])

    assert metrics.activity(runs)["n_runs"].sum() == 1
    assert metrics.price_drift(runs.assign(status="completed"))["n_runs"].sum() == 1


@pytest.mark.parametrize(
    "figure",
    [
        lambda: metrics.queue_time(RUNS, quantiles=0.5),
        lambda: metrics.queue_time(RUNS, quantiles="p50"),
        lambda: metrics.time_to_success(RUNS, now=NOON, quantiles=[None]),
        lambda: metrics.cost_forecast(RUNS, now=NOON, levels=0.8),
        lambda: metrics.cost_forecast(RUNS, now=NOON, levels=["80%"]),
        lambda: metrics.cost_forecast(RUNS, now=NOON, levels=[0.8, 0.8]),
        lambda: metrics.service_levels(RUNS, Objective(target=0.9), now=NOON),
        lambda: metrics.service_levels(RUNS, [0.9], now=NOON),
        lambda: metrics.budget_status(RUNS, 500, now=NOON),
        lambda: metrics.estimated_retries(RUNS, within=5),
        lambda: metrics.stuck_runs(RUNS, now=NOON, at_least=15),
        lambda: Objective(of="queue_time", within=30, target=0.9),
        lambda: Objective(target=0.9, window="7d"),
        lambda: Budget(overage_cap="5"),
        lambda: Budget(seats=1.5, included_per_seat=40),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_in_one_line(figure):
    with pytest.raises(FloraAnalyticsError) as refused:
        figure()

    assert "\n" not in str(refused.value)


def test_list_prices_may_be_a_series():
    table = metrics.price_drift(RUNS, listed=pd.Series({"tech_a": 0.5}))

    assert float(table["listed_run_cost"].iloc[0]) == 0.5


def test_budgets_are_exact_whatever_numbers_they_are_given_in():
    assert Budget(overage_cap=0.1, extra_balance=1, projects={"prj_a": 2.5}) == Budget(
        overage_cap=Decimal("0.1"),
        extra_balance=Decimal("1"),
        projects={"prj_a": Decimal("2.5")},
    )
