"""Upkeep: few files per month and no files of versions that nobody can ask for any more.

A table synced every quarter of an hour gains 35,000 versions a year. Delta Lake itself writes a
checkpoint every hundred commits and expires old log entries; what is done here is compaction of
months in many files, and a daily vacuum.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from flora_analytics.store import delta

__all__ = ["keep_up"]

#: A month in more files than this is rewritten as one.
FILES_PER_MONTH = 24
_VACUUM_EVERY = timedelta(days=1)


def keep_up(
    table: delta.DeltaTable,
    state: delta.State,
    *,
    partition: str,
    history: timedelta,
    now: datetime,
) -> None:
    """Do what is due; each step is a commit of its own that carries the state on."""
    upkeep = dict(state.get("upkeep", {}))
    for month in _crowded(table, partition):
        upkeep["compacted_at"] = now.isoformat()
        delta.compact(table, state | {"upkeep": upkeep}, partition=(partition, month))
    vacuumed_at = upkeep.get("vacuumed_at")
    if vacuumed_at is None or now - datetime.fromisoformat(vacuumed_at) >= _VACUUM_EVERY:
        upkeep["vacuumed_at"] = now.isoformat()
        delta.vacuum(table, state | {"upkeep": upkeep}, older_than=history)


def _crowded(table: delta.DeltaTable, partition: str) -> list[str]:
    """The months that lie in too many files."""
    files = Counter(
        part.partition("=")[2]
        for uri in table.file_uris()
        for part in uri.split("/")
        if part.startswith(f"{partition}=")
    )
    return sorted(month for month, n in files.items() if n > FILES_PER_MONTH)
