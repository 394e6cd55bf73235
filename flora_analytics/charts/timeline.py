"""Figures over time: periods from left to right in the table's zone, gaps where nothing ran.

`timeline_bars` is for what adds up, one colour a group; `timeline_lines` for what does not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

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
    from flora_analytics.charts.table import Row

__all__ = ["timeline_bars", "timeline_lines"]

#: Groups with a colour of their own; the others are the tail.
_MOST_GROUPS = 6
_NAN = float("nan")

Key = tuple[str, ...]


def timeline_bars(rows: Sequence[Row], bars: Bars, *, ax: Axes | None) -> Axes:
    """A bar for each period that has runs, stacked by group, largest group at the bottom."""
    groups = grouped(rows, lambda row: row.key)
    ranked = sorted(groups, key=lambda key: -float(total(groups[key], bars.column) or 0))
    shown = ranked if len(ranked) <= _MOST_GROUPS + 1 else ranked[:_MOST_GROUPS]
    stacks = {key: groups[key] for key in shown}
    if tail := [row for key in ranked[len(shown) :] for row in groups[key]]:
        by_period = grouped(tail, lambda row: (str(row.period),))
        stacks[OTHER] = [pooled(own, bars.adds) for own in by_period.values()]
    ax, periods = _axes(ax, rows, n_entries=len(stacks))
    colours = _colours(stacks, alarm=bars.alarm)
    tops: dict[float, float] = {}
    for key, own in stacks.items():
        at = [periods.place(row.period) for row in own]
        heights = [float(row[bars.column] or 0) for row in own]
        ax.bar(
            at,
            heights,
            bottom=[tops.get(x, 0.0) for x in at],
            width=periods.width * 0.82,
            color=colours[key],
            edgecolor=current().paper,
            linewidth=0.4 if len(stacks) > 1 and _slot(ax, periods) > 6 else 0.0,
        )
        for x, height in zip(at, heights, strict=True):
            tops[x] = tops.get(x, 0.0) + height
    suffix = set_scale(ax, "y", list(tops.values()), kind=bars.kind, bars=True)
    name_axis(ax.yaxis, folded(bars.label + suffix, room(ax)[1] * 0.55))
    notes = [_write_n(ax, rows, bars, tops, periods), bars.left_out(rows)]
    periods.write(ax, note=("\n" if is_narrow(ax) else "; ").join(filter(None, notes)))
    if len(stacks) > 1 or shown[0]:
        _legend(ax, stacks, len(ranked) - len(shown), [Patch(color=colours[k]) for k in stacks])
    return ax


def timeline_lines(rows: Sequence[Row], dots: Dots, *, ax: Axes | None) -> Axes:
    """A line for each mark, or for each of the busiest groups; broken where nothing ran."""
    groups = grouped(rows, lambda row: row.key)
    ranked = sorted(groups, key=lambda key: -sum(row.n(dots.n) for row in groups[key]))
    shown = {key: groups[key] for key in ranked[:_MOST_GROUPS]}
    if ranked != [()]:
        # The intervals of several groups would hide one another; hollow points warn instead.
        dots = replace(dots, interval=None)
    ax, periods = _axes(ax, rows, n_entries=max(len(shown), len(dots.marks)))
    lines = _marks_as_lines(rows, dots) if ranked == [()] else _groups_as_lines(shown, dots)
    drawn: list[float] = []
    any_few = False
    for line, own, column in lines:
        any_few |= _line(ax, line, own, column, dots, periods)
        drawn += [float(row[column]) for row in own if row[column] is not None]
        if dots.interval:
            ends = [row[end] for row in own for end in dots.interval]
            drawn += [float(end) for end in ends if end is not None]
    said = dots.label if ranked == [()] else dots.main_label
    said += set_scale(ax, "y", drawn, kind=dots.kind, bars=False)
    name_axis(ax.yaxis, folded(said, room(ax)[1] * 0.55))
    periods.write(ax, note=f"hollow: fewer than {FEW} runs" if any_few else "")
    handles = [line for line, _, _ in lines]
    if ranked == [()]:
        if len(lines) > 1:
            add_legend(ax, list(zip(handles, [name for _, name in dots.marks], strict=True)))
    else:
        _legend(ax, shown, len(ranked) - len(shown), handles)
    return ax


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


def _marks_as_lines(rows: Sequence[Row], dots: Dots) -> list[tuple[Line2D, Sequence[Row], str]]:
    plain = current().alarm if dots.alarm else current().accent
    styles = ("-", (0, (4, 1.5)), (0, (1, 1.5)))
    return [
        (_stroke(plain, styles[at % 3], "osD^v"[at % 5]), rows, column)
        for at, (column, _) in enumerate(dots.marks)
    ]


def _groups_as_lines(
    groups: dict[Key, list[Row]], dots: Dots
) -> list[tuple[Line2D, Sequence[Row], str]]:
    colours = colours_of(list(groups))
    return [(_stroke(colours[key], "-", "o"), own, dots.column) for key, own in groups.items()]


def _stroke(colour: str, style: object, marker: str) -> Line2D:
    return Line2D(
        [],
        [],
        color=colour,
        linestyle=style,
        linewidth=1.5,
        marker=marker,
        markersize=4.2,
        markeredgewidth=1.0,
    )


def _line(
    ax: Axes,
    line: Line2D,
    rows: Sequence[Row],
    column: str,
    dots: Dots,
    periods: Periods,
) -> bool:
    """Draw one line; whether any of its points rests on few runs and shows no interval."""
    is_dense = _slot(ax, periods) < 5
    colour = line.get_color()
    points = [(periods.place(row.period), row) for row in rows if row[column] is not None]
    xs: list[float] = []
    ys: list[float] = []
    for x, row in points:
        if xs and x - xs[-1] > 1.5 * periods.step:
            xs.append(_NAN)
            ys.append(_NAN)
        xs.append(x)
        ys.append(float(row[column]))
    stroke = Line2D(xs, ys)
    stroke.update_from(line)
    stroke.set_marker("")
    if is_dense:
        stroke.set_linewidth(0.9)
    if dots.interval:
        stroke.set_alpha(0.5)
    ax.add_line(stroke)
    few = [row.n(dots.n) < FEW and not dots.interval and not is_dense for _, row in points]
    for hollow in (False, True):
        chosen = [point for point, is_few in zip(points, few, strict=True) if is_few is hollow]
        dot = Line2D([x for x, _ in chosen], [float(row[column]) for _, row in chosen])
        dot.update_from(line)
        dot.set(linestyle="none", zorder=3)
        if is_dense:
            dot.set(markersize=1.6, marker="o", markeredgewidth=0.0)
        if hollow:
            dot.set_markerfacecolor(current().paper)
        ax.add_line(dot)
    if dots.interval:
        low, high = dots.interval
        for x, row in points:
            ax.plot(
                [x, x],
                [row[low], row[high]],
                color=colour,
                alpha=0.45,
                linewidth=0.6 if is_dense else 1.6,
                solid_capstyle="round",
                zorder=2,
            )
    return any(few)


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
