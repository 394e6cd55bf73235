"""How long it takes until a run has succeeded, where it may also fail.

Runs in, one pandas table of Aalen–Johansen estimates out. To leave failed runs out, or to take
them for runs that would have succeeded later, makes success look sooner and surer than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.durations import QUANTILES, quantile_names
from flora_analytics.metrics.fates import FATE_COLUMNS, Fates, moment
from flora_analytics.metrics.spans import as_numbers, as_spans
from flora_analytics.metrics.survival import longest_first, stacked
from flora_analytics.metrics.tables import tabulate
from flora_analytics.statistics.kaplan_meier import Incidence, first_reached, incidence

if TYPE_CHECKING:
    import datetime as dt

    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["success_incidence", "time_to_success"]

_SPANS = ("_completed", "_failed", "_other", "_open")


def success_incidence(
    runs: Runs,
    *,
    now: dt.datetime | None = None,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
) -> pd.DataFrame:
    """The share of runs that have completed within each span, and that have failed by then.

    Aalen–Johansen estimate [1]_ of the cumulative incidence: failure is an end of its own, and
    an open run counts for as long as it has been open at `now`.

    Parameters
    ----------
    runs, now, by, period, tz, cycle_day
        As of `turnaround_survival`.

    Returns
    -------
    DataFrame, one row per group, period and span at which a run ended
        Last level of the index ``turnaround_time``, ascending.

        ``n_at_risk``    int64    ended or open no sooner than that [runs]
        ``n_completed``  int64    completed just then [runs]
        ``n_failed``     int64    failed just then [runs]
        ``completed``    float64  share completed within the span [0–1]
        ``low, high``    float64  its pointwise 95 % band, log-log of the delta-method
                                  variance [2]_; NaN where the share is 0 or 1 [0–1]
        ``failed``       float64  share failed within the span [0–1]
        ``still_open``   float64  share that takes longer [0–1]

        The three shares add up to 1, save for runs that ended with a status that is neither.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.
    ConfigurationError
        If `now` has no time zone.

    References
    ----------
    .. [1] O. O. Aalen and S. Johansen, "An empirical transition matrix for non-homogeneous
       Markov chains based on censored observations," Scand. J. Stat., vol. 5, pp. 141–150, 1978.
    .. [2] J. B. Choudhury, "Non-parametric confidence interval estimation for competing risks
       analysis," Stat. Med., vol. 21, no. 8, pp. 1129–1144, 2002.

    Examples
    --------
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> ends = [noon + pd.Timedelta(s, "s") for s in (2, 4)]
    >>> runs = pd.DataFrame({"status": ["completed", "failed"], "created_at": [noon] * 2,
    ...                      "completed_at": ends})
    >>> success_incidence(runs, now=ends[1])["completed"].tolist()
    [0.5, 0.5]
    """
    table = _observed(runs, Cut(by, period, tz, cycle_day), moment(runs, now)).sort_index()
    curves = _curves(table)
    return stacked(
        table,
        {
            "turnaround_time": [curve.time for curve in curves],
            "n_at_risk": [curve.n_at_risk for curve in curves],
            "n_completed": [curve.n_events[0] for curve in curves],
            "n_failed": [curve.n_events[1] for curve in curves],
            "completed": [curve.share[0] for curve in curves],
            "low": [curve.low for curve in curves],
            "high": [curve.high for curve in curves],
            "failed": [curve.share[1] for curve in curves],
            "still_open": [curve.remaining for curve in curves],
        },
    )


def time_to_success(
    runs: Runs,
    *,
    now: dt.datetime | None = None,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
    quantiles: Sequence[float] = QUANTILES,
) -> pd.DataFrame:
    """The span within which a share of all runs has completed, failed and open runs included.

    The quantiles of `success_incidence`. A share that is never reached, because too many runs
    fail, has no such span.

    Parameters
    ----------
    runs, now, by, period, tz, cycle_day
        As of `turnaround_survival`.
    quantiles : sequence of float, default (0.5, 0.9, 0.99)
        Each from 0 to 1, shares of all runs.

    Returns
    -------
    DataFrame, one row per group and period, longest median first
        ``n_runs``             int64            ended, open and missing [runs]
        ``n_timed``            int64            ended: completed, failed or otherwise [runs]
        ``n_completed``        int64            [runs]
        ``n_failed``           int64            [runs]
        ``n_open``             int64            counted for their age [runs]
        ``n_missing``          int64            not open, end not stated; left out [runs]
        ``n_negative``         int64            timed below zero, and not clipped [runs]
        ``success_share``      float64          completed within the longest span seen [0–1]
        ``p50``                timedelta64[us]  NaT if fewer than half have completed
        ``p50_low, p50_high``  timedelta64[us]  95 % bounds, from the band of the curve; NaT if
                                                it does not reach them
        and so on for each quantile

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known or a quantile lies outside 0 to 1.
    ConfigurationError
        If `now` has no time zone.

    Examples
    --------
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> ends = [noon + pd.Timedelta(s, "s") for s in (2, 4)]
    >>> runs = pd.DataFrame({"status": ["completed", "failed"], "created_at": [noon] * 2,
    ...                      "completed_at": ends})
    >>> time_to_success(runs, now=ends[1], quantiles=[0.5, 0.9]).loc[0, ["p50", "p90"]].tolist()
    [Timedelta('0 days 00:00:02'), NaT]
    """
    names = quantile_names(quantiles)
    table = _observed(runs, Cut(by, period, tz, cycle_day), moment(runs, now))
    curves = _curves(table)
    table = table.drop(columns=[*_SPANS])
    last = [curve.share[0, -1] if len(curve.time) else float("nan") for curve in curves]
    table["success_share"] = pd.array(last, "float64").to_numpy()
    for name, quantile in zip(names, quantiles, strict=True):
        rising = {"": [c.share[0] for c in curves]}
        rising |= {"_low": [c.high for c in curves], "_high": [c.low for c in curves]}
        for suffix, shares in rising.items():
            pairs = zip(curves, shares, strict=True)
            reached = [first_reached(curve.time, own, quantile) for curve, own in pairs]
            table[name + suffix] = as_spans(reached).array
    return longest_first(table, ["p50"] if "p50" in names else [])


def _observed(runs: Runs, cut: Cut, now: int) -> pd.DataFrame:
    """Per group the counts, and the spans of each way to end and the ages of open runs."""

    def formula(runs: Table, source: OpenedRuns) -> dict[str, Value]:
        fates = Fates.at(runs, source, now)
        completed = fates.has_ended & (runs.status == "completed").fill_null(False)
        failed = fates.has_ended & (runs.status == "failed").fill_null(False)
        counts = fates.counts(runs)
        return {
            "n_runs": counts.pop("n_runs"),
            "n_timed": counts.pop("n_timed"),
            "n_completed": runs.count(where=completed),
            "n_failed": runs.count(where=failed),
            **counts,
            "_completed": fates.turnaround.collect(where=completed),
            "_failed": fates.turnaround.collect(where=failed),
            "_other": fates.turnaround.collect(where=fates.has_ended & ~completed & ~failed),
            "_open": fates.age.collect(where=fates.is_open),
        }

    table = tabulate(runs, cut, formula, needs=FATE_COLUMNS, largest=["n_runs"])
    return table[table["n_runs"] > 0] if any(table.index.names) else table


def _curves(table: pd.DataFrame) -> list[Incidence]:
    lists = zip(*(as_numbers(table[name]) for name in _SPANS), strict=True)
    return [incidence(list(causes), censored) for *causes, censored in lists]
