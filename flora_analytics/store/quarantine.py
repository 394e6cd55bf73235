"""The quarantine: runs that broke the contract, kept as they were served, with the reason.

Written before the good rows of the same batch are committed, so that a crash in between loses
nothing. A later good version of the same run releases it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.schema import INSTANT_TYPE
from flora_analytics.store.small import SmallTable

__all__ = ["Quarantine", "Rejected"]

_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("run_id", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("json", pa.string()),
        pa.field("read_at", INSTANT_TYPE),
    ]
)


class Rejected(Protocol):
    """A run that could not be typed: why, and its JSON as served."""

    @property
    def run_id(self) -> str | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def json(self) -> str: ...
    @property
    def read_at(self) -> datetime: ...


class Quarantine:
    """The rejected runs of one store: one row per run, small by nature, kept as one table."""

    def __init__(self, uri: str, *, history: timedelta) -> None:
        self._kept = SmallTable(uri, _SCHEMA, name="rejected_runs", history=history)

    def table(self) -> pa.Table:
        """Columns ``key``, ``run_id``, ``reason``, ``json`` and ``read_at``; maybe no rows."""
        return self._kept.table()

    def add(self, rejected: Iterable[Rejected]) -> int:
        """Keep these runs; the same run again replaces what was kept of it.

        Returns
        -------
        int
            How many were not there before. [runs]
        """
        rows = {_key(one): one for one in rejected}
        if not rows:
            return 0
        kept = self.table()
        known = dict(zip(kept["key"].to_pylist(), kept["json"].to_pylist(), strict=True))
        if all(known.get(key) == one.json for key, one in rows.items()):
            return 0
        fresh = pa.Table.from_pylist(
            [
                {
                    "key": key,
                    "run_id": one.run_id,
                    "reason": one.reason,
                    "json": one.json,
                    "read_at": one.read_at,
                }
                for key, one in rows.items()
            ],
            schema=_SCHEMA,
        )
        self._kept.rewrite(
            lambda kept: pa.concat_tables([_without(kept, "key", fresh["key"]), fresh])
        )
        return len(rows.keys() - known.keys())

    def release(self, stored: pa.Table) -> None:
        """Let go of the runs of which a good version was stored that was read as late, or later.

        Parameters
        ----------
        stored : pyarrow.Table
            Columns ``run_id`` and ``read_at``.
        """
        kept = self.table()
        if kept.num_rows and _not_in(kept, stored).num_rows < kept.num_rows:
            self._kept.rewrite(lambda kept: _not_in(kept, stored))


def _key(rejected: Rejected) -> str:
    return rejected.run_id or hashlib.sha256(rejected.json.encode()).hexdigest()


def _not_in(kept: pa.Table, stored: pa.Table) -> pa.Table:
    at = pc.index_in(kept["run_id"], value_set=stored["run_id"].combine_chunks())
    is_older = pc.less_equal(kept["read_at"], stored["read_at"].take(at))
    return kept.filter(pc.invert(pc.fill_null(is_older, False)))


def _without(kept: pa.Table, column: str, values: pa.ChunkedArray) -> pa.Table:
    return kept.filter(pc.invert(pc.is_in(kept[column], value_set=values.combine_chunks())))
