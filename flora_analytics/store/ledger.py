"""The runs table: one row per run, the latest word, in atomic versioned commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from flora_analytics.certificate import Certificate
from flora_analytics.errors import StoreError
from flora_analytics.schema import RUN_SCHEMA
from flora_analytics.standing import Standing
from flora_analytics.store import delta
from flora_analytics.store.alerts import AlertMemory
from flora_analytics.store.delta import is_one_of
from flora_analytics.store.difference import differs, last_of_each
from flora_analytics.store.files import DataFile, Files, local_path
from flora_analytics.store.quarantine import Quarantine
from flora_analytics.store.sent import SentMemory
from flora_analytics.store.upkeep import compact, vacuum

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
    data_files : tuple of DataFile
        The Parquet files that hold its rows.
    state : dict
        What the syncs remember, JSON-ready.
    """

    uri: str
    version: int
    committed_at: datetime
    data_files: tuple[DataFile, ...]
    state: delta.State

    def dataset(self, *, months: Iterable[str] | None = None) -> ds.Dataset:
        """The runs of this version, lazily; only some months of creation, if given."""
        return self._files.dataset(self._of_months(months))

    def read(
        self, *, columns: Sequence[str] | None = None, where: pc.Expression | None = None
    ) -> pa.Table:
        """The runs of this version, or those that a filter keeps."""
        with delta.translated(self.uri):
            return self.dataset().to_table(columns=columns, filter=where)

    @property
    def is_local(self) -> bool:
        """Whether its files lie in this machine's file system."""
        return local_path(self.uri) is not None

    @property
    def files(self) -> tuple[str, ...]:
        """Where its Parquet files lie in their file system."""
        return tuple(map(self._files.path_of, self.data_files))

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
        return self.stored_with_files(run_ids, months=months).select(_RUNS.names)

    def stored_with_files(self, run_ids: pa.Array, *, months: Iterable[str]) -> pa.Table:
        """The same, and in a column ``file`` where the file lies that holds each row."""
        files, wanted = self._of_months(months), is_one_of("run_id", run_ids)
        created = self._files.scanner(files, columns=["created_at"], filter=wanted).to_table()
        if not created.num_rows:
            return _RUNS.append(pa.field("file", pa.string())).empty_table()
        # Groups of rows that were created at other times need not be decoded.
        span, at = pc.min_max(created["created_at"]), pc.field("created_at")
        within = wanted & (at >= span["min"]) & (at <= span["max"])
        columns = [*_RUNS.names, "__filename"]
        rows = self._files.scanner(files, columns=columns, filter=within).to_table()
        return rows.rename_columns({"__filename": "file"})

    @property
    def _files(self) -> Files:
        return Files(self.uri, _RUNS)

    def _of_months(self, months: Iterable[str] | None) -> tuple[DataFile, ...]:
        if months is None:
            return self.data_files
        wanted = set(months)
        return tuple(file for file in self.data_files if file.partition[_PARTITION] in wanted)


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
        beside = self.uri.rstrip("/")
        self.quarantine = Quarantine(f"{beside}/_rejected", history=history)
        self.alerts = AlertMemory(f"{beside}/_alerts", history=history)
        self.sent = SentMemory(f"{beside}/_sent", history=history)

    def __repr__(self) -> str:
        return f"RunStore({self.uri!r})"

    def exists(self) -> bool:
        """Whether there is a store. Raises StoreError if something else is in its place."""
        return delta.is_table(self.uri)

    def create(self) -> None:
        """Make an empty store, unless there is one."""
        if not self.exists():
            delta.create(
                self.uri,
                _STORED,
                partition_by=[_PARTITION],
                name="technique_runs",
                history=self.history,
            )

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
        if as_of is None:
            return self._latest(table)
        with delta.translated(self.uri):
            return self._snapshot(table, delta.rewind(table, as_of))

    def standing(self, snapshot: Snapshot) -> Standing:
        """What the store vouches for in that version of it."""
        return Standing(snapshot.certificates(), self.quarantine.table().num_rows)

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
        runs = last_of_each(runs).combine_chunks()  # pages are small, and many
        files = Files(self.uri, _RUNS)
        written: list[Written] = []

        def write(table: delta.DeltaTable, snapshot: Snapshot) -> None:
            new, changed = _new_and_changed(runs, snapshot)
            scopes = snapshot.state.get("scopes", {})
            state = snapshot.state | {"scopes": scopes | {scope: memory(scopes.get(scope, {}))}}
            removed = _files_of(changed, snapshot)
            rewritten = [files.rewrite(file, rows) for file, rows in removed]
            added = [
                files.write(
                    new.filter(pc.equal(_months(new), month)), partition={_PARTITION: month}
                )
                for month in sorted(set(_months(new).to_pylist()))
            ]
            delta.replace_files(
                table, state, added=[*rewritten, *added], removed=[file for file, _ in removed]
            )
            n_known = runs.num_rows - new.num_rows - changed.num_rows
            written.append(Written(new.num_rows, changed.num_rows, n_known))

        self._commit(write)
        return written[-1]

    def forget(self, scope: str) -> None:
        """Vouch no longer for a scope that is synced no more; its runs stay.

        Raises
        ------
        StoreNotFoundError
            If there is no store.
        StoreError
            If no such scope was ever synced into it; the message names those that were.
        """
        scopes = self.snapshot().state.get("scopes", {})
        if scope not in scopes:
            known = ", ".join(map(repr, sorted(scopes))) or "nothing yet"
            raise StoreError(f"{self.uri} knows no scope {scope!r}; synced into it: {known}.")

        def write(table: delta.DeltaTable, snapshot: Snapshot) -> None:
            kept = {k: v for k, v in snapshot.state.get("scopes", {}).items() if k != scope}
            delta.replace_files(table, snapshot.state | {"scopes": kept}, added=[])

        self._commit(write)

    def keep_up(self, *, now: datetime) -> None:
        """Compact and vacuum what is due; costs next to nothing when nothing is."""

        files = Files(self.uri, _RUNS)
        self._commit(lambda table, latest: compact(table, files, latest.state, now=now))
        self._commit(
            lambda table, latest: vacuum(table, latest.state, history=self.history, now=now)
        )

    def _commit(self, write: Callable[[delta.DeltaTable, Snapshot], None]) -> None:
        self.create()
        delta.commit(self.uri, _STORED, lambda table: write(table, self._latest(table)))

    def _latest(self, table: delta.DeltaTable) -> Snapshot:
        with delta.translated(self.uri):
            return self._snapshot(table, delta.commits_of(table))

    def _snapshot(self, table: delta.DeltaTable, commits: list[delta.Commit]) -> Snapshot:
        return Snapshot(
            uri=self.uri,
            version=table.version(),
            committed_at=delta.committed_at(commits[0]),
            data_files=delta.data_files(table),
            state=delta.read_state(commits),
        )


