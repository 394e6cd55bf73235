"""What is usual: means of the same weekday, and chances that can be worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from flora_analytics.statistics.usual import N_WEEKS, Grains, judge_days, judge_hours, usual_days

N_DAYS = N_WEEKS * 7


def plain(n_series, size=1.0):
    """Series of like runs of `size` USD."""
    return Grains(np.full(n_series, size), np.full(n_series, 0.5))


def judged(history, today, *, since=0, grain=1.0, most=None):
    values = np.array([[*history, today]], dtype=float)
    known = (np.arange(N_DAYS) >= since)[None]
    usual = usual_days(values, known, plain(1, grain))
    most = np.array([[today if most is None else most]], dtype=float)
    result = judge_days(usual, values[:, -1:], most)
    return result.expected[0, 0], result.p_above[0, 0], result.p_below[0, 0]


WEEK = [9.0, 16.0, 16.0, 16.0, 16.0, 1.0, 1.0]


def test_a_day_is_held_against_its_own_weekday():
    expected, above, below = judged(WEEK * N_WEEKS, 9.0)

    assert expected == pytest.approx(9.0)
    assert above == pytest.approx(0.5)
    assert below >= 0.5


def test_one_odd_week_does_not_move_what_is_usual():
    history = WEEK * (N_WEEKS - 1) + [100 * cost for cost in WEEK]

    assert judged(history, 9.0)[0] == pytest.approx(9.0)


def test_a_level_that_lasts_becomes_usual():
    history = WEEK * (N_WEEKS - 3) + [4 * cost for cost in WEEK] * 3

    expected, _, _ = judged(history, 36.0)

    assert expected > 20.0


def test_the_chance_is_that_of_t_with_the_scale_of_grains():
    # No spread at all: the variance is that of grains of 1 USD, 1 on the scale of 2√x. To it
    # come that of a mean of six of eight, (1 + ⅛) ÷ 8, and that of a median of 21 days.
    # 56 residuals from seven means, nine tenths as good as of a plain variance. 2√25 − 2√9 = 4.
    _, above, _ = judged(WEEK * N_WEEKS, 25.0)

    error = 9 / 64 + np.pi / 2 / 21
    assert above == pytest.approx(stats.t.sf(4 / np.sqrt(1 + error), df=0.9 * 49))


def test_a_day_without_runs_is_no_surer_odd_than_that_no_grain_came():
    _, _, below = judged([9.0] * N_DAYS, 0.0)

    assert below == pytest.approx(np.exp(-9.0))


def test_a_cost_that_may_still_come_is_not_missing():
    assert judged(WEEK * N_WEEKS, 0.0)[2] < 1e-3
    assert judged(WEEK * N_WEEKS, 0.0, most=9.0)[2] >= 0.5


@pytest.mark.parametrize(("weeks", "enough"), [(2, False), (3, True)])
def test_three_weeks_of_history_are_enough(weeks, enough):
    expected, above, below = judged(WEEK * N_WEEKS, 9.0, since=N_DAYS - 7 * weeks)

    assert np.isnan([expected, above, below]).all() != enough


def noisy(n_series, *, seed=5, mean=20.0, n=N_DAYS + 1):
    """Days of independent runs of 1 USD, all weekdays alike."""
    return np.random.default_rng(seed).poisson(mean, (n_series, n)).astype(float)


def test_chances_are_no_less_than_stated():
    values = noisy(20_000, mean=400.0)
    usual = usual_days(values, np.ones((20_000, N_DAYS), bool), plain(20_000, 0.25))

    result = judge_days(usual, values[:, -1:], values[:, -1:])

    for chance in (0.05, 0.01, 0.001):
        assert 0.4 * chance <= np.mean(result.p_above <= chance) <= 1.2 * chance
        assert 0.4 * chance <= np.mean(result.p_below <= chance) <= 1.2 * chance


def test_weekdays_lean_towards_those_of_the_other_series():
    values = noisy(100)
    known = np.ones((100, N_DAYS), bool)

    alone = [usual_days(values[[at]], known[:1], plain(1)).expected[0] for at in range(100)]
    together = usual_days(values, known, plain(100)).expected

    assert np.std(together) < 0.8 * np.std(alone)


def test_a_weekday_that_is_truly_its_own_stays_so():
    values = noisy(30)
    values[0, 0::7] *= 4  # the judged weekday of the first series

    usual = usual_days(values, np.ones((30, N_DAYS), bool), plain(30))

    assert usual.expected[0] == pytest.approx(80.0, rel=0.15)


def hours(values, *, weeks=N_WEEKS):
    known = np.repeat(np.arange(N_WEEKS) >= N_WEEKS - weeks, 7)[None]
    days = values.sum(axis=2)
    usual = usual_days(days, known, plain(len(days)))
    return judge_hours(usual, values, days[:, :-1], known)


def test_an_hour_has_its_share_of_the_day():
    values = np.zeros((1, N_DAYS + 1, 24))
    values[:, :, 9:13] = [2.0, 4.0, 8.0, 2.0]

    result = hours(values)

    assert result.expected[0, 8:14] == pytest.approx([0.0, 2.0, 4.0, 8.0, 2.0, 0.0])
    assert np.isnan(result.p_below).all()


def test_a_job_of_one_weekday_is_usual_at_its_hour():
    values = np.zeros((1, N_DAYS + 1, 24))
    values[:, :, 9:13] = 4.0
    values[:, ::7, 3] = 30.0  # the judged weekday

    result = hours(values)

    assert result.expected[0, 3] == pytest.approx(30.0)
    assert result.p_above[0, 3] == pytest.approx(0.5)


def test_a_job_at_any_hour_is_no_rush():
    values = np.zeros((1, N_DAYS + 1, 24))
    at = np.random.default_rng(2).integers(0, 24, N_DAYS + 1)
    values[0, np.arange(N_DAYS + 1), at] = 50.0

    assert np.nanmin(hours(values).p_above) > 0.001


def test_hours_take_four_weeks():
    values = np.ones((1, N_DAYS + 1, 24))

    assert np.isnan(hours(values, weeks=3).expected).all()
    assert not np.isnan(hours(values, weeks=4).expected).any()
