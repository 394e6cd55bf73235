"""Scenarios of a history that moves and misbehaves, and what the store must hold in the end.

A scenario is one number: the same seed gives the same history, motion, faults and syncs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from flora_analytics import FloraClient, RunStore, SyncResult, sync_runs
from flora_analytics.errors import FloraAnalyticsError
from flora_analytics.sandbox import Manner, Motion, Sandbox, random_faults

#: Every run that a scenario changes lies in this window before its newest run.
LOOKBACK = timedelta(hours=2)
MANNERS = {
    "offsets": {},
    "keysets": {"cursors": "keyset"},
    "no count": {"total": "absent"},
    "wrong count": {"total": "wrong"},
    "late count": {"total": "lagging"},
    "frozen count": {"total": "frozen"},
    "repeated rows": {"repeated_rows": 3},
    "empty pages": {"empty_page_every": 3},
    "seconds": {"seconds": True},
    "short-lived cursors": {"cursor_lifetime": 6},
    "no limit": {"limit": "refused", "default_limit": 9},
    "missing last cursor": {"last_cursor": "missing"},
    "empty last cursor": {"last_cursor": "empty"},
}


def quiet(seconds: float) -> None:
    """Sleep no longer than a test can bear."""
    time.sleep(min(seconds, 0.001))


def make_run(number: int, created_at: int, **changes: Any) -> dict[str, Any]:
    """A completed run as the API lists it."""
    run_id = f"run_{number:06d}"
    return {
        "run_id": run_id,
        "technique_run_id": run_id,
        "workspace_id": f"ws_{number % 2}",
        "project_id": f"prj_{number % 5}",
        "technique": {"technique_id": f"tech_{number % 7}", "name": f"Technique {number % 7}"},
        "status": "completed",
        "progress": 100,
        "created_at": created_at,
        "started_at": created_at + 1_000,
        "completed_at": created_at + 9_000,
        "charged_cost": Decimal(number % 1000).scaleb(-4),
        "poll_url": f"https://app.flora.ai/api/v1/techniques/tech_{number % 7}/runs/{run_id}",
    } | changes


def make_history(n_runs: int, *, seed: int = 0, share_open: float = 0.05) -> list[dict[str, Any]]:
    """Runs a minute apart, some of one instant, some still open; the newest is of now."""
    chance, now = Random(seed), int(datetime.now(UTC).timestamp() * 1000)
    runs = []
    for number in range(n_runs):
        created_at = now - (n_runs - number) // chance.choice([1, 1, 1, 2]) * 60_000
        run = make_run(number, created_at)
        if chance.random() < share_open:
            for name in ("started_at", "completed_at", "charged_cost"):
                run.pop(name)
            run |= {"status": "pending", "progress": 0}
        runs.append(run)
    return runs


@dataclass
class Ledger:
    """A sandbox, a store and the syncs between them."""

    sandbox: Sandbox
    store: RunStore

    @property
    def folder(self) -> Path:
        """Where the store lies."""
        return Path(self.store.uri)

    def client(self, **options: Any) -> FloraClient:
        return FloraClient(
            self.sandbox.api_key, base_url=self.sandbox.base_url, sleep=quiet, **options
        )

    def sync(self, **options: Any) -> SyncResult:
        with self.client() as client:
            options = {"lookback": LOOKBACK, "sleep": quiet} | options
            return sync_runs(self.store, client=client, **options)

    def try_sync(self, **options: Any) -> SyncResult | FloraAnalyticsError:
        """A sync that may fail, but only plainly."""
        try:
            return self.sync(**options)
        except FloraAnalyticsError as error:
            return error

    def settle(self) -> None:
        """Nothing moves and nothing goes wrong any more."""
        self.sandbox.motion = self.sandbox.faults = None

    def listed(self) -> set[str]:
        """The runs that the API lists now."""
        return {run["run_id"] for run in self.sandbox.truth()}

    def stored(self) -> set[str]:
        """The runs that the store holds."""
        return set(self.store.snapshot().dataset().to_table(["run_id"])["run_id"].to_pylist())

    def problems(self) -> list[str]:
        """How the store differs from what the API lists: nothing lost, doubled or stale."""
        stored = self.store.snapshot().dataset().to_table().to_pylist()
        by_id = {run["run_id"]: run for run in stored}
        problems = [] if len(by_id) == len(stored) else ["a run is stored twice"]
        for run in self.sandbox.truth():
            if run["run_id"] not in by_id:
                problems.append(f"{run['run_id']} is lost")
            elif (ours := as_listed(by_id[run["run_id"]])) != (theirs := as_compared(run)):
                problems.append(f"{run['run_id']} is stale: {ours} is not {theirs}")
        return problems


def as_listed(row: dict[str, Any]) -> dict[str, Any]:
    """What a stored row says, in the API's words."""
    return {
        "status": row["status"],
        "charged_cost": row["charged_cost"],
        "created_at": _ms(row["created_at"]),
        "completed_at": _ms(row["completed_at"]),
        "technique": row["technique_id"],
        "error_code": row["error_code"],
        "n_outputs": len(row["outputs"] or ()),
    }


