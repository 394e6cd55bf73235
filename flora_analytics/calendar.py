"""Local time: where hours, days, weeks, months, quarters and billing cycles begin and end.

Zone names and instants in, half-open windows of UTC instants out. Knows the time zones of the
machine (or of the ``tzdata`` package) and no runs: it is the one place where a day is cut.
"""

from __future__ import annotations

import calendar
import datetime as dt
import difflib
import functools
import re
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "PERIODS",
    "QUARTER_HOUR",
    "Period",
    "Window",
    "check_instant",
    "check_period",
    "check_window",
    "check_zone",
    "period_at",
    "periods_in",
]

Period = Literal["hour", "day", "week", "month", "quarter", "cycle"]
PERIODS: tuple[Period, ...] = get_args(Period)

#: Clocks are read once every quarter of an hour: since 1972 every zone is offset from UTC by
#: whole quarters and, save for a few changes at one minute past midnight, changes on one.
QUARTER_HOUR = dt.timedelta(minutes=15)

_DAY = dt.timedelta(days=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_BACK = re.compile(r"(?P<n>[1-9]\d{0,3})(?P<unit>[hdw])")


@dataclass(frozen=True, slots=True)
class Window:
    """The instants from `start` up to, but not including, `end`; None leaves a side open.

    Attributes
    ----------
    start, end : datetime or None
        Instants in UTC.

    Examples
    --------
    >>> Window.parse("2026-03-01", "2026-04-01", tz="Europe/Berlin").start.isoformat()
    '2026-02-28T23:00:00+00:00'
    """

    start: dt.datetime | None = None
    end: dt.datetime | None = None

    def __contains__(self, instant: dt.datetime) -> bool:
        return (self.start is None or self.start <= instant) and (
            self.end is None or instant < self.end
        )

    @classmethod
    def parse(
        cls,
        start: str | None = None,
        end: str | None = None,
        last: str | None = None,
        *,
        tz: str = "UTC",
        now: dt.datetime | None = None,
    ) -> Window:
        """The window that a user wrote.

        Parameters
        ----------
        start, end : str, optional
            A day (``2026-03-01``: its local midnight) or a local time (``2026-03-01T12:00``);
            one that names its offset (``2026-03-01T12:00+02:00``, ``…Z``) is taken at its word.
            `end` is the first instant that is no longer inside.
        last : str, optional
            Hours, days or weeks back from `end`, or from `now`: ``12h``, ``30d``, ``4w``. Days
            and weeks keep the local time of day, also across a change of the clock.
        tz : str, default "UTC"
            IANA zone in which local times are meant.
        now : datetime, optional
            Where `last` counts from without `end`; the clock's time if not given.

        Raises
        ------
        ConfigurationError
            If a text cannot be read, `start` is given with `last`, or nothing lies inside.

        Examples
        --------
        >>> noon = dt.datetime(2026, 3, 30, 12, tzinfo=dt.UTC)
        >>> Window.parse(last="2d", tz="Europe/Berlin", now=noon).start.isoformat()
        '2026-03-28T13:00:00+00:00'
        """
        zone = check_zone(tz)
        if start is not None and last is not None:
            raise ConfigurationError(
                f"The window has both a start ({start!r}) and a length (last={last!r}); "
                "give one of them."
            )
        until = _instant(end, zone) if end is not None else None
        since = _instant(start, zone) if start is not None else None
        if last is not None:
            until = until or (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
            since = _back_from(until, last, zone)
        if since is not None and until is not None and since >= until:
            raise ConfigurationError(
                f"The window from {since.isoformat()} to {until.isoformat()} is empty; "
                "its end must lie after its start, and is itself left out."
            )
        return cls(since, until)


@functools.cache
def check_zone(tz: str) -> zoneinfo.ZoneInfo:
    """The IANA time zone called `tz`.

    Raises
    ------
    ConfigurationError
        If there is none of that name; a likely typo gets its suggestion.

    Examples
    --------
    >>> check_zone("Europe/Berln")
    Traceback (most recent call last):
    flora_analytics.errors.ConfigurationError: There is no time zone 'Europe/Berln'; \
write an IANA name such as UTC or Europe/Berlin. Did you mean 'Europe/Berlin'?
    """
    # Two names that mean whatever the machine makes of them.
    names = zoneinfo.available_timezones() - {"Factory", "localtime"}
    if tz in names:
        return zoneinfo.ZoneInfo(tz)
    by_lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(str(tz).strip().lower().replace(" ", "_"), by_lower, n=1)
    hint = f" Did you mean {by_lower[close[0]]!r}?" if close else ""
    raise ConfigurationError(
        f"There is no time zone {tz!r}; write an IANA name such as UTC or Europe/Berlin.{hint}"
    )


def check_instant(now: dt.datetime) -> dt.datetime:
    """The instant in UTC, to the microsecond.

    Raises
    ------
    ConfigurationError
        If it is none, or has no time zone.

    Examples
    --------
    >>> check_instant(dt.datetime(2026, 3, 1))
    Traceback (most recent call last):
    flora_analytics.errors.ConfigurationError: now=2026-03-01T00:00:00 has no time zone; write \
datetime(2026, 3, 1, tzinfo=UTC).
    """
    if not isinstance(now, dt.datetime) or now != now:  # as pandas' NaT
        raise ConfigurationError(
            f"now={now!r} is no instant; write datetime(2026, 3, 1, tzinfo=UTC)."
        )
    if now.tzinfo is None:
        raise ConfigurationError(
            f"now={now.isoformat()} has no time zone; write datetime(2026, 3, 1, tzinfo=UTC)."
        )
    at = now.astimezone(dt.UTC)
    # A plain datetime, also of pandas' Timestamp, which may be finer than a microsecond.
    return dt.datetime.combine(at.date(), at.time(), dt.UTC)


def check_window(window: Window) -> Window:
    """The window itself.

    Raises
    ------
    ConfigurationError
        If it is none, or an end of it has no time zone.

    Examples
    --------
    >>> check_window("2026-03")
    Traceback (most recent call last):
    flora_analytics.errors.ConfigurationError: '2026-03' is no window of time; write \
calendar.Window.parse("2026-03-01", "2026-04-01").
    """
    if not isinstance(window, Window):
        raise ConfigurationError(
            f"{window!r} is no window of time; write "
            'calendar.Window.parse("2026-03-01", "2026-04-01").'
        )
    for end in (window.start, window.end):
        if end is not None:
            check_instant(end)
    return window


def period_at(
    instant: dt.datetime, period: Period, *, tz: str = "UTC", cycle_day: int | None = None
) -> Window:
    """The period that holds `instant`, cut in the zone `tz`.

    Days begin at the first local midnight (or where the clock jumps over it), weeks on Monday
    (ISO 8601), quarters in January, April, July and October, billing cycles on `cycle_day`, in
    a month without that day on its last. Hours begin at the full hour of the local clock and
    where the clock is changed within one; the hour that comes twice in autumn is two.

    Parameters
    ----------
    instant : datetime
        Aware of its zone.
    period : "hour", "day", "week", "month", "quarter" or "cycle"
    tz : str, default "UTC"
    cycle_day : int, 1 to 31
        Needed by ``cycle`` and by nothing else.

    Returns
    -------
    Window
        Its start and end in UTC; the end is the start of the next.

    Raises
    ------
    ConfigurationError
        If the zone, the period or the cycle day is not one.

    Examples
    --------
    >>> noon = dt.datetime(2026, 10, 25, 12, tzinfo=dt.UTC)
    >>> day = period_at(noon, "day", tz="Europe/Berlin")
    >>> print(day.end - day.start)
    1 day, 1:00:00
    """
    check_period(period, cycle_day)
    zone = check_zone(tz)
    read = instant.astimezone(dt.UTC)
    read -= (read - _EPOCH) % QUARTER_HOUR
    if period == "hour":
        return _hour_at(read, zone)
    day = read.astimezone(zone).date()
    window = _local(*_days_of(day, period, cycle_day), zone)
    if window.end is not None and window.end <= read:  # 00:01 became 23:01 of the day before
        window = _local(*_days_of(day + _DAY, period, cycle_day), zone)
    return window


def periods_in(
    window: Window, period: Period, *, tz: str = "UTC", cycle_day: int | None = None
) -> Iterator[Window]:
    """All periods that overlap a `window` closed on both sides, in order, without a gap.

    Examples
    --------
    >>> march = Window.parse("2026-03-01", "2026-04-01")
    >>> len(list(periods_in(march, "day")))
    31
    """
    if window.start is None or window.end is None:
        raise ConfigurationError("Periods can be listed only in a window with a start and an end.")
    at = window.start
    while at < window.end:
        found = period_at(at, period, tz=tz, cycle_day=cycle_day)
        yield found
        at = found.end or window.end


def check_period(period: str | None, cycle_day: int | None) -> None:
    """Refuse a `period` that is none, and a `cycle_day` that is out of place or out of range."""
    if period is not None and period not in PERIODS:
        close = difflib.get_close_matches(str(period), PERIODS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ConfigurationError(
            f"period={period!r} is not known; write one of {', '.join(PERIODS)}.{hint}"
        )
    if period == "cycle" and cycle_day is None:
        raise ConfigurationError(
            "period='cycle' needs cycle_day=, the day of the month (1 to 31) a cycle starts on."
        )
    if cycle_day is not None and not (isinstance(cycle_day, int) and 1 <= cycle_day <= 31):
        raise ConfigurationError(f"cycle_day={cycle_day!r} is not a day of a month, 1 to 31.")


def _hour_at(read: dt.datetime, zone: zoneinfo.ZoneInfo) -> Window:
    offset = read.astimezone(zone).utcoffset()
    start = read - dt.timedelta(minutes=read.astimezone(zone).minute)
    end = start + dt.timedelta(hours=1)
    # Clocks that change by half an hour (Lord Howe Island) or between hours cut one short.
    while start.astimezone(zone).utcoffset() != offset:
        start += QUARTER_HOUR
    while (end - QUARTER_HOUR).astimezone(zone).utcoffset() != offset:
        end -= QUARTER_HOUR
    return Window(start, end)


def _days_of(day: dt.date, period: Period, cycle_day: int | None) -> tuple[dt.date, dt.date]:
    """First day of the period that holds `day`, and of the next."""
    if period == "day":
        return day, day + _DAY
    if period == "week":
        monday = day - day.weekday() * _DAY
        return monday, monday + 7 * _DAY
    length = 3 if period == "quarter" else 1
    first_day = cycle_day if period == "cycle" and cycle_day else 1
    month = day.year * 12 + day.month - 1
    month -= month % length
    if day < _day_in(month, first_day):
        month -= length
    return _day_in(month, first_day), _day_in(month + length, first_day)


def _day_in(month: int, day: int) -> dt.date:
    """That day of the month counted from year 0, or its last if it has no such day."""
    year, index = divmod(month, 12)
    return dt.date(year, index + 1, min(day, calendar.monthrange(year, index + 1)[1]))


def _local(first: dt.date, following: dt.date, zone: zoneinfo.ZoneInfo) -> Window:
    return Window(_midnight(first, zone), _midnight(following, zone))


def _midnight(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    # fold=0: the first of two midnights; a skipped one gives the instant of the jump.
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def _instant(text: str, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    try:
        written = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError(
            f"{text!r} is not a day or a time; write 2026-03-01 or 2026-03-01T12:00."
        ) from None
    aware = written if written.tzinfo is not None else written.replace(tzinfo=zone)
    return aware.astimezone(dt.UTC)


def _back_from(end: dt.datetime, last: str, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    found = _BACK.fullmatch(last.strip().lower())
    if found is None:
        raise ConfigurationError(
            f"last={last!r} is not a length of time; write hours, days or weeks: 12h, 30d or 4w."
        )
    n = int(found["n"])
    if found["unit"] == "h":
        return end - dt.timedelta(hours=n)
    days = n * (7 if found["unit"] == "w" else 1)
    return (end.astimezone(zone) - dt.timedelta(days=days)).astimezone(dt.UTC)
