"""The generated history looks like studios at work, and holds what its facts say."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import log, sqrt
from statistics import fmean, median, stdev
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flora_analytics.sandbox import Activity, Facts, History, generate

FINISHED = ("completed", "failed")


@pytest.fixture(scope="module")
def history() -> History:
    return generate(40_000, seed=11)


@pytest.fixture(scope="module")
def runs(history: History) -> list[dict[str, Any]]:
    return history.runs


@pytest.fixture(scope="module")
def facts(history: History) -> Facts:
    return history.facts


def created(run: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(run["created_at"] / 1000, tz=UTC)


def technique_of(run: dict[str, Any]) -> str:
    return run["technique"]["technique_id"]


def in_incident(run: dict[str, Any], facts: Facts) -> bool:
    incident = facts.incident
    is_hit = technique_of(run) == incident.technique_id
    return is_hit and incident.start <= created(run) < incident.end


def assert_share(n_hits: int, n: int, expected: float) -> None:
    """`n_hits` of `n` lies within four standard errors of the planted share."""
    assert abs(n_hits - n * expected) <= 4 * sqrt(n * expected * (1 - expected)) + 1


def test_the_same_arguments_give_the_same_runs():
    assert generate(300, seed=3).runs == generate(300, seed=3).runs
    assert generate(300, seed=3).runs != generate(300, seed=4).runs


@pytest.mark.parametrize("n_runs", [0, 1, 5, 100, 1_000])
def test_exactly_as_many_runs_as_asked_for(n_runs):
    history = generate(n_runs)

    assert len(history) == len(history.runs) == n_runs


def test_runs_are_newest_first_and_within_the_history(runs, facts):
    order = [(run["created_at"], run["run_id"]) for run in runs]

    assert all(newer > older for newer, older in pairwise(order))
    assert facts.start <= created(runs[-1]) < created(runs[0]) < facts.end


def test_ids_are_unique_and_carry_the_documented_prefixes(runs):
    assert len({run["run_id"] for run in runs}) == len(runs)
    assert all(re.fullmatch(r"run_[0-9a-z]+", run["run_id"]) for run in runs)
    assert all(run["workspace_id"].startswith("ws_") for run in runs)
    assert all(run["project_id"].startswith("prj_") for run in runs)
    assert all(technique_of(run).startswith("tech_") for run in runs)


def test_a_run_has_the_documented_fields_and_no_others(runs):
    required = {
        "run_id", "technique_run_id", "workspace_id", "project_id", "technique",
        "status", "progress", "created_at",
    }  # fmt: skip
    optional = {
        "started_at", "completed_at", "charged_cost", "error_code", "error_message",
        "outputs", "poll_url",
    }  # fmt: skip

    assert all(required <= run.keys() <= required | optional for run in runs)
    assert set().union(*runs) == required | optional
    assert {type(run[name]) for run in runs for name in run if name.endswith("_at")} == {int}


def test_times_are_in_order(runs):
    for run in runs:
        started = run.get("started_at", run["created_at"])
        assert run["created_at"] <= started <= run.get("completed_at", started)


def test_only_finished_runs_have_ended(runs, facts):
    now = facts.end.timestamp() * 1000

    assert all(("completed_at" in run) == (run["status"] in FINISHED) for run in runs)
    assert all(("outputs" in run) == (run["status"] == "completed") for run in runs)
    assert all(run.get("completed_at", 0) <= now for run in runs)


def test_every_output_type_is_made_and_some_runs_make_several(runs):
    types = Counter(
        tuple(dict.fromkeys(output["type"] for output in run.get("outputs", ()))) for run in runs
    )

    single = {("imageUrl",), ("videoUrl",), ("audioUrl",), ("text",), ("documentUrl",)}
    assert types.keys() == single | {("videoUrl", "imageUrl"), ()}


def test_costs_have_at_most_six_decimals(runs):
    costs = [Decimal(json.dumps(run["charged_cost"])) for run in runs if "charged_cost" in run]

    assert all(cost == round(cost, 6) and cost >= 0 for cost in costs)


def test_work_is_done_by_day_in_each_studios_own_zone(runs, facts):
    for workspace in facts.workspaces:
        zone = ZoneInfo(workspace.tz)
        local = [
            created(run).astimezone(zone)
            for run in runs
            if run["workspace_id"] == workspace.workspace_id
        ]
        weekend = fmean(moment.weekday() >= 5 for moment in local)
        by_day = fmean(8 <= moment.hour < 19 for moment in local)
        assert 0.02 < weekend < 0.10
        assert by_day > 0.80


def test_the_working_day_follows_the_clock_through_the_change_to_summer_time(runs):
    def mean_hour(first: datetime, days: int) -> float:
        moments = [
            created(run).astimezone(ZoneInfo("Europe/Paris"))
            for run in runs
            if run["workspace_id"] == "ws_lumiere"
            and first <= created(run) < first + timedelta(days=days)
        ]
        return fmean(moment.hour + moment.minute / 60 for moment in moments)

    winter = mean_hour(datetime(2026, 2, 1, tzinfo=UTC), days=56)
    summer = mean_hour(datetime(2026, 4, 6, tzinfo=UTC), days=56)

    assert abs(winter - summer) < 0.3


def test_the_quiet_week_is_quiet_and_the_team_grows(runs, facts):
    weeks = Counter((created(run) - facts.start) // timedelta(weeks=1) for run in runs)
    holiday = facts.holiday

    def per_day(start: datetime) -> int:
        return sum(start <= created(run) < start + timedelta(weeks=1) for run in runs)

    before = per_day(holiday.start - timedelta(weeks=1))
    assert per_day(holiday.start) < 0.45 * before
    growth = fmean(weeks[w] for w in range(21, 25)) / fmean(weeks[w] for w in range(3, 7))
    assert growth == pytest.approx((1 + facts.growth) ** 18, rel=0.2)


def test_each_technique_fails_as_often_as_planted(runs, facts):
    for technique in facts.techniques:
        statuses = [
            run["status"]
            for run in runs
            if technique_of(run) == technique.technique_id and not in_incident(run, facts)
        ]
        n_finished = sum(status in FINISHED for status in statuses)
        assert_share(statuses.count("failed"), n_finished, technique.failure_probability)


def test_the_incident_is_a_burst_of_one_error(runs, facts):
    hit = [run for run in runs if in_incident(run, facts)]
    failed = [run for run in hit if run["status"] == "failed"]

    assert_share(len(failed), len(hit), facts.incident.failure_probability)
    assert {run["error_code"] for run in failed} == {facts.incident.error_code}
    assert len(failed) > 20


def test_a_price_changes_at_its_instant(runs, facts):
    change = facts.price_change
    price = next(t for t in facts.techniques if t.technique_id == change.technique_id)
    charged = [
        run
        for run in runs
        if technique_of(run) == change.technique_id and run.get("charged_cost", 0) > 0
    ]

    assert price.run_cost == Decimal("0.525")
    assert {r["charged_cost"] for r in charged if created(r) < change.at} == {0.42, 0.84}
    assert {r["charged_cost"] for r in charged if created(r) >= change.at} == {0.525, 1.05}


def test_a_technique_appears_and_one_goes(runs, facts):
    new = [created(r) for r in runs if technique_of(r) == facts.appears.technique_id]
    old = [created(r) for r in runs if technique_of(r) == facts.goes.technique_id]

    assert facts.start + timedelta(weeks=4) < facts.appears.end <= min(new)
    # A last failure may be tried again a little later.
    assert max(old) < facts.goes.start + timedelta(hours=1)


def test_costs_are_stated_charged_and_waived_as_planted(runs, facts):
    failed = [run.get("charged_cost") for run in runs if run["status"] == "failed"]
    completed = [run.get("charged_cost") for run in runs if run["status"] == "completed"]
    free_techniques = {t.technique_id for t in facts.techniques if t.price == 0}
    waived = [
        run
        for run in runs
        if run["status"] == "completed"
        and run.get("charged_cost") == 0
        and technique_of(run) not in free_techniques
    ]

    free = fmean(technique_of(r) in free_techniques for r in runs if r["status"] == "failed")
    charged = facts.failed_charged_share * (1 - free)
    assert_share(sum(cost is not None and cost > 0 for cost in failed), len(failed), charged)
    unknown = 1 - facts.failed_charged_share - facts.failed_free_share
    assert_share(failed.count(None), len(failed), unknown)
    assert_share(completed.count(None), len(completed), facts.completed_unknown_share)
    assert_share(len(waived), len(completed), facts.completed_free_share * 0.95)


def test_completed_runs_take_the_planted_log_normal_time(runs, facts):
    for technique in facts.techniques:
        logs = [
            log((run["completed_at"] - run["started_at"]) / 1000)
            for run in runs
            if run["status"] == "completed" and technique_of(run) == technique.technique_id
        ]
        error = 5 * technique.execution_sigma / sqrt(len(logs))
        assert median(logs) == pytest.approx(log(technique.execution_median), abs=1.3 * error)
        assert stdev(logs) == pytest.approx(technique.execution_sigma, abs=error)


def test_runs_wait_longer_when_many_run(runs):
    queue = [
        (run["started_at"] - run["created_at"], created(run).hour)
        for run in runs
        if "started_at" in run and created(run).weekday() < 5
    ]

    busy = median(span for span, hour in queue if 14 <= hour < 17)
    calm = median(span for span, hour in queue if 3 <= hour < 7)
    assert busy > 1.3 * calm


def test_some_runs_are_open_and_a_few_have_been_for_weeks(runs, facts):
    still_open = {run["run_id"]: run for run in runs if run["status"] in ("pending", "running")}
    stuck = [still_open[run_id] for run_id in facts.stuck_ids]

    assert still_open.keys() == facts.open_ids
    assert {run["status"] for run in stuck} == {"pending", "running"}
    assert all(facts.end - created(run) > timedelta(weeks=2) for run in stuck)
    assert len(facts.open_ids - facts.stuck_ids) >= 4


def test_a_retry_follows_a_failure_of_the_same_technique_in_the_same_project(runs, facts):
    def place(run):
        return technique_of(run), run["project_id"]

    failures: dict[tuple[str, str], list[int]] = {}
    for run in runs:
        if run["status"] == "failed":
            failures.setdefault(place(run), []).append(run["completed_at"])
    retries = [run for run in runs if run["run_id"] in facts.retry_ids]

    assert len(retries) > 100
    for run in retries:
        waits = [run["created_at"] - ended for ended in failures[place(run)]]
        assert any(0 < wait < 3_600_000 for wait in waits)


def test_a_quiet_history_has_no_events():
    facts = generate(500, events=()).facts

    assert facts.events == ()
    assert facts.incident is facts.price_change is facts.appears is facts.goes is None
    assert facts.holiday is None


def test_a_planted_spike_multiplies_the_runs_of_its_hours():
    start = datetime(2026, 6, 10, 6, tzinfo=UTC)
    spike = Activity(6.0, start, start + timedelta(hours=18), technique_id="tech_reel")

    def n_in_spike(history: History) -> int:
        return sum(
            technique_of(run) == "tech_reel" and spike.start <= created(run) < spike.end
            for run in history
        )

    usual = n_in_spike(generate(20_000, seed=5, events=()))
    spiked = n_in_spike(generate(20_000, seed=5, events=[spike]))

    assert 4 < spiked / usual < 9


def test_another_end_moves_the_whole_history():
    end = datetime(2027, 1, 12, 9, 30, tzinfo=UTC)

    facts = generate(500, end=end, weeks=8).facts

    assert facts.end == datetime(2027, 1, 12, 9, tzinfo=UTC)
    assert facts.start == facts.end - timedelta(weeks=8)
    assert facts.start < facts.appears.end < facts.goes.start < facts.incident.end < facts.end


def test_written_runs_are_the_runs(tmp_path):
    history = generate(50)

    history.write_jsonl(tmp_path / "runs.jsonl")

    lines = (tmp_path / "runs.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == history.runs
