"""Walk the run history: follow its pointers to the end, and judge what spans pages.

A `Walk` yields decoded pages and keeps what they prove together: which boundaries between pages
are *gaps*, through which a run may have slipped unseen, how many distinct runs came by, whether
the API's own count moved. Knows the client and the pages; stores nothing and decides nothing.

Why gaps: the list is newest first and its cursors may be offsets. A run that arrives while we
walk pushes the others down, so that some repeat: harmless. A run that vanishes pulls them up,
and one slips past the boundary that we are crossing. No single answer shows that; a boundary is
proved only if one page holds the rows on both its sides.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flora_analytics.client import Answer, FloraClient
from flora_analytics.decode import Page, decode_page
from flora_analytics.errors import ContractError, RefusedRequestError
from flora_analytics.walk.place import END, Gap, Place, Rows

__all__ = ["PAGE_SIZE", "RECENT", "BrokenResumeError", "Query", "Walk"]

#: The largest page the API gives, by its sibling lists.
PAGE_SIZE = 100
#: So many pages back a cursor is remembered, for a second look from there.
RECENT = 20
#: A page that cannot be read is asked for this often in all.
_ATTEMPTS = 3
#: After this many pages in a row that lead no further, the pointers lead nowhere.
_PATIENCE = 100
#: So many gaps travel with a checkpoint; a walk with more must prove itself by counts.
_GAPS_KEPT = 500


@dataclass(frozen=True, slots=True)
class Query:
    """The four filters of the run history; None asks for all."""

    workspace_id: str | None = None
    project_id: str | None = None
    technique_id: str | None = None
    status: str | None = None

    def ask(self, client: FloraClient, *, cursor: str | None, limit: int | None) -> Answer:
        """One page of the runs that match."""
        return client.list_runs(
            cursor=cursor,
            limit=limit,
            workspace_id=self.workspace_id,
            project_id=self.project_id,
            technique_id=self.technique_id,
            status=self.status,
        )


@dataclass(slots=True)
class Walk:
    """Pages from the head of the history, or from a checkpoint, to its end.

    Parameters
    ----------
    client, query
        Whom to ask for what.
    mark : Place, optional
        Runs above it are counted as `n_above`.
    first_size : int, optional
        Size of the first page alone. It moves all later boundaries, so that this walk looks
        into the gaps of another.
    sleep : callable
        Takes the seconds to wait before an unreadable page is asked for again.

    Attributes
    ----------
    n_pages, page_length, n_rows, n_distinct, n_above : int
        Pages read; rows on the longest; rows on all; distinct runs, rejected ones included;
        distinct runs above `mark`.
    top, floor : Place or None
        The newest row of the first page, and the oldest row so far.
    as_of : datetime or None
        When the first page was asked for. [UTC]
    first_total, last_total : int or None
        The API's count on the first and on the latest page.
    totals_steady : bool
        Each page gave a count, and none was lower than the one before.
    gaps : list of Gap
        Boundaries that no page has proved.
    gaps_lost : bool
        There were more gaps than a checkpoint could carry.
    ended : bool
        The last page of the history was read.
    cursor, recent : str or None, deque of the same
        The pointer to the latest page, and those to the last pages.
    in_order : bool
        Newest first was true of every page.
    time_unit : {"ms", "s"} or None
    """

    client: FloraClient
    query: Query
    mark: Place | None = None
    first_size: int | None = None
    sleep: Callable[[float], object] = time.sleep
    n_pages: int = 0
    page_length: int = 0
    n_rows: int = 0
    n_distinct: int = 0
    n_above: int = 0
    top: Place | None = None
    floor: Place | None = None
    as_of: datetime | None = None
    first_total: int | None = None
    last_total: int | None = None
    totals_steady: bool = True
    gaps: list[Gap] = field(default_factory=list)
    gaps_lost: bool = False
    ended: bool = False
    in_order: bool = True
    time_unit: str | None = None
    cursor: str | None = None
    recent: deque[str | None] = field(default_factory=lambda: deque(maxlen=RECENT + 1))
    page: Rows = field(default_factory=lambda: Rows([], []))
    rows: Rows = field(default_factory=lambda: Rows([], []))
    unconnected: bool = False
    _limit: int | None = PAGE_SIZE
    _rejected: set[int] = field(default_factory=set)

    def __iter__(self) -> Iterator[Page]:
        cursor, seen, idle = self.cursor, set[int](), 0
        while True:
            page = self._read(cursor, self.first_size if not self.n_pages else None)
            self.cursor = cursor
            self.recent.append(cursor)
            idle = 0 if self._take(page) else idle + 1
            yield page
            if page.next_cursor is None:
                return
            seen.add(hash(cursor))
            cursor = page.next_cursor
            if hash(cursor) in seen or idle >= _PATIENCE:
                raise ContractError(
                    "The API's cursors lead in a circle, so the end of the run history cannot be "
                    f"reached (after {self.n_pages:,} pages); what was read is kept. Try again "
                    "later, and tell FLORA's support if it stays so."
                )

    @property
    def has_begun(self) -> bool:
        """Whether a cursor was used, so that a refusal may be the cursor's."""
        return self.n_pages > 0

    def again_from(
        self, cursor: str | None, *, first_size: int | None = None, mark: Place | None = None
    ) -> Walk:
        """Another walk of the same query, from a cursor of this one or from the head."""
        return Walk(
            self.client,
            self.query,
            mark=mark,
            first_size=first_size,
            sleep=self.sleep,
            cursor=cursor,
            time_unit=self.time_unit,
        )

    def outside_page(self, gap: Gap) -> list[Gap]:
        """What of a gap the latest page does not prove."""
        return gap.minus(self.page, from_head=self.cursor is None, to_end=self.ended)

    def checkpoint(self) -> dict[str, Any]:
        """What `resumed_at` needs, JSON-ready and of bounded size."""
        return {
            "cursor": self.cursor,
            "recent": list(self.recent),
            "n_pages": self.n_pages,
            "page_length": self.page_length,
            "n_rows": self.n_rows,
            "n_distinct": self.n_distinct,
            "n_above": self.n_above,
            "mark": self.mark and self.mark.to_json(),
            "top": self.top and self.top.to_json(),
            "floor": self.floor and self.floor.to_json(),
            "as_of": self.as_of and self.as_of.isoformat(),
            "first_total": self.first_total,
            "last_total": self.last_total,
            "totals_steady": self.totals_steady,
            "gaps": [[g.above.to_json(), g.below.to_json()] for g in self.gaps[-_GAPS_KEPT:]],
            "gaps_lost": self.gaps_lost or len(self.gaps) > _GAPS_KEPT,
            "in_order": self.in_order,
            "time_unit": self.time_unit,
        }

    @classmethod
    def resumed_at(cls, checkpoint: dict[str, Any], client: FloraClient, query: Query) -> Walk:
        """The walk that left this checkpoint; its first page is the last one read then.

        A cursor is only a hint: iterating raises `BrokenResumeError` unless that page begins at
        or above the last row read then, which proves that nothing lies between.
        """
        values = dict(checkpoint)
        for name in ("mark", "top", "floor"):
            values[name] = values[name] and Place.from_json(values[name])
        values["as_of"] = values["as_of"] and datetime.fromisoformat(values["as_of"])
        values["recent"] = deque(values["recent"], maxlen=RECENT + 1)
        values["gaps"] = [Gap(*map(Place.from_json, pair)) for pair in values["gaps"]]
        return cls(client, query, unconnected=True, **values)

    def _read(self, cursor: str | None, first_size: int | None) -> Page:
        for attempt in range(1, _ATTEMPTS + 1):
            answer = self._ask(cursor, first_size)
            try:
                page = decode_page(answer.body, read_at=answer.sent_at)
            except ContractError:
                if attempt == _ATTEMPTS:
                    raise
                self.sleep(0.5 * 2**attempt)
            else:
                self.as_of = self.as_of or answer.sent_at
                return page
        raise AssertionError("unreachable")

    def _ask(self, cursor: str | None, first_size: int | None) -> Answer:
        limit = self._limit and (first_size or self._limit)
        try:
            return self.query.ask(self.client, cursor=cursor, limit=limit)
        except RefusedRequestError as exc:
            if limit is None or "limit" not in exc.fields:
                raise
            # The bounds of `limit` are not documented: leave the size to the API.
            self._limit = None
            return self.query.ask(self.client, cursor=cursor, limit=None)

    def _take(self, page: Page) -> bool:
        """Account for a page; True if it leads on."""
        self._check_unit(page)
        self.page = Rows.of(page.runs)
        self.ended = page.next_cursor is None
        self._note_boundary()
        self._note_total(page.total_estimate)
        n_before, lowest_before = self.n_distinct, self.rows.created[-1:]
        self._count(page)
        self.n_pages += 1
        self.page_length = max(self.page_length, page.n_rows)
        if self.page.ids:
            self.rows = self.page
            self.top = self.top or self.page.place_of_first()
            self.in_order &= self.page.in_order()
        return self.n_distinct > n_before or self.rows.created[-1:] < lowest_before

    def _note_boundary(self) -> None:
        """Is the boundary between the rows before and this page a gap?"""
        rows, floor = self.page, self.floor
        if self.unconnected and floor is not None:
            if rows.ids:
                self.unconnected = False
            if self.ended if not rows.ids else not rows.begins_at_or_above(floor):
                raise BrokenResumeError
        elif self.rows.ids and rows.ids and not rows.overlaps(self.rows):
            self.gaps.append(Gap(self.rows.place(-1), rows.place(0)))
        elif self.rows.ids and not rows.ids and self.ended:
            self.gaps.append(Gap(self.rows.place(-1), END))

    def _note_total(self, total: int | None) -> None:
        """Did the API's count fall, so that something vanished?"""
        if not self.n_pages:
            self.first_total = total
        fell = total is None or (self.last_total is not None and total < self.last_total)
        self.totals_steady = self.totals_steady and not fell
        self.last_total = total

    def _count(self, page: Page) -> None:
        """Count distinct runs in constant memory: newest first, a new run lies below all others."""
        self.n_rows += page.n_rows
        for created, run_id in zip(self.page.created, self.page.ids, strict=True):
            if self.floor is None or created < self.floor.created:
                self.floor = Place(created, frozenset({run_id}))
            elif created == self.floor.created and run_id not in self.floor.run_ids:
                self.floor = Place(created, self.floor.run_ids | {run_id})
            else:
                continue
            self.n_distinct += 1
            self.n_above += self.mark is not None and self.mark.is_below(created, run_id)
        for rejected in page.rejected:
            key = hash(rejected.run_id or rejected.json)
            if key not in self._rejected:
                self._rejected.add(key)
                self.n_distinct += 1

    def _check_unit(self, page: Page) -> None:
        if page.time_unit is None:
            return
        if self.time_unit not in (None, page.time_unit):
            raise ContractError(
                f"The API gave timestamps in {_UNITS[page.time_unit]} after some in "
                f"{_UNITS[self.time_unit or 'ms']}; one of them would be read wrongly, so the "
                "sync stopped. Tell FLORA's support."
            )
        self.time_unit = page.time_unit


class BrokenResumeError(Exception):
    """The page at a kept cursor does not connect to what was read before it."""


_UNITS = {"ms": "milliseconds", "s": "seconds"}
