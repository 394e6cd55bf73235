"""The change of a product is shared out exactly, and by the definition."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flora_analytics.statistics.shapley import shapley_of_product, whole_parts

whole = st.integers(-(10**12), 10**12)


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


@given(st.lists(st.tuples(whole, whole), min_size=1, max_size=5))
def test_it_is_the_mean_over_all_orders(pairs):
    earlier, later = zip(*pairs, strict=True)

    numerators, denominator = shapley_of_product(earlier, later)

    values = [Fraction(numerator, denominator) for numerator in numerators]
    assert values == by_every_order(earlier, later)
    assert sum(values) == prod(later) - prod(earlier)


def test_a_factor_that_stays_moves_nothing():
    assert shapley_of_product([2, 3], [2, 6]) == ([0, 6], 1)


@given(st.lists(whole, max_size=6), st.integers(1, 10**12))
def test_whole_parts_keep_the_sum_and_move_less_than_one(parts, under):
    parts = [*parts, -sum(parts) % under]

    rounded = whole_parts(parts, under)

    assert sum(rounded) * under == sum(parts)
    assert all(abs(a * under - b) < under for a, b in zip(rounded, parts, strict=True))


def test_of_equal_remainders_the_first_is_rounded_up():
    assert whole_parts([1] * 4, 2) == [1, 1, 0, 0]


def test_parts_of_no_whole_sum_are_refused():
    with pytest.raises(ValueError, match="not whole"):
        whole_parts([1], 2)
