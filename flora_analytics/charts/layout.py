"""What both families of charts share: room, rows of text, legends, empty charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib import font_manager
from matplotlib.transforms import ScaledTranslation

from flora_analytics.charts.style import NORMAL, SMALL, current, dress, families, name_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = [
    "FEW",
    "add_legend",
    "folded",
    "is_narrow",
    "no_runs",
    "room",
    "say",
    "say_apart",
    "text_width",
]

#: Fewer runs than this are drawn hollow where neither their number nor an interval shows.
FEW = 10
#: How far above a point its text stands, in the order of preference. [points]
_LIFTS = (8, -8, 19, -19)


def room(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes' share of the figure, labels included. [points]"""
    root = ax.get_figure(root=True)
    assert root is not None  # noqa: S101 - axes are made by a figure
    width, height = root.get_size_inches()
    spec = ax.get_subplotspec()
    n_rows, n_columns = spec.get_gridspec().get_geometry() if spec is not None else (1, 1)
    return width / n_columns * 72, height / n_rows * 72


def is_narrow(ax: Axes) -> bool:
    """Whether there is no room for details: a phone, or one of several charts side by side."""
    return room(ax)[0] < 330


def folded(label: str, width: float) -> str:
    """An axis label in as many lines as it takes to be no longer than `width` points."""
    if text_width(label) <= width:
        return label
    for mark in (" (", ", "):
        if mark in label:
            head, tail = label.split(mark, 1)
            lines = (head + mark.rstrip(" ("), mark.strip(" ,") + tail)
            return "\n".join(folded(line, width) for line in lines)
    return label


def text_width(text: str, size: float = NORMAL) -> float:
    """Width of our own plain words and figures. [points]"""
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    font.set_size(size, 72)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64


def say(ax: Axes, text: str, at: tuple[float, float], **how: Any) -> None:
    """Write beside the data, never as a formula, and let the layout make room for it."""
    style: dict[str, Any] = {
        "color": current().faint,
        "fontsize": SMALL,
        "va": "center",
        "annotation_clip": False,
        "textcoords": "offset points",
        "xytext": (0, 0),
        "parse_math": False,
        "fontfamily": families(),
    }
    ax.annotate(text, at, **(style | how))


def say_apart(ax: Axes, notes: Sequence[tuple[str, tuple[float, float], str]]) -> None:
    """Write texts above points, or below them, where one would run into another's text.

    Each is a text, its point, and its colour. To be called once the axes have their limits.
    """
    width, height = room(ax)
    boxes: list[tuple[float, float, float, float]] = []
    for text, at, colour in notes:
        across, up = ax.transAxes.inverted().transform(ax.transData.transform(at))
        left, base = across * width + 4, up * height
        right = left + 0.56 * SMALL * len(text)
        places = {lift: (left, base + lift - 5, right, base + lift + 5) for lift in _LIFTS}
        free = [lift for lift, box in places.items() if not any(_meet(box, b) for b in boxes)]
        lift = next(iter(free), _LIFTS[0])
        boxes.append(places[lift])
        say(ax, text, at, xytext=(4, lift), color=colour)


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def add_legend(ax: Axes, entries: Sequence[tuple[Artist, str]], *, title: str = "") -> None:
    """A legend under the axis label, in as many columns as fit, clear of any title."""
    names = [name for _, name in entries]
    widest = max(len(name) for name in names) * 0.56 * SMALL + 34
    indent = max((len(text.get_text()) for text in ax.get_yticklabels()), default=0) * 0.5 * NORMAL
    below = ScaledTranslation(0, -_depth(ax) / 72, ax.figure.dpi_scale_trans)
    legend = ax.legend(
        [handle for handle, _ in entries],
        # matplotlib drops labels that begin with "_", so the names come in afterwards.
        [str(at) for at in range(len(names))],
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=ax.transAxes + below,
        borderaxespad=0,
        borderpad=0,
        ncols=max(1, min(len(names), int((room(ax)[0] * 0.9 - indent) / widest))),
        frameon=False,
        handlelength=1.1,
        handletextpad=0.5,
        columnspacing=1.4,
        prop={"family": families(), "size": SMALL},
        labelcolor=current().ink,
        title=title or None,
        alignment="left",
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(name)
    legend.get_title().set(color=current().faint, fontsize=SMALL, fontfamily=families())


def no_runs(ax: Axes, label: str) -> Axes:
    """Axes for a table without rows: they say so, and draw no scale of nothing."""
    dress(ax, value="x")
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_yticks([])
    name_axis(ax.xaxis, label)
    ax.text(
        0.5,
        0.5,
        "No runs",
        transform=ax.transAxes,
        ha="center",
        va="center",
        color=current().faint,
        fontsize=NORMAL + 2,
        fontfamily=families(),
    )
    return ax


def _depth(ax: Axes) -> float:
    """Height of tick labels and axis label under the axes. [points]"""
    lines = max((text.get_text().count("\n") + 1 for text in ax.get_xticklabels()), default=1)
    return 16 + 12 * lines + 13 * (ax.get_xlabel().count("\n") + 1)
