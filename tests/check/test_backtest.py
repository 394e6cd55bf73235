"""The past, judged by what could be known then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from checked_store import HOUR, NOW, a_run, as_table, runs, settings_of, store_of
from hypothesis import given, settings
from hypothesis import strategies as st

from flora_analytics.check import backtest_rules, judge_at
from flora_analytics.check.past import Past
from flora_analytics.errors import ConfigurationError

DAY = 24 * HOUR
minutes = st.none() | st.integers(-5, 600).map(lambda n: timedelta(minutes=n))


@st.composite
def histories(draw):
    rows = []
    for ago in draw(st.lists(st.integers(0, 900), max_size=12)):
        created = NOW - timedelta(minutes=ago)
        started, ended = draw(minutes), draw(minutes)
        rows.append(
            a_run(
                created_at=created,
                status=draw(st.sampled_from(["completed", "failed", "running", "paused"])),
                started_at=None if started is None else created + started,
                completed_at=None if ended is None else created + ended,
                charged_cost=draw(st.none() | st.decimals(0, 9, places=2)),
            )
        )
    return rows


def known(run, at):
    """The same, run by run, by the definition."""
    later = {end: run[end] is not None and run[end] > at for end in ("started_at", "completed_at")}
    has_started = run["started_at"] is not None and run["started_at"] <= at
    was_open = "running" if has_started else "pending"
    return {
        "status": was_open if any(later.values()) else run["status"],
        "started_at": None if later["started_at"] else run["started_at"],
        "completed_at": None if later["completed_at"] else run["completed_at"],
        "charged_cost": None if later["completed_at"] else run["charged_cost"],
    }


@given(histories(), st.integers(0, 900))
@settings(max_examples=150)
def test_runs_are_known_as_far_as_they_had_come(rows, ago):
    at = NOW - timedelta(minutes=ago)
    table = as_table(rows)

    seen = Past(table).at(at)

    expected = sorted(
        (run["created_at"], run["run_id"], *known(run, at).values())
        for run in table.to_pylist()
        if run["created_at"] < at
    ) if rows else []  # fmt: skip
    names = ["created_at", "run_id", "status", "started_at", "completed_at", "charged_cost"]
    assert [tuple(run[name] for name in names) for run in seen.to_pylist()] == [
        *sorted(expected, key=lambda run: run[:2])
    ]


def test_a_backtest_says_when_a_rule_would_have_fired(tmp_path):
    rows = [*runs(5, 3 * DAY), *runs(2, 2 * DAY), *runs(6, DAY)]
    rules = '[alerts]\nquiet = "11:00-13:00"\n[[rule]]\nspend = 4\n[[rule]]\nstale = "1h"'
    settings_ = settings_of(store_of(tmp_path, rows), rules)

    found = backtest_rules(settings_, last=5 * DAY, every=6 * HOUR, end=NOW)

    [tried] = found.tried
    # Created at noon of the 1st and the 3rd; looked at just before 18:00, and until midnight.
    assert [(each.fired_at.day, each.fired_at.hour) for each in tried.fired] == [(1, 17), (3, 17)]
    assert [each.ended_at.day for each in tried.fired if each.ended_at] == [2, 4]
    assert tried.fired[0].text.startswith("Spend: $5.00 for 5 runs, on 1 March 2026 up to 17:59")
    assert (tried.n_not_judged, tried.n_quiet) == (0, 0)
    assert found.unknowable == ("Stale",)
    assert found.end == NOW


def test_every_day_is_judged_as_it_ends_also_when_clocks_change(tmp_path):
    # On 29 March 2026 a day in Vienna has 23 hours.
    end = NOW.replace(day=31)
    rows = [a_run(created_at=end - DAY * n + HOUR * 9.9) for n in range(1, 6)]  # 21:54 UTC
    settings_ = settings_of(store_of(tmp_path, rows, as_of=end), "[[rule]]\nspend = 0",
                            tz="Europe/Vienna")  # fmt: skip

    found = backtest_rules(settings_, last=5 * DAY, every=DAY, end=end)

    # Each run is created minutes before midnight in summer, an hour more in winter.
    assert len(found.tried[0].fired) == 5


def test_a_backtest_and_a_look_at_one_instant_agree(tmp_path):
    rows = [*runs(20, 30 * HOUR), *runs(20, 29 * HOUR, status="failed"), *runs(40, 5 * HOUR)]
    settings_ = settings_of(store_of(tmp_path, rows), '[[rule]]\nfailure_rate = 0.4\nper = "24h"')

    found = backtest_rules(settings_, last=2 * DAY, every=HOUR, end=NOW)
    [alert] = found.tried[0].fired
    before, at, after = (
        judge_at(settings_, when).verdicts[0].state
        for when in (alert.fired_at - HOUR, alert.fired_at, alert.ended_at)
    )

    assert alert.ended_at == alert.fired_at + DAY  # the failed runs leave the window
    assert (before, at, after) == ("fine", "fires", "fine")


def test_runs_that_had_not_ended_had_no_cost_yet(tmp_path):
    slow = a_run(10 * HOUR, completed_at=NOW - 4 * HOUR, cost="50")
    settings_ = settings_of(store_of(tmp_path, [slow]), "[[rule]]\nspend = 10")

    found = backtest_rules(settings_, last=DAY, every=HOUR, end=NOW)

    [alert] = found.tried[0].fired
    assert NOW - 4 * HOUR <= alert.fired_at < NOW - 3 * HOUR


@pytest.mark.parametrize("every", [timedelta(0), 2 * DAY])
def test_a_step_that_cannot_be_is_refused(tmp_path, every):
    settings_ = settings_of(store_of(tmp_path, runs(1)), "[[rule]]\nspend = 0")

    with pytest.raises(ConfigurationError, match="a day or less"):
        backtest_rules(settings_, last=DAY, every=every)
