"""The door to Delta Lake: open or create a table, commit with a state, read its versions.

Every commit carries the state in its metadata and follows exactly the version it was computed
from, so that rows and state can never part and two writers can never both insert one run.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from flora_analytics.errors import (
    DataError,
    StoreConflictError,
    StoreError,
    StoreNotFoundError,
    StoreSchemaError,
)
from flora_analytics.store.files import DataFile, local_path
from flora_analytics.store.turns import in_turn

__all__ = [
    "Commit",
    "DeltaTable",
    "State",
    "commit",
    "commit_properties",
    "commits_of",
    "committed_at",
    "create",
    "data_files",
    "is_one_of",
    "is_table",
    "open_table",
    "read_state",
    "replace_files",
    "rewind",
    "translated",
    "vacuum",
]

#: Goes up when a store of an older release must be read differently.
FORMAT = 1
_STATE_KEY = "flora_analytics"
_ATTEMPTS = 20

#: JSON-ready memory that travels with each commit.
State = dict[str, Any]
#: One entry of the table's history.
Commit = dict[str, Any]


def is_table(uri: str) -> bool:
    """Whether a table is there; raises StoreError if something else is in the way."""
    path = local_path(uri)
    if path is not None and (unfit := set("#%?") & set(str(path))):
        raise StoreError(
            f"{uri} holds the character {min(unfit)}, with which Delta Lake finds no folder; name "
            "another place with --store."
        )
    if path is not None and path.is_file():
        raise StoreError(
            f"{uri} is a file, but a store is a folder; name another place with --store."
        )
    with translated(uri):
        if DeltaTable.is_deltatable(uri):
            return True
    if path is not None and path.is_dir() and not all(map(_is_hidden, path.iterdir())):
        raise StoreError(f"{uri} holds other files and no store; name a new or an empty folder.")
    return False


def _is_hidden(path: Path) -> bool:
    """Delta Lake's own word for what is no data; the quarantine may be there before the runs."""
    return path.name.startswith(("_", "."))


def create(
    uri: str, schema: pa.Schema, *, partition_by: Sequence[str], name: str, history: timedelta
) -> None:
    """Make an empty table, unless another process was quicker."""
    kept = f"interval {history.days} days"
    # "ignore" looks before it writes; who writes in between has made the table as well.
    with translated(uri), suppress(CommitFailedError):
        DeltaTable.create(
            uri,
            schema=schema,
            mode="ignore",
            partition_by=list(partition_by),
            name=name,
            configuration={
                "delta.logRetentionDuration": kept,
                "delta.deletedFileRetentionDuration": kept,
            },
            commit_properties=commit_properties({}),
        )


def open_table(uri: str, schema: pa.Schema) -> DeltaTable:
    """The latest version of the table, after a look at its columns."""
    if not is_table(uri):
        raise StoreNotFoundError(
            f"There is no store at {uri}; run `flora-analytics sync` first, or name the right "
            "place with --store."
        )
    with translated(uri):
        table = DeltaTable(uri)
        names = [field.name for field in table.schema().fields]
    if missing := sorted(set(schema.names) - set(names)):
        raise StoreSchemaError(
            f"The table at {uri} is not a store of this release: it lacks the columns {missing}; "
            "name another place with --store."
        )
    return table


def commits_of(table: DeltaTable) -> list[Commit]:
    """The commits of the latest version, newest first, as far back as one with a state."""
    newest: list[Commit] = table.history(1)
    if not newest:
        raise DeltaError("its newest log entry is empty")
    return newest if _STATE_KEY in newest[0] else table.history()


def rewind(table: DeltaTable, as_of: datetime | int) -> list[Commit]:
    """Go back to a version, by its number or by the instant at which it was the latest.

    Returns the commits of that version, newest first. (A table that has gone back lists the
    commits of the latest version, under wrong numbers.)
    """
    commits: list[Commit] = table.history()
    if isinstance(as_of, datetime):
        if as_of.tzinfo is None:
            raise DataError(f"as_of={as_of.isoformat()} names no time zone; give it one.")
        kept = [commit for commit in commits if committed_at(commit) <= as_of]
    else:
        kept = [commit for commit in commits if commit["version"] <= as_of <= table.version()]
    try:
        if not kept:
            raise ValueError
        table.load_as_version(kept[0]["version"])
    except (DeltaError, ValueError) as exc:
        raise StoreNotFoundError(
            f"The store has no version {as_of}: it knows up to number {table.version()}, the "
            f"oldest of {committed_at(commits[-1]):%Y-%m-%d %H:%M:%S} UTC. Ask for a later as_of."
        ) from exc
    return kept


