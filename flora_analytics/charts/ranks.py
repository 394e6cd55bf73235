"""Groups without periods: a row for each, largest on top, with its value and its runs beside it.

`ranked_bars` is for what adds up (money, counts), `ranked_dots` for what does not (rates, unit
costs, quantiles): there the tail is named and left out, since it cannot be added.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from flora_analytics.charts.layout import add_legend, is_narrow, room, say, text_width
from flora_analytics.charts.scales import as_text, as_texts, set_scale
from flora_analytics.charts.style import (
    NORMAL,
    colours_of,
    current,
    dress,
    name_axis,
    new_axes,
)
from flora_analytics.charts.table import OTHER, grouped, pooled, total
from flora_analytics.charts.words import count, labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from flora_analytics.charts.measures import Bars, Dots
    from flora_analytics.charts.table import Row

__all__ = ["ranked_bars", "ranked_dots", "write_rows"]

_MOST_ROWS = 12
#: A second dimension with no more keys than this is told apart by colour.
_MOST_COLOURS = 6
_MARKS = "osD^v"

Key = tuple[str, ...]
Group = tuple[Key, "Sequence[Row]"]
Stack = list[tuple[Key, "Row"]]


def ranked_bars(rows: Sequence[Row], bars: Bars, *, ax: Axes | None) -> Axes:
    """A bar for each group, cut by colour where there is a small second dimension."""
    across, along = _dimensions(rows)
    groups = _with_total(grouped(rows, lambda row: _pick(row.key, across)), bars.column)
    ax, n_rows = _axes(ax, len(groups), legend=bool(along))
    shown = groups if len(groups) <= n_rows else groups[: n_rows - 1]
    tail = groups[len(shown) :]
    dress(ax, value="x")
    colours = colours_of(sorted({_pick(row.key, along) for row in rows})) if along else {}
    stacks = [_parts(own, along) for _, own in shown]
    if tail:
        stacks.append(_pooled_parts([row for _, own in tail for row in own], along, bars))
    for y, stack in enumerate(stacks):
        _stack(ax, y, stack, bars, colours)
    texts = _bar_texts(stacks, bars, brief=is_narrow(ax))
    tail_label = [f"other ({len(tail):,})"] if tail else []
    write_rows(ax, [*_labels(ax, shown, across), *tail_label], texts)
    ends = [float(total([row for _, row in stack], bars.column) or 0) for stack in stacks]
    suffix = set_scale(ax, "x", ends, kind=bars.kind, bars=True, n_ticks=_n_ticks(ax))
    note = bars.left_out(rows) if is_narrow(ax) else ""
    name_axis(ax.xaxis, bars.label + suffix + (f"\n{note}" if note else ""))
    if along:
        _colour_legend(ax, rows, along, colours)
    return ax


def ranked_dots(rows: Sequence[Row], dots: Dots, *, ax: Axes | None) -> Axes:
    """A dot for each group and mark on one line, with the interval where there is one."""
    across, along = _dimensions(rows)
    groups = list(grouped(sorted(rows, key=dots.rank), lambda row: _pick(row.key, across)).items())
    several = len(dots.marks) > 1 and not along
    more = bool(along) or several or bool(dots.interval)
    ax, n_rows = _axes(ax, len(groups), legend=more)
    shown = groups if len(groups) <= n_rows else groups[: n_rows - 1]
    n_left_out = len(groups) - len(shown)
    shown.sort(key=lambda group: _largest_first(group[1][0][dots.column]))
    dress(ax, value="x")
    colours = colours_of(sorted({_pick(row.key, along) for row in rows})) if along else {}
    values: list[float] = []
    for y, (_, group) in enumerate(shown):
        own = [row for row in group if row[dots.column] is not None]
        for at, row in enumerate(own):
            lane = y + (at - (len(own) - 1) / 2) * 0.7 / len(own)
            values += _dot(ax, lane, row, dots, colours.get(_pick(row.key, along)))
    texts = _dot_texts(shown, dots, by_colour=bool(along), brief=is_narrow(ax))
    tail = [(f"{n_left_out:,} more", ("", dots.rest))] if n_left_out else []
    write_rows(
        ax,
        [*_labels(ax, shown, across), *(name for name, _ in tail)],
        [*texts, *(text for _, text in tail)],
    )
    said = dots.main_label if along else dots.label
    said += set_scale(ax, "x", values, kind=dots.kind, bars=False, n_ticks=_n_ticks(ax))
    name_axis(ax.xaxis, "\n".join(filter(None, [said, dots.uncertainty])))
    if along:
        _colour_legend(ax, rows, along, colours)
    elif several:
        entries = [(_mark(at, dots), name) for at, (_, name) in enumerate(dots.marks)]
        drawn = [any(own[0][column] is not None for _, own in shown) for column, _ in dots.marks]
        # Where nothing got that far, a mark in the legend would be looked for in vain.
        add_legend(ax, list(compress(entries, drawn)) or entries)
    return ax


def _dimensions(rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    """Which parts of the key make the rows, and which, if any, the colours."""
    n = len(rows[0].key)
    if n < 2:
        return list(range(n)), []
    for colour in (n - 1, 0):
        if len({row.key[colour] for row in rows}) <= _MOST_COLOURS:
            return [at for at in range(n) if at != colour], [colour]
    return list(range(n)), []


def _pick(parts: Sequence[str], at: Sequence[int]) -> Key:
    return tuple(parts[place] for place in at)


def _with_total(groups: dict[Key, list[Row]], column: str) -> list[Group]:
    return sorted(groups.items(), key=lambda group: _largest_first(total(group[1], column)))


def _largest_first(value: float | None) -> tuple[bool, float]:
    return (value is None, -float(value or 0))


def _parts(rows: Sequence[Row], along: Sequence[int]) -> Stack:
    return [(_pick(row.key, along), row) for row in rows]


def _pooled_parts(rows: Sequence[Row], along: Sequence[int], bars: Bars) -> Stack:
    by_colour = grouped(rows, lambda row: _pick(row.key, along))
    return [(key if along else OTHER, pooled(own, bars.adds)) for key, own in by_colour.items()]


def _stack(ax: Axes, y: int, stack: Stack, bars: Bars, colours: dict[Key, str]) -> None:
    plain = current().alarm if bars.alarm else current().accent
    left = 0.0
    for key, row in sorted(stack, key=lambda part: list(colours).index(part[0]) if colours else 0):
        width = float(row[bars.column] or 0)
        colour = current().other if key == OTHER else colours.get(key, plain)
        line = 0.6 if colours else 0.0
        ax.barh(
            y,
            width,
            left=left,
            height=0.62,
            color=colour,
            edgecolor=current().paper,
            linewidth=line,
        )
        left += width


def _dot(ax: Axes, y: float, row: Row, dots: Dots, colour: str | None) -> list[float]:
    """One group: a line through its marks or over its interval; gives the values drawn."""
    plain = current().alarm if dots.alarm else current().accent
    marks = dots.marks if colour is None else dots.marks[dots.main : dots.main + 1]
    at = [(place, row[column]) for place, (column, _) in enumerate(marks)]
    drawn = [(place, float(value)) for place, value in at if value is not None]
    ends = [value for _, value in drawn] if dots.joined else []
    if dots.interval and drawn:
        ends = [row[end] for end in dots.interval if row[end] is not None]
    if len(ends) > 1:
        ax.plot(
            [min(ends), max(ends)],
            [y, y],
            color=colour or plain,
            alpha=0.45,
            linewidth=2.2,
            solid_capstyle="round",
            zorder=2,
        )
    for place, value in drawn:
        mark = _mark(place if colour is None else 0, dots, colour)
        mark.set_data([value], [y])
        ax.add_line(mark)
    return [*(value for _, value in drawn), *map(float, ends)]


def _mark(place: int, dots: Dots, colour: str | None = None) -> Line2D:
    plain = colour or (current().alarm if dots.alarm else current().accent)
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=_MARKS[place % len(_MARKS)],
        markersize=5.5 if place == 0 else 7.0,
        color=plain,
        markerfacecolor=plain if place in (0, dots.main) else current().paper,
        markeredgewidth=1.3,
        zorder=4 if place in (0, dots.main) else 3,
        clip_on=False,
    )


def _bar_texts(stacks: Sequence[Stack], bars: Bars, *, brief: bool) -> list[tuple[str, str]]:
    rows = [
        stack[0][1] if len(stack) == 1 else pooled([row for _, row in stack], bars.adds)
        for stack in stacks
    ]
    values = as_texts([row[bars.column] for row in rows], bars.kind)
    return [
        (value or bars.missing(row.n(bars.n)), _joined(bars.detail(row), brief=brief))
        for row, value in zip(rows, values, strict=True)
    ]


def _dot_texts(
    groups: Sequence[Group], dots: Dots, *, by_colour: bool, brief: bool
) -> list[tuple[str, str]]:
    if by_colour:
        return [("", count(sum(row.n(dots.n) for row in own), "run")) for _, own in groups]
    # Each by itself: these are no parts of a sum, and may differ a hundredfold.
    found = [own[0][dots.column] for _, own in groups]
    values = ["" if value is None else as_text(value, dots.kind) for value in found]
    return [
        (value or dots.missing, _joined(dots.detail(own[0]), brief=brief))
        for (_, own), value in zip(groups, values, strict=True)
    ]


def _joined(details: Sequence[str], *, brief: bool) -> str:
    return ", ".join(details[:1] if brief else details)


def _labels(ax: Axes, groups: Sequence[Group], across: Sequence[int]) -> list[str]:
    limit = max(14, min(32, int(room(ax)[0] / 15)))
    names = [_pick(rows[0].names, across) for _, rows in groups]
    return ["All runs"] if not across else labels(names, [key for key, _ in groups], limit=limit)


def write_rows(ax: Axes, names: Sequence[str], texts: Sequence[tuple[str, str]]) -> None:
    """The rows' names on the left; value and detail in two columns on the right."""
    ax.set_yticks(range(len(names)), names, parse_math=False)
    ax.set_ylim(len(names) - 0.45, -0.55)
    column = max(text_width(value) for value, _ in texts)
    for y, (value, detail) in enumerate(texts):
        where = {"xycoords": ax.get_yaxis_transform()}
        say(
            ax,
            value,
            (1, y),
            xytext=(8 + column, 0),
            ha="right",
            color=current().ink,
            fontsize=NORMAL,
            **where,
        )
        if detail:
            say(ax, detail, (1, y), xytext=(14 + column if column else 8, 0), ha="left", **where)


def _n_ticks(ax: Axes) -> int:
    return 2 if is_narrow(ax) else 5


def _colour_legend(
    ax: Axes, rows: Sequence[Row], along: Sequence[int], colours: dict[Key, str]
) -> None:
    names = {_pick(row.key, along): _pick(row.names, along) for row in rows}
    said = labels([names[key] for key in colours], list(colours), limit=24)
    patches = [Patch(color=colour) for colour in colours.values()]
    add_legend(ax, list(zip(patches, said, strict=True)))


def _axes(ax: Axes | None, n_groups: int, *, legend: bool) -> tuple[Axes, int]:
    """The axes, and how many rows they hold."""
    if ax is None:
        n_rows = min(n_groups, _MOST_ROWS)
        return new_axes(height=max(1.15, 0.62 + 0.27 * n_rows + 0.3 * legend)), _MOST_ROWS
    _, height = room(ax)
    return ax, max(3, min(_MOST_ROWS, int((height - 45 - 20 * legend) / 14)))
