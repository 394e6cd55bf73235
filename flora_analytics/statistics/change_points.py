"""Where a sequence of values moved to another level: ranks, no distribution assumed.

Values in order in, places of change out. Plain NumPy; knows no runs, money or time.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Change", "change_points", "strongest_change"]

Values: TypeAlias = "NDArray[np.int64] | NDArray[np.float64]"
Ints: TypeAlias = NDArray[np.int64]

#: Fewer values than this on either side of a change would tell of outliers, not of a level.
_FEWEST = 3
#: Up to so many different values, each seen so often on average, are taken for set prices.
_MOST_VALUES, _RECUR = 50, 4


class Change(NamedTuple):
    """The sequence moved between ``values[at - 1]`` and ``values[at]``."""

    at: int
    p_value: float


def change_points(values: Values, *, blocks: Ints | None = None, alpha: float) -> list[Change]:
    """All places at which the values moved to another level, in order.

    Binary segmentation: the strongest change of the whole sequence is tested at `alpha`; if
    it holds, what lies before and after it is searched in the same way, each at half the
    level. A sequence without a change gives a false alarm with a chance of at most `alpha`.

    Parameters
    ----------
    values : array, in order
    blocks : array of int64, as long, optional
        What was drawn together, such as the runs of one batch: neighbours with the same number
        count as one draw. Without it every value is a draw of its own.
    alpha : float
        Chance of a false alarm. [0–1]

    Examples
    --------
    >>> change_points(np.array([4.0] * 12 + [5.0] * 12), alpha=0.05)[0].at
    12
    """
    found = strongest_change(values, blocks=blocks)
    if found is None or found.p_value > alpha:
        return []
    before, after = (
        change_points(
            values[side], blocks=None if blocks is None else blocks[side], alpha=alpha / 2
        )
        for side in (slice(found.at), slice(found.at, None))
    )
    return [*before, found, *(Change(found.at + at, p) for at, p in after)]


def strongest_change(values: Values, *, blocks: Ints | None = None) -> Change | None:
    """The most likely place of one change, and how likely chance alone makes it as clear.

    Pettitt's rank test [1]_: the largest excursion of the running sum of centred mid-ranks.
    Scaled by its spread it behaves as a Brownian bridge, so that p is Kolmogorov's
    ``2 Σ (−1)^(j+1) exp(−2 j² K²)`` [2]_, which errs on the side of no alarm when there are
    few values or many equal ones. The spread is that of the mid-ranks, or of the sums of their
    `blocks` about the levels before and after the change if that is larger.

    The place is that of the largest excursion. Where few different values recur, as with
    prices, it is the one at which their frequencies before and after differ most (maximum
    likelihood), which finds the very place at which one set of values gives way to another.

    Parameters
    ----------
    values, blocks : arrays
        As in `change_points`.

    Returns
    -------
    Change or None
        None if all values are equal or there are too few to tell.

    References
    ----------
    .. [1] A. N. Pettitt, "A non-parametric approach to the change-point problem," J. R.
       Stat. Soc. C, vol. 28, no. 2, pp. 126–135, 1979.
    .. [2] G. Marsaglia, W. W. Tsang, J. Wang, "Evaluating Kolmogorov's distribution," J. Stat.
       Softw., vol. 8, no. 18, 2003.

    Examples
    --------
    >>> strongest_change(np.array([1, 2, 1, 2, 1, 9, 8, 9, 8, 9])).at
    5
    """
    n = len(values)
    if n < 2 * _FEWEST:
        return None
    centred = _mid_ranks(values) - (n + 1) / 2
    walk = np.abs(np.cumsum(centred))[_FEWEST - 1 : n - _FEWEST]
    spread = float(centred @ centred)
    if spread == 0:
        return None
    likelihood = _likelihood_by_value(values)
    at = int(np.argmax(walk if likelihood is None else likelihood)) + _FEWEST
    if blocks is not None:
        spread = max(spread, _spread_of_blocks(centred, blocks, at))
    return Change(at, _kolmogorov(float(walk.max()) / math.sqrt(spread)))


def _mid_ranks(values: Values) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[place]
    return ranks


def _likelihood_by_value(values: Values) -> NDArray[np.float64] | None:
    """Log-likelihood of a change at each place, if at most so many different values recur."""
    known, place = np.unique(values, return_inverse=True)
    n = len(values)
    if len(known) > _MOST_VALUES or n < _RECUR * len(known):
        return None
    so_far = np.arange(1, n + 1, dtype=np.float64)
    total = np.zeros(n - 2 * _FEWEST + 1)
    inside = slice(_FEWEST - 1, n - _FEWEST)
    for value in range(len(known)):
        before = np.cumsum(place == value)
        for seen, of in ((before, so_far), (before[-1] - before, n - so_far)):
            counts, among = seen[inside].astype(np.float64), of[inside]
            total += counts * np.log(np.maximum(counts, 1) / among)
    return total


def _spread_of_blocks(centred: NDArray[np.float64], blocks: Ints, at: int) -> float:
    """Sum of squares of the blocks' sums, about the two levels: the change is no noise."""
    levels = np.concatenate([part - part.mean() for part in np.split(centred, [at])])
    starts = np.flatnonzero(np.diff(blocks, prepend=blocks[0] - 1))
    sums = np.add.reduceat(levels, starts)
    return float(sums @ sums)


def _kolmogorov(k: float) -> float:
    """Chance that a Brownian bridge strays as far as `k` from zero."""
    if k < 0.3:  # there the chance is 1 to four places, and the series converges slowly
        return 1.0
    terms = ((-1) ** (j + 1) * math.exp(-2 * j * j * k * k) for j in range(1, 20))
    return min(1.0, 2 * math.fsum(terms))
