from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
import pandas as pd
import pyarrow as pa
from hypothesis import given

from flora_analytics.report.tables import Layout, Measure, as_shown, readable_table, row_names

MONEY = pd.ArrowDtype(pa.decimal128(38, 9))
LAYOUT = Layout(
    caption="Charged cost",
    head="Technique",
    measures=(
        Measure("charged_cost", "Charged cost", "money"),
        Measure("charged_cost", "Share", "share"),
        Measure("n_runs", "Runs", "count"),
    ),
    n=3,
)

costs = st.none() | st.decimals(min_value=0, max_value=10**6, places=9)
metrics = st.lists(st.tuples(costs, st.integers(1, 10**6)), min_size=1, max_size=12)


def make_metric(rows: list[tuple[Decimal | None, int]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A charged_cost table, largest first, and its total."""
    rows = sorted(rows, key=lambda row: (row[0] is None, -(row[0] or 0)))
    stated = [cost for cost, _ in rows if cost is not None]
    whole = sum(stated, Decimal(0)) if stated else None
    return _frame(rows), _frame([(whole, sum(n for _, n in rows))])


def _frame(rows: list[tuple[Decimal | None, int]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n_runs": [n for _, n in rows],
            "charged_cost": pd.Series([cost for cost, _ in rows], dtype=MONEY),
        },
    ).set_axis(pd.Index([f"tech_{at}" for at in range(len(rows))], name="technique_id"))


def dollars(text: str) -> Decimal | None:
    return None if text == "not stated" else Decimal(text.replace("$", "").replace(",", ""))


@given(metrics)
def test_every_printed_column_adds_up_to_its_printed_total(rows):
    metric, total = make_metric(rows)

    table = readable_table(metric, LAYOUT, total=total)

    *parts, whole = [[cell.text for cell in row.cells] for row in table.rows]
    stated = [cost for cost in (dollars(part[1]) for part in parts) if cost is not None]
    assert sum(stated, Decimal(0)) == (dollars(whole[1]) or 0)
    assert sum(int(part[3].replace(",", "")) for part in parts) == int(whole[3].replace(",", ""))
    if dollars(whole[1]):
        # A share too small to print is "<0.1%" and counts as nothing.
        shares = [Decimal(p[2][:-1]) for p in parts if p[2][0].isdigit()]
        assert sum(shares) == 100


@given(metrics)
def test_exact_values_stand_behind_the_printed_ones(rows):
    metric, total = make_metric(rows)

    table = readable_table(metric, LAYOUT, total=total)

    *parts, whole = [row.cells[1].exact for row in table.rows]
    stated = [Decimal(part) for part in parts if part is not None]
    assert sum(stated, Decimal(0)) == Decimal(whole or 0)


@given(metrics)
def test_a_chart_is_given_what_the_table_prints(rows):
    metric, total = make_metric(rows)

    shown = as_shown(metric, LAYOUT)

    printed = [
        dollars(row.cells[1].text)
        for row in readable_table(metric, LAYOUT, total=total).rows
        if row.role != "total"
    ]
    head = [None if pd.isna(cost) else cost for cost in shown["charged_cost"]]
    if len(metric) > 4:
        tail = [cost for cost in head[3:] if cost is not None]
        head = [*head[:3], sum(tail, Decimal(0)) if tail else None]
    assert head == printed


def test_a_cost_that_nobody_stated_is_not_zero():
    metric, total = make_metric([(Decimal("1.5"), 2), (None, 3), (Decimal(0), 1)])

    table = readable_table(metric, LAYOUT, total=total)

    assert [row.cells[1].text for row in table.rows] == ["$1.50", "$0.00", "not stated", "$1.50"]
    assert [row.cells[2].text for row in table.rows] == ["100%", "0%", "–", "100%"]


def test_the_tail_becomes_one_row_but_never_a_single_group():
    four, _ = make_metric([(Decimal(n), 1) for n in range(4)])
    five, _ = make_metric([(Decimal(n), 1) for n in range(5)])

    roles = [[row.role for row in readable_table(metric, LAYOUT).rows] for metric in (four, five)]

    assert roles == [["group"] * 4, ["group"] * 3 + ["other"]]


def test_two_keys_of_one_name_are_told_apart():
    metric, _ = make_metric([(Decimal(3), 1), (Decimal(2), 1), (Decimal(1), 1)])
    metric["technique_name"] = ["Upscale", "Upscale", None]

    names = [cell.text for cell in row_names(metric)]

    assert names == ["Upscale · tech_0", "Upscale · tech_1", "tech_2"]
