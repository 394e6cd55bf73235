"""Spans: exact quantiles, and what they leave out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import NOON, make_runs

from flora_analytics.errors import DataError
from flora_analytics.metrics import execution_time, queue_time, turnaround_time


def seconds(*values: float | None) -> list[pd.Timestamp | None]:
    """Instants that many seconds after noon."""
    return [None if v is None else NOON + pd.Timedelta(v, "s") for v in values]


@pytest.mark.parametrize(
    ("figure", "span"), [(queue_time, 2), (execution_time, 30), (turnaround_time, 32)]
)
def test_each_span_is_between_its_two_instants(figure, span):
    runs = make_runs(created_at=seconds(0), started_at=seconds(2), completed_at=seconds(32))

    row = figure(runs).loc[0]

    assert set(row[["min", "mean", "p50", "p90", "p99", "max"]]) == {pd.Timedelta(span, "s")}


def test_runs_that_cannot_be_timed_are_counted():
    runs = make_runs(
        status=["completed", "running", "pending", "failed", "paused"],
        started_at=seconds(1, 3, None, None, None),
    )

    row = queue_time(runs).loc[0]

    assert row[["n_runs", "n_timed", "n_open", "n_missing"]].tolist() == [5, 2, 1, 2]
    assert row["mean"] == pd.Timedelta(2, "s")


def test_negative_spans_are_reported_and_not_clipped():
    row = queue_time(make_runs(started_at=seconds(-1, 3))).loc[0]

    assert row[["n_timed", "n_negative"]].tolist() == [2, 1]
    assert row["min"] == pd.Timedelta(-1, "s")
    assert row["p50"] == pd.Timedelta(1, "s")


def test_with_nothing_timed_the_spans_are_missing():
    row = execution_time(make_runs(status=["pending"], started_at=[None])).loc[0]

    assert row[["min", "mean", "p50", "max"]].isna().all()


@given(
    st.lists(st.integers(-(10**6), 10**12), min_size=1, max_size=60),
    st.lists(st.floats(0, 1).map(lambda q: round(q, 4)), min_size=1, max_size=4, unique=True),
)
@settings(max_examples=25)
def test_quantiles_are_numpys_to_the_microsecond(spans, quantiles):
    runs = make_runs(started_at=[NOON + pd.Timedelta(span, "us") for span in spans])

    table = queue_time(runs, quantiles=quantiles)

    found = [span // pd.Timedelta(1, "us") for span in table.iloc[0, 7:-1]]
    expected = np.quantile(spans, quantiles, method="linear")
    assert np.abs(np.array(found) - expected).max() <= 0.5001  # half a microsecond is rounded
    assert abs(table.loc[0, "mean"] // pd.Timedelta(1, "us") - np.mean(spans)) <= 1


def test_a_quantile_is_named_by_its_percentage():
    table = queue_time(make_runs(started_at=seconds(1)), quantiles=[0.05, 0.25, 0.999, 1])

    assert list(table.columns[7:-1]) == ["p5", "p25", "p99.9", "p100"]


def test_no_quantiles_leave_the_rest():
    table = queue_time(make_runs(started_at=seconds(1)), quantiles=[])

    assert list(table.columns[5:]) == ["min", "mean", "max"]


@pytest.mark.parametrize("quantiles", [[50], [-0.1], [0.5, 0.5], [float("nan")]])
def test_quantiles_that_are_none_are_refused(quantiles):
    with pytest.raises(DataError, match="numbers from 0 to 1"):
        queue_time(make_runs(started_at=seconds(1)), quantiles=quantiles)


def test_bounds_of_quantiles_stand_beside_them():
    runs = make_runs(started_at=seconds(*range(1, 11)))

    table = queue_time(runs, quantiles=[0.5, 0.9], quantile_bounds=True)

    assert list(table.columns[7:13]) == ["p50", "p50_low", "p50_high", "p90", "p90_low", "p90_high"]
    assert list(table.loc[0, ["p50_low", "p50_high", "p90_low"]]) == [
        pd.Timedelta(second, "s") for second in (2, 9, 7)
    ]
    assert pd.isna(table.loc[0, "p90_high"])


def test_bounds_are_there_with_no_runs_and_of_the_same_type():
    runs = make_runs(started_at=seconds(1), project_id=["prj_a"])

    some = queue_time(runs, by="project", quantile_bounds=True)
    none = queue_time(runs.iloc[:0], by="project", quantile_bounds=True)

    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert some[["p50_low", "p50_high"]].isna().all(axis=None)


def test_groups_come_longest_median_first():
    runs = make_runs(
        project_id=["prj_a", "prj_b", "prj_c"],
        started_at=seconds(1, 9, None),
        status=["running"] * 3,
    )

    table = queue_time(runs, by="project")

    assert list(table.index) == ["prj_b", "prj_a", "prj_c"]
