"""What one output of each type costs, the failures on the way to it included.

Runs in, one pandas table out. A failed run has no outputs; what it was to make is taken from
the runs of its technique that completed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.errors import DataError
from flora_analytics.metrics.cut import NONE, By, Cut
from flora_analytics.metrics.tables import tabulate

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["output_cost"]


def output_cost(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
) -> pd.DataFrame:
    """What one output of each type cost: an image, a video, a text.

    `unit_cost` grouped by ``output_type`` shows the runs that failed as a group of their own,
    ``(none)``, since they made nothing. Here a failed run counts under the type that its
    technique makes most often in these runs, so that the cost of an image bears that of the
    images that came to nothing. A technique of which nothing completed stays in ``(none)``.
    Open runs are left out; a run of several types forms its own group, as everywhere.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``technique_id``, ``status``, ``charged_cost``, ``outputs`` and the columns of
        `by` and `period`.
    by, period, tz, cycle_day
        How runs are cut besides; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group, ``output_type`` and period, largest cost first
        ``n_finished``           int64    completed or failed [runs]
        ``n_failed``             int64    [runs]
        ``n_outputs``            int64    [outputs]
        ``n_unknown``            int64    finished, cost not stated [runs]
        ``charged_cost``         decimal  of finished runs; null if none is stated [USD]
        ``cost_of_failed_runs``  decimal  the part of it that failed runs took [USD]
        ``cost_per_output``      float64  `charged_cost` ÷ outputs of runs whose cost is stated;
                                          NaN where there are none [USD]

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known, or is ``output_type``, which is there anyway.

    Examples
    --------
    >>> import pandas as pd
    >>> image = {"output_id": "out_1", "type": "imageUrl", "url": ""}
    >>> runs = pd.DataFrame({"technique_id": ["tech_a"] * 3,
    ...                      "status": ["completed", "completed", "failed"],
    ...                      "charged_cost": [0.3, 0.1, 0.2],
    ...                      "outputs": [[image, image], [image], []]})
    >>> output_cost(runs)["cost_per_output"].round(9).to_dict()
    {'imageUrl': 0.2}
    """
    words = Cut(by).words
    if "output_type" in words:
        raise DataError("output_cost groups by output_type as it is; leave it out of by=.")
    return tabulate(
        runs,
        Cut([*words, "output_type"], period, tz, cycle_day),
        _output_cost,
        needs=["technique_id", "status", "charged_cost", "outputs"],
        largest=["charged_cost", "n_finished"],
        prepare=_with_intended_type,
        only=lambda runs: runs.status.isin(["completed", "failed"]),
    )


def _with_intended_type(runs: Table, _: OpenedRuns) -> Table:
    """The runs with `outputs` replaced by their types as one text: made, or meant to be made."""
    [key] = Cut("output_type").keys(runs.columns)
    runs = runs.mutate(_n_outputs=runs.outputs.length().fill_null(0), outputs=key.value(runs))
    made = runs.filter((runs.status == "completed") & (runs.outputs != NONE))
    counts = made.group_by("technique_id", "outputs").aggregate(_n=made.count())
    most = counts.group_by("technique_id").aggregate(_n=counts["_n"].max())
    usual = counts.join(most, ["technique_id", "_n"])
    usual = usual.group_by("technique_id").aggregate(_usual=usual.outputs.min())
    runs = runs.left_join(usual, "technique_id").drop("technique_id_right")
    has_none = (runs.status == "failed") & (runs.outputs == NONE)
    return runs.mutate(outputs=has_none.ifelse(runs["_usual"].fill_null(NONE), runs.outputs))


def _output_cost(runs: Table, _: OpenedRuns) -> dict[str, Value]:
    failed, cost, n_outputs = runs.status == "failed", runs.charged_cost, runs["_n_outputs"]
    of_all = cost.sum()
    return {
        "n_finished": runs.count(),
        "n_failed": runs.count(where=failed),
        "n_outputs": n_outputs.sum().cast("int64"),
        "n_unknown": runs.count(where=cost.isnull()),
        "charged_cost": of_all,
        "cost_of_failed_runs": cost.sum(where=failed),
        "cost_per_output": of_all.cast("float64") / n_outputs.sum(where=cost.notnull()).nullif(0),
    }
