"""Usage: against plain SQL, and the clock of the week over a change of the clock."""

from __future__ import annotations

import duckdb
import pandas as pd
from made_runs import make_runs, random_runs

from flora_analytics.calendar import Window
from flora_analytics.metrics import activity, usage


def test_usage_by_local_week_equals_plain_sql():
    runs = random_runs(400, seed=3)
    sql = """
        SELECT date_trunc('week', timezone('Europe/Berlin', created_at))::DATE AS week, count(*),
               coalesce(sum(len(outputs)), 0)::BIGINT, count(DISTINCT workspace_id),
               count(DISTINCT project_id), count(DISTINCT technique_id)
        FROM runs GROUP BY ALL ORDER BY ALL
    """

    table = usage(runs, period="week", tz="Europe/Berlin")

    expected = duckdb.sql(sql).fetchall()
    assert len(expected) > 40
    assert [(start.date(), *row) for start, *row in table.reset_index().to_numpy()] == expected


def test_activity_by_local_weekday_and_hour_equals_plain_sql():
    runs = random_runs(2_000, seed=4)
    sql = """
        SELECT project_id, isodow(t), hour(t), count(*)
        FROM (SELECT project_id, timezone('America/New_York', created_at) AS t FROM runs)
        GROUP BY ALL
    """

    table = activity(runs, by="project", tz="America/New_York")

    counted = {(*key, n) for key, n in table["n_runs"].items() if n}
    assert counted == set(duckdb.sql(sql).fetchall())
    assert len(table) == 3 * 168
    assert table["n_runs"].is_monotonic_decreasing


def test_an_hour_that_comes_twice_or_not_at_all_has_its_true_length():
    def sundays(start, end):
        window = Window.parse(start, end, tz="Europe/Berlin")
        runs = make_runs(created_at=[pd.Timestamp(window.start)])
        hours = activity(runs, tz="Europe/Berlin", window=window)["hours"]
        return hours.sum(), hours[7, 2]

    assert sundays("2026-03-29", "2026-03-30") == (23, 0)
    assert sundays("2026-10-25", "2026-10-26") == (25, 2)


def test_quiet_hours_are_rows_and_hours_outside_the_stretch_have_no_rate():
    runs = make_runs(created_at=[pd.Timestamp("2026-03-02 08:10", tz="UTC")])

    table = activity(runs)

    assert table.loc[(1, 8)].tolist() == [1, 1.0, 1.0]
    assert table["runs_per_hour"].isna().sum() == 167


def test_without_runs_there_is_a_quiet_week_or_no_group():
    runs = make_runs(created_at=[pd.Timestamp("2026-03-02", tz="UTC")]).iloc[:0]

    assert activity(runs)["n_runs"].tolist() == [0] * 168
    assert activity(runs, by="technique").empty
