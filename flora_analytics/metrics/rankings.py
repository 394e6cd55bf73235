"""Which group truly fails most: rates that few runs cannot push to the top.

Runs in, one pandas table out, built from the rates of `failures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.metrics.cut import By
from flora_analytics.metrics.failures import failure_rate
from flora_analytics.statistics.proportions import shrunk

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.metrics.engine import Runs

__all__ = ["failure_ranking"]


def failure_ranking(runs: Runs, *, by: By) -> pd.DataFrame:
    """Groups by how often they fail at least, with the rate that is to be expected of each.

    One run out of one failed is a rate of 100 %, and says next to nothing. The order is that of
    ``low``, the lower end of the 95 % Wilson interval: how often a group fails at the least.
    ``shrunk_failure_rate`` is the best guess of its next runs: the group's own rate, drawn
    towards the common one the more the fewer runs it has and the more alike the groups are
    (empirical Bayes with a beta-binomial, moments after Kleinman 1973; `proportions.shrunk`).

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status`` and the columns of `by`.
    by : str or sequence of str
        What to rank; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group with a finished run, largest ``low`` first
        ``n_finished``           int64    completed or failed [runs]
        ``n_failed``             int64    [runs]
        ``failure_rate``         float64  [0–1]
        ``low, high``            float64  95 % Wilson score interval [0–1]
        ``shrunk_failure_rate``  float64  [0–1]
        ``n_excess_failures``    float64  failed runs beyond those that the common rate of all
                                          groups makes of as many; they add up to 0 [runs]

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"technique_id": ["tech_once"] + ["tech_often"] * 20,
    ...                      "status": ["failed"] + ["failed", "completed"] * 10})
    >>> failure_ranking(runs, by="technique_id").index.tolist()
    ['tech_often', 'tech_once']
    """
    rates = failure_rate(runs, by=by)
    table = rates[rates["n_finished"] > 0].drop(columns=["n_runs", "n_open", "n_other"])
    k, n = table["n_failed"], table["n_finished"]
    table["shrunk_failure_rate"] = shrunk(k.to_numpy(), n.to_numpy())
    table["n_excess_failures"] = k - n * (k.sum() / n.sum() if len(table) else 0.0)
    return table