def committed_at(commit: Commit) -> datetime:
    """When a commit of the history was made. [UTC]"""
    return datetime.fromtimestamp(commit["timestamp"] / 1000, UTC)


def commit_properties(state: Mapping[str, Any]) -> CommitProperties:
    """Metadata of one commit. No retries inside the library: see the module's promise."""
    text = json.dumps({"format": FORMAT} | dict(state), separators=(",", ":"))
    return CommitProperties(custom_metadata={_STATE_KEY: text}, max_commit_retries=0)


def read_state(commits: Iterable[Commit]) -> State:
    """The state of the newest commit that carries one.

    Somebody else's OPTIMIZE or VACUUM may lie on top of our last commit.
    """
    for commit in commits:
        if _STATE_KEY in commit:
            state: State = json.loads(commit[_STATE_KEY])
            if state["format"] > FORMAT:
                raise StoreSchemaError(
                    f"The store was written by a later release (format {state['format']}, this "
                    f"one knows {FORMAT}); upgrade flora-analytics."
                )
            return state
    return {}


def data_files(table: DeltaTable) -> tuple[DataFile, ...]:
    """The files that hold the rows of this version, oldest first."""
    rows = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    names = table.metadata().partition_columns
    files = [
        DataFile(
            path=row["path"],
            partition={name: row[f"partition.{name}"] for name in names},
            n_rows=row["num_records"] or 0,
            n_bytes=row["size_bytes"],
            written_at=row["modification_time"],
        )
        for row in rows
    ]
    return tuple(sorted(files, key=lambda file: (file.written_at, file.path)))


def replace_files(
    table: DeltaTable,
    state: Mapping[str, Any],
    *,
    added: Iterable[DataFile],
    removed: Iterable[DataFile] = (),
    says_the_same: bool = False,
) -> None:
    """Commit files in the place of others; without any the state alone.

    `says_the_same` tells followers of the table that the rows only moved.
    """
    now, news = int(time.time() * 1000), not says_the_same
    adds = [
        AddAction(
            path=file.path,
            size=file.n_bytes,
            partition_values=file.partition,
            modification_time=file.written_at,
            data_change=news,
            stats=file.stats,
        )
        for file in added
    ]
    removes = [
        RemoveAction(file.path, news, now, file.n_bytes, dict(file.partition)) for file in removed
    ]
    table.create_write_transaction(
        [*adds, *removes],
        mode="append",
        schema=table.schema(),
        partition_by=table.metadata().partition_columns,
        commit_properties=commit_properties(state),
    )


def vacuum(table: DeltaTable, state: Mapping[str, Any], *, older_than: timedelta) -> None:
    """Delete files that no version so young needs, what killed writers left included."""
    deleted = table.vacuum(
        full=True,
        retention_hours=int(older_than / timedelta(hours=1)),
        dry_run=False,
        enforce_retention_duration=False,
        commit_properties=commit_properties(state),
    )
    if not deleted:  # then nothing was committed
        replace_files(table, state, added=[])


def commit(uri: str, schema: pa.Schema, write: Callable[[DeltaTable], None]) -> None:
    """Let `write` commit on top of the latest version, anew until no other writer is quicker.

    Writers on one machine take turns. Those on several try again, each after a random pause.

    Raises
    ------
    StoreConflictError
        If others were quicker twenty times in a row.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with in_turn(uri), translated(uri):
                write(open_table(uri, schema))
            return
        except CommitFailedError:
            time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 6)))  # noqa: S311
    raise StoreConflictError(
        f"{uri}: other writers committed first {_ATTEMPTS} times, so nothing of this batch was "
        "written; run the sync again when they are done."
    )


def is_one_of(column: str, values: Iterable[str] | pa.Array) -> pc.Expression:
    """The filter for rows whose text in `column` is among `values`.

    Delta's writer marks some files' texts as views and others not. Arrow cannot compare the
    statistics of the first with plain texts; a cast keeps it from trying.
    """
    texts = pa.array(values) if not isinstance(values, pa.Array) else values
    return pc.field(column).cast(pa.large_string()).isin(texts.cast(pa.large_string()))


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn the library's and the system's errors into ours, on one line."""
    try:
        yield
    except CommitFailedError:
        raise
    except TableNotFoundError as exc:
        raise StoreNotFoundError(
            f"There is no store at {uri}; run `flora-analytics sync`."
        ) from exc
    except (DeltaError, OSError) as exc:
        said = " ".join(str(exc).split())
        raise StoreError(f"The store at {uri} could not be used: {said}") from exc
