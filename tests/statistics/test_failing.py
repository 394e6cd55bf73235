"""Failures against the usual rate: the binomial distribution, and what is not known of the rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from flora_analytics.statistics.failing import judge_failures
from flora_analytics.statistics.usual import N_WEEKS

N_DAYS = N_WEEKS * 7


def judged(failed, finished, n_failed, n_finished):
    counts = (np.broadcast_to(np.asarray(one, float), (1, N_DAYS)) for one in (failed, finished))
    result = judge_failures(*counts, np.array([[float(n_failed)]]), np.array([[float(n_finished)]]))
    return result.expected[0, 0], result.p_above[0, 0]


def test_failures_of_a_rate_that_is_well_known_have_the_binomial_chance():
    # Eleven million runs say what the rate is; every weekday is alike.
    expected, above = judged(20_000.0, 200_000.0, 6, 20)

    assert expected == pytest.approx(0.1, rel=1e-4)
    assert above == pytest.approx(stats.binom.sf(5, 20, 0.1), rel=0.01)


def test_a_rate_known_from_few_runs_counts_for_less():
    # 56 of 560 runs failed, 8 of 80 on the same weekday. What is known of the rate is all but a
    # beta distribution, which makes failures beta-binomial.
    _, above = judged(1.0, 10.0, 8, 20)

    worth = (80 + 200) ** 2 / (80 + 200**2 / 560)
    tail = stats.betabinom.sf(7, 20, 0.1 * worth, 0.9 * worth)
    assert above == pytest.approx(tail, rel=0.15)
    assert above > stats.binom.sf(7, 20, 0.1)


def test_a_week_of_failures_does_not_move_the_usual_rate():
    failed = np.ones(N_DAYS)
    failed[14:21] = 9.0

    assert judged(failed, 10.0, 6, 20)[0] == pytest.approx(0.1, rel=0.01)


def test_a_week_that_is_only_the_worst_of_eight_counts():
    failed = np.ones(N_DAYS)
    failed[14:21] = 2.0

    assert judged(failed, 10.0, 6, 20)[0] == pytest.approx(9 / 80, rel=0.02)


def test_a_failure_rate_of_few_runs_is_not_judged():
    one = (np.arange(N_DAYS) % 2 == 0).astype(float)

    assert np.isnan(judged(one, one, 5, 5)).all()
