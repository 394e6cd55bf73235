"""What is usual for a weekday, and how unusual a day or an hour is.

Arrays of series × days × hours in, expectations and p-values out: plain NumPy. Knows no runs,
no dates and no figure. The judged day comes last; before it lie whole weeks of history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["N_WEEKS", "Judged", "judge_cost", "judge_failures"]

Floats: TypeAlias = "NDArray[np.float64]"

#: Weeks of history that a day is compared with, and the fewest that must be there.
N_WEEKS, FEWEST_WEEKS = 8, 3
#: Weeks that say how far a series has drifted from the median of all eight.
_RECENT_WEEKS = 3
#: Finished runs that a usual failure rate must rest on, and how many a weekday of its own takes.
_FEWEST_FINISHED, _WEEKDAY_WEIGHT = 50, 50.0
#: Standard deviations in a median absolute deviation of the normal distribution.
_PER_MAD = 1.4826022185056018
#: The scale is itself estimated: tails as heavy as those of t with so many degrees of freedom.
_DEGREES = 40.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What was expected of each series and hour, and the chance to be that far above or below.

    NaN where there is not enough history. `expected` is in the unit of the values.
    """

    expected: Floats
    p_above: Floats
    p_below: Floats


def judge_cost(values: Floats, history: NDArray[np.bool_], grain: Floats, most: Floats) -> Judged:
    """Costs against the median of the same weekday, at the same hours.

    Costs that come in independent grains have a variance in proportion to their mean; their
    square root has nearly the same at every hour and on every weekday [1]_. On that scale the
    median of the same weekday is the centre, moved by the median of the last three weeks'
    residuals, and the median absolute deviation of all residuals the spread, but no less than
    grains alone would make it.

    Parameters
    ----------
    values : array (series, 8 weeks of days + 1, hours)
        The last day is judged. [USD]
    history : bool array (series, 8 weeks of days)
        Days on which the series existed.
    grain : array (series,)
        Σ cost² ÷ Σ cost of what comes at once. [USD]
    most : array (series, hours)
        The judged costs, had no cost been left unstated: what may be too little. [USD]

    Returns
    -------
    Judged, arrays (series, hours)

    References
    ----------
    .. [1] M. S. Bartlett, "The square root transformation in analysis of variance,"
       Suppl. J. R. Stat. Soc., vol. 3, pp. 68–78, 1936.
    """
    if not values.size:  # no series, or no slot of the day has passed
        nothing = np.empty((len(values), values.shape[2]))
        return Judged(nothing, nothing, nothing)
    roots = 2 * np.sqrt(np.maximum(values, 0.0))
    past = np.where(history[:, :, None], roots[:, :-1], np.nan)
    past = past.reshape(len(values), N_WEEKS, 7, -1)
    centres = _median(past, axis=1)
    residuals = np.where(centres[:, None] > 0, past - centres[:, None], np.nan)
    residuals = residuals.reshape(len(values), N_WEEKS, -1)
    recent = residuals[:, -_RECENT_WEEKS:].reshape(len(values), -1)
    drift = np.nan_to_num(_median(recent, axis=1))
    off = np.abs(residuals - drift[:, None, None]).reshape(len(values), -1)
    spread = _PER_MAD * np.nan_to_num(_median(off, axis=1))
    weeks = history.reshape(len(values), N_WEEKS, 7)[:, :, 0].sum(axis=1).astype(np.float64)
    # Residuals from a median of n are too small, predictions from it too sure.
    known = np.maximum(weeks, 2.0)
    spread *= np.sqrt(known / (known - 1))
    scale = np.maximum(spread, np.sqrt(grain)) * np.sqrt(1 + np.pi / 2 / known)
    centre = np.maximum(centres[:, 0] + drift[:, None], 0.0)
    # The median of an hour is so much rougher than that of a day that it takes one week more.
    fewest = FEWEST_WEEKS if values.shape[2] == 1 else FEWEST_WEEKS + 1
    enough = (weeks >= fewest)[:, None] & (scale > 0)[:, None]
    scale = np.where(scale > 0, scale, 1.0)[:, None]
    above = special.stdtr(_DEGREES, (centre - roots[:, -1]) / scale)
    below = special.stdtr(_DEGREES, (2 * np.sqrt(most) - centre) / scale)
    return Judged(*(np.where(enough, array, np.nan) for array in ((centre / 2) ** 2, above, below)))


