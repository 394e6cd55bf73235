"""Open runs that have been open for longer than their technique practically ever takes.

Runs in, a list of runs out, each with the limit it has passed and why.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flora_analytics.errors import ConfigurationError
from flora_analytics.metrics.cut import Cut
from flora_analytics.metrics.engine import opened
from flora_analytics.metrics.fates import FATE_COLUMNS, Fates, moment
from flora_analytics.metrics.spans import as_numbers, as_spans
from flora_analytics.metrics.tables import tabulate
from flora_analytics.statistics.order_statistics import prediction_limit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["stuck_runs"]

#: One run in a thousand takes longer than the limit.
_LEVEL = 0.999
#: With fewer ended runs than this, a technique is judged by the runs of all.
_ENOUGH = 20
_NO_SPANS = np.array([], np.int64)
_SHOWN = ("technique_id", "technique_name", "project_id", "workspace_id", "status", "created_at")


def stuck_runs(
    runs: Runs,
    *,
    now: dt.datetime | None = None,
    at_least: dt.timedelta = dt.timedelta(minutes=15),
) -> pd.DataFrame:
    """Pending and running runs that are older than runs of their technique ever get.

    The limit is what one further run of the technique exceeds with a chance of no more than 1
    in 1,000, judged by how long its ended runs took, completed or not: from 999 runs on an
    order statistic; with fewer the longest of them or the prediction bound of a log-normal
    distribution, whichever is longer [1]_; with fewer than 20 the runs of all techniques.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``run_id``, ``technique_id``, ``technique_name``, ``project_id``,
        ``workspace_id``, ``status``, ``created_at``, ``completed_at``, and ``read_at`` unless
        `now` is given.
    now : datetime, optional
        When the open runs were last seen open; by default the newest ``read_at``.
    at_least : timedelta, default 15 minutes
        No younger run is named, whatever its technique.

    Returns
    -------
    DataFrame, one row per stuck run, oldest first, index ``run_id``
        ``technique_id``, ``technique_name``, ``project_id``, ``workspace_id``, ``status``,
        ``created_at``
                        as last read
        ``open_time``   timedelta64[us]  from its creation to `now`
        ``limit``       timedelta64[us]  what it has passed
        ``n_timed``     int64            ended runs that the limit rests on [runs]
        ``why``         str              the same in words

        With fewer than 20 ended runs of any technique none can be judged, and none is named.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    ConfigurationError
        If `now` has no time zone, or `at_least` is no span of time.

    References
    ----------
    .. [1] G. J. Hahn and W. Q. Meeker, Statistical Intervals, Wiley, 1991, secs. 4.7, 5.4.

    Examples
    --------
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> runs = pd.DataFrame({
    ...     "run_id": [f"run_{i}" for i in range(31)], "technique_id": "tech_a",
    ...     "technique_name": "Upscale", "project_id": "prj_a", "workspace_id": "ws_a",
    ...     "status": ["completed"] * 30 + ["running"], "created_at": noon,
    ...     "completed_at": [noon + pd.Timedelta(60 + i, "s") for i in range(30)] + [pd.NaT]})
    >>> stuck_runs(runs, now=noon + pd.Timedelta("2h"))["why"].to_dict()
    {'run_30': 'running 64 times as long as 999 in 1,000 runs of its technique take; judged by 30'}
    """
    if not isinstance(at_least, dt.timedelta):
        raise ConfigurationError(
            f"at_least={at_least!r} must be a span of time, such as timedelta(minutes=15)."
        )
    at = moment(runs, now)
    ended = _ended_spans(runs, at)
    own = _limits(ended)
    of_all = _limits({"": np.concatenate([_NO_SPANS, *ended.values()])}).iloc[0]
    stuck = _open_runs(runs, at, at_least).join(own, on="technique_id")
    is_own = stuck["n_timed"] >= _ENOUGH
    for name in ("limit", "n_timed"):
        stuck[name] = stuck[name].where(is_own, of_all[name])
    passed = (stuck["open_time"] > stuck["limit"]) & (stuck["n_timed"] >= _ENOUGH)
    stuck, is_own = stuck[passed], is_own[passed]
    stuck["n_timed"] = stuck["n_timed"].astype("int64")
    stuck["why"] = _reasons(stuck, is_own)
    for name in ("open_time", "limit"):
        stuck[name] = as_spans(stuck[name].round().to_numpy("int64")).array
    return stuck[[*_SHOWN, "open_time", "limit", "n_timed", "why"]]


def _ended_spans(runs: Runs, now: int) -> dict[str, npt.NDArray[np.int64]]:
    """The turnaround times of each technique's ended runs."""

    def formula(runs: Table, source: OpenedRuns) -> dict[str, Value]:
        fates = Fates.at(runs, source, now)
        return {
            "n_timed": runs.count(where=fates.has_ended),
            "_ended": fates.turnaround.collect(where=fates.has_ended),
        }

    table = tabulate(runs, Cut("technique_id"), formula, needs=FATE_COLUMNS, largest=["n_timed"])
    return dict(zip(table.index, as_numbers(table["_ended"]), strict=True))


def _limits(ended: Mapping[str, npt.NDArray[np.int64]]) -> pd.DataFrame:
    """How many ended runs each group has, and the microseconds they hardly ever exceed."""
    limits = [prediction_limit(own.astype(float), level=_LEVEL) for own in ended.values()]
    counts = [float(len(own)) for own in ended.values()]
    index = pd.Index(list(ended), dtype="str")
    return pd.DataFrame({"limit": limits, "n_timed": counts}, index, dtype="float64")


def _open_runs(runs: Runs, now: int, at_least: dt.timedelta) -> pd.DataFrame:
    """The runs that are open and old enough to be named, oldest first."""
    youngest = at_least // dt.timedelta(microseconds=1)
    with opened(runs, ["run_id", *_SHOWN, "completed_at"]) as source:
        fates = Fates.at(source.table, source, now)
        listed = source.table.mutate(open_time=fates.age, _is_open=fates.is_open)
        listed = listed.filter(listed["_is_open"] & (listed.open_time >= youngest))
        answer = source.answer(listed.select("run_id", *_SHOWN, "open_time"))
    answer = answer.sort_by([("open_time", "descending"), ("run_id", "ascending")])
    found: pd.DataFrame = answer.to_pandas().set_index("run_id")
    return found


def _reasons(stuck: pd.DataFrame, is_own: pd.Series[bool]) -> pd.Series[str]:
    whose = np.where(is_own, "its technique", "all techniques")
    ratios = stuck["open_time"] / stuck["limit"]
    rows = zip(stuck["status"], ratios, stuck["n_timed"], whose, strict=True)
    reasons = [
        f"{status} {times:,.{int(times < 10)}f} times as long as 999 in 1,000 runs of {of} take; "
        f"judged by {n:,}"
        for status, times, n, of in rows
    ]
    return pd.Series(reasons, stuck.index, dtype="str")
