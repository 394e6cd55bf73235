"""Charts of step curves over the time that runs take, with their bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from flora_analytics.charts.durations import draw_spans
from flora_analytics.charts.layout import add_legend, is_narrow, no_runs, room
from flora_analytics.charts.scales import set_scale
from flora_analytics.charts.style import colours_of, current, dress, name_axis, new_axes
from flora_analytics.charts.table import rows_of
from flora_analytics.charts.words import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = [
    "plot_success_incidence",
    "plot_time_to_success",
    "plot_turnaround_quantiles",
    "plot_turnaround_survival",
]

_SPAN = "turnaround_time"
_MOST_GROUPS = 6
#: A step narrower than a pixel cannot be seen.
_MOST_STEPS = 600

Key = tuple[str, ...]


def plot_turnaround_survival(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.turnaround_survival` table: the share of runs that take longer.

    A step curve with its band for each of the groups with the most runs, from 100 % down; the
    time axis is logarithmic, and says so, where spans differ more than fiftyfold.

    Parameters, returns and raises as `plot_charged_cost`. [0–1, labelled in percent]

    Examples
    --------
    >>> import pandas as pd
    >>> spans = pd.Index(pd.to_timedelta([2, 9], unit="s"), name="turnaround_time")
    >>> table = pd.DataFrame({"n_at_risk": [5, 2], "still_open": [0.6, 0.3],
    ...                       "low": [0.2, 0.1], "high": [0.9, 0.7]}, index=spans)
    >>> plot_turnaround_survival(table).get_xlabel()
    'Turnaround time\\nbands: 95% confidence'
    """
    return _draw(table, ["still_open"], "Runs still open (share)", "turnaround_survival", ax)


def plot_success_incidence(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.success_incidence` table: the share that has completed, and failed.

    For one group both curves, the first with its band; for several what has completed, with
    the band of each.

    Parameters, returns and raises as `plot_charged_cost`. [0–1, labelled in percent]

    Examples
    --------
    >>> import pandas as pd
    >>> spans = pd.Index(pd.to_timedelta([2, 9], unit="s"), name="turnaround_time")
    >>> table = pd.DataFrame({"n_at_risk": [5, 2], "completed": [0.4, 0.4],
    ...                       "failed": [0.0, 0.2], "low": [0.1, 0.1], "high": [0.7, 0.7]},
    ...                      index=spans)
    >>> [text.get_text() for text in plot_success_incidence(table).get_legend().get_texts()]
    ['completed', 'failed']
    """
    several = any(name not in (None, _SPAN) for name in table.index.names)
    label = "Runs completed (share)" if several else "Runs ended (share)"
    return _draw(table, ["completed", "failed"], label, "success_incidence", ax)


def plot_turnaround_quantiles(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.turnaround_quantiles` table as `plot_queue_time` does."""
    label = "Turnaround time, open runs included"
    return draw_spans(table, "turnaround_quantiles", label, ax)


def plot_time_to_success(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.time_to_success` table as `plot_queue_time` does."""
    return draw_spans(table, "time_to_success", "Time to success, failures included", ax)


def _draw(
    table: pd.DataFrame, columns: Sequence[str], label: str, figure: str, ax: Axes | None
) -> Axes:
    rows_of(table.iloc[:0], needs=["n_at_risk", "low", "high", *columns], figure=figure)
    groups = _groups(table)
    if not groups:
        return no_runs(ax if ax is not None else new_axes(height=2.0), label)
    ax = ax if ax is not None else new_axes(height=3.0 if len(groups) == 1 else 3.3)
    dress(ax, value="y")
    ax.grid(visible=True, axis="x", color=current().grid, linewidth=0.8)
    shown = sorted(groups, key=lambda key: -int(groups[key]["n_at_risk"].iloc[0]))[:_MOST_GROUPS]
    entries: list[tuple[Artist, str]] = []
    if len(groups) == 1:
        (rows,) = groups.values()
        for colour, column in zip((current().accent, current().alarm), columns, strict=False):
            line = _step(ax, rows, column, colour, band=column == columns[0])
            entries += [(line, column.replace("_", " "))] if len(columns) > 1 else []
    else:
        colours = colours_of(shown)
        lines = [_step(ax, groups[key], columns[0], colours[key], band=True) for key in shown]
        names = [_names(groups[key], key) for key in shown]
        said = labels(names, shown, limit=max(14, min(28, int(room(ax)[0] / 14))))
        entries = list(zip(lines, said, strict=True))
        if more := len(groups) - len(shown):
            entries.append((Patch(alpha=0), f"{more:,} more not shown"))
    spans = [span for key in shown for span in _seconds(groups[key], columns)]
    n_ticks = 3 if is_narrow(ax) else 6
    suffix = set_scale(ax, "x", spans, kind="span", bars=False, n_ticks=n_ticks)
    set_scale(ax, "y", [0.0, 1.0], kind="share", bars=True)
    name_axis(ax.xaxis, f"Turnaround time{suffix}\nbands: 95% confidence")
    name_axis(ax.yaxis, label)
    if entries:
        add_legend(ax, entries)
    return ax


def _groups(table: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    levels = [name for name in table.index.names if name != _SPAN]
    if not levels:
        return {(): table} if len(table) else {}
    grouped = table.groupby(level=levels, sort=False)
    return {_texts(key): rows for key, rows in grouped if len(rows)}


def _texts(key: Any) -> Key:
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(f"{part:%Y-%m-%d}" if hasattr(part, "tzinfo") else str(part) for part in parts)


def _names(rows: pd.DataFrame, key: Key) -> Key:
    levels = [str(name) for name in rows.index.names if name != _SPAN]
    beside = [f"{level.removesuffix('_id')}_name" for level in levels]
    pairs = zip(beside, key, strict=True)
    return tuple(str(rows[name].iloc[0]) if name in rows else own for name, own in pairs)


def _seconds(rows: pd.DataFrame, columns: Sequence[str]) -> list[float]:
    """From where to where the curves move: a run that is stuck would make it years."""
    moves = np.flatnonzero((rows[columns].diff().abs() > 1e-4).any(axis=1))
    spans = rows.index.get_level_values(_SPAN)
    return [spans[at].total_seconds() for at in (0, moves[-1] if len(moves) else -1)]


def _step(ax: Axes, rows: pd.DataFrame, column: str, colour: str, *, band: bool) -> Line2D:
    places = np.unique(np.linspace(0, len(rows) - 1, _MOST_STEPS).round().astype(int))
    rows = rows.iloc[places]
    at = [span.total_seconds() for span in rows.index.get_level_values(_SPAN)]
    (line,) = ax.step(at, rows[column], where="post", color=colour, linewidth=1.6)
    if band:
        low, high = rows["low"], rows["high"]
        ax.fill_between(at, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
    return line
