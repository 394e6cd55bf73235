"""From where a history is looked at, and which stretch of it, where nobody said.

Takes what was asked for, up to when the ledger speaks and when the newest run was created; gives
instants and windows. A history that ended long ago is looked at from its end. Knows no run.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flora_analytics.calendar import Period, Window, check_zone, period_at
from flora_analytics.errors import ConfigurationError
from flora_analytics.report.stretch import Extent, stretch_of

__all__ = ["compared_windows", "judged_days", "last_full", "seen_from"]

#: After so many days without a run, a history is looked at from its end.
_N_DAYS = 30
_LONG = timedelta(days=_N_DAYS)
_INSTANT = timedelta(microseconds=1)
_LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)


def seen_from(asked: datetime | None, *, as_of: datetime, newest: datetime | None) -> datetime:
    """The instant that a forecast is made in: as asked, or up to when the ledger speaks.

    Where no run was created in the 30 days before, it is the instant after the newest run.

    Raises
    ------
    ConfigurationError
        If the ledger does not speak of the instant yet.

    Examples
    --------
    >>> noon = datetime(2026, 5, 17, 12, tzinfo=UTC)
    >>> seen_from(None, as_of=noon, newest=noon - timedelta(days=400)).isoformat()
    '2025-04-12T12:00:00.000001+00:00'
    """
    if asked is not None:
        if asked > as_of:
            raise ConfigurationError(
                f"The ledger speaks only up to {as_of:%Y-%m-%d %H:%M} UTC, and nothing is known of "
                f"{asked.astimezone(UTC):%Y-%m-%d %H:%M} UTC yet; sync first, or ask for an "
                "earlier time."
            )
        return asked
    return as_of if newest is None or newest > as_of - _LONG else newest + _INSTANT


def judged_days(
    asked: Window, *, as_of: datetime, newest: datetime | None, tz: str
) -> tuple[Window, datetime]:
    """Which days to judge, and until when the runs speak.

    What was asked for, as far as it has passed; otherwise the last 30 days, or where no run was
    created in them, the 30 up to the newest run.

    Examples
    --------
    >>> noon = datetime(2026, 5, 17, 12, tzinfo=UTC)
    >>> window, until = judged_days(Window(), as_of=noon, newest=None, tz="UTC")
    >>> from flora_analytics.report.stretch import describe
    >>> describe(window, tz="UTC"), until == noon
    ('18 April 2026 – 17 May 2026, 12:00', True)
    """
    until = min(as_of, asked.end or as_of)
    if asked == Window() and newest is not None and newest < until - _LONG:
        until = period_at(newest, "day", tz=tz).end or until
    if asked.start is not None:
        return Window(asked.start, until), until
    last = (until - _INSTANT).astimezone(check_zone(tz)).date()
    first = str(last - timedelta(days=_N_DAYS - 1))
    return Window(Window.parse(first, tz=tz).start, until), until


def last_full(
    period: Period,
    *,
    as_of: datetime,
    newest: datetime | None,
    tz: str,
    cycle_day: int | None = None,
) -> tuple[Window, Window]:
    """The last full period and the one before it, earlier first.

    Where no run was created since, it is the period of the newest run.

    Examples
    --------
    >>> noon = datetime(2026, 5, 17, 12, tzinfo=UTC)
    >>> earlier, later = last_full("month", as_of=noon, newest=noon, tz="UTC")
    >>> from flora_analytics.report.stretch import describe
    >>> describe(earlier, tz="UTC"), describe(later, tz="UTC")
    ('1–31 March 2026', '1–30 April 2026')
    """

    def holding(at: datetime) -> Window:
        return period_at(at, period, tz=tz, cycle_day=cycle_day)

    later = holding(_start(holding(as_of)) - _INSTANT)
    if newest is not None and newest < _start(later):
        later = holding(newest)
    return holding(_start(later) - _INSTANT), later


def compared_windows(window: Window, *, as_of: datetime, tz: str) -> tuple[Window, Window]:
    """A window, as far as it has passed, and the one before it, equally long; earlier first.

    Raises
    ------
    ConfigurationError
        If the window has no start, or has not begun.

    Examples
    --------
    >>> may = Window.parse("2026-05-01", "2026-06-01")
    >>> noon = datetime(2026, 5, 17, 12, tzinfo=UTC)
    >>> earlier, later = compared_windows(may, as_of=noon, tz="UTC")
    >>> earlier.end.isoformat()
    '2026-04-17T12:00:00+00:00'
    """
    if window.start is None:
        raise ConfigurationError("A comparison needs a start; give --from, or --last 30d.")
    reach = max(as_of, window.end or as_of)
    stretch = stretch_of(window, extent=Extent(_LONG_AGO, reach, as_of), as_of=as_of, tz=tz)
    if stretch.compared is None:
        raise ConfigurationError(
            f"The window from {window.start.isoformat()} begins after the data ends, "
            f"{as_of.isoformat()}; ask for an earlier one."
        )
    later, earlier = stretch.compared
    return earlier, later


def _start(window: Window) -> datetime:
    assert window.start is not None  # noqa: S101 - a period begins
    return window.start
