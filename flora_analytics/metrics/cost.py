"""What runs cost: in total, per outcome, and for nothing.

Runs in, one pandas table out. Costs are added as exact decimals; one that the API did not
state is counted beside the sum and never taken for zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.tables import tabulate

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["charged_cost", "cost_of_failed_runs", "unit_cost"]


def charged_cost(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
) -> pd.DataFrame:
    """What the API says it charged, for each group and period.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``charged_cost`` and the columns of `by` and `period`.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group and period, largest cost first
        ``n_runs``        int64              all runs [runs]
        ``n_unknown``     int64              whose cost is not stated [runs]
        ``n_free``        int64              whose cost is stated as zero [runs]
        ``charged_cost``  decimal128(38, 9)  exact sum of stated costs; null if none is [USD]

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"project_id": ["prj_a", "prj_a", "prj_b"],
    ...                      "charged_cost": [0.1, 0.2, None]})
    >>> charged_cost(runs, by="project")  # doctest: +NORMALIZE_WHITESPACE
                n_runs  n_unknown  n_free charged_cost
    project_id
    prj_a            2          0       0  0.300000000
    prj_b            1          1       0         <NA>
    """
    return tabulate(
        runs,
        Cut(by, period, tz, cycle_day),
        _charged_cost,
        needs=["charged_cost"],
        largest=["charged_cost", "n_runs"],
    )


def unit_cost(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
) -> pd.DataFrame:
    """What one finished run, one completed run and one output cost.

    Failures included: the charged cost of all finished runs, completed or failed, is divided
    by the outcomes they gave. Finished runs whose cost is not stated count neither above nor
    below the line; open runs have no outcome yet and are left out.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``charged_cost``, ``outputs`` and the columns of `by` and `period`.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group and period, largest cost first
        ``n_finished``              int64    completed or failed [runs]
        ``n_completed``             int64    [runs]
        ``n_outputs``               int64    of finished runs [outputs]
        ``n_unknown``               int64    finished, cost not stated [runs]
        ``charged_cost``            decimal  of finished runs; null if none is stated [USD]
        ``cost_per_finished_run``   float64  `charged_cost` ÷ finished runs [USD]
        ``cost_per_completed_run``  float64  `charged_cost` ÷ completed runs [USD]
        ``cost_per_output``         float64  `charged_cost` ÷ outputs of finished runs [USD]

        The divisors count runs whose cost is stated; NaN where there is nothing to divide by.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> image = {"output_id": "out_1", "type": "imageUrl", "url": ""}
    >>> runs = pd.DataFrame({"status": ["completed", "failed", "running"],
    ...                      "charged_cost": [0.3, 0.1, 5.0],
    ...                      "outputs": [[image, image], [], []]})
    >>> unit_cost(runs)[["cost_per_completed_run", "cost_per_output"]]
       cost_per_completed_run  cost_per_output
    0                     0.4              0.2
    """
    return tabulate(
        runs,
        Cut(by, period, tz, cycle_day),
        _unit_cost,
        needs=["status", "charged_cost", "outputs"],
        largest=["charged_cost", "n_finished"],
    )


def cost_of_failed_runs(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
) -> pd.DataFrame:
    """What was charged for runs that failed, and its share of all that was charged.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``charged_cost`` and the columns of `by` and `period`.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group and period, largest cost of failed runs first
        ``n_failed``             int64    [runs]
        ``n_charged``            int64    failed, cost above zero [runs]
        ``n_free``               int64    failed, cost stated as zero [runs]
        ``n_unknown``            int64    failed, cost not stated [runs]
        ``cost_of_failed_runs``  decimal  exact sum; null if none is stated [USD]
        ``charged_cost``         decimal  of all runs, whatever their status [USD]
        ``cost_share``           float64  the first cost ÷ the second; NaN if that is 0 [0–1]

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"status": ["completed", "failed", "failed"],
    ...                      "charged_cost": [0.3, 0.1, 0.0]})
    >>> cost_of_failed_runs(runs)["cost_share"].tolist()
    [0.25]
    """
    return tabulate(
        runs,
        Cut(by, period, tz, cycle_day),
        _cost_of_failed_runs,
        needs=["status", "charged_cost"],
        largest=["cost_of_failed_runs", "n_failed"],
    )


def _charged_cost(runs: Table, _: OpenedRuns) -> dict[str, Value]:
    cost = runs.charged_cost
    return {
        "n_runs": runs.count(),
        "n_unknown": runs.count(where=cost.isnull()),
        "n_free": runs.count(where=cost == 0),
        "charged_cost": cost.sum(),
    }


def _unit_cost(runs: Table, _: OpenedRuns) -> dict[str, Value]:
    completed = runs.status == "completed"
    finished = completed | (runs.status == "failed")
    stated = runs.charged_cost.notnull()
    n_outputs = runs.outputs.length().fill_null(0)
    cost = runs.charged_cost.sum(where=finished)
    usd = cost.cast("float64")
    return {
        "n_finished": runs.count(where=finished),
        "n_completed": runs.count(where=completed),
        "n_outputs": n_outputs.sum(where=finished).cast("int64"),
        "n_unknown": runs.count(where=finished & ~stated),
        "charged_cost": cost,
        "cost_per_finished_run": usd / runs.count(where=finished & stated).nullif(0),
        "cost_per_completed_run": usd / runs.count(where=completed & stated).nullif(0),
        "cost_per_output": usd / n_outputs.sum(where=finished & stated).nullif(0),
    }


def _cost_of_failed_runs(runs: Table, _: OpenedRuns) -> dict[str, Value]:
    failed, cost = runs.status == "failed", runs.charged_cost
    of_failed, of_all = cost.sum(where=failed), cost.sum()
    return {
        "n_failed": runs.count(where=failed),
        "n_charged": runs.count(where=failed & (cost > 0)),
        "n_free": runs.count(where=failed & (cost == 0)),
        "n_unknown": runs.count(where=failed & cost.isnull()),
        "cost_of_failed_runs": of_failed,
        "charged_cost": of_all,
        "cost_share": of_failed.cast("float64") / of_all.cast("float64").nullif(0),
    }
