"""What changed and what was odd, in words: largest first, adding up, quiet about trifles."""

from __future__ import annotations

import re
from decimal import Decimal

import pandas as pd
import pytest

from flora_analytics.calendar import Window
from flora_analytics.metrics import cost_anomalies, cost_changes
from flora_analytics.report.comparison import change_sentences, shortened
from flora_analytics.report.oddities import anomaly_sentences

MARCH = Window.parse("2026-03-01", "2026-04-01")
APRIL = Window.parse("2026-04-01", "2026-05-01")


def runs_of(*groups):
    """Runs as (month, technique, cost, how many)."""
    rows = [group[:3] for group in groups for _ in range(group[3])]
    return pd.DataFrame(
        {
            "created_at": pd.to_datetime([f"2026-{row[0]}-10" for row in rows], utc=True),
            "technique_id": [row[1] for row in rows],
            "technique_name": [row[1].upper() for row in rows],
            "status": "completed",
            "charged_cost": pd.array([row[2] for row in rows], dtype="float64"),
        }
    )


def tables(runs, by="technique"):
    groups = cost_changes(runs, earlier=MARCH, later=APRIL, by=by)
    return cost_changes(runs, earlier=MARCH, later=APRIL, nested=by), groups


def said(runs):
    return change_sentences(*tables(runs), earlier=MARCH, later=APRIL)


def amounts(sentences):
    found = [re.match(r"([+−])\$([\d,.]+)", sentence) for sentence in sentences]
    return [Decimal(f"{one[1].replace('−', '-')}{one[2]}") for one in found if one]


RUNS = runs_of(
    ("03", "x", 1.0, 100), ("04", "x", 1.0, 120), ("03", "y", 0.5, 20), ("04", "y", 2.0, 25),
    ("04", "z", 0.004, 1), ("03", "w", None, 2),
)  # fmt: skip


def test_the_headline_comes_first_and_the_causes_largest_first():
    sentences = said(RUNS)

    assert sentences[0] == (
        "Charged cost rose by $60.00 (55%): $170.00 in 1–30 April 2026, $110.00 in 1–31 March 2026."
    )
    assert sentences[1].startswith("+$33")
    assert "price: runs that did not fail were charged more each; most of it Y" in sentences[1]
    assert [abs(one) for one in amounts(sentences)[:2]] == sorted(
        (abs(one) for one in amounts(sentences)[:2]), reverse=True
    )


def test_what_is_printed_adds_up():
    assert sum(amounts(said(RUNS))) == Decimal("60.00")


def test_trifles_are_not_told_one_by_one():
    assert not any("had no runs before" in sentence for sentence in said(RUNS))


def test_runs_without_a_stated_cost_are_counted_beside():
    assert said(RUNS)[-1] == (
        "Cost not stated: 0 of 146 runs, before 2 of 122 runs; in none of these sums."
    )


@pytest.mark.parametrize(
    ("runs", "sentence"),
    [
        pytest.param(runs_of(("05", "x", 1.0, 1)), "No run was created", id="no runs"),
        pytest.param(runs_of(("04", "x", None, 1)), "What runs cost is not stated", id="unknown"),
        pytest.param(
            runs_of(("03", "x", 1.0, 1), ("04", "x", 1.0, 1)), "Charged cost stayed", id="the same"
        ),
    ],
)
def test_what_there_is_to_say_is_said_plainly(runs, sentence):
    assert said(runs)[0].startswith(sentence)


def test_a_long_table_is_cut_and_still_adds_up():
    groups = [(month, f"t{at:02}", at + 0.333, 2) for at in range(30) for month in ("03", "04")]
    runs = runs_of(*groups, ("04", "t01", 5.0, 7))
    total, by_technique = tables(runs)

    shown, whole = shortened(by_technique, total, most=5)

    assert len(shown) == 6
    assert shown.index[-1] == "other (25)"
    for name in ("charged_cost_earlier", "charged_cost_later", "change"):
        assert sum(shown[name], Decimal(0)) == whole[name].iloc[0]


def test_a_tiny_history_says_not_enough_data():
    table = cost_anomalies(runs_of(("03", "x", 1.0, 3)), by="technique")

    assert anomaly_sentences(table)[0].startswith("Not enough data")


def test_the_printed_change_is_that_of_the_printed_costs():
    # 10.004 and 12.996 differ by 2.992, but 10.00 and 13.00 by 3.00.
    runs = runs_of(("03", "x", 10.004, 1), ("04", "x", 12.996, 1), ("04", "y", 0.0, 1))

    sentences = said(runs)
    groups, total = shortened(*reversed(tables(runs)))

    assert sentences[0].startswith("Charged cost rose by $3.00 (30%): $13.00 in")
    assert sum(amounts(sentences[1:])) == Decimal("3.00")
    printed = [
        (row["charged_cost_earlier"], row["charged_cost_later"], row["change"])
        for table in (groups.head(1), total)
        for row in table.to_dict("records")
    ]
    assert printed == [(Decimal("10.00"), Decimal("13.00"), Decimal("3.00"))] * 2
