"""Read one stretch of the history: from the head, or a checkpoint, down to its bottom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flora_analytics.errors import FloraAnalyticsError, RefusedRequestError
from flora_analytics.sync.session import Session
from flora_analytics.walk import BrokenResumeError, Walk
from flora_analytics.walk.place import Place

__all__ = ["Bottom", "Stretch", "read_down_to", "resumed"]

#: A walk whose cursor expires begins again from the head this often.
_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Bottom:
    """Where a stretch ends; with neither `ground` nor `since`, at the end of the history.

    Attributes
    ----------
    ground : Place or None
        Read until a run is met again that lies at or below this proved place.
    since : int or None
        And until everything created after this instant has been read. [µs since 1970]
    """

    ground: Place | None = None
    since: int | None = None

    def is_reached(self, walk: Walk, session: Session) -> bool:
        """Whether the latest page reaches down to the bottom."""
        rows = walk.page
        if not rows.ids or not walk.in_order or (self.ground is None and self.since is None):
            return False
        if self.since is not None and rows.created[-1] >= self.since:
            return False
        return self.ground is None or self._is_connected(walk, session, self.ground)

    @staticmethod
    def _is_connected(walk: Walk, session: Session, ground: Place) -> bool:
        rows = walk.page
        if rows.holds(ground):
            return True
        # The ground's own runs may have vanished: any older run that the store held will do.
        below = [i for i, at in enumerate(rows.created) if at < ground.created]
        return session.holds([rows.ids[i] for i in below], [rows.created[i] for i in below])

    def to_json(self) -> list[Any]:
        return [self.ground and self.ground.to_json(), self.since]

    @classmethod
    def from_json(cls, value: list[Any]) -> Bottom:
        return cls(value[0] and Place.from_json(value[0]), value[1])


@dataclass(frozen=True, slots=True)
class Stretch:
    """A walk and where it is to end."""

    walk: Walk
    bottom: Bottom

    def checkpoint(self) -> dict[str, Any]:
        """What `resumed` needs in a later sync, JSON-ready."""
        return {"walk": self.walk.checkpoint() | {"bottom": self.bottom.to_json()}}


def read_down_to(
    bottom: Bottom,
    session: Session,
    *,
    unfinished: Stretch | None = None,
    resumable: bool = True,
) -> Stretch:
    """Read a stretch into the session, committing bounded batches.

    A cursor that has expired, or no longer connects to what was read, costs only requests: the
    stretch begins again at the head, and what was read stays. With `resumable`, each commit
    holds the checkpoint from which a later sync can go on.
    """
    stretch = unfinished or fresh(bottom, session)
    for _ in range(_RESTARTS):
        try:
            _read(stretch, session, resumable)
        except BrokenResumeError:
            stretch = fresh(bottom, session)
        except RefusedRequestError as exc:
            if exc.status not in (400, 404, 410) or not stretch.walk.has_begun:
                raise
            stretch = fresh(bottom, session)
        else:
            return stretch
    _read(stretch, session, resumable)
    return stretch


def fresh(bottom: Bottom, session: Session) -> Stretch:
    """A stretch that begins at the head."""
    walk = Walk(
        session.client,
        session.query,
        mark=bottom.ground,
        sleep=session.sleep,
        time_unit=session.time_unit,
    )
    return Stretch(walk, bottom)


def resumed(session: Session) -> Stretch | None:
    """The stretch that an earlier sync could not finish."""
    values = session.memory.get("walk")
    if not values:
        return None
    checkpoint = {name: value for name, value in values.items() if name != "bottom"}
    walk = Walk.resumed_at(checkpoint, session.client, session.query)
    walk.sleep = session.sleep
    return Stretch(walk, Bottom.from_json(values["bottom"]))


def _read(stretch: Stretch, session: Session, resumable: bool) -> None:
    has_read = False
    try:
        for page in stretch.walk:
            session.take(page)
            has_read = True
            if stretch.bottom.is_reached(stretch.walk, session):
                return
            if session.is_due():
                session.flush(stretch.checkpoint() if resumable else {})
    except FloraAnalyticsError:
        # What is in hand is good. (An interrupt may have struck between walk and session, so
        # that their accounts differ: it loses what is not committed.)
        if has_read:
            session.flush(stretch.checkpoint() if resumable else {})
        raise
