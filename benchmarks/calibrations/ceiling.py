"""How often an event could be found by who knows the truth: the ceiling of any detector's recall.

The cost of a stretch is a sum over sessions whose number, size, units, failures and retries are
drawn as in `flora_analytics.sandbox`; its exact distribution, with and without the event, comes
from generating functions. The oracle looks at the very stretch of the event and nowhere else,
once a day for each series, at the level at which it would err in 5 % of quiet months.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from flora_analytics.sandbox.arrivals import (
    DAY_TO_DAY_SIGMA,
    MEAN_MORE,
    MOST_MORE,
    expected_sessions,
    milliseconds,
)
from flora_analytics.sandbox.catalogue import (
    COMPLETED_FREE_SHARE,
    COMPLETED_UNKNOWN_SHARE,
    FAILED_CHARGED_SHARE,
    PROJECTS,
    RETRY_PROBABILITY,
    TECHNIQUES,
    WORKSPACES,
)
from flora_analytics.sandbox.outcomes import MAX_TRIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flora_analytics.sandbox import Activity
    from flora_analytics.sandbox.catalogue import Technique

__all__ = ["ceiling"]

Floats: TypeAlias = "NDArray[np.float64]"

_HOUR = timedelta(hours=1)
_GROWTH = 0.02
#: More units than a technique makes in a fortnight: the distribution is computed up to here.
_UNITS = np.arange(1 << 12)
#: All runs, studios, projects that are under way at the end, and techniques that cost anything.
_N_SERIES = (
    1
    + len(WORKSPACES)
    + sum(project.ends == 1.0 for project in PROJECTS)
    + sum(technique.price > 0 for technique in TECHNIQUES)
)
_FALSE_ALARMS, _N_DAYS = 0.05, 28
_LEVEL = _FALSE_ALARMS / (_N_DAYS * _N_SERIES)


def ceiling(
    event: Activity, *, n_runs: int, weeks: int, end: datetime, times: float = 0.5
) -> float:
    """Chance that the event's cost lies where that of quiet stretches hardly ever does.

    Parameters
    ----------
    event : Activity
        Of one technique with a fixed price per unit, from its start to its end or that of the
        history.
    n_runs, weeks, end
        As `flora_analytics.sandbox.generate` takes them.
    times : float, default 0.5
        The cost must also be this share above or below the expected one. [0–1]
    """
    technique = next(one for one in TECHNIQUES if one.technique_id == event.technique_id)
    sessions = _sessions(technique, n_runs=n_runs, weeks=weeks, end=end)
    start = end - timedelta(weeks=weeks)
    first, last = ((at - start) // _HOUR for at in (event.start or start, event.end or end))
    within = (np.arange(sessions.shape[1]) >= first) & (np.arange(sessions.shape[1]) < last)
    by_day = (sessions * within).reshape(len(WORKSPACES), -1, 24).sum(axis=2)
    by_day = by_day[:, by_day.any(axis=0)]
    usual, odd = _chances(technique, by_day), _chances(technique, event.factor * by_day)
    mean = float(usual @ _UNITS)
    if event.factor < 1:
        rare = (np.cumsum(usual) <= _LEVEL) & ((1 - times) * mean >= _UNITS)
    else:
        rare = (np.cumsum(usual[::-1])[::-1] <= _LEVEL) & ((1 + times) * mean <= _UNITS)
    return float(odd[rare].sum())


def _sessions(technique: Technique, *, n_runs: int, weeks: int, end: datetime) -> Floats:
    """Sessions of the technique that are to be expected, by studio and hour."""
    hours = np.arange(milliseconds(end - timedelta(weeks=weeks)), milliseconds(end), 3_600_000)
    expected = expected_sessions(None, hours, growth=_GROWTH, activities=())
    # The mean mood is more than the median one, alike for all and so of no account here.
    tries = np.array([_tries(one.failure_probability) for one in TECHNIQUES])
    n_runs_of_each = expected.sum(axis=(0, 2)) @ (_sizes() @ np.arange(1, MOST_MORE + 2) * tries)
    return n_runs * expected[:, TECHNIQUES.index(technique)] / n_runs_of_each


def _tries(failure: float) -> float:
    return sum((failure * RETRY_PROBABILITY) ** at for at in range(MAX_TRIES))


def _sizes() -> Floats:
    """Chances that a session has 1, 2… runs."""
    at_least = np.exp(-np.arange(MOST_MORE + 1) / MEAN_MORE)
    return at_least - np.append(at_least[1:], 0.0)


def _chances(technique: Technique, sessions: Floats) -> Floats:
    """Chances of 0, 1, 2… charged units, from expected sessions by studio and day.

    All are generating functions on the unit circle: of what a run makes, of a run with its
    retries, of a session, of days whose sessions are Poisson given the studio's mood.
    """
    z = np.exp(-2j * np.pi * _UNITS / len(_UNITS))
    least = np.gcd.reduce(technique.units)
    made = np.mean([z ** (n // least) for n in np.resize(technique.units, 6)], axis=0)
    free = COMPLETED_UNKNOWN_SHARE + COMPLETED_FREE_SHARE
    completed = (1 - technique.failure_probability) * (free + (1 - free) * made)
    charged = FAILED_CHARGED_SHARE
    failed = technique.failure_probability * (1 - charged + charged * made)
    run = completed + failed
    for _ in range(MAX_TRIES - 1):
        run = completed + failed * (1 - RETRY_PROBABILITY + RETRY_PROBABILITY * run)
    session = sum(chance * run ** (at + 1) for at, chance in enumerate(_sizes()))
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    # Of mean 1, as the number of all runs is fixed.
    moods = np.exp(DAY_TO_DAY_SIGMA * nodes - DAY_TO_DAY_SIGMA**2 / 2)
    total = np.ones(len(_UNITS), complex)
    for expected in sessions.ravel():
        total *= weights / weights.sum() @ np.exp(np.outer(expected * moods, session - 1))
    return np.maximum(np.fft.ifft(total).real, 0.0)