def as_compared(run: dict[str, Any]) -> dict[str, Any]:
    """What the API says of a run, as far as scenarios change it."""
    cost = run.get("charged_cost")
    return {
        "status": run["status"],
        "charged_cost": None if cost is None else Decimal(str(cost)),
        "created_at": run["created_at"],
        "completed_at": run.get("completed_at"),
        "technique": run["technique"]["technique_id"],
        "error_code": run.get("error_code"),
        "n_outputs": len(run.get("outputs", ())),
    }


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else round(instant.timestamp() * 1000)


def play(seed: int, folder: Path, *, note: Callable[[str], object] = lambda _: None) -> list[str]:
    """Play one scenario to its end and return what is wrong then, which should be nothing."""
    chance = Random(seed)
    manner = Manner(max_limit=chance.choice([5, 10, 30]), limit="capped")
    name = chance.choice(list(MANNERS))
    manner = Manner(**{"max_limit": manner.max_limit, "limit": "capped"} | MANNERS[name])
    history = make_history(chance.choice([0, 1, 9, 40, 150]), seed=seed)
    note(f"{seed}: {len(history)} runs, {name}, pages of {manner.max_limit}")
    with Sandbox(history, manner=manner) as sandbox:
        ledger = Ledger(sandbox, RunStore(folder / f"{seed}.delta"))
        for _ in range(chance.randrange(1, 5)):
            sandbox.motion = Motion.random(
                chance.randrange(10**9), share=chance.choice([0.0, 0.3, 0.7]), reach=60
            )
            sandbox.faults = random_faults(
                chance.randrange(10**9), share=chance.choice([0.0, 0.1, 0.5]), streak=9
            )
            listed = ledger.listed()
            outcome = ledger.try_sync(
                batch_rows=chance.choice([1, 20, 10_000]), full=chance.random() < 0.1
            )
            note(f"  {outcome}")
            is_complete = isinstance(outcome, SyncResult) and outcome.certificate.complete
            if is_complete and (lost := (listed & ledger.listed()) - ledger.stored()):
                return [f"called complete without {sorted(lost)}"]
        ledger.settle()
        result = ledger.sync()
        note(f"  settled: {result}")
        problems = ledger.problems()
        if not result.certificate.complete:
            problems.append(f"not complete in the end: {result.certificate.reason}")
        return problems


def sync_in_process(store: str, base_url: str, batch_rows: int) -> None:
    """One sync, for a process of its own that may be killed."""
    with FloraClient("sk_test_sandbox", base_url=base_url, sleep=quiet) as client:
        sync_runs(store, client=client, lookback=LOOKBACK, sleep=quiet, batch_rows=batch_rows)
