"""Promises: what was kept, what is left, and what burns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from made_runs import NOON, make_runs, random_runs
from scipy.stats import binom

from flora_analytics.errors import DataError
from flora_analytics.metrics import burn_rates, failure_rate, queue_time, service_levels
from flora_analytics.objectives import Objective

NOW = NOON + timedelta(days=30)
SUCCEED = Objective(target=0.95)


def ago(**span: float) -> pd.Timestamp:
    return NOW - timedelta(**span)


def ended(*groups: tuple[int, int, pd.Timestamp], **columns: Any) -> pd.DataFrame:
    """Groups of completed and failed runs, all created at the group's instant."""
    created, status = [], []
    for n_good, n_bad, at in groups:
        created += [at] * (n_good + n_bad)
        status += ["completed"] * n_good + ["failed"] * n_bad
    given = {name: [value] * len(created) for name, value in columns.items()}
    return make_runs(status=status, created_at=created, started_at=created, completed_at=created,
                     read_at=[NOW] * len(created), **given)  # fmt: skip


def only(table: pd.DataFrame) -> pd.Series:
    assert len(table) == 1
    return table.iloc[0]


def test_attainment_is_the_share_that_went_well_and_the_budget_what_the_target_allows():
    row = only(service_levels(ended((970, 30, ago(days=9))), [SUCCEED]))

    assert row[["n_runs", "n_good", "n_bad", "n_open"]].tolist() == [1000, 970, 30, 0]
    assert row["attainment"] == 0.97
    # 30 of the 50 bad runs that 1,000 runs may have.
    assert row["budget_left"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("n_good", "n_bad", "verdict"),
    [(970, 30, "met"), (930, 70, "missed"), (97, 3, "not sure"), (0, 0, "no runs")],
)
def test_the_verdict_needs_the_whole_interval_on_one_side(n_good, n_bad, verdict):
    table = service_levels(ended((n_good, n_bad, ago(days=9))), [SUCCEED], now=NOW)

    assert only(table)["verdict"] == verdict


def test_attainment_and_failure_rate_are_two_sides_of_one_interval():
    runs = ended((40, 7, ago(days=3)), (30, 1, ago(days=5)))

    row, rate = only(service_levels(runs, [SUCCEED])), failure_rate(runs).loc[0]

    assert row["attainment"] == pytest.approx(1 - rate["failure_rate"])
    assert (row["low"], row["high"]) == pytest.approx((1 - rate["high"], 1 - rate["low"]))


def test_a_window_holds_what_was_created_after_its_start():
    runs = ended((1, 0, ago(days=28)), (0, 2, ago(days=27, hours=23)), (0, 4, NOW))

    assert only(service_levels(runs, [SUCCEED], now=NOW))["n_bad"] == 6
    assert only(service_levels(runs, [SUCCEED], now=NOW))["n_good"] == 0


DAY_AGO = ago(days=1)
WAITING = make_runs(  # in time, late, waiting young and old, ended unstarted, unknown
    status=["completed", "running", "pending", "pending", "failed", "paused"],
    created_at=[DAY_AGO, DAY_AGO, ago(seconds=20), ago(seconds=40), DAY_AGO, DAY_AGO],
    started_at=[DAY_AGO + timedelta(seconds=30), ago(hours=23), None, None, None, None],
    completed_at=[ago(hours=1), None, None, None, ago(hours=20), None],
    read_at=[NOW] * 6,
)


def test_a_run_that_has_waited_too_long_is_bad_even_if_it_waits_still():
    promise = Objective(of="queue_time", within=timedelta(seconds=30), target=0.9)

    row = only(service_levels(WAITING, [promise]))

    assert row[["n_runs", "n_good", "n_bad", "n_open", "n_missing"]].tolist() == [6, 1, 2, 1, 2]


@pytest.mark.parametrize(
    ("of", "good", "bad", "undecided"),
    [("execution_time", 0, 2, 2), ("turnaround_time", 1, 2, 2)],
)
def test_other_spans_have_their_own_ends(of, good, bad, undecided):
    promise = Objective(of=of, within=timedelta(hours=5), target=0.9)

    row = only(service_levels(WAITING, [promise]))

    assert row[["n_good", "n_bad", "n_open"]].tolist() == [good, bad, undecided]


def test_what_is_good_is_what_the_span_says():
    runs = random_runs(500, seed=5)
    now, within = pd.Timestamp("2026-06-01", tz="UTC"), timedelta(seconds=50)
    promise = Objective(of="queue_time", within=within, target=0.9, window=timedelta(days=90))

    row = only(service_levels(runs, [promise], now=now))

    frame = runs.to_pandas()
    inside = (frame["created_at"] > now - timedelta(days=90)) & (frame["started_at"] <= now)
    spans = (frame["started_at"] - frame["created_at"])[inside]
    assert row["n_good"] == (spans <= within).sum()
    assert queue_time(runs).loc[0, "n_timed"] >= row["n_good"]


