"""Whether promises are kept, and how much of the room they leave is used up.

Runs and objectives in, one pandas table out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flora_analytics.metrics.burning import ALARMS, WINDOWS, burn_rate, is_burning
from flora_analytics.metrics.promises import kept

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from flora_analytics.metrics.engine import Runs
    from flora_analytics.objectives import Objective

__all__ = ["service_levels"]


def service_levels(
    runs: Runs, objectives: Sequence[Objective], *, now: dt.datetime | None = None
) -> pd.DataFrame:
    """For each objective whether it is met, what is left of its budget, and how fast that goes.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``technique_id``, ``technique_name``, ``status``, ``created_at``,
        ``started_at``, ``completed_at``, and ``read_at`` unless `now` is given.
    objectives : sequence of Objective
    now : datetime, optional
        Where the windows end, and when open runs were last seen open; by default the newest
        ``read_at``. A time before that shows what stood then.

    Returns
    -------
    DataFrame, one row per objective and technique
        Index ``objective``, ``technique_id``; what burns first, then the least budget left.

        ``technique_name``   str
        ``target``           float64          promised share [0–1]
        ``window``           timedelta64[us]  up to `now`, by time of creation
        ``n_runs``           int64            good, bad, open and missing [runs]
        ``n_open``           int64            not decided yet [runs]
        ``n_missing``        int64            without the status or the times it takes [runs]
        ``n_good``           int64            completed, or within the span [runs]
        ``n_bad``            int64            failed, or beyond the span, waiting still or not
                                              [runs]
        ``attainment``       float64          good ÷ decided; NaN without decided runs [0–1]
        ``low, high``        float64          its 95 % Wilson interval [0–1]
        ``verdict``          str              ``met`` or ``missed`` if the whole interval lies on
                                              that side of the target, else ``not sure``; or
                                              ``no runs``
        ``budget_left``      float64          1 − bad share ÷ (1 − target); below 0: overspent
        ``burn_1h``          float64          burn rate of the last hour, as of `burn_rates`
        ``burn_6h, burn_3d`` float64          of the last six hours, of the last three days
        ``burning``          str              the shortest of these that raises an alarm, if any

        An objective for all runs together has the technique ``(all)``. One for each technique
        has a row for every technique with runs in its window.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If two objectives share a name and a technique, or they are none.
    ConfigurationError
        If `now` has no time zone.

    Examples
    --------
    >>> from flora_analytics.objectives import Objective
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"technique_id": "tech_a", "technique_name": "Upscale",
    ...                      "status": ["completed"] * 97 + ["failed"] * 3, "created_at": noon,
    ...                      "started_at": noon, "completed_at": noon})
    >>> table = service_levels(runs, [Objective(target=0.95)], now=noon + pd.Timedelta("4h"))
    >>> table[["verdict", "budget_left"]].round(2).iloc[0].to_dict()
    {'verdict': 'not sure', 'budget_left': 0.4}
    """
    counts = kept(runs, objectives, now=now, windows=WINDOWS)
    n_decided = (counts["n_good"] + counts["n_bad"]).astype("float64")
    n = n_decided.where(n_decided > 0)
    is_met, is_missed = counts["low"] >= counts["target"], counts["high"] < counts["target"]
    alarms = {name: is_burning(counts, name) for name in ALARMS}
    table = counts.assign(
        attainment=counts["n_good"] / n,
        verdict=_first({"no runs": n_decided == 0, "met": is_met, "missed": is_missed}, "not sure"),
        budget_left=1 - counts["n_bad"] / n / (1 - counts["target"]),
        **{f"burn_{name}": burn_rate(counts, name) for name in ALARMS},
        burning=_first(alarms, ""),
    )[list(_COLUMNS)]
    urgency = [*ALARMS, ""]
    rank = table["burning"].map(urgency.index)
    return table.iloc[np.lexsort([table["budget_left"], rank])]


def _first(conditions: dict[str, pd.Series[bool]], otherwise: str) -> pd.Series[str]:
    """In each row the name of the first condition that holds."""
    index = next(iter(conditions.values())).index
    holds = [condition.to_numpy(bool) for condition in conditions.values()]
    return pd.Series(np.select(holds, list(conditions), otherwise), index, dtype="str")


_COLUMNS = (
    "technique_name", "target", "window", "n_runs", "n_open", "n_missing", "n_good", "n_bad",
    "attainment", "low", "high", "verdict", "budget_left",
    *(f"burn_{name}" for name in ALARMS), "burning",
)  # fmt: skip
