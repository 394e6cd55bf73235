"""A chart as SVG for a strict page: no style attributes, no links, the page's own fonts.

Takes a `Chart`, draws it with `flora_analytics.charts` on axes of its own figure and gives
the ``<svg>`` element. Same data, same bytes. Knows the charts' light and dark colours: drawn
in the light ones, a style sheet swaps them (`dark_rules`).
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.figure import Figure

from flora_analytics import charts
from flora_analytics.charts.style import DARK, LIGHT, Theme
from flora_analytics.report.page import Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dark_rules", "draw", "plot_on"]

Width = Literal["wide", "narrow"]

#: In points, which the page shows about a quarter larger: texts of 9 points read as 11 or 12.
_WIDTHS: dict[Width, int] = {"wide": 640, "narrow": 300}
_TIME_HEIGHTS: dict[Width, int] = {"wide": 210, "narrow": 190}
_ROW_HEIGHT, _FRAME_HEIGHT, _MOST_ROWS = 20, 46, 12
_POINTS_PER_INCH = 72
_SVG = {"svg.fonttype": "none", "svg.image_inline": True}
_NO_DATE = {"Date": None, "Creator": None, "Format": None, "Type": None}
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_SPACE = re.compile(r" ?([MLQCZz]) ?")
_REFERENCE = re.compile(r"#([^)\"']+)")


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
    figure = Figure(figsize=_size(chart, width), layout="constrained")
    # A name may hold signs that no font on this machine has; the reader's may.
    with mpl.rc_context({**_SVG, "svg.hashsalt": f"{key}-{width}"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        plot_on(figure.subplots(), chart)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata=_NO_DATE, transparent=True)
    return _for_page(drawn.getvalue(), chart, prefix=f"{key}-{width}", width=width)


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
    n_rows = min(len(chart.table), _MOST_ROWS)
    height = _TIME_HEIGHTS[width] if over_time else _FRAME_HEIGHT + _ROW_HEIGHT * n_rows
    return _WIDTHS[width] / _POINTS_PER_INCH, height / _POINTS_PER_INCH


def _for_page(drawn: bytes, chart: Chart, *, prefix: str, width: Width) -> str:
    root = ElementTree.fromstring(drawn)  # noqa: S314 - made by matplotlib a moment ago
    references = dict.fromkeys(
        found
        for element in root.iter()
        for value in element.attrib.values()
        for found in _REFERENCE.findall(value)
    )
    ids = {old: f"{prefix}-{at}" for at, old in enumerate(references)}
    for element in root.iter():
        element[:] = [child for child in element if _is_drawn(child)]
        element.tag = _local(element.tag)
        element.attrib = dict(_attributes(element, ids))
        element.tail = None
        if element.tag not in ("text", "tspan"):
            element.text = None
    for element in root.iter():
        element[:] = [inner for child in element for inner in _bare(child)]
    view = root.attrib["viewBox"]
    root.attrib = {
        "class": width,
        "role": "img",
        "aria-labelledby": f"{prefix}-title {prefix}-desc",
        "viewBox": view,
        "stroke-linejoin": "round",
    }
    for at, (tag, text) in enumerate((("title", chart.title), ("desc", chart.description))):
        element = ElementTree.Element(tag, {"id": f"{prefix}-{tag}"})
        element.text = text
        root.insert(at, element)
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def _is_drawn(element: ElementTree.Element) -> bool:
    """Whether the element belongs on the page: no metadata, no style, no unseen background."""
    seen = "fill: none" not in element.get("style", "") or "stroke" in element.get("style", "")
    return _local(element.tag) not in ("metadata", "style") and seen


def _attributes(element: ElementTree.Element, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    """An element's attributes: style taken apart, ids unique on the page, numbers short."""
    for name, value in element.attrib.items():
        local = _local(name)
        if local == "style":
            yield from _style(value)
        elif local == "id":
            if value in ids:
                yield "id", ids[value]
        elif local in ("href", "clip-path"):
            yield local, _REFERENCE.sub(lambda found: f"#{ids[found[1]]}", value)
        elif local not in ("version", "preserveAspectRatio", "space"):
            short = _SPACE.sub(r"\1", " ".join(_NUMBER.sub(_shorter, value).split()))
            if not short.startswith("rotate(-0 "):
                yield local, short


def _style(style: str) -> Iterator[tuple[str, str]]:
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":  # "9px 'DejaVu Sans', …": the size stays, the family is the page's
            if size := re.search(r"([\d.]+)px", value):
                yield "font-size", size[1]
            if re.search(r"\b(bold|[6-9]00)\b", value):
                yield "font-weight", "bold"
        elif name != "font-family":
            yield name, value.removesuffix("px")


def _bare(element: ElementTree.Element) -> list[ElementTree.Element]:
    """The element, or what is in it where it is a group that says nothing."""
    if element.tag != "g" or element.attrib:
        return [element]
    return [inner for child in element for inner in _bare(child)]


def _shorter(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]
