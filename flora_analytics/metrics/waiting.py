"""How old the oldest run is that has not ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.fates import FATE_COLUMNS, Fates, moment
from flora_analytics.metrics.tables import tabulate

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["open_time"]


def open_time(runs: Runs, *, now: dt.datetime | None = None, by: By = None) -> pd.DataFrame:
    """How long the oldest pending or running run has been open, for each group.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``created_at``, ``completed_at``, the columns of `by`, and ``read_at``
        unless `now` is given.
    now : datetime, optional
        When the open runs were last seen open; by default the newest ``read_at``. Runs that
        ended later were open then.
    by : str or sequence of str, optional
        How runs are cut into groups; see `flora_analytics.metrics`.

    Returns
    -------
    DataFrame, one row per group, longest open first
        ``n_open``     int64            pending or running [runs]
        ``open_time``  timedelta64[us]  from the creation of the oldest to `now`; NaT without one

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known.
    ConfigurationError
        If `now` has no time zone.

    Examples
    --------
    >>> import pandas as pd
    >>> noon = pd.Timestamp("2026-03-02 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"status": ["running", "completed"], "created_at": [noon] * 2,
    ...                      "completed_at": [pd.NaT, noon + pd.Timedelta("9s")]})
    >>> open_time(runs, now=noon + pd.Timedelta("5min")).loc[0, "open_time"]
    Timedelta('0 days 00:05:00')
    """
    at = moment(runs, now)

    def formula(runs: Table, source: OpenedRuns) -> dict[str, Value]:
        fates = Fates.at(runs, source, at)
        return {
            "n_open": runs.count(where=fates.is_open),
            "open_time": fates.age.max(where=fates.is_open),
        }

    return tabulate(
        runs, Cut(by), formula, needs=FATE_COLUMNS, largest=["open_time"], spans=["open_time"]
    )
