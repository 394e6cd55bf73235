"""The stretches of time that people name: a month, the month before, the last thirty days.

Takes the words of a ``[report]`` table or an option and what time it is; gives a `Window`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from flora_analytics.calendar import Period, Window, period_at
from flora_analytics.reporting import WINDOWS, check_window

__all__ = ["window_of"]

_BEFORE = "last "
_TICK = timedelta(microseconds=1)


def window_of(words: str, *, tz: str, cycle_day: int, now: datetime) -> Window:
    """The stretch that `words` name at that time.

    Parameters
    ----------
    words : str
        ``month`` for the one under way, ``last month`` for the whole one before it; likewise
        ``day``, ``week``, ``quarter`` and ``cycle``. Or a length back from `now`: ``30d``.
    tz : str
        IANA zone in which days begin.
    cycle_day : int
        Day of the month on which a billing cycle begins.
    now : datetime
        Aware of its zone.

    Raises
    ------
    ConfigurationError
        If the words name no stretch.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
    >>> window = window_of("last cycle", tz="UTC", cycle_day=15, now=noon)
    >>> window.start.date().isoformat(), window.end.date().isoformat()
    ('2026-02-15', '2026-03-15')
    """
    if check_window(words) not in WINDOWS:
        return Window.parse(last=words, tz=tz, now=now)
    period = cast("Period", words.removeprefix(_BEFORE))
    day = cycle_day if period == "cycle" else None
    window = period_at(now, period, tz=tz, cycle_day=day)
    if words.startswith(_BEFORE) and window.start is not None:
        window = period_at(window.start - _TICK, period, tz=tz, cycle_day=day)
    return window
