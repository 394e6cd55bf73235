"""From what each quarter of an hour adds to levels, peaks and means of whole periods.

Integers in and out, microseconds and runs: exact. Knows the calendar through a `Cut`; knows no
engine and no run.
"""

from __future__ import annotations

import bisect
import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from flora_analytics import calendar
from flora_analytics.metrics.cut import SLOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flora_analytics.metrics.cut import Cut

__all__ = ["PEAK", "by_period"]

#: A peak is stored as level × PEAK + (PEAK − 1 − microseconds into the slot): the largest such
#: number is the highest level at its first instant. A slot has 900 million microseconds.
PEAK = 2**30

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_COLUMNS = ["max_concurrency", "max_at", "mean_concurrency"]


class _Track(NamedTuple):
    """One group's slots in order: the level before each, the time under way up to it."""

    slots: NDArray[np.int64]
    levels: NDArray[np.int64]
    areas: NDArray[np.int64]
    peaks: NDArray[np.int64]
    peaks_at: NDArray[np.int64]

    def at(self, instant: int) -> tuple[int, int]:
        """Level just before, and time under way up to, an instant at which a slot begins."""
        i = bisect.bisect_left(self.slots, instant // SLOT)
        if i == 0:
            return 0, 0
        since = instant - (int(self.slots[i - 1]) + 1) * SLOT
        return int(self.levels[i]), int(self.areas[i]) + int(self.levels[i]) * since


def by_period(
    slots: pd.DataFrame, groups: Sequence[str], cut: Cut, since: int, until: int
) -> pd.DataFrame:
    """Peak, its instant and the mean for each group and period that saw a run under way.

    Parameters
    ----------
    slots : DataFrame
        The columns in `groups`, ``_slot``, ``net`` (beginnings less ends), ``area`` (time under
        way from each beginning to the slot's end, less that from each end) and ``peak``.
    groups : columns that tell groups apart
    cut : Cut
        The periods, if any.
    since, until : int
        The stretch looked at. [µs since 1970]
    """
    periods = _periods(cut, since, until)
    found: list[tuple[object, ...]] = []
    parts = slots.groupby(list(groups), sort=False) if groups else [((), slots)]
    for key, part in parts:
        track = _track(part.sort_values("_slot"))
        for start, begin, end in periods:
            peak, at, area = _within(track, begin, end)
            if peak:
                found.append((*key, start, peak, at, area / max(end - begin, 1)))
    return _table(found, groups, cut)


def _periods(cut: Cut, since: int, until: int) -> list[tuple[int, int, int]]:
    """Start of each period, and the part of it that lies in the stretch."""
    if cut.period is None or since >= until:
        return [(since, since, until)]
    window = calendar.Window(*(_EPOCH + dt.timedelta(microseconds=at) for at in (since, until)))
    found = calendar.periods_in(window, cut.period, tz=cut.tz, cycle_day=cut.cycle_day)
    bounds = [(_micros(period.start), _micros(period.end)) for period in found]
    return [(start, max(start, since), min(end, until)) for start, end in bounds]


def _micros(instant: dt.datetime | None) -> int:
    assert instant is not None  # noqa: S101 - a period has both ends
    return (instant - _EPOCH) // dt.timedelta(microseconds=1)


def _track(part: pd.DataFrame) -> _Track:
    slots, net, area, code = (
        part[name].to_numpy("int64") for name in ("_slot", "net", "area", "peak")
    )
    levels = np.concatenate([[0], np.cumsum(net)])
    # Time under way in the slots that saw something, and in the quiet ones after each.
    quiet = np.append(np.diff(slots), 1)[: len(slots)] - 1
    spent = levels[:-1] * SLOT + area + levels[1:] * quiet * SLOT
    until = np.concatenate([[0], np.cumsum(spent)]) - np.concatenate(
        [[0], levels[1:] * quiet * SLOT]
    )
    highs = levels[:-1] + (code >> 30)
    return _Track(slots, levels, until, highs, slots * SLOT + (PEAK - 1 - (code & (PEAK - 1))))


def _within(track: _Track, begin: int, end: int) -> tuple[int, int, int]:
    """Peak from begin to end, its first instant, and the time under way between them.

    Runs are clipped to the stretch, so that beyond its ends nothing is under way: its first and
    last period may be read from where their slots begin.
    """
    first, last = begin - begin % SLOT, end + -end % SLOT
    level, before = track.at(first)
    _, after = track.at(last)
    peak, at = level, begin
    i, j = (bisect.bisect_left(track.slots, instant // SLOT) for instant in (first, last))
    if i < j:
        best = i + int(np.argmax(track.peaks[i:j]))
        if track.peaks[best] > peak:
            peak, at = int(track.peaks[best]), int(track.peaks_at[best])
    return peak, at, after - before


def _table(found: list[tuple[object, ...]], groups: Sequence[str], cut: Cut) -> pd.DataFrame:
    table = pd.DataFrame(found, columns=[*groups, "period_start", *_COLUMNS])
    for name in ("period_start", "max_at"):
        instants = pd.to_datetime(table[name].astype("int64"), unit="us", utc=True)
        table[name] = instants.astype("datetime64[us, UTC]").dt.tz_convert(cut.tz)
    for name in groups:
        table[name] = table[name].astype("str")
    return table.drop(columns="period_start") if cut.period is None else table
