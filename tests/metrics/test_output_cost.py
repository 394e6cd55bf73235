"""What an output costs, its failures included."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from made_runs import make_runs, many_runs

from flora_analytics.errors import DataError
from flora_analytics.metrics import output_cost, unit_cost


def test_a_failed_run_counts_under_what_its_technique_makes():
    runs = make_runs(
        technique_id=["tech_a", "tech_a", "tech_a", "tech_b", "tech_b", "tech_c"],
        status=["completed", "completed", "failed", "completed", "failed", "failed"],
        charged_cost=["0.3", "0.3", "0.2", "2", None, "7"],
        outputs=[["imageUrl"], ["imageUrl"] * 3, [], ["videoUrl", "imageUrl"], None, []],
    )

    table = output_cost(runs)

    assert table["charged_cost"].to_dict() == {
        "(none)": Decimal(7),
        "imageUrl + videoUrl": Decimal(2),
        "imageUrl": Decimal("0.8"),
    }
    assert table["cost_of_failed_runs"]["imageUrl"] == Decimal("0.2")
    assert table["cost_per_output"]["imageUrl"] == 0.2
    assert table["n_unknown"]["imageUrl + videoUrl"] == 1
    assert pd.isna(table["cost_per_output"]["(none)"])


def test_output_type_cannot_be_asked_for_twice():
    with pytest.raises(DataError, match="output_type"):
        output_cost(make_runs(status=["failed"]), by="output_type")


@settings(max_examples=10)
@given(many_runs())
def test_it_adds_up_to_the_unit_cost_of_all_finished_runs(runs):
    table = output_cost(runs, by="project", period="month")

    whole = unit_cost(runs).loc[0]
    assert table["n_finished"].sum() == whole["n_finished"]
    assert table["n_outputs"].sum() == whole["n_outputs"]
    stated = table["charged_cost"].dropna()
    total = whole["charged_cost"]
    assert sum(stated, Decimal(0)) == (Decimal(0) if pd.isna(total) else total)
