"""What is still to come: models, backtests and intervals, against plain recomputation."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from flora_analytics.statistics.outlook import MODELS, look_ahead, weeks_needed

#: Spend on Monday to Sunday of eight weeks; a history of them ends on a Sunday.
WEEK = [5.0, 6.0, 7.0, 6.0, 5.0, 1.0, 1.0]


def random_days(n_weeks, *, seed):
    draw = np.random.default_rng(seed)
    return np.tile(WEEK, n_weeks) * draw.gamma(9.0, 1 / 9.0, 7 * n_weeks)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        pytest.param("seasonal_naive", 7.0, id="last week"),
        pytest.param("weekday_mean_4", (7 + 3 + 5 + 1) / 4, id="four weeks"),
        pytest.param("weekday_mean_8", (7 + 3 + 5 + 1 + 9) / 5, id="as many as there are"),
    ],
)
def test_a_mean_is_over_the_newest_weeks(model, expected):
    newest_first = np.array([7.0, 3.0, 5.0, 1.0, 9.0])

    assert MODELS[model](5) @ newest_first == pytest.approx(expected)


def test_exponential_smoothing_is_the_recursion_of_the_textbook():
    oldest_first = [9.0, 1.0, 5.0, 3.0, 7.0]
    level = oldest_first[0]
    for value in oldest_first[1:]:
        level = 0.2 * value + 0.8 * level

    assert MODELS["exponential_smoothing"](5) @ oldest_first[::-1] == pytest.approx(level)


def test_the_forecast_is_what_plain_python_computes():
    days, n_days = random_days(12, seed=5).tolist(), 3
    rests = [day / 3 for day in days]

    outlook = look_ahead(np.array(days), np.array(rests), n_days=n_days)

    def foretold(weights, now):
        steps = []
        for ahead in range(n_days):
            past = rests if ahead == 0 else days
            weeks = now // 7
            same = [past[now - 7 * (back + 1) + ahead % 7] for back in range(weeks)]
            steps.append(sum(w * x for w, x in zip(weights(weeks), same, strict=True)))
        return sum(steps)

    def recent(now):
        last = days[max(0, now - 56) : now]
        return sum(last) / len(last) * n_days

    trials = {}
    for name, weights in MODELS.items():
        pairs = []
        for back in range(1, 9):  # of twelve weeks, four to learn from
            now = len(days) - 7 * back
            actual = rests[now] + sum(days[now + 1 : now + n_days])
            pairs.append((foretold(weights, now), actual, recent(now)))
        trials[name] = pairs
    best = min(trials, key=lambda name: sum(abs(a - f) for f, a, _ in trials[name]))
    errors = [(math.sqrt(a) - math.sqrt(f)) / s**0.25 for f, a, s in trials[best]]
    now = len(days)
    root, unit = math.sqrt(foretold(MODELS[best], now)), recent(now) ** 0.25
    spread = statistics.stdev(errors) * math.sqrt(1 + 1 / 8)
    for p in (0.025, 0.1, 0.5, 0.9, 0.975):
        t = stats.t.ppf(p, 7)
        expected = (root + unit * (statistics.mean(errors) + t * spread)) ** 2
        assert outlook.quantile(p)[-1] == pytest.approx(expected, rel=1e-9)
    assert outlook.model == best
    assert outlook.n_backtests == 8
    assert outlook.error_share == pytest.approx(
        sum(abs(a - f) for f, a, _ in trials[best]) / sum(a for _, a, _ in trials[best])
    )


def test_a_probability_is_the_quantile_read_backwards():
    outlook = look_ahead(random_days(20, seed=1), random_days(20, seed=2), n_days=10)

    for p in (0.05, 0.4, 0.5, 0.9):
        beyond = outlook.exceeds(float(outlook.quantile(p)[-1]))[-1]
        assert beyond == pytest.approx(1 - p)


def test_a_stretch_of_weeks_rests_on_fewer_backtests_than_there_are():
    days = random_days(30, seed=3)

    outlook = look_ahead(days, days, n_days=28)

    assert outlook.n_backtests == 23  # 4 to 26 weeks ago
    assert outlook.freedom == pytest.approx((22 * 7 + 28) / 28 - 1)


@pytest.mark.parametrize("n_days", [1, 7, 8, 15, 31, 92])
def test_just_enough_history_is_enough(n_days):
    n_weeks = weeks_needed(n_days)
    enough, short = random_days(n_weeks, seed=4), random_days(n_weeks - 1, seed=4)

    assert look_ahead(enough, enough, n_days=n_days) is not None
    assert look_ahead(short, short, n_days=n_days) is None


def test_what_was_not_used_for_two_months_is_not_foretold():
    days = np.concatenate([random_days(20, seed=6), np.zeros(56)])

    assert look_ahead(days, days, n_days=5) is None


def test_coverage_is_measured_on_backtests_that_share_no_day():
    days, n_days = random_days(16, seed=7), 10

    outlook = look_ahead(days, days, n_days=n_days)

    inside = []
    for error, week in zip(outlook.errors, outlook.weeks_ago, strict=True):
        pairs = zip(outlook.errors, outlook.weeks_ago, strict=True)
        others = [e for e, w in pairs if abs(w - week) >= 2]
        worth = ((len(others) - 1) * 7 + n_days) / n_days
        spread = statistics.pstdev(others) * math.sqrt(worth / (worth - 1) * (1 + 1 / worth))
        reach = stats.t.ppf(0.9, worth - 1) * spread
        inside.append(abs(error - statistics.mean(others)) <= reach)
    assert outlook.coverage(0.8) == pytest.approx(sum(inside) / len(inside))


def test_too_few_backtests_give_no_coverage():
    days = random_days(7, seed=8)

    assert math.isnan(look_ahead(days, days, n_days=7).coverage(0.8))


@settings(max_examples=40)
@given(
    st.lists(st.floats(0, 1e6), min_size=49, max_size=200),
    st.integers(1, 40),
    st.floats(0.01, 0.99),
    st.floats(0, 1e8),
)
def test_cumulated_spend_never_falls_and_is_never_negative(days, n_days, p, amount):
    spent = np.array(days)

    outlook = look_ahead(spent, spent / 2, n_days=n_days)

    if outlook is not None:
        for path in (outlook.quantile(p), outlook.exceeds(amount)):
            assert (np.diff(path) >= 0).all()
            assert (path >= 0).all()
        assert outlook.quantile(p)[-1] <= outlook.quantile(0.995)[-1]
