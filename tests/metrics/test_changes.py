"""What changed between two periods: the parts are right, and add up to the last digit."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import make_runs, make_table, many_runs

from flora_analytics.calendar import Window
from flora_analytics.errors import DataError
from flora_analytics.metrics import charged_cost, cost_changes, in_window
from flora_analytics.metrics.changes import EFFECTS

MARCH = Window.parse("2026-03-01", "2026-04-01")
APRIL = Window.parse("2026-04-01", "2026-05-01")
IN = {"m": pd.Timestamp("2026-03-10", tz="UTC"), "a": pd.Timestamp("2026-04-10", tz="UTC")}
CELL = ("workspace_id", "project_id", "technique_id")


def runs_of(*groups, **columns):
    """Runs as (month, technique, status, cost, how many)."""
    rows = [group[:4] for group in groups for _ in range(group[4])]
    month, technique, status, cost = (list(each) for each in zip(*rows, strict=True))
    return make_runs(
        created_at=[IN[one] for one in month],
        technique_id=technique,
        technique_name=technique,
        status=status,
        charged_cost=cost,
        **columns,
    )


def changes(runs, *, nested=("workspace", "project", "technique"), **how):
    return cost_changes(runs, earlier=MARCH, later=APRIL, nested=nested, **how)


def effects(row):
    return {name: row[name] for name in EFFECTS if row[name]}


def test_two_techniques_worked_by_hand():
    # March: 10 x at 1, 10 y at 4: 50. April: 20 x at 1, 10 y at 5: 70.
    # Volume 20 → 30. x: share 1/2 → 2/3, price 1; 20 × 1/2 → 30 × 2/3:
    #   volume 10 × (1/2 + 2/3)/2 = 35/6, mix (1/6) × 25 = 25/6.
    # y: share 1/2 → 1/3, price 4 → 5; three factors, each part by the six orders:
    #   volume 10 × (2·½·4 + ½·5 + ⅓·4 + 2·⅓·5)/6 = 10 × (4 + 2.5 + 4/3 + 10/3)/6 = 335/18
    #   mix  −⅙ × (2·20·4 + 30·4 + 20·5 + 2·30·5)/6 = −⅙ × 680/6 = −340/18
    #   price   1 × (2·20·½ + 30·½ + 20·⅓ + 2·30·⅓)/6 = (20 + 15 + 20/3 + 20)/6 = 185/18
    runs = runs_of(
        ("m", "x", "completed", "1", 10), ("m", "y", "completed", "4", 10),
        ("a", "x", "completed", "1", 20), ("a", "y", "completed", "5", 10),
    )  # fmt: skip

    table = changes(runs, by="technique")

    assert table.index.tolist() == ["x", "y"]
    assert table["change"].tolist() == [Decimal(10), Decimal(10)]
    assert effects(table.loc["x"]) == {
        "volume": Decimal("5.833333333"),
        "mix": Decimal("4.166666667"),
    }
    assert effects(table.loc["y"]) == {
        "volume": Decimal("18.611111111"),
        "mix": Decimal("-18.888888889"),
        "price": Decimal("10.277777778"),
    }


@pytest.mark.parametrize(
    ("later", "cause", "change"),
    [
        pytest.param([("a", "x", "completed", "1", 30)], "volume", 20, id="more runs"),
        pytest.param([("a", "x", "completed", "3", 10)], "price", 20, id="dearer runs"),
        pytest.param(
            [("a", "x", "completed", "1", 5), ("a", "x", "failed", "0", 5)],
            "failure", -5, id="free failures",
        ),
        pytest.param(
            [("a", "x", "completed", "1", 5), ("a", "x", "completed", None, 5)],
            "stated", -5, id="costs no longer stated",
        ),
    ],
)  # fmt: skip
def test_one_cause_alone_has_all_of_the_change(later, cause, change):
    table = changes(runs_of(("m", "x", "completed", "1", 10), *later))

    assert table.loc[0, "change"] == change
    assert effects(table.loc[0]) == {cause: Decimal(change)}


def test_failed_runs_that_are_now_charged_are_due_to_failure():
    mostly = [(month, "x", "completed", "1", 5) for month in "ma"]
    runs = runs_of(*mostly, ("m", "x", "failed", "0", 5), ("a", "x", "failed", "1", 5))

    assert effects(changes(runs).loc[0]) == {"failure": Decimal(5)}


def test_what_ran_in_one_period_only_is_new_or_discontinued():
    runs = runs_of(
        ("m", "gone", "completed", "2", 3), ("a", "here", "completed", "5", 1),
        ("m", "stays", "completed", "1", 1), ("a", "stays", "completed", "1", 1),
    )  # fmt: skip

    table = changes(runs, by="technique")

    assert effects(table.loc["gone"]) == {"discontinued": Decimal(-6)}
    assert effects(table.loc["here"]) == {"new": Decimal(5)}
    assert effects(table.loc["stays"]) == {}


def test_a_cost_that_nobody_stated_is_counted_and_not_zero():
    runs = runs_of(("m", "x", "completed", None, 2), ("a", "x", "completed", None, 3))

    row = changes(runs).loc[0]

    assert (row["n_unknown_earlier"], row["n_unknown_later"]) == (2, 3)
    assert row[["charged_cost_earlier", "charged_cost_later", "change", *EFFECTS]].isna().all()


def test_a_period_without_runs_charged_nothing():
    row = changes(runs_of(("a", "x", "completed", "5", 1))).loc[0]

    assert (row["charged_cost_earlier"], row["charged_cost_later"]) == (0, 5)
    assert effects(row) == {"new": Decimal(5)}


def test_no_runs_at_all_changed_nothing():
    runs = make_table(charged_cost=[])

    assert changes(runs).loc[0, "change"] == 0
    assert len(changes(runs, by="technique")) == 0
    assert changes(runs).dtypes.equals(changes(runs_of(("m", "x", "completed", "1", 1))).dtypes)


def test_a_group_that_ran_only_between_the_periods_has_no_row():
    may = Window.parse("2026-05-01", "2026-06-01")
    runs = runs_of(("m", "x", "completed", "1", 1), ("a", "y", "completed", "1", 1))

    table = cost_changes(runs, earlier=MARCH, later=may, by="technique")

    assert table.index.tolist() == ["x"]


def test_periods_that_overlap_are_refused():
    with pytest.raises(DataError, match="overlap"):
        cost_changes(make_runs(charged_cost=[]), earlier=APRIL, later=MARCH)


def test_without_groups_nothing_is_new_and_nothing_shifts():
    runs = runs_of(("m", "x", "completed", "1", 1), ("a", "y", "completed", "5", 1))

    assert effects(changes(runs, nested=None).loc[0]) == {"price": Decimal(4)}


def test_groups_show_their_latest_name():
    runs = runs_of(("m", "x", "completed", "1", 1), ("a", "x", "completed", "1", 1))
    runs["technique_name"] = ["Old", "New"]

    assert changes(runs, by="technique")["technique_name"].tolist() == ["New"]


def by_definition(table):
    """Total parts from the docstring's formula: every order of the five causes, in plain loops.

    Gives fractions of nano-dollars, before rounding, and how many groups were rounded.
    """
    cells = defaultdict(lambda: {"m": [], "a": []})
    for run in table.to_pylist():
        for month, window in (("m", MARCH), ("a", APRIL)):
            if run["created_at"] in window:
                cost = run["charged_cost"]
                nano = None if cost is None else int(cost.scaleb(9))
                cells[tuple(run[name] for name in CELL)][month].append((run["status"], nano))
    both = [cell for cell in cells.values() if cell["m"] and cell["a"]]
    total = {month: sum(len(cell[month]) for cell in both) for month in "ma"}
    parts = defaultdict(Fraction)
    for cell in cells.values():
        if cell not in both:
            cause = "new" if cell["a"] else "discontinued"
            parts[cause] += sum(n or 0 for _, n in cell["a"]) - sum(n or 0 for _, n in cell["m"])
    for cell in both:
        values = _values(cell, total)
        orders = list(permutations(["volume", "mix", "failure", "stated", "price"]))
        for order in orders:
            at = dict.fromkeys(order, "m")
            for cause in order:
                before = values(at)
                at[cause] = "a"
                parts[cause] += (values(at) - before) / len(orders)
    return parts, len(both)


def _values(cell, total):
    def mean(values, other):
        values = values or other
        return Fraction(sum(values), len(values)) if values else Fraction(0)

    def split(month):
        good = [nano for status, nano in cell[month] if status != "failed"]
        bad = [nano for status, nano in cell[month] if status == "failed"]
        return good, bad

    def value(at):
        good, bad = zip(*(split(month) for month in "ma"), strict=True)
        pick = {"m": (0, 1), "a": (1, 0)}

        def stated(sides, cause):
            here, there = (sides[one] for one in pick[at[cause]])
            return mean([n is not None for n in here], [n is not None for n in there])

        def charge(sides, cause):
            known = [[n for n in side if n is not None] for side in sides]
            here, there = pick[at[cause]]
            return mean(known[here], known[there])

        n = len(cell[at["mix"]])
        f = Fraction(len(split(at["failure"])[1]), len(cell[at["failure"]]))
        return (
            total[at["volume"]]
            * Fraction(n, total[at["mix"]])
            * (
                (1 - f) * stated(good, "stated") * charge(good, "price")
                + f * stated(bad, "stated") * charge(bad, "failure")
            )
        )

    return value


FIRST = pd.Timestamp("2026-03-01", tz="UTC").to_pydatetime()


@st.composite
def two_months(draw):
    """Any runs of March and April, in few groups so that some run in both."""
    runs = draw(many_runs(max_size=14))
    days = draw(st.lists(st.integers(0, 60), min_size=len(runs), max_size=len(runs)))
    created = [FIRST + pd.Timedelta(day, "D") for day in days]
    at = runs.column_names.index("created_at")
    return runs.set_column(at, "created_at", pa.array(created, runs.schema.field(at).type))


def _stated_sum(runs, window):
    inside = in_window(runs, window)
    costs = [cost for cost in inside["charged_cost"].to_pylist() if cost is not None]
    return sum(costs, Decimal(0))


@settings(max_examples=25)
@given(two_months())
def test_the_parts_follow_the_definition_and_add_up_whatever_ran(runs):
    total = changes(runs).loc[0]
    expected, n_rounded = by_definition(runs)

    change = _stated_sum(runs, APRIL) - _stated_sum(runs, MARCH)
    if pd.isna(total["change"]):
        assert change == 0
        return
    assert sum(total[name] for name in EFFECTS) == total["change"] == change
    for name in EFFECTS:
        assert abs(int(total[name].scaleb(9)) - expected[name]) <= n_rounded


@settings(max_examples=10)
@given(two_months(), st.sampled_from(["technique", ["status", "project"], "output_type"]))
def test_groups_have_the_parts_of_the_total_and_its_costs(runs, by):
    nested = ["status", "project", "technique", "output_type"]

    table, whole = changes(runs, by=by, nested=nested), changes(runs, nested=nested)

    for name in ("charged_cost_earlier", "charged_cost_later", "change", *EFFECTS):
        stated = [value for value in table[name] if not pd.isna(value)]
        total = whole.loc[0, name]
        assert sum(stated, Decimal(0)) == (0 if pd.isna(total) else total)


def test_costs_and_counts_are_those_of_charged_cost():
    runs = runs_of(
        ("m", "x", "completed", "0.1", 3), ("m", "x", "failed", None, 2),
        ("a", "x", "completed", "0.2", 4), ("a", "y", "running", None, 1),
    )  # fmt: skip

    table = changes(runs, by="technique")

    for side, window in (("earlier", MARCH), ("later", APRIL)):
        own = charged_cost(in_window(runs, window), by="technique")
        for key, row in own.iterrows():
            assert table.loc[key, f"n_runs_{side}"] == row["n_runs"]
            assert table.loc[key, f"n_unknown_{side}"] == row["n_unknown"]
            left, right = table.loc[key, f"charged_cost_{side}"], row["charged_cost"]
            assert (pd.isna(left) and pd.isna(right)) or left == right
