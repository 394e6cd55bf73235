"""Turnaround of ended and open runs together, and how soon runs succeed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_runs import NOON, make_runs, random_runs

from flora_analytics.errors import ConfigurationError
from flora_analytics.metrics import (
    failure_rate,
    success_incidence,
    time_to_success,
    turnaround_quantiles,
    turnaround_survival,
    turnaround_time,
)

FIGURES = [turnaround_survival, turnaround_quantiles, success_incidence, time_to_success]


def second(n: float) -> pd.Timestamp:
    return NOON + pd.Timedelta(n, "s")


def lasting(ended: list[float], still_open: list[float], *, now: float = 100) -> pd.DataFrame:
    """Runs that ended after so many seconds, and runs open for so many at `now`."""
    return make_runs(
        status=["completed"] * len(ended) + ["running"] * len(still_open),
        created_at=[NOON] * len(ended) + [second(now - age) for age in still_open],
        completed_at=[second(span) for span in ended] + [None] * len(still_open),
        read_at=[second(now)] * (len(ended) + len(still_open)),
    )


def test_open_runs_count_for_as_long_as_they_have_been_open():
    # The 6-MP arm of Freireich et al. (1963), weeks as seconds.
    runs = lasting([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])

    row = turnaround_quantiles(runs, quantiles=[0.5]).loc[0]

    assert row[["n_runs", "n_timed", "n_open"]].tolist() == [21, 9, 12]
    assert row["p50"] == pd.Timedelta(23, "s")
    assert row["p50_low"] == pd.Timedelta(13, "s")
    assert pd.isna(row["p50_high"])


def test_the_curve_has_a_row_for_each_span_and_ends_with_the_longest_open_run():
    table = turnaround_survival(lasting([2, 3, 3], [2, 9]))

    assert [span.total_seconds() for span in table.index] == [2, 3, 9]
    assert table["n_at_risk"].tolist() == [5, 3, 1]
    assert table["n_ended"].tolist() == [1, 2, 0]
    assert table["still_open"].tolist() == pytest.approx([0.8, 0.8 / 3, 0.8 / 3])


def test_a_moment_before_the_last_read_shows_what_stood_then():
    runs = make_runs(
        created_at=[NOON, second(20), second(90)],
        completed_at=[second(10), second(80), second(95)],
        read_at=[second(100)] * 3,
    )

    then = turnaround_quantiles(runs, now=second(50)).loc[0]

    assert then[["n_runs", "n_timed", "n_open"]].tolist() == [2, 1, 1]
    assert turnaround_survival(runs, now=second(50))["n_at_risk"].tolist() == [2, 1]


def test_by_default_the_moment_is_the_newest_read():
    runs = make_runs(
        status=["running", "completed"],
        completed_at=[None, second(1)],
        read_at=[second(5), second(60)],
    )

    assert turnaround_survival(runs).index[-1] == pd.Timedelta(60, "s")


def test_runs_that_are_neither_ended_nor_open_are_counted_and_left_out():
    runs = make_runs(status=["completed", "paused", "failed"], completed_at=[second(1), None, None],
                     read_at=[second(9)] * 3)  # fmt: skip

    row = turnaround_quantiles(runs).loc[0]

    assert row[["n_runs", "n_timed", "n_open", "n_missing"]].tolist() == [3, 1, 0, 2]


def test_without_open_runs_quantiles_are_those_of_turnaround_time_but_for_interpolation():
    runs = lasting(list(np.random.default_rng(1).integers(1, 90, 101)), [])

    with_open, plain = turnaround_quantiles(runs).loc[0], turnaround_time(runs).loc[0]

    assert [with_open[q] for q in ("p50", "p90", "p99")] == [
        plain[q] for q in ("p50", "p90", "p99")
    ]


def test_failures_do_not_pass_for_successes_to_come():
    # Two of four complete, after 1 and 3 s; one fails after 2 s; one is open at 4 s.
    runs = make_runs(
        status=["completed", "failed", "completed", "running"],
        completed_at=[second(1), second(2), second(3), None],
        read_at=[second(4)] * 4,
    )

    curve = success_incidence(runs)
    row = time_to_success(runs, quantiles=[0.5, 0.9]).loc[0]

    assert curve["completed"].tolist() == [0.25, 0.25, 0.5, 0.5]
    assert curve["failed"].tolist() == [0, 0.25, 0.25, 0.25]
    assert curve["still_open"].tolist() == [0.75, 0.5, 0.25, 0.25]
    assert row[["n_runs", "n_completed", "n_failed", "n_open"]].tolist() == [4, 2, 1, 1]
    assert row["p50"] == pd.Timedelta(3, "s")
    assert pd.isna(row["p90"])
    assert row["success_share"] == 0.5


def test_with_all_runs_ended_the_success_share_is_what_the_failure_rate_leaves():
    runs = random_runs(400, seed=4)
    kept = [status in ("completed", "failed") for status in runs["status"].to_pylist()]
    runs = runs.filter(kept)
    runs = runs.filter(runs["completed_at"].is_valid())

    shares = time_to_success(runs, by="technique", now=pd.Timestamp("2027-06-01", tz="UTC"))

    rates = failure_rate(runs, by="technique")["failure_rate"]
    assert (shares["success_share"] + rates.loc[shares.index]).tolist() == pytest.approx([1] * 3)


@pytest.mark.parametrize("figure", FIGURES)
def test_groups_are_what_they_would_be_alone(figure):
    runs = random_runs(300, seed=2)
    now = pd.Timestamp("2026-09-01", tz="UTC")

    together = figure(runs, by=["technique", "project"], now=now)

    alone = runs.filter([t == "tech_b" for t in runs["technique_id"].to_pylist()])
    alone = alone.filter([p == "prj_c" for p in alone["project_id"].to_pylist()])
    expected = figure(alone, by=["technique", "project"], now=now)
    found = together[[key[:2] == ("tech_b", "prj_c") for key in together.index]]
    # The latest name is of all the technique's runs.
    pd.testing.assert_frame_equal(
        found.drop(columns="technique_name"), expected.drop(columns="technique_name")
    )


@pytest.mark.parametrize("figure", FIGURES)
def test_no_runs_give_the_same_columns_and_types(figure):
    runs = random_runs(60, seed=3)
    some = figure(runs, by="technique", period="month", now=pd.Timestamp("2027-01-01", tz="UTC"))

    none = figure(runs.slice(0, 0), by="technique", period="month")

    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert none.index.dtypes.to_dict() == some.index.dtypes.to_dict()
    assert len(none) == 0


def test_a_total_of_no_runs_is_one_row():
    row = turnaround_quantiles(make_runs(status=["completed"]).iloc[:0]).loc[0]

    assert row["n_runs"] == 0
    assert pd.isna(row["p50"])


@pytest.mark.parametrize("figure", FIGURES)
def test_a_moment_without_a_zone_is_refused(figure):
    with pytest.raises(ConfigurationError, match="no time zone"):
        figure(make_runs(status=["running"]), now=pd.Timestamp("2026-03-02"))
