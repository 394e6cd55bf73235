"""From unusual days and hours to incidents: what has one cause is told once.

Alarms in, groups of alarms out. Two belong together when one series goes on being unusual, or
when two series share the runs that make them so. Knows no statistics and no tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flora_analytics.metrics.hourly import Hourly

__all__ = ["Alarm", "Kind", "driver_of", "grouped"]

Kind: TypeAlias = Literal["cost up", "cost down", "failures up"]

#: Days without an alarm that do not end an incident: a weekend is quiet by itself.
_GAP_DAYS = 3
#: Two series have one cause if they share this part of the smaller one's excess.
_SHARED = 0.5
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
    expected : float
        [USD, or failed runs]
    p_value : float
        Adjusted for the number of tests. [0–1]
    """

    kind: Kind
    dimension: int
    series: int
    day: int
    hours: tuple[int, int]
    excess: float
    expected: float
    p_value: float

    @property
    def is_hour(self) -> bool:
        """Whether it was found in an hour rather than in a day."""
        return self.hours[1] - self.hours[0] == 1


def grouped(alarms: Sequence[Alarm], hourly: Hourly) -> list[list[Alarm]]:
    """The alarms of each incident, in the order of their first days."""
    parents = list(range(len(alarms)))

    def root(at: int) -> int:
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    order = sorted(range(len(alarms)), key=lambda at: (alarms[at].day, alarms[at].hours))
    rows_of_day = {
        int(day): np.flatnonzero(hourly.day == day)
        for day in {alarm.day - 7 * week for alarm in alarms for week in range(_WEEKS + 1)}
    }
    for place, first in enumerate(order):
        for second in order[place + 1 :]:
            a, b = alarms[first], alarms[second]
            if b.day - a.day > _GAP_DAYS:
                break
            if root(first) != root(second) and _have_one_cause(a, b, hourly, rows_of_day):
                parents[root(second)] = root(first)
    found: dict[int, list[Alarm]] = {}
    for at in order:
        found.setdefault(root(at), []).append(alarms[at])
    return list(found.values())


def driver_of(alarms: Sequence[Alarm], kind: Kind) -> tuple[int, int]:
    """The narrowest series that explains the incident: its dimension and code."""
    excess: dict[tuple[int, int], float] = {}
    expected: dict[tuple[int, int], float] = {}
    whole_days = {(a.dimension, a.series, a.day) for a in alarms if not a.is_hour}
    for alarm in alarms:
        # An hour of a day that is counted as a whole is not counted again.
        again = alarm.is_hour and (alarm.dimension, alarm.series, alarm.day) in whole_days
        if alarm.kind == kind and not again:
            key = (alarm.dimension, alarm.series)
            excess[key] = excess.get(key, 0.0) + alarm.excess
            expected[key] = expected.get(key, 0.0) + alarm.expected
    largest = max(excess.values())
    able = [key for key, value in excess.items() if value >= _EXPLAINS * largest]
    # Of equal ones the later dimension, which is the more specific in the usual order.
    return min(able, key=lambda key: (expected[key], -key[0], key[1]))


def _have_one_cause(
    a: Alarm,
    b: Alarm,
    hourly: Hourly,
    rows_of_day: dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]],
) -> bool:
    if (a.dimension, a.series) == (b.dimension, b.series):
        # Failures that are not charged make a cheap day: one cause, on the same days.
        return a.kind == b.kind or a.day == b.day
    if a.kind != b.kind or a.day != b.day or a.dimension == b.dimension:
        return False
    hours = max(a.hours[0], b.hours[0]), min(a.hours[1], b.hours[1])
    if hours[0] >= hours[1]:
        return False
    by_day = [
        _together(a, b, hourly, rows_of_day[a.day - 7 * week], hours) for week in range(_WEEKS + 1)
    ]
    moved = by_day[0] - float(np.median(by_day[1:]))
    return abs(moved) >= _SHARED * min(a.excess, b.excess)


def _together(
    a: Alarm,
    b: Alarm,
    hourly: Hourly,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    hours: tuple[int, int],
) -> float:
    """What both series have in common on a day."""
    measure = hourly.measures["n_failed" if a.kind == "failures up" else "cost"]
    inside = (hourly.hour[rows] >= hours[0]) & (hourly.hour[rows] < hours[1])
    for alarm in (a, b):
        inside &= hourly.dimensions[alarm.dimension].codes[rows] == alarm.series
    return float(measure[rows[inside]].sum())
