"""What is odd is found, told once with what drives it, and nothing else is."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from made_runs import make_table
from pandas.testing import assert_frame_equal

from flora_analytics.calendar import Window
from flora_analytics.errors import DataError
from flora_analytics.metrics import Sensitivity, cost_anomalies

ZONE = "America/New_York"
FIRST = pd.Timestamp("2026-01-05", tz=ZONE)  # a Monday
LAST = 69  # the last of ten weeks, a Sunday
#: Runs by weekday and hour of each technique: a working week and two short days.
HOURS = {10: 3, 11: 4, 14: 4, 16: 3}


def history(*, techniques=("tech_a", "tech_b", "tech_c"), change=None, n_days=70):
    """Ten weeks of quiet days; `change` may give the runs of a technique, day and hour anew."""
    rows = []
    for day in range(n_days):
        for technique in techniques:
            for hour, usual in HOURS.items():
                n = usual if day % 7 < 5 else 1
                runs = [("completed", "0.5")] * n
                if change is not None:
                    runs = change(technique, day, hour, runs)
                # By the clock on the wall, whatever it is set to.
                wall = (FIRST.tz_localize(None) + pd.Timedelta(days=day, hours=hour)).tz_localize(
                    ZONE
                )
                project = f"prj_{technique[-1]}"
                rows += [(wall, technique, project, *run) for run in runs]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return make_table(
        created_at=[at.tz_convert("UTC") for at in columns[0]],
        technique_id=columns[1],
        technique_name=[name.upper() for name in columns[1]],
        project_id=columns[2],
        status=columns[3],
        charged_cost=columns[4],
    )


def odd(runs, *, now=LAST + 1, hour=0, **how):
    at = (FIRST.tz_localize(None) + pd.Timedelta(days=now, hours=hour)).tz_localize(ZONE)
    return cost_anomalies(runs, tz=ZONE, now=at.to_pydatetime(), **how)


def on(day, technique="tech_a"):
    """A change that befalls a technique on some days."""
    days = {day} if isinstance(day, int) else set(day)

    def decorate(make):
        return lambda own, at, hour, runs: make(runs) if own == technique and at in days else runs

    return decorate


def local(day):
    return (FIRST.tz_localize(None) + pd.Timedelta(days=day)).tz_localize(ZONE)


def test_quiet_weeks_with_their_weekends_are_not_odd():
    table = odd(history())

    assert len(table) == 0
    assert table.attrs["n_judged"] == 30 * (1 + 1 + 3 + 3)
    assert table.attrs["n_not_judged"] == 0


def test_a_spike_is_one_incident_with_its_cost_to_the_digit():
    spike = history(change=on(60)(lambda runs: [("completed", "0.700000001")] * 5 * len(runs)))

    row = odd(spike, by=["technique"]).loc[0]

    assert (row["kind"], row["dimension"], row["key"], row["name"]) == (
        "cost up", "technique_id", "tech_a", "TECH_A",
    )  # fmt: skip
    assert row["charged_cost"] == 70 * Decimal("0.700000001")
    assert row["n_runs"] == 70
    assert row["expected_cost"] == pytest.approx(7.0)
    assert (row["start"], row["end"]) == (local(60), local(61))
    assert len(odd(spike)) == 1


def test_a_spike_within_an_hour_names_the_hour():
    def rush(technique, day, hour, runs):
        return runs * 12 if (technique, day, hour) == ("tech_b", 60, 14) else runs

    row = odd(history(change=rush)).loc[0]

    assert (row["name"], row["n_runs"]) == ("TECH_B", 48)
    assert (row["start"].hour, row["end"].hour) == (14, 15)


def test_days_that_follow_one_another_are_one_incident():
    busy = history(change=on(range(56, 61))(lambda runs: runs * 4))

    table = odd(busy)

    assert table["kind"].tolist() == ["cost up"]
    assert (table.loc[0, "start"], table.loc[0, "end"]) == (local(56), local(61))
    assert "prj_a" in table.loc[0, "also"]


def test_a_technique_that_stops_is_a_drop():
    table = odd(history(change=on(range(65, 70))(lambda _: [])))

    assert table["kind"].tolist() == ["cost down"]
    assert table.loc[0, "n_runs"] == 0
    assert pd.isna(table.loc[0, "charged_cost"])


def test_costs_that_are_not_stated_yet_are_no_drop():
    late = history(change=on([65, 66])(lambda runs: [("running", None)] * len(runs)))

    assert len(odd(late)) == 0


def test_failures_are_an_incident_and_their_low_cost_is_not_another():
    failing = history(change=on([58, 59])(lambda runs: [("failed", "0")] * len(runs)))

    table = odd(failing)

    row = table.loc[0]
    assert table["kind"].tolist() == ["failures up"]
    assert (row["name"], row["n_failed"], row["failure_rate"]) == ("TECH_A", 28, 1.0)
    assert row["expected_rate"] < 0.02


def test_two_causes_on_one_day_are_two_incidents():
    def change(technique, day, _, runs):
        return runs * 5 if day == 60 and technique != "tech_c" else runs

    table = odd(history(change=change))

    assert sorted(table["name"]) == ["TECH_A", "TECH_B"]


def test_a_technique_that_fails_in_three_projects_is_one_incident():
    runs = history(techniques=["tech_a", "tech_b"]).to_pandas()
    runs["project_id"] = [f"prj_{at % 3}" for at in range(len(runs))]
    hit = (runs["technique_id"] == "tech_a") & (runs["created_at"].dt.tz_convert(ZONE) >= local(60))
    hit &= runs["created_at"].dt.tz_convert(ZONE) < local(62)
    runs.loc[hit, "status"] = "failed"

    table = odd(runs)

    assert table["kind"].tolist() == ["failures up"]
    assert table.loc[0, "name"] == "TECH_A"


def test_a_day_when_all_is_quiet_is_one_incident():
    techniques = [f"tech_{letter}" for letter in "abcdef"]

    def holiday(technique, day, hour, runs):
        return [] if day == 60 else runs

    table = odd(history(techniques=techniques, change=holiday))

    assert table["name"].tolist() == ["ws_a"]  # the narrower name of all runs
    assert table["kind"].tolist() == ["cost down"]


def test_the_day_under_way_is_held_against_the_same_hours():
    runs = history(n_days=65)  # until Wednesday
    morning = local(65) + pd.Timedelta(hours=12)
    so_far = history(n_days=66, change=lambda _, day, hour, r: [] if day == 65 and hour > 12 else r)

    assert len(odd(so_far, now=65, hour=12)) == 0
    assert runs.num_rows < so_far.num_rows
    busy = history(
        n_days=66, change=lambda _, day, hour, r: ([] if hour > 12 else r * 6) if day == 65 else r
    )
    row = odd(busy, now=65, hour=12).loc[0]
    assert row["is_running"]
    assert row["end"] == morning


def test_a_tiny_history_has_too_little_to_judge():
    table = odd(history(n_days=10), now=10)

    assert len(table) == 0
    assert table.attrs["n_judged"] == 0
    assert table.attrs["n_not_judged"] > 0


def test_no_runs_have_the_same_columns_and_types():
    nothing = cost_anomalies(make_table(charged_cost=[]))

    found = odd(history(change=on(60)(lambda runs: runs * 6)), by="technique")
    assert len(nothing) == 0
    assert {
        name: kind for name, kind in nothing.dtypes.items() if name not in ("start", "end")
    } == {name: kind for name, kind in found.dtypes.items() if name not in ("start", "end")}


def test_what_is_too_small_is_not_told():
    spike = history(change=on(60)(lambda runs: runs * 6))

    assert len(odd(spike, by="technique", sensitivity=Sensitivity(at_least=100.0))) == 0


def test_only_the_window_is_judged():
    spike = history(change=on(60)(lambda runs: runs * 6))
    after = Window(local(61).to_pydatetime(), None)

    assert len(odd(spike, by="technique", window=after)) == 0


def test_without_groups_there_is_nothing_to_look_at():
    with pytest.raises(DataError, match="by="):
        cost_anomalies(make_table(charged_cost=[]), by=None)


def test_a_level_that_no_single_day_gives_away_is_found_over_a_week():
    def shift(_, day, hour, runs):
        return runs * 2 if day >= 60 else runs

    table = odd(history(techniques=["tech_a"], change=shift), by="technique")

    assert table["kind"].tolist() == ["cost up"]
    assert table.loc[0, "start"] == local(60)
    one_day = history(
        techniques=["tech_a"], change=lambda _, day, __, runs: runs * 2 if day == 60 else runs
    )
    assert len(odd(one_day, by="technique")) == 0


def test_days_that_are_each_a_little_cheap_are_a_drop_together():
    def on_some(days):
        return odd(
            history(
                techniques=["tech_a"],
                change=lambda _, day, hour, runs: runs[: hour in (10, 14)] if day in days else runs,
            ),
            by="technique",
        )

    table = on_some(range(63, 66))

    assert table["kind"].tolist() == ["cost down"]
    assert (table.loc[0, "start"], table.loc[0, "end"]) == (local(63), local(66))
    assert len(on_some([63])) == 0


def test_hours_that_are_each_a_little_dear_are_a_rush_together():
    def on_some(hours):
        def rush(_, day, hour, runs):
            return runs * 8 if day == 60 and hour in hours else runs

        return odd(history(techniques=["tech_a"], change=rush), by="technique")

    table = on_some([10, 11])

    assert (table.loc[0, "start"].hour, table.loc[0, "end"].hour) == (10, 12)
    assert len(on_some([10])) == 0


def test_a_day_that_is_odd_all_over_is_told_whole():
    failing = history(change=on(60)(lambda runs: [("failed", "0.5")] * len(runs)))

    row = odd(failing).loc[0]

    assert (row["start"], row["end"]) == (local(60), local(61))


@pytest.mark.parametrize("hour", [1, 2, 3])
def test_the_first_hours_of_a_day_can_be_looked_at(hour):
    assert not len(odd(history(), now=LAST + 1, hour=hour))


def test_long_after_the_last_run_there_is_nothing_to_judge():
    table = odd(history(), now=LAST + 200)

    assert not len(table)
    assert table.attrs["n_judged"] == 0


def test_the_order_of_rows_is_irrelevant_to_the_last_digit():
    prices = ["0.1", "0.7", "0.003", "12.34", "3.3"] * 9
    runs = history(change=on(LAST)(lambda _: [("completed", price) for price in prices]))
    backwards = runs.take(list(range(runs.num_rows))[::-1])

    table = odd(runs)

    assert len(table) == 1
    assert_frame_equal(odd(backwards), table, check_exact=True)
