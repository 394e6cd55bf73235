"""Which stretch of time a report covers, with what it is compared, and how it is cut.

Takes the window that was asked for and what the runs span; gives half-open windows of UTC
instants. Knows the calendar of a zone; knows no figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flora_analytics.calendar import Period, Window, check_zone, period_at
from flora_analytics.report import display

__all__ = ["Extent", "Stretch", "describe", "stretch_of", "within"]

#: What a report over the whole history compares: the longest of these that fits in twice.
_RECENT_DAYS = (28, 14, 7)
#: The longest window that is cut into each period; anything longer into quarters.
_CUTS: tuple[tuple[Period, timedelta], ...] = (
    ("hour", timedelta(days=2)),
    ("day", timedelta(days=45)),
    ("week", timedelta(days=190)),
    ("month", timedelta(days=1470)),
)


@dataclass(frozen=True, slots=True)
class Extent:
    """First and last ``created_at`` and last ``read_at`` of some runs; None without runs."""

    first: datetime | None
    last: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time of a report.

    Attributes
    ----------
    window : Window
        What was asked for; an end left open leaves nothing out at that end.
    shown : Window
        The same with both ends, as far as the runs reach; None at both ends without runs.
    as_of : datetime or None
        Until when the data speaks. [UTC]
    newest : datetime or None
        When the last run at hand was created. [UTC]
    compared : tuple of two Window, or None
        A stretch and the one before it, equally long on the clock and both within the
        history: the window as far as it has passed, or the last 28, 14 or 7 full days if the report
        covers the whole history.
    period : Period
        Into what the window is cut for display.
    tz : str
        IANA zone of days and months.
    """

    window: Window
    shown: Window
    as_of: datetime | None
    newest: datetime | None
    compared: tuple[Window, Window] | None
    period: Period
    tz: str

    @property
    def running(self) -> bool:
        """Whether the window is still under way as of the data."""
        ends_later = bool(self.window.end and self.as_of and self.as_of < self.window.end)
        return ends_later and not self.is_ahead

    @property
    def is_ahead(self) -> bool:
        """Whether the window begins only after the data ends."""
        start = self.window.start
        return bool(start and self.as_of and self.as_of <= start)

    @property
    def until(self) -> datetime | None:
        """How far the stretch has passed, as of the data."""
        if self.window.end is None or self.as_of is None:
            return self.as_of
        return min(self.window.end, self.as_of)

    @property
    def is_latest(self) -> bool:
        """Whether the stretch reaches up to where the data does, or within a day of it."""
        return bool(self.as_of and self.until and self.as_of - self.until < timedelta(days=1))

    @property
    def words(self) -> str:
        """The stretch in words; where its end was left open, up to the last day with data."""
        end = self.window.end
        if end is None and self.shown.end is not None:
            last = self.shown.end - timedelta(microseconds=1)
            end = period_at(last, "day", tz=self.tz).end
        return describe(Window(self.shown.start, end), tz=self.tz)


def stretch_of(
    window: Window | None, *, extent: Extent, as_of: datetime | None, tz: str
) -> Stretch:
    """Settle the stretch that a report covers.

    Parameters
    ----------
    window : Window or None
        What was asked for; None is the whole history.
    extent : Extent
        What all runs at hand span, those outside the window included.
    as_of : datetime or None
        Until when the data speaks; None without runs. [UTC]
    tz : str
        IANA zone of days and months.
    """
    window = window or Window(None, None)
    zone = check_zone(tz)
    start, end = window.start, window.end
    if start is None and extent.first is not None:
        start = period_at(extent.first, "day", tz=tz).start
    if end is None and extent.last is not None:
        last = extent.last + timedelta(microseconds=1)
        end = max(as_of, last) if as_of else last
    compared = None
    if extent.first and as_of and start and end:
        stretches = (
            [(_stretch_back(window.start, end, zone), window.start, end)]
            if window.start
            else _recent(min(end, as_of), tz)
        )
        pairs = (_compared(*each, first=extent.first, as_of=as_of, zone=zone) for each in stretches)
        compared = next(filter(None, pairs), None)
    length = end - start if start and end else timedelta(0)
    cut: Period = next((period for period, longest in _CUTS if length <= longest), "quarter")
    return Stretch(window, Window(start, end), as_of, extent.last, compared, cut, tz)


