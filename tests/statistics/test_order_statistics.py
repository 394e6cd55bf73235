"""Bounds that hold whatever the distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, t

from flora_analytics.statistics.order_statistics import (
    prediction_limit,
    quantile_bounds,
    quantile_ranks,
)


# By hand from tables of the binomial distribution: P(B ≤ 1) = 11/1024 at n = 10,
# P(B ≤ 5) = 0.0207 at n = 20; 0.99 ** 367 = 0.02501 and 0.99 ** 368 = 0.02476.
@pytest.mark.parametrize(
    ("n", "quantile", "low", "high"),
    [(5, 0.5, 0, 6), (6, 0.5, 1, 6), (10, 0.5, 2, 9), (20, 0.5, 6, 15), (367, 0.99, 359, 368)],
)
def test_ranks_are_those_of_binomial_tables(n, quantile, low, high):
    assert quantile_ranks(n, quantile) == (low, high)


def test_the_upper_bound_of_the_99_percent_quantile_takes_368_runs():
    assert quantile_ranks(367, 0.99)[1] == 367 + 1
    assert quantile_ranks(368, 0.99)[1] == 368


@given(st.integers(0, 2_000_000), st.floats(0, 1))
@settings(max_examples=150)
def test_each_side_errs_at_most_half_and_no_narrower_rank_would_do(n, quantile):
    low, high = quantile_ranks(n, quantile)

    assert 0 <= low < high <= n + 1
    if low:
        assert binom.cdf(low - 1, n, quantile) <= 0.025 + 1e-12
    if low < n:
        assert binom.cdf(low, n, quantile) > 0.025 - 1e-12
    assert binom.sf(high - 1, n, quantile) <= 0.025 + 1e-12
    if high > 1:
        assert binom.sf(high - 2, n, quantile) >= 0.025 - 1e-12


def test_of_too_few_values_there_is_no_bound():
    assert quantile_bounds(np.array([7, 3]), [0.5, 0.9]) == [(None, None), (3, None)]
    assert quantile_bounds(np.array([], np.int64), [0.5]) == [(None, None)]


def test_with_many_values_the_limit_is_an_order_statistic():
    values = np.random.default_rng(1).permutation(np.arange(1.0, 1000.0))

    assert prediction_limit(values, level=0.999) == 999
    assert prediction_limit(values, level=0.99) == 990


def test_with_few_values_the_limit_is_that_of_a_log_normal_distribution():
    logs = np.array([1.0, 1.5, 2.5, 3.0])

    limit = prediction_limit(np.exp(logs), level=0.99)

    by_hand = 2 + t.ppf(0.99, 3) * math.sqrt(2.5 / 3) * math.sqrt(1.25)
    assert math.log(limit) == pytest.approx(by_hand)


def test_the_limit_is_never_less_than_what_was_seen():
    values = np.array([10.0] * 50 + [600.0])

    assert prediction_limit(values, level=0.99) >= 600


@pytest.mark.parametrize("values", [[], [4.0], [0.0, 0.0, 0.0]])
def test_from_next_to_nothing_there_is_no_limit(values):
    assert math.isnan(prediction_limit(np.array(values, float), level=0.999))
