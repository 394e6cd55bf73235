"""What is usual: medians of the same weekday, and chances that can be worked by hand."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy import stats

from flora_analytics.statistics.usual import N_WEEKS, judge_cost, judge_failures

N_DAYS = N_WEEKS * 7


def judged(history, today, *, since=0, grain=1.0, most=None):
    values = np.array([*history, today], dtype=float).reshape(1, -1, 1)
    known = (np.arange(N_DAYS) >= since)[None]
    most = np.array([[today if most is None else most]], dtype=float)
    result = judge_cost(values, known, np.array([grain]), most)
    return result.expected[0, 0], result.p_above[0, 0], result.p_below[0, 0]


WEEK = [9.0, 16.0, 16.0, 16.0, 16.0, 1.0, 1.0]


def test_a_day_is_held_against_its_own_weekday():
    expected, above, below = judged(WEEK * N_WEEKS, 9.0)

    assert expected == pytest.approx(9.0)
    assert above == pytest.approx(0.5)
    assert below == pytest.approx(0.5)


def test_one_odd_week_does_not_move_what_is_usual():
    history = WEEK * (N_WEEKS - 1) + [100 * cost for cost in WEEK]

    assert judged(history, 9.0)[0] == pytest.approx(9.0)


def test_a_level_that_lasts_becomes_usual():
    history = WEEK * (N_WEEKS - 3) + [4 * cost for cost in WEEK] * 3

    expected, _, _ = judged(history, 36.0)

    assert expected > 20.0


def test_the_chance_is_that_of_t_with_the_scale_of_grains():
    # No spread at all: the scale is that of grains of 1 USD, 1 on the scale of 2√x, and that of
    # the median of eight: √(1 + π/16). 2√25 − 2√9 = 4.
    _, above, _ = judged(WEEK * N_WEEKS, 25.0)

    assert above == pytest.approx(stats.t.sf(4 / np.sqrt(1 + np.pi / 16), df=40))


def test_a_cost_that_may_still_come_is_not_missing():
    assert judged(WEEK * N_WEEKS, 0.0)[2] < 1e-4
    assert judged(WEEK * N_WEEKS, 0.0, most=9.0)[2] == pytest.approx(0.5)


@pytest.mark.parametrize(("weeks", "enough"), [(2, False), (3, True)])
def test_three_weeks_of_history_are_enough(weeks, enough):
    expected, above, below = judged(WEEK * N_WEEKS, 9.0, since=N_DAYS - 7 * weeks)

    assert np.isnan([expected, above, below]).all() != enough


def test_failures_have_the_binomial_chance():
    # 56 days of 10 runs, 1 failed each: 10% in every week, whichever is left out, on every
    # weekday; with half a failure and one run added for what is not known.
    finished, failed = np.full((1, N_DAYS), 10.0), np.full((1, N_DAYS), 1.0)
    rate = (49 + 0.5) / (490 + 1)
    rate = (7 + 50 * rate) / (70 + 50)

    result = judge_failures(failed, finished, np.array([[6.0]]), np.array([[20.0]]))

    tail = sum(comb(20, k) * rate**k * (1 - rate) ** (20 - k) for k in range(6, 21))
    assert result.expected[0, 0] == pytest.approx(rate)
    assert result.p_above[0, 0] == pytest.approx(tail)


def test_a_failure_rate_of_few_runs_is_not_judged():
    one = np.full((1, N_DAYS), 1.0) * (np.arange(N_DAYS) % 2 == 0)

    result = judge_failures(one, one, np.array([[5.0]]), np.array([[5.0]]))

    assert np.isnan(result.p_above[0, 0])
