"""Many estimates at once: each leans towards what the others say, as far as chance explains.

Estimates and their variances in, better ones out: plain NumPy. Knows no runs and no dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import optimize, special

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["moderated", "shrunk"]

Floats: TypeAlias = "NDArray[np.float64]"

#: No estimate is moved by more standard errors than these: one that is truly odd stays so.
_FARTHEST = 2.0
#: Series that a common formula of their variances must rest on, and the most it is trusted.
_FEWEST_SERIES, _MOST_DEGREES = 6, 200.0
#: Variances this many times as large as the formula has them do not bend it.
_ODD = 3.0


def shrunk(own: Floats, target: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """James and Stein's estimate of some means, with limited translation.

    Parameters
    ----------
    own : array (series, k)
        Estimates of k means; NaN is left out.
    target : array (series, k)
        Where they would be if only chance made the difference, fitted with one parameter. NaN
        where there is none: what has no target stays.
    variance : array (series,)
        Of each of the estimates.

    Returns
    -------
    array (series, k)
        The means: own ones moved towards `target` [1]_, none by more than two standard
        errors [2]_.
    array (series,)
        How far they moved: 0 not at all, 1 to the target. [0–1]

    References
    ----------
    .. [1] B. Efron and C. Morris, "Stein's estimation rule and its competitors," J. Am. Stat.
       Assoc., vol. 68, pp. 117–130, 1973.
    .. [2] B. Efron and C. Morris, "Limiting the risk of Bayes and empirical Bayes estimators,
       part II," J. Am. Stat. Assoc., vol. 67, pp. 130–139, 1972.

    Examples
    --------
    >>> shrunk(np.array([[3.0, 1, 1, 1]]), np.ones((1, 4)), np.array([1.0]))
    (array([[2.5, 1. , 1. , 1. ]]), array([0.25]))
    """
    gaps = np.nan_to_num(target - own)
    free = np.maximum(np.sum(~np.isnan(target - own), axis=1) - 3, 0)
    apart = np.sum(gaps**2, axis=1)
    share = np.minimum(free * variance / np.where(apart > 0, apart, 1.0), 1.0)
    share = np.where(apart > 0, share, free > 0)
    most = _FARTHEST * np.sqrt(variance)[:, None]
    return own + np.clip(share[:, None] * gaps, -most, most), share


def moderated(variances: Floats, parts: Floats, degrees: Floats) -> tuple[Floats, Floats]:
    """Variances that lean towards a formula common to all series, by empirical Bayes [1]_.

    Parameters
    ----------
    variances : array (series,)
        NaN where there is none.
    parts : array (series, k)
        The formula is a sum of these, none of them times less than 0.
    degrees : array (series,)
        Degrees of freedom of each variance.

    Returns
    -------
    array (series,)
        The variances.
    array (series,)
        Their degrees of freedom: their own and those that the formula is worth, at most 200.

    References
    ----------
    .. [1] G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential
       expression in microarray experiments," Stat. Appl. Genet. Mol. Biol., vol. 3, 2004.
    """
    usable = (variances > 0) & (parts > 0).all(axis=1) & (degrees > 0)
    if usable.sum() < _FEWEST_SERIES:
        return variances, degrees
    fitted = variances[usable]
    for _ in range(5):
        # Least squares of relative errors: a large series counts as much as a small one.
        aim = np.minimum(variances[usable] / fitted, _ODD)
        factors, _ = optimize.nnls(parts[usable] / fitted[:, None], aim)
        fitted = parts[usable] @ factors
    ratios = np.log(variances[usable] / fitted)
    by_chance = special.polygamma(1, degrees[usable] / 2).mean()
    beyond = ratios.var(ddof=parts.shape[1]) - by_chance
    worth = min(2 / beyond, _MOST_DEGREES) if beyond > 0 else _MOST_DEGREES
    prior = parts @ factors
    better = (degrees * variances + worth * prior) / (degrees + worth)
    return better, degrees + worth
