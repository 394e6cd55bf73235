"""Times to an event when some have not come to it yet: Kaplan–Meier and Aalen–Johansen.

Arrays of times in, step curves with pointwise 95 % bands out. Knows no runs, units or tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.floating[Any]]

__all__ = ["Incidence", "Survival", "first_reached", "incidence", "survival"]

#: 97.5 % quantile of the standard normal distribution: two-sided 95 %.
_Z = 1.959963984540054
#: Products of shares are a hair off the share itself.
_HAIR = 1e-12


@dataclass(frozen=True, slots=True)
class Survival:
    """The share that has not come to its event, after each `time`.

    Attributes
    ----------
    time : array of int64
        Where an event happened, ascending; and the longest time of all, if nothing did then.
    n_at_risk, n_events : array of int64
        Observed up to that time; of these, with their event at it.
    share, low, high : array of float64
        The share and its band; NaN where the share is 0 or 1 and no band can be had.
    """

    time: Ints
    n_at_risk: Ints
    n_events: Ints
    share: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Incidence:
    """The share that came to each of several events, of which only one can happen first.

    Attributes
    ----------
    time, n_at_risk : array of int64
        As of `Survival`.
    n_events : array of int64, one row for each cause
    share : array of float64, one row for each cause
        With the share that came to none, they add up to 1.
    low, high : array of float64
        The band of the first cause.
    remaining : array of float64
        The share that came to none yet.
    """

    time: Ints
    n_at_risk: Ints
    n_events: Ints
    share: Floats
    low: Floats
    high: Floats
    remaining: Floats


def survival(events: Ints, censored: Ints) -> Survival:
    """The Kaplan–Meier estimate [1]_, with Greenwood's variance and log-log bands [2]_.

    Parameters
    ----------
    events, censored : array of int64
        Times to the event; and times for which it had not come when last looked at. What
        is censored at the time of an event counts as having been at risk of it.

    References
    ----------
    .. [1] E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations,"
       J. Am. Stat. Assoc., vol. 53, no. 282, pp. 457–481, 1958.
    .. [2] J. D. Kalbfleisch and R. L. Prentice, The Statistical Analysis of Failure Time Data,
       2nd ed., Wiley, 2002, sec. 1.4.

    Examples
    --------
    >>> curve = survival(np.array([2, 3, 3]), np.array([2, 9]))
    >>> curve.time.tolist(), curve.n_at_risk.tolist(), curve.share.round(3).tolist()
    ([2, 3, 9], [5, 3, 1], [0.8, 0.267, 0.267])
    """
    time, at_risk, (n_events,) = _counted([events], censored)
    share = np.cumprod(1 - n_events / at_risk)
    greenwood = np.cumsum(_over(n_events, at_risk * (at_risk - n_events)))
    low, high = _log_log(share, greenwood * share**2)
    return Survival(time, at_risk, n_events, share, low, high)


def incidence(causes: list[Ints], censored: Ints) -> Incidence:
    """The Aalen–Johansen estimate [1]_ of competing events, with the delta-method band [2]_.

    Parameters
    ----------
    causes : list of arrays of int64
        For each cause the times at which it came first.
    censored : array of int64
        Times for which nothing had come yet.

    References
    ----------
    .. [1] O. O. Aalen and S. Johansen, "An empirical transition matrix for non-homogeneous
       Markov chains based on censored observations," Scand. J. Stat., vol. 5, pp. 141–150, 1978.
    .. [2] J. B. Choudhury, "Non-parametric confidence interval estimation for competing risks
       analysis," Stat. Med., vol. 21, no. 8, pp. 1129–1144, 2002.

    Examples
    --------
    >>> curves = incidence([np.array([1, 3]), np.array([2])], np.array([4]))
    >>> curves.share.tolist(), curves.remaining.tolist()
    ([[0.25, 0.25, 0.5, 0.5], [0.0, 0.25, 0.25, 0.25]], [0.75, 0.5, 0.25, 0.25])
    """
    time, at_risk, counts = _counted(causes, censored)
    n_events = np.array(counts)
    n_any = n_events.sum(axis=0)
    remaining = np.cumprod(1 - n_any / at_risk)
    before = np.concatenate([[1.0], remaining])[:-1]
    share = np.cumsum(before * n_events / at_risk, axis=1)
    variance = _delta_variance(share[0], n_events[0], n_any, at_risk, before)
    low, high = _log_log(share[0], variance)
    return Incidence(time, at_risk, n_events, share, low, high, remaining)


def first_reached(time: Ints, shares: Floats, level: float) -> int | None:
    """The first time at which a rising curve reaches `level`; None if it never does.

    >>> first_reached(np.array([2, 5]), np.array([0.3, 0.6]), 0.5)
    5
    """
    reached = np.flatnonzero(shares >= level - _HAIR)  # NaN reaches nothing
    return int(time[reached[0]]) if len(reached) else None


def _counted(events: list[Ints], censored: Ints) -> tuple[Ints, Ints, list[Ints]]:
    """The times of a curve, how many were at risk, and how many came to each event."""
    everyone = np.sort(np.concatenate([*events, censored]))
    time = np.unique(np.concatenate([*events, everyone[-1:]]))
    at_risk = len(everyone) - np.searchsorted(everyone, time)
    counts = [np.bincount(np.searchsorted(time, own), minlength=len(time)) for own in events]
    return time, at_risk, counts


def _delta_variance(
    share: Floats, n_events: Ints, n_any: Ints, at_risk: Ints, before: Floats
) -> Floats:
    # Choudhury's sum over all times up to each, with the squares multiplied out, so that it
    # takes one pass instead of one for each time.
    left = _over(n_any, at_risk * (at_risk - n_any))
    own = before**2 * n_events * (at_risk - n_events) / at_risk.astype(float) ** 3
    mixed = before * n_events / at_risk.astype(float) ** 2
    squares = share**2 * np.cumsum(left) - 2 * share * np.cumsum(share * left)
    squares += np.cumsum(share**2 * left)
    crossed = share * np.cumsum(mixed) - np.cumsum(share * mixed)
    variance: Floats = np.maximum(squares + np.cumsum(own) - 2 * crossed, 0)
    return variance


def _over(above: Ints, below: Ints) -> Floats:
    """A ratio; 0 where nobody is left and it would be infinite."""
    ratio: Floats = np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
    return ratio


def _log_log(share: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The band that is symmetric for log(−log(share)), and so never leaves 0 to 1."""
    inside = (share > _HAIR) & (share < 1 - _HAIR)
    log = np.log(np.where(inside, share, 0.5))
    reach = _Z * np.sqrt(variance) / np.where(inside, share * -log, 1.0)
    low, high = (np.where(inside, np.exp(log * np.exp(side)), np.nan) for side in (reach, -reach))
    return low, high
