"""Upkeep: few files per month and no files of versions that nobody can ask for any more.

A table synced every quarter of an hour gains 35,000 versions a year. Delta Lake itself writes a
checkpoint every hundred commits and expires old log entries; what is done here is compaction of
months in many small files, and a daily vacuum. Each is a commit that carries the state on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby

from flora_analytics.store import delta
from flora_analytics.store.files import DataFile, Files

__all__ = ["compact", "vacuum"]

#: The small files of a month are merged when there are more than this.
FILES_PER_MONTH = 24
#: A merged file holds about so many rows: a change of one row rewrites no more than these.
FILE_ROWS = 250_000
_VACUUM_EVERY = timedelta(days=1)
#: However short the history: a file younger than this may belong to a commit under way.
_IN_USE = timedelta(hours=1)


def compact(table: delta.DeltaTable, files: Files, state: delta.State, *, now: datetime) -> None:
    """Merge the small files of the months that lie in too many of them."""
    crowded = _crowded(delta.data_files(table))
    if not crowded:
        return
    delta.replace_files(
        table,
        _noted(state, "compacted_at", now),
        added=[file for month in crowded for file in files.merge(month, max_rows=FILE_ROWS)],
        removed=[file for month in crowded for file in month],
        says_the_same=True,
    )


def vacuum(
    table: delta.DeltaTable, state: delta.State, *, history: timedelta, now: datetime
) -> None:
    """Once a day, delete the files that no version of the `history` needs."""
    last = state.get("upkeep", {}).get("vacuumed_at")
    if last is None or now - datetime.fromisoformat(last) >= _VACUUM_EVERY:
        noted = _noted(state, "vacuumed_at", now)
        delta.vacuum(table, noted, older_than=max(history, _IN_USE))


def _crowded(files: tuple[DataFile, ...]) -> list[list[DataFile]]:
    """The small files of each month that has too many, in the order of their writing."""
    small = [file for file in files if file.n_rows < FILE_ROWS]
    by_month = groupby(sorted(small, key=_partition), key=_partition)
    months = [list(month) for _, month in by_month]
    return [month for month in months if len(month) > FILES_PER_MONTH]


def _partition(file: DataFile) -> tuple[str, ...]:
    return tuple(file.partition.values())


def _noted(state: delta.State, what: str, now: datetime) -> delta.State:
    return state | {"upkeep": state.get("upkeep", {}) | {what: now.isoformat()}}
