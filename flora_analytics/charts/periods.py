"""The time axis: how long a table's periods are, where each stands, what its ticks say.

Knows the starts of the periods that have runs, and from them infers the step; knows no values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from matplotlib import dates

from flora_analytics.charts.layout import room
from flora_analytics.charts.style import name_axis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from matplotlib.axes import Axes

__all__ = ["MONTHS", "Periods"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Shortest length of each period, days of 23 and months of 28 included. [days]
_STEPS = (("quarter", 89.0), ("month", 28.0), ("week", 6.9), ("day", 0.9), ("hour", 0.0))
_LENGTH = {"quarter": 91.0, "month": 30.0, "week": 7.0, "day": 1.0, "hour": 1 / 24, "period": 1.0}
#: Ticks every so many periods, chosen so that they fall on the same hour, weekday or month.
_EVERY = {
    "hour": (1, 2, 3, 6, 12, 24, 48, 168),
    "day": (1, 2, 7, 14, 28, 56, 91, 182, 364),
    "week": (1, 2, 4, 8, 13, 26, 52),
    "month": (1, 2, 3, 6, 12, 24, 60),
    "quarter": (1, 2, 4, 8, 20),
    "period": (1,),
}
_TICK_POINTS = 38.0


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of one table.

    Attributes
    ----------
    starts : tuple of datetime
        Of the periods that have runs, in time order, in the table's zone.
    word : str
        hour, day, week, month, quarter; "period" if a single one does not tell.
    step : float
        The shortest they can be. [days]
    """

    starts: tuple[datetime, ...]
    word: str
    step: float

    @classmethod
    def of(cls, starts: Sequence[datetime]) -> Periods:
        """The periods with these starts, in whatever order, repeated or not."""
        unique = tuple(sorted(set(starts)))
        if len(unique) < 2:
            return cls(unique, "period", 1.0)
        places = [float(dates.date2num(start)) for start in unique]
        apart = min(later - earlier for earlier, later in pairwise(places))
        word, step = next(known for known in _STEPS if apart >= known[1])
        return cls(unique, word, step or 1 / 24)

    @property
    def width(self) -> float:
        """What one period takes of the axis. [days]"""
        return self.step

    @property
    def n_slots(self) -> int:
        """How many periods there are from the first to the last, those without runs too."""
        length = _LENGTH[self.word]
        return round((self.place(self.starts[-1]) - self.place(self.starts[0])) / length) + 1

    def place(self, start: datetime | None) -> float:
        """Where a period stands on the axis."""
        return float(dates.date2num(start))

    def write(self, ax: Axes, *, note: str = "") -> None:
        """Set limits, ticks and label of the x axis."""
        # One bar alone should not fill the chart.
        margin = max(0.7, 3 - self.n_slots / 2) * self.step
        ax.set_xlim(self.place(self.starts[0]) - margin, self.place(self.starts[-1]) + margin)
        self.write_ticks(ax)
        zone = getattr(self.starts[0].tzinfo, "key", None) or self.starts[0].tzname() or "UTC"
        name_axis(ax.xaxis, f"Created {self._phrase()} ({zone})" + (f"\n{note}" if note else ""))

    def write_ticks(self, ax: Axes) -> None:
        """Set the ticks of the x axis, as many as there is room for."""
        ticks = self._ticks(max(2, int(room(ax)[0] * 0.82 / _TICK_POINTS)))
        before = [None, *ticks[:-1]]
        said = [self._say(tick, last) for last, tick in zip(before, ticks, strict=True)]
        ax.set_xticks([self.place(tick) for tick in ticks], said)

    def _ticks(self, most: int) -> list[datetime]:
        wanted = ceil(self.n_slots / most)
        every = next((n for n in _EVERY[self.word] if n >= wanted), wanted)
        if self.word in ("hour", "day", "week"):
            return self._by_clock(timedelta(days=every * _LENGTH[self.word]))
        apart = (every - 0.4) * _LENGTH[self.word]
        first = (at for at, start in enumerate(self.starts) if (start.month - 1) % every == 0)
        ticks: list[datetime] = []
        for start in self.starts[next(first, 0) :]:
            if not ticks or self.place(start) - self.place(ticks[-1]) >= apart:
                ticks.append(start)
        return ticks

    def _by_clock(self, apart: timedelta) -> list[datetime]:
        """Every so many hours from midnight, or days from a Monday, with runs or without."""
        first, last = self.starts[0], self.starts[-1]
        tick = first.replace(hour=0, minute=0)
        if apart.days % 7 == 0 and apart.days:
            tick -= timedelta(days=tick.weekday())
        ticks: list[datetime] = []
        while tick <= last:
            if tick >= first:
                ticks.append(tick)
            tick += apart
        return ticks or [first]

    def _phrase(self) -> str:
        if self.word == "period":
            return "in the period from"
        in_months = self.word in ("month", "quarter")
        return f"by {'billing cycle' if in_months and self._is_cycle() else self.word}"

    def _is_cycle(self) -> bool:
        return any(start.day != 1 for start in self.starts)

    def _say(self, start: datetime, before: datetime | None) -> str:
        day = f"{start.day} {MONTHS[start.month - 1]}"
        if self.word == "hour":
            new_day = before is None or before.date() != start.date()
            return f"{start:%H:%M}" + (f"\n{day}" if new_day else "")
        year = f"\n{start.year}" if before is None or before.year != start.year else ""
        if self.word == "quarter" and not self._is_cycle():
            return f"Q{(start.month + 2) // 3}{year}"
        if self.word == "month" and not self._is_cycle():
            return MONTHS[start.month - 1] + year
        clock = f" {start:%H:%M}" if self.word == "period" and (start.hour or start.minute) else ""
        return day + clock + year
