"""A stretch that has a name is the one that a calendar shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flora_analytics.errors import ConfigurationError
from flora_analytics.report.windows import window_of

NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("day", "2026-03-18T00:00", "2026-03-19T00:00"),
        ("last day", "2026-03-17T00:00", "2026-03-18T00:00"),
        ("week", "2026-03-16T00:00", "2026-03-23T00:00"),
        ("last week", "2026-03-09T00:00", "2026-03-16T00:00"),
        ("month", "2026-03-01T00:00", "2026-04-01T00:00"),
        ("last month", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("quarter", "2026-01-01T00:00", "2026-04-01T00:00"),
        ("last quarter", "2025-10-01T00:00", "2026-01-01T00:00"),
        ("cycle", "2026-02-28T00:00", "2026-03-31T00:00"),
        ("last cycle", "2026-01-31T00:00", "2026-02-28T00:00"),
        ("36h", "2026-03-16T22:30", "2026-03-18T10:30"),
        ("4w", "2026-02-18T10:30", "2026-03-18T10:30"),
    ],
)
def test_a_name_or_a_length_is_a_window(words, start, end):
    window = window_of(words, tz="UTC", cycle_day=31, now=NOW)

    assert window.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert window.end == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_days_begin_in_the_zone():
    window = window_of("last month", tz="America/Los_Angeles", cycle_day=1, now=NOW)

    assert window.start == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert window.end == datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_words_that_name_no_stretch_are_refused():
    with pytest.raises(ConfigurationError, match="did you mean 'last month'"):
        window_of("last mnth", tz="UTC", cycle_day=1, now=NOW)
