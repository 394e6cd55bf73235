"""Where a report's runs come from: a store, a frame, an Arrow or an Ibis table.

Gives what metrics take, what the runs span, and what can be vouched for. Knows no figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from flora_analytics.certificate import Certificate

__all__ = ["Source", "open_source"]

_NOBODY_KNOWS = "Not known: the runs were handed over as a table, without a record of their sync."
_NEVER_SYNCED = "Not proved: no sync has recorded what it read."


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
    runs : str, Path, RunStore, DataFrame, pyarrow.Table or Ibis table
        A place or a store, or runs, one a row.
    now : datetime, optional
        Until when the data speaks, later runs being left out; by default when it was last
        read.
    selection : Selection, optional
        Which of them; what is known of all of them stays known.
    """
    from flora_analytics.store import RunStore

    if isinstance(runs, str | Path):
        runs = RunStore(runs)
    source = _from_store(runs, now) if isinstance(runs, RunStore) else _from_table(runs, now)
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


def _from_store(store: Any, now: datetime | None) -> Source:
    from flora_analytics.runs import open_runs

    snapshot = store.snapshot()
    certificates = snapshot.certificates()
    runs = open_runs(store, as_of=snapshot.version)
    extent = _extent(runs)
    as_of = max((each.as_of for each in certificates.values()), default=extent.read_at)
    complete = bool(certificates) and all(each.complete for each in certificates.values())
    claim = _claim(certificates.items()) or _NEVER_SYNCED
    n_rejected = store.quarantine.table().num_rows
    return Source(runs, extent, Provenance(now or as_of, complete, claim, n_rejected))


def _claim(certificates: Iterable[tuple[str, Certificate]]) -> str:
    """What each scope's certificate says; the scope is named where there are several."""
    claims = sorted(certificates)
    if len(claims) == 1:
        return claims[0][1].sentence()
    return " ".join(f"{scope}: {certificate.sentence()}" for scope, certificate in claims)


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
