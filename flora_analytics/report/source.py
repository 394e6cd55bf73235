"""Where a report's runs come from: a store, a frame, an Arrow or an Ibis table.

Gives what metrics take, what the runs span, and what can be vouched for. Knows no figure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.calendar import Window
from flora_analytics.errors import MissingColumnError
from flora_analytics.frame import to_table
from flora_analytics.metrics import in_window
from flora_analytics.report.notes import Provenance
from flora_analytics.report.selection import Selection
from flora_analytics.report.stretch import Extent
from flora_analytics.runs import Ledger, open_ledger
from flora_analytics.store import RunStore

__all__ = ["Source", "open_source"]

_NOBODY_KNOWS = "Not known: the runs were handed over as a table, without a record of their sync."


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Runs as metrics take them, what they span, and what is known of them."""

    runs: Any
    extent: Extent
    provenance: Provenance


def open_source(
    runs: Any, *, now: datetime | None = None, selection: Selection | None = None
) -> Source:
    """The source that `runs` stands for.

    Parameters
    ----------
    runs : str, Path, RunStore, Ledger, DataFrame, pyarrow.Table or Ibis table
        A place or a store, opened or not; or runs, one a row.
    now : datetime, optional
        Until when the data speaks, later runs being left out; by default, and at the latest
        where a store says so, when it was last read.
    selection : Selection, optional
        Which of them; what is known of all of them stays known.
    """
    if isinstance(runs, str | Path | RunStore):
        runs = open_ledger(runs)
    source = _from_ledger(runs, now) if isinstance(runs, Ledger) else _from_table(runs, now)
    if now is not None:
        known = in_window(source.runs, Window(None, now))
        source = replace(source, runs=known, extent=_extent(known))
    return _selected(source, selection) if selection else source


def _selected(source: Source, selection: Selection) -> Source:
    chosen = selection.of(source.runs)
    n_left_out = _n_rows(source.runs) - _n_rows(chosen)
    provenance = replace(source.provenance, selection=selection.words, n_not_selected=n_left_out)
    return Source(chosen, _extent(chosen), provenance)


def _n_rows(runs: Any) -> int:
    return int(runs.num_rows if isinstance(runs, pa.Table) else runs.count().to_pyarrow().as_py())


def _from_table(runs: Any, now: datetime | None) -> Source:
    table = to_table(runs) if isinstance(runs, pd.DataFrame) else runs
    extent = _extent(table)
    as_of = now or extent.read_at or extent.last
    return Source(table, extent, Provenance(as_of, None, _NOBODY_KNOWS, None))


def _from_ledger(ledger: Ledger, now: datetime | None) -> Source:
    extent, standing = _extent(ledger.runs), ledger.standing
    known = standing.as_of or extent.read_at
    as_of = min((at for at in (known, now) if at), default=None)
    provenance = Provenance(as_of, standing.is_complete, standing.claim, standing.n_rejected)
    return Source(ledger.runs, extent, provenance)


def _extent(runs: Any) -> Extent:
    columns = list(runs.column_names if isinstance(runs, pa.Table) else runs.columns)
    if "created_at" not in columns:
        raise MissingColumnError.of(["created_at"], columns)
    read = "read_at" if "read_at" in columns else "created_at"
    if isinstance(runs, pa.Table):
        first, last = pc.min_max(runs["created_at"]).as_py().values()
        read_at = pc.max(runs[read]).as_py()
    else:
        first, last, read_at = _of_lazy(runs, read)
    return Extent(_utc(first), _utc(last), _utc(read_at) if read == "read_at" else None)


def _of_lazy(runs: Any, read: str) -> list[Any]:
    """First and last creation and last reading of an Ibis table."""
    row = runs.aggregate(
        first=runs["created_at"].min(), last=runs["created_at"].max(), read=runs[read].max()
    ).to_pyarrow()
    return [row[name][0].as_py() for name in ("first", "last", "read")]


def _utc(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
