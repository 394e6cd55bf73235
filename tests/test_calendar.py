"""Local days and their like: where they begin and end, in every zone."""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flora_analytics.calendar import PERIODS, Period, Window, check_zone, period_at, periods_in
from flora_analytics.errors import ConfigurationError

ZONES = sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})
NOW = dt.datetime(2026, 3, 30, 12, tzinfo=dt.UTC)

zones = st.sampled_from(ZONES)
instants = st.integers(0, 28 * 365 * 86_400 * 10**6).map(
    lambda us: dt.datetime(2012, 2, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)
)


def local(text: str, tz: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(tz))


def at(text: str, period: Period, tz: str = "UTC", cycle_day: int | None = None) -> Window:
    return period_at(local(text, tz), period, tz=tz, cycle_day=cycle_day)


@pytest.mark.parametrize(
    ("period", "instant", "start", "end"),
    [
        pytest.param("hour", "2026-05-13T10:59:59", "2026-05-13T10:00", "2026-05-13T11:00", id="h"),
        pytest.param("day", "2026-05-13T00:00", "2026-05-13", "2026-05-14", id="day"),
        pytest.param("week", "2027-01-03T23:59", "2026-12-28", "2027-01-04", id="iso week"),
        pytest.param("month", "2028-02-29T12:00", "2028-02-01", "2028-03-01", id="leap month"),
        pytest.param("quarter", "2026-12-31T12:00", "2026-10-01", "2027-01-01", id="quarter"),
    ],
)
def test_a_period_is_half_open_and_cut_in_the_zone(period, instant, start, end):
    window = at(instant, period, "America/New_York")

    assert window.start == local(start, "America/New_York")
    assert window.end == local(end, "America/New_York")


@pytest.mark.parametrize(
    ("day", "cycle_day", "start", "end"),
    [
        pytest.param("2026-03-14", 15, "2026-02-15", "2026-03-15", id="before its day"),
        pytest.param("2026-03-15", 15, "2026-03-15", "2026-04-15", id="on its day"),
        pytest.param("2026-02-27", 31, "2026-01-31", "2026-02-28", id="before a short month's end"),
        pytest.param("2026-02-28", 31, "2026-02-28", "2026-03-31", id="on a short month's last"),
        pytest.param("2028-02-28", 30, "2028-01-30", "2028-02-29", id="leap year"),
        pytest.param("2026-01-01", 2, "2025-12-02", "2026-01-02", id="across new year"),
        pytest.param("2026-07-31", 1, "2026-07-01", "2026-08-01", id="the calendar month"),
    ],
)
def test_a_cycle_starts_on_its_day_or_on_the_last_of_a_shorter_month(day, cycle_day, start, end):
    window = at(day, "cycle", cycle_day=cycle_day)

    assert (window.start, window.end) == (local(start, "UTC"), local(end, "UTC"))


@pytest.mark.parametrize(
    ("day", "tz", "hours"),
    [
        pytest.param("2026-03-29", "Europe/Berlin", 23, id="spring in Berlin"),
        pytest.param("2026-10-25", "Europe/Berlin", 25, id="autumn in Berlin"),
        pytest.param("2026-10-04", "Australia/Lord_Howe", 23.5, id="half an hour on Lord Howe"),
        pytest.param("2026-04-05", "Australia/Lord_Howe", 24.5, id="and back"),
        pytest.param("2018-11-04", "America/Sao_Paulo", 23, id="midnight skipped"),
        pytest.param("2025-11-02", "America/Havana", 25, id="midnight twice"),
        pytest.param("2011-12-30", "Pacific/Apia", 0, id="a day that never was"),
    ],
)
def test_a_day_is_as_long_as_the_clock_makes_it(day, tz, hours):
    first = dt.date.fromisoformat(day)
    noon_before = dt.datetime.combine(
        first - dt.timedelta(days=1), dt.time(12), zoneinfo.ZoneInfo(tz)
    )
    noon_after = dt.datetime.combine(
        first + dt.timedelta(days=1), dt.time(12), zoneinfo.ZoneInfo(tz)
    )

    before, after = (period_at(noon, "day", tz=tz) for noon in (noon_before, noon_after))
    # Across the date line the window before ends where the missing day would begin.
    assert after.start - before.end == dt.timedelta(hours=hours)


