from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from flora_analytics.report import display

costs = st.decimals(min_value=0, max_value=10**6, places=9)


@given(st.lists(st.none() | costs), st.integers(2, 9))
def test_rounded_parts_add_up_to_the_rounded_total(parts, places):
    rounded = display.rounded_together(parts, places=places)

    stated = [part for part in parts if part is not None]
    whole = display.rounded(sum(stated, Decimal(0)), places=places)
    assert sum((part for part in rounded if part is not None), Decimal(0)) == whole
    for part, shown in zip(parts, rounded, strict=True):
        assert (part is None) == (shown is None)
        assert part is None or abs(shown - part) < Decimal(1).scaleb(-places)


@given(st.lists(costs, min_size=1))
def test_a_cost_is_shown_as_nothing_only_if_it_is_nothing(parts):
    places = display.places_for(parts)

    rounded = display.rounded_together(parts, places=places)

    assert [part == 0 for part in parts] == [part == 0 for part in rounded]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0004, "<0.001 s"),
        (0.25, "0.25 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (119.6, "2 min"),
        (3599.6, "1 h"),
        (7260, "2 h 1 min"),
        (86_399, "1 d"),
        (200_000, "2 d 8 h"),
        (-75, "−1 min 15 s"),
    ],
)
def test_a_span_is_written_in_the_units_that_matter(seconds, text):
    assert display.span(timedelta(seconds=seconds)) == text


def test_an_interval_never_claims_certainty_by_rounding():
    assert display.share(0.99996) == ">99.9%"
    assert display.share(0.0004) == "<0.1%"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("two\nlines\tand \x00 more", "two lines and more"),
        ("\u202eevil\u2066", "evil"),
        ("", "(no name)"),
        ("\u200b \u2028", "(no name)"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("📷 Packshot", "📷 Packshot"),
    ],
    ids=["control", "direction", "empty", "invisible", "formula", "emoji"],
)
def test_a_name_stays_on_one_line_and_turns_nothing_around(hostile, shown):
    assert display.name(hostile) == shown


def test_a_very_long_name_is_cut():
    assert len(display.name("x" * 500)) == 48
