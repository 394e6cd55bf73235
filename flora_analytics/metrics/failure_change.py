"""Whether runs fail more or less often than before, and by how much for certain.

Runs and two windows in, one pandas table out, built from the rates of `failures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flora_analytics.metrics.cut import By
from flora_analytics.metrics.failures import failure_rate
from flora_analytics.metrics.window import in_window
from flora_analytics.statistics.proportions import difference, difference_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flora_analytics.calendar import Window
    from flora_analytics.metrics.engine import Runs

__all__ = ["failure_rate_change"]

_COUNTS = ["n_finished", "n_failed"]


def failure_rate_change(
    runs: Runs, *, earlier: Window, later: Window, by: By = None
) -> pd.DataFrame:
    """Failure rate of two windows and their difference, with its 95 % interval.

    Sorted by what is certain: first the group whose interval lies farthest from no change, on
    either side. An interval that holds 0 is no evidence of a change; one in twenty intervals of
    groups that did not change leaves 0 out, so look twice where there are many groups.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``created_at`` and the columns of `by`.
    earlier, later : Window
        Which runs to compare, by their time of creation.
    by : str or sequence of str, optional
        How runs are cut; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group that has runs in either window
        ``n_finished_earlier, n_failed_earlier``  int64    [runs]
        ``n_finished_later, n_failed_later``      int64    [runs]
        ``failure_rate_earlier``                  float64  NaN where nothing finished [0–1]
        ``failure_rate_later``                    float64  NaN where nothing finished [0–1]
        ``change``                                float64  later − earlier [−1–1]
        ``low, high``                             float64  Newcombe's hybrid score interval [1]_
                                                           of the change [−1–1]

        Where a group finished nothing in one of the windows there is not enough data, and
        ``change``, ``low`` and ``high`` are NaN.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.

    References
    ----------
    .. [1] R. G. Newcombe, "Interval estimation for the difference between independent
       proportions: comparison of eleven methods," Statist. Med., vol. 17, pp. 873–890, 1998.

    Examples
    --------
    >>> from flora_analytics.calendar import Window
    >>> created = pd.to_datetime(["2026-02-03"] * 10 + ["2026-03-03"] * 10, utc=True)
    >>> runs = pd.DataFrame({"created_at": created,
    ...                      "status": ["failed"] * 3 + ["completed"] * 7 + ["failed"] * 9
    ...                      + ["completed"]})
    >>> change = failure_rate_change(runs, earlier=Window.parse("2026-02-01", "2026-03-01"),
    ...                              later=Window.parse("2026-03-01", "2026-04-01"))
    >>> change[["change", "low", "high"]].round(3).values.tolist()
    [[0.6, 0.171, 0.809]]
    """
    sides = [failure_rate(in_window(runs, window), by=by) for window in (earlier, later)]
    index = sides[0].index.union(sides[1].index)
    names = [name for name in sides[0] if str(name).endswith("_name")]
    table = pd.DataFrame(index=index)
    for name in names:
        table[name] = sides[1][name].reindex(index).fillna(sides[0][name].reindex(index))
    before, after = (side.reindex(index) for side in sides)
    for suffix, side in (("earlier", before), ("later", after)):
        for name in _COUNTS:
            table[f"{name}_{suffix}"] = side[name].fillna(0).astype("int64")
    for suffix, side in (("earlier", before), ("later", after)):
        table[f"failure_rate_{suffix}"] = side["failure_rate"].astype("float64")
    was, is_now = (
        (side["failure_rate"].array, side["low"].array, side["high"].array)
        for side in (before, after)
    )
    table["change"] = difference(was[0], is_now[0])
    table["low"], table["high"] = difference_interval(was, is_now)
    return table.iloc[_most_certain_first(table)]


def _most_certain_first(table: pd.DataFrame) -> NDArray[np.intp]:
    """Order by the distance of the interval from 0, then of the change, then as indexed."""
    low, high = table["low"].to_numpy(), table["high"].to_numpy()
    proven = np.nan_to_num(np.maximum(low, -high), nan=-2.0)
    seen = np.nan_to_num(np.abs(table["change"].to_numpy()), nan=-1.0)
    return np.lexsort((-seen, -proven))
