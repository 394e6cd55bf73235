"""How many runs are under way at once: the most, and on average over time.

Runs in, one pandas table out. The engine sweeps over beginnings and ends within each quarter of
an hour, in which no period begins or ends; what it returns, a few numbers for each of those
that saw a run begin or end, is put together in `sweep`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, TypeAlias

import pandas as pd

from flora_analytics.calendar import check_window
from flora_analytics.errors import DataError
from flora_analytics.metrics import sweep
from flora_analytics.metrics.cut import SLOT, By, Cut
from flora_analytics.metrics.engine import columns_of, opened, running
from flora_analytics.metrics.tables import tabulate
from flora_analytics.schema import OPEN_STATUSES

if TYPE_CHECKING:
    from flora_analytics.calendar import Period, Window
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["concurrency"]

Stretch: TypeAlias = Literal["queue", "execution", "turnaround"]

_ENDS = {
    "queue": ("created_at", "started_at", OPEN_STATUSES[:1]),
    "execution": ("started_at", "completed_at", OPEN_STATUSES),
    "turnaround": ("created_at", "completed_at", OPEN_STATUSES),
}
_NEEDS = ["status", "created_at", "started_at", "completed_at", "read_at"]
_MICROSECOND = dt.timedelta(microseconds=1)


def concurrency(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
    of: Stretch = "execution",
    window: Window | None = None,
) -> pd.DataFrame:
    """The most runs under way at one time, when that was, and their time-weighted mean.

    An exact sweep: a run is under way from its beginning up to, but not including, its end, so
    that one which ends as another begins does not overlap it. A run still open is under way
    until it was last read. It counts in every period that it reaches into, unlike ``n_runs``,
    which follow the rule of all figures: a run belongs where it was created.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``created_at``, ``started_at``, ``completed_at``, ``read_at`` and the
        columns of `by`. Choose a stretch of time by `window`, not with `in_window`: that would
        miss runs which began before it.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.
    of : "queue", "execution" or "turnaround", default "execution"
        Whether runs are counted while they wait, while they execute, or both.
    window : Window, optional
        The stretch of time to look at; a side that is open is that of the first creation or of
        the last reading. Means are over the part of a period that lies in it.

    Returns
    -------
    DataFrame, one row per group and period with a run created or under way, largest first
        ``n_runs``            int64    created in the period and `window` [runs]
        ``n_unended``         int64    not ended when last read, begun or not [runs]
        ``n_missing``         int64    ended, without the instants it takes: left out [runs]
        ``n_negative``        int64    that end before they begin: left out [runs]
        ``max_concurrency``   int64    the most at one time [runs]
        ``max_at``            instant  when that many were first under way; NaT if none ever was
        ``mean_concurrency``  float64  time under way, of all runs, ÷ length of the period
                                       [runs]; means of groups add up, maxima do not

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` or the value of `of` is not known.

    Examples
    --------
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> begin = noon + pd.to_timedelta([0, 10, 20], unit="min")
    >>> runs = pd.DataFrame({"status": "completed", "created_at": begin, "started_at": begin,
    ...                      "completed_at": begin + pd.Timedelta("15min"),
    ...                      "read_at": noon + pd.Timedelta("1h")})
    >>> concurrency(runs)[["max_concurrency", "mean_concurrency"]].values.tolist()
    [[2.0, 0.75]]
    """
    if of not in _ENDS:
        raise DataError(f"of={of!r} is not known; write {', '.join(_ENDS)}.")
    if window is not None:
        check_window(window)
    cut = Cut(by, period, tz, cycle_day)
    counts = tabulate(
        runs,
        cut,
        lambda table, source: _counts(table, source, of),
        needs=_NEEDS,
        largest=["n_runs"],
        only=None if window is None else lambda table: _created_in(table, window),
    )
    keys = cut.keys(columns_of(runs))
    columns = list(dict.fromkeys([*_NEEDS, *(key.column for key in keys)]))
    with opened(runs, columns) as source:
        since, until = _bounds(source, window)
        groups = {f"_key_{i}": key.value(source.table) for i, key in enumerate(keys)}
        slots = source.answer(_slots(source, groups, of, since, until))
    levels = [key.level for key in keys]
    peaks = sweep.by_period(slots.to_pandas(), list(groups), cut, since, until)
    return _joined(
        counts, peaks.rename(columns=dict(zip(groups, levels, strict=True))), cut, levels
    )


def _created_in(runs: Table, window: Window) -> Value:
    inside = runs.created_at.notnull()
    if window.start is not None:
        inside = inside & (runs.created_at >= window.start)
    if window.end is not None:
        inside = inside & (runs.created_at < window.end)
    return inside


def _interval(runs: Table, source: OpenedRuns, of: Stretch) -> tuple[Value, Value]:
    """Beginning and end of each run in microseconds; an open one ends where it was read."""
    first, last, open_statuses = _ENDS[of]
    begin, end = source.microseconds(runs[first]), source.microseconds(runs[last])
    is_open = (begin.notnull() & end.isnull() & runs.status.isin(open_statuses)).fill_null(False)
    return begin, is_open.ifelse(source.microseconds(runs.read_at), end)


def _counts(runs: Table, source: OpenedRuns, of: Stretch) -> dict[str, Value]:
    begin, end = _interval(runs, source, of)
    lacks = begin.isnull() | end.isnull()
    ended = source.microseconds(runs[_ENDS[of][1]])
    is_open = (runs.status.isin(_ENDS[of][2]) & ended.isnull()).fill_null(False)
    return {
        "n_runs": runs.count(),
        "n_unended": runs.count(where=is_open),
        "n_missing": runs.count(where=lacks & ~is_open),
        "n_negative": runs.count(where=end < begin),
    }


def _bounds(source: OpenedRuns, window: Window | None) -> tuple[int, int]:
    """The stretch of time to look at, in microseconds."""
    runs = source.table
    read = runs.aggregate(
        _first=source.microseconds(runs.created_at.min()),
        _read=source.microseconds(runs.read_at.max()),
        _ended=source.microseconds(runs.completed_at.max()),
    )
    [seen] = source.answer(read).to_pylist()
    since, until = seen["_first"] or 0, max(seen["_read"] or 0, seen["_ended"] or 0)
    if window is not None and window.start is not None:
        since = _micros(window.start)
    if window is not None and window.end is not None:
        until = min(until, _micros(window.end))
    return since, max(since, until)


def _micros(instant: dt.datetime) -> int:
    return (instant - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // _MICROSECOND


def _slots(
    source: OpenedRuns, groups: dict[str, Value], of: Stretch, since: int, until: int
) -> Table:
    """For each group and quarter of an hour with a beginning or an end, what it adds."""
    runs = source.table
    begin, end = _interval(runs, source, of)
    runs = runs.select(
        **groups,
        _begin=(begin < since).ifelse(since, begin),
        _end=(end > until).ifelse(until, end),
    )
    runs = runs.filter(runs["_begin"] < runs["_end"])
    marks = runs.select(*groups, _at=runs["_begin"], _step=1).union(
        runs.select(*groups, _at=runs["_end"], _step=-1)
    )
    marks = marks.mutate(_slot=marks["_at"] // SLOT)
    marks = marks.mutate(_offset=marks["_at"] - marks["_slot"] * SLOT)
    # Ends before beginnings of the same instant: half-open.
    along = running(by=[*groups, "_slot"], order=["_offset", "_step"])
    marks = marks.mutate(_level=marks["_step"].sum().over(along))
    return marks.group_by(*groups, "_slot").aggregate(
        net=marks["_step"].sum().cast("int64"),
        area=(marks["_step"] * (SLOT - marks["_offset"])).sum().cast("int64"),
        peak=(marks["_level"] * sweep.PEAK + (sweep.PEAK - 1 - marks["_offset"]))
        .max()
        .cast("int64"),
    )


def _joined(counts: pd.DataFrame, peaks: pd.DataFrame, cut: Cut, levels: list[str]) -> pd.DataFrame:
    """One table of runs by creation and of runs under way, with the promised types and order."""
    names = [str(name) for name in counts if str(name).endswith("_name")]
    known = {n: counts.groupby(level=n.replace("_name", "_id"))[n].first() for n in names}
    on = [*levels, *(["period_start"] if cut.period is not None else [])]
    flat = counts.drop(columns=names).reset_index(drop=not on)
    table = flat.merge(peaks, how="outer", on=on) if on else flat.join(peaks)
    for column in table.columns.difference([*on, "max_at", "mean_concurrency"]):
        table[column] = table[column].fillna(0).astype("int64")
    table["mean_concurrency"] = table["mean_concurrency"].fillna(0.0).astype("float64")
    order = ["max_concurrency", "mean_concurrency", "n_runs"]
    by = [*on[len(levels) :], *order, *levels]
    table = table.sort_values(by, ascending=[name not in order for name in by])
    for at, name in enumerate(names):
        table.insert(at, name, table[name.replace("_name", "_id")].map(known[name]))
    return table.set_index(on) if on else table
