"""Shrinkage: worked by hand, and better than each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from flora_analytics.statistics.shrinkage import moderated, shrunk

RNG = np.random.default_rng


def test_what_differs_by_chance_alone_goes_to_the_target():
    own = np.array([[1.0, -1.0, 1.0, -1.0, 1.0]])

    means, share = shrunk(own, np.zeros((1, 5)), np.array([4.0]))

    assert share == pytest.approx(1.0)
    assert means == pytest.approx(np.zeros((1, 5)))


def test_what_is_far_from_its_target_moves_no_more_than_two_standard_errors():
    own = np.array([[20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])

    means, _ = shrunk(own, np.zeros((1, 7)), np.array([1e-2]))

    assert means[0, 0] >= 20.0 - 0.2


def test_without_a_target_nothing_moves():
    own = np.array([[1.0, 2.0, 3.0, 4.0]])

    means, share = shrunk(own, np.full((1, 4), np.nan), np.array([1.0]))

    assert means.tolist() == own.tolist()
    assert share == [0.0]


def test_shrunk_means_are_nearer_to_the_truth():
    truth = RNG(1).normal(0.0, 0.5, (2_000, 7))
    own = truth + RNG(2).normal(0.0, 1.0, truth.shape)

    means, _ = shrunk(own, np.zeros_like(own), np.ones(2_000))

    assert np.mean((means - truth) ** 2) < 0.6 * np.mean((own - truth) ** 2)


def sample(n, *, degrees=20, spread=0.0, seed=3):
    parts = RNG(seed).uniform(1.0, 5.0, (n, 2))
    truth = parts @ [2.0, 0.5] * np.exp(spread * RNG(seed + 1).normal(size=n))
    own = truth * RNG(seed + 2).chisquare(degrees, n) / degrees
    return truth, own, parts, np.full(n, float(degrees))


def test_variances_that_follow_a_formula_are_taken_from_it():
    truth, own, parts, degrees = sample(60)

    better, free = moderated(own, parts, degrees)

    assert np.std(np.log(better / truth)) < 0.5 * np.std(np.log(own / truth))
    assert (free > 60).all()


def test_variances_that_follow_none_are_their_own():
    _, own, parts, degrees = sample(60, spread=2.0)

    better, free = moderated(own, parts, degrees)

    assert np.max(np.abs(np.log(better / own))) < 1.0
    assert (free < 24).all()


def test_a_few_series_have_no_formula():
    _, own, parts, degrees = sample(5)

    better, free = moderated(own, parts, degrees)

    assert better.tolist() == own.tolist()
    assert free.tolist() == degrees.tolist()
