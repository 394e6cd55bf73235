"""Two proportions compared, and many shrunk towards what they have in common.

Counts and rates in, numbers out: plain NumPy on the rows of a table. Knows no runs, no engine
and no figure; the interval of one proportion is computed in the engine, by `failures`.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["chance_of_as_many", "difference", "difference_interval", "prior", "shrunk"]

Floats: TypeAlias = NDArray[np.float64]
#: A rate with the two ends of its interval.
Rate: TypeAlias = tuple[ArrayLike, ArrayLike, ArrayLike]


def difference(earlier: ArrayLike, later: ArrayLike) -> Floats:
    """Later rate minus earlier rate, from −1 to 1."""
    return np.asarray(later, dtype=np.float64) - np.asarray(earlier, dtype=np.float64)


def difference_interval(earlier: Rate, later: Rate) -> tuple[Floats, Floats]:
    """Newcombe's hybrid score interval of the difference of two independent proportions.

    Each proportion's Wilson interval gives its own uncertainty towards the side in question,
    and the two are combined as independent errors are, by squares (method 10 of [1]_).

    Parameters
    ----------
    earlier, later : (rate, low, high)
        The proportions with their Wilson intervals; scalars or arrays. [0–1]

    Returns
    -------
    low, high : float64
        Ends of the interval of later − earlier; NaN where a rate is. [−1–1]

    References
    ----------
    .. [1] R. G. Newcombe, "Interval estimation for the difference between independent
       proportions: comparison of eleven methods," Statist. Med., vol. 17, pp. 873–890, 1998.

    Examples
    --------
    >>> low, high = difference_interval((0.6, 0.4904, 0.7003), (0.8, 0.6918, 0.8769))
    >>> f"{low:.3f} {high:.3f}"  # 48 of 80 and 56 of 70, Table II (a) of the source
    '0.052 0.334'
    """
    p1, low1, high1 = (np.asarray(value, dtype=np.float64) for value in earlier)
    p2, low2, high2 = (np.asarray(value, dtype=np.float64) for value in later)
    low = p2 - p1 - np.hypot(p2 - low2, high1 - p1)
    high = p2 - p1 + np.hypot(high2 - p2, p1 - low1)
    return low, high


def chance_of_as_many(k: ArrayLike, n: ArrayLike, rate: float) -> Floats:
    """The chance that at least `k` of `n` trials come true, each with the chance `rate`.

    The exact one-sided binomial test. [0–1]

    Examples
    --------
    >>> chance_of_as_many([0, 1, 9], [5, 1, 9], 0.5).tolist()
    [1.0, 0.5, 0.001953125]
    """
    from scipy.special import betainc

    at_least, of = np.asarray(k, dtype=float), np.asarray(n, dtype=float)
    some = np.maximum(at_least, 1.0)
    chance: Floats = betainc(some, np.maximum(of - some, 0.0) + 1, rate)
    return np.where(at_least > 0, chance, 1.0)


def prior(k: ArrayLike, n: ArrayLike) -> tuple[float, float]:
    """Mean and strength of the beta distribution that the groups' true rates come from.

    Moments of a beta-binomial with weights `n` [1]_: the groups' rates differ by chance, and
    by as much more as they truly differ. From the excess follows the correlation ρ within
    groups, and from it the strength (1 − ρ) ÷ ρ.

    Parameters
    ----------
    k, n : arrays of counts
        Successes and trials of each group; groups without trials tell nothing.

    Returns
    -------
    mean : float
        Rate of all groups taken together; NaN without trials. [0–1]
    strength : float
        How many trials the prior is worth: 0 where groups have nothing in common, infinite
        where they differ no more than by chance.

    References
    ----------
    .. [1] J. C. Kleinman, "Proportions with extraneous variance: single and independent
       samples," J. Am. Stat. Assoc., vol. 68, no. 341, pp. 46–54, 1973.

    Examples
    --------
    >>> prior([5, 5, 5], [10, 10, 10])
    (0.5, inf)
    """
    n = np.asarray(n, dtype=np.float64)
    k, n = np.asarray(k, dtype=np.float64)[n > 0], n[n > 0]
    total = float(n.sum())
    if total == 0:
        return float("nan"), float("inf")
    mean = float(k.sum()) / total
    variance, by_chance = mean * (1 - mean), len(n) - 1
    reach = total - float((n**2).sum()) / total - by_chance
    if variance == 0 or reach <= 0:
        return mean, float("inf")
    spread = float((n * (k / n - mean) ** 2).sum())
    correlation = min(max((spread / variance - by_chance) / reach, 0.0), 1.0)
    return mean, (1 - correlation) / correlation if correlation else float("inf")


def shrunk(k: ArrayLike, n: ArrayLike) -> Floats:
    """Each group's rate drawn towards the common one, the more the fewer its trials.

    The mean of the beta posterior, ``(k + strength × mean) ÷ (n + strength)``, with the prior
    that the groups themselves suggest (empirical Bayes). A group without trials has the
    common mean.

    Parameters
    ----------
    k, n : arrays of counts
        Successes and trials of each group.

    Returns
    -------
    float64 array [0–1]

    Examples
    --------
    >>> shrunk([1, 40, 2], [1, 100, 100]).round(2).tolist()
    [0.57, 0.4, 0.02]
    """
    k, n = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    mean, strength = prior(k, n)
    if np.isinf(strength):
        return np.full(n.shape, mean)
    with np.errstate(invalid="ignore"):
        posterior = (k + strength * mean) / (n + strength)
    return np.where(n + strength > 0, posterior, mean)
