from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flora_analytics.calendar import Window
from flora_analytics.report.stretch import Extent, describe, stretch_of

BERLIN = "Europe/Berlin"
OLD = datetime(2024, 1, 1, tzinfo=UTC)


def stretch(start: str | None, end: str | None, *, as_of: str, first: datetime = OLD, tz=BERLIN):
    until = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    extent = Extent(first, until - timedelta(minutes=1), until)
    window = Window.parse(start, end, tz=tz) if start or end else None
    return stretch_of(window, extent=extent, as_of=until, tz=tz)


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        ("2026-03-01", "2026-04-01", "1–28 February 2026"),
        ("2026-03-15", "2026-04-15", "15 February – 14 March 2026"),
        ("2026-04-01", "2026-07-01", "1 January – 31 March 2026"),
        ("2026-01-01", "2027-01-01", "1 January – 31 December 2025"),
        ("2026-03-23", "2026-03-30", "16–22 March 2026"),
        ("2026-03-29", "2026-03-30", "28 March 2026"),
        ("2026-03-10T09:00", "2026-03-10T15:00", "10 March 2026, 03:00 – 10 March 2026, 09:00"),
    ],
    ids=[
        "month",
        "cycle",
        "quarter",
        "year",
        "week over the change of clocks",
        "23 hours",
        "hours",
    ],
)
def test_a_window_is_compared_with_the_same_stretch_before(start, end, before):
    found = stretch(start, end, as_of="2027-06-01")

    assert found.compared is not None
    assert describe(found.compared[1], tz=BERLIN) == before


def test_a_window_under_way_is_compared_with_the_same_elapsed_part():
    found = stretch("2026-03-01", "2026-04-01", as_of="2026-03-17T09:30:00", tz="UTC")

    assert found.running
    assert found.compared == (
        Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 17, 9, 30, tzinfo=UTC)),
        Window(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 17, 9, 30, tzinfo=UTC)),
    )


def test_the_elapsed_part_never_reaches_into_the_window_itself():
    found = stretch("2026-03-01", "2026-04-01", as_of="2026-03-30T09:30:00", tz="UTC")

    assert found.compared is not None
    assert found.compared[1].end == datetime(2026, 3, 1, tzinfo=UTC)


def test_nothing_is_compared_where_the_history_begins_too_late():
    found = stretch(
        "2026-03-01", "2026-04-01", as_of="2026-04-02", first=datetime(2026, 2, 3, tzinfo=UTC)
    )

    assert found.compared is None


@pytest.mark.parametrize(("age", "days"), [(60, 28), (40, 14), (20, 7), (10, None)])
def test_a_whole_history_compares_its_last_full_weeks(age, days):
    until = datetime(2026, 6, 10, 8, tzinfo=UTC)

    found = stretch(None, None, as_of="2026-06-10T08:00:00", first=until - timedelta(days=age))

    lengths = [each.end - each.start for each in found.compared or ()]
    assert lengths == ([] if days is None else [timedelta(days=days)] * 2)


def test_the_last_four_weeks_stay_four_weeks_where_they_happen_to_be_a_february():
    found = stretch(None, None, as_of="2026-03-01T08:00:00", first=datetime(2025, 1, 1, tzinfo=UTC))

    assert found.compared is not None
    assert {each.end - each.start for each in found.compared} == {timedelta(days=28)}


@pytest.mark.parametrize(
    ("days", "period"),
    [(1, "hour"), (31, "day"), (91, "week"), (366, "month"), (3 * 366, "month"), (3660, "quarter")],
)
def test_a_long_window_is_cut_into_long_periods(days, period):
    start = datetime(2014, 1, 1, tzinfo=UTC)
    window = Window(start, start + timedelta(days=days))
    extent = Extent(start, window.end, window.end)

    assert stretch_of(window, extent=extent, as_of=window.end, tz="UTC").period == period


def test_a_history_without_runs_has_no_stretch():
    found = stretch_of(None, extent=Extent(None, None, None), as_of=None, tz="UTC")

    assert found.shown == Window(None, None)
    assert found.words == "all time"
