"""Runs of every kind give the same figures, to the last digit."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import threading
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from made_runs import make_runs, make_table, random_runs
from pandas.testing import assert_frame_equal

from flora_analytics import metrics
from flora_analytics.errors import DataError, MissingColumnError
from flora_analytics.frame import to_frame
from flora_analytics.metrics import charged_cost, engine
from flora_analytics.schema import COST_TYPE

CUT = {"by", "period", "tz", "cycle_day"}
#: Those cut into groups and periods alone; output_cost is cut by output_type as it is.
FIGURES = [
    figure
    for figure in (getattr(metrics, name) for name in metrics.__all__)
    if inspect.signature(figure).parameters.keys() >= {"runs"} | CUT
    and all(
        p.default is not p.empty or name == "runs"
        for name, p in inspect.signature(figure).parameters.items()
    )
    and figure is not metrics.output_cost
]

# Ibis 12 asks DuckDB 2.0 for a table's schema by a name that DuckDB deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


def in_duckdb(runs: pa.Table) -> ibis.Table:
    backend = ibis.duckdb.connect()
    backend.con.register("given", runs)
    backend.con.execute("CREATE TABLE runs AS FROM given")
    return backend.table("runs")


KINDS = {
    "float frame": to_frame,
    "decimal frame": lambda runs: to_frame(runs, money="decimal"),
    "Arrow table": lambda runs: runs,
    "DuckDB table": in_duckdb,
    "memtable": ibis.memtable,
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


#: A frame as Spark 3 has it, without a way to Arrow.
SPARK_3 = type("DataFrame", (), {"__module__": "pyspark.sql", "columns": ["charged_cost"]})


@every_kind
def test_costs_add_up_to_the_last_digit(kind):
    runs = make_table(charged_cost=["0.1", "0.0125", "1e-7", "12345.678901234", None])

    table = charged_cost(kind(runs))

    assert table.loc[0, "charged_cost"] == Decimal("12345.791401334")
    assert table.loc[0, ["n_runs", "n_unknown"]].tolist() == [5, 1]


@every_kind
def test_a_hundred_thousand_random_costs_add_up_to_the_last_digit(kind):
    nanos = np.random.default_rng(7).integers(0, 4 * 10**15, 100_000)
    costs = [Decimal(int(n)).scaleb(-9) for n in nanos]
    runs = pa.table({"charged_cost": pa.array(costs, COST_TYPE)})

    table = charged_cost(kind(runs))

    assert table.loc[0, "charged_cost"] == Decimal(sum(nanos.tolist())).scaleb(-9)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
def test_every_figure_is_the_same_whatever_holds_the_runs(figure):
    runs = random_runs(300, seed=3)
    cut = {"by": ["technique", "output_type"], "period": "month", "tz": "Asia/Kolkata"}

    tables = [figure(kind(runs), **cut) for kind in KINDS.values()]

    for table in tables[1:]:
        assert_frame_equal(table, tables[0], check_exact=True)


def test_a_float_that_is_not_a_number_is_a_cost_not_stated():
    runs = pa.table({"charged_cost": [0.5, float("nan"), None]})

    table = charged_cost(in_duckdb(runs))

    assert table.loc[0, ["n_unknown", "charged_cost"]].tolist() == [2, Decimal("0.5")]


def test_categories_group_as_the_strings_they_stand_for():
    runs = make_runs(status=["failed", "completed"], error_code=["timeout", None])
    runs = runs.astype({"status": "category", "error_code": "category"})
    arrow = pa.Table.from_pandas(runs[["status", "error_code", "charged_cost"]])

    for given_runs in (runs, arrow):
        table = charged_cost(given_runs, by=["status", "error_code"])
        assert set(table.index) == {("failed", "timeout"), ("completed", "(none)")}


@every_kind
def test_a_column_that_is_not_there_is_named(kind):
    runs = make_table(status=["failed"]).drop_columns("charged_cost")

    with pytest.raises(MissingColumnError, match=r"lack \['charged_cost'\]"):
        metrics.cost_of_failed_runs(kind(runs) if kind is not to_frame else to_frame(runs))


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        pytest.param([{"charged_cost": 1}], "cannot be a list", id="a list"),
        pytest.param(None, "cannot be a NoneType", id="nothing"),
        pytest.param(SPARK_3(), "Spark 4.0 or newer", id="a frame of Spark 3"),
        pytest.param(pa.table({"charged_cost": ["cheap"]}), "not US dollars", id="cost as text"),
    ],
)
def test_what_is_no_table_of_runs_is_refused_plainly(runs, says):
    with pytest.raises(DataError, match=says):
        charged_cost(runs)


def test_an_instant_without_a_zone_is_refused():
    runs = pa.table({"charged_cost": [1.0], "created_at": pa.array([0], pa.timestamp("us"))})

    with pytest.raises(DataError, match=r"created_at.*give it in UTC"):
        charged_cost(runs, period="day")


def test_another_zone_in_the_column_means_the_same_instants():
    runs = make_table(status=["failed"])
    shifted = runs.set_column(
        runs.column_names.index("created_at"),
        "created_at",
        runs["created_at"].cast(pa.timestamp("us", "Asia/Tokyo")),
    )

    assert_frame_equal(charged_cost(shifted, period="hour"), charged_cost(runs, period="hour"))


def test_nothing_stays_in_the_engine():
    charged_cost(make_runs(status=["failed"]), by="technique", period="day")

    assert engine._duckdb().con.sql("SHOW ALL TABLES").fetchall() == []


def test_threads_do_not_disturb_each_other():
    runs = make_runs(charged_cost=["0.1"] * 1000, project_id=["prj_a", "prj_b"] * 500)
    expected = charged_cost(runs, by="project", period="day")
    tables: list[pd.DataFrame] = []

    def compute() -> None:
        tables.extend(charged_cost(runs, by="project", period="day") for _ in range(5))

    threads = [threading.Thread(target=compute) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(tables) == 20
    for table in tables:
        assert_frame_equal(table, expected)


def test_importing_the_figures_loads_nothing_heavy():
    code = "import sys, json, flora_analytics.metrics; print(json.dumps(list(sys.modules)))"

    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))

    assert not {"pandas", "pyarrow", "ibis", "duckdb"} & set(loaded)


@every_kind
def test_runs_are_read_through_a_view_that_is_gone_afterwards(kind):
    views = "SELECT count(*) FROM duckdb_views() WHERE view_name LIKE 'flora_analytics_%'"
    runs = kind(random_runs(20, seed=1))

    with engine.opened(runs, ["status", "charged_cost"]) as source:
        [(during,)] = source.backend.raw_sql(views).fetchall()
    [(afterwards,)] = source.backend.raw_sql(views).fetchall()

    assert during > afterwards == 0
