"""Runs of a window of time, of whatever kind they are."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.calendar import Window, check_window
from flora_analytics.errors import MissingColumnError
from flora_analytics.frame import check_instants, to_table
from flora_analytics.metrics.engine import columns_of

if TYPE_CHECKING:
    from flora_analytics.metrics.engine import Runs

__all__ = ["in_window"]


def in_window(runs: Runs, window: Window) -> Runs:
    """The runs created in the window: from its start up to, but not including, its end.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``created_at``.
    window : Window
        UTC instants; a side that is None is open.

    Returns
    -------
    As given: a new frame or Arrow table; an Ibis table or Spark frame stays lazy.

    Raises
    ------
    MissingColumnError
        If ``created_at`` is not there.
    DataError
        If ``created_at`` of a frame or an Arrow table holds no instants.
    ConfigurationError
        If `window` is no `Window`.

    Examples
    --------
    >>> from flora_analytics.calendar import Window
    >>> runs = pd.DataFrame({"created_at": pd.to_datetime(["2026-02-28", "2026-03-01"], utc=True)})
    >>> len(in_window(runs, Window.parse("2026-03-01")))
    1
    """
    check_window(window)
    if "created_at" not in columns_of(runs):
        raise MissingColumnError.of(["created_at"], columns_of(runs))
    if window == Window():
        return runs.copy() if isinstance(runs, pd.DataFrame) else runs
    if isinstance(runs, pd.DataFrame):
        # As figures read it, so that both take the same columns.
        created = to_table(runs[["created_at"]])["created_at"].to_pandas()
        return runs[_inside(created, window).to_numpy(bool)]
    if isinstance(runs, pa.Table):
        check_instants("created_at", runs["created_at"].type)
        return runs.filter(_inside(pc.field("created_at"), window))
    return runs.filter(_inside(runs["created_at"], window))


def _inside(created: Any, window: Window) -> Any:
    """The condition, in the operators of whatever kind of column it is."""
    conditions = [created >= window.start] if window.start is not None else []
    conditions += [created < window.end] if window.end is not None else []
    return functools.reduce(operator.and_, conditions)
