"""Read again the open runs that the walk did not meet: by status lists, then one by one.

A run that is stuck for weeks lies deep in the history. Walking down to it at each sync would
cost as many requests as the history has pages; the lists of pending and running runs hold all
that are still open on a page or two, and whoever is missing there is asked for singly.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa

from flora_analytics.decode import decode_polled
from flora_analytics.errors import RefusedRequestError
from flora_analytics.schema import OPEN_STATUSES
from flora_analytics.sync.session import Session
from flora_analytics.walk import Walk

__all__ = ["read_open_runs"]

#: So few are quicker asked for one by one than by lists.
_FEW = 2


def read_open_runs(session: Session) -> list[str]:
    """Read every open run that this sync has not met, and return those the API knows no more."""
    gone = set(session.memory.get("gone", ())) & session.unread.keys()
    for run_id in gone:
        del session.unread[run_id]
    if len(session.unread) > _FEW:
        for status in OPEN_STATUSES:
            _read_list(session, status)
    gone |= {run_id for stored in _stored_rows(session) if (run_id := _poll(session, stored))}
    return sorted(gone & session.open.keys())


def _read_list(session: Session, status: str) -> None:
    walk = Walk(session.client, replace(session.query, status=status), sleep=session.sleep)
    for page in walk:
        session.take(page)
        oldest = min(session.unread.values(), default=None)
        lowest = walk.page.created[-1:]
        if oldest is None or (lowest and lowest[0] < oldest):
            return


def _stored_rows(session: Session) -> list[pa.Table]:
    """The stored row of each run that is still unread."""
    if not session.unread:
        return []
    ids = pa.array(session.unread.keys(), pa.string())
    instants = (datetime.fromtimestamp(at // 10**6, UTC) for at in session.unread.values())
    months = {f"{instant:%Y-%m}" for instant in instants}
    rows = session.store.snapshot().stored(ids, months=months)
    return [rows.slice(row, 1) for row in range(rows.num_rows)]


def _poll(session: Session, stored: pa.Table) -> str | None:
    """Ask for one run; its id if the API does not know it any more."""
    run = {name: stored[name][0].as_py() for name in ("technique_id", "run_id", "poll_url")}
    try:
        answer = session.client.poll_run(**run)
    except RefusedRequestError as exc:
        if exc.status not in (404, 410):
            raise
        return str(run["run_id"])
    session.take(decode_polled(answer.body, stored=stored, read_at=answer.sent_at))
    return None
