"""Is it certain that no run slipped past while we read? A second look, and the API's count.

A second look walks again with the page boundaries moved, until each gap of the first walk has
lain inside a page. That proves it whatever the cursors are made of, and finds what had slipped
past; but over a long history it costs as much as the first.

The API's count is documented as an estimate. If it never fell while we walked, and in the end
equals to the run the distinct runs that we met, then nothing vanished and nothing shifted, unless
the count lags behind the list. So it serves for a long walk only, and only together with a
second look across the latest boundaries, which a lagging count could not vouch for yet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from flora_analytics.decode import Page
from flora_analytics.errors import RefusedRequestError
from flora_analytics.walk.pages import RECENT, Walk
from flora_analytics.walk.place import Gap

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
    total, gaps = walks[-1].first_total, [gap for walk in walks for gap in walk.gaps]
    lost = any(walk.gaps_lost for walk in walks)
    agrees = all(walk.totals_steady for walk in walks) and total is not None and total == expected
    if not all(walk.in_order for walk in walks):
        return Verdict("", _NOT_IN_ORDER, None)
    if not gaps and not lost:
        proof = "one page" if sum(w.n_pages for w in walks) == 1 else "pages that overlap"
        count = total if agrees else _count_after_losses(walks, total, expected)
        return Verdict(proof, None, count)
    if agrees:
        doubtful = _doubtful(walks)
        is_long = lost or len(doubtful) > RECENT
        proved = _recently_proved(walks, doubtful, take) if is_long else not doubtful
        if proved and _still_agrees(walks[-1], expected, take):
            return Verdict("the API's count, steady and equal to ours", None, total)
        if not is_long:
            gaps = doubtful
    verdict = _look_again(walks[0], gaps, lost=lost, take=take)
    return replace(verdict, count=total) if agrees and verdict.reason is None else verdict


def _doubtful(walks: Sequence[Walk]) -> list[Gap]:
    """The gaps above the ground, where a run that slipped past would be unknown to the store."""
    ground = walks[0].mark
    return [
        gap
        for walk in walks
        for gap in walk.gaps
        if ground is None or gap.above.created >= ground.created
    ]


def _recently_proved(
    walks: Sequence[Walk], doubtful: list[Gap], take: Callable[[Page], object]
) -> bool:
    """Look again across the latest boundaries, from a cursor that is not old yet."""
    long = walks[0]
    doubts = _Doubts(doubtful[-RECENT:])
    look = long.again_from(long.recent[0], first_size=max(1, long.page_length // 2))
    try:
        for page in look:
            take(page)
            doubts.look_into(look)
            if not doubts.ahead:
                break
    except RefusedRequestError:
        return False
    return not doubts.left() and look.totals_steady


def _still_agrees(last: Walk, expected: int | None, take: Callable[[Page], object]) -> bool:
    """Does the count agree once more, by now?"""
    head = last.again_from(None, mark=last.top)
    take(next(iter(head)))
    return expected is not None and head.first_total == expected + head.n_above


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
        look = first.again_from(None, first_size=size)
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
