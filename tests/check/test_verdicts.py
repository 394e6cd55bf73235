"""Levels and hysteresis: what fires, goes on, and is over."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from checked_store import HOUR, NOW
from hypothesis import given, settings
from hypothesis import strategies as st

from flora_analytics.check.reading import Measured, Reading
from flora_analytics.check.verdicts import advance, undecided
from flora_analytics.rules import Rule

RULE = Rule(of="spend", above=Decimal(10), clear=Decimal(5), name="Spend")


def measured(*values, period="", **groups):
    readings = [Reading(value=value, text=f"${value}") for value in values]
    readings += [Reading(value=v, text=f"${v}", group=g, label=g) for g, v in groups.items()]
    return Measured(tuple(readings), "no run", period=period)


def played(values, rule=RULE, **how):
    """The states of a rule that reads these values one after the other."""
    remembered, states = [], []
    for n, value in enumerate(values):
        verdicts, remembered = advance(rule, measured(value), remembered, at=NOW + n * HOUR, **how)
        states.append(verdicts[0].state)
    return states, remembered


def test_it_fires_above_one_level_and_is_over_at_the_other():
    states, remembered = played([Decimal(v) for v in (10, 11, 6, 10, 5, 9, 12)])

    assert states == ["fine", "fires", "fires on", "fires on", "over", "fine", "fires"]
    assert [(each.fired_at - NOW) / HOUR for each in remembered] == [1, 6]
    assert [each.ended_at and (each.ended_at - NOW) / HOUR for each in remembered] == [4, None]


values = st.lists(st.none() | st.integers(0, 15).map(Decimal), max_size=30)


@given(values)
@settings(max_examples=200)
def test_any_course_of_values_follows_the_two_levels(course):
    fires, expected = False, []
    for value in course:
        if value is None:
            expected.append("not judged")
            continue
        was = fires
        fires = value > (5 if was else 10)
        expected.append({(False, False): "fine", (False, True): "fires", (True, True): "fires on",
                         (True, False): "over"}[was, fires])  # fmt: skip

    states, remembered = played(course)

    assert states == expected
    assert [each.ended_at is None for each in remembered].count(True) == fires


def test_what_cannot_be_judged_goes_on_firing():
    states, _ = played([Decimal(11), None, Decimal(7)])
    verdicts, remembered = advance(RULE, measured(Decimal(11)), [], at=NOW)

    [unsure] = undecided(RULE, "too old", remembered)

    assert states == ["fires", "not judged", "fires on"]
    assert (unsure.state, unsure.fires, unsure.since) == ("not judged", True, NOW)
    assert unsure.text == "Spend: too old; until it is judged it counts as firing."
    assert [verdict.state for verdict in verdicts] == ["fires"]


def test_an_incomplete_ledger_ends_no_alert():
    states, _ = played([Decimal(11)])
    _, remembered = advance(RULE, measured(Decimal(11)), [], at=NOW)

    [verdict], kept = advance(RULE, measured(Decimal(1)), remembered, at=NOW, is_complete=False)

    assert states == ["fires"]
    assert (verdict.state, verdict.fires) == ("not judged", True)
    assert kept == remembered


def test_a_new_period_ends_the_alert_of_the_last_without_a_word():
    _, remembered = advance(RULE, measured(Decimal(11), period="Monday"), [], at=NOW)

    [verdict], kept = advance(
        RULE, measured(Decimal(12), period="Tuesday"), remembered, at=NOW + 24 * HOUR
    )

    assert verdict.state == "fires"
    assert [(each.period, each.ended_at is None, each.end_text) for each in kept] == [
        ("Tuesday", True, ""),
        ("Monday", False, ""),
    ]


def test_a_group_without_runs_any_more_is_over():
    _, remembered = advance(RULE, measured(prj_a=Decimal(11), prj_b=Decimal(12)), [], at=NOW)

    verdicts, kept = advance(RULE, measured(prj_b=Decimal(12)), remembered, at=NOW + HOUR)

    assert {verdict.group: verdict.state for verdict in verdicts} == {
        "prj_a": "over", "prj_b": "fires on",
    }  # fmt: skip
    assert [each.end_text for each in kept if each.group == "prj_a"] == [
        "Spend, prj_a: there is no such run any more."
    ]


@pytest.mark.parametrize(("is_empty", "state"), [(True, "over"), (False, "not judged")])
def test_a_rate_of_no_runs_at_all_is_over_but_one_of_few_is_not_known(is_empty, state):
    rule = Rule(of="failure_rate", above=0.2, clear=0.1, name="Failures")
    _, remembered = advance(rule, measured(0.3), [], at=NOW)
    few = Measured((Reading(value=None, text="few", is_empty=is_empty),), is_judged=False)

    [verdict], _ = advance(rule, few, remembered, at=NOW + HOUR)

    assert verdict.state == state


def test_an_incident_with_a_new_driver_is_told_anew_and_its_old_name_dropped():
    rule = Rule(of="anomaly", above=Decimal(5), clear=Decimal(5), name="Odd")
    before = Measured((Reading(value=Decimal(9), text="a", group="cost up: project prj_a"),))
    after = Measured((Reading(value=Decimal(9), text="b", group="cost up: all all"),))
    _, remembered = advance(rule, before, [], at=NOW)

    [verdict], kept = advance(rule, after, remembered, at=NOW + HOUR)
    [over], _ = advance(rule, Measured(()), kept, at=NOW + 2 * HOUR)

    assert verdict.state == "fires"
    assert [each.end_text for each in kept if each.ended_at] == [""]
    assert (over.state, over.text) == ("over", "Odd, cost up: all all: nothing odd any more.")


def test_spans_compare_as_spans():
    rule = Rule(of="stale", above=timedelta(hours=6), clear=timedelta(hours=1), name="Stale")

    states, _ = played([timedelta(hours=n) for n in (6, 7, 2, 1)], rule)

    assert states == ["fine", "fires", "fires on", "over"]
