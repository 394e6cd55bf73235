"""A chart as SVG for a strict page: no style attributes, no links, the page's own fonts.

Takes a `Chart`, draws it with `flora_analytics.charts` on axes of its own figure and gives
the ``<svg>`` element. Same data, same bytes. Knows the charts' light and dark colours: drawn
in the light ones, a style sheet swaps them (`dark_rules`).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from flora_analytics import charts
from flora_analytics.charts.style import DARK, LIGHT, Theme
from flora_analytics.report.media.svg import svg_for_page
from flora_analytics.report.page import Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dark_rules", "draw", "draw_png", "plot_on"]

Width = Literal["wide", "narrow", "mail"]

#: In points, which the page shows about a quarter larger: texts of 9 points read as 11 or 12.
_WIDTHS: dict[Width, int] = {"wide": 640, "narrow": 300, "mail": 360}
_TIME_HEIGHTS: dict[Width, int] = {"wide": 210, "narrow": 190, "mail": 190}
_ROW_HEIGHT, _FRAME_HEIGHT, _MOST_ROWS = 20, 46, 12
_POINTS_PER_INCH = 72
_PALETTE = 96  # colours
_SVG = {"svg.fonttype": "none", "svg.image_inline": True}
_NO_DATE = {"Date": None, "Creator": None, "Format": None, "Type": None}


def draw(chart: Chart, *, key: str, width: Width) -> str:
    """The chart as one ``<svg>`` element whose ids begin with `key` and `width`.

    Parameters
    ----------
    chart : Chart
        What to draw; its title and description become the picture's own.
    key : str
        Unique on the page.
    width : "wide" or "narrow"
        For a desk or for a phone.
    """
    figure = Figure(figsize=_size(chart, width), layout="constrained", facecolor="none")
    # A name may hold signs that no font on this machine has; the reader's may.
    with mpl.rc_context({**_SVG, "svg.hashsalt": f"{key}-{width}"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        plot_on(figure.subplots(), chart)
        drawn = io.StringIO()
        # Not savefig, which draws everything twice where there is a layout to settle.
        FigureCanvasSVG(figure).print_svg(drawn, metadata=_NO_DATE)
    return svg_for_page(
        drawn.getvalue(),
        title=chart.title,
        description=chart.description,
        prefix=f"{key}-{width}",
        shown_as=width,
    )


def draw_png(chart: Chart, *, pixels: int) -> bytes:
    """The chart as a PNG file on white paper, so wide that it suits a mail.

    Parameters
    ----------
    chart : Chart
        What to draw.
    pixels : int
        Width of the picture; twice what it is shown at, for sharp screens.
    """
    width, height = _size(chart, "mail")
    figure = Figure(figsize=(width, height), dpi=pixels / width, layout="constrained")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        plot_on(figure.subplots(), chart)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    file = io.BytesIO()
    # A palette makes it three times smaller and no eye sees the difference.
    picture.quantize(_PALETTE, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def plot_on(ax: Axes, chart: Chart) -> Axes:
    """The chart on these axes, in the colours and fonts that hold where it is called."""
    plot = chart.plot if callable(chart.plot) else getattr(charts, f"plot_{chart.plot}")
    drawn: Axes = plot(chart.table, ax=ax, **chart.beside)
    return drawn


def dark_rules() -> Iterator[tuple[str, str]]:
    """Each light colour of the charts with the dark one that takes its place."""
    for light, dark in zip(_colours(LIGHT), _colours(DARK), strict=True):
        yield light.lower(), dark.lower()


def _colours(theme: Theme) -> Iterator[str]:
    for field in fields(theme):
        value = getattr(theme, field.name)
        if field.name != "name":
            yield from [value] if isinstance(value, str) else value


def _size(chart: Chart, width: Width) -> tuple[float, float]:
    over_time = "period_start" in chart.table.index.names
    n_rows = min(len(chart.table) if chart.n_rows is None else chart.n_rows, _MOST_ROWS)
    height = _FRAME_HEIGHT + _ROW_HEIGHT * n_rows
    if over_time and chart.n_rows is None:
        height = _TIME_HEIGHTS[width]
    return _WIDTHS[width] / _POINTS_PER_INCH, height / _POINTS_PER_INCH
