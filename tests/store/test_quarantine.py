"""Runs that broke the contract: kept with the reason, let go by a good version read as late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from stored_runs import HOUR, READ_AT, a_run, commit, rows

from flora_analytics.store import RunStore


@dataclass(frozen=True)
class Bad:
    run_id: str | None = "run_bad"
    reason: str = "created_at is missing"
    json: str = '{"run_id":"run_bad"}'
    read_at: datetime = READ_AT


def kept(store: RunStore) -> list[tuple[str | None, str]]:
    table = store.quarantine.table()
    return sorted(zip(table["run_id"].to_pylist(), table["json"].to_pylist(), strict=True))


def test_is_empty_before_the_first_bad_run(store):
    assert store.quarantine.table().num_rows == 0
    assert store.quarantine.add([]) == 0
    assert not store.exists()


def test_keeps_each_bad_run_with_its_reason_and_json(store):
    n_new = store.quarantine.add([Bad(), Bad(run_id=None, json="[]", reason="no id")])

    table = store.quarantine.table().sort_by("reason")
    assert n_new == 2
    assert table["reason"].to_pylist() == ["created_at is missing", "no id"]
    assert table["json"].to_pylist() == ['{"run_id":"run_bad"}', "[]"]
    assert table["read_at"].to_pylist() == [READ_AT, READ_AT]


def test_the_same_again_is_neither_counted_nor_written(store):
    store.quarantine.add([Bad()])
    log = sorted(path.name for path in _log(store))

    n_new = store.quarantine.add([Bad(read_at=READ_AT + HOUR)])

    assert n_new == 0
    assert sorted(path.name for path in _log(store)) == log


def test_another_version_of_a_bad_run_replaces_what_was_kept_of_it(store):
    store.quarantine.add([Bad(), Bad(run_id="run_other", json="{}")])

    n_new = store.quarantine.add([Bad(json='{"run_id":"run_bad","created_at":-1}')])

    assert n_new == 0
    assert kept(store) == [
        ("run_bad", '{"run_id":"run_bad","created_at":-1}'),
        ("run_other", "{}"),
    ]


@pytest.mark.parametrize(
    ("read_at", "is_released"),
    [(READ_AT - HOUR, False), (READ_AT, True), (READ_AT + HOUR, True)],
    ids=["earlier", "as late", "later"],
)
def test_a_good_version_releases_a_run_if_it_was_not_read_before(store, read_at, is_released):
    store.quarantine.add([Bad(), Bad(run_id=None, json="[]")])

    store.quarantine.release(rows(a_run("run_bad", read_at=read_at), a_run("run_b")))

    assert store.quarantine.table().num_rows == (1 if is_released else 2)


def test_can_be_emptied_and_filled_again(store):
    store.quarantine.add([Bad()])
    store.quarantine.release(rows(a_run("run_bad")))
    assert kept(store) == []

    assert store.quarantine.add([Bad()]) == 1
    assert len(kept(store)) == 1


def test_nothing_is_lost_if_the_sync_dies_before_its_rows_are_committed(store):
    store.quarantine.add([Bad()])

    again = RunStore(store.uri)
    assert not again.exists()
    assert commit(again, a_run()).n_new == 1
    assert kept(again) == [("run_bad", '{"run_id":"run_bad"}')]


def test_lies_beside_the_runs_and_is_no_part_of_them(store):
    commit(store, a_run())
    store.quarantine.add([Bad()])
    commit(store, a_run("run_b"))

    assert store.snapshot().read().num_rows == 2
    assert isinstance(store.quarantine.table(), pa.Table)


def _log(store: RunStore) -> list[Path]:
    return list(Path(store.uri, "_rejected", "_delta_log").glob("*.json"))
