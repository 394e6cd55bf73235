"""Charts of use: how much, how many at once, and at which hours of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, to_hex

from flora_analytics.charts.draw import draw_bars, draw_dots
from flora_analytics.charts.layout import no_runs
from flora_analytics.charts.measures import Bars, Dots
from flora_analytics.charts.style import Theme, current, dress, name_axis, new_axes
from flora_analytics.charts.table import rows_of
from flora_analytics.charts.words import count, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_activity", "plot_concurrency", "plot_usage", "shades"]

_COUNTED = (("n_outputs", "output"), ("n_projects", "project"), ("n_techniques", "technique"))
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_N_SHADES = 9  # more than an eye tells apart, and few enough to be named one by one


def plot_usage(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.usage` table: runs for each group or period, from zero.

    Beside each bar of a group stand its outputs, projects and techniques.

    Parameters, returns and raises as `plot_charged_cost`. [runs]

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["n_runs", "n_outputs", "n_workspaces", "n_projects", "n_techniques"]
    >>> ax = plot_usage(pd.DataFrame([[40, 90, 1, 3, 5]], columns=columns))
    >>> [text.get_text() for text in ax.texts]
    ['40', '90 outputs, 3 projects, 5 techniques']
    """
    beside = [
        (name, noun)
        for name, noun in _COUNTED
        # A technique is one technique.
        if f"{noun}_id" not in table.index.names
    ]
    bars = Bars(
        column="n_runs",
        label="Runs",
        kind="count",
        adds=("n_runs", "n_outputs"),
        detail=lambda row: [
            count(row.n(name), noun) for name, noun in beside if row.cells.get(name) is not None
        ],
        n_unknown="",
    )
    return draw_bars(table, bars, figure="usage", ax=ax)


def plot_concurrency(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.concurrency` table: the most runs under way at once, and their mean.

    Parameters, returns and raises as `plot_charged_cost`. [runs at one time]

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame([[9, 4, 1.25]],
    ...                      columns=["n_runs", "max_concurrency", "mean_concurrency"])
    >>> plot_concurrency(table).get_xlabel()
    'Runs at one time'
    """
    dots = Dots(
        label="Runs at one time",
        main_label="Most runs at one time",
        kind="count",
        marks=(("max_concurrency", "most"), ("mean_concurrency", "mean over time")),
        n="n_runs",
        detail=lambda row: [count(row.n("n_runs"), "run")],
        missing="none",
        joined=True,
    )
    return draw_dots(table, dots, figure="concurrency", ax=ax)


def shades(theme: Theme) -> tuple[str, ...]:
    """The colours of cells from few runs to many, as ``#rrggbb``."""
    ramp = LinearSegmentedColormap.from_list("pace", [theme.grid, theme.accent], N=_N_SHADES)
    return tuple(to_hex(ramp(step)) for step in range(_N_SHADES))


def plot_activity(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.activity` table: a cell for each hour of the week, fuller with more runs.

    Groups are laid over one another, their runs per hour added up. Hours that the stretch of
    time does not hold are crossed out, those without runs are paper.

    Parameters, returns and raises as `plot_charged_cost`. [runs per hour]

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_product([range(1, 8), range(24)], names=["weekday", "hour"])
    >>> table = pd.DataFrame({"n_runs": 1, "hours": 2.0, "runs_per_hour": 0.5}, index=index)
    >>> plot_activity(table).get_xlabel()
    'Hour of the local clock; full colour: 0.5 runs per hour'
    """
    flat = table.reset_index([name for name in ("weekday", "hour") if name in table.index.names])
    rows = rows_of(flat, needs=["weekday", "hour", "n_runs", "runs_per_hour"], figure="activity")
    ax = ax if ax is not None else new_axes(height=2.4)
    if not any(row.n("n_runs") for row in rows):
        return no_runs(ax, "Hour of the local clock")
    pace = np.zeros((7, 24))
    for row in rows:
        value = row["runs_per_hour"]
        pace[row.n("weekday") - 1, row.n("hour")] += np.nan if value is None else value
    dress(ax, value="x")
    ax.grid(visible=False)
    ramp = ListedColormap(shades(current())).with_extremes(under=current().paper)
    least = np.nextafter(0, 1)
    ax.pcolormesh(
        np.arange(25), np.arange(8), np.ma.masked_invalid(pace), cmap=ramp,
        vmin=least, vmax=max(float(np.nanmax(pace)), 2 * least),
        edgecolors=current().paper, linewidth=1.0,
    )  # fmt: skip
    for day, hour in zip(*np.nonzero(np.isnan(pace)), strict=True):
        ax.plot([hour + 0.3, hour + 0.7], [day + 0.3, day + 0.7], color=current().grid, lw=0.8)
    ax.set_ylim(7, 0)
    ax.set_yticks(np.arange(7) + 0.5, _WEEKDAYS)
    ax.set_xticks(range(0, 25, 3), [f"{hour}:00" for hour in range(0, 25, 3)])
    ax.spines[:].set_visible(False)
    most = number(float(np.nanmax(pace)), digits=2)
    name_axis(ax.xaxis, f"Hour of the local clock; full colour: {most} runs per hour")
    return ax
