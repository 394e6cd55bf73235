"""Whatever moves, breaks or is killed, in any order: one quiet sync later the store is right."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from scenarios import MANNERS, Ledger, make_history, play, sync_in_process

from flora_analytics import RunStore
from flora_analytics.sandbox import Manner, Motion, Sandbox, random_faults

#: How many scenarios of each kind a plain test run plays; more: see the README.
N_SCENARIOS = int(os.environ.get("FLORA_ANALYTICS_SCENARIOS", "60"))
N_HISTORIES = max(10, N_SCENARIOS // 10)

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["scenarios"])


@pytest.mark.parametrize("block", range(10))
def test_seeded_scenarios_end_equal_to_what_the_api_lists(tmp_path, block):
    seeds = range(block * N_SCENARIOS // 10, (block + 1) * N_SCENARIOS // 10)

    problems = {seed: found for seed in seeds if (found := play(seed, tmp_path))}

    assert problems == {}


class AnyOrder(RuleBasedStateMachine):
    """Moves, faults, syncs and kills of real sync processes, as chance orders them."""

    @initialize(
        manner=st.sampled_from(sorted(MANNERS)),
        n_runs=st.sampled_from([0, 7, 60, 130]),
        seed=st.integers(0, 10**6),
    )
    def open(self, manner, n_runs, seed):
        self.folder = tempfile.TemporaryDirectory()
        options = {"max_limit": 10, "limit": "capped"} | MANNERS[manner]
        self.sandbox = Sandbox(make_history(n_runs, seed=seed), manner=Manner(**options))
        self.sandbox.__enter__()
        self.ledger = Ledger(self.sandbox, RunStore(Path(self.folder.name) / "runs.delta"))

    @rule(seed=st.integers(0, 10**6), share=st.sampled_from([0.2, 0.6]))
    def begin_to_move(self, seed, share):
        self.sandbox.motion = Motion.random(seed, share=share, reach=60)

    @rule()
    def stop_moving(self):
        self.sandbox.motion = None

    @rule(seed=st.integers(0, 10**6), share=st.sampled_from([0.0, 0.2, 0.6]))
    def misbehave(self, seed, share):
        self.sandbox.faults = random_faults(seed, share=share, streak=9)

    @rule(batch_rows=st.sampled_from([1, 25, 10_000]), full=st.booleans())
    def sync(self, batch_rows, full):
        self.ledger.try_sync(batch_rows=batch_rows, full=full)

    @rule(
        batch_rows=st.sampled_from([1, 25, 10_000]),
        n_requests=st.integers(1, 25),
        moment=st.floats(0, 0.06),
    )
    def kill_a_sync(self, batch_rows, n_requests, moment):
        enough = self.sandbox.n_requests + n_requests
        process = SPAWN.Process(
            target=sync_in_process,
            args=(self.ledger.store.uri, self.sandbox.base_url, batch_rows),
            daemon=True,
        )
        process.start()
        while process.is_alive() and self.sandbox.n_requests < enough:
            time.sleep(0.0005)
        time.sleep(moment)
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()

    @rule()
    def settle(self):
        motion, faults = self.sandbox.motion, self.sandbox.faults
        self.ledger.settle()

        result = self.ledger.sync()

        assert result.certificate.complete, result.certificate.reason
        assert self.ledger.problems() == []
        again = self.ledger.sync()
        assert (again.n_new, again.n_changed) == (0, 0), "a second sync changes nothing"
        self.sandbox.motion, self.sandbox.faults = motion, faults

    @invariant()
    def no_run_is_stored_twice(self):
        if hasattr(self, "ledger") and self.ledger.store.exists():
            ids = self.ledger.store.snapshot().dataset().to_table(["run_id"])["run_id"]
            assert len(ids) == len(ids.unique())

    def teardown(self):
        if hasattr(self, "sandbox"):
            self.settle()
            self.sandbox.__exit__(None, None, None)
            self.folder.cleanup()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=N_HISTORIES,
    stateful_step_count=8,
    suppress_health_check=list(HealthCheck),
)


def test_syncs_at_once_are_all_right(tmp_path):
    with Sandbox(make_history(400), manner=Manner(max_limit=10, limit="capped")) as sandbox:
        ledger = Ledger(sandbox, RunStore(tmp_path / "runs.delta"))
        processes = [
            SPAWN.Process(target=sync_in_process, args=(ledger.store.uri, sandbox.base_url, 20))
            for _ in range(3)
        ]

        for process in processes:
            process.start()
        for process in processes:
            process.join()

        assert [process.exitcode for process in processes] == [0, 0, 0]
        assert ledger.problems() == []
        assert ledger.sync().certificate.complete
