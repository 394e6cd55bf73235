"""The house style: themes, the palette, fonts and how an `Axes` is dressed.

Everything is set on the axes at hand; matplotlib's global settings are neither read for the
style nor changed, so charts may be drawn in any thread, beside anybody else's.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal
from zlib import crc32

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = [
    "DARK",
    "LIGHT",
    "Theme",
    "colours_of",
    "current",
    "drawable",
    "dress",
    "families",
    "name_axis",
    "new_axes",
    "theme",
]

Key = tuple[str, ...]

SMALL, NORMAL = 8.0, 9.0
#: Tried in this order; only what is installed is used. DejaVu comes with matplotlib, so a chart
#: looks the same everywhere; the others lend it the scripts it lacks.
_FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "Arial Unicode MS",
)


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one mode, each with one role, as ``#RRGGBB``.

    Attributes
    ----------
    paper, ink, faint, grid : str
        Background; main text; secondary text (both at least 4.5 to 1 on paper); rules.
    accent, alarm : str
        A quantity without groups; the same where it tells of failures.
    groups : tuple of str
        Colours for groups, told apart with normal and with colour-blind sight.
    other : str
        The tail, "other (n)".
    """

    name: str
    paper: str
    ink: str
    faint: str
    grid: str
    accent: str
    alarm: str
    groups: tuple[str, ...]
    other: str


# Six hues from Okabe and Ito's, moved until the closest pair, the tail's grey included, was as
# far apart as it would go under Machado's models of the three kinds of colour-blindness.
LIGHT = Theme(
    name="light",
    paper="#FFFFFF",
    ink="#1F2933",
    faint="#5F6B7A",
    grid="#E4E8ED",
    accent="#3B5BA5",
    alarm="#B8442C",
    groups=("#2B60BA", "#C96910", "#098F6C", "#A45C9F", "#4A2545", "#93874B"),
    other="#9AA1AA",
)
DARK = Theme(
    name="dark",
    paper="#14171C",
    ink="#E6EAF0",
    faint="#9BA6B4",
    grid="#2B313A",
    accent="#86A8F0",
    alarm="#F0826A",
    groups=("#9DB7FF", "#E07B34", "#319E67", "#FFA6BF", "#F0DB5C", "#AF76FF"),
    other="#6F7782",
)


@dataclass(frozen=True, slots=True)
class _Look:
    theme: Theme
    transparent: bool = False
    seats: dict[Key, int] | None = None


_PLAIN = _Look(LIGHT)
_look: ContextVar[_Look | None] = ContextVar("flora_analytics_chart_look", default=None)


@contextmanager
def theme(
    name: Literal["light", "dark"] = "light", *, transparent: bool = False
) -> Iterator[Theme]:
    """Draw the charts of one report in one mode, each group in one colour throughout.

    Parameters
    ----------
    name : "light" or "dark", default "light"
    transparent : bool, default False
        Leave the background of new figures to the page behind them.

    Yields
    ------
    Theme
        The colours in use.

    Examples
    --------
    >>> with theme("dark") as colours:
    ...     colours.ink
    '#E6EAF0'
    """
    chosen = DARK if name == "dark" else LIGHT
    token = _look.set(_Look(chosen, transparent, {}))
    try:
        yield chosen
    finally:
        _look.reset(token)


def current() -> Theme:
    """The theme in use; light unless within `theme`."""
    return (_look.get() or _PLAIN).theme


def colours_of(keys: Sequence[Key]) -> dict[Key, str]:
    """A colour for each group, by its key: the one palette of all charts.

    Within `theme` a group keeps the colour it got first, in whatever chart. Elsewhere its key
    alone asks for a colour, and gives way only to a group before it that asked for the same.
    More groups than the palette holds share colours.

    Examples
    --------
    >>> colours_of([("tech_a",)]) == colours_of([("tech_a",)])
    True
    """
    palette = current().groups
    remembered = (_look.get() or _PLAIN).seats
    seats: dict[Key, int] = {}
    for key in keys:
        if remembered is not None and key in remembered and remembered[key] not in seats.values():
            seats[key] = remembered[key]
    for key in keys:
        if key not in seats:
            seats[key] = _free_seat(key, seats, remembered or {}, len(palette))
            if remembered is not None:
                remembered.setdefault(key, seats[key])
    return {key: palette[seats[key]] for key in keys}


def _free_seat(key: Key, here: dict[Key, int], elsewhere: dict[Key, int], n_seats: int) -> int:
    wish = crc32("\x1f".join(key).encode("utf-8", "replace")) % n_seats
    in_order = [(wish + step) % n_seats for step in range(n_seats)]
    for taken in ({*here.values(), *elsewhere.values()}, {*here.values()}):
        for seat in in_order:
            if seat not in taken:
                return seat
    return wish


def new_axes(*, height: float, width: float = 6.8) -> Axes:
    """The axes of a figure of their own. [inches]

    Somebody who watches, in a notebook or through `pyplot`, sees the figure as any other; a
    job that draws by the hundred leaves none behind.
    """
    look = _look.get() or _PLAIN
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.08)
    if {"ipykernel", "matplotlib.pyplot"} & sys.modules.keys():
        from matplotlib import pyplot

        figure = pyplot.figure(figsize=(width, height), layout=layout)
    else:
        figure = Figure(figsize=(width, height), layout=layout)
    figure.set_facecolor("none" if look.transparent else look.theme.paper)
    ax: Axes = figure.subplots()
    return ax


def dress(ax: Axes, *, value: Literal["x", "y"]) -> None:
    """Rules along the `value` axis only, no box, quiet ticks, the theme's colours."""
    colours = current()
    ax.set_facecolor("none")
    ax.set_axisbelow(True)
    ax.spines[:].set_visible(False)
    base = ax.spines["left" if value == "x" else "bottom"]
    base.set_visible(True)
    base.set_color(colours.faint)
    base.set_linewidth(0.8)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_tick_params(
            length=0,
            pad=5,
            labelsize=NORMAL,
            labelcolor=colours.ink,
            labelfontfamily=families(),
        )
    ax.grid(visible=False)
    ax.grid(visible=True, axis=value, color=colours.grid, linewidth=0.8, linestyle="-")
    (ax.xaxis if value == "x" else ax.yaxis).set_tick_params(
        labelcolor=colours.faint, labelsize=SMALL
    )


def name_axis(axis: Axis, text: str) -> None:
    """Label an axis with its quantity and unit."""
    axis.set_label_text(
        text,
        color=current().ink,
        fontsize=NORMAL,
        fontfamily=families(),
        parse_math=False,
    )


@cache
def _installed() -> tuple[tuple[str, ...], frozenset[int]]:
    present = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist}
    names = tuple(name for name in _FONTS if name in present)
    glyphs: set[int] = set()
    for name in names:
        glyphs |= set(font_manager.get_font(present[name]).get_charmap())
    return names, frozenset(glyphs)


def families() -> list[str]:
    """The font families to set on every text."""
    return list(_installed()[0])


def drawable(character: str) -> bool:
    """Whether an installed font holds this character; matplotlib warns of any other."""
    return ord(character) in _installed()[1]
