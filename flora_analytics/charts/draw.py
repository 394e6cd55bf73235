"""The one place where a chart chooses its form: by the shape of the table it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.charts.layout import no_runs
from flora_analytics.charts.ranks import ranked_bars, ranked_dots
from flora_analytics.charts.style import new_axes
from flora_analytics.charts.table import rows_of
from flora_analytics.charts.timeline import timeline_bars, timeline_lines

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from flora_analytics.charts.measures import Bars, Dots

__all__ = ["draw_bars", "draw_dots"]


def draw_bars(table: pd.DataFrame, bars: Bars, *, figure: str, ax: Axes | None) -> Axes:
    """Bars by group, or by period if the table has periods."""
    rows = rows_of(table, needs=bars.adds, figure=figure)
    if not rows or (not rows[0].key and not any(row.n(bars.n) for row in rows)):
        return no_runs(ax if ax is not None else new_axes(height=2.0), bars.label)
    draw = ranked_bars if rows[0].period is None else timeline_bars
    return draw(rows, bars, ax=ax)


def draw_dots(table: pd.DataFrame, dots: Dots, *, figure: str, ax: Axes | None) -> Axes:
    """Dots by group, or lines over time."""
    needs = [dots.n, *(column for column, _ in dots.marks), *(dots.interval or ())]
    rows = rows_of(table, needs=needs, figure=figure)
    if not rows or (not rows[0].key and not any(row.n("n_runs") or row.n(dots.n) for row in rows)):
        return no_runs(ax if ax is not None else new_axes(height=2.0), dots.label)
    draw = ranked_dots if rows[0].period is None else timeline_lines
    return draw(rows, dots, ax=ax)
