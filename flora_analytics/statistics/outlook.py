"""What is still to come: past days of spend in, the distribution of a remaining sum out.

Pure numbers: no runs, money or dates. Each model is a row of weights on past weeks; the one
that foretold the same stretch best in earlier weeks is used, and its errors there give the
intervals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MODELS", "Outlook", "look_ahead", "weeks_needed"]

Floats: TypeAlias = NDArray[np.float64]

#: Weeks before a backtest that its models may learn from, at least.
_LEARNT_FROM = 4
#: Stretches that do not overlap, or as much as overlapping ones tell.
_LEAST_BACKTESTS = 3.0
#: One a week: older ones than a year's say little about today.
_MOST_BACKTESTS = 52
#: Weeks whose mean is the size of spend that an error is measured by.
_RECENT = 8
_SMOOTHING = 0.2


def _mean(n_weeks: int) -> Callable[[int], Floats]:
    return lambda n: np.where(np.arange(n) < n_weeks, 1 / min(n, n_weeks), 0.0)


def _smoothed(n: int) -> Floats:
    """Simple exponential smoothing that starts from the oldest week."""
    weights: Floats = _SMOOTHING * (1 - _SMOOTHING) ** np.arange(n, dtype=np.float64)
    weights[-1] += 1 - weights.sum()
    return weights


#: For so many past weeks, the weight of each in the mean of a weekday, newest first. A linear
#: trend was tried as well: its intervals were a quarter wider and it foretold no better.
MODELS: dict[str, Callable[[int], Floats]] = {
    "seasonal_naive": _mean(1),
    "weekday_mean_4": _mean(4),
    "weekday_mean_8": _mean(8),
    "exponential_smoothing": _smoothed,
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """The distribution of what is spent by the end of each day that remains.

    Its square root is a Student t variable with `freedom` degrees of freedom, which suits sums
    that cannot fall below zero and have a longer tail above.

    Attributes
    ----------
    model : str
        Key of `MODELS`.
    centre, spread : array, one for each day that remains, today's rest included
        Of the square root of the cumulated sum.
    freedom : float
        Backtests less one, overlapping ones counted for what they tell.
    n_backtests : int
    error_share : float
        Mean absolute error of the remaining sum in the backtests ÷ their mean sum.
    errors : array, one for each backtest
        Of the square root of the remaining sum, ÷ what it grows with.
    weeks_ago : array, one for each backtest
    """

    model: str
    centre: Floats
    spread: Floats
    freedom: float
    n_backtests: int
    error_share: float
    errors: Floats
    weeks_ago: NDArray[np.int64]

    def quantile(self, p: float) -> Floats:
        """What is spent by the end of each day, with probability `p` at most."""
        spent = np.maximum(self.centre + self.spread * stdtrit(self.freedom, p), 0.0) ** 2
        return _never_falling(spent)

    def exceeds(self, amount: float) -> Floats:
        """Probability that more than `amount` is spent by the end of each day."""
        if amount < 0:
            return np.ones(len(self.centre))
        beyond = stdtr(self.freedom, (self.centre - math.sqrt(amount)) / self.spread)
        return _never_falling(beyond)

    def coverage(self, level: float) -> float:
        """Share of backtests in the interval that those without common days with it give.

        NaN if too few are left to give one.
        """
        n_days = len(self.centre)
        inside = []
        for error, week in zip(self.errors, self.weeks_ago, strict=True):
            others = self.errors[np.abs(self.weeks_ago - week) * 7 >= n_days]
            if _worth(len(others), n_days) < _LEAST_BACKTESTS:
                return math.nan
            mean, spread, freedom = _predictive(others, n_days)
            inside.append(abs(error - mean) <= spread * stdtrit(freedom, (1 + level) / 2))
        return float(np.mean(inside))


def weeks_needed(n_days: int) -> int:
    """Whole weeks of history without which nothing is said about the next `n_days` days.

    Four weeks to learn from, and backtests of the stretch worth three that do not overlap.

    Examples
    --------
    >>> [weeks_needed(n_days) for n_days in (1, 7, 15, 31)]
    [7, 7, 12, 18]
    """
    # A multiple of sevenths: rounded so that floats cannot ask for one backtest too many.
    further = math.ceil(round((_LEAST_BACKTESTS - 1) * max(n_days, 7) / 7, 9))
    return _LEARNT_FROM + math.ceil(n_days / 7) + further


def look_ahead(days: Floats, rests: Floats, *, n_days: int) -> Outlook | None:
    """What is spent from now to the end of the last of `n_days` days, today included.

    For each earlier week the same stretch, from the same weekday and time of day on, is
    foretold from what went before it. The model with the least mean absolute error is used.
    Errors are of square roots, ÷ the fourth root of what a stretch as long cost on the mean of
    the eight weeks before: were each run's cost alike and independent, errors of the root would
    be the same whatever the size of spend; were each day off by a share, they would grow with
    its root; this lies half-way. A prediction interval for the next error follows from their
    mean and variance as for a normal sample [1]_, of a size that counts stretches which overlap
    for what they tell.

    Parameters
    ----------
    days : array of float
        Spend of every past day, oldest first, up to yesterday. [USD]
    rests : array of float
        The part of it that came after the time of day that it is now. [USD]
    n_days : int
        Days to the end, at least 1, of which the first is the rest of today.

    Returns
    -------
    Outlook or None
        None if the history is shorter than `weeks_needed`, or nothing was spent of late.

    References
    ----------
    .. [1] G. J. Hahn and W. Q. Meeker, "Statistical Intervals," Wiley, 1991, section 4.7.

    Examples
    --------
    >>> week = np.array([1.0, 1.0, 4.0, 4.0, 4.0, 4.0, 4.0])
    >>> days = np.tile(week, 8)
    >>> look_ahead(days, days / 2, n_days=3).quantile(0.5).round(6)
    array([0.5, 1.5, 5.5])
    """
    n_weeks = len(days) // 7
    if n_weeks < weeks_needed(n_days) or not _recent(days, 0, n_days):
        return None
    trials = {name: _Trial.of(weights, days, rests, n_days) for name, weights in MODELS.items()}
    model = min(trials, key=lambda name: trials[name].mean_error)
    best = trials[model]
    if _worth(len(best.weeks_ago), n_days) < _LEAST_BACKTESTS:
        return None
    unit = _recent(days, 0, n_days) ** 0.25
    mean, spread, freedom = _predictive(best.errors, n_days)
    return Outlook(
        model=model,
        centre=np.sqrt(_foretold(MODELS[model], days, rests, n_days)) + unit * mean,
        spread=unit * np.maximum(spread, 1e-9),
        freedom=freedom,
        n_backtests=len(best.weeks_ago),
        error_share=best.mean_error / max(float(best.actual.mean()), 1e-300),
        errors=best.errors[:, -1],
        weeks_ago=best.weeks_ago,
    )


@dataclass(frozen=True, slots=True)
class _Trial:
    """How one model did: a row for each backtest, a column for each day of the stretch."""

    weeks_ago: NDArray[np.int64]
    errors: Floats
    actual: Floats
    mean_error: float

    @classmethod
    def of(
        cls, weights: Callable[[int], Floats], days: Floats, rests: Floats, n_days: int
    ) -> _Trial:
        tried = list(_stretches(days, n_days))
        foretold, actual, units = np.zeros((3, len(tried), n_days))
        for row, weeks in enumerate(tried):
            now = len(days) - 7 * weeks
            foretold[row] = _foretold(weights, days[:now], rests[:now], n_days)
            steps = days[now : now + n_days].copy()
            steps[0] = rests[now]
            actual[row] = steps.cumsum()
            units[row] = _recent(days, weeks, n_days) ** 0.25
        errors = (np.sqrt(actual) - np.sqrt(foretold)) / units
        missed = np.abs(actual[:, -1] - foretold[:, -1])
        mean_error = float(missed.mean()) if tried else math.nan
        return cls(np.array(tried, dtype=np.int64), errors, actual[:, -1], mean_error)


def _stretches(days: Floats, n_days: int) -> Iterator[int]:
    """How many weeks ago a whole stretch began that can be foretold."""
    first = math.ceil(n_days / 7)
    last = min(len(days) // 7 - _LEARNT_FROM, first + _MOST_BACKTESTS - 1)
    # Where nothing had been spent for weeks, nothing can be foretold.
    return (weeks for weeks in range(first, last + 1) if _recent(days, weeks, n_days))


def _foretold(weights: Callable[[int], Floats], days: Floats, rests: Floats, n_days: int) -> Floats:
    """The sum by the end of each day: every weekday as in the weighted mean of past weeks."""
    weeks = _weeks(days)
    of_week = weights(len(weeks))
    steps = (of_week @ weeks)[np.arange(n_days) % 7]
    steps[0] = of_week @ _weeks(rests)[:, 0]
    cumulated: Floats = steps.cumsum()
    return cumulated


def _weeks(days: Floats) -> Floats:
    """A row for each whole week, newest first; the first column has today's weekday."""
    n_weeks = len(days) // 7
    return days[len(days) - 7 * n_weeks :].reshape(n_weeks, 7)[::-1]


def _recent(days: Floats, weeks_ago: int, n_days: int) -> float:
    """What so many days cost on the mean of the eight weeks before."""
    before = _weeks(days)[weeks_ago : weeks_ago + _RECENT]
    return float(before.mean() * n_days)


def _worth(n_backtests: int, n_days: int) -> float:
    """How many backtests without common days tell as much as these, one for each week."""
    if n_backtests == 0:
        return 0.0
    length = max(n_days, 7)
    return ((n_backtests - 1) * 7 + length) / length


def _predictive(errors: Floats, n_days: int) -> tuple[Floats, Floats, float]:
    """Mean, spread and degrees of freedom of the next error. The spread of a new value around a
    mean of m values is s √(1 + 1/m), where s² = m/(m−1) × the mean square."""
    worth = _worth(len(errors), n_days)
    spread = errors.std(axis=0) * math.sqrt((worth + 1) / (worth - 1))
    return errors.mean(axis=0), spread, worth - 1


def _never_falling(cumulated: Floats) -> Floats:
    """A cumulated sum cannot fall: earlier days give way to later ones."""
    lowest: Floats = np.minimum.accumulate(cumulated[::-1])[::-1]
    return lowest
