"""How often a failed run seems to have been tried again: an estimate, and named so.

Runs in, one pandas table out. The API does not say that a run repeats another; that is guessed
from runs of one technique in one project that follow a failure closely.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flora_analytics.errors import DataError
from flora_analytics.metrics.cut import NONE, By, Cut
from flora_analytics.metrics.engine import running
from flora_analytics.metrics.tables import tabulate

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["estimated_retries"]

_WITHIN = dt.timedelta(minutes=5)
_PLACE = ("workspace_id", "project_id", "technique_id")


def estimated_retries(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
    within: dt.timedelta = _WITHIN,
) -> pd.DataFrame:
    """How many runs seem to be another try after a failure, and what those cost.

    Failures of one technique in one project form a burst as long as each ends no more than
    `within` after the one before. A run of the same technique and project, created no more than
    `within` after a failure, is taken for a retry if its burst has failures that no earlier run
    was taken for: every failure accounts for one run at most. A batch started anew soon after
    a failure is mistaken for retries, and what is tried again the next day is missed. Failed
    runs whose end is not stated cannot be followed.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``run_id``, ``workspace_id``, ``project_id``, ``technique_id``, ``status``,
        ``created_at``, ``completed_at``, ``charged_cost`` and the columns of `by`.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`. A retry counts where it was created.
    within : timedelta, default 5 minutes
        The longest pause between a failure and another try.

    Returns
    -------
    DataFrame, one row per group and period, most retries first
        ``n_runs``                   int64    [runs]
        ``n_failed``                 int64    [runs]
        ``n_estimated_retries``      int64    [runs]
        ``n_estimated_recoveries``   int64    retries that completed [runs]
        ``n_unknown``                int64    retries whose cost is not stated [runs]
        ``estimated_retry_cost``     decimal  of the retries; null if none is stated [USD]
        ``estimated_retry_rate``     float64  retries ÷ failed runs, which may lie in the period
                                              before; NaN if none failed

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known or `within` is not a positive span.

    Examples
    --------
    >>> import pandas as pd
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> minutes = pd.to_timedelta([0, 2, 90], unit="min")
    >>> runs = pd.DataFrame({"run_id": ["run_1", "run_2", "run_3"], "workspace_id": "ws_a",
    ...                      "project_id": "prj_a", "technique_id": "tech_a",
    ...                      "status": ["failed", "completed", "completed"],
    ...                      "created_at": noon + minutes,
    ...                      "completed_at": noon + minutes + pd.Timedelta("1min"),
    ...                      "charged_cost": [None, 0.2, 0.2]})
    >>> estimated_retries(runs)["n_estimated_retries"].tolist()
    [1]
    """
    if not isinstance(within, dt.timedelta) or within <= dt.timedelta(0):
        raise DataError(f"within={within!r} must be a positive span, such as timedelta(minutes=5).")
    longest = within // dt.timedelta(microseconds=1)
    return tabulate(
        runs,
        Cut(by, period, tz, cycle_day),
        _estimated_retries,
        needs=["run_id", *_PLACE, "status", "created_at", "completed_at", "charged_cost"],
        largest=["n_estimated_retries", "n_failed", "n_runs"],
        prepare=lambda runs, source: _with_retry_mark(runs, source, longest),
    )


def _with_retry_mark(runs: Table, source: OpenedRuns, longest: int) -> Table:
    """The runs with `_is_retry`, found among the few that were created soon after a failure."""
    place = {f"_{name}": runs[name].fill_null(NONE) for name in _PLACE}
    created, ended = source.microseconds(runs.created_at), source.microseconds(runs.completed_at)
    # A failure at the very instant of a creation comes after it: it may be the same run's.
    creations = runs.select("run_id", **place, _at=created, _step=1, _rank=0)
    failures = runs.filter((runs.status == "failed") & ended.notnull()).select(
        "run_id", **place, _at=(ended < created).ifelse(created, ended), _step=-1, _rank=1
    )
    events = _soon_after(failures, creations, longest).union(failures)
    retries = _explained(events, [*place], longest)
    return runs.mutate(_is_retry=runs.run_id.isin(retries.run_id))


def _soon_after(failures: Table, creations: Table, longest: int) -> Table:
    """The creations in the stretch of length `longest` of a failure, or in the next one."""
    stretches = creations.mutate(_stretch=creations["_at"] // longest)
    hit = failures.mutate(_stretch=failures["_at"] // longest)
    hit = hit.union(hit.mutate(_stretch=hit["_stretch"] + 1))
    keys = [f"_{name}" for name in _PLACE] + ["_stretch"]
    return stretches.semi_join(hit.select(keys).distinct(), keys).drop("_stretch")


def _explained(events: Table, place: list[str], longest: int) -> Table:
    """The creations that follow a failure closely which no earlier one has been taken for."""
    order = ["_at", "_rank", "run_id"]
    failed_at = (events["_step"] < 0).ifelse(events["_at"], None)
    events = events.mutate(
        _last=failed_at.max().over(running(by=place, order=order)),
        _before=failed_at.max().over(running(by=place, order=order, before=True)),
    )
    is_close = (events["_step"] < 0) | (events["_at"] - events["_last"] <= longest)
    begins = (events["_step"] < 0) & (
        events["_before"].isnull() | (events["_at"] - events["_before"] > longest)
    )
    events = events.mutate(_begins=begins.cast("int64")).filter(is_close.fill_null(False))
    # Runs created less runs failed so far: a new high in a burst is a run that no failure explains.
    along = running(by=place, order=order)
    events = events.mutate(
        _burst=events["_begins"].sum().over(along), _excess=events["_step"].sum().over(along)
    )
    within = running(by=[*place, "_burst"], order=order, before=True)
    events = events.mutate(
        _high=events["_excess"].max().over(within), _first=events["_excess"].first().over(within)
    )
    # A burst begins with a failure, which brought the excess down by one.
    explained = (events["_excess"] <= events["_high"]) | (events["_excess"] <= events["_first"] + 1)
    return events.filter((events["_step"] > 0) & explained)


def _estimated_retries(runs: Table, _: OpenedRuns) -> dict[str, Value]:
    failed, retry = runs.status == "failed", runs["_is_retry"]
    n_failed, n_retries = runs.count(where=failed), runs.count(where=retry)
    return {
        "n_runs": runs.count(),
        "n_failed": n_failed,
        "n_estimated_retries": n_retries,
        "n_estimated_recoveries": runs.count(where=retry & (runs.status == "completed")),
        "n_unknown": runs.count(where=retry & runs.charged_cost.isnull()),
        "estimated_retry_cost": runs.charged_cost.sum(where=retry),
        "estimated_retry_rate": n_retries / n_failed.nullif(0),
    }