def describe(window: Window, *, tz: str) -> str:
    """A window in words: whole days as days, anything else with its clock times.

    >>> start = datetime(2026, 3, 1, tzinfo=UTC)
    >>> describe(Window(start, start + timedelta(days=31)), tz="UTC")
    '1–31 March 2026'
    >>> describe(Window(start, start + timedelta(hours=36)), tz="UTC")
    '1 March 2026 – 2 March 2026, 12:00'
    >>> describe(Window(None, start), tz="UTC")
    'until 1 March 2026, 00:00'
    """
    if window.start is None or window.end is None:
        since = window.start and f"since {display.instant(window.start, tz=tz)}"
        until = window.end and f"until {display.instant(window.end, tz=tz)}"
        return since or until or "all time"
    start, end = (_local(at, check_zone(tz)) for at in (window.start, window.end))
    if start.time() == end.time() == time(0) and start < end:
        return display.days(start.date(), end.date() - timedelta(days=1))
    since = display.day(start.date()) if start.time() == time(0) else None
    return f"{since or display.instant(window.start, tz=tz)} – {display.instant(window.end, tz=tz)}"


def within(words: str) -> str:
    """A described window as it stands in a sentence.

    >>> within("1–31 March 2026"), within("27 February – 2 March 2026"), within("1 March 2026")
    ('in 1–31 March 2026', 'from 27 February to 2 March 2026', 'on 1 March 2026')
    """
    if " – " in words:
        return f"from {words.replace(' – ', ' to ')}"
    if words.startswith(("since", "until", "all")):
        return words
    return f"in {words}" if "–" in words or not words[0].isdigit() else f"on {words}"


def _recent(until: datetime, tz: str) -> list[tuple[datetime, datetime, datetime]]:
    """Full days before `until`, four weeks, two, one, and where as many days before begin."""
    zone = check_zone(tz)
    today = period_at(until, "day", tz=tz).start or until
    wall = _local(today, zone)
    return [
        (_utc(wall - timedelta(days=2 * n), zone), _utc(wall - timedelta(days=n), zone), today)
        for n in _RECENT_DAYS
    ]


def _compared(
    back: datetime,
    start: datetime,
    end: datetime,
    *,
    first: datetime,
    as_of: datetime,
    zone: ZoneInfo,
) -> tuple[Window, Window] | None:
    """The stretch as far as it has passed and the one before, if the history holds both."""
    passed = min(end, as_of)
    if passed <= start:
        return None
    back_end = start
    if passed < end:
        # As far into the stretch before, on the clock: 09:00 on the 17th stays so.
        elapsed = _local(passed, zone) - _local(start, zone)
        back_end = min(start, _utc(_local(back, zone) + elapsed, zone))
    if _local(first, zone).date() > _local(back, zone).date():
        return None
    return Window(start, passed), Window(back, back_end)


def _stretch_back(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """Where the stretch before begins: whole months back, or whole days, or as many seconds."""
    local, local_end = _local(start, zone), _local(end, zone)
    if local.time() != local_end.time():
        return start - (end - start)
    # From the 15th to the 15th is a month as well; there is no 29th in each of them.
    if local.day == local_end.day < 29 and local.time() == time(0):
        months = (local_end.year - local.year) * 12 + local_end.month - local.month
        year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
        return _utc(local.replace(year=year, month=month + 1), zone)
    return _utc(local - (local_end - local), zone)


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """The clock on the wall, without its zone, so that days are 24 hours of it."""
    return at.astimezone(zone).replace(tzinfo=None)


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
