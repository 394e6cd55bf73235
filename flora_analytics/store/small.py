"""A small table that lies beside the runs: read whole, and rewritten whole in one commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyarrow as pa

from flora_analytics.store import delta
from flora_analytics.store.files import Files

__all__ = ["SmallTable"]

#: After so many commits, files that no version of the history needs are deleted.
_COMMITS_PER_VACUUM = 100
_IN_USE = timedelta(hours=1)


class SmallTable:
    """One table of one schema; it is created by its first rewriting."""

    def __init__(self, uri: str, schema: pa.Schema, *, name: str, history: timedelta) -> None:
        self.uri = uri
        self._schema = schema
        self._name = name
        self._history = history

    def table(self) -> pa.Table:
        """Its rows; maybe none."""
        if not delta.is_table(self.uri):
            return self._schema.empty_table()
        table = delta.open_table(self.uri, self._schema)
        with delta.translated(self.uri):
            return Files(self.uri, self._schema).dataset(delta.data_files(table)).to_table()

    def rewrite(self, change: Callable[[pa.Table], pa.Table]) -> None:
        """Put in the place of its rows what `change` makes of them.

        Where another writer commits in between, `change` is called anew with what that left.
        """
        if not delta.is_table(self.uri):
            delta.create(
                self.uri, self._schema, partition_by=[], name=self._name, history=self._history
            )

        versions: list[int] = []

        def write(table: delta.DeltaTable) -> None:
            versions.append(table.version() + 1)
            files, old = Files(self.uri, self._schema), delta.data_files(table)
            rows = change(files.dataset(old).to_table())
            added = [files.write(rows, partition={})] if rows.num_rows else []
            delta.replace_files(table, {}, added=added, removed=old)

        delta.commit(self.uri, self._schema, write)
        if versions[-1] % _COMMITS_PER_VACUUM == 0:
            delta.commit(self.uri, self._schema, self._tidy)

    def _tidy(self, table: delta.DeltaTable) -> None:
        delta.vacuum(table, {}, older_than=max(self._history, _IN_USE))