def test_the_hour_that_comes_twice_in_autumn_is_two():
    hours = list(periods_in(at("2026-10-25", "day", "Europe/Berlin"), "hour", tz="Europe/Berlin"))

    shown = [hour.start.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")).hour for hour in hours]
    assert shown == [0, 1, 2, 2, *range(3, 24)]


@pytest.mark.parametrize(
    ("tz", "minute"), [("Asia/Kolkata", 30), ("Asia/Kathmandu", 15), ("Pacific/Chatham", 15)]
)
def test_hours_follow_the_local_clock(tz, minute):
    hour = period_at(dt.datetime(2026, 5, 13, 10, 50, tzinfo=dt.UTC), "hour", tz=tz)

    assert hour.start == dt.datetime(2026, 5, 13, 10, minute, tzinfo=dt.UTC)
    assert hour.end - hour.start == dt.timedelta(hours=1)


@given(instants, zones, st.sampled_from(PERIODS), st.integers(1, 31))
@settings(max_examples=300)
def test_periods_hold_their_instant_and_follow_each_other(instant, tz, period, cycle_day):
    window = period_at(instant, period, tz=tz, cycle_day=cycle_day)
    following = period_at(window.end, period, tz=tz, cycle_day=cycle_day)
    previous = period_at(
        window.start - dt.timedelta(microseconds=1), period, tz=tz, cycle_day=cycle_day
    )

    assert instant in window
    assert following.start == window.end
    assert previous.end == window.start


@given(
    instants,
    zones,
    st.sampled_from(
        [("hour", "day"), ("day", "week"), ("day", "month"), ("month", "quarter"), ("day", "cycle")]
    ),
    st.integers(1, 31),
)
@settings(max_examples=300)
def test_shorter_periods_add_up_to_longer_ones(instant, tz, lengths, cycle_day):
    shorter, longer = lengths
    whole = period_at(instant, longer, tz=tz, cycle_day=cycle_day)

    parts = list(periods_in(whole, shorter, tz=tz, cycle_day=cycle_day))

    assert parts[0].start == whole.start
    assert parts[-1].end == whole.end
    assert all(one.end == two.start for one, two in itertools.pairwise(parts))


@given(instants, st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"]))
def test_days_begin_where_pandas_puts_local_midnight(instant, tz):
    midnight = pd.Timestamp(instant).tz_convert(tz).normalize()

    assert period_at(instant, "day", tz=tz).start == midnight.to_pydatetime()


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        pytest.param({}, None, None, id="open"),
        pytest.param({"start": "2026-03-01"}, "2026-02-28T23:00", None, id="local midnight"),
        pytest.param({"end": "2026-03-29T12:00"}, None, "2026-03-29T10:00", id="local time"),
        pytest.param({"start": "2026-03-01T12:00Z"}, "2026-03-01T12:00", None, id="with offset"),
        pytest.param({"last": "12h"}, "2026-03-30T00:00", "2026-03-30T12:00", id="hours"),
        pytest.param({"last": "2d"}, "2026-03-28T13:00", "2026-03-30T12:00", id="days over spring"),
        pytest.param({"last": "1w"}, "2026-03-23T13:00", "2026-03-30T12:00", id="weeks"),
        pytest.param(
            {"last": "1d", "end": "2026-03-10"}, "2026-03-08T23:00", "2026-03-09T23:00", id="to end"
        ),
    ],
)
def test_a_window_is_read_as_a_user_writes_it(written, start, end):
    window = Window.parse(**written, tz="Europe/Berlin", now=NOW)

    assert window.start == (local(start, "UTC") if start else None)
    assert window.end == (local(end, "UTC") if end else None)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        pytest.param({"start": "March"}, "write 2026-03-01", id="no day"),
        pytest.param({"last": "30 days"}, "12h, 30d or 4w", id="no length"),
        pytest.param({"last": "0d"}, "12h, 30d or 4w", id="no time at all"),
        pytest.param({"last": "1d", "start": "2026-03-01"}, "give one", id="start and length"),
        pytest.param({"start": "2026-03-01", "end": "2026-03-01"}, "is empty", id="empty"),
        pytest.param({"last": "99999w"}, "30d", id="longer than any history"),
    ],
)
def test_a_window_that_cannot_be_read_says_how_to_write_it(written, says):
    with pytest.raises(ConfigurationError, match=says):
        Window.parse(**written, now=NOW)


def test_a_window_holds_its_start_and_not_its_end():
    window = Window.parse("2026-03-01", "2026-03-02")

    assert local("2026-03-01", "UTC") in window
    assert local("2026-03-02", "UTC") not in window
    assert local("1999-01-01", "UTC") in Window()


@pytest.mark.parametrize(
    ("tz", "suggestion"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_a_typo_in_a_zone_gets_its_suggestion(tz, suggestion):
    with pytest.raises(ConfigurationError, match=f"Did you mean '{suggestion}'"):
        check_zone(tz)


@pytest.mark.parametrize("tz", ["", "../etc/passwd", "Mars/Olympus", "localtime"])
def test_what_is_no_zone_is_refused_plainly(tz):
    with pytest.raises(ConfigurationError, match="There is no time zone"):
        check_zone(tz)


@pytest.mark.parametrize(
    ("period", "cycle_day", "says"),
    [
        pytest.param("monthly", None, "Did you mean 'month'", id="typo"),
        pytest.param("cycle", None, "needs cycle_day", id="cycle without a day"),
        pytest.param("cycle", 32, "not a day of a month", id="day 32"),
        pytest.param("cycle", 0, "not a day of a month", id="day 0"),
    ],
)
def test_a_period_that_is_none_is_refused(period, cycle_day, says):
    with pytest.raises(ConfigurationError, match=says):
        period_at(NOW, period, cycle_day=cycle_day)


def test_an_open_window_has_no_list_of_periods():
    with pytest.raises(ConfigurationError, match="a start and an end"):
        list(periods_in(Window(), "day"))
