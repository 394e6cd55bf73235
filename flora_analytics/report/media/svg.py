"""matplotlib's SVG made fit for a strict page: one ``<svg>`` element, short and without styles.

Takes the text of a drawing and gives the element: no style attributes, no links, ids that are
unique on the page, the page's own fonts, and what neighbours share said once. Knows no chart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from xml.etree import ElementTree

__all__ = ["svg_for_page"]

Element = ElementTree.Element
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_SPACE = re.compile(r" ?([MLQCZz]) ?")
_STEP = re.compile(r"([MLz])(-?[\d.]+ -?[\d.]+|)")
_REFERENCE = re.compile(r"#([^)\"']+)")
#: What a group hands down to what is in it; a clipped group shows what its clipped parts show.
_SHARED = frozenset(
    ("clip-path", "fill-opacity", "font-size", "font-weight", "stroke",
     "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin",
     "stroke-opacity", "stroke-width", "text-anchor")
)  # fmt: skip
_DRAWN = ("path", "text", "use")


def svg_for_page(drawn: str, *, title: str, description: str, prefix: str, shown_as: str) -> str:
    """The drawing as one ``<svg>`` element.

    Parameters
    ----------
    drawn : str
        As matplotlib saved it.
    title, description : str
        Become the picture's own.
    prefix : str
        Begins its ids; unique on the page.
    shown_as : str
        Its class.
    """
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
    for element in [*root.iter()]:
        element[:] = [inner for child in element for inner in _bare(child)]
    for element in [*root.iter()]:
        element[:] = list(_in_groups(element))
    view = root.attrib["viewBox"]
    root.attrib = {
        "class": shown_as,
        "role": "img",
        "aria-labelledby": f"{prefix}-title {prefix}-desc",
        "viewBox": view,
        "stroke-linejoin": "round",
    }
    for at, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = Element(tag, {"id": f"{prefix}-{tag}"})
        element.text = text
        root.insert(at, element)
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def _is_drawn(element: Element) -> bool:
    """Whether the element belongs on the page: no metadata, no style, no unseen background."""
    seen = "fill: none" not in element.get("style", "") or "stroke" in element.get("style", "")
    return _local(element.tag) not in ("metadata", "style") and seen


def _attributes(element: Element, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
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
                yield local, _straight(short) if local == "d" else short


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


def _bare(element: Element) -> list[Element]:
    """The element, or what is in it where it is a group that says nothing."""
    if element.tag != "g" or element.attrib:
        return [element]
    return [inner for child in element for inner in _bare(child)]


def _in_groups(element: Element) -> Iterator[Element]:
    """Its children, those that stand side by side and look alike in one group."""
    for look, alike in groupby(element, key=_look):
        children = [*alike]
        if not look or len(children) == 1:
            yield from children
            continue
        group = Element("g", dict(look))
        fill, *others = {child.get("fill") for child in children}
        if fill and not others:
            group.set("fill", fill)
        group[:] = children
        for child in children:
            for name in group.attrib:
                child.attrib.pop(name, None)
        yield group


def _look(element: Element) -> tuple[tuple[str, str], ...]:
    """What an element hands on, its fill aside: cells of a heat map differ in nothing else."""
    if element.tag not in _DRAWN:
        return ()
    return tuple((n, v) for n, v in element.attrib.items() if n in _SHARED)


def _straight(path: str) -> str:
    """A path of straight lines, those along an axis said by one number.

    >>> _straight("M1 2L5 2L5 9L1 9z"), _straight("M1 2C1 2 3 4 5 6")
    ('M1 2H5V9H1z', 'M1 2C1 2 3 4 5 6')
    """
    steps = _STEP.findall(path)
    if "".join(kind + at for kind, at in steps) != path:
        return path
    said, x, y = "", "", ""
    for kind, at in steps:
        to_x, _, to_y = at.partition(" ")
        short = kind == "L" and (to_x == x or to_y == y)
        said += (f"H{to_x}" if to_y == y else f"V{to_y}") if short else kind + at
        x, y = (to_x, to_y) if at else ("", "")
    return said


def _shorter(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]
