"""From unusual days and hours to incidents: what has one cause is told once.

Alarms in, groups of alarms out. Two belong together when one series goes on being unusual, or
when two series share the runs that make them so. Knows no statistics and no tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from flora_analytics.metrics.hourly import Hourly

__all__ = ["Alarm", "Kind", "driver_of", "grouped"]

Kind: TypeAlias = Literal["cost up", "cost down", "failures up"]

#: Days without an alarm that do not end an incident: a weekend is quiet by itself.
_GAP_DAYS = 3
#: Two series have one cause if they share this part of the smaller one's excess.
_SHARED = 0.5
#: A series with more than this part of a broader one's excess may be a cause by itself; where
#: such causes are together so much of it, the broader one is only their sum.
_PIECE, _TOLD = 0.25, 0.9
#: A series explains an incident if it has this part of the largest excess.
_EXPLAINS = 0.75
_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Alarm:
    """One series on one day, or in one hour of it.

    Attributes
    ----------
    dimension, series : int
        Which dimension, and which code of it.
    day, hours
        Days since the first of the history; hours from, up to but not including.
    excess : float
        Distance from what was expected. [USD, or failed runs]
    size : float
        How large the series is: what was expected, or how many runs finished. [USD, or runs]
    p_value : float
        Adjusted for the number of tests. [0–1]
    """

    kind: Kind
    dimension: int
    series: int
    day: int
    hours: tuple[int, int]
    excess: float
    size: float
    p_value: float

    @property
    def series_key(self) -> tuple[int, int]:
        """Which series it is of."""
        return self.dimension, self.series

    @property
    def is_hour(self) -> bool:
        """Whether it was found in an hour rather than in a day."""
        return self.hours[1] - self.hours[0] == 1


def grouped(alarms: Sequence[Alarm], hourly: Hourly) -> list[list[Alarm]]:
    """The alarms of each incident, in the order of their first days."""
    alarms = sorted(alarms, key=lambda alarm: (alarm.day, alarm.hours, alarm.dimension))
    pairs = _pairs_that_share(alarms, hourly)
    gone = _told_by_others(alarms, pairs)
    links = [pair for pair in pairs if gone.isdisjoint(pair)]
    for first, second in _close(alarms, _GAP_DAYS):
        a, b = alarms[first], alarms[second]
        # Failures that are not charged make a cheap day: one cause, on the same days.
        if a.series_key == b.series_key and (a.kind == b.kind or a.day == b.day):
            links.append((first, second))
    parents = list(range(len(alarms)))

    def root(at: int) -> int:
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    for first, second in links:
        parents[root(second)] = root(first)
    found: dict[int, list[Alarm]] = {}
    for at, alarm in enumerate(alarms):
        if at not in gone:
            found.setdefault(root(at), []).append(alarm)
    return list(found.values())


def driver_of(alarms: Sequence[Alarm], kind: Kind) -> tuple[int, int]:
    """The narrowest series that explains the incident: its dimension and code."""
    excess: dict[tuple[int, int], float] = {}
    size: dict[tuple[int, int], float] = {}
    whole_days = {(a.dimension, a.series, a.day) for a in alarms if not a.is_hour}
    for alarm in alarms:
        # An hour of a day that is counted as a whole is not counted again.
        again = alarm.is_hour and (alarm.dimension, alarm.series, alarm.day) in whole_days
        if alarm.kind == kind and not again:
            key = (alarm.dimension, alarm.series)
            excess[key] = excess.get(key, 0.0) + alarm.excess
            size[key] = size.get(key, 0.0) + alarm.size
    largest = max(excess.values())
    able = [key for key, value in excess.items() if value >= _EXPLAINS * largest]
    # Of equal ones the later dimension, which is the more specific in the usual order.
    return min(able, key=lambda key: (size[key], -key[0], key[1]))


def _close(alarms: Sequence[Alarm], n_days: int) -> Iterator[tuple[int, int]]:
    """Pairs of alarms not more than some days apart, the earlier first."""
    for first, a in enumerate(alarms):
        for second in range(first + 1, len(alarms)):
            if alarms[second].day - a.day > n_days:
                break
            yield first, second


def _pairs_that_share(alarms: Sequence[Alarm], hourly: Hourly) -> list[tuple[int, int]]:
    """Pairs of alarms of two dimensions that are odd by the same runs."""
    days = {alarm.day - 7 * week for alarm in alarms for week in range(_WEEKS + 1)}
    rows_of_day = {day: np.flatnonzero(hourly.day == day) for day in days}
    pairs = []
    for first, second in _close(alarms, 0):
        a, b = alarms[first], alarms[second]
        hours = max(a.hours[0], b.hours[0]), min(a.hours[1], b.hours[1])
        if a.kind == b.kind and a.dimension != b.dimension and hours[0] < hours[1]:
            by_week = [
                _together(a, b, hourly, rows_of_day[a.day - 7 * week], hours)
                for week in range(_WEEKS + 1)
            ]
            moved = abs(by_week[0] - float(np.median(by_week[1:])))
            if moved >= _SHARED * min(a.excess, b.excess):
                pairs.append((first, second))
    return pairs


def _told_by_others(alarms: Sequence[Alarm], pairs: Sequence[tuple[int, int]]) -> set[int]:
    """Alarms of broad series that add up two or three causes, each with an alarm of its own.

    Broad is what is at least as large as its parts together: a technique that fails in three
    projects is no sum of them.
    """
    parts: dict[tuple[int, int], list[Alarm]] = {}
    for first, second in pairs:
        for whole, part in ((first, second), (second, first)):
            share = alarms[part].excess / alarms[whole].excess
            if _PIECE < share < 1 and alarms[part].hours == alarms[whole].hours:
                parts.setdefault((whole, alarms[part].dimension), []).append(alarms[part])
    return {
        at
        for (at, _), own in parts.items()
        if len(own) > 1
        and sum(part.excess for part in own) >= _TOLD * alarms[at].excess
        and sum(part.size for part in own) <= alarms[at].size
    }


def _together(
    a: Alarm,
    b: Alarm,
    hourly: Hourly,
    rows: NDArray[np.int64],
    hours: tuple[int, int],
) -> float:
    """What both series have in common on a day."""
    measure = hourly.measures["n_failed" if a.kind == "failures up" else "cost"]
    inside = (hourly.hour[rows] >= hours[0]) & (hourly.hour[rows] < hours[1])
    for alarm in (a, b):
        inside &= hourly.dimensions[alarm.dimension].codes[rows] == alarm.series
    return float(measure[rows[inside]].sum())
