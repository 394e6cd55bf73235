"""Decode one page of run history: JSON bytes in, a typed Arrow batch out.

Knows the API's JSON and our schema; knows no network, store or pandas. A run that breaks the
contract is returned as a `RejectedRun`: never dropped, never repaired. New fields, statuses and
output types pass, and are reported as `Drift`.

A page is decoded whole, in one typed pass. Only if that fails, or meets a field it does not know,
is the page read again run by run, to tell the bad runs from the good.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.decode.columns import MICROSECONDS, TimeUnit, run_batch
from flora_analytics.decode.contract import check_run, is_plausible, time_unit_of
from flora_analytics.decode.wire import (
    BrokenRunError,
    Meta,
    PolledRun,
    Run,
    Technique,
    polled_run,
    run_id_of,
    run_texts,
    single_run,
    whole_page,
)
from flora_analytics.errors import ContractError
from flora_analytics.schema import RUN_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["Drift", "Page", "RejectedRun", "decode_page", "decode_polled"]

DriftKind: TypeAlias = Literal["field", "status", "output_type"]
#: What the API documents; fields are told apart by `wire`.
_KNOWN: dict[DriftKind, frozenset[str]] = {
    "field": frozenset(),
    "status": frozenset({"pending", "running", "completed", "failed"}),
    "output_type": frozenset({"imageUrl", "videoUrl", "audioUrl", "text", "documentUrl"}),
}


@dataclass(frozen=True, slots=True)
class RejectedRun:
    """A run that breaks the contract, kept aside as it was served.

    Attributes
    ----------
    run_id : str or None
        None if that is what is missing.
    reason : str
        The field and what was expected of it, such as
        ``charged_cost: expected a number, got a string``.
    json : str
        The run's own JSON as served. Where that is not JSON or not Unicode, in two respects
        readable instead: ``NaN`` and ``Infinity`` stand in quotes, and half a surrogate pair or
        a byte that is no UTF-8 is U+FFFD.
    read_at : datetime
        When the API was asked. [UTC]
    """

    run_id: str | None
    reason: str
    json: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Drift:
    """Something the API's documentation does not name, with the first run that showed it.

    Attributes
    ----------
    kind : {"field", "status", "output_type"}
    name : str
        The word met; a field within another one has a dotted name, ``technique.slug``.
    run_id : str
    """

    kind: DriftKind
    name: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of run history.

    Attributes
    ----------
    runs : RecordBatch of `RUN_SCHEMA`
        The good runs, in the order served; a run served twice is there twice.
    rejected : tuple of RejectedRun
    next_cursor : str or None
        None on the last page, where the API says null, nothing or an empty text.
    total_estimate : int or None
        The API's own estimate of how many runs there are, good for a progress bar.
    n_rows : int
        Runs in the answer, rejected ones included.
    time_unit : {"ms", "s"} or None
        Unit in which this page states instants; None if no run tells.
    drift : tuple of Drift
        Each new name once.
    """

    runs: pa.RecordBatch
    rejected: tuple[RejectedRun, ...]
    next_cursor: str | None
    total_estimate: int | None
    n_rows: int
    time_unit: TimeUnit | None
    drift: tuple[Drift, ...]


def decode_page(body: bytes, *, read_at: datetime) -> Page:
    """Decode the body of a ``GET /technique-runs`` answer.

    Costs are taken from the JSON text, so they are exact; beyond nine places they are rounded
    half-even. Instants are read as milliseconds or seconds, whichever most runs of the page
    use; a run in the other unit is rejected.

    Parameters
    ----------
    body : bytes
    read_at : datetime
        When the API was asked; the value of the column ``read_at``. [UTC]

    Raises
    ------
    ContractError
        The body is no page of runs: not JSON, another shape, or nested absurdly deep.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> page = decode_page(
    ...     b'{"meta": {"next_cursor": null}, "technique_runs": ['
    ...     b'{"run_id": "run_1", "workspace_id": "ws_1", "project_id": "prj_1",'
    ...     b' "technique": {"technique_id": "tech_1", "name": "Poster"}, "status": "completed",'
    ...     b' "created_at": 1767225600000, "charged_cost": 0.30000000000000004},'
    ...     b'{"run_id": "run_2", "charged_cost": "free"}]}',
    ...     read_at=datetime(2026, 1, 2, tzinfo=UTC),
    ... )
    >>> page.runs["charged_cost"].to_pylist(), page.time_unit
    ([Decimal('0.300000000')], 'ms')
    >>> [run.reason for run in page.rejected]
    ['workspace_id: required, but missing']
    """
    whole = whole_page(body)
    if whole is None:
        return _decode_run_by_run(body, read_at)
    runs, meta, fields = whole
    unit = time_unit_of(run.created_at for run in runs)
    try:
        batch = run_batch(runs, time_unit=unit or "ms", read_at=read_at)
    except (pa.ArrowException, OverflowError):
        return _decode_run_by_run(body, read_at)
    if not is_plausible(runs, unit or "ms"):
        return _decode_run_by_run(body, read_at)
    return _page(batch, meta, unit, len(runs), drift=_drift(runs, fields))


