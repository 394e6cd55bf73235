"""What every figure promises, whatever it measures."""

from __future__ import annotations

import inspect
from decimal import Decimal

import made_runs
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import make_runs
from pandas.testing import assert_frame_equal

from flora_analytics import metrics
from flora_analytics.calendar import PERIODS, period_at
from flora_analytics.frame import to_frame

CUT = {"by", "period", "tz", "cycle_day"}
#: Those cut into groups and periods alone; output_cost is cut by output_type as it is.
FIGURES = [
    figure
    for figure in (getattr(metrics, name) for name in metrics.__all__)
    if inspect.signature(figure).parameters.keys() >= {"runs"} | CUT
    and all(
        p.default is not p.empty or name == "runs"
        for name, p in inspect.signature(figure).parameters.items()
    )
    and figure is not metrics.output_cost
]
#: Those whose rows are more than groups and periods, so that no runs make none.
OF_ROWS_ALONE = (
    metrics.failures_by_code,
    metrics.success_incidence,
    metrics.turnaround_survival,
)
WORDS = ["technique", "project", "workspace", "status", "error_code", "output_type"]
ZONES = ["UTC", "Europe/Berlin", "America/Vancouver", "Asia/Kathmandu", "Australia/Lord_Howe"]

every_figure = pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
cuts = st.fixed_dictionaries(
    {
        "by": st.lists(st.sampled_from(WORDS[:4]), unique=True, max_size=2),
        "period": st.none() | st.sampled_from(PERIODS),
        "tz": st.sampled_from(ZONES),
        "cycle_day": st.integers(1, 31),
    }
)


MONEY = ("charged_cost", "cost_of_failed_runs")


@pytest.mark.parametrize(
    "figure",
    [
        metrics.charged_cost,
        metrics.unit_cost,
        metrics.cost_of_failed_runs,
        metrics.failure_rate,
        metrics.failures_by_code,
        metrics.queue_time,
    ],
    ids=lambda figure: figure.__name__,
)
@given(runs=made_runs.many_runs(min_size=1), cut=cuts)
@settings(max_examples=8)
def test_groups_and_periods_add_up_to_the_total(figure, runs, cut):
    total, table = figure(runs), figure(runs, **cut)

    for name in total.columns:
        if name.startswith("n_"):
            assert table[name].sum() == total[name].sum()
        elif name in MONEY:
            zero = Decimal(0)
            assert sum(table[name].dropna(), zero) == sum(total[name].dropna(), zero)


@given(runs=made_runs.many_runs(), cut=cuts, seed=st.integers(0, 9))
@settings(max_examples=8)
def test_the_order_of_rows_is_irrelevant(runs, cut, seed):
    frame = to_frame(runs)
    shuffled = frame.sample(frac=1, random_state=seed)

    for figure in (metrics.charged_cost, metrics.failure_rate, metrics.turnaround_time):
        assert_frame_equal(figure(frame, **cut), figure(shuffled, **cut))


@given(
    runs=made_runs.many_runs(min_size=1),
    period=st.sampled_from(PERIODS),
    tz=st.sampled_from(ZONES),
    cycle_day=st.integers(1, 31),
)
@settings(max_examples=25)
def test_each_run_is_counted_in_the_period_that_the_calendar_says(runs, period, tz, cycle_day):
    cut = {"period": period, "tz": tz, "cycle_day": cycle_day}

    table = metrics.charged_cost(runs, **cut)

    starts = [period_at(at, **cut).start for at in runs["created_at"].to_pylist()]
    expected = pd.Series(starts).value_counts().sort_index()
    assert [at.to_pydatetime() for at in table.index] == list(expected.index)
    assert table["n_runs"].tolist() == expected.tolist()


@every_figure
@pytest.mark.parametrize(
    "cut",
    [
        pytest.param({}, id="total"),
        pytest.param({"by": "technique"}, id="by technique"),
        pytest.param({"by": ["project", "output_type"], "period": "month"}, id="by two and month"),
        pytest.param({"period": "hour", "tz": "Asia/Kolkata"}, id="by hour"),
    ],
)
def test_a_table_looks_the_same_with_no_runs_at_all(figure, cut):
    runs = make_runs(
        status=["failed", "completed"], charged_cost=["0.1", "0.2"], error_code=["a", None]
    )

    empty, full = figure(runs.head(0), **cut), figure(runs, **cut)

    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert list(empty.columns) == list(full.columns)
    assert empty.index.names == full.index.names
    assert empty.index.to_frame().dtypes.to_dict() == full.index.to_frame().dtypes.to_dict()
    assert len(empty) == (1 if not cut and figure not in OF_ROWS_ALONE else 0)


@every_figure
def test_the_runs_given_are_not_touched(figure):
    runs = make_runs(status=["failed", "completed"], charged_cost=["0.1", None])
    before = runs.copy(deep=True)

    figure(runs, by="technique", period="day")

    assert_frame_equal(runs, before)


def test_rows_come_largest_first():
    runs = make_runs(
        project_id=["prj_a", "prj_b", "prj_c", "prj_d"], charged_cost=["1", "3", None, "3"]
    )

    table = metrics.charged_cost(runs, by="project")

    assert list(table.index) == ["prj_b", "prj_d", "prj_a", "prj_c"]


def test_with_a_period_rows_come_by_time_and_then_largest_first():
    noon = made_runs.NOON
    runs = make_runs(
        project_id=["prj_a", "prj_a", "prj_b"],
        created_at=[noon + pd.Timedelta("1D"), noon, noon],
        charged_cost=["9", "1", "2"],
    )

    table = metrics.charged_cost(runs, by="project", period="day", tz="Europe/Berlin")

    first, second = (pd.Timestamp(day, tz="Europe/Berlin") for day in ("2026-03-02", "2026-03-03"))
    assert list(table.index) == [("prj_b", first), ("prj_a", first), ("prj_a", second)]


def test_the_hour_that_comes_twice_in_autumn_stays_two():
    instants = pd.to_datetime(["2026-10-25 00:30", "2026-10-25 01:30"], utc=True)
    runs = make_runs(created_at=list(instants))

    table = metrics.charged_cost(runs, period="hour", tz="Europe/Berlin")

    assert [str(start) for start in table.index] == [
        "2026-10-25 02:00:00+02:00",
        "2026-10-25 02:00:00+01:00",
    ]


def test_a_day_is_cut_by_todays_rules_of_the_zone():
    # British Columbia keeps summer time from 2026 on; DuckDB 2.0.1 does not know it yet.
    runs = make_runs(created_at=[pd.Timestamp("2026-12-01 07:30", tz="UTC")])

    table = metrics.charged_cost(runs, period="day", tz="America/Vancouver")

    assert table.index[0] == period_at(runs.created_at[0], "day", tz="America/Vancouver").start


def test_runs_without_an_instant_are_counted_in_no_period():
    runs = make_runs(charged_cost=["1", "2"])
    runs["created_at"] = runs["created_at"].where([True, False])

    table = metrics.charged_cost(runs, period="day")

    assert table["n_runs"].tolist() == [1, 1]
    assert pd.isna(table.index[1])
