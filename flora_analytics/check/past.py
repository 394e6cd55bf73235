"""The runs as they could be known in an instant of the past.

Of what the store holds today: runs created by then; what ended later was open, without its
cost, its error and its end. Costs and corrections that came after a run's end count as if they
had come with it, because nobody recorded when they came.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "Past"]

#: What rules read.
COLUMNS = (
    "run_id", "workspace_id", "project_id", "technique_id", "technique_name", "status",
    "created_at", "started_at", "completed_at", "charged_cost",
)  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = np.iinfo(np.int64).min


class Past:
    """All runs of a store, to be looked at from any instant.

    Parameters
    ----------
    runs : pyarrow.Table
        With `COLUMNS`, in any order.

    Examples
    --------
    >>> at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> schema = pa.schema([("run_id", pa.string()), ("status", pa.string()),
    ...                     *((name, pa.timestamp("us", "UTC"))
    ...                       for name in ("created_at", "started_at", "completed_at")),
    ...                     ("charged_cost", pa.float64())])
    >>> later = at + timedelta(minutes=9)
    >>> run = dict(run_id="run_a", status="failed", created_at=at, started_at=at,
    ...            completed_at=later, charged_cost=0.5)
    >>> past = Past(pa.Table.from_pylist([run], schema=schema))
    >>> past.at(later - timedelta(minutes=1)).select(["status", "charged_cost"]).to_pylist()
    [{'status': 'running', 'charged_cost': None}]
    """

    def __init__(self, runs: pa.Table) -> None:
        runs = runs.sort_by([("created_at", "ascending"), ("run_id", "ascending")])
        self._runs = runs.combine_chunks()

    @property
    def newest(self) -> datetime | None:
        """When the last run was created."""
        return self._runs["created_at"][-1].as_py() if self._runs.num_rows else None

    def at(self, instant: datetime) -> pa.Table:
        """The runs as they could be known at `instant`."""
        now = (instant - _EPOCH) // timedelta(microseconds=1)
        known = self._runs.slice(0, int(np.searchsorted(self._created, now)))
        # Before this place every run had ended, so that nothing needs to be made unknown.
        settled = int(np.searchsorted(self._latest_end, now, side="right"))
        head, tail = known.slice(0, settled), known.slice(settled)
        return pa.concat_tables([head, _unknown_after(tail, instant)]) if tail.num_rows else head

    @cached_property
    def _created(self) -> NDArray[np.int64]:
        return _micros(self._runs["created_at"])

    @cached_property
    def _latest_end(self) -> NDArray[np.int64]:
        """For each run the latest start or end of it and of all before."""
        ends = np.maximum(_micros(self._runs["started_at"]), _micros(self._runs["completed_at"]))
        latest: NDArray[np.int64] = np.maximum.accumulate(ends)
        return latest


def _micros(instants: pa.ChunkedArray) -> NDArray[np.int64]:
    found: NDArray[np.int64] = pc.fill_null(instants.cast(pa.int64()), _NEVER).to_numpy()
    return found


def _unknown_after(runs: pa.Table, instant: datetime) -> pa.Table:
    at = pa.scalar(instant, runs.schema.field("created_at").type)
    started = pc.fill_null(pc.less_equal(runs["started_at"], at), False)
    ends_later = pc.fill_null(pc.greater(runs["completed_at"], at), False)
    waits = pc.fill_null(pc.greater(runs["started_at"], at), False)
    status = pc.if_else(started, "running", "pending").cast(runs.schema.field("status").type)
    changed: dict[str, Any] = {
        "status": pc.if_else(pc.or_(ends_later, waits), status, runs["status"]),
        "started_at": _nulled(runs["started_at"], waits),
        "completed_at": _nulled(runs["completed_at"], ends_later),
        "charged_cost": _nulled(runs["charged_cost"], ends_later),
    }
    for name, column in changed.items():
        place = runs.schema.get_field_index(name)
        runs = runs.set_column(place, runs.schema.field(place), column)
    return runs


def _nulled(column: pa.ChunkedArray, where: Any) -> pa.ChunkedArray:
    return pc.if_else(where, pa.scalar(None, column.type), column)
