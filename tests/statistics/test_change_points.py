"""Change points: a published series, every order of a short one, and histories of chance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from flora_analytics.statistics.change_points import change_points, strongest_change

# Annual flow of the Nile at Aswan, 1871-1970 [1e8 m³]. G. W. Cobb, "The problem of the Nile:
# conditional solution to a changepoint problem," Biometrika 65, 243-251, 1978: the flow dropped
# after 1898, the 28th year.
NILE = np.array(
    [
        1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020,
        960, 1180, 799, 958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840,
        874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120,
        1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845,
        944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
        744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919,
        718, 714, 740,
    ]
)  # fmt: skip


def test_the_nile_dropped_after_1898_and_only_then():
    assert [change.at for change in change_points(NILE, alpha=0.05)] == [28]


def test_the_p_value_errs_on_the_side_of_no_alarm_in_every_order_of_eight_values():
    orders = np.array(list(itertools.permutations(range(8))))
    walks = np.abs(np.cumsum(orders - 3.5, axis=1))[:, 2:5].max(axis=1)

    for order in ([0, 1, 2, 3, 4, 5, 6, 7], [0, 2, 1, 4, 3, 5, 7, 6], [3, 1, 2, 0, 7, 6, 5, 4]):
        reached = np.abs(np.cumsum(np.array(order) - 3.5))[2:5].max()
        exact = float((walks >= reached - 1e-9).mean())
        assert strongest_change(np.array(order)).p_value >= exact


def test_set_prices_are_parted_at_the_very_run():
    rng = np.random.default_rng(5)
    prices = np.concatenate([rng.choice([42, 84], 90), rng.choice([50, 100], 60)])

    assert [change.at for change in change_points(prices, alpha=0.05)] == [90]


def test_several_changes_are_found_in_order():
    values = np.repeat([10, 12, 9, 15], 30)

    assert [change.at for change in change_points(values, alpha=0.05)] == [30, 60, 90]


@pytest.mark.parametrize("values", [[], [1], [1, 2, 3, 4, 5], [7] * 50], ids=len)
def test_too_few_or_equal_values_tell_nothing(values):
    assert strongest_change(np.array(values, dtype="int64")) is None


def test_one_outlier_is_no_change():
    values = np.array([5] * 60 + [5000])

    assert change_points(values, alpha=0.3) == []


def test_batches_of_one_price_are_one_draw_each():
    rng = np.random.default_rng(11)
    blocks = np.repeat(np.arange(25), 12)

    def alarms(own_blocks):
        sizes = [np.repeat(rng.integers(1, 9, 25), 12) for _ in range(60)]
        return sum(bool(change_points(v, blocks=own_blocks, alpha=0.05)) for v in sizes)

    assert alarms(blocks) <= 6
    assert alarms(None) >= 20