def test_promises_are_for_one_technique_for_each_or_for_all_together():
    runs = pd.concat([
        ended((9, 1, ago(days=2)), technique_id="tech_a", technique_name="Upscale"),
        ended((4, 6, ago(days=2)), technique_id="tech_b", technique_name="Relight"),
    ])  # fmt: skip
    promises = [
        Objective(target=0.8, name="all"),
        Objective(target=0.8, name="each", technique_id="*"),
        Objective(target=0.8, name="one", technique_id="tech_a"),
        Objective(target=0.8, name="gone", technique_id="tech_gone"),
    ]

    table = service_levels(runs, promises)

    assert table["n_bad"].to_dict() == {
        ("all", "(all)"): 7,
        ("each", "tech_a"): 1,
        ("each", "tech_b"): 6,
        ("one", "tech_a"): 1,
        ("gone", "tech_gone"): 0,
    }
    assert table.loc[("one", "tech_a"), "technique_name"] == "Upscale"


def test_what_burns_comes_first_then_the_least_budget_left():
    calm = ended((99, 1, ago(days=9)), technique_id="calm")
    spent = ended((70, 30, ago(days=9)), technique_id="spent")
    burns = ended((40, 8, ago(minutes=2)), (900, 0, ago(days=9)), technique_id="burns")

    table = service_levels(
        pd.concat([calm, spent, burns]), [Objective(target=0.95, technique_id="*")]
    )

    assert table.index.get_level_values("technique_id").tolist() == ["burns", "spent", "calm"]
    assert table["burning"].tolist() == ["3d", "", ""]


def test_burn_rates_are_bad_shares_in_units_of_what_is_allowed():
    runs = ended((8, 2, ago(minutes=2)), (10, 0, ago(minutes=50)), (20, 10, ago(hours=5)))

    table = burn_rates(runs, [SUCCEED]).reset_index("burn_window").set_index("burn_window")

    assert table["burn_rate"].tolist() == pytest.approx([2 / 20 / 0.05, 12 / 50 / 0.05, 4.8])
    assert table["burn_rate_short"].tolist() == pytest.approx([2 / 10 / 0.05, 4, 4.8])
    assert table.loc["1h", ["n_good_short", "n_bad_short"]].tolist() == [8, 2]


# The Site Reliability Workbook, ch. 5: 2 % of a 30-day budget in one hour, 5 % in six hours
# and 10 % in three days are burn rates of 14.4, 6 and 1.
def test_thresholds_are_those_of_the_workbook():
    promise = Objective(target=0.999, window=timedelta(days=30))

    table = burn_rates(ended((9, 1, ago(days=1))), [promise])

    assert table["burn_threshold"].tolist() == pytest.approx([14.4, 6, 1])


def test_a_loose_promise_burns_when_half_of_its_runs_go_badly():
    table = burn_rates(ended((20, 20, ago(minutes=2))), [Objective(target=0.9)])

    assert table["burn_threshold"].tolist() == pytest.approx([5, 5, 1])
    assert table["is_burning"].tolist() == [True, True, True]


@pytest.mark.parametrize(("n_good", "n_bad"), [(0, 1), (1, 1), (2, 2), (10, 3), (0, 0), (50, 1)])
def test_the_chance_of_so_many_bad_runs_is_binomial(n_good, n_bad):
    table = burn_rates(ended((n_good, n_bad, ago(minutes=2))), [SUCCEED], now=NOW)

    expected = binom.sf(n_bad - 1, n_good + n_bad, 0.05)
    assert table["p_value"].tolist() == pytest.approx([expected] * 3)


@pytest.mark.parametrize(
    ("n_bad", "burns"), [(1, False), (2, True)], ids=["5% by chance", "0.25% by chance"]
)
def test_one_failure_of_one_run_is_no_alarm_and_two_of_two_are(n_bad, burns):
    table = burn_rates(ended((0, n_bad, ago(minutes=2))), [SUCCEED])

    assert table["is_burning"].tolist() == [burns] * 3


def test_what_is_over_falls_silent_and_silence_is_not_an_end():
    bad = (0, 10, ago(minutes=20))

    over = burn_rates(ended(bad, (5, 0, ago(minutes=2))), [SUCCEED])
    quiet = burn_rates(ended(bad), [SUCCEED])

    assert over["is_burning"].droplevel([0, 1]).to_dict() == {"1h": False, "6h": True, "3d": True}
    assert quiet["is_burning"].all()


def test_a_moment_before_shows_what_stood_then():
    runs = ended((0, 5, ago(days=2)), (5, 0, ago(days=1)))

    row = only(service_levels(runs, [SUCCEED], now=ago(days=1, hours=12)))

    assert row[["n_good", "n_bad"]].tolist() == [0, 5]


@pytest.mark.parametrize("figure", [service_levels, burn_rates])
def test_nothing_to_measure_gives_the_same_columns_and_types(figure):
    runs = random_runs(80, seed=1)
    promises = [SUCCEED, Objective(target=0.9, technique_id="*", name="each")]
    some = figure(runs, promises, now=pd.Timestamp("2026-06-01", tz="UTC"))

    no_runs, no_promises = figure(runs.slice(0, 0), promises), figure(runs, [])

    for table in (no_runs, no_promises):
        assert table.dtypes.to_dict() == some.dtypes.to_dict()
        assert table.index.names == some.index.names
    assert len(no_promises) == 0


def test_two_promises_of_one_name_are_refused():
    with pytest.raises(DataError, match="name= of its own"):
        service_levels(ended((1, 0, NOW)), [SUCCEED, SUCCEED])
