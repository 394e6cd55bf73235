"""How often runs fail, and why.

Runs in, one pandas table out. A rate carries its uncertainty: few runs look like few runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.errors import DataError
from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.tables import tabulate
from flora_analytics.schema import OPEN_STATUSES

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["failure_rate", "failures_by_code", "wilson"]

#: 97.5 % quantile of the standard normal distribution: two-sided 95 %.
_Z = 1.959963984540054


def failure_rate(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
) -> pd.DataFrame:
    """Share of finished runs that failed, with its 95 % interval.

    Open runs have no outcome yet, and a status that is not known may not be one: both are
    counted beside the rate and left out of it. Groups are sorted by ``low``, so that one run
    out of one failed does not top the list.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status`` and the columns of `by` and `period`.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group and period, largest ``low`` first
        ``n_runs``        int64    open, other and finished [runs]
        ``n_open``        int64    pending or running [runs]
        ``n_other``       int64    of a status that is not known, or of none [runs]
        ``n_finished``    int64    completed or failed [runs]
        ``n_failed``      int64    [runs]
        ``failure_rate``  float64  NaN where nothing finished [0–1]
        ``low, high``     float64  Wilson score interval [1]_ [0–1]

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical
       inference," J. Am. Stat. Assoc., vol. 22, no. 158, pp. 209–212, 1927.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"technique_id": ["tech_a"] * 3,
    ...                      "status": ["completed", "failed", "running"]})
    >>> failure_rate(runs, by="technique_id").loc["tech_a", "failure_rate"]
    np.float64(0.5)
    """
    return tabulate(
        runs,
        Cut(by, period, tz, cycle_day),
        _failure_rate,
        needs=["status"],
        largest=["low", "failure_rate", "n_runs"],
    )


def failures_by_code(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
) -> pd.DataFrame:
    """Failed runs for each error code, most frequent first.

    Failed runs without a code have a row of their own, ``(none)``. Groups and periods in
    which nothing failed have no row.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``error_code``, ``charged_cost`` and the columns of `by` and `period`.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group, ``error_code`` and period
        ``n_failed``             int64    [runs]
        ``failed_share``         float64  of the failed runs of its group and period [0–1]
        ``cost_of_failed_runs``  decimal  exact sum; null if none is stated [USD]
        ``n_unknown``            int64    failed, cost not stated [runs]

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known, or is ``error_code``, which is there anyway.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"status": ["failed", "failed", "completed"],
    ...                      "error_code": ["model_timeout", None, None],
    ...                      "charged_cost": [0.0, None, 0.2]})
    >>> failures_by_code(runs)["failed_share"].to_dict()
    {'(none)': 0.5, 'model_timeout': 0.5}
    """
    words = Cut(by).words
    if "error_code" in words:
        raise DataError("failures_by_code groups by error_code as it is; leave it out of by=.")
    return tabulate(
        runs,
        Cut([*words, "error_code"], period, tz, cycle_day),
        _failures_by_code,
        needs=["status", "error_code", "charged_cost"],
        largest=["n_failed"],
        only=lambda runs: runs.status == "failed",
        then=_with_share,
    )


def _failure_rate(runs: Table, _: OpenedRuns) -> dict[str, Value]:
    is_open = runs.status.isin(OPEN_STATUSES).fill_null(False)
    is_finished = runs.status.isin(["completed", "failed"]).fill_null(False)
    finished, failed = runs.count(where=is_finished), runs.count(where=runs.status == "failed")
    low, high = wilson(failed, finished)
    return {
        "n_runs": runs.count(),
        "n_open": runs.count(where=is_open),
        "n_other": runs.count() - runs.count(where=is_open) - finished,
        "n_finished": finished,
        "n_failed": failed,
        "failure_rate": failed / finished.nullif(0),
        "low": low,
        "high": high,
    }


def wilson(k: Value, n: Value) -> tuple[Value, Value]:
    """Low and high of the Wilson score interval, as Ibis expressions; null where n is 0."""
    n = n.nullif(0).cast("float64")
    share, z2 = k / n, _Z**2
    middle = share + z2 / (2 * n)
    half = _Z * (share * (1 - share) / n + z2 / (4 * n * n)).sqrt()
    low, high = (middle - half) / (1 + z2 / n), (middle + half) / (1 + z2 / n)
    # Exact at the ends, where rounding would leave a hair.
    return (k == 0).ifelse(0 * n, low), (k == n).ifelse(n / n, high)


def _failures_by_code(runs: Table, _: OpenedRuns) -> dict[str, Value]:
    return {
        "n_failed": runs.count(),
        "cost_of_failed_runs": runs.charged_cost.sum(),
        "n_unknown": runs.count(where=runs.charged_cost.isnull()),
    }


def _with_share(table: Table, keys: list[str]) -> Table:
    *groups, code = [key for key in keys if key != "_period"]
    outer = [*groups, *(key for key in keys if key == "_period")]
    failed = table.n_failed.sum()
    of_group = failed.over(group_by=outer) if outer else failed.over()
    share = table.n_failed / of_group
    return table.mutate(failed_share=share).select(
        *outer, code, "n_failed", "failed_share", "cost_of_failed_runs", "n_unknown"
    )
