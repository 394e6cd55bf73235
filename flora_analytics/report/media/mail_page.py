"""How a report looks in a mail: HTML that Gmail and Outlook show, and the pictures it holds.

Takes a `Content` and gives the page's text with its pictures by Content-ID. Mail programs
know tables and inline styles, and cut what is longer than about 100 KB: a figure that does not
fit is left out and named. Everything that a user could have written is escaped here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from itertools import groupby
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from flora_analytics import __version__
from flora_analytics.charts.style import DARK, LIGHT, Theme
from flora_analytics.report.branding import Branding, legible
from flora_analytics.report.media.drawing import draw_png
from flora_analytics.report.media.plain import (
    LEFT_OUT,
    capitalized,
    shown,
    shown_name,
    shown_sentence,
)
from flora_analytics.report.page import Content, Figure, Section, Sentence, Strong

__all__ = ["Letter", "Picture", "render_letter"]

#: Gmail cuts a mail's HTML at about 102 KB; a section's heading takes less than 400 bytes.
_MOST_BYTES, _HEADING_BYTES = 96_000, 400
_WIDTH = 560  # CSS pixels
_SANS, _SERIF = "'Segoe UI',Helvetica,Arial,sans-serif", "Georgia,serif"
_RAISED = {"light": "#f4f6f9", "dark": "#1c2027"}
_MAIL_PICTURES = {"image/png", "image/jpeg", "image/gif"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a mail: what its HTML calls it, its media type and its bytes."""

    cid: str
    kind: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's HTML and the pictures in it."""

    html: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A figure as it stands in the mail."""

    section: Section
    figure: Figure
    cid: str | None
    html: str


def render_letter(content: Content) -> Letter:
    """The report as the HTML of a mail; the same content gives the same bytes.

    Parameters
    ----------
    content : Content
        What the report says.

    Returns
    -------
    Letter
        HTML of less than 100 KB, whatever the content, and PNG pictures of 560 pixels at
        twice the density.
    """
    branding = content.branding or Branding()
    macros = _macros(branding)
    logo = _logo(branding)

    def page(kept: list[_Piece], left_out: list[_Piece]) -> str:
        chapters = [
            (section, [piece.html for piece in pieces])
            for section, pieces in groupby(kept, key=lambda piece: piece.section)
        ]
        titles = [piece.figure.title for piece in left_out]
        there = {piece.figure.key: piece.figure.title for piece in kept}
        return _compact(macros.page(content, chapters, there, titles, logo and logo.cid))

    pieces = list(_pieces(content, macros))
    kept, left_out = _fitting(pieces, room=_MOST_BYTES - _size(page([], pieces)))
    charts = [
        Picture(piece.cid, "image/png", draw_png(piece.figure.chart, pixels=2 * _WIDTH))
        for piece in kept
        if piece.cid is not None and piece.figure.chart is not None
    ]
    return Letter(page(kept, left_out), tuple([logo, *charts] if logo else charts))


def _pieces(content: Content, macros: Any) -> Iterator[_Piece]:
    for section in content.sections:
        for figure in section.figures:
            cid = _cid(content, figure) if figure.chart else None
            yield _Piece(section, figure, cid, _compact(macros.figure(figure, cid)))


def _fitting(pieces: list[_Piece], *, room: int) -> tuple[list[_Piece], list[_Piece]]:
    kept: list[_Piece] = []
    left_out: list[_Piece] = []
    for piece in pieces:
        size = _size(piece.html) + _HEADING_BYTES
        fits = size <= room
        (kept if fits else left_out).append(piece)
        room -= size if fits else 0
    return kept, left_out


def _cid(content: Content, figure: Figure) -> str:
    of_what = f"{content.title}\n{content.period}\n{content.data_as_of}\n{figure.key}"
    return f"{hashlib.sha256(of_what.encode()).hexdigest()[:20]}@flora-analytics"


def _logo(branding: Branding) -> Picture | None:
    """The logo, if it is of a kind that mail programs show."""
    if branding.logo is None or branding.logo_type not in _MAIL_PICTURES:
        return None
    digest = hashlib.sha256(branding.logo).hexdigest()
    return Picture(f"{digest[:20]}@flora-analytics", branding.logo_type, branding.logo)


def _macros(branding: Branding) -> Any:
    template = (resources.files("flora_analytics.report.media") / "mail.html.j2").read_text("utf-8")
    environment = Environment(
        loader=DictLoader({"mail": template}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "capitalized": capitalized,
        "said": _said,
        "shown": shown,
        "shown_name": shown_name,
    }
    environment.globals |= {
        "css": _inline(branding.accent or LIGHT.accent),
        "promise": LEFT_OUT,
        "raised": _RAISED["light"],
        "style": Markup(_sheet(branding.accent or DARK.accent)),  # noqa: S704 - our own
        "version": __version__,
        "width": _WIDTH,
    }
    return environment.get_template("mail").module


def _said(sentence: Sentence) -> Markup:
    return Markup("").join(
        Markup("<b>{}</b>").format(str(part)) if isinstance(part, Strong) else str(part)
        for part in shown_sentence(sentence)
    )


def _inline(accent: str) -> dict[str, str]:
    """The styles of the light page: what programs without style sheets show."""
    ink, soft, grid, alarm = (
        each.lower() for each in (LIGHT.ink, LIGHT.faint, LIGHT.grid, LIGHT.alarm)
    )
    accent = _readable(accent, LIGHT)
    return {
        "body": f"margin:0;padding:0;background:{LIGHT.paper}",
        "sheet": f"table-layout:fixed;max-width:{_WIDTH}px",
        "text": f"font:16px/1.45 {_SANS};color:{ink}",
        "kicker": f"margin:0;font-size:12px;font-weight:bold;letter-spacing:1px;color:{accent}",
        "h1": f"margin:6px 0 10px;font:bold 30px/1.15 {_SERIF}",
        "h2": f"margin:38px 0 12px;font:bold 23px/1.2 {_SERIF}",
        "h3": "margin:26px 0 4px;font-size:16px;line-height:1.3",
        "period": f"margin:0;font:18px/1.4 {_SERIF}",
        "ink": f"color:{ink}",
        "soft": f"color:{soft}",
        "small": f"margin:4px 0 6px;font-size:14px;color:{soft}",
        "footer": f"margin:34px 0 0;font-size:12px;color:{soft}",
        "warning": f"margin:16px 0 0;padding-left:12px;border-left:3px solid {alarm};color:{alarm}",
        "headlines": f"margin-top:22px;border-top:2px solid {ink};border-bottom:1px solid {grid}",
        "headline": "padding:12px 10px 12px 0",
        "label": f"font-size:13px;color:{soft}",
        "number": f"font:bold 25px/1.3 {_SERIF}",
        "finding": f"padding:10px 0;font:18px/1.5 {_SERIF};",
        "where": f"font:13px {_SANS};color:{soft}",
        "rule": f"border-top:1px solid {grid}",
        "picture": "display:block;width:100%;height:auto;border:0;margin:10px 0",
        "table": f"margin-top:8px;font:13px/1.35 {_SANS};color:{ink}",
        "plain": "font-weight:normal",
    }


def _sheet(accent: str) -> str:
    """What programs that know style sheets do better: names wrap, numbers do not, dark is dark."""
    narrow = (
        ".t td{white-space:nowrap}.t td.x{white-space:normal}"
        ".t th[scope=row]{word-break:break-word;min-width:96px}"
    )
    colours = {
        ".p": f"background:{DARK.paper}",
        ".i": f"color:{DARK.ink}",
        ".s": f"color:{DARK.faint}",
        ".a": f"color:{_readable(accent, DARK)}",
        ".w": f"color:{DARK.alarm}",
        ".z": f"background:{_RAISED['dark']}",
        ".l": f"border-color:{DARK.grid}",
    }
    dark = "".join(f"{of}{{{rule}!important}}" for of, rule in colours.items()).lower()
    # A chart's white paper becomes black and, screened, that of the page; its hues stay.
    dark += ".g{filter:invert(1) hue-rotate(180deg);mix-blend-mode:screen}"
    return f":root{{color-scheme:light dark}}{narrow}@media (prefers-color-scheme:dark){{{dark}}}"


def _readable(accent: str, theme: Theme) -> str:
    return legible(accent, paper=theme.paper, ink=theme.ink)


def _compact(text: str) -> str:
    """The page without its template's empty lines."""
    return "\n".join(line for line in str(text).splitlines() if line.strip())


def _size(text: str) -> int:
    return len(text.encode())