def _new_and_changed(runs: pa.Table, snapshot: Snapshot) -> tuple[pa.Table, pa.Table]:
    """Split `runs` into the unknown, and the changed with the ``file`` that holds each."""
    months = set(_months(runs).to_pylist())
    stored = snapshot.stored_with_files(runs["run_id"].combine_chunks(), months=months)
    at = pc.index_in(runs["run_id"], value_set=stored["run_id"].combine_chunks())
    known, theirs = runs.filter(at.is_valid()), stored.take(at.drop_null())
    later = pc.greater_equal(known["read_at"], theirs["read_at"])
    is_changed = pc.and_(later, pa.chunked_array([differs(known, theirs)]))
    changed = known.append_column("file", theirs["file"]).filter(is_changed)
    return runs.filter(at.is_null()), changed


def _files_of(changed: pa.Table, snapshot: Snapshot) -> list[tuple[DataFile, pa.Table]]:
    """The files that hold changed rows, each with the rows that belong into it now."""
    by_path = dict(zip(snapshot.files, snapshot.data_files, strict=True))
    return [
        (by_path[path], changed.filter(pc.equal(changed["file"], path)).select(_RUNS.names))
        for path in sorted(set(changed["file"].to_pylist()))
    ]


def _months(runs: pa.Table) -> pa.ChunkedArray:
    return pc.strftime(runs["created_at"], "%Y-%m")
