"""Is it certain that no run slipped past while we read? Two kinds of proof, the cheap one first.

By counts: the API's own count never fell while we walked, and in the end equals the distinct
runs that we met. Then nothing vanished, so nothing shifted. The count is documented as an
estimate, so it proves only when it agrees to the run; when it does not, it proves nothing.

By a second look: walk again from the head with the page boundaries moved, until each gap of the
first walk has lain inside a page. That proves it whatever the cursors are made of, and finds
what had slipped past.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flora_analytics.decode import Page
from flora_analytics.place import Gap
from flora_analytics.walk import Walk

__all__ = ["Verdict", "judge"]

#: The first page of each further look, as a share of a page: moves all boundaries with it.
_LOOKS = (0.5, 0.25, 0.75)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether completeness is proved.

    Attributes
    ----------
    proof : str
        What the claim rests on, or an empty text.
    reason : str or None
        Why it cannot be claimed, or None.
    count : int or None
        How many runs the API lists, if its count has proved exact.
    """

    proof: str
    reason: str | None
    count: int | None


def judge(
    walks: Sequence[Walk], *, expected: int | None, take: Callable[[Page], object]
) -> Verdict:
    """Prove that walks together missed nothing, looking again where it is not certain.

    Parameters
    ----------
    walks : sequence of Walk
        As read, each from above down to the beginning of the one before.
    expected : int or None
        How many runs the API should list by our count; None if that is not known.
    take : callable
        Gets the pages of further looks.
    """
    total = walks[-1].first_total
    steady = all(walk.totals_steady for walk in walks)
    if steady and total is not None and total == expected:
        return Verdict("the API's count, steady and equal to ours", None, total)
    gaps = [gap for walk in walks for gap in walk.gaps]
    lost = any(walk.gaps_lost for walk in walks)
    if not all(walk.in_order for walk in walks):
        return Verdict("", _NOT_IN_ORDER, None)
    if not gaps and not lost:
        proof = "one page" if sum(w.n_pages for w in walks) == 1 else "pages that overlap"
        return Verdict(proof, None, _count_after_losses(walks, total, expected))
    return _look_again(walks[0], gaps, lost=lost, take=take)


def _count_after_losses(
    walks: Sequence[Walk], total: int | None, expected: int | None
) -> int | None:
    """The API's count, if the runs that it lacks can be those that vanished since it was exact."""
    if expected is None or total is None or walks[0].ended or total > expected:
        return None
    return total


def _look_again(
    first: Walk, gaps: list[Gap], *, lost: bool, take: Callable[[Page], object]
) -> Verdict:
    for share in _LOOKS:
        size = max(1, int(first.page_length * share))
        look = Walk(first.client, first.query, first_size=size, sleep=first.sleep)
        doubts = _Doubts(gaps)
        for page in look:
            take(page)
            doubts.look_into(look)
            if not doubts.ahead and not doubts.behind and not lost:
                return Verdict("a second look across every page boundary", None, None)
        if look.totals_steady and look.first_total == look.n_distinct:
            return Verdict("a second reading with a steady, equal count", None, look.first_total)
        gaps, lost = look.gaps if lost else doubts.left(), False
        if not gaps:
            return Verdict("a second reading without page boundaries", None, None)
    return Verdict("", _MOVING.format(n=len(gaps)), None)


class _Doubts:
    """Gaps, newest first, held against the pages of one look as it goes down."""

    def __init__(self, gaps: Iterable[Gap]) -> None:
        self.ahead = deque(sorted(gaps, key=lambda gap: -gap.above.created))
        self.behind: list[Gap] = []

    def look_into(self, look: Walk) -> None:
        """Narrow the gaps that begin above the end of the latest page."""
        end = _BELOW_ALL if look.ended else min(look.page.created, default=_ABOVE_ALL)
        reaching_on: list[Gap] = []
        while self.ahead and self.ahead[0].above.created >= end:
            for rest in look.outside_page(self.ahead.popleft()):
                (reaching_on if rest.below.created <= end else self.behind).append(rest)
        self.ahead.extendleft(reversed(reaching_on))

    def left(self) -> list[Gap]:
        """The gaps that the look has not proved."""
        return [*self.behind, *self.ahead]


_ABOVE_ALL, _BELOW_ALL = 2**63, -(2**63) - 1
_NOT_IN_ORDER = (
    "the API did not list the runs newest first, so that boundaries between pages prove nothing, "
    "and its count does not agree with ours; the next sync reads everything again."
)
_MOVING = (
    "runs vanished from the API while its pages were read, and {n} page boundaries stayed "
    "unproved after three more looks; the next sync reads them again."
)
