"""Runs of a window, in whatever they came."""

from __future__ import annotations

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from made_runs import make_table

from flora_analytics.calendar import Window
from flora_analytics.errors import MissingColumnError
from flora_analytics.frame import to_frame
from flora_analytics.metrics import charged_cost, in_window
from flora_analytics.metrics.having import having

INSTANTS = pd.to_datetime(
    ["2026-02-28 23:59:59.999999", "2026-03-01", "2026-03-31 23:59:59.999999", "2026-04-01"],
    format="ISO8601",
    utc=True,
)
MARCH = Window.parse("2026-03-01", "2026-04-01")


@pytest.mark.parametrize(
    "kind", [to_frame, lambda runs: runs, ibis.memtable], ids=["frame", "Arrow", "Ibis"]
)
@pytest.mark.parametrize(
    ("window", "n_runs"),
    [
        pytest.param(MARCH, 2, id="both ends"),
        pytest.param(Window(MARCH.start, None), 3, id="from"),
        pytest.param(Window(None, MARCH.end), 3, id="to"),
        pytest.param(Window(), 4, id="open"),
    ],
)
def test_a_window_holds_its_start_and_not_its_end(kind, window, n_runs):
    runs = kind(make_table(created_at=list(INSTANTS)))

    inside = in_window(runs, window)

    assert isinstance(inside, type(runs))
    assert charged_cost(inside).loc[0, "n_runs"] == n_runs


def test_an_ibis_table_stays_lazy():
    inside = in_window(ibis.table({"created_at": "timestamp('UTC')"}, name="runs"), MARCH)

    assert "created_at" in ibis.to_sql(inside, dialect="duckdb")


@pytest.mark.parametrize("kind", [lambda runs: runs, ibis.memtable], ids=["Arrow", "Ibis"])
@pytest.mark.parametrize("keys", [["prj_b"], ["(none)"], ["prj_b", "(none)"], ["prj_z"]])
def test_runs_of_some_groups_are_those_that_a_figure_counts_for_them(kind, keys):
    runs = kind(make_table(project_id=["prj_a", "prj_b", "prj_b", None]))

    n_runs = charged_cost(having(runs, "project_id", keys)).loc[0, "n_runs"]

    by_project = charged_cost(runs, by="project")["n_runs"]
    assert n_runs == sum(by_project.get(key, 0) for key in keys)


def test_the_instant_of_creation_must_be_there():
    with pytest.raises(MissingColumnError, match="created_at"):
        in_window(pa.table({"status": ["failed"]}), MARCH)
