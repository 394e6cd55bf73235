"""How unusual failures are, held against the usual failure rate.

Arrays of series × days of counts in, rates and p-values out: plain NumPy. Knows no runs, no
dates and no figure. Whole weeks of history precede what is judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import special

from flora_analytics.statistics.usual import FEWEST_WEEKS, N_WEEKS, Judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["judge_failures"]

Floats: TypeAlias = "NDArray[np.float64]"

#: Finished runs that a usual failure rate must rest on, and how many a weekday of its own takes.
_FEWEST_FINISHED, _WEEKDAY_WEIGHT = 50, 200.0
#: A week so unlikely by the rate of the others has had an incident.
_ODD_WEEK = 0.001
#: Gauss and Hermite's quadrature of the normal distribution.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def judge_failures(
    failed: Floats, finished: Floats, n_failed: Floats, n_finished: Floats
) -> Judged:
    """Failed runs against the usual failure rate, by the binomial distribution.

    The usual rate is that of eight weeks, without the worst of them if that was an incident,
    and leans towards the rate of the same weekday by the number of its runs; how exactly it is
    known is taken into account. Where days differ more than chance allows, counts are taken for
    as many fewer.

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
    kept = _kept(failed.sum(axis=2), finished.sum(axis=2))
    failed, finished = failed * kept[:, :, None], finished * kept[:, :, None]
    k, n = failed.sum(axis=(1, 2)), finished.sum(axis=(1, 2))
    rate = (k + 0.5) / (n + 1)
    k_same, n_same = failed[:, :, 0].sum(axis=1), finished[:, :, 0].sum(axis=1)
    rate = (k_same + _WEEKDAY_WEIGHT * rate) / (n_same + _WEEKDAY_WEIGHT)
    deflated = _dispersion(failed, finished, rate)[:, None]
    worth = (n_same + _WEEKDAY_WEIGHT) ** 2 / (n_same + _WEEKDAY_WEIGHT**2 / np.maximum(n, 1))
    a, b = n_failed / deflated, (n_finished - n_failed) / deflated + 1
    above = np.zeros(n_failed.shape)
    # The usual rate is itself an estimate, all but normal on the scale of arcsin √rate.
    angle, width = np.arcsin(np.sqrt(rate)), np.sqrt(deflated[:, 0] / worth) / 2
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        likely = np.sin(np.clip(angle + node * width, 0.0, np.pi / 2)) ** 2
        above += weight * special.betainc(np.maximum(a, 1e-9), b, likely[:, None])
    above = np.where(n_failed > 0, above, 1.0)
    enough = ((n >= _FEWEST_FINISHED) & (weeks >= FEWEST_WEEKS))[:, None] & (n_finished > 0)
    nothing = np.full(n_failed.shape, np.nan)
    expected = np.broadcast_to(rate[:, None], n_failed.shape)
    return Judged(np.where(enough, expected, np.nan), np.where(enough, above, np.nan), nothing)


def _kept(failed: Floats, finished: Floats) -> NDArray[np.bool_]:
    """All weeks but the worst, if the others make it as unlikely as that."""
    k, n = failed.sum(axis=1), finished.sum(axis=1)
    surplus = failed - (k / np.maximum(n, 1))[:, None] * finished
    row, worst = np.arange(len(failed)), surplus.argmax(axis=1)
    its_k, its_n = failed[row, worst], finished[row, worst]
    rate = (k - its_k + 0.5) / (n - its_n + 1)
    p = special.betainc(np.maximum(its_k, 1e-9), its_n - its_k + 1, rate)
    kept = np.ones(failed.shape, dtype=np.bool_)
    kept[row, worst] = (p > _ODD_WEEK) | (its_k == 0)
    return kept


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
