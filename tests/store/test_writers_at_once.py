"""Several processes at one store, and processes that are killed in the middle of a commit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from stored_runs import READ_AT, a_run, commit, stored

from flora_analytics.schema import RUN_SCHEMA
from flora_analytics.store import RunStore, delta

#: Commits overlapping batches: runs 0 to 39 of its own reading, in eight commits.
_WRITER = """
import sys
from datetime import timedelta
sys.path.insert(0, sys.argv[1])
from stored_runs import READ_AT, a_run, commit
from flora_analytics.store import RunStore

store, reading = RunStore(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for first in range(0, 40, 5):
    runs = [
        a_run(f"run_{n:02}", read_at=READ_AT + timedelta(hours=reading), progress=float(reading))
        for n in range(first, first + 10)
    ]
    commit(store, *runs, scope=f"writer {reading}", done=first)
    print(first, flush=True)
"""


def start_writer(store: RunStore, reading: int) -> subprocess.Popen[str]:
    here = str(Path(__file__).parent)
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, here, store.uri, str(reading)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def end(process: subprocess.Popen[str]) -> int:
    process.communicate()
    return process.returncode


def test_writers_at_once_store_each_run_once_and_the_latest_reading_of_it(store):
    writers = [start_writer(store, reading) for reading in (1, 2)]

    for writer in writers:
        let_go(writer)
    ended = [end(writer) for writer in writers]

    assert ended == [0, 0]
    runs = stored(store)
    assert [run["run_id"] for run in runs] == [f"run_{n:02}" for n in range(45)]
    assert {run["progress"] for run in runs} == {2.0}
    assert [store.snapshot().memory(f"writer {reading}")["done"] for reading in (1, 2)] == [35, 35]


def test_writers_on_one_machine_take_turns_and_none_works_in_vain(store):
    delta.create(store.uri, RUN_SCHEMA, partition_by=[], name="turns", history=timedelta(days=1))
    tries = []

    def write(table):
        tries.append(table.version())
        time.sleep(0.005)
        delta.replace_files(table, {}, added=[])

    with ThreadPoolExecutor(6) as writers:
        for _ in range(60):
            writers.submit(delta.commit, store.uri, RUN_SCHEMA, write)

    assert tries == list(range(60))


@pytest.mark.skipif(os.name != "posix", reason="a folder in the lock's place")
def test_a_writer_that_cannot_lock_writes_all_the_same(store):
    commit(store, a_run())
    lock = Path(store.uri) / "_writer.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()

    commit(store, a_run("run_2"))

    assert len(stored(store)) == 2


def test_a_writer_killed_at_any_moment_leaves_a_store_of_whole_commits(store):
    for reading in (1, 2):
        writer = start_writer(store, reading)
        let_go(writer)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.03 * reading)
        writer.send_signal(signal.SIGKILL)
        end(writer)

        snapshot = store.snapshot()
        runs = stored(store)
        done = snapshot.memory(f"writer {reading}")["done"]
        ours = [run for run in runs if run["progress"] == float(reading)]
        assert len({run["run_id"] for run in runs}) == len(runs)
        assert len(ours) == done + 10

    written = commit(
        store, *(a_run(f"run_{n:02}", read_at=READ_AT + timedelta(days=1)) for n in range(45))
    )
    assert written.n_new + written.n_changed == 45
    assert len(stored(store)) == 45


def test_a_reader_sees_its_version_while_others_write_and_tidy_up(store):
    for n in range(26):
        commit(store, a_run(f"run_{n:02}"))
    before = store.snapshot()

    commit(store, a_run("run_00", read_at=READ_AT + timedelta(days=1), progress=9.0))
    store.keep_up(now=READ_AT)

    assert before.read().num_rows == 26
    assert before.read()["progress"].null_count == 26
    assert store.snapshot().read().num_rows == 26
