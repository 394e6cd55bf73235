"""forecast and budget: where the cycle ends, in words, csv and json."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from console import run

from flora_analytics.sandbox import Sandbox, generate

AT = "2026-06-17T09:00"
BUDGET = """
cycle_day = 10
[budget]
seats = 2
included_per_seat = 1.5
overage_cap = 10000
[budget.projects]
prj_catalog = 0.01
"""


@pytest.fixture(scope="module")
def long_store(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "runs.delta"
    with Sandbox(generate(1_500, seed=3)) as api:
        assert run("sync", "--store", path, api=api).status == 0
        yield path, api.truth()


def spent(truth, since, until=1_781_686_800_000):  # 17 June 2026, 09:00
    costs = [
        Decimal(str(one["charged_cost"]))
        for one in truth
        if since <= one["created_at"] < until and "charged_cost" in one
    ]
    return sum(costs, Decimal(0))


def test_a_forecast_tells_what_is_spent_and_where_it_ends(long_store):
    store, truth = long_store

    answer = run("forecast", "--store", store, "--at", AT)
    total = run("forecast", "--store", store, "--at", AT, "--format", "json").json["total"]

    first, second, third = answer.out.splitlines()
    so_far = spent(truth, 1_780_272_000_000)  # since 1 June
    assert first.startswith(f"Charged so far, 1 June 2026 – 17 June 2026, 09:00: ${so_far:.2f} (")
    assert second.startswith("By the end of 30 June 2026: about $")
    assert "80% interval held" in third
    assert Decimal(total["charged_cost"]) == so_far
    assert float(total["low_95"]) < float(total["low_80"]) < float(total["forecast"])
    assert float(total["forecast"]) < float(total["high_80"]) < float(total["high_95"])


def test_groups_stand_below_and_add_up_so_far(long_store):
    store, truth = long_store
    words = ("forecast", "--store", store, "--at", AT, "--by", "project,technique")

    rows = list(csv.DictReader(io.StringIO(run(*words, "--format", "csv").out)))
    table = run(*words)

    assert sum(Decimal(row["charged_cost"]) for row in rows) == spent(truth, 1_780_272_000_000)
    assert "80% from" in table.out
    assert "prj_catalog" in table.out


def test_too_short_a_history_is_no_failure_and_says_what_it_takes(long_store):
    answer = run("forecast", "--store", long_store[0], "--at", "2026-01-20", "--period", "month")

    assert answer.status == 0
    assert answer.out.splitlines()[-1] == (
        "Not enough data for a forecast: 2 whole weeks of history, and 10 are needed."
    )


def test_by_itself_it_looks_from_where_the_history_ends(long_store):
    answer = run("forecast", "--store", long_store[0], "--format", "json").json

    newest = max(one["created_at"] for one in long_store[1])
    assert answer["now"].startswith("2026-06-30T17:5")
    assert answer["total"]["n_runs"] == sum(
        one["created_at"] >= 1_780_272_000_000 for one in long_store[1]
    )
    assert newest < 1_782_842_400_000  # 30 June 2026, 18:00


def test_a_budget_is_told_layer_by_layer(long_store, tmp_path):
    (tmp_path / "flora-analytics.toml").write_text(BUDGET)
    store, truth = long_store

    told = run("budget", "--store", store, "--at", AT).out.splitlines()
    rows = run("budget", "--store", store, "--at", AT, "--format", "json").json["rows"]

    so_far = spent(truth, 1_781_049_600_000)  # since 10 June
    assert told[0] == "Billing cycle 10 June – 9 July 2026: 25% of it is over."
    assert told[1].startswith(f"Included usage: ${so_far:.2f} (")
    assert "of $3.00 (" in told[1]
    assert "broken on 1" in told[1]
    assert told[2].startswith("Overage cap: ")
    assert "<0.1% chance that it breaks in this cycle." in told[2]
    assert told[3].startswith("Project prj_catalog: ")
    assert [Decimal(row["limit"]) for row in rows] == [3, 10003, Decimal("0.01")]
    assert [Decimal(row["charged_cost"]) for row in rows[:2]] == [so_far] * 2


def test_without_a_budget_the_command_says_how_to_write_one(long_store):
    answer = run("budget", "--store", long_store[0])

    assert answer.status == 2
    assert "[budget]" in answer.err


def test_an_hour_cannot_be_foretold(long_store):
    assert run("forecast", "--store", long_store[0], "--period", "hour").status == 2
