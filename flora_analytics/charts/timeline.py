"""Figures over time: periods from left to right in the table's zone, gaps where nothing ran.

`timeline_bars` is for what adds up, one colour a group; `timeline_lines` for what does not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from flora_analytics.charts.layout import FEW, add_legend, folded, is_narrow, room, say, text_width
from flora_analytics.charts.periods import Periods
from flora_analytics.charts.scales import set_scale
from flora_analytics.charts.style import SMALL, colours_of, current, dress, name_axis, new_axes
from flora_analytics.charts.table import OTHER, grouped, pooled, total
from flora_analytics.charts.words import labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from flora_analytics.charts.measures import Bars, Dots
    from flora_analytics.charts.scales import Kind
    from flora_analytics.charts.table import Row

__all__ = ["timeline_bars", "timeline_lines"]

#: Groups with a colour of their own; the others are the tail.
_MOST_GROUPS = 6
_NAN = float("nan")

#: Periods narrower than this lose their markers. [points]
_DENSE = 5.0
_STYLES = ("-", (0, (4, 1.5)), (0, (1, 1.5)))
_MARKERS = "osD^v"

Key = tuple[str, ...]


class Points(NamedTuple):
    """One line: how it looks, and the rows and the column it goes through."""

    stroke: Line2D
    rows: Sequence[Row]
    column: str


def timeline_bars(rows: Sequence[Row], bars: Bars, *, ax: Axes | None) -> Axes:
    """A bar for each period that has runs, stacked by group, largest group at the bottom."""
    stacks, n_in_tail = _stacks(rows, bars)
    ax, periods = _axes(ax, rows, n_entries=len(stacks))
    colours = _colours(stacks, alarm=bars.alarm)
    tops: dict[float, float] = {}
    for key, own in stacks.items():
        at = [periods.place(row.period) for row in own]
        heights = [float(row[bars.column] or 0) for row in own]
        below = [tops.get(x, 0.0) for x in at]
        # A rule between the parts of a stack, where it would not be wider than they are.
        rule = 0.4 if len(stacks) > 1 and _slot(ax, periods) > 6 else 0.0
        style = {"color": colours[key], "edgecolor": current().paper, "linewidth": rule}
        ax.bar(at, heights, periods.width * 0.82, below, **style)  # type: ignore[arg-type]
        tops |= {x: low + high for x, low, high in zip(at, below, heights, strict=True)}
    _name_values(ax, bars.label, list(tops.values()), kind=bars.kind, bars=True)
    notes = [_write_n(ax, rows, bars, tops, periods), bars.left_out(rows)]
    periods.write(ax, note=("\n" if is_narrow(ax) else "; ").join(filter(None, notes)))
    if () not in stacks:
        _legend(ax, stacks, n_in_tail, [Patch(color=colours[key]) for key in stacks])
    return ax


def timeline_lines(rows: Sequence[Row], dots: Dots, *, ax: Axes | None) -> Axes:
    """A line for each mark, or for each of the busiest groups; broken where nothing ran."""
    if not rows[0].key:
        return _mark_lines(rows, dots, ax)
    groups = grouped(rows, lambda row: row.key)
    busiest = sorted(groups, key=lambda key: -sum(row.n(dots.n) for row in groups[key]))
    shown = {key: groups[key] for key in busiest[:_MOST_GROUPS]}
    # The intervals of several groups would hide one another; hollow points warn instead.
    bare = replace(dots, interval=None)
    ax, periods = _axes(ax, rows, n_entries=len(shown))
    strokes = {key: _stroke(colour) for key, colour in colours_of(list(shown)).items()}
    lines = [Points(strokes[key], own, dots.column) for key, own in shown.items()]
    _draw_lines(ax, lines, bare, periods, label=dots.main_label)
    _legend(ax, shown, len(groups) - len(shown), list(strokes.values()))
    return ax


def _mark_lines(rows: Sequence[Row], dots: Dots, ax: Axes | None) -> Axes:
    ax, periods = _axes(ax, rows, n_entries=len(dots.marks))
    plain = current().alarm if dots.alarm else current().accent
    lines = [
        Points(_stroke(plain, _STYLES[at % 3], _MARKERS[at % 5]), rows, column)
        for at, (column, _) in enumerate(dots.marks)
    ]
    _draw_lines(ax, lines, dots, periods, label=dots.label)
    if len(lines) > 1:
        names = [name for _, name in dots.marks]
        add_legend(ax, list(zip([line.stroke for line in lines], names, strict=True)))
    return ax


def _draw_lines(
    ax: Axes, lines: Sequence[Points], dots: Dots, periods: Periods, *, label: str
) -> None:
    any_few = [_line(ax, line, dots, periods) for line in lines]
    values = [row[line.column] for line in lines for row in line.rows]
    ends = [row[end] for line in lines for row in line.rows for end in dots.interval or ()]
    drawn = [float(value) for value in (*values, *ends) if value is not None]
    _name_values(ax, label, drawn, kind=dots.kind, bars=False)
    hollow = f"hollow: fewer than {FEW} runs" if any(any_few) else ""
    periods.write(ax, note="; ".join(filter(None, [dots.uncertainty, hollow])))


def _axes(ax: Axes | None, rows: Sequence[Row], *, n_entries: int) -> tuple[Axes, Periods]:
    if ax is None:
        ax = new_axes(height=2.9 if n_entries == 1 else 3.2 + 0.2 * (n_entries // 4))
    dress(ax, value="y")
    return ax, Periods.of([row.period for row in rows if row.period is not None])


def _slot(ax: Axes, periods: Periods) -> float:
    """How wide one period is drawn. [points]"""
    return room(ax)[0] * 0.8 / periods.n_slots


def _colours(stacks: Mapping[Key, Sequence[Row]], *, alarm: bool) -> dict[Key, str]:
    plain = current().alarm if alarm else current().accent
    named = [key for key in stacks if key not in ((), OTHER)]
    return {(): plain, OTHER: current().other, **colours_of(named)}


def _stacks(rows: Sequence[Row], bars: Bars) -> tuple[dict[Key, list[Row]], int]:
    """The rows of the largest groups, and those of the others added up; how many others."""
    groups = grouped(rows, lambda row: row.key)
    ranked = sorted(groups, key=lambda key: -float(total(groups[key], bars.column) or 0))
    shown = ranked if len(ranked) <= _MOST_GROUPS + 1 else ranked[:_MOST_GROUPS]
    stacks = {key: groups[key] for key in shown}
    if tail := [row for key in ranked[len(shown) :] for row in groups[key]]:
        by_period = grouped(tail, lambda row: (str(row.period),))
        stacks[OTHER] = [pooled(own, bars.adds) for own in by_period.values()]
    return stacks, len(ranked) - len(shown)


def _name_values(ax: Axes, label: str, values: Sequence[float], *, kind: Kind, bars: bool) -> None:
    label += set_scale(ax, "y", values, kind=kind, bars=bars)
    name_axis(ax.yaxis, folded(label, room(ax)[1] * 0.55))


def _stroke(colour: str, style: Any = "-", marker: str = "o") -> Line2D:
    line = Line2D([], [], color=colour, linestyle=style, marker=marker)
    line.set(linewidth=1.5, markersize=4.2, markeredgewidth=1.0)
    return line


def _line(ax: Axes, line: Points, dots: Dots, periods: Periods) -> bool:
    """Draw one line; whether any of its points rests on few runs and shows no interval."""
    is_dense = _slot(ax, periods) < _DENSE
    stated = [row for row in line.rows if row[line.column] is not None]
    points = sorted(((periods.place(row.period), row) for row in stated), key=lambda at: at[0])
    ax.add_line(_through(points, line, periods, is_dense=is_dense, pale=bool(dots.interval)))
    few = [row.n(dots.n) < FEW and not dots.interval and not is_dense for _, row in points]
    for hollow in (False, True):
        chosen = [point for point, is_few in zip(points, few, strict=True) if is_few is hollow]
        dot = Line2D([x for x, _ in chosen], [float(row[line.column]) for _, row in chosen])
        dot.update_from(line.stroke)
        dot.set(linestyle="none", zorder=3)
        if is_dense:
            dot.set(markersize=1.6, marker="o", markeredgewidth=0.0)
        if hollow:
            dot.set_markerfacecolor(current().paper)
        ax.add_line(dot)
    if dots.interval:
        low, high = dots.interval
        style = {"color": line.stroke.get_color(), "alpha": 0.45, "zorder": 2}
        for x, row in points:
            ax.plot([x, x], [row[low], row[high]], linewidth=0.6 if is_dense else 1.6, **style)
    return any(few)


def _through(
    points: Sequence[tuple[float, Row]],
    line: Points,
    periods: Periods,
    *,
    is_dense: bool,
    pale: bool,
) -> Line2D:
    """The line through the points, broken where a period is missing between them."""
    xs: list[float] = []
    ys: list[float] = []
    for x, row in points:
        if xs and x - xs[-1] > 1.5 * periods.step:
            xs.append(_NAN)
            ys.append(_NAN)
        xs.append(x)
        ys.append(float(row[line.column]))
    stroke = Line2D(xs, ys)
    stroke.update_from(line.stroke)
    stroke.set(marker="", alpha=0.5 if pale else None)
    if is_dense:
        stroke.set_linewidth(0.9)
    return stroke


def _write_n(
    ax: Axes, rows: Sequence[Row], bars: Bars, tops: dict[float, float], periods: Periods
) -> str:
    """Over each bar its number of runs, where they fit; "?" where no cost is stated.

    Gives the words that explain the numbers.
    """
    by_place = grouped(rows, lambda row: (str(periods.place(row.period)),))
    counts = {periods.place(own[0].period): own for own in by_place.values()}
    texts = {x: f"{sum(row.n(bars.n) for row in own):,}" for x, own in counts.items()}
    slot = _slot(ax, periods)
    fits = all(text_width(text, SMALL) < slot for text in texts.values())
    for x, own in counts.items():
        n = sum(row.n(bars.n) for row in own)
        if total(own, bars.column) is None and n:
            say(ax, "?", (x, 0), xytext=(0, 7), ha="center")
        elif fits and n:
            say(ax, texts[x], (x, tops[x]), xytext=(0, 6), ha="center")
    return f"over each bar: {bars.noun}" if fits and bars.n != bars.column else ""


def _legend(
    ax: Axes, groups: Mapping[Key, Sequence[Row]], n_left_out: int, handles: Sequence[Artist]
) -> None:
    named = [key for key in groups if key != OTHER]
    limit = max(14, min(28, int(room(ax)[0] / 14)))
    said = labels([groups[key][0].names for key in named], named, limit=limit)
    tail = f"other ({n_left_out:,})" if OTHER in groups else ""
    entries = list(zip(handles, [*said, *([tail] if tail else [])], strict=True))
    if n_left_out and not tail:
        entries.append((Patch(alpha=0), f"{n_left_out:,} more not shown"))
    add_legend(ax, entries)
