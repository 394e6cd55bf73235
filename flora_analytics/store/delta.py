"""The door to Delta Lake: open or create a table, commit with a state, read its versions.

Every commit carries the state in its metadata and follows exactly the version it was computed
from, so that rows and state can never part and two writers can never both insert one run.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from pyarrow import fs

from flora_analytics.errors import (
    StoreConflictError,
    StoreError,
    StoreNotFoundError,
    StoreSchemaError,
)

__all__ = [
    "Change",
    "DeltaTable",
    "State",
    "append",
    "commit",
    "commit_properties",
    "compact",
    "create",
    "is_one_of",
    "is_table",
    "local_path",
    "open_table",
    "overwrite",
    "parquet_dataset",
    "read_state",
    "rewind",
    "translated",
    "upsert",
    "vacuum",
]

#: Goes up when a store of an older release must be read differently.
FORMAT = 1
_STATE_KEY = "flora_analytics"
_ATTEMPTS = 20
_ZSTD = WriterProperties(compression="ZSTD")

#: JSON-ready memory that travels with each commit.
State = dict[str, Any]
#: From the rows that a small table holds to those it shall hold.
Change = Callable[[pa.Table], pa.Table]


def is_table(uri: str) -> bool:
    """Whether a table is there; raises StoreError if something else is in the way."""
    path = local_path(uri)
    if path is not None and path.is_file():
        raise StoreError(
            f"{uri} is a file, but a store is a folder; name another place with --store."
        )
    with translated(uri):
        if DeltaTable.is_deltatable(uri):
            return True
    if path is not None and path.is_dir() and any(path.iterdir()):
        raise StoreError(f"{uri} holds other files and no store; name a new or an empty folder.")
    return False


def local_path(uri: str) -> Path | None:
    """The folder that a URI without a scheme, or with ``file://``, means; None if remote."""
    parts = urlsplit(uri)
    if len(parts.scheme) > 1 and parts.scheme != "file":  # one letter: a Windows drive
        return None
    return Path(parts.path if parts.scheme == "file" else uri)


def create(
    uri: str, schema: pa.Schema, *, partition_by: Sequence[str], name: str, history: timedelta
) -> None:
    """Make an empty table, unless another process was quicker."""
    kept = f"interval {history.days} days"
    with translated(uri):
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


def rewind(table: DeltaTable, as_of: datetime | int) -> None:
    """Go back to a version, by its number or by the instant at which it was the latest."""
    oldest = datetime.fromtimestamp(table.history()[-1]["timestamp"] / 1000, UTC)
    try:
        table.load_as_version(as_of)
        gone = isinstance(as_of, datetime) and as_of < oldest
    except (DeltaError, ValueError) as exc:
        raise StoreNotFoundError(_no_version(table, as_of, oldest)) from exc
    if gone:
        raise StoreNotFoundError(_no_version(table, as_of, oldest))


def _no_version(table: DeltaTable, as_of: datetime | int, oldest: datetime) -> str:
    return (
        f"The store has no version {as_of}: it knows up to number {table.version()}, the oldest "
        f"of {oldest:%Y-%m-%d %H:%M:%S} UTC. Ask for a later as_of."
    )


def commit_properties(state: Mapping[str, Any]) -> CommitProperties:
    """Metadata of one commit. No retries inside the library: see the module's promise."""
    text = json.dumps({"format": FORMAT} | dict(state), separators=(",", ":"))
    return CommitProperties(custom_metadata={_STATE_KEY: text}, max_commit_retries=0)


def read_state(table: DeltaTable) -> State:
    """The state of the newest commit that carries one.

    Somebody else's OPTIMIZE or VACUUM may lie on top of our last commit.
    """
    newest = table.history(1)
    for entry in newest if _STATE_KEY in newest[0] else table.history():
        if _STATE_KEY in entry:
            state: State = json.loads(entry[_STATE_KEY])
            if state["format"] > FORMAT:
                raise StoreSchemaError(
                    f"The store was written by a later release (format {state['format']}, this "
                    f"one knows {FORMAT}); upgrade flora-analytics."
                )
            return state
    return {}


def append(table: DeltaTable, rows: pa.Table, state: Mapping[str, Any]) -> None:
    """Add rows; none at all still commits the state."""
    write_deltalake(
        table,
        rows,
        mode="append",
        writer_properties=_ZSTD,
        commit_properties=commit_properties(state),
    )


def overwrite(table: DeltaTable, rows: pa.Table) -> None:
    """Put these rows in the place of all others."""
    write_deltalake(
        table,
        rows,
        mode="overwrite",
        writer_properties=_ZSTD,
        commit_properties=commit_properties({}),
    )


def upsert(table: DeltaTable, rows: pa.Table, state: Mapping[str, Any], *, partition: str) -> None:
    """Replace the rows with the same ``run_id`` and partition, add the others."""
    values = ", ".join(f"'{value}'" for value in sorted(set(rows[partition].to_pylist())))
    merge = table.merge(
        rows,
        f"t.{partition} = s.{partition} AND t.run_id = s.run_id AND t.{partition} IN ({values})",
        source_alias="s",
        target_alias="t",
        writer_properties=_ZSTD,
        commit_properties=commit_properties(state),
    )
    merge.when_matched_update_all().when_not_matched_insert_all().execute()


def compact(table: DeltaTable, state: Mapping[str, Any], *, partition: tuple[str, str]) -> None:
    """Rewrite the files of one partition as few."""
    name, value = partition
    table.optimize.compact(
        partition_filters=[(name, "=", value)],
        writer_properties=_ZSTD,
        commit_properties=commit_properties(state),
    )


def vacuum(table: DeltaTable, state: Mapping[str, Any], *, older_than: timedelta) -> None:
    """Delete the files that no version younger than `older_than` needs."""
    table.vacuum(
        retention_hours=int(older_than / timedelta(hours=1)),
        dry_run=False,
        enforce_retention_duration=False,
        commit_properties=commit_properties(state),
    )


def commit(uri: str, schema: pa.Schema, write: Callable[[DeltaTable], None]) -> None:
    """Let `write` commit on top of the latest version, anew until no other writer is quicker.

    Raises
    ------
    StoreConflictError
        If others were quicker twenty times in a row.
    """
    for attempt in range(_ATTEMPTS):
        table = open_table(uri, schema)
        try:
            with translated(uri):
                write(table)
            return
        except CommitFailedError:
            time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 6)))  # noqa: S311
    raise StoreConflictError(
        f"{uri}: other writers committed first {_ATTEMPTS} times, so nothing of this batch was "
        "written; run the sync again when they are done."
    )


def parquet_dataset(files: Sequence[str], schema: pa.Schema) -> ds.Dataset:
    """The rows of data files, read through Arrow's own file systems."""
    if not files:
        return ds.dataset(schema.empty_table())
    if local_path(files[0]) is not None:
        return ds.dataset(list(files), schema=schema, format="parquet")
    filesystem, _ = fs.FileSystem.from_uri(files[0])
    paths = [fs.FileSystem.from_uri(file)[1] for file in files]
    return ds.dataset(paths, schema=schema, format="parquet", filesystem=filesystem)


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
