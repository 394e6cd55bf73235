"""Two proportions compared with published examples, and many shrunk as worked by hand."""

from __future__ import annotations

import math
import random

import pytest

from flora_analytics.statistics.proportions import difference_interval, prior, shrunk


def wilson(k, n, z=1.959963984540054):
    """The score interval by the quadratic that defines it: (k/n − p)² = z² p (1 − p) / n."""
    a, b, c = n + z * z, -(2 * k + z * z), k * k / n
    root = math.sqrt(b * b - 4 * a * c)
    return k / n, (-b - root) / (2 * a), (-b + root) / (2 * a)


# R. G. Newcombe, "Interval estimation for the difference between independent proportions:
# comparison of eleven methods," Statist. Med. 17, 873-890, 1998, Table II, method 10.
@pytest.mark.parametrize(
    ("later", "earlier", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
    ids="abcdefgh",
)
def test_the_interval_of_a_difference_is_newcombes(later, earlier, low, high):
    found = difference_interval(wilson(*earlier), wilson(*later))

    assert found == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_the_prior_follows_from_the_spread_beyond_chance():
    # By hand: mean 1/2, Σ n (p − mean)² = 2·10·0.3² = 1.8, so 7.2 of the unit variance, 1 by
    # chance; reach 20 − 10 − 1 = 9; ρ = 6.2/9; strength (1 − ρ)/ρ = 2.8/6.2.
    mean, strength = prior([2, 8], [10, 10])

    assert mean == 0.5
    assert strength == pytest.approx(2.8 / 6.2)


def test_a_shrunk_rate_is_the_mean_of_own_runs_and_those_of_the_prior():
    assert shrunk([2, 8], [10, 10])[0] == pytest.approx((2 + 0.5 * 2.8 / 6.2) / (10 + 2.8 / 6.2))


def test_groups_that_differ_by_chance_alone_share_one_rate():
    assert shrunk([3, 3, 0], [10, 10, 0]).tolist() == [0.3, 0.3, 0.3]


@pytest.mark.parametrize("k", [[0, 0], [5, 1]], ids=["never", "always"])
def test_without_any_spread_the_common_rate_stands(k):
    assert set(shrunk(k, [5, 1]).tolist()) == {float(bool(k[0]))}


def test_the_planted_prior_is_found_again():
    draw = random.Random(4)
    rates = [draw.betavariate(2, 18) for _ in range(4000)]
    n = [draw.randint(5, 60) for _ in rates]
    k = [sum(draw.random() < p for _ in range(m)) for p, m in zip(rates, n, strict=True)]

    mean, strength = prior(k, n)

    assert mean == pytest.approx(0.1, abs=0.005)
    assert strength == pytest.approx(20, rel=0.15)
    assert sum((shrunk(k, n) - rates) ** 2) < 0.8 * sum(
        (a / m - p) ** 2 for a, m, p in zip(k, n, rates, strict=True)
    )
