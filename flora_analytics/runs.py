"""Runs as people use them: a typed pandas frame, or a lazy table for more than fits in memory.

`fetch_runs` asks the API, `read_runs` and `open_runs` the store; `open_ledger` gives with the
runs what the store vouches for. Computes no figures.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import reduce
from operator import and_
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flora_analytics.client import FloraClient
from flora_analytics.decode import Page, RejectedRun
from flora_analytics.errors import DataError, IncompleteHistoryWarning
from flora_analytics.frame import Money, to_frame
from flora_analytics.progress import progress_bar
from flora_analytics.schema import RUN_SCHEMA
from flora_analytics.standing import Standing
from flora_analytics.store import RunStore, Snapshot, is_one_of
from flora_analytics.store.difference import last_of_each
from flora_analytics.walk import Query, Walk
from flora_analytics.walk.proof import judge

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["Ledger", "fetch_runs", "open_ledger", "open_runs", "read_runs"]


def fetch_runs(
    *,
    client: FloraClient | None = None,
    workspace_id: str | None = None,
    project_id: str | None = None,
    technique_id: str | None = None,
    status: str | None = None,
    columns: Sequence[str] | None = None,
    money: Money = "float",
    progress: bool | None = None,
) -> pd.DataFrame:
    """All runs that the API lists, as a pandas frame; nothing is stored.

    Parameters
    ----------
    client : FloraClient, optional
        Default: one made from ``FLORA_API_KEY`` and ``FLORA_BASE_URL``.
    workspace_id, project_id, technique_id, status : str, optional
        Only runs that match all that are given.
    columns : sequence of str, optional
        Default: all of them, see `flora_analytics.schema.RUN_SCHEMA`.
    money : "float" or "decimal", default "float"
        See `flora_analytics.frame.to_frame`. [USD]
    progress : bool, optional
        Default: a bar on a terminal and in Jupyter.

    Returns
    -------
    DataFrame, one row per run, newest first
        Dtypes as `flora_analytics.frame.to_frame` documents them, also with no runs at all.

    Warns
    -----
    IncompleteHistoryWarning
        Runs are left out because they broke the API's contract, or it could not be proved
        that none slipped past while the history moved.

    Raises
    ------
    ApiError
        The API could not be read to the end.
    DataError
        An unknown column.
    """
    names = _known_columns(columns)
    query = Query(workspace_id, project_id, technique_id, status)
    taken = _Taken()
    with (
        FloraClient() if client is None else nullcontext(client) as client,
        progress_bar(shown=progress) as show,
    ):
        walk = Walk(client, query)
        for page in walk:
            taken.take(page)
            show(walk.n_rows, page.total_estimate)
        verdict = judge([walk], expected=walk.n_distinct, take=taken.take)
    runs = last_of_each(pa.Table.from_batches(taken.batches, schema=RUN_SCHEMA))
    _warn_of_rejected(taken.rejected, runs)
    if verdict.reason:
        warnings.warn(f"Runs may be missing: {verdict.reason}", IncompleteHistoryWarning, 2)
    return to_frame(_newest_first(runs).select(names), money=money)


def read_runs(
    store: str | Path | RunStore,
    *,
    columns: Sequence[str] | None = None,
    workspace_id: str | None = None,
    project_id: str | None = None,
    technique_id: str | None = None,
    status: str | None = None,
    money: Money = "float",
    as_of: datetime | int | None = None,
) -> pd.DataFrame:
    """The runs of a store, as a pandas frame.

    Parameters
    ----------
    store : str, Path or RunStore
        What `sync_runs` filled.
    columns : sequence of str, optional
        Default: all of them, see `flora_analytics.schema.RUN_SCHEMA`.
    workspace_id, project_id, technique_id, status : str, optional
        Only runs that match all that are given.
    money : "float" or "decimal", default "float"
        See `flora_analytics.frame.to_frame`. [USD]
    as_of : datetime or int, optional
        The store as it was at an instant, or its version of that number.

    Returns
    -------
    DataFrame, one row per run, newest first
        Dtypes as `flora_analytics.frame.to_frame` documents them, also with no runs at all.

    Raises
    ------
    StoreNotFoundError
        There is no store, or no version that old.
    DataError
        An unknown column.
    """
    names = _known_columns(columns)
    wanted = {
        "workspace_id": workspace_id,
        "project_id": project_id,
        "technique_id": technique_id,
        "status": status,
    }
    matches = [is_one_of(name, [value]) for name, value in wanted.items() if value is not None]
    runs = _snapshot(store, as_of).read(
        columns=list(dict.fromkeys([*names, "created_at", "run_id"])),
        where=reduce(and_, matches) if matches else None,
    )
    return to_frame(_newest_first(runs).select(names), money=money)


def open_runs(store: str | Path | RunStore, *, as_of: datetime | int | None = None) -> ir.Table:
    """The runs of a store as a lazy Ibis table on an in-process DuckDB.

    Nothing is read until a figure, or ``execute()``, asks for it; the version of the store is
    fixed at this call, whatever syncs do meanwhile.

    Parameters
    ----------
    store, as_of
        As in `read_runs`.

    Returns
    -------
    ibis.Table with the columns of ``RUN_SCHEMA``
        ``charged_cost`` is an exact decimal. [USD]

    Raises
    ------
    StoreNotFoundError
        There is no store, or no version that old.
    """
    return _lazily(_snapshot(store, as_of))


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """One version of a store: its runs, lazily, and what it vouches for.

    Attributes
    ----------
    runs : ibis.Table
        As of `open_runs`.
    standing : Standing
    as_of : datetime
        The instant up to which the runs speak: as the store vouches; where it vouches for
        nothing yet, when a run was last read; without any run, now. [UTC]
    """

    runs: ir.Table
    standing: Standing
    as_of: datetime


def open_ledger(store: str | Path | RunStore) -> Ledger:
    """The latest version of a store, and what it vouches for.

    Raises
    ------
    StoreNotFoundError
        There is no store.
    """
    store = store if isinstance(store, RunStore) else RunStore(store)
    snapshot = store.snapshot()
    runs, standing = _lazily(snapshot), store.standing(snapshot)
    return Ledger(runs, standing, standing.as_of or _last_read(runs) or datetime.now(UTC))


def _last_read(runs: ir.Table) -> datetime | None:
    at: datetime | None = runs.read_at.max().to_pyarrow().as_py()
    return at and at.astimezone(UTC)


def _lazily(snapshot: Snapshot) -> ir.Table:
    import ibis

    connection: Any = ibis.duckdb.connect()
    connection.raw_sql("SET TimeZone = 'UTC'")
    if snapshot.files and snapshot.is_local:
        runs = connection.read_parquet(
            list(snapshot.files), table_name="runs", hive_partitioning=False
        )
    else:
        # DuckDB needs an extension for object stores; Arrow reads them by itself.
        connection.con.register("runs", snapshot.dataset())
        runs = connection.table("runs")
    return runs.select(*RUN_SCHEMA.names)


@dataclass
class _Taken:
    """Pages held in memory."""

    batches: list[pa.RecordBatch] = field(default_factory=list)
    rejected: list[RejectedRun] = field(default_factory=list)

    def take(self, page: Page) -> None:
        self.batches.append(page.runs)
        self.rejected += page.rejected


def _snapshot(store: str | Path | RunStore, as_of: datetime | int | None) -> Snapshot:
    return (store if isinstance(store, RunStore) else RunStore(store)).snapshot(as_of=as_of)


def _known_columns(columns: Sequence[str] | None) -> list[str]:
    if columns is None:
        return list(RUN_SCHEMA.names)
    names = [columns] if isinstance(columns, str) else list(columns)
    for name in names:
        if name not in RUN_SCHEMA.names:
            close = get_close_matches(name, RUN_SCHEMA.names, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"write one of {RUN_SCHEMA.names}."
            raise DataError(f"Runs have no column {name!r}; {hint}")
    return names


def _newest_first(runs: pa.Table) -> pa.Table:
    return runs.sort_by([("created_at", "descending"), ("run_id", "ascending")])


def _warn_of_rejected(rejected: list[RejectedRun], runs: pa.Table) -> None:
    good = set(runs["run_id"].to_pylist())
    left_out = {one.run_id or one.json: one for one in rejected if one.run_id not in good}
    if left_out:
        first = next(iter(left_out.values()))
        warnings.warn(
            f"{len(left_out)} runs are left out because they break the API's contract; the first "
            f"is {first.run_id or 'one without an id'} ({first.reason}).",
            IncompleteHistoryWarning,
            stacklevel=3,
        )
