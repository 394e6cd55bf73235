"""From where a history is looked at, where nobody said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flora_analytics.calendar import Window
from flora_analytics.errors import ConfigurationError
from flora_analytics.report.reach import compared_windows, last_full
from flora_analytics.report.stretch import describe

APRIL = Window.parse("2026-04-01", "2026-05-01")


def test_the_last_full_month_is_that_of_the_newest_run_if_nothing_ran_since():
    now = datetime(2026, 9, 5, tzinfo=UTC)

    _, later = last_full("month", as_of=now, newest=datetime(2026, 3, 9, tzinfo=UTC), tz="UTC")

    assert describe(later, tz="UTC") == "1–31 March 2026"


def test_a_window_without_a_start_has_none_before_it():
    with pytest.raises(ConfigurationError, match="--from"):
        compared_windows(Window(None, APRIL.end), as_of=APRIL.end, tz="UTC")
