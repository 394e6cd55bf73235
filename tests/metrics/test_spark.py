"""Every figure gives the same table from Spark as from DuckDB, to the last digit.

Needs the dependency group ``spark`` and Java 17 or newer, and is skipped without.
"""

from __future__ import annotations

import datetime as dt
import inspect
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_runs import make_table, random_runs
from pandas.testing import assert_frame_equal

from flora_analytics import metrics
from flora_analytics.budget import Budget
from flora_analytics.calendar import Window
from flora_analytics.errors import DataError
from flora_analytics.metrics import charged_cost, in_window
from flora_analytics.metrics.engine import is_spark
from flora_analytics.objectives import Objective
from flora_analytics.schema import RUN_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pyspark_sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")

pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    # Spark 4.0 leaves those open through which its answers come.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

ZONE = "America/Vancouver"
NOW = dt.datetime(2026, 12, 27, tzinfo=dt.UTC)
SUMMER = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
WINDOWS = {"earlier": Window(None, SUMMER), "later": Window(SUMMER, NOW)}
OBJECTIVES = [
    Objective(target=0.9, technique_id="*"),
    Objective(of="queue_time", within=dt.timedelta(seconds=30), target=0.95),
]
#: What figures take besides how runs are cut; those that are not here take nothing else.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "activity": {"window": Window(SUMMER, None)},
    "budget_status": {"now": NOW, "budget": Budget(extra_balance=9, projects={"prj_a": 5})},
    "burn_rates": {"objectives": OBJECTIVES},
    "concurrency": {"of": "turnaround", "window": Window(SUMMER, None)},
    "cost_changes": WINDOWS,
    "cost_forecast": {"now": NOW},
    "cost_forecast_path": {"now": NOW},
    "estimated_retries": {"within": dt.timedelta(days=2)},
    "execution_time": {"quantile_bounds": True},
    "failure_ranking": {"by": "technique"},
    "failure_rate_change": WINDOWS,
    "price_drift": {"alpha": 0.5, "listed": {"tech_a": 0.5}},
    "queue_time": {"quantiles": [0, 1 / 3, 0.5, 0.99, 1]},
    "service_levels": {"objectives": OBJECTIVES},
    "stuck_runs": {"now": NOW},
    "turnaround_survival": {"now": SUMMER},
}
FIGURES = [
    getattr(metrics, name) for name in metrics.__all__ if name not in ("Sensitivity", "in_window")
]


def hostile_runs() -> pa.Table:
    """Words that no engine should stumble over, statuses nobody knows, and hardly a cost."""
    words = [
        "it's `so`",
        "",
        "a\\b",
        "日本語 😀",
        "${x} %s",
        "COMPLETED",
        "failed",
        "completed",
        None,
    ]
    n = 6 * len(words)
    runs = random_runs(n, seed=5).to_pydict()
    runs |= {
        "status": words * 6,
        "error_code": words[::-1] * 6,
        "technique_id": sorted(words, key=str) * 6,
        "technique_name": words[3:] * 6 + words[:3] * 6,
        "created_at": [None, *runs["created_at"][1:]],
        "charged_cost": [Decimal("1e-9"), *[None] * (n - 1)],
    }
    return pa.table(runs, pa.schema([field.with_nullable(True) for field in RUN_SCHEMA]))


RUNS = random_runs(150, seed=3)
CASES = {
    "by technique and day": (RUNS, {"by": "technique", "period": "day", "tz": "Europe/Berlin"}),
    "hostile, by two and week": (
        hostile_runs(),
        {"by": ["status", "project"], "period": "week", "tz": "Australia/Lord_Howe"},
    ),
    "in all": (RUNS, {}),
    "no runs": (RUNS.slice(0, 0), {}),
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    builder = pyspark_sql.SparkSession.builder.master("local[2]")
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": ZONE,
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    session = builder.config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture
def in_spark(spark: Any, tmp_path: Path) -> Callable[[pa.Table], Any]:
    def read(runs: pa.Table) -> Any:
        path = tmp_path / "runs.parquet"
        pq.write_table(runs, path)
        return spark.read.parquet(str(path))

    return read


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
@pytest.mark.parametrize(("runs", "cut"), CASES.values(), ids=CASES)
def test_every_figure_is_the_same(in_spark, figure, runs, cut):
    taken = inspect.signature(figure).parameters
    given = {name: cut[name] for name in cut if name in taken} | ARGUMENTS.get(figure.__name__, {})

    table, expected = (figure(each, **given) for each in (in_spark(runs), runs))

    assert_frame_equal(table, expected, check_exact=True)
    assert table.attrs == expected.attrs


def test_costs_add_up_to_the_last_digit(in_spark):
    runs = make_table(charged_cost=["0.1", "0.0125", "1e-7", "12345.678901234", None])

    table = charged_cost(in_spark(runs))

    assert table.loc[0, "charged_cost"] == Decimal("12345.791401334")
    assert table.loc[0, ["n_runs", "n_unknown"]].tolist() == [5, 1]


def test_a_window_is_taken_lazily(in_spark):
    runs = in_window(in_spark(RUNS), Window(SUMMER, NOW))

    assert is_spark(runs)
    assert_frame_equal(charged_cost(runs), charged_cost(in_window(RUNS, Window(SUMMER, NOW))))


def test_the_session_is_left_as_it_was(spark, in_spark):
    runs = in_spark(RUNS)
    before = spark.sql("SET").collect()

    charged_cost(runs, by="technique", period="day")

    assert spark.sql("SET").collect() == before
    assert spark.catalog.listTables() == []


def test_the_reading_of_a_wall_clock_is_no_instant(in_spark):
    runs = in_spark(RUNS)
    runs = runs.withColumn("created_at", runs.created_at.cast("timestamp_ntz"))

    with pytest.raises(DataError, match=r"created_at.*give it in UTC"):
        charged_cost(runs, period="day")
