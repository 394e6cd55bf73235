"""One sync in progress: the runs in hand, the open runs it knows, its batches into the store."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.client import FloraClient
from flora_analytics.decode import Page, RejectedRun
from flora_analytics.progress import Progress
from flora_analytics.schema import RUN_SCHEMA
from flora_analytics.store import RunStore, Snapshot, is_one_of
from flora_analytics.walk import Query
from flora_analytics.walk.place import Place

__all__ = ["Session"]

#: A batch is committed when it has waited this long, full or not. [s]
BATCH_SECONDS = 30.0
#: More open runs than this are looked up in the store instead of remembered with each commit.
OPEN_REMEMBERED = 5_000
#: Completed and failed are the only statuses that are known to be final.
_FINISHED = ("completed", "failed")


@dataclass(slots=True)
class Session:
    """What one sync of one scope holds in hand.

    Attributes
    ----------
    memory : dict
        What the scope's last sync left for this one.
    open : dict of str to int
        Runs that have not ended, with their creation. [µs since 1970]
    unread : dict of str to int
        Those of them that this sync has not read again yet.
    """

    store: RunStore
    client: FloraClient
    query: Query
    scope: str
    batch_rows: int
    progress: Progress | None = None
    sleep: Callable[[float], object] = time.sleep
    memory: dict[str, Any] = field(default_factory=dict)
    before: Snapshot | None = None
    open: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    drift: dict[tuple[str, str], str] = field(default_factory=dict)
    time_unit: str | None = None
    n_pages: int = 0
    n_rows: int = 0
    n_new: int = 0
    n_changed: int = 0
    n_known: int = 0
    n_newly_rejected: int = 0
    _batch: list[pa.RecordBatch] = field(default_factory=list)
    _rejected: list[RejectedRun] = field(default_factory=list)
    _n_batch: int = 0
    _flushed: float = field(default_factory=time.monotonic)

    @classmethod
    def begin(
        cls,
        store: RunStore,
        client: FloraClient,
        query: Query,
        scope: str,
        *,
        batch_rows: int,
        progress: Progress | None,
        sleep: Callable[[float], object],
    ) -> Session:
        """A session that knows what the last one left."""
        before = store.snapshot() if store.exists() else None
        memory = before.memory(scope) if before else {}
        session = cls(store, client, query, scope, batch_rows, progress, sleep, memory, before)
        session.open = _open_runs(before, memory, query)
        session.unread = dict(session.open)
        session.drift = {(kind, name): run_id for kind, name, run_id in memory.get("drift", [])}
        session.time_unit = memory.get("time_unit")
        if memory and not memory.get("settled", True) and before:
            _release_stored(store, before)
        return session

    def take(self, page: Page) -> None:
        """Put a page into the batch."""
        self.n_pages += 1
        self.n_rows += page.n_rows
        self._n_batch += page.n_rows
        self._batch.append(page.runs)
        self._rejected += page.rejected
        self.time_unit = page.time_unit or self.time_unit
        for news in page.drift:
            self.drift.setdefault((news.kind, news.name), news.run_id)
        self._note_open(page.runs)
        if self.progress:
            self.progress(self.n_rows, page.total_estimate)

    def is_due(self) -> bool:
        """Whether the batch is as large, or as old, as it may become."""
        waited = time.monotonic() - self._flushed
        return self._n_batch >= self.batch_rows or (self._n_batch > 0 and waited >= BATCH_SECONDS)

    def take_and_keep(self, page: Page) -> None:
        """Put a page into the batch, and the batch into the store when it is due."""
        self.take(page)
        if self.is_due():
            self.flush({})

    def flush(self, changes: dict[str, Any], *, settled: bool = False) -> None:
        """Commit the batch, together with what the scope remembers from here on.

        The quarantine is a table of its own: it is filled before the rows are committed and
        emptied after, and `settled` says that nothing of that is left to do.
        """
        self._n_batch, self._flushed = 0, time.monotonic()
        self.store.create()
        self._quarantine()
        runs = pa.Table.from_batches(self._batch, schema=RUN_SCHEMA)
        self._batch = []

        def memory(theirs: dict[str, Any]) -> dict[str, Any]:
            return theirs | self._remembered(theirs) | changes | {"settled": settled}

        written = self.store.commit(runs, scope=self.scope, memory=memory)
        self.n_new += written.n_new
        self.n_changed += written.n_changed
        self.n_known += written.n_known
        self.store.quarantine.release(runs)

    def flush_rows(self, changes: dict[str, Any]) -> None:
        """Commit the batch, if there is anything in it."""
        if self._n_batch:
            self.flush(changes)

    def holds(self, ids: list[str], created: list[int]) -> bool:
        """Whether the store held one of these runs when the sync began."""
        if self.before is None or not ids:
            return False
        months = {f"{datetime.fromtimestamp(at // 10**6, UTC):%Y-%m}" for at in created}
        return bool(self.before.stored(pa.array(ids), months=months).num_rows)

    @property
    def ground(self) -> Place | None:
        """The place at and below which the last syncs have proved that nothing is missing."""
        value = self.memory.get("ground")
        return Place.from_json(value) if value else None

    def _note_open(self, runs: pa.RecordBatch) -> None:
        if self.unread:
            for run_id in runs["run_id"].to_pylist():
                self.unread.pop(run_id, None)
        is_finished = pc.is_in(runs["status"], value_set=pa.array(_FINISHED))
        for run_id in runs["run_id"].filter(is_finished).to_pylist():
            if self.open.pop(run_id, None) is not None:
                self.ended.add(run_id)
        still_open = runs.filter(pc.invert(is_finished))
        created = still_open["created_at"].cast(pa.int64()).to_pylist()
        self.open.update(zip(still_open["run_id"].to_pylist(), created, strict=True))

    def _quarantine(self) -> None:
        self.n_newly_rejected += self.store.quarantine.add(self._rejected)
        self._rejected = []

    def _remembered(self, theirs: dict[str, Any]) -> dict[str, Any]:
        # Another sync may have met open runs that this one has not: forget none of them.
        others = theirs.get("open") or {}
        known = {i: at for i, at in others.items() if i not in self.ended} | self.open
        return {
            "open": known if len(known) <= OPEN_REMEMBERED else None,
            "drift": [[kind, name, run_id] for (kind, name), run_id in self.drift.items()],
            "time_unit": self.time_unit,
        }


def _open_runs(before: Snapshot | None, memory: dict[str, Any], query: Query) -> dict[str, int]:
    """The runs of the scope that had not ended when last read."""
    if before is None or not memory:
        return {}
    if memory.get("open") is not None:
        return dict(memory["open"])
    is_open = ~is_one_of("status", _FINISHED)
    if query.workspace_id:
        is_open &= is_one_of("workspace_id", [query.workspace_id])
    found = before.dataset().to_table(columns=["run_id", "created_at"], filter=is_open)
    created = found["created_at"].cast(pa.int64()).to_pylist()
    return dict(zip(found["run_id"].to_pylist(), created, strict=True))


def _release_stored(store: RunStore, before: Snapshot) -> None:
    """Finish what a killed sync left: a stored run has no place in the quarantine."""
    suspects = store.quarantine.table()["run_id"].drop_null().combine_chunks()
    if len(suspects):
        columns = ["run_id", "read_at"]
        found = before.dataset().to_table(columns=columns, filter=is_one_of("run_id", suspects))
        store.quarantine.release(found)
