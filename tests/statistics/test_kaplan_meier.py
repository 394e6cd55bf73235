"""Step curves against published data, lifelines 0.30.3 and counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flora_analytics.statistics.kaplan_meier import first_reached, incidence, survival

# Weeks in remission of 21 children treated with 6-MP: E. J. Freireich et al., Blood 21, 1963,
# 699-716, in Kalbfleisch and Prentice (2002), Table 1.2, and most textbooks since.
RELAPSED = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23])
IN_REMISSION = np.array([6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
NONE = np.array([], np.int64)


def test_the_estimate_is_that_of_the_textbooks():
    curve = survival(RELAPSED, IN_REMISSION)

    assert curve.time.tolist() == [6, 7, 10, 13, 16, 22, 23, 35]
    assert curve.n_at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6, 1]
    assert curve.n_events.tolist() == [3, 1, 1, 1, 1, 1, 1, 0]
    assert curve.share.round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448, 0.448]


def test_the_band_is_lifelines_and_r_s():
    curve = survival(RELAPSED, IN_REMISSION)

    low = [0.619718, 0.563147, 0.503200, 0.431610, 0.367511, 0.267779, 0.188052, 0.188052]
    high = [0.951552, 0.922809, 0.889362, 0.849066, 0.804912, 0.746791, 0.680143, 0.680143]
    assert curve.low == pytest.approx(low, abs=1e-6)
    assert curve.high == pytest.approx(high, abs=1e-6)


def test_the_median_and_its_bounds_are_those_of_sas_and_lifelines():
    curve = survival(RELAPSED, IN_REMISSION)

    ends = (curve.share, curve.low, curve.high)
    assert [first_reached(curve.time, 1 - end, 0.5) for end in ends] == [23, 13, None]


times = st.lists(st.integers(-50, 10**12), max_size=40)


@given(times.filter(bool))
def test_without_open_runs_the_curve_counts_what_lasted_longer(spans):
    curve = survival(np.array(spans), NONE)

    for at, share in zip(curve.time, curve.share, strict=True):
        assert share == pytest.approx(np.mean(np.array(spans) > at), abs=1e-9)


@given(times.filter(bool), st.integers(1, 99))
def test_without_open_runs_its_quantiles_are_those_of_numpy(spans, percent):
    curve = survival(np.array(spans), NONE)

    found = first_reached(curve.time, 1 - curve.share, percent / 100)

    assert found == np.quantile(spans, percent / 100, method="inverted_cdf")


@given(times, times)
def test_the_order_of_runs_does_not_matter_and_the_band_holds_the_curve(ended, still_open):
    curve = survival(np.array(ended, np.int64), np.array(still_open, np.int64))
    again = survival(np.array(ended[::-1], np.int64), np.array(still_open[::-1], np.int64))

    assert np.array_equal(curve.share, again.share)
    inside = ~np.isnan(curve.low)
    assert (curve.low[inside] <= curve.share[inside]).all()
    assert (curve.share[inside] <= curve.high[inside]).all()
    assert (np.diff(curve.share) <= 0).all()


FIRST = np.array([2, 5, 8, 11, 15, 18, 21, 30, 33, 40])
SECOND = np.array([3, 12, 25, 41])
CENSORED = np.array([7, 14, 20, 31, 36, 50])


def test_competing_events_are_those_of_lifelines():
    curves = incidence([FIRST, SECOND], CENSORED)

    at = [2, 8, 21, 40]
    places = [curves.time.tolist().index(time) for time in at]
    assert curves.share[0][places] == pytest.approx([0.05, 0.153125, 0.385301, 0.628299], abs=1e-6)
    assert curves.share[1][-1] == pytest.approx(0.269387, abs=1e-6)
    assert curves.low[places] == pytest.approx([0.003454, 0.037954, 0.170720, 0.328743], abs=1e-6)
    assert curves.high[places] == pytest.approx([0.205299, 0.340827, 0.597764, 0.823538], abs=1e-6)


@given(times, times, times)
def test_shares_of_all_ends_and_of_none_add_up_to_one(first, second, censored):
    arrays = [np.array(each, np.int64) for each in (first, second, censored)]

    curves = incidence(arrays[:2], arrays[2])

    whole = curves.share.sum(axis=0) + curves.remaining
    assert whole == pytest.approx(np.ones(len(whole)))
    assert curves.remaining == pytest.approx(
        survival(np.concatenate(arrays[:2]), arrays[2]).share, abs=1e-12
    )


def test_with_nothing_open_the_incidence_is_the_share_and_its_band_that_of_a_proportion():
    rng = np.random.default_rng(3)
    spans, is_first = rng.integers(1, 50, 200), rng.random(200) < 0.7

    curves = incidence([spans[is_first], spans[~is_first]], NONE)

    share = np.array([np.mean(is_first & (spans <= at)) for at in curves.time])
    assert curves.share[0] == pytest.approx(share)
    # log-log of the binomial variance p (1 - p) / n, by hand
    middle = len(share) // 2
    p = share[middle]
    reach = 1.959964 * np.sqrt(p * (1 - p) / 200) / (p * abs(np.log(p)))
    assert curves.low[middle] == pytest.approx(p ** np.exp(reach), abs=1e-6)
    assert curves.high[middle] == pytest.approx(p ** np.exp(-reach), abs=1e-6)


def test_of_nothing_there_is_no_curve():
    assert survival(NONE, NONE).time.tolist() == []
    assert incidence([NONE, NONE], NONE).share.tolist() == [[], []]
