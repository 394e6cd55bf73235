"""How fast error budgets burn, and when that is worth an alarm.

Runs and objectives in, one pandas table out: three pairs of windows for each objective, as
site-reliability engineers watch them, with an exact test where few runs say little.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flora_analytics.metrics.promises import SHORT, kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flora_analytics.metrics.engine import Runs
    from flora_analytics.objectives import Objective

__all__ = ["ALARMS", "WINDOWS", "burn_rate", "burn_rates", "is_burning"]

#: Long window, and the share of the budget that is worth an alarm if lost within it: those of
#: the Site Reliability Workbook. The short window is a twelfth of the long one.
ALARMS = {
    "1h": (dt.timedelta(hours=1), 0.02),
    "6h": (dt.timedelta(hours=6), 0.05),
    "3d": (dt.timedelta(days=3), 0.10),
}
#: All windows that alarms look at.
WINDOWS = {name: long for name, (long, _) in ALARMS.items()} | {
    name + SHORT: long / 12 for name, (long, _) in ALARMS.items()
}
#: Chance that a promise just kept raises an alarm, in one pair at one moment.
_ERROR = 0.01
#: Half of the runs is half of the runs, whatever the rounding of a ratio.
_HAIR = 1e-9


def burn_rates(
    runs: Runs, objectives: Sequence[Objective], *, now: dt.datetime | None = None
) -> pd.DataFrame:
    """How fast each objective's error budget burns, in pairs of a long and a short window.

    A pair raises an alarm [1]_ if the burn rate of its long window has reached the threshold;
    if that of the short one has too, or no run was decided in it, so that what is over falls
    silent; and if chance alone does not explain so many bad runs. Where traffic is low one
    failure burns any budget: the bad runs of the long window are tested by the exact binomial
    distribution against a promise that is just kept, at 1 %.

    Parameters
    ----------
    runs, objectives, now
        As of `service_levels`.

    Returns
    -------
    DataFrame, three rows per objective and technique
        Index ``objective``, ``technique_id``, and ``burn_window``: ``1h``, ``6h``, ``3d``.

        ``technique_name``            str
        ``target``                    float64  promised share [0–1]
        ``n_good, n_bad``             int64    decided runs of the long window [runs]
        ``n_good_short, n_bad_short`` int64    decided runs of the last twelfth of it [runs]
        ``burn_rate``                 float64  bad share ÷ (1 − target); 1 uses up the budget
                                               just at the end; NaN without decided runs
        ``burn_rate_short``           float64  the same of the short window
        ``burn_threshold``            float64  what uses up 2, 5 or 10 % of the whole budget
                                               within the long window; not below 1, nor above
                                               what it takes that half of the runs go badly
        ``p_value``                   float64  chance of so many bad runs if the target is just
                                               met [0–1]
        ``is_burning``                bool     whether the pair raises an alarm

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If two objectives share a name and a technique, or they are none.
    ConfigurationError
        If `now` has no time zone.

    References
    ----------
    .. [1] B. Beyer et al. (eds.), The Site Reliability Workbook, O'Reilly, 2018, ch. 5,
       "Alerting on SLOs."

    Examples
    --------
    >>> from flora_analytics.objectives import Objective
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"technique_id": "tech_a", "technique_name": "Upscale",
    ...                      "status": ["failed"] * 4, "created_at": noon,
    ...                      "started_at": noon, "completed_at": noon})
    >>> table = burn_rates(runs, [Objective(target=0.95)], now=noon + pd.Timedelta("1min"))
    >>> table["burn_rate"].round(6).tolist(), table["is_burning"].tolist()
    ([20.0, 20.0, 20.0], [True, True, True])
    """
    counts = kept(runs, objectives, now=now, windows=WINDOWS)
    place = np.arange(len(counts))
    parts = [_pair(counts, name).assign(burn_window=name, _place=place) for name in ALARMS]
    # By objective, in the order given, and within it the shortest window first.
    table = pd.concat(parts).sort_values("_place", kind="stable").drop(columns="_place")
    return table.set_index("burn_window", append=True)


def burn_rate(counts: pd.DataFrame, window: str) -> pd.Series[float]:
    """Bad share of the window's decided runs, in units of what the target allows."""
    n_good, n_bad = counts[f"n_good_{window}"], counts[f"n_bad_{window}"]
    n = (n_good + n_bad).astype("float64")
    return n_bad / n.where(n > 0) / (1 - counts["target"])


def is_burning(counts: pd.DataFrame, name: str) -> pd.Series[bool]:
    """Whether the pair of that name raises an alarm."""
    at_least = _threshold(counts, name) * (1 - _HAIR)
    long, short = burn_rate(counts, name), burn_rate(counts, name + SHORT)
    goes_on = (short >= at_least) | short.isna()
    return (long >= at_least) & goes_on & (_p_value(counts, name) <= _ERROR)


def _pair(counts: pd.DataFrame, name: str) -> pd.DataFrame:
    return counts[["technique_name", "target"]].assign(
        n_good=counts[f"n_good_{name}"],
        n_bad=counts[f"n_bad_{name}"],
        n_good_short=counts[f"n_good_{name}{SHORT}"],
        n_bad_short=counts[f"n_bad_{name}{SHORT}"],
        burn_rate=burn_rate(counts, name),
        burn_rate_short=burn_rate(counts, name + SHORT),
        burn_threshold=_threshold(counts, name),
        p_value=_p_value(counts, name),
        is_burning=is_burning(counts, name),
    )


def _threshold(counts: pd.DataFrame, name: str) -> pd.Series[float]:
    long, share = ALARMS[name]
    of_budget = share / long.total_seconds() * counts["window"].dt.total_seconds()
    half_of_runs = 0.5 / (1 - counts["target"])
    at_least_1: pd.Series[float] = of_budget.clip(lower=1.0)
    return at_least_1.where(at_least_1 < half_of_runs, half_of_runs)


def _p_value(counts: pd.DataFrame, name: str) -> pd.Series[float]:
    from scipy.special import bdtrc

    n_bad = counts[f"n_bad_{name}"].to_numpy()
    n = n_bad + counts[f"n_good_{name}"].to_numpy()
    or_more = bdtrc(np.maximum(n_bad - 1, 0), n, 1 - counts["target"].to_numpy())
    return pd.Series(np.where(n_bad > 0, or_more, 1.0), counts.index, dtype="float64")
