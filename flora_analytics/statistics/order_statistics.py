"""Bounds that hold whatever the distribution: which of the sorted values enclose a quantile.

Sorted numbers in, ranks and limits out. Knows no runs, units or tables.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["prediction_limit", "quantile_bounds", "quantile_ranks"]

#: The share of all repetitions in which the true quantile lies within its bounds.
_LEVEL = 0.95


def quantile_ranks(n: int, quantile: float, *, level: float = _LEVEL) -> tuple[int, int]:
    """Ranks, counted from 1, of the order statistics that enclose a quantile.

    The number of values below the quantile is binomial [1]_. Each side errs with at most half
    of what `level` leaves, so that each bound also holds by itself; together they cover at
    least `level`, and more where `n` is small, because ranks are whole numbers.

    Parameters
    ----------
    n : int
        Number of independent values.
    quantile : float
        From 0 to 1.
    level : float, default 0.95

    Returns
    -------
    (int, int)
        Rank 0 and rank ``n + 1`` are no values: that bound cannot be had from so few.

    References
    ----------
    .. [1] H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed., Wiley, 2003, sec. 7.1.

    Examples
    --------
    >>> quantile_ranks(10, 0.5)
    (2, 9)
    >>> quantile_ranks(100, 0.99)
    (97, 101)
    """
    error = (1 - level) / 2
    low = _smallest(n, quantile, error, over=True)
    return low, _smallest(n, quantile, 1 - error, over=False) + 1


def quantile_bounds(
    values: npt.NDArray[np.int64], quantiles: Sequence[float]
) -> list[tuple[int | None, int | None]]:
    """For each quantile the values that enclose it with 95 %; None where there are too few.

    >>> quantile_bounds(np.arange(10, 110, 10), [0.5, 0.99])
    [(20, 90), (90, None)]
    """
    ordered = np.sort(values)
    pairs = [quantile_ranks(len(ordered), quantile) for quantile in quantiles]
    return [(_ranked(ordered, low), _ranked(ordered, high)) for low, high in pairs]


def prediction_limit(values: npt.NDArray[np.float64], *, level: float) -> float:
    """What one further value exceeds with a probability of no more than ``1 − level``.

    From ``level / (1 − level)`` values on, an order statistic, whatever the distribution. With
    fewer, the prediction bound of a log-normal distribution [1]_, yet never less than the
    largest value; NaN with fewer than two.

    Parameters
    ----------
    values : array of float
        Independent and alike; those that are not positive count for the order only.
    level : float
        From 0 to 1.

    References
    ----------
    .. [1] G. J. Hahn and W. Q. Meeker, Statistical Intervals, Wiley, 1991, sec. 4.7.

    Examples
    --------
    >>> prediction_limit(np.arange(1.0, 2000.0), level=0.999)
    1998.0
    """
    rank = math.ceil(round((len(values) + 1) * level, 6))
    if 0 < rank <= len(values):
        return float(np.partition(values, rank - 1)[rank - 1])
    logs = np.log(values[values > 0])
    if len(logs) < 2:
        return math.nan
    from scipy.special import stdtrit

    reach = stdtrit(len(logs) - 1, level) * math.sqrt(1 + 1 / len(logs))
    # No run takes a million years; more would leave what a span can hold.
    bound = math.exp(min(float(logs.mean() + reach * logs.std(ddof=1)), 31.0))
    return max(float(values.max()), bound)


def _smallest(n: int, share: float, probability: float, *, over: bool) -> int:
    """The smallest k for which P(Binomial(n, share) ≤ k) reaches `probability`, or is over it."""
    from scipy.special import bdtr, ndtri

    def reached(k: int) -> bool:
        below = float(bdtr(k, n, share)) if k < n else 1.0
        return below > probability if over else below >= probability

    middle, spread = n * share, math.sqrt(n * share * (1 - share))
    k = min(max(int(middle + spread * float(ndtri(probability))), 0), n)
    while k > 0 and reached(k - 1):
        k -= 1
    while not reached(k):
        k += 1
    return k


def _ranked(ordered: npt.NDArray[np.int64], rank: int) -> int | None:
    return int(ordered[rank - 1]) if 1 <= rank <= len(ordered) else None
