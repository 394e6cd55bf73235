"""Few files per month, nothing that nobody can ask for, and the memory carried on."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stored_runs import HOUR, MARCH, READ_AT, a_run, commit, parquet_files, rows, stored

from flora_analytics.store import RunStore, upkeep

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def commit_one_by_one(store: RunStore, n: int) -> None:
    for i in range(n):
        commit(store, a_run(f"run_{i:02}", created_at=MARCH + timedelta(minutes=i)), last=i)


def test_a_month_in_many_small_files_becomes_one_file(store):
    commit_one_by_one(store, upkeep.FILES_PER_MONTH + 1)
    commit(store, a_run("run_april", created_at=APRIL))
    before = stored(store)

    store.keep_up(now=NOON)

    assert len(store.snapshot().files) == 2
    assert stored(store) == before
    assert store.snapshot().memory("all") == {"last": upkeep.FILES_PER_MONTH}
    assert store.snapshot().state["upkeep"]["compacted_at"] == NOON.isoformat()


def test_a_month_in_few_files_is_left_alone(store):
    commit_one_by_one(store, upkeep.FILES_PER_MONTH)
    files = store.snapshot().files

    store.keep_up(now=NOON)

    assert store.snapshot().files == files


def test_large_files_are_not_merged_again(store, monkeypatch):
    monkeypatch.setattr(upkeep, "FILE_ROWS", 3)
    for first in range(0, 90, 3):
        commit(store, *(a_run(f"run_{n:02}") for n in range(first, first + 3)))
    version = store.snapshot().version

    store.keep_up(now=NOON)

    assert store.snapshot().version == version + 1  # the vacuum
    assert len(store.snapshot().files) == 30


def test_merged_files_hold_a_bounded_number_of_rows(store, monkeypatch):
    monkeypatch.setattr(upkeep, "FILE_ROWS", 10)
    commit_one_by_one(store, 30)

    store.keep_up(now=NOON)

    assert [file.n_rows for file in store.snapshot().data_files] == [10, 10, 10]
    assert len(stored(store)) == 30


def test_a_changed_run_in_a_merged_file_is_found_and_replaced(store):
    commit_one_by_one(store, 30)
    store.keep_up(now=NOON)

    written = commit(store, a_run("run_07", read_at=READ_AT + HOUR, progress=7.0))

    assert written.n_changed == 1
    assert [run["progress"] for run in stored(store)].count(7.0) == 1


@pytest.mark.parametrize(
    ("waited", "is_due"), [(timedelta(hours=23), False), (timedelta(hours=24), True)]
)
def test_is_vacuumed_once_a_day(store, waited, is_due):
    commit(store, a_run())
    store.keep_up(now=NOON)
    version = store.snapshot().version

    store.keep_up(now=NOON + waited)

    assert (store.snapshot().version > version) == is_due
    last = NOON + waited if is_due else NOON
    assert store.snapshot().state["upkeep"]["vacuumed_at"] == last.isoformat()


def test_a_vacuum_keeps_the_history_and_deletes_what_is_older(tmp_path):
    for history, n_kept in ((timedelta(days=30), 2), (timedelta(0), 1)):
        store = RunStore(tmp_path / f"{history.days}.delta", history=history)
        commit(store, a_run())
        first = store.snapshot()
        commit(store, a_run(read_at=READ_AT + HOUR, progress=1.0))
        make_old(store)

        store.keep_up(now=NOON)

        assert len(parquet_files(store)) == n_kept, history
        assert len(stored(store)) == 1
        if history:
            assert first.read()["progress"].to_pylist() == [None]


def test_a_vacuum_deletes_what_killed_writers_left_and_nothing_under_way(store):
    commit(store, a_run())
    (kept,) = parquet_files(store)
    orphan, under_way = kept.with_name("part-1.parquet"), kept.with_name("part-2.parquet")
    orphan.write_bytes(b"PAR1")
    under_way.write_bytes(b"PAR1")
    age(orphan, days=40)

    store.keep_up(now=NOON)

    assert parquet_files(store) == {kept, under_way}
    assert commit(store, a_run("run_b")).n_new == 1


def test_a_vacuum_spares_the_quarantine(store):
    commit(store, a_run())
    store.quarantine.add([Bad()])
    for path in Path(store.uri, "_rejected").rglob("*"):
        age(path, days=40)

    store.keep_up(now=NOON)

    assert store.quarantine.table()["run_id"].to_pylist() == ["run_bad"]


def test_a_store_stays_quick_to_open_after_hundreds_of_commits(store):
    for i in range(102):
        store.commit(rows(), scope="all", memory=lambda old, i=i: {"last": i})

    assert list(Path(store.uri, "_delta_log").glob("*.checkpoint.parquet"))
    assert store.snapshot().memory("all") == {"last": 101}


class Bad:
    run_id = "run_bad"
    reason = "created_at is missing"
    json = "{}"
    read_at = READ_AT


def make_old(store: RunStore) -> None:
    """Let the files of earlier versions seem to have been replaced two hours ago."""
    current = set(store.snapshot().files)
    log = Path(store.uri, "_delta_log")
    for path in parquet_files(store):
        if str(path) not in current:
            age(path, days=1)
    newest = max(log.glob("*.json"))
    newest.write_text(
        re.sub(
            r'(?<="deletionTimestamp":)\d+',
            lambda stamp: str(int(stamp[0]) - 2 * 3_600_000),
            newest.read_text(),
        )
    )


def age(path: Path, *, days: int) -> None:
    old = path.stat().st_mtime - days * 86_400
    os.utime(path, (old, old))
