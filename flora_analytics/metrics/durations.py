"""How long runs wait, execute and take in all.

Runs in, one pandas table of exact quantiles out. Only runs with both instants can be timed;
those that are still open, and those that lack an instant, are counted beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING

from flora_analytics.errors import DataError
from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.spans import as_numbers, as_spans
from flora_analytics.metrics.tables import tabulate
from flora_analytics.schema import OPEN_STATUSES
from flora_analytics.statistics.order_statistics import quantile_bounds as bounds_of

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["QUANTILES", "execution_time", "quantile_names", "queue_time", "turnaround_time"]

QUANTILES = (0.5, 0.9, 0.99)


def queue_time(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
    quantiles: Sequence[float] = QUANTILES,
    quantile_bounds: bool = False,
) -> pd.DataFrame:
    """How long runs waited before they began: ``started_at − created_at``.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, the two instants and the columns of `by` and `period`.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.
    quantiles : sequence of float, default (0.5, 0.9, 0.99)
        Each from 0 to 1; 0.99 gives the column ``p99``, 0.999 gives ``p99.9``.
    quantile_bounds : bool, default False
        Add for each quantile its 95 % bounds, ``p50_low`` and ``p50_high``.

    Returns
    -------
    DataFrame, one row per group and period, longest median first
        ``n_runs``         int64            timed, open and missing [runs]
        ``n_timed``        int64            with both instants: what the spans rest on [runs]
        ``n_open``         int64            pending or running, not to be timed yet [runs]
        ``n_missing``      int64            not open, yet an instant is not stated [runs]
        ``n_negative``     int64            timed below zero, and not clipped [runs]
        ``min, mean``      timedelta64[us]  NaT where nothing is timed
        ``p50, p90, p99``  timedelta64[us]  exact quantiles, linear interpolation as in numpy
        ``max``            timedelta64[us]

        Bounds are order statistics, that hold whatever the distribution and cover at least
        95 %, each side erring with at most 2.5 % [1]_; NaT where there are too few runs to say
        (the median takes 6, the 99 % quantile 368 for its upper one). Runs are taken as
        independent of each other; those of one busy hour are less so than those of a month.

        Open runs wait longer than these spans say: they will be timed when they end.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known or a quantile lies outside 0 to 1.

    References
    ----------
    .. [1] H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed., Wiley, 2003, sec. 7.1.

    Examples
    --------
    >>> import pandas as pd
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"status": ["completed", "running", "pending"],
    ...                      "created_at": [noon] * 3,
    ...                      "started_at": [noon + pd.Timedelta("2s"), noon, pd.NaT]})
    >>> queue_time(runs).loc[0, "p50"]
    Timedelta('0 days 00:00:01')
    """
    cut = Cut(by, period, tz, cycle_day)
    return _spans(runs, cut, ("created_at", "started_at"), quantiles, bounds=quantile_bounds)


def execution_time(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
    quantiles: Sequence[float] = QUANTILES,
    quantile_bounds: bool = False,
) -> pd.DataFrame:
    """How long runs executed, completed or failed: ``completed_at − started_at``.

    Parameters, columns and errors are those of `queue_time`.

    Examples
    --------
    >>> import pandas as pd
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"status": ["completed"], "started_at": [noon],
    ...                      "completed_at": [noon + pd.Timedelta("90s")]})
    >>> execution_time(runs).loc[0, "max"]
    Timedelta('0 days 00:01:30')
    """
    cut = Cut(by, period, tz, cycle_day)
    return _spans(runs, cut, ("started_at", "completed_at"), quantiles, bounds=quantile_bounds)


def turnaround_time(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
    quantiles: Sequence[float] = QUANTILES,
    quantile_bounds: bool = False,
) -> pd.DataFrame:
    """How long runs took from creation to their end: ``completed_at − created_at``.

    Parameters, columns and errors are those of `queue_time`.

    Examples
    --------
    >>> import pandas as pd
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"status": ["failed"], "created_at": [noon],
    ...                      "completed_at": [noon + pd.Timedelta("2min")]})
    >>> turnaround_time(runs, quantiles=[0.999]).columns[-2]
    'p99.9'
    """
    cut = Cut(by, period, tz, cycle_day)
    return _spans(runs, cut, ("created_at", "completed_at"), quantiles, bounds=quantile_bounds)


def quantile_names(quantiles: Sequence[float]) -> list[str]:
    """The columns of quantiles, such as ``p50``.

    Raises
    ------
    DataError
        If one lies outside 0 to 1, or two are the same.
    """
    each = list(quantiles) if isinstance(quantiles, Iterable) else []
    names = [f"p{100 * q:.10g}" for q in each if isinstance(q, Real) and 0 <= q <= 1]
    if not isinstance(quantiles, Iterable) or not len(set(names)) == len(names) == len(each):
        raise DataError(
            f"quantiles={quantiles!r} must be different numbers from 0 to 1; write [0.5, 0.9]."
        )
    return names


def _spans(
    runs: Runs, cut: Cut, ends: tuple[str, str], quantiles: Sequence[float], *, bounds: bool
) -> pd.DataFrame:
    names = quantile_names(quantiles)

    def formula(runs: Table, source: OpenedRuns) -> dict[str, Value]:
        first, last = (source.microseconds(runs[end]) for end in ends)
        span = last - first
        is_open = runs.status.isin(OPEN_STATUSES).fill_null(False)
        at: Value = span.quantile(list(quantiles)) if names else []
        return {
            "n_runs": runs.count(),
            "n_timed": span.count(),
            "n_open": runs.count(where=span.isnull() & is_open),
            "n_missing": runs.count(where=span.isnull() & ~is_open),
            "n_negative": runs.count(where=span < 0),
            "min": span.min(),
            "mean": span.mean().round().cast("int64"),
            # Halves are exact before they are rounded; engines interpolate a hair beside them.
            **{name: at[i].round(3).round().cast("int64") for i, name in enumerate(names)},
            "max": span.max(),
            **({"_spans": span.collect()} if bounds else {}),
        }

    table = tabulate(
        runs,
        cut,
        formula,
        needs=["status", *ends],
        largest=["p50" if "p50" in names else "mean", "n_runs"],
        spans=["min", "mean", *names, "max"],
    )
    return _with_bounds(table, names, quantiles) if bounds else table


def _with_bounds(
    table: pd.DataFrame, names: Sequence[str], quantiles: Sequence[float]
) -> pd.DataFrame:
    found = [bounds_of(own, quantiles) for own in as_numbers(table.pop("_spans"))]
    for i, name in enumerate(names):
        place = list(table).index(name)
        for side, end in enumerate(("low", "high")):
            bound = as_spans([row[i][side] for row in found]).array
            table.insert(place + 1 + side, f"{name}_{end}", bound)
    return table
