"""Read the whole history by several workers at once, one project each, and account for the sum.

A cursor has to be followed; a history can only be read faster by reading several lists of it
side by side. The projects' lists make up the whole if their runs add up to the API's own count
of it; if they do not, because a project is not listed any more, this proves nothing, and the
caller reads one page after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from threading import Event, Lock
from typing import Any

from flora_analytics.client import Answer
from flora_analytics.decode import Page
from flora_analytics.errors import ContractError
from flora_analytics.sync.session import Session
from flora_analytics.sync.stretch import Bottom, Stretch, read_down_to
from flora_analytics.walk import Walk
from flora_analytics.walk.place import Place
from flora_analytics.walk.proof import judge

__all__ = ["read_in_parallel"]


def read_in_parallel(session: Session, n_workers: int) -> tuple[Stretch, int | None]:
    """Read every project's runs, then what arrived at the head meanwhile.

    Projects that are read to the end are remembered with each commit: a sync that is killed
    leaves only the unfinished ones to the next.

    Returns
    -------
    Stretch
        From the head down to where the head was when the reading began.
    int or None
        How many runs the API should list by our count; None if the lists cannot add up.
    """
    work = _Work(session)
    pool = ThreadPoolExecutor(n_workers, thread_name_prefix="flora-analytics")
    with pool:
        futures = [pool.submit(work.read_project, project_id) for project_id in work.left]
        wait(futures, return_when=FIRST_EXCEPTION)
        work.stop.set()
    session.flush(work.memory())
    for future in futures:
        future.result()
    head = read_down_to(Bottom(work.top), session, resumable=False)
    return head, sum(work.done.values()) + head.walk.n_above if work.is_proved else None


class _Work:
    """What the workers share, one at a time."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.stop = Event()
        self.is_proved = True
        self._lock = Lock()
        kept = session.memory.get("parallel") or {"top": None, "done": {}}
        self.top = Place.from_json(kept["top"]) if kept["top"] else self._newest()
        #: Runs of each project that is read to the end, as far as they were there at the start.
        self.done: dict[str, int] = dict(kept["done"])
        self.left = [one for one in _project_ids(session) if one not in self.done]

    def read_project(self, project_id: str) -> None:
        session = self.session
        query = replace(session.query, project_id=project_id)
        walk = Walk(session.client, query, mark=self.top, sleep=session.sleep)
        for page in walk:
            self._take(page)
            if self.stop.is_set():
                return
        verdict = judge([walk], expected=walk.n_distinct, take=self._take)
        with self._lock:
            self.done[project_id] = walk.n_distinct - walk.n_above
            self.is_proved &= verdict.reason is None

    def _take(self, page: Page) -> None:
        with self._lock:
            self.session.take(page)
            if self.session.is_due():
                self.session.flush(self.memory())

    def memory(self) -> dict[str, Any]:
        return {"parallel": {"top": self.top and self.top.to_json(), "done": self.done}}

    def _newest(self) -> Place | None:
        walk = Walk(self.session.client, self.session.query, sleep=self.session.sleep)
        self.session.take(next(iter(walk)))
        return walk.top


def _project_ids(session: Session) -> list[str]:
    client, wanted = session.client, session.query.workspace_id
    workspaces = [wanted] if wanted else _ids(client.list_workspaces(), "workspace")
    return [
        project_id for workspace_id in workspaces for project_id in _projects(session, workspace_id)
    ]


def _projects(session: Session, workspace_id: str) -> Iterator[str]:
    cursor: str | None = None
    seen: set[str | None] = set()
    while cursor not in seen:
        seen.add(cursor)
        answer = session.client.list_projects(workspace_id=workspace_id, cursor=cursor)
        yield from _ids(answer, "project")
        cursor = (json.loads(answer.body).get("meta") or {}).get("next_cursor") or None
        if cursor is None:
            return


def _ids(answer: Answer, kind: str) -> list[str]:
    try:
        return [str(item[f"{kind}_id"]) for item in json.loads(answer.body)[f"{kind}s"]]
    except (KeyError, TypeError, ValueError) as exc:
        raise ContractError(
            f"The API's list of {kind}s is not what it documents; sync without --workers.",
            request_id=answer.request_id,
        ) from exc
