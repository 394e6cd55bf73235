"""What is usual for a weekday, and how unusual the cost of a day or an hour is.

Arrays of series × days in, expectations and p-values out: plain NumPy. Knows no runs, no dates
and no figure. The judged day comes last; before it lie whole weeks of history.

Costs that come in independent grains have a variance in proportion to their mean; their square
root has nearly the same at every hour and on every weekday [1]_. What is usual is estimated on
that scale; what is odd is judged by the power of the cost that is all but normal [2]_.

References
----------
.. [1] M. S. Bartlett, "The square root transformation in analysis of variance,"
   Suppl. J. R. Stat. Soc., vol. 3, pp. 68–78, 1936.
.. [2] E. B. Wilson and M. M. Hilferty, "The distribution of chi-square," Proc. Natl. Acad. Sci.,
   vol. 17, pp. 684–688, 1931. A power p takes away the skew of a sum whose third cumulant is
   s σ⁴ ÷ μ, to first order, where s = 3 (1 − p): their cube root for s = 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import special

from flora_analytics.statistics.shrinkage import moderated, shrunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FEWEST_WEEKS",
    "N_WEEKS",
    "Grains",
    "Judged",
    "Usual",
    "judge_days",
    "judge_hours",
    "usual_days",
]

Floats: TypeAlias = "NDArray[np.float64]"

#: Weeks of history that a day is compared with, and the fewest that must be there.
N_WEEKS, FEWEST_WEEKS = 8, 3
#: Weeks that say how far a series has drifted from its mean of all eight.
_RECENT_WEEKS = 3
#: Standard deviations in a median absolute deviation of the normal distribution.
_PER_MAD = 1.4826022185056018
#: Residuals count as no more than so many standard deviations, and what their squares then are.
_CLIP = 2.5
_CLIPPED = 0.9775604
_LEAST_POWER = 0.05
#: Roots are taken of costs and so many grains more, lest few grains differ too much.
_FEW = 0.75
#: What is never there is expected so much, in grains, that one of them is no wonder.
_LEAST_MEAN = 0.01


@dataclass(frozen=True, slots=True)
class Judged:
    """What was expected of each series and slot, and the chance to be that far above or below.

    NaN where there is not enough history. `expected` is in the unit of the values.
    """

    expected: Floats
    p_above: Floats
    p_below: Floats


@dataclass(frozen=True, slots=True)
class Grains:
    """The runs that a cost is made of.

    Attributes
    ----------
    size : array (series,)
        Σ cost² ÷ Σ cost of runs. [USD]
    power : array (series,)
        The power of a cost that is all but normally distributed. Sums of like runs in batches
        are as skewed as their square root takes back: ½. Where runs differ in cost by
        h = Σ cost³ × Σ cost ÷ (Σ cost²)² they are h times as skewed, and 1 − h ÷ 2 is that
        power; no less than 0.05 is taken, which is all but the logarithm.
    """

    size: Floats
    power: Floats

    @classmethod
    def of(cls, cost: Floats, squared: Floats, cubed: Floats) -> Grains:
        """From the sums of the costs of runs, their squares and their cubes."""
        size = squared / np.where(cost > 0, cost, 1.0)
        skew = cubed * cost / np.where(squared > 0, squared, 1.0) ** 2
        return cls(size, np.clip(1 - skew / 2, _LEAST_POWER, 0.5))


@dataclass(frozen=True, slots=True)
class Usual:
    """What a day should cost.

    Attributes
    ----------
    expected : array (series,)
        The mean; NaN where there is not enough history. [USD]
    variance : array (series,)
        Variance ÷ mean of a day's cost, which is the variance of 2√cost. [USD]
    error : array (series,)
        Variance of the centre, as a share of `variance`.
    degrees : array (series,)
        Degrees of freedom of `variance`.
    power : array (series,)
        As of its `Grains`.
    """

    expected: Floats
    variance: Floats
    error: Floats
    degrees: Floats
    power: Floats


def usual_days(
    values: Floats, history: NDArray[np.bool_], grains: Grains, *, n_days: int = 1
) -> Usual:
    """What the last of the days should cost.

    The centre is the mean of the same weekday without its lowest and highest week. It leans
    towards the weekdays of the other series, as far as chance explains the difference, and
    moves by the median of the last three weeks' residuals. The variance is that of all
    residuals, the far ones clipped, and leans towards a formula for all series: so much per
    grain, and so much for days on which all is busy or quiet.

    Parameters
    ----------
    values : array (series, 8 weeks of days + 1)
        The last day is judged and not looked at. [USD]
    history : bool array (series, 8 weeks of days)
        Days on which the series existed.
    grains : Grains
        The variance is never less than that of single runs.
    n_days : int, default 1
        Days that each value adds up: values of one week are then not independent.
    """
    if not len(values):
        return Usual(*[np.empty(0)] * 5)
    shape = (len(values), N_WEEKS, 7)
    known = history.reshape(shape)
    weeks = known[:, :, 0].sum(axis=1).astype(np.float64)
    n = np.maximum(weeks, 2.0)
    few = _FEW * grains.size[:, None]
    past = 2 * np.sqrt(np.maximum(values[:, :-1], 0.0) + few).reshape(shape)
    past = np.where(known, past, np.nan)
    rest = np.maximum((values.sum(axis=0) - values)[:, :-1], 0.0)
    own, others = _middle(past, axis=1), _middle(np.sqrt(rest).reshape(shape), axis=1)

    residuals = past - own[:, None]
    drift = np.nan_to_num(_median(residuals[:, -_RECENT_WEEKS:].reshape(len(values), -1), axis=1))
    off = np.abs(residuals - drift[:, None, None]).reshape(len(values), -1)
    most = _CLIP * _PER_MAD * np.nan_to_num(_median(off, axis=1))
    n_off = np.maximum(np.sum(~np.isnan(off), axis=1), 1)
    squares = np.nansum(np.minimum(off, most[:, None]) ** 2, axis=1) / n_off
    # Residuals from a mean of n are too small.
    variance = squares / _CLIPPED * n / (n - 1)
    degrees = 0.9 * n_off * (1 - 1 / n) / n_days
    level = np.nansum(own**2, axis=1) / 28
    variance, degrees = moderated(variance, np.stack([grains.size, level], axis=1), degrees)

    error = (1 + 1 / n) / n
    size = np.where(np.isnan(own), 0.0, others**2).sum(axis=1)
    times = np.nansum(own * others, axis=1) / np.where(size > 0, size, np.nan)
    centres, share = shrunk(own, times[:, None] * others, error * variance)
    error = error * (1 - 6 / 7 * share) + np.pi / 2 * n_days / (7 * np.minimum(n, _RECENT_WEEKS))
    least = 2 * np.sqrt(few[:, 0])
    centre = np.maximum(centres[:, 0] + drift, least)
    # The mean is more than the square of the mean root, by the variance of the root.
    more = np.minimum(variance, 2 * (centre - least) * np.sqrt(variance))
    expected = np.maximum((centre**2 + more) / 4 - few[:, 0], 0.0)
    variance = np.maximum(variance, grains.size)
    enough = (weeks >= FEWEST_WEEKS) & (variance > 0)
    return Usual(np.where(enough, expected, np.nan), variance, error, degrees, grains.power)


def judge_days(usual: Usual, values: Floats, most: Floats) -> Judged:
    """A day against what is usual.

    Parameters
    ----------
    usual : Usual
    values : array (series, 1)
        What is judged. [USD]
    most : array (series, 1)
        The same, had no cost been left unstated: what may be too little. [USD]

    Returns
    -------
    Judged, arrays (series, 1)
    """
    expected = usual.expected[:, None]
    return Judged(expected, *_chances(usual, expected, values, most))


def judge_hours(usual: Usual, values: Floats, days: Floats, history: NDArray[np.bool_]) -> Judged:
    """Hours, or sums of hours, of a day whose cost as a whole is known.

    An hour's usual cost is the median of the same hour and weekday, or the day's usual cost
    times the hour's usual share of it, whichever is more. Its variance is that of days, or
    that of hours about their shares of the days they belong to, whichever is more.

    Parameters
    ----------
    usual : Usual
        What the day should cost.
    values : array (series, 8 weeks of days + 1, slots)
        The last day is judged. [USD]
    days : array (series, 8 weeks of days)
        Costs of the days before. [USD]
    history : bool array (series, 8 weeks of days)
        Days on which the series existed.

    Returns
    -------
    Judged, arrays (series, slots)
        `p_below` is NaN: an hour without runs says little.
    """
    if not values.size:  # no series, or no hour of the day has passed
        nothing = np.empty((len(values), values.shape[2]))
        return Judged(nothing, nothing, nothing)
    shape = (len(values), N_WEEKS, 7)
    known = history.reshape(shape)[..., None]
    past = np.where(known, values[:, :-1].reshape(*shape, -1), np.nan)
    whole = np.where(known, days.reshape(*shape, 1), np.nan)
    same = np.nan_to_num(_median(past, axis=1))
    by_week = (_sum(part, axis=2) for part in (past, whole))
    mean, mean_of_days = (np.nan_to_num(_middle(part, axis=1)) for part in by_week)
    share = mean / np.where(mean_of_days > 0, mean_of_days, np.inf)
    fair = np.maximum(whole * share[:, None, None], same[:, None])
    off, size = (_sum(part, axis=(2, 3)) for part in ((past - fair) ** 2, fair))
    variance = np.nan_to_num(_middle(off / np.where(size > 0, size, np.nan), axis=1))
    # An hour is so much rougher than a day that it takes one week more.
    enough = known[:, :, 0, 0].sum(axis=1) > FEWEST_WEEKS
    expected = np.maximum(share * usual.expected[:, None], same[:, 0])
    expected = np.where(enough[:, None], expected, np.nan)
    hourly = replace(usual, variance=np.maximum(usual.variance, variance))
    above, _ = _chances(hourly, expected, values[:, -1], values[:, -1])
    return Judged(expected, above, np.full(above.shape, np.nan))


def _chances(usual: Usual, expected: Floats, values: Floats, most: Floats) -> tuple[Floats, Floats]:
    """The chances to be as far above what is expected as `values`, as far below as `most`."""
    variance = np.where(usual.variance > 0, usual.variance, 1.0)[:, None]
    error, degrees, power = usual.error[:, None], usual.degrees[:, None], usual.power[:, None]
    mean = np.maximum(expected, _LEAST_MEAN * variance)
    scale = power * np.sqrt(variance / mean * (1 + error))
    above, below = (
        special.stdtr(degrees, sign * ((part / mean) ** power - 1) / scale)
        for sign, part in ((-1, np.maximum(values, 0.0)), (1, most))
    )
    # All of a few grains may fail to come: no sum of them is too low more surely than that.
    few = special.gammaincc(most / variance + 1, expected / variance)
    return above, np.maximum(below, few)


def _sum(values: Floats, *, axis: int | tuple[int, ...]) -> Floats:
    """The sum of what is not NaN; of nothing, NaN."""
    sums: Floats = np.where(np.isnan(values).all(axis=axis), np.nan, np.nansum(values, axis=axis))
    return sums


def _middle(values: Floats, *, axis: int) -> Floats:
    """The mean of what is not NaN without the lowest and the highest, of three or more."""
    ordered = np.sort(values, axis=axis)  # NaN comes last
    n = np.sum(~np.isnan(values), axis=axis, keepdims=True)
    rank = np.arange(values.shape[axis]).reshape(-1, *[1] * (values.ndim - axis - 1))
    kept = (rank >= (n >= 3)) & (rank < n - (n >= 3))
    total = np.where(kept, ordered, 0.0).sum(axis=axis)
    count = kept.sum(axis=axis)
    mean: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean


def _median(values: Floats, *, axis: int) -> Floats:
    """The median of what is not NaN; of nothing, NaN. Many times quicker than nanmedian."""
    ordered = np.sort(values, axis=axis)  # NaN comes last
    n = np.sum(~np.isnan(values), axis=axis, keepdims=True)
    low, high = (
        np.take_along_axis(ordered, np.maximum(at, 0), axis=axis) for at in ((n - 1) // 2, n // 2)
    )
    middle: Floats = np.where(n > 0, (low + high) / 2, np.nan).squeeze(axis)
    return middle
