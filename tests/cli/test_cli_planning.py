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


def test_a_time_that_the_ledger_does_not_know_yet_is_refused(long_store):
    answer = run("forecast", "--store", long_store[0], "--at", "2999-01-01")

    assert answer.status == 2
    assert "nothing is known of 2999-01-01 00:00 UTC yet" in answer.err


def test_a_forecast_of_some_runs_is_theirs_alone(long_store):
    store, truth = long_store
    words = ("forecast", "--store", store, "--at", AT, "--format", "json")
    project, technique = "prj_catalog", "tech_packshot"

    own = run(*words, "--project-id", project, "--technique-id", technique).json["total"]

    chosen = [
        one
        for one in truth
        if one["project_id"] == project and one["technique"]["technique_id"] == technique
    ]
    assert Decimal(own["charged_cost"] or 0) == spent(chosen, 1_780_272_000_000)


def test_a_mistyped_project_is_told_from_one_that_costs_nothing(long_store):
    answer = run("forecast", "--store", long_store[0], "--at", AT, "--project-id", "prj_katalog")

    assert answer.status == 0
    assert "$0.00 (0 runs)" in answer.out
    assert "No run has project_id 'prj_katalog'" in answer.err


def test_a_workspace_is_held_against_the_whole_budget(long_store, tmp_path):
    (tmp_path / "flora-analytics.toml").write_text(BUDGET)
    store, truth = long_store
    words = ("budget", "--store", store, "--at", AT, "--format", "json")
    workspace = next(one["workspace_id"] for one in truth if one["project_id"] == "prj_catalog")

    rows = run(*words, "--workspace-id", workspace).json["rows"]

    own = spent([one for one in truth if one["workspace_id"] == workspace], 1_781_049_600_000)
    assert own > 0
    assert [Decimal(row["limit"]) for row in rows] == [3, 10003, Decimal("0.01")]
    assert Decimal(rows[0]["charged_cost"]) == own


@pytest.mark.parametrize("words", [("--project-id", "prj_catalog"), ("--by", "project")])
def test_budgets_of_projects_stand_by_themselves(long_store, tmp_path, words):
    (tmp_path / "flora-analytics.toml").write_text(BUDGET)

    answer = run("budget", "--store", long_store[0], "--at", AT, *words)
    rows = run("budget", "--store", long_store[0], "--at", AT, *words, "--format", "json").json

    assert [row["project_id"] for row in rows["rows"]] == ["prj_catalog"]
    assert "Overage cap" not in answer.out
    assert "prj_catalog" in answer.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--technique-id", "tech_reel"), "Techniques have no budgets"),
        (("--project-id", "prj_katalog"), "did you mean 'prj_catalog'?"),
        (("--by", "technique"), "write --by project"),
    ],
    ids=["technique", "mistyped", "by technique"],
)
def test_what_has_no_budget_is_refused_plainly(long_store, tmp_path, words, says):
    (tmp_path / "flora-analytics.toml").write_text(BUDGET)

    answer = run("budget", "--store", long_store[0], *words)

    assert answer.status == 2
    assert says in answer.err
    assert answer.err.count("\n") == 1


def test_a_budget_of_a_project_that_never_ran_is_pointed_out(long_store, tmp_path):
    (tmp_path / "flora-analytics.toml").write_text(BUDGET + "prj_katalog = 5\n")

    answer = run("budget", "--store", long_store[0], "--at", AT)

    assert answer.status == 0
    assert "No run has project_id 'prj_katalog'" in answer.err


def test_projects_of_other_workspaces_are_left_out_and_named(long_store, tmp_path):
    (tmp_path / "flora-analytics.toml").write_text(BUDGET)
    truth = long_store[1]
    own = next(one["workspace_id"] for one in truth if one["project_id"] == "prj_catalog")
    other = next(one["workspace_id"] for one in truth if one["workspace_id"] != own)

    answer = run(
        "budget", "--store", long_store[0], "--at", AT, "--workspace-id", other,
        "--format", "json",
    )  # fmt: skip

    assert {row["project_id"] for row in answer.json["rows"]} == {"(all)"}
    assert "Left out, as they have no run in this workspace: prj_catalog." in answer.err
