"""How much is used, by how many, and at which hours of the week.

Runs in, one pandas table out. A run is counted where and when it was created.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from flora_analytics.calendar import check_window
from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.tables import tabulate

if TYPE_CHECKING:
    from flora_analytics.calendar import Period, Window
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["activity", "usage"]

_SLOTS = ["weekday", "hour"]


def usage(
    runs: Runs,
    *,
    by: By = None,
    period: Period | None = None,
    tz: str = "UTC",
    cycle_day: int | None = None,
) -> pd.DataFrame:
    """Runs and outputs, and how many workspaces, projects and techniques were active.

    A workspace, project or technique is active where it has a run. Runs and outputs add up;
    the numbers of active ones do not, since one is active in several groups and periods.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``workspace_id``, ``project_id``, ``technique_id``, ``outputs`` and the columns of
        `by` and `period`.
    by, period, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group and period, most runs first
        ``n_runs``        int64  of any status [runs]
        ``n_outputs``     int64  [outputs]
        ``n_workspaces``  int64  different ones, by id
        ``n_projects``    int64  different ones, by id; runs outside projects have none
        ``n_techniques``  int64  different ones, by id

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.

    Examples
    --------
    >>> runs = pd.DataFrame({"workspace_id": "ws_a", "project_id": ["prj_a", "prj_a", "prj_b"],
    ...                      "technique_id": "tech_a", "outputs": [[], [], []]})
    >>> usage(runs)[["n_runs", "n_projects", "n_techniques"]].values.tolist()
    [[3, 2, 1]]
    """
    return tabulate(
        runs,
        Cut(by, period, tz, cycle_day),
        _usage,
        needs=["workspace_id", "project_id", "technique_id", "outputs"],
        largest=["n_runs", "n_outputs"],
    )


def activity(
    runs: Runs, *, by: By = None, tz: str = "UTC", window: Window | None = None
) -> pd.DataFrame:
    """Runs by weekday and hour of the local clock: when people work.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``created_at`` and the columns of `by`.
    by : str or sequence of str, optional
        How runs are cut; see `flora_analytics.metrics`.
    tz : str, default "UTC"
        Zone whose clock is read; at a change of the clock an hour comes twice or not at all.
    window : Window, optional
        The stretch of time that `runs` were chosen from. Without it, or where it is open, the
        stretch from the hour of the first run to that of the last.

    Returns
    -------
    DataFrame, 168 rows for each group, busiest first; levels ``weekday`` (1 = Monday to
    7 = Sunday, ISO 8601) and ``hour`` (0 to 23) after those of `by`
        ``n_runs``         int64    [runs]
        ``hours``          float64  how much of the stretch was that hour of the week [h]
        ``runs_per_hour``  float64  the first ÷ the second; NaN if the stretch has no such hour

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.

    Examples
    --------
    >>> created = pd.to_datetime(["2026-03-02 08:10", "2026-03-02 08:50"], utc=True)
    >>> runs = pd.DataFrame({"created_at": created})
    >>> activity(runs, tz="Europe/Berlin").head(1)  # doctest: +NORMALIZE_WHITESPACE
                  n_runs  hours  runs_per_hour
    weekday hour
    1       9          2    1.0            2.0
    """
    if window is not None:
        check_window(window)
    counts = tabulate(
        runs,
        Cut(by, "hour", tz),
        lambda runs, _: {"n_runs": runs.count()},
        needs=["created_at"],
        largest=["n_runs"],
    ).reset_index()
    counts = counts[counts["period_start"].notna()]
    at = pd.DatetimeIndex(counts.pop("period_start"))
    names = [str(name) for name in counts if name != "n_runs"]
    counts["weekday"], counts["hour"] = at.isocalendar().day.to_numpy("int64"), at.hour
    summed = counts.groupby([*names, *_SLOTS], sort=False)["n_runs"].sum()
    hours = _hours_of_week(at, tz, window)
    table = _every_hour(summed, names, hours.index).to_frame()
    table = table.join(hours, on=_SLOTS) if names else table.join(hours)
    table["runs_per_hour"] = table["n_runs"] / table["hours"].where(table["hours"] > 0)
    beside = [name for name in names if str(name).endswith("_name")]
    table = table.reset_index(beside)
    return table.sort_values("n_runs", ascending=False, kind="stable")


def _usage(runs: Table, _: OpenedRuns) -> dict[str, Value]:
    return {
        "n_runs": runs.count(),
        "n_outputs": runs.outputs.length().sum().cast("int64"),
        "n_workspaces": runs.workspace_id.nunique(),
        "n_projects": runs.project_id.nunique(),
        "n_techniques": runs.technique_id.nunique(),
    }


def _hours_of_week(starts: pd.DatetimeIndex, tz: str, window: Window | None) -> pd.Series[float]:
    """How long each hour of the week lasted in the stretch: the clock read every quarter."""
    levels = pd.MultiIndex.from_product([range(1, 8), range(24)], names=_SLOTS)
    first = window.start if window is not None else None
    last = window.end if window is not None else None
    begin = pd.Timestamp(first) if first is not None else starts.min()
    end = pd.Timestamp(last) if last is not None else starts.max() + pd.Timedelta("1h")
    if pd.isna(begin) or pd.isna(end):
        return pd.Series(0.0, index=levels, name="hours")
    quarters = pd.date_range(
        begin.tz_convert("UTC"), end.tz_convert("UTC"), freq="15min", inclusive="left"
    ).tz_convert(tz)
    slots = pd.MultiIndex.from_arrays(
        [quarters.isocalendar().day.to_numpy("int64"), quarters.hour], names=_SLOTS
    )
    return (slots.value_counts() / 4).reindex(levels, fill_value=0.0).rename("hours")


def _every_hour(
    counts: pd.Series[int], names: list[str], hours_of_week: pd.Index[Any]
) -> pd.Series[int]:
    """The counts with a row for hours in which nothing ran, group by group."""
    if not names:
        return counts.reindex(hours_of_week, fill_value=0)
    keys = dict.fromkeys(tuple(key[: len(names)]) for key in counts.index.tolist())
    index = pd.MultiIndex.from_tuples(
        [(*key, *slot) for key in keys for slot in hours_of_week], names=[*names, *_SLOTS]
    )
    return counts.reindex(index, fill_value=0)
