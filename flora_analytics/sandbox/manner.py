"""How the sandbox's lists behave where the documentation leaves it open.

Values only: `pages` acts on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Manner"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How the server lists, where the documentation leaves it open.

    Attributes
    ----------
    cursors : "offset" or "keyset"
        Whether a cursor counts rows (they shift as runs arrive or vanish) or names one.
    last_cursor : "null", "empty" or "missing"
        ``next_cursor`` of the last page.
    total : "exact", "absent", "null", "wrong", "lagging" or "frozen"
        ``total_estimate``: a tenth too many, as it was five pages ago, as at the start.
    limit : "obeyed", "refused" or "capped"
        Whether the limit counts, any limit is an error, or `max_limit` is the most one
        gets, unsaid.
    default_limit, max_limit : int
        Rows without a limit, and at most.
    seconds : bool
        Instants as seconds with a fraction instead of milliseconds.
    repeated_rows : int
        Each page after the first begins with so many rows of the page before.
    empty_page_every : int
        Each so-many-th page is empty, with a cursor that leads to what it should hold; 0 = none.
    cursor_lifetime : int or None
        A cursor is refused once so many more requests have come.
    cycle_after : int or None
        After so many rows the cursor leads back to the second page, for ever.
    """

    cursors: Literal["offset", "keyset"] = "offset"
    last_cursor: Literal["null", "empty", "missing"] = "null"
    total: Literal["exact", "absent", "null", "wrong", "lagging", "frozen"] = "exact"
    limit: Literal["obeyed", "refused", "capped"] = "obeyed"
    default_limit: int = 20
    max_limit: int = 100
    seconds: bool = False
    repeated_rows: int = 0
    empty_page_every: int = 0
    cursor_lifetime: int | None = None
    cycle_after: int | None = None
