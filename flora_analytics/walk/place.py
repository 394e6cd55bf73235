"""Where a run stands in the newest-first order, and what two pages prove about a boundary.

Keys only: instants as microseconds and run ids. Knows no API, no store, no columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyarrow as pa

__all__ = ["END", "Gap", "Place", "Rows"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the newest-first order: an instant, and the runs met at that very instant."""

    created: int  # [µs since 1970]
    run_ids: frozenset[str]

    def is_below(self, created: int, run_id: str) -> bool:
        """Whether this run stands above this place: newer, or as old and not one of its runs."""
        return created > self.created or (created == self.created and run_id not in self.run_ids)

    def to_json(self) -> list[Any]:
        return [self.created, sorted(self.run_ids)]

    @classmethod
    def from_json(cls, value: list[Any]) -> Place:
        return cls(value[0], frozenset(value[1]))


@dataclass(frozen=True, slots=True)
class Rows:
    """The keys of a page's good rows, in the order served."""

    ids: list[str]
    created: list[int]

    @classmethod
    def of(cls, runs: pa.RecordBatch) -> Rows:
        return cls(runs["run_id"].to_pylist(), runs["created_at"].cast(pa.int64()).to_pylist())

    def holds(self, place: Place) -> bool:
        """Whether one of the place's runs is on the page."""
        return not place.run_ids.isdisjoint(self.ids)

    def place(self, row: int) -> Place:
        """Where one of the rows stands."""
        return Place(self.created[row], frozenset({self.ids[row]}))

    def place_of_first(self) -> Place:
        """Where the first row stands, with the rows of the same instant."""
        same = zip(self.created, self.ids, strict=True)
        return Place(
            self.created[0], frozenset(run_id for at, run_id in same if at == self.created[0])
        )

    def in_order(self) -> bool:
        """Whether newest first is true."""
        return all(a >= b for a, b in pairwise(self.created))

    def begins_at_or_above(self, place: Place) -> bool:
        """Whether nothing can lie between a place and these rows."""
        return self.created[0] > place.created or self.ids[0] in place.run_ids

    def overlaps(self, before: Rows) -> bool:
        """Whether the first row was already on the page before, or belongs above its end."""
        return self.created[0] > before.created[-1] or self.ids[0] in before.ids


@dataclass(frozen=True, slots=True)
class Gap:
    """A boundary between two pages: the last row above it and the first row below it."""

    above: Place
    below: Place

    def minus(self, rows: Rows, *, from_head: bool, to_end: bool) -> list[Gap]:
        """What of the gap lies outside a page, which shows all there is between its rows.

        Nothing is left where the page holds both sides. Where instants tie, so that it cannot
        be told which side a row is on, the gap stays.
        """
        if not rows.ids:
            return [] if from_head and to_end else [self]
        first, last = rows.place(0), rows.place(-1)
        above = from_head or first.created > self.above.created or rows.holds(self.above)
        below = to_end or last.created < self.below.created or rows.holds(self.below)
        if not (above or self.above.created > first.created > self.below.created):
            return [self]
        if not (below or self.above.created > last.created > self.below.created):
            return [self]
        upper = [] if above else [Gap(self.above, first)]
        return upper if below else [*upper, Gap(last, self.below)]


#: Below every row.
END = Place(-(2**63), frozenset())
