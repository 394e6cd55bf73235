"""Charts of time spent: waiting, executing, and both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flora_analytics.charts.draw import draw_dots
from flora_analytics.charts.measures import Dots
from flora_analytics.charts.words import count
from flora_analytics.errors import MissingColumnError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from flora_analytics.charts.table import Row

__all__ = ["draw_spans", "plot_execution_time", "plot_queue_time", "plot_turnaround_time"]


def plot_queue_time(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.queue_time` table: from creation to start.

    One row a group with a mark at each quantile of the table, slowest median on top, and the
    number of runs that were timed; open runs are named, since their time is still growing. If
    not all groups fit, the busiest are shown and the others counted.
    Over time a line for each quantile, or by group the first one only; points of fewer than
    ten runs are hollow. The axis reads in seconds, minutes, hours or days, and is logarithmic,
    and says so, where the values differ more than fiftyfold.

    Parameters, returns and raises as `plot_charged_cost`.

    Examples
    --------
    >>> import pandas as pd
    >>> spans = {name: pd.to_timedelta([s], unit="s") for name, s in (("p50", 2), ("p90", 9))}
    >>> ax = plot_queue_time(pd.DataFrame({"n_timed": [12], "n_open": [1], **spans}))
    >>> [text.get_text() for text in ax.texts]
    ['2 s', '12 runs, 1 open']
    """
    return draw_spans(table, "queue_time", "Queue time", ax)


def plot_execution_time(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.execution_time` table, from start to end, as `plot_queue_time` does."""
    return draw_spans(table, "execution_time", "Execution time", ax)


def plot_turnaround_time(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.turnaround_time` table, from creation to end, as `plot_queue_time` does."""
    return draw_spans(table, "turnaround_time", "Turnaround time", ax)


def draw_spans(table: pd.DataFrame, figure: str, label: str, ax: Axes | None) -> Axes:
    """Draw the quantiles of a table of `figure`, whichever it has."""
    quantiles = {name: float(name[1:]) for name in map(str, table.columns) if _is_quantile(name)}
    if not quantiles:
        raise MissingColumnError(
            f"plot_{figure} draws quantiles such as p50, and a table of {sorted(table.columns)} "
            f"has none. Give it the table that metrics.{figure} returns."
        )
    in_order = sorted(quantiles, key=lambda name: quantiles[name])
    dots = Dots(
        label=label,
        main_label=f"{label}, {_name(quantiles[in_order[0]])}",
        kind="span",
        marks=tuple((name, _name(quantiles[name])) for name in in_order),
        n="n_timed",
        detail=_timed_and_open,
        missing="none timed",
        joined=True,
        rank=lambda row: -row.n("n_timed"),
        rest="fewer runs",
    )
    return draw_dots(table, dots, figure=figure, ax=ax)


def _is_quantile(name: str) -> bool:
    return re.fullmatch(r"p\d{1,3}(\.\d+)?", name) is not None


def _name(percentile: float) -> str:
    return "median" if percentile == 50 else f"{percentile:g}% within"


def _timed_and_open(row: Row) -> list[str]:
    n_open = row.n("n_open")
    return [count(row.n("n_timed"), "run"), *([f"{n_open:,} open"] if n_open else [])]
