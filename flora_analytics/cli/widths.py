"""How wide a table's columns are on a terminal: headings give way to numbers, never numbers.

A number cut short reads as another number, so that a table too wide for the terminal stays too
wide, and the terminal folds its lines.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["fitted", "least_width"]

#: Names and sentences may be folded to this.
_TEXT = 12


def least_width(words: Sequence[int], cells: Sequence[int], *, is_number: bool) -> int:
    """The narrowest that a column can be and still be read.

    Takes how wide the words of its heading are, and its cells.

    >>> least_width([4, 3, 6], [5, 2], is_number=True)
    6
    """
    widest = max(cells, default=0)
    return max(*words, 0, widest if is_number else min(widest, _TEXT))


def fitted(naturals: Sequence[int], leasts: Sequence[int], *, room: int) -> list[int]:
    """Widths of together no more than `room`, taken from the columns with most to spare.

    No column is made narrower than its least width, though that may take more than the room.

    >>> fitted([20, 9], [8, 9], room=24), fitted([20, 9], [8, 9], room=10)
    ([15, 9], [8, 9])
    """
    widths = [max(pair) for pair in zip(naturals, leasts, strict=True)]
    while sum(widths) > room:
        spare = [width - least for width, least in zip(widths, leasts, strict=True)]
        if not max(spare, default=0):
            break
        widths[spare.index(max(spare))] -= 1
    return widths
