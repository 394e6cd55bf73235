"""How long runs take, those that are still open counted for as long as they have been.

Runs in, one pandas table of Kaplan–Meier estimates out. Whoever leaves the open runs out sees
those of the last hours that were quick, and takes them for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.durations import QUANTILES, quantile_names
from flora_analytics.metrics.fates import FATE_COLUMNS, Fates, moment
from flora_analytics.metrics.spans import as_numbers, as_spans
from flora_analytics.metrics.tables import tabulate
from flora_analytics.statistics.kaplan_meier import Survival, first_reached, survival

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["longest_first", "stacked", "turnaround_quantiles", "turnaround_survival"]


def turnaround_survival(
    runs: Runs,
    *,
    now: dt.datetime | None = None,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
) -> pd.DataFrame:
    """The share of runs that take longer than each span, as a step curve with its 95 % band.

    Kaplan–Meier estimate [1]_: an open run says that its turnaround is longer than its age at
    `now`, and counts for that.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``created_at``, ``completed_at``, and ``read_at`` unless `now` is given.
    now : datetime, optional
        When the open runs were last seen open; by default the newest ``read_at``. A time
        before that shows the curve as it stood then.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group, period and span at which a run ended
        Last level of the index ``turnaround_time``, ascending; its last row in a group is that
        of the longest open run, if it is longer than all ended ones.

        ``n_at_risk``   int64    ended or open no sooner than that [runs]
        ``n_ended``     int64    ended just then [runs]
        ``still_open``  float64  share that takes longer [0–1]
        ``low, high``   float64  pointwise band, log-log of Greenwood's variance [2]_; NaN
                                 where the share is 0 or 1 [0–1]

        Runs that are not open, yet whose end is not stated, are left out.

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
    .. [1] E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations,"
       J. Am. Stat. Assoc., vol. 53, no. 282, pp. 457–481, 1958.
    .. [2] J. D. Kalbfleisch and R. L. Prentice, The Statistical Analysis of Failure Time Data,
       2nd ed., Wiley, 2002, sec. 1.4.

    Examples
    --------
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> ends = [noon + pd.Timedelta(s, "s") for s in (2, 4)]
    >>> runs = pd.DataFrame({"status": ["completed", "failed", "running"],
    ...                      "created_at": [noon] * 3, "completed_at": [*ends, pd.NaT]})
    >>> turnaround_survival(runs, now=noon + pd.Timedelta("3s"))["still_open"].tolist()
    [0.6666666666666667, 0.6666666666666667]
    """
    cut = Cut(by, period, tz, cycle_day)
    table = _observed(runs, cut, moment(runs, now)).sort_index()
    curves = _curves(table)
    return stacked(
        table,
        {
            "turnaround_time": [curve.time for curve in curves],
            "n_at_risk": [curve.n_at_risk for curve in curves],
            "n_ended": [curve.n_events for curve in curves],
            "still_open": [curve.share for curve in curves],
            "low": [curve.low for curve in curves],
            "high": [curve.high for curve in curves],
        },
    )


def turnaround_quantiles(
    runs: Runs,
    *,
    now: dt.datetime | None = None,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
    quantiles: Sequence[float] = QUANTILES,
) -> pd.DataFrame:
    """How long runs take from creation to their end, open runs included.

    The quantiles of `turnaround_survival`: the shortest span that this share of runs does not
    exceed. Without open runs they are those of `turnaround_time`, save for its interpolation.

    Parameters
    ----------
    runs, now, by, period, tz, cycle_day
        As of `turnaround_survival`.
    quantiles : sequence of float, default (0.5, 0.9, 0.99)
        Each from 0 to 1.

    Returns
    -------
    DataFrame, one row per group and period, longest median first
        ``n_runs``              int64            timed, open and missing [runs]
        ``n_timed``             int64            ended [runs]
        ``n_open``              int64            counted as longer than their age [runs]
        ``n_missing``           int64            not open, end not stated; left out [runs]
        ``n_negative``          int64            timed below zero, and not clipped [runs]
        ``p50``                 timedelta64[us]  NaT if too few have ended to say
        ``p50_low, p50_high``   timedelta64[us]  95 % bounds, from the band of the curve [1]_;
                                                 NaT if it does not reach them
        and so on for each quantile

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known or a quantile lies outside 0 to 1.
    ConfigurationError
        If `now` has no time zone.

    References
    ----------
    .. [1] R. Brookmeyer and J. Crowley, "A confidence interval for the median survival time,"
       Biometrics, vol. 38, no. 1, pp. 29–41, 1982.

    Examples
    --------
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"status": ["completed", "running", "running"],
    ...                      "created_at": [noon] * 3,
    ...                      "completed_at": [noon + pd.Timedelta("2s"), pd.NaT, pd.NaT]})
    >>> table = turnaround_quantiles(runs, now=noon + pd.Timedelta("1min"), quantiles=[0.3, 0.5])
    >>> table.loc[0, "p30"], table.loc[0, "p50"]
    (Timedelta('0 days 00:00:02'), NaT)
    """
    names = quantile_names(quantiles)
    table = _observed(runs, Cut(by, period, tz, cycle_day), moment(runs, now))
    curves = _curves(table)
    table = table.drop(columns=["_ended", "_open"])
    for name, quantile in zip(names, quantiles, strict=True):
        ends = {"": "share", "_low": "low", "_high": "high"}
        for suffix, share in ends.items():
            reached = [first_reached(c.time, 1 - getattr(c, share), quantile) for c in curves]
            table[name + suffix] = as_spans(reached).array
    return longest_first(table, ["p50"] if "p50" in names else [])


def longest_first(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Sorted by these columns and the number of runs, descending; within their period."""
    order = {"period_start": True} if "period_start" in table.index.names else {}
    order |= dict.fromkeys([*columns, "n_runs"], False)
    if not any(table.index.names):
        return table
    return table.sort_values(list(order), ascending=list(order.values()), kind="stable")


def stacked(table: pd.DataFrame, columns: Mapping[str, Sequence[npt.NDArray[Any]]]) -> pd.DataFrame:
    """The curves of the rows of `table`, one under the other, each under the keys of its row."""
    levels = [name for name in table.index.names if name is not None]
    beside = [name for name in map(str, table) if not name.startswith(("n_", "_"))]
    keys = table.reset_index()[[*levels, *beside]]
    lengths = [len(part) for part in columns["n_at_risk"]]
    long = keys.loc[keys.index.repeat(lengths)].reset_index(drop=True)
    for name, parts in columns.items():
        kind = "float64" if not name.startswith("n_") and name != "turnaround_time" else "int64"
        values = np.concatenate([np.array([], kind), *parts])
        long[name] = as_spans(values) if name == "turnaround_time" else values
    return long.set_index([*levels, "turnaround_time"])


def _observed(runs: Runs, cut: Cut, now: int) -> pd.DataFrame:
    """Per group the counts, and the spans of ended runs and the ages of open ones."""

    def formula(runs: Table, source: OpenedRuns) -> dict[str, Value]:
        fates = Fates.at(runs, source, now)
        return {
            **fates.counts(runs),
            "_ended": fates.turnaround.collect(where=fates.has_ended),
            "_open": fates.age.collect(where=fates.is_open),
        }

    table = tabulate(runs, cut, formula, needs=FATE_COLUMNS, largest=["n_runs"])
    return table[table["n_runs"] > 0] if any(table.index.names) else table


def _curves(table: pd.DataFrame) -> list[Survival]:
    pairs = zip(as_numbers(table["_ended"]), as_numbers(table["_open"]), strict=True)
    return [survival(ended, still_open) for ended, still_open in pairs]
