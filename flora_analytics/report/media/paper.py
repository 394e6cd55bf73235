"""How a report looks on paper: A4 pages as one PDF, to print, file and send on.

Takes a `Content` and gives the file's bytes. The page is set by Typst from ``paper.typ``, to
which every text goes as data, never as markup. Charts are vectors in the light colours.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import matplotlib as mpl

from flora_analytics import __version__
from flora_analytics.charts.style import LIGHT
from flora_analytics.errors import ConfigurationError
from flora_analytics.report.branding import Branding, legible
from flora_analytics.report.media.drawing import draw
from flora_analytics.report.page import (
    Chart,
    Content,
    Figure,
    Name,
    Section,
    Sentence,
    Strong,
    Table,
)

__all__ = ["render_pdf"]


def render_pdf(content: Content) -> bytes:
    """The report as a PDF of A4 pages; the same content gives the same bytes.

    Parameters
    ----------
    content : Content
        What the report says.

    Returns
    -------
    bytes
        With bookmarks, tags for screen readers and a description of each chart; declared as
        accessible (PDF/UA-1) unless a text holds a sign that no font can write. No date of
        making is in it.

    Raises
    ------
    ConfigurationError
        If Typst is not installed, or the logo is no whole picture.
    """
    try:
        import typst
    except ImportError as exc:
        raise ConfigurationError(
            "A report as PDF needs the library Typst, which is not installed; "
            "pip install 'flora-analytics[pdf]', or write .html or .md instead."
        ) from exc
    source = (resources.files("flora_analytics.report.media") / "paper.typ").read_bytes()
    inputs = {"report": json.dumps(_data(content))}
    # DejaVu comes with matplotlib, Libertinus with Typst: the pages look the same everywhere.
    fonts = typst.Fonts(font_paths=[str(Path(mpl.get_data_path()) / "fonts" / "ttf")])
    try:
        return typst.compile(source, font_paths=fonts, sys_inputs=inputs, pdf_standards="ua-1")
    except typst.TypstError:
        pass  # a sign that no font can write, or the logo
    try:
        return typst.compile(source, font_paths=fonts, sys_inputs=inputs)
    except typst.TypstError as exc:
        if content.branding is None or content.branding.logo is None:
            raise
        raise ConfigurationError(
            "The logo cannot be set on paper; give it as a whole PNG, JPEG or SVG file that needs "
            "no other, or leave it out."
        ) from exc


def _data(content: Content) -> dict[str, Any]:
    sections = [_section(section, f"part-{at}") for at, section in enumerate(content.sections)]
    figures = [figure for section in sections for figure in section["figures"]]
    places = {figure["key"]: figure["place"] for figure in reversed(figures)}
    return {
        "version": __version__,
        **_branding(content.branding or Branding()),
        "title": content.title,
        "period": content.period,
        "tz": content.tz,
        "data_as_of": content.data_as_of,
        "warning": content.warning,
        "headlines": [
            {"label": each.label, "number": each.number, "basis": each.basis}
            for each in content.headlines
        ],
        "findings": [
            {"sentence": _parts(each.sentence), "place": places.get(each.figure)}
            for each in content.findings
        ],
        "sections": sections,
        "basis": [{"term": note.term, "text": note.text} for note in content.basis],
        "methods": [{"term": note.term, "text": note.text} for note in content.methods],
    }


def _branding(branding: Branding) -> dict[str, Any]:
    kind = branding.logo_type.removeprefix("image/").removesuffix("+xml").replace("jpeg", "jpg")
    return {
        "accent": legible(branding.accent or LIGHT.accent, paper=LIGHT.paper, ink=LIGHT.ink),
        "logo": {"bytes": list(branding.logo), "kind": kind} if branding.logo else None,
    }


def _section(section: Section, place: str) -> dict[str, Any]:
    return {
        "place": place,
        "title": section.title,
        "figures": [_figure(figure, f"{place}-{at}") for at, figure in enumerate(section.figures)],
    }


def _figure(figure: Figure, place: str) -> dict[str, Any]:
    return {
        "key": figure.key,
        "place": place,
        "title": figure.title,
        "remark": figure.remark,
        "chart": _chart(figure.chart, key=place) if figure.chart else None,
        "table": _table(figure.table),
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "columns": [{"label": column.label, "kind": column.kind} for column in table.columns],
        "rows": [
            {"role": row.role, "cells": [cell.text for cell in row.cells]} for row in table.rows
        ],
        "note": table.note,
    }


def _chart(chart: Chart, *, key: str) -> dict[str, str]:
    drawn = draw(chart, key=key, width="wide")
    standing_alone = drawn.replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="DejaVu Sans" ', 1
    )
    return {"svg": standing_alone, "description": chart.description}


def _parts(sentence: Sentence) -> list[tuple[str, str]]:
    return [
        ("number" if isinstance(part, Strong) else "name" if isinstance(part, Name) else "", part)
        for part in sentence
    ]