def _median(values: Floats, *, axis: int) -> Floats:
    """The median of what is not NaN; of nothing, NaN. Many times quicker than nanmedian."""
    ordered = np.sort(values, axis=axis)  # NaN comes last
    n = np.sum(~np.isnan(values), axis=axis, keepdims=True)
    low, high = (
        np.take_along_axis(ordered, np.maximum(at, 0), axis=axis) for at in ((n - 1) // 2, n // 2)
    )
    middle: Floats = np.where(n > 0, (low + high) / 2, np.nan).squeeze(axis)
    return middle


def judge_failures(
    failed: Floats, finished: Floats, n_failed: Floats, n_finished: Floats
) -> Judged:
    """Failed runs against the usual failure rate, the exact binomial way.

    The usual rate is that of eight weeks without the worst of them, and leans towards the
    rate of the same weekday by the number of its runs. Where days differ more than chance
    allows, counts are taken for as many fewer.

    Parameters
    ----------
    failed, finished : array (series, 8 weeks of days)
    n_failed, n_finished : array (series, hours)
        What is judged. [runs]

    Returns
    -------
    Judged, arrays (series, hours)
        `expected` is a rate [0–1]; `p_below` is NaN: fewer failures are no incident.
    """
    if not failed.size:
        nothing = np.empty(n_failed.shape)
        return Judged(nothing, nothing, nothing)
    shape = (len(failed), N_WEEKS, 7)
    failed, finished = failed.reshape(shape), finished.reshape(shape)
    weeks = (finished.sum(axis=2) > 0).sum(axis=1)
    rough = failed.sum(axis=(1, 2)) / np.maximum(finished.sum(axis=(1, 2)), 1)
    surplus = failed.sum(axis=2) - rough[:, None] * finished.sum(axis=2)
    kept = np.ones(shape)
    kept[np.arange(len(failed)), surplus.argmax(axis=1)] = 0.0
    k, n = (failed * kept).sum(axis=(1, 2)), (finished * kept).sum(axis=(1, 2))
    rate = (k + 0.5) / (n + 1)
    k_same, n_same = (failed * kept)[:, :, 0].sum(axis=1), (finished * kept)[:, :, 0].sum(axis=1)
    rate = (k_same + _WEEKDAY_WEIGHT * rate) / (n_same + _WEEKDAY_WEIGHT)
    deflated = _dispersion(failed * kept, finished * kept, rate)[:, None]
    a, b = n_failed / deflated, (n_finished - n_failed) / deflated + 1
    above = np.where(n_failed > 0, special.betainc(np.maximum(a, 1e-9), b, rate[:, None]), 1.0)
    enough = ((n >= _FEWEST_FINISHED) & (weeks >= FEWEST_WEEKS))[:, None] & (n_finished > 0)
    nothing = np.full(n_failed.shape, np.nan)
    expected = np.broadcast_to(rate[:, None], n_failed.shape)
    return Judged(np.where(enough, expected, np.nan), np.where(enough, above, np.nan), nothing)


def _dispersion(failed: Floats, finished: Floats, rate: Floats) -> Floats:
    """How many times more days differ than by chance; at least 1. The worst tenth is left out."""
    p = rate[:, None, None]
    variance = finished * p * (1 - p)
    squares = np.where(variance > 0, (failed - finished * p) ** 2 / np.maximum(variance, 1e-12), 0)
    squares = np.where(finished > 0, squares, np.nan).reshape(len(failed), -1)
    ordered = np.sort(squares, axis=1)  # NaN comes last
    n_kept = np.ceil(0.9 * np.sum(finished.reshape(len(failed), -1) > 0, axis=1))
    kept = np.arange(ordered.shape[1]) < n_kept[:, None]
    mean = np.where(kept, ordered, 0.0).sum(axis=1) / np.maximum(n_kept, 1)
    times: Floats = np.maximum(mean, 1.0)
    return times
