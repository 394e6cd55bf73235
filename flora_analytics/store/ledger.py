"""The runs table: one row per run, the latest word, in atomic versioned commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from flora_analytics.certificate import Certificate
from flora_analytics.schema import RUN_SCHEMA
from flora_analytics.store import delta
from flora_analytics.store.difference import differs, last_of_each
from flora_analytics.store.quarantine import Quarantine
from flora_analytics.store.upkeep import keep_up

__all__ = ["RunStore", "Snapshot", "Written"]

#: How long earlier versions stay readable.
HISTORY = timedelta(days=30)
#: From what a scope remembers to what it shall remember.
Memory = Callable[[dict[str, Any]], dict[str, Any]]
_PARTITION = "created_month"
_RUNS = RUN_SCHEMA.remove_metadata()
_STORED = RUN_SCHEMA.append(pa.field(_PARTITION, pa.string(), nullable=False))


@dataclass(frozen=True, slots=True)
class Written:
    """What a commit did. [runs]"""

    n_new: int
    n_changed: int
    n_known: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One consistent version of the store, unmoved by syncs that run meanwhile.

    Attributes
    ----------
    version : int
    committed_at : datetime
        When this version became the latest. [UTC]
    files : tuple of str
        The Parquet files that hold its rows.
    state : dict
        What the syncs remember, JSON-ready.
    """

    uri: str
    version: int
    committed_at: datetime
    files: tuple[str, ...]
    state: delta.State

    def dataset(self, *, months: Iterable[str] | None = None) -> ds.Dataset:
        """The runs of this version, lazily; only some months of creation, if given."""
        files = self.files
        if months is not None:
            folders = tuple(f"/{_PARTITION}={month}/" for month in months)
            files = tuple(file for file in files if any(folder in file for folder in folders))
        return delta.parquet_dataset(files, _RUNS)

    @property
    def is_local(self) -> bool:
        """Whether its files lie in this machine's file system."""
        return delta.local_path(self.uri) is not None

    def memory(self, scope: str) -> dict[str, Any]:
        """What the last sync of this scope left for the next; empty if there was none."""
        return dict(self.state.get("scopes", {}).get(scope, {}))

    def certificates(self) -> dict[str, Certificate]:
        """The latest certificate of each scope that was ever synced into this store."""
        return {
            scope: Certificate.from_dict(memory["certificate"])
            for scope, memory in self.state.get("scopes", {}).items()
            if memory.get("certificate")
        }

    def stored(self, run_ids: pa.Array, *, months: Iterable[str]) -> pa.Table:
        """The rows of these runs, found without decoding whole months."""
        dataset = self.dataset(months=months)
        wanted = delta.is_one_of("run_id", run_ids)
        created = dataset.to_table(columns=["created_at"], filter=wanted)["created_at"]
        if not len(created):
            return _RUNS.empty_table()
        span = pc.min_max(created)
        within = (pc.field("created_at") >= span["min"]) & (pc.field("created_at") <= span["max"])
        return dataset.to_table(filter=wanted & within)


