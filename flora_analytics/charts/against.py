"""Values against a mark that they should keep to: a dot, its interval, and the mark in one row.

Rows ready to be drawn in, an `Axes` out. Knows no table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flora_analytics.charts.layout import is_narrow, no_runs, room, text_width
from flora_analytics.charts.ranks import write_rows
from flora_analytics.charts.scales import set_scale
from flora_analytics.charts.style import current, dress, name_axis, new_axes
from flora_analytics.charts.words import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from flora_analytics.charts.scales import Kind

__all__ = ["Against", "draw_against"]

_MOST_ROWS = 12
#: What may stand beside the rows, as a part of the chart's width: the values need the rest.
_MOST_DETAIL = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """One row.

    Attributes
    ----------
    names : tuple of str
        What the row is about; names that users wrote are made safe when drawn.
    key : tuple of str
        Tells rows of the same name apart.
    value, mark : float or None
        The dot, and the line it should keep to.
    interval : (float, float) or None
    text, detail : str
        What stands beside the row, and what else if there is room.
    alarm : bool
        Whether the row tells of something amiss.
    """

    names: tuple[str, ...]
    key: tuple[str, ...]
    value: float | None
    mark: float | None
    text: str
    detail: str = ""
    interval: tuple[float, float] | None = None
    alarm: bool = False


def draw_against(rows: Sequence[Against], *, label: str, kind: Kind, ax: Axes | None) -> Axes:
    """The rows from the top, as they come; those that do not fit are counted."""
    if not rows:
        return no_runs(ax if ax is not None else new_axes(height=2.0), label)
    n_rows = _MOST_ROWS
    if ax is None:
        ax = new_axes(height=max(1.15, 0.75 + 0.27 * min(len(rows), n_rows)))
    else:
        n_rows = max(3, min(n_rows, int((room(ax)[1] - 45) / 14)))
    shown = rows if len(rows) <= n_rows else rows[: n_rows - 1]
    dress(ax, value="x")
    for y, row in enumerate(shown):
        _draw_row(ax, y, row)
    limit = max(16, min(36, int(room(ax)[0] / 13)))
    names = labels([row.names for row in shown], [row.key for row in shown], limit=limit)
    longest = max(text_width(row.detail) for row in shown)
    brief = is_narrow(ax) or longest > _MOST_DETAIL * room(ax)[0]
    texts = [(row.text, "" if brief else row.detail) for row in shown]
    if n_left_out := len(rows) - len(shown):
        names.append(f"{n_left_out:,} more")
        texts.append(("", "not shown"))
    write_rows(ax, names, texts)
    drawn = [value for row in shown for value in (row.value, row.mark, *(row.interval or ()))]
    values = [value for value in drawn if value is not None]
    suffix = set_scale(ax, "x", values, kind=kind, bars=False, n_ticks=2 if brief else 3)
    if kind == "share" and values:
        # Promises lie near 1; from 0 on, all rows would look kept.
        least = min(values)
        ax.set_xlim(least - 0.08 * (1 - least) - 0.002, 1.0 + 0.03 * (1 - least) + 0.001)
    quantity, *notes = label.split("\n")
    name_axis(ax.xaxis, "\n".join([quantity + suffix, *notes]))
    return ax


def _draw_row(ax: Axes, y: int, row: Against) -> None:
    colour = current().alarm if row.alarm else current().accent
    if row.interval is not None:
        ax.plot(
            row.interval, [y, y], color=colour, alpha=0.45, linewidth=2.2, solid_capstyle="round"
        )
    if row.mark is not None:
        ax.plot([row.mark] * 2, [y - 0.3, y + 0.3], color=current().ink, linewidth=1.4, zorder=3)
    if row.value is not None:
        ax.plot([row.value], [y], "o", color=colour, markersize=6.0, zorder=4, clip_on=False)
