"""How a report looks as HTML: one offline file that needs no script and asks nobody for anything.

Takes a `Content` and gives the page's text. Everything that a user could have written is
escaped here; the policy in the page's head lets through its own style sheet, its own script
(which makes tables sort and filter) and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from flora_analytics import __version__
from flora_analytics.calendar import PERIODS
from flora_analytics.charts.style import DARK, LIGHT
from flora_analytics.charts.usage import shades
from flora_analytics.report.branding import Branding, legible
from flora_analytics.report.media.drawing import dark_rules, draw
from flora_analytics.report.page import Content, Figure, Name, Sentence, Strong

__all__ = ["render_html"]


def render_html(content: Content) -> str:
    """The report as one HTML page; the same content gives the same text.

    Parameters
    ----------
    content : Content
        What the report says, and in whose colours.
    """
    branding = content.branding or Branding()
    style = _compact(_packaged("page.css") + _dark_charts() + _accent(branding.accent))
    script = _compact(_packaged("page.js"))
    environment = Environment(
        loader=DictLoader({"page": _packaged("page.html.j2")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["said"] = _said
    environment.globals["charts"] = _charts
    return environment.get_template("page").render(
        content=content,
        logo=branding.logo_uri,
        periods=PERIODS,
        style=Markup(style),  # noqa: S704 - our own
        script=Markup(script),  # noqa: S704 - our own
        policy=_policy(style, script),
        version=__version__,
    )


def _said(sentence: Sentence) -> Markup:
    """A sentence with its number strong and its names kept from turning the text around."""
    return Markup("").join(
        Markup("<strong>{}</strong>").format(str(part))
        if isinstance(part, Strong)
        else Markup("<bdi>{}</bdi>").format(str(part))
        if isinstance(part, Name)
        else str(part)
        for part in sentence
    )


def _charts(figure: Figure) -> Markup:
    """The figure's chart for a wide and for a narrow window; a style sheet shows one of them."""
    if figure.chart is None:
        return Markup("")
    return Markup("").join(
        Markup(draw(figure.chart, key=figure.key, width=width))  # noqa: S704 - escaped by draw
        for width in ("wide", "narrow")
    )


def _dark_charts() -> str:
    colours = dict([*zip(shades(LIGHT), shades(DARK), strict=True), *dark_rules()])
    rules = "".join(
        f"svg [{paint}='{light}'] {{ {paint}: {dark}; }}\n"
        for light, dark in colours.items()
        for paint in ("fill", "stroke")
    )
    return f"@media screen and (prefers-color-scheme: dark) {{\n{rules}}}\n"


def _accent(accent: str | None) -> str:
    """The owner's accent, as light or as dark as it must be to be read; paper stays black."""
    if accent is None:
        return ""
    light, dark = (legible(accent, paper=each.paper, ink=each.ink) for each in (LIGHT, DARK))
    return (
        f"@media screen {{ :root {{ --accent: {light}; }} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; }} }}\n"
    )


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _packaged(name: str) -> str:
    return (resources.files("flora_analytics.report.media") / name).read_text(encoding="utf-8")


def _compact(text: str) -> str:
    """A style sheet or script without its comments and indentation."""
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return "\n".join(line.strip() for line in bare.splitlines() if line.strip())
