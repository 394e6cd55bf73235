"""How old the oldest open run is, at any moment."""

from __future__ import annotations

import pandas as pd
from made_runs import NOON, make_runs

from flora_analytics.metrics.waiting import open_time

HOUR = pd.Timedelta("1h")


def test_only_runs_that_were_open_count_and_the_oldest_of_them():
    runs = make_runs(
        status=["running", "pending", "completed", "failed", "paused"],
        created_at=[NOON, NOON + HOUR, NOON - HOUR, NOON - 2 * HOUR, NOON - 3 * HOUR],
        completed_at=[None, None, NOON, NOON, None],
    )

    table = open_time(runs, now=(NOON + 3 * HOUR).to_pydatetime())

    assert table[["n_open", "open_time"]].values.tolist() == [[2, 3 * HOUR]]


def test_what_ended_later_was_open_then_and_what_came_later_was_not_there():
    runs = make_runs(
        status=["completed", "running"],
        created_at=[NOON, NOON + 9 * HOUR],
        completed_at=[NOON + 2 * HOUR, None],
    )

    table = open_time(runs, now=(NOON + HOUR).to_pydatetime(), by="status")

    assert table["n_open"].to_dict() == {"completed": 1, "running": 0}
    assert table.loc["completed", "open_time"] == HOUR
    assert pd.isna(table.loc["running", "open_time"])


def test_without_runs_the_columns_are_the_same():
    table = open_time(make_runs(status=[]), now=NOON.to_pydatetime())

    assert table["n_open"].tolist() == [0]
    assert table.dtypes.astype(str).tolist() == ["int64", "timedelta64[us]"]
