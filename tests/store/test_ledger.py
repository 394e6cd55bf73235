"""One row per run, the latest word; rows and memory in one commit; versions that stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from stored_runs import (
    HOUR,
    MARCH,
    READ_AT,
    a_run,
    an_output,
    commit,
    parquet_files,
    rows,
    stored,
)

from flora_analytics.errors import StoreError, StoreNotFoundError, StoreSchemaError
from flora_analytics.runs import read_runs
from flora_analytics.store import RunStore, Written
from flora_analytics.store.delta import commit_properties

LATER = READ_AT + HOUR
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


class TestRowsOfACommit:
    def test_are_stored_as_they_were_given(self, store):
        runs = [a_run("run_a"), a_run("run_b", created_at=APRIL, outputs=None, charged_cost=None)]

        written = commit(store, *runs)

        assert written == Written(n_new=2, n_changed=0, n_known=0)
        assert stored(store) == runs

    def test_are_told_apart_as_new_changed_and_known(self, store):
        commit(store, a_run("run_a"), a_run("run_b"))

        written = commit(
            store,
            a_run("run_a", read_at=LATER),
            a_run("run_b", read_at=LATER, status="failed"),
            a_run("run_c", read_at=LATER),
        )

        assert written == Written(n_new=1, n_changed=1, n_known=1)
        assert [run["status"] for run in stored(store)] == ["completed", "failed", "completed"]

    def test_of_an_older_reading_never_replace_those_of_a_newer_one(self, store):
        commit(store, a_run(status="completed", read_at=LATER))

        written = commit(store, a_run(status="running", read_at=READ_AT))

        assert written == Written(n_new=0, n_changed=0, n_known=1)
        assert stored(store)[0]["status"] == "completed"

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({"charged_cost": None}, {"charged_cost": Decimal(0)}),
            ({"charged_cost": Decimal(0)}, {"charged_cost": None}),
            ({"charged_cost": Decimal("0.1")}, {"charged_cost": Decimal("0.100000001")}),
            ({"outputs": None}, {"outputs": []}),
            ({"outputs": [an_output()]}, {"outputs": [an_output(), an_output()]}),
            ({"outputs": [an_output()]}, {"outputs": [an_output(type="videoUrl")]}),
            ({"outputs": [an_output()]}, {"outputs": [an_output(url=None)]}),
            ({"error_message": None}, {"error_message": ""}),
            ({"progress": 50.0}, {"progress": 51.0}),
            ({"created_at": MARCH}, {"created_at": MARCH + timedelta(microseconds=1)}),
        ],
        ids=["cost stated", "cost taken back", "cost by a nano-dollar", "outputs known",
             "one output more", "output of another type", "output without url",
             "message is empty", "progress", "creation within its month"],
    )  # fmt: skip
    def test_change_a_run_that_says_something_else(self, store, before, after):
        commit(store, a_run("run_a", **before), a_run("run_b"))

        written = commit(store, a_run("run_a", **after, read_at=LATER))

        assert written == Written(n_new=0, n_changed=1, n_known=0)
        assert stored(store) == [a_run("run_a", **after, read_at=LATER), a_run("run_b")]

    @pytest.mark.parametrize(
        "fields",
        [{}, {"outputs": None, "charged_cost": None}, {"outputs": []},
         {"outputs": [an_output(), an_output(url=None), an_output(type=None)]}],
        ids=["usual", "nothing stated", "no outputs", "several outputs"],
    )  # fmt: skip
    def test_that_say_the_same_again_write_no_file(self, store, fields):
        commit(store, a_run("run_a"), a_run("run_b", **fields))
        before = parquet_files(store)

        written = commit(store, a_run("run_b", **fields, read_at=LATER))

        assert written == Written(n_new=0, n_changed=0, n_known=1)
        assert parquet_files(store) == before
        assert stored(store)[1]["read_at"] == READ_AT

    def test_rewrite_only_the_file_that_holds_a_changed_run(self, store):
        commit(store, a_run("run_a"), a_run("run_b", created_at=APRIL))
        commit(store, a_run("run_c"))
        before = set(store.snapshot().files)

        commit(store, a_run("run_a", read_at=LATER, status="failed"))

        after = set(store.snapshot().files)
        assert (len(before - after), len(after - before)) == (1, 1)
        assert all("created_month=2026-03" in path for path in before ^ after)
        assert [run["status"] for run in stored(store)] == ["failed", "completed", "completed"]

    def test_count_once_where_a_batch_repeats_a_run_and_the_last_counts(self, store):
        runs = [a_run(status=status) for status in ("pending", "running", "completed")]

        written = commit(store, *runs)

        assert written == Written(n_new=1, n_changed=0, n_known=0)
        assert stored(store) == [a_run(status="completed")]

    def test_fall_into_the_month_of_their_creation_in_utc(self, store):
        almost = datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)

        commit(store, a_run("run_a", created_at=almost), a_run("run_b", created_at=APRIL))

        assert {path.parent.name for path in parquet_files(store)} == {
            "created_month=2026-03",
            "created_month=2026-04",
        }

    def test_of_one_month_are_found_without_the_others(self, store):
        commit(store, a_run("run_a"), a_run("run_b", created_at=APRIL))

        march = store.snapshot().dataset(months=["2026-03"]).to_table()

        assert march["run_id"].to_pylist() == ["run_a"]

    def test_none_at_all_still_commit_the_memory(self, store):
        written = commit(store, cursor="abc")

        assert written == Written(0, 0, 0)
        assert store.snapshot().memory("all") == {"cursor": "abc"}
        assert store.snapshot().dataset().to_table().num_rows == 0

    def test_can_be_read_by_any_delta_reader(self, store):
        commit(store, a_run("run_a"), a_run("run_b", created_at=APRIL, charged_cost=None))
        commit(store, a_run("run_a", charged_cost=Decimal("1E-9"), read_at=LATER))

        table = DeltaTable(store.uri)
        frame = table.to_pandas().set_index("run_id").sort_index()

        assert frame["charged_cost"].tolist() == [Decimal("0.000000001"), None]
        assert frame["created_month"].tolist() == ["2026-03", "2026-04"]


class TestMemory:
    def test_is_empty_before_the_first_commit(self, store):
        store.create()

        assert store.snapshot().memory("all") == {}

    def test_of_other_scopes_is_kept(self, store):
        commit(store, scope="ws_a", seen=1)
        commit(store, a_run(), scope="ws_b", seen=2)
        commit(store, scope="ws_a", more=3)

        assert store.snapshot().memory("ws_a") == {"seen": 1, "more": 3}
        assert store.snapshot().memory("ws_b") == {"seen": 2}

    def test_survives_the_upkeep_of_other_programs(self, store):
        commit(store, a_run("run_a"), seen=1)
        commit(store, a_run("run_b"))
        table = DeltaTable(store.uri)

        table.optimize.compact()
        table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)

        assert len(store.snapshot().files) == 1
        assert store.snapshot().memory("all") == {"seen": 1}
        assert commit(store, a_run("run_b", read_at=LATER, progress=7.0)).n_changed == 1
        assert [run["progress"] for run in stored(store)] == [None, 7.0]


class TestVersions:
    def test_of_a_number_or_an_instant_can_be_read_again(self, store):
        commit(store, a_run("run_a", status="running"))
        first = store.snapshot()
        commit(store, a_run("run_a", read_at=LATER), a_run("run_b"))

        assert read_runs(store)["run_id"].tolist() == ["run_a", "run_b"]
        assert read_runs(store, as_of=first.version)["status"].tolist() == ["running"]
        assert read_runs(store, as_of=first.committed_at)["status"].tolist() == ["running"]
        assert store.snapshot(as_of=first.version).committed_at == first.committed_at

    def test_carry_the_memory_of_their_time(self, store):
        commit(store, seen=1)
        version = store.snapshot().version
        commit(store, seen=2)

        assert store.snapshot(as_of=version).memory("all") == {"seen": 1}

    @pytest.mark.parametrize(
        "as_of",
        [99, -1, datetime(2020, 1, 1, tzinfo=UTC)],
        ids=["number to come", "negative number", "instant before the first"],
    )
    def test_that_are_not_there_are_a_plain_error(self, store, as_of):
        commit(store, a_run())

        with pytest.raises(StoreNotFoundError, match=r"^The store has no version .*as_of\.$"):
            store.snapshot(as_of=as_of)

    def test_stay_as_they_are_while_others_write(self, store):
        commit(store, a_run("run_a"))
        before = store.snapshot()

        commit(store, a_run("run_a", read_at=LATER, status="failed"), a_run("run_b"))

        assert before.dataset().to_table().to_pylist() == [a_run("run_a")]


class TestPlaces:
    @pytest.mark.parametrize("name", ["my runs", "läufe", "a+b=c"])
    def test_may_have_names_of_any_language(self, tmp_path, name):
        store = RunStore(tmp_path / name / "runs.delta")
        commit(store, a_run())

        commit(store, a_run(read_at=LATER, status="failed"))

        assert [run["status"] for run in stored(store)] == ["failed"]
        assert read_runs(store)["status"].tolist() == ["failed"]

    def test_may_be_file_uris_or_relative(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        commit(RunStore("runs.delta"), a_run())

        store = RunStore((tmp_path / "runs.delta").as_uri())
        commit(store, a_run(read_at=LATER, status="failed"))

        assert [run["status"] for run in stored(RunStore("runs.delta"))] == ["failed"]

    @pytest.mark.parametrize("name", ["a#b", "a?b", "a%20b"])
    def test_that_delta_lake_cannot_name_are_refused(self, tmp_path, name):
        with plain(StoreError, "holds the character [#%?], .*--store"):
            commit(RunStore(tmp_path / name), a_run())


class TestWhatIsNoStore:
    def test_a_place_without_one(self, store):
        assert not store.exists()
        with plain(StoreNotFoundError, "no store at .*sync"):
            store.snapshot()

    def test_a_file(self, tmp_path):
        path = tmp_path / "runs.csv"
        path.write_text("run_id\n")

        with plain(StoreError, "is a file.*--store"):
            RunStore(path).exists()
        with plain(StoreError, "is a file.*--store"):
            commit(RunStore(path), a_run())

        assert path.read_text() == "run_id\n"

    def test_a_folder_with_other_files(self, tmp_path):
        (tmp_path / "letter.txt").write_text("Dear")

        with plain(StoreError, "holds other files.*empty folder"):
            commit(RunStore(tmp_path), a_run())

        assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]

    def test_an_empty_folder_becomes_one(self, tmp_path):
        commit(RunStore(tmp_path), a_run())

        assert stored(RunStore(tmp_path)) == [a_run()]

    def test_a_table_of_another_schema(self, tmp_path):
        DeltaTable.create(str(tmp_path), schema=rows().select(["run_id", "status"]).schema)

        with plain(StoreSchemaError, r"lacks the columns \['charged_cost'.*--store"):
            commit(RunStore(tmp_path), a_run())

    def test_a_store_of_a_later_release(self, store):
        commit(store, a_run())
        table = DeltaTable(store.uri)
        properties = commit_properties({"format": 99})
        table.delete("run_id = 'run_a'", commit_properties=properties)

        with plain(StoreSchemaError, r"later release \(format 99.*upgrade"):
            store.snapshot()
        with plain(StoreSchemaError, r"later release \(format 99.*upgrade"):
            commit(store, a_run("run_b"))

    @pytest.mark.parametrize(
        "log", [b"{", b"", b'{"add":{"path":1}}'], ids=["cut off", "empty", "wrong shape"]
    )
    def test_a_broken_log(self, store, log):
        commit(store, a_run())
        newest = max(Path(store.uri, "_delta_log").glob("*.json"))
        newest.write_bytes(log)

        with plain(StoreError, "could not be used"):
            store.snapshot()
        with plain(StoreError, "could not be used"):
            commit(store, a_run("run_b"))

    def test_a_lost_data_file(self, store):
        commit(store, a_run())
        for path in parquet_files(store):
            path.unlink()

        with plain(StoreError, "could not be used"):
            read_runs(store)
        with plain(StoreError, "could not be used"):
            commit(store, a_run(read_at=LATER, progress=1.0))

    def test_a_place_that_cannot_be_written(self):
        with plain(StoreError, "/proc/no/runs.delta"):
            commit(RunStore("/proc/no/runs.delta"), a_run())


def plain(kind: type[Exception], said: str) -> Any:
    """Raises an error whose one line says so."""
    return pytest.raises(kind, match=f"(?s)^(?=[^\n]*$).*{said}")


def test_files_hold_plain_texts_and_exact_decimals_for_every_engine(store):
    commit(store, a_run())

    schema = ds.dataset(list(store.snapshot().files), format="parquet").schema

    assert str(schema.field("run_id").type) == "string"
    assert str(schema.field("charged_cost").type) == "decimal128(18, 9)"
    assert str(schema.field("created_at").type) == "timestamp[us, tz=UTC]"


def test_pages_become_one_row_group_of_a_file(store):
    pages = pa.concat_tables([rows(a_run(f"run_{number}")) for number in range(300)])

    store.commit(pages, scope="all", memory=dict)

    (path,) = store.snapshot().files
    assert pq.ParquetFile(path).metadata.num_row_groups == 1
