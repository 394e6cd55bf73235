"""The names of hours, days, weeks, months and quarters, and which of them are not whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flora_analytics.calendar import Period, period_at
from flora_analytics.report import display

if TYPE_CHECKING:
    from flora_analytics.report.stretch import Stretch

__all__ = ["is_partial", "period_name"]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def period_name(start: datetime, period: Period) -> str:
    """What people call the period that begins at `start`, on the clocks of its zone.

    >>> [period_name(datetime(2026, 4, 6), p) for p in ("hour", "day", "week", "month", "quarter")]
    ['6 April 2026, 00:00', 'Mon 6 April 2026', '6–12 April 2026', 'April 2026', 'Q2 2026']
    """
    on = start.date()
    if period == "hour":
        return f"{display.day(on)}, {start:%H:%M}"
    if period == "day":
        return f"{_WEEKDAYS[on.weekday()]} {display.day(on)}"
    if period == "week":
        return display.days(on, on + timedelta(days=6))
    if period == "month":
        return display.day(on).partition(" ")[2]
    return f"Q{(on.month + 2) // 3} {on.year}"


def is_partial(start: datetime, stretch: Stretch) -> bool:
    """Whether the period that begins at `start` reaches out of what the report covers."""
    shown = stretch.shown
    if shown.start is None or shown.end is None:
        return False
    until = min(shown.end, stretch.as_of) if stretch.as_of else shown.end
    end = period_at(start, stretch.period, tz=stretch.tz).end
    return start < shown.start or end is None or end > until
