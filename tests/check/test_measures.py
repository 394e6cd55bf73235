"""What each kind of rule measures, in figures worked by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from checked_store import HOUR, NOW, a_run, checked, runs, settings_of, states, store_of

from flora_analytics.budget import Budget
from flora_analytics.check import check_rules
from flora_analytics.errors import ConfigurationError, StoreNotFoundError

DAY = 24 * HOUR


def test_spend_counts_the_period_under_way_and_says_what_is_not_stated(tmp_path):
    rows = [*runs(3, cost="2.5"), a_run(cost=None), *runs(9, DAY)]

    [verdict] = checked(tmp_path, rows, "[[rule]]\nspend = 7.4").verdicts

    assert verdict.state == "fires"
    assert verdict.value == Decimal("7.5")
    assert verdict.text == (
        "Spend: $7.50 for 4 runs, cost of 1 not stated, on 4 March 2026 up to 12:00; fires above "
        "$7.40."
    )


@pytest.mark.parametrize(
    ("per", "n"),
    [("hour", 0), ("day", 1), ("week", 3), ("month", 4), ("cycle", 2), ("2h", 1), ("30h", 2)],
)
def test_spend_is_of_the_stretch_that_the_rule_names(tmp_path, per, n):
    rows = [a_run(HOUR), a_run(DAY), a_run(2 * DAY), a_run(3 * DAY), a_run(9 * DAY)]
    rule = f'[[rule]]\nspend = 0\nper = "{per}"'

    [verdict] = checked(tmp_path, rows, rule, cycle_day=3).verdicts

    assert verdict.value == n


def test_days_are_cut_in_the_time_zone(tmp_path):
    rows = [a_run(3 * HOUR), a_run(11 * HOUR)]  # 09:00 and 01:00 UTC, 18:00 and 10:00 in Tokyo

    [here] = checked(tmp_path, rows, "[[rule]]\nspend = 5", tz="Asia/Tokyo").verdicts
    [there] = check_rules(
        settings_of(tmp_path / "runs.delta", "[[rule]]\nspend = 5", tz="America/New_York"), now=NOW
    ).verdicts

    assert (here.value, there.value) == (2, 1)


def test_a_spend_nobody_states_is_not_judged(tmp_path):
    check = checked(tmp_path, runs(3, cost=None), "[[rule]]\nspend = 7")

    assert states(check) == {"": "not judged"}
    assert "none of which states its cost" in check.verdicts[0].text
    assert check.unjudged == ["Spend"]


def test_groups_are_judged_one_by_one_and_named(tmp_path):
    rows = [*runs(3, technique_id="tech_a"), *runs(1, technique_id="tech_b")]
    rule = '[[rule]]\nspend = 2\nby = "technique"'

    check = checked(tmp_path, rows, rule)

    assert states(check) == {"tech_a": "fires", "tech_b": "fine"}
    assert check.verdicts[0].text.startswith("Spend by technique, Name of tech_a: $3.00")


def test_groups_of_one_name_are_told_apart_by_their_id(tmp_path):
    rows = [a_run(technique_id=f"tech_{x}", technique_name="Upscale") for x in "ab"]

    check = checked(tmp_path, rows, '[[rule]]\nspend = 0\nby = "technique"')

    assert {verdict.label for verdict in check.verdicts} == {
        "Upscale (tech_a)", "Upscale (tech_b)",
    }  # fmt: skip


def test_a_selection_leaves_the_others_out(tmp_path):
    rows = [*runs(1), *runs(2, project_id="prj_b"), *runs(4, project_id="prj_b", workspace_id="w")]
    rule = '[[rule]]\nspend = 0\nproject = "prj_b"\nworkspace = ["ws_a", "ws_c"]'

    verdict, unknown = checked(tmp_path, rows, rule).verdicts

    assert (verdict.value, unknown.text) == (2, "Spend: no run has the workspace ws_c.")


def test_a_rule_about_what_never_ran_is_not_judged(tmp_path):
    check = checked(tmp_path, runs(3), '[[rule]]\nspend = 2\nproject = "prj_typo"')

    [verdict] = check.verdicts
    assert (verdict.state, verdict.text) == (
        "not judged",
        "Spend: no run has the project prj_typo.",
    )
    assert check.unjudged == ["Spend"]


def test_a_typing_error_beside_an_id_that_ran_keeps_no_alert_back(tmp_path):
    check = checked(tmp_path, runs(3), '[[rule]]\nspend = 2\nproject = ["prj_typo", "prj_a"]')

    assert states(check) == {"": "fires", "prj_typo": "not judged"}
    assert (check.fires, check.unjudged) == (True, [])


def test_the_cost_of_failed_runs_is_theirs_alone(tmp_path):
    rows = [*runs(5), *runs(2, status="failed", cost="0.75"), a_run(status="failed", cost=None)]

    [verdict] = checked(tmp_path, rows, "[[rule]]\ncost_of_failed_runs = 1").verdicts

    assert verdict.value == Decimal("1.5")
    assert "$1.50 for 3 failed runs, cost of 1 not stated" in verdict.text


def test_a_failure_rate_carries_its_interval(tmp_path):
    rows = [*runs(15), *runs(5, status="failed"), *runs(3, status="running")]

    [verdict] = checked(tmp_path, rows, "[[rule]]\nfailure_rate = 0.2").verdicts

    assert verdict.value == 0.25
    # Wilson: (k + z²/2 ± z √(k (n − k) / n + z²/4)) ÷ (n + z²) with k = 5, n = 20, z = 1.96.
    assert "25.0% of 20 finished runs failed (95% interval 11.2% to 46.9%)" in verdict.text


def test_too_few_runs_are_not_judged_and_are_said(tmp_path):
    check = checked(tmp_path, runs(19, status="failed"), "[[rule]]\nfailure_rate = 0.2")

    assert states(check) == {"": "not judged"}
    assert "only 19 finished runs, and it takes 20 to judge" in check.verdicts[0].text
    assert not check.fires


@pytest.mark.parametrize(
    ("of", "seconds"), [("queue_time", 10), ("execution_time", 60), ("turnaround_time", 70)]
)
def test_a_quantile_of_a_duration_is_that_of_the_timed_runs(tmp_path, of, seconds):
    started = NOW - HOUR + timedelta(seconds=10)
    slow = {"started_at": started, "completed_at": started + timedelta(seconds=60)}
    rows = [*runs(20), *(a_run(**slow) for _ in range(20)), a_run(status="pending")]
    rule = f'[[rule]]\n{of} = "{seconds - 1}s"\nquantile = 0.75'

    [verdict] = checked(tmp_path, rows, rule).verdicts

    assert verdict.value == timedelta(seconds=seconds)
    assert f"p75 of the {of.replace('_', ' ')}" in verdict.text
    assert "of 40 runs; 1 still open" in verdict.text


def test_the_oldest_open_run_counts_unless_it_was_given_up_long_ago(tmp_path):
    rows = [*runs(3), a_run(5 * HOUR, status="running"), a_run(9 * DAY, status="pending")]

    [verdict] = checked(tmp_path, rows, '[[rule]]\nopen_time = "4h"').verdicts

    assert (verdict.state, verdict.value) == ("fires", 5 * HOUR)
    assert "the oldest of 1 open run was created 5 h ago" in verdict.text


def test_a_budget_that_is_broken_has_a_breach_probability_of_one(tmp_path):
    budget = Budget(overage_cap=Decimal(5), projects={"prj_b": Decimal(2), "prj_a": Decimal(90)})
    rows = [*runs(3, project_id="prj_b"), *runs(3)]

    check = checked(tmp_path, rows, "[[rule]]\nbreach_probability = 0.5", budget=budget)

    assert states(check) == {
        "(all) / overage cap": "fires",
        "prj_b / project budget": "fires",
        "prj_a / project budget": "not judged",  # no history to foretell from
    }


@pytest.mark.parametrize(
    ("more", "budget", "says"),
    [
        ("", None, r"write \[budget\]"),
        ('budget = "extra balance"', Budget(overage_cap=Decimal(5)), "has none"),
        ('project = "prj_x"', Budget(overage_cap=Decimal(5)), "does not name"),
    ],
)
def test_a_rule_about_no_budget_is_refused(tmp_path, more, budget, says):
    with pytest.raises(ConfigurationError, match=says):
        checked(tmp_path, runs(1), f"[[rule]]\nbreach_probability = 0.5\n{more}", budget=budget)


def test_what_is_odd_is_told_with_what_is_usual(tmp_path):
    quiet = [a_run(day * DAY + n * HOUR) for day in range(1, 64) for n in range(4)]
    rows = [*quiet, *runs(80)]

    [verdict] = checked(tmp_path, rows, '[[rule]]\nanomaly = 5\nby = "technique"').verdicts

    assert verdict.state == "fires"
    assert "Name of tech_a cost $80.00 for 80 runs, usually about $" in verdict.text


def test_without_weeks_of_history_nothing_can_be_called_odd(tmp_path):
    check = checked(tmp_path, runs(80), "[[rule]]\nanomaly = 5")

    assert states(check) == {"": "not judged"}


@pytest.mark.parametrize(("age", "state"), [(6, "fine"), (7, "fires")])
def test_a_ledger_grows_stale(tmp_path, age, state):
    check = checked(tmp_path, runs(1), '[[rule]]\nstale = "6h"', now=NOW + age * HOUR)

    assert [verdict.state for verdict in check.verdicts] == [state]


@pytest.mark.parametrize(("complete", "state"), [(True, "fine"), (False, "fires")])
def test_a_ledger_that_is_not_proved_complete_fires(tmp_path, complete, state):
    store = store_of(tmp_path, runs(1), complete=complete)

    [verdict] = check_rules(settings_of(store, "[[rule]]\nincomplete = true"), now=NOW).verdicts

    assert verdict.state == state


def test_a_store_that_was_never_synced_to_the_end_is_stale_and_judges_nothing(tmp_path):
    store = store_of(tmp_path, runs(1))
    store.commit(store.snapshot().read(), scope="all", memory=lambda _: {})
    rules = '[[rule]]\nstale = "6h"\n[[rule]]\nincomplete = true\n[[rule]]\nspend = 0'

    verdicts = check_rules(settings_of(store, rules), now=NOW).verdicts

    assert [verdict.state for verdict in verdicts] == ["fires", "fires", "not judged"]


def test_no_runs_at_all_are_nothing_spent_and_nothing_to_judge_rates_by(tmp_path):
    rules = '[[rule]]\nspend = 5\n[[rule]]\nfailure_rate = 0.2\n[[rule]]\nopen_time = "1h"'

    check = checked(tmp_path, [], rules)

    assert [verdict.state for verdict in check.verdicts] == ["fine", "not judged", "fine"]


@pytest.mark.parametrize(
    ("fresh", "per", "age", "state"),
    [
        ("26h", "day", 25, "fires"),
        ("26h", "day", 27, "not judged"),
        ("26h", "3h", 2, "fires"),
        ("26h", "3h", 4, "not judged"),
    ],
)
def test_a_ledger_that_is_too_old_judges_nothing(tmp_path, fresh, per, age, state):
    rules = f'[alerts]\nfresh = "{fresh}"\n[[rule]]\nspend = 0\nper = "{per}"'

    check = checked(tmp_path, runs(2), rules, now=NOW + age * HOUR)

    assert states(check) == {"": state}
    if state == "not judged":
        assert "the ledger speaks only up to 4 March 2026, 12:00" in check.verdicts[0].text


def test_an_incomplete_ledger_can_fire_but_not_pass(tmp_path):
    store = store_of(tmp_path, runs(3), complete=False)
    rules = '[[rule]]\nname = "low"\nspend = 2\n[[rule]]\nname = "high"\nspend = 9'

    low, high = check_rules(settings_of(store, rules), now=NOW).verdicts

    assert (low.state, high.state) == ("fires", "not judged")
    assert "not proved complete" in high.text


def test_without_rules_or_without_a_store_it_says_so(tmp_path):
    with pytest.raises(ConfigurationError, match="No rule is set"):
        check_rules(settings_of(tmp_path, ""), now=NOW)
    with pytest.raises(StoreNotFoundError):
        check_rules(settings_of(tmp_path / "none", "[[rule]]\nspend = 5"), now=NOW)

    assert not (tmp_path / "none").exists()