def decode_polled(body: bytes, *, stored: pa.Table, read_at: datetime) -> Page:
    """Decode the answer of the poll route for one run that is already known.

    That route does not say everything the list says. What it leaves out, or states as null, is
    taken from `stored`.

    Parameters
    ----------
    body : bytes
    stored : Table of `RUN_SCHEMA`, one row
        The run as last read.
    read_at : datetime
        When the API was asked. [UTC]

    Returns
    -------
    Page
        With the one run, or with none and its `RejectedRun`.

    Raises
    ------
    ContractError
        The body is no run, or another one.
    """
    known = stored.to_pylist()[0]
    try:
        polled, fields = polled_run(body)
        _same_run(polled.run_id, known["run_id"])
        unit = time_unit_of(
            at
            for at in (polled.created_at, polled.started_at, polled.completed_at)
            if at is not None
        )
        run = _completed_by(polled, known, unit)
        check_run(run, unit or "ms")
    except BrokenRunError as broken:
        rejected = _rejected(body, broken, read_at)
        _same_run(rejected.run_id, known["run_id"])
        return _page(run_batch([], time_unit="ms", read_at=read_at), Meta(), None, 1, (rejected,))
    said = run_batch([run], time_unit=unit or "ms", read_at=read_at)
    columns = [pc.coalesce(said[name], stored[name].combine_chunks()) for name in RUN_SCHEMA.names]
    batch = pa.RecordBatch.from_arrays(columns, schema=RUN_SCHEMA)
    return _page(batch, Meta(), unit, 1, drift=_drift([run], [fields]))


def _decode_run_by_run(body: bytes, read_at: datetime) -> Page:
    """The same page where something in it is odd: only the odd runs pay for it."""
    texts, meta = run_texts(body)
    rejected: list[RejectedRun] = []
    read: list[tuple[Run, list[str], bytes]] = []
    for text in texts:
        try:
            read.append((*single_run(text), text))
        except BrokenRunError as broken:
            rejected.append(_rejected(text, broken, read_at))
    unit = time_unit_of(run.created_at for run, _, _ in read)
    kept: list[tuple[Run, list[str]]] = []
    for run, fields, text in read:
        try:
            check_run(run, unit or "ms")
        except BrokenRunError as broken:
            rejected.append(_rejected(text, broken, read_at))
        else:
            kept.append((run, fields))
    runs = [run for run, _ in kept]
    batch = run_batch(runs, time_unit=unit or "ms", read_at=read_at)
    drift = _drift(runs, [fields for _, fields in kept])
    return _page(batch, meta, unit, len(texts), tuple(rejected), drift)


def _page(
    batch: pa.RecordBatch,
    meta: Meta,
    unit: TimeUnit | None,
    n_rows: int,
    rejected: tuple[RejectedRun, ...] = (),
    drift: tuple[Drift, ...] = (),
) -> Page:
    return Page(
        runs=batch,
        rejected=rejected,
        next_cursor=meta.next_cursor or None,
        total_estimate=_whole_number(meta.total_estimate),
        n_rows=n_rows,
        time_unit=unit,
        drift=drift,
    )


def _whole_number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < 2**63:
        return None
    return int(value)


def _rejected(text: bytes, broken: BrokenRunError, read_at: datetime) -> RejectedRun:
    return RejectedRun(run_id_of(text), str(broken), text.decode(errors="replace"), read_at)


def _same_run(answered: str | None, asked: str) -> None:
    if answered != asked:
        raise ContractError(
            f"Asked for run {asked}, the API answered for another one; report it to FLORA."
        )


def _completed_by(polled: PolledRun, known: dict[str, Any], unit: TimeUnit | None) -> Run:
    """`polled` with what the list requires and it did not say."""
    said = {name: getattr(polled, name) for name in polled.__struct_fields__}
    required = {
        "workspace_id": known["workspace_id"],
        "project_id": known["project_id"],
        "technique": Technique(known["technique_id"], known["technique_name"]),
        "status": known["status"],
        "created_at": known["created_at"].timestamp() * 1_000_000 / MICROSECONDS[unit or "ms"],
    }
    return Run(**said | {name: value for name, value in required.items() if said[name] is None})


def _drift(runs: Sequence[Run], fields: Sequence[list[str]]) -> tuple[Drift, ...]:
    """Each new name with the first of these runs that shows it; `fields` has one list a run."""
    shown: list[tuple[DriftKind, str, Run]] = [
        ("field", name, run) for run, names in zip(runs, fields, strict=True) for name in names
    ]
    if not {run.status for run in runs} <= _KNOWN["status"]:
        shown += [("status", run.status, run) for run in runs]
    if not {output.type for run in runs for output in run.outputs or ()} <= _KNOWN["output_type"]:
        shown += [
            ("output_type", output.type, run)
            for run in runs
            for output in run.outputs or ()
            if output.type is not None
        ]
    first: dict[tuple[DriftKind, str], Drift] = {}
    for kind, name, run in shown:
        if (kind, name) not in first and name not in _KNOWN[kind]:
            first[kind, name] = Drift(kind, name, run.run_id)
    return tuple(first.values())
