"""Price drift: changes where they were planted, none where there were none, exact medians."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from made_runs import NOON, make_runs

from flora_analytics.errors import DataError
from flora_analytics.metrics import price_drift

DAY = pd.Timedelta("1D")


def charged(*costs, **columns):
    """Completed runs, one a day from noon on 2 March 2026."""
    return make_runs(
        charged_cost=list(costs),
        created_at=[NOON + at * DAY for at in range(len(costs))],
        **columns,
    )


def test_a_change_is_dated_between_two_runs():
    table = price_drift(charged(*["0.4"] * 20, *["0.5"] * 12), tz="Europe/Vienna")

    assert table["median_charge"].tolist() == [Decimal("0.4"), Decimal("0.5")]
    assert table["price_ratio"].iloc[1] == 1.25
    assert table["last_at"].iloc[0] == NOON + 19 * DAY
    assert table.index.get_level_values("since")[1] == NOON + 20 * DAY
    assert str(table.index.get_level_values("since").tz) == "Europe/Vienna"


def test_free_and_unknown_runs_are_counted_and_move_no_price():
    table = price_drift(charged(*["0.4", None, "0"] * 10))

    row = table.iloc[0]
    assert row[["n_runs", "n_free", "n_unknown"]].tolist() == [30, 10, 10]
    assert row["median_charge"] == Decimal("0.4")


def test_failed_and_open_runs_are_not_looked_at():
    runs = charged("1", "9", "9", status=["completed", "failed", "running"])

    assert price_drift(runs)["n_runs"].tolist() == [1]


def test_a_median_between_two_charges_is_exact_and_half_even():
    table = price_drift(charged("0.100000001", "0.100000002"))

    assert table["median_charge"].tolist() == [Decimal("0.100000002")]


def test_a_technique_without_any_charge_has_a_row_and_no_price():
    row = price_drift(charged("0", None)).iloc[0]

    assert row[["n_runs", "n_free", "n_unknown"]].tolist() == [2, 1, 1]
    assert pd.isna(row["median_charge"])


def test_prices_are_compared_with_the_list():
    runs = charged("0.4", "0.6", technique_id=["tech_a", "tech_b"])

    table = price_drift(runs, listed={"tech_a": 0.5, "tech_c": Decimal(1)})

    ratios = table["ratio_to_listed"].droplevel("since")
    assert ratios["tech_a"] == 0.8
    assert pd.isna(ratios["tech_b"])
    assert pd.isna(table["listed_run_cost"].droplevel("since")["tech_b"])


def test_other_sizes_at_the_same_price_are_no_drift():
    rng = np.random.default_rng(2)
    before = rng.choice(["0.2", "0.4"], 150, p=[0.6, 0.4])
    after = rng.choice(["0.2", "0.4"], 150, p=[0.35, 0.65])

    table = price_drift(charged(*before, *after))

    assert len(table) == 1


def test_the_ratio_is_that_of_the_price_whatever_the_sizes():
    rng = np.random.default_rng(3)
    before = rng.choice(["0.2", "0.4"], 80, p=[0.6, 0.4])
    after = rng.choice(["0.25", "0.5"], 80, p=[0.4, 0.6])

    table = price_drift(charged(*before, *after))

    assert table["price_ratio"].iloc[1] == 1.25
    assert table["n_runs"].tolist() == [80, 80]


def test_what_drifted_farthest_comes_first_and_rows_add_up():
    costs = [*["1"] * 40, *["1"] * 20, *["1.1"] * 20, *["1"] * 20, *["0.5"] * 20]
    runs = make_runs(
        charged_cost=costs,
        technique_id=["tech_a"] * 40 + ["tech_b"] * 40 + ["tech_c"] * 40,
        created_at=[NOON + at % 40 * DAY for at in range(120)],
    )

    table = price_drift(runs)

    assert table.index.get_level_values(0).tolist() == [
        "tech_c", "tech_c", "tech_b", "tech_b", "tech_a",
    ]  # fmt: skip
    assert table["n_runs"].sum() == 120


@pytest.mark.parametrize("by", ["technique", ["project", "status"], None])
def test_columns_and_types_are_the_same_without_runs(by):
    runs = charged("1", "2")

    none, some = price_drift(runs.iloc[:0], by=by), price_drift(runs, by=by)

    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert none.index.names == some.index.names


def test_a_chance_of_false_alarm_is_needed():
    with pytest.raises(DataError, match="alpha"):
        price_drift(charged("1"), alpha=0)
