"""Runs as people use them: from the store as a frame or lazily, from the API as a frame."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from flora_analytics.certificate import Certificate
from flora_analytics.client import FloraClient
from flora_analytics.errors import DataError, IncompleteHistoryWarning, StoreNotFoundError
from flora_analytics.runs import fetch_runs, open_ledger, open_runs, read_runs
from flora_analytics.sandbox import Motion, Sandbox, Vanish
from flora_analytics.schema import RUN_SCHEMA
from flora_analytics.store import RunStore

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


def a_row(n: int, **fields: Any) -> dict[str, Any]:
    run: dict[str, Any] = dict.fromkeys(RUN_SCHEMA.names)
    run |= {
        "run_id": f"run_{n}",
        "workspace_id": f"ws_{n % 2}",
        "project_id": f"prj_{n % 3}",
        "technique_id": f"tech_{n % 2}",
        "status": "failed" if n == 3 else "completed",
        "created_at": NOON + timedelta(days=n),
        "charged_cost": Decimal(n) / 10,
        "read_at": NOON,
    }
    return run | fields


def fill(store: RunStore, *runs: dict[str, Any]) -> None:
    table = pa.Table.from_pylist(list(runs), schema=RUN_SCHEMA)
    store.commit(table, scope="all", memory=lambda old: old)


@pytest.fixture
def store(tmp_path) -> RunStore:
    """Four runs, a day apart."""
    store = RunStore(tmp_path / "runs.delta")
    fill(store, *map(a_row, range(4)))
    return store


class TestReadRuns:
    def test_gives_all_columns_newest_first(self, store):
        runs = read_runs(store)

        assert list(runs.columns) == RUN_SCHEMA.names
        assert runs["run_id"].tolist() == ["run_3", "run_2", "run_1", "run_0"]

    def test_takes_a_path_as_well(self, store):
        assert len(read_runs(store.uri)) == 4

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"status": "failed"}, ["run_3"]),
            ({"workspace_id": "ws_0"}, ["run_2", "run_0"]),
            ({"project_id": "prj_0", "technique_id": "tech_1"}, ["run_3"]),
            ({"status": "paused"}, []),
        ],
        ids=["status", "workspace", "two at once", "nothing matches"],
    )
    def test_keeps_what_matches_all_filters(self, store, filters, expected):
        assert read_runs(store, **filters)["run_id"].tolist() == expected

    def test_gives_the_asked_columns_in_the_asked_order(self, store):
        runs = read_runs(store, columns=["charged_cost", "status"], workspace_id="ws_1")

        assert runs.columns.tolist() == ["charged_cost", "status"]
        assert runs["charged_cost"].tolist() == [0.3, 0.1]

    @pytest.mark.parametrize(
        ("column", "said"),
        [("charged_costs", "did you mean 'charged_cost'"), ("xyz", "write one of")],
    )
    def test_an_unknown_column_gets_a_suggestion(self, store, column, said):
        with pytest.raises(DataError, match=f"^Runs have no column '{column}'; {said}"):
            read_runs(store, columns=[column])

    def test_gives_exact_money_on_request(self, store):
        costs = read_runs(store, columns=["charged_cost"], money="decimal")["charged_cost"]

        assert costs.sum() == Decimal("0.6")

    def test_has_the_same_dtypes_with_no_runs_at_all(self, store, tmp_path):
        empty = RunStore(tmp_path / "empty.delta")
        fill(empty)

        pd.testing.assert_series_equal(read_runs(empty).dtypes, read_runs(store).dtypes)

    def test_says_where_no_store_is(self, tmp_path):
        with pytest.raises(StoreNotFoundError, match=r"There is no store at .*sync"):
            read_runs(tmp_path / "nowhere")

    def test_an_instant_without_a_zone_is_refused(self, store):
        with pytest.raises(DataError, match="names no time zone"):
            read_runs(store, as_of=datetime(2026, 3, 2))  # noqa: DTZ001


class TestOpenRuns:
    def test_is_computed_when_asked_and_exact(self, store):
        runs = open_runs(store)

        assert runs.charged_cost.sum().to_pyarrow().as_py() == Decimal("0.6")
        assert list(runs.columns) == RUN_SCHEMA.names

    def test_keeps_to_its_version_whatever_is_written_meanwhile(self, store):
        runs = open_runs(store)

        fill(store, a_row(4), a_row(3, status="completed", read_at=NOON + timedelta(hours=1)))

        assert runs.count().to_pyarrow().as_py() == 4
        assert open_runs(store).count().to_pyarrow().as_py() == 5
        assert runs.filter(runs.status == "failed").count().to_pyarrow().as_py() == 1

    def test_reads_an_earlier_version(self, store):
        version = store.snapshot().version
        fill(store, a_row(4))

        assert open_runs(store, as_of=version).count().to_pyarrow().as_py() == 4

    def test_is_a_table_of_the_same_types_with_no_runs_at_all(self, store, tmp_path):
        empty = RunStore(tmp_path / "empty.delta")
        fill(empty)

        assert open_runs(empty).count().to_pyarrow().as_py() == 0
        assert open_runs(empty).schema().names == open_runs(store).schema().names
        assert open_runs(empty).charged_cost.type() == open_runs(store).charged_cost.type()
        assert open_runs(empty).created_at.type() == open_runs(store).created_at.type()

    def test_gives_instants_in_utc(self, store):
        newest = open_runs(store).created_at.max().to_pyarrow().as_py()

        assert newest == NOON + timedelta(days=3)


class TestOpenLedger:
    def test_speaks_up_to_what_the_store_vouches_for(self, store):
        certificate = Certificate(
            scope="all", as_of=NOON + timedelta(days=9), synced_at=NOON, complete=True
        )
        nothing = RUN_SCHEMA.empty_table()
        store.commit(nothing, scope="all", memory=lambda _: {"certificate": certificate.to_dict()})

        ledger = open_ledger(store)

        assert ledger.as_of == NOON + timedelta(days=9)
        assert ledger.standing.certificates == {"all": certificate}
        assert ledger.runs.count().to_pyarrow().as_py() == 4

    def test_of_an_interrupted_sync_speaks_up_to_its_last_reading(self, store):
        fill(store, a_row(4, read_at=NOON + timedelta(minutes=5)))

        ledger = open_ledger(store.uri)

        assert ledger.as_of == NOON + timedelta(minutes=5)
        assert ledger.standing.as_of is None

    def test_without_any_run_speaks_up_to_now(self, tmp_path):
        empty = RunStore(tmp_path / "empty.delta")
        fill(empty)
        before = datetime.now(UTC)

        assert before <= open_ledger(empty).as_of <= datetime.now(UTC)

    def test_says_where_no_store_is(self, tmp_path):
        with pytest.raises(StoreNotFoundError, match=r"There is no store at .*sync"):
            open_ledger(tmp_path / "nowhere")


def a_served_run(n: int, **fields: Any) -> dict[str, Any]:
    run = {
        "run_id": f"run_{n:03}",
        "technique_run_id": f"run_{n:03}",
        "workspace_id": f"ws_{n % 2}",
        "project_id": "prj_a",
        "technique": {"technique_id": "tech_a", "name": "Poster"},
        "status": "failed" if n % 10 == 0 else "completed",
        "progress": 100,
        "created_at": NOON_MS + n * 1000,
        "charged_cost": 0.1,
    }
    return run | fields


def fetch(sandbox: Sandbox, **options: Any) -> pd.DataFrame:
    with FloraClient(sandbox.api_key, base_url=sandbox.base_url) as client:
        return fetch_runs(client=client, progress=False, **options)


class TestFetchRuns:
    def test_gives_every_listed_run_once_and_newest_first(self):
        with Sandbox(map(a_served_run, range(250))) as sandbox:
            runs = fetch(sandbox)

        assert runs["run_id"].tolist() == [f"run_{n:03}" for n in reversed(range(250))]
        assert runs["created_at"].iloc[-1] == pd.Timestamp(NOON)

    @pytest.mark.parametrize(
        ("filters", "n"),
        [({"status": "failed"}, 12), ({"workspace_id": "ws_1"}, 60),
         ({"workspace_id": "ws_0", "status": "failed"}, 12), ({"technique_id": "tech_b"}, 0),
         ({"project_id": "prj_a"}, 120)],
        ids=["status", "workspace", "both", "another technique", "project"],
    )  # fmt: skip
    def test_asks_for_what_matches_the_filters(self, filters, n):
        with Sandbox(map(a_served_run, range(120))) as sandbox:
            assert len(fetch(sandbox, **filters)) == n

    def test_gives_columns_and_money_as_asked(self):
        with Sandbox(map(a_served_run, range(3))) as sandbox:
            runs = fetch(sandbox, columns=["charged_cost"], money="decimal")

        assert runs["charged_cost"].sum() == Decimal("0.3")

    def test_asks_nothing_for_an_unknown_column(self):
        with Sandbox([]) as sandbox:
            with pytest.raises(DataError, match="did you mean 'status'"):
                fetch(sandbox, columns=["statuss"])

            assert sandbox.n_requests == 0

    def test_an_empty_history_is_an_empty_frame_of_the_same_dtypes(self):
        with Sandbox([]) as none, Sandbox(map(a_served_run, range(2))) as some:
            pd.testing.assert_series_equal(fetch(none).dtypes, fetch(some).dtypes)

    def test_warns_of_runs_that_break_the_contract(self):
        runs = [a_served_run(1), a_served_run(2, charged_cost=-1), a_served_run(3)]
        said = r"^1 runs are left out .* the first is run_002 \("
        with Sandbox(runs) as sandbox, pytest.warns(IncompleteHistoryWarning, match=said):
            fetched = fetch(sandbox)

        assert fetched["run_id"].tolist() == ["run_003", "run_001"]

    def test_finds_the_run_that_slipped_past_while_another_vanished(self):
        # After the first page a run of it vanishes: offset cursors then skip run_149.
        motion = Motion.script({1: [Vanish("run_240")]})
        with Sandbox(map(a_served_run, range(250)), motion=motion) as sandbox:
            runs = fetch(sandbox)
            listed = {run["run_id"] for run in sandbox.truth()}

        assert listed <= set(runs["run_id"])
        assert runs["run_id"].is_unique

    def test_warns_where_completeness_cannot_be_proved(self):
        ids = iter(range(249, 0, -3))
        motion = Motion(lambda number, listing: [Vanish(f"run_{next(ids):03}")])
        with Sandbox(map(a_served_run, range(250)), motion=motion) as sandbox:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                runs = fetch(sandbox)
            listed = {run["run_id"] for run in sandbox.truth()}

        is_warned = any(one.category is IncompleteHistoryWarning for one in caught)
        assert is_warned or listed <= set(runs["run_id"])