class RunStore:
    """A ledger of runs in one folder or object-store prefix, in Delta Lake format.

    Parameters
    ----------
    uri : str or Path
        A local folder, or what Delta Lake understands (``s3://``, ``gs://``, ``abfss://``). It
        is created by the first commit. Any Delta reader can read it as it is.
    history : timedelta, default 30 days
        How long earlier versions stay readable. Takes effect when the store is created.

    Examples
    --------
    >>> import tempfile
    >>> store = RunStore(Path(tempfile.mkdtemp()) / "runs.delta")
    >>> store.exists()
    False
    """

    def __init__(self, uri: str | Path, *, history: timedelta = HISTORY) -> None:
        self.uri = str(uri)
        self.history = history
        self.quarantine = Quarantine(f"{self.uri.rstrip('/')}/_rejected", history=history)

    def __repr__(self) -> str:
        return f"RunStore({self.uri!r})"

    def exists(self) -> bool:
        """Whether there is a store. Raises StoreError if something else is in its place."""
        return delta.is_table(self.uri)

    def snapshot(self, *, as_of: datetime | int | None = None) -> Snapshot:
        """One version of the store: the latest, that of an instant, or one by its number.

        Raises
        ------
        StoreNotFoundError
            If there is no store, or no version that old.
        StoreSchemaError
            If what lies there is another table, or was written by a later release.
        """
        table = delta.open_table(self.uri, _STORED)
        if as_of is not None:
            delta.rewind(table, as_of)
        return self._snapshot(table)

    def memory(self, scope: str) -> dict[str, Any]:
        """What the last sync of `scope` left for the next; empty if there was none."""
        return self.snapshot().memory(scope) if self.exists() else {}

    def commit(self, runs: pa.Table, *, scope: str, memory: Memory) -> Written:
        """Write what is new or changed, and the memory of `scope`, in one atomic commit.

        A stored run is replaced only by a later reading of it that says something else; the
        same rows again write no rows. If another writer commits in between, the difference is
        taken anew against what it wrote. A run is looked for in its month of creation: the API
        is trusted never to move ``created_at`` into another month.

        Parameters
        ----------
        runs : pyarrow.Table with ``RUN_SCHEMA``
            Where a run is repeated, its last row counts.
        scope : str
            Whose memory changes; other scopes keep theirs.
        memory : function
            From what the scope remembers in the store now to what it shall remember, JSON-ready.

        Raises
        ------
        StoreConflictError
            If other writers were quicker twenty times in a row.
        """
        runs = last_of_each(runs)
        written: list[Written] = []

        def write(table: delta.DeltaTable, state: delta.State) -> None:
            new, changed = _new_and_changed(runs, self._snapshot(table))
            scopes = state.get("scopes", {})
            state |= {"scopes": scopes | {scope: memory(scopes.get(scope, {}))}}
            if changed.num_rows:
                rows = _partitioned(pa.concat_tables([new, changed]))
                delta.upsert(table, rows, state, partition=_PARTITION)
            else:
                delta.append(table, _partitioned(new), state)
            n_known = runs.num_rows - new.num_rows - changed.num_rows
            written.append(Written(new.num_rows, changed.num_rows, n_known))

        self._commit(write)
        return written[-1]

    def keep_up(self, *, now: datetime) -> None:
        """Compact and vacuum what is due; costs next to nothing when nothing is."""

        def tend(table: delta.DeltaTable, state: delta.State) -> None:
            keep_up(table, state, partition=_PARTITION, history=self.history, now=now)

        self._commit(tend)

    def _commit(self, write: Callable[[delta.DeltaTable, delta.State], None]) -> None:
        if not self.exists():
            delta.create(
                self.uri,
                _STORED,
                partition_by=[_PARTITION],
                name="technique_runs",
                history=self.history,
            )
        delta.commit(self.uri, _STORED, lambda table: write(table, delta.read_state(table)))

    def _snapshot(self, table: delta.DeltaTable) -> Snapshot:
        with delta.translated(self.uri):
            return Snapshot(
                uri=self.uri,
                version=table.version(),
                committed_at=datetime.fromtimestamp(table.history(1)[0]["timestamp"] / 1000, UTC),
                files=tuple(sorted(table.file_uris())),
                state=delta.read_state(table),
            )


def _new_and_changed(runs: pa.Table, snapshot: Snapshot) -> tuple[pa.Table, pa.Table]:
    """Split `runs` into the unknown and the changed; the rest is in the store as it is."""
    months = set(_months(runs).to_pylist())
    stored = snapshot.stored(runs["run_id"].combine_chunks(), months=months)
    at = pc.index_in(runs["run_id"], value_set=stored["run_id"].combine_chunks())
    known, theirs = runs.filter(at.is_valid()), stored.take(at.drop_null())
    later = pc.greater_equal(known["read_at"], theirs["read_at"])
    changed = known.filter(pc.and_(later, pa.chunked_array([differs(known, theirs)])))
    return runs.filter(at.is_null()), changed


def _months(runs: pa.Table) -> pa.ChunkedArray:
    return pc.strftime(runs["created_at"], "%Y-%m")


def _partitioned(runs: pa.Table) -> pa.Table:
    return runs.append_column(_STORED.field(_PARTITION), _months(runs)).cast(_STORED)
