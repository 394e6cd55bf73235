"""Runs of a window of time, of whatever kind they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.errors import MissingColumnError
from flora_analytics.metrics.engine import columns_of

if TYPE_CHECKING:
    from flora_analytics.calendar import Window
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

    Examples
    --------
    >>> from flora_analytics.calendar import Window
    >>> runs = pd.DataFrame({"created_at": pd.to_datetime(["2026-02-28", "2026-03-01"], utc=True)})
    >>> len(in_window(runs, Window.parse("2026-03-01")))
    1
    """
    if "created_at" not in columns_of(runs):
        raise MissingColumnError.of(["created_at"], columns_of(runs))
    created_at = pc.field("created_at") if isinstance(runs, pa.Table) else runs["created_at"]
    inside = [created_at >= window.start] if window.start is not None else []
    inside += [created_at < window.end] if window.end is not None else []
    for condition in inside[1:]:
        inside[0] = inside[0] & condition
    if isinstance(runs, pd.DataFrame):
        return runs[inside[0]] if inside else runs.copy()
    return runs.filter(inside[0]) if inside else runs
