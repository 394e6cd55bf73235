"""The change of a product is shared out exactly, and by the definition."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flora_analytics.metrics.shapley import shapley_of_product, whole_parts

fractions = st.fractions(-50, 50, max_denominator=40)


def by_every_order(earlier, later):
    """The definition: the mean step of each factor over all orders of change."""
    steps = [Fraction(0)] * len(earlier)
    orders = list(permutations(range(len(earlier))))
    for order in orders:
        now = list(earlier)
        for factor in order:
            before = prod(now, start=Fraction(1))
            now[factor] = later[factor]
            steps[factor] += prod(now, start=Fraction(1)) - before
    return [step / len(orders) for step in steps]


@settings(deadline=None)
@given(st.lists(st.tuples(fractions, fractions), min_size=1, max_size=5))
def test_it_is_the_mean_over_all_orders(pairs):
    earlier, later = zip(*pairs, strict=True)

    values = shapley_of_product(earlier, later)

    assert values == by_every_order(earlier, later)
    assert sum(values) == prod(later) - prod(earlier)


def test_a_factor_that_stays_moves_nothing():
    two, three = Fraction(2), Fraction(3)

    assert shapley_of_product([two, three], [two, three * 2]) == [0, 6]


@settings(deadline=None)
@given(st.lists(fractions, max_size=6))
def test_whole_parts_keep_the_sum_and_move_less_than_one(parts):
    parts = [*parts, -(sum(parts, Fraction(0)) % 1)]

    whole = whole_parts(parts)

    assert sum(whole) == sum(parts)
    assert all(abs(a - b) < 1 for a, b in zip(whole, parts, strict=True))


def test_of_equal_remainders_the_first_is_rounded_up():
    assert whole_parts([Fraction(1, 2)] * 4) == [1, 1, 0, 0]


def test_parts_of_no_whole_sum_are_refused():
    with pytest.raises(ValueError, match="not whole"):
        whole_parts([Fraction(1, 2)])
