"""What findings read from tables, and how they list it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from flora_analytics.report import display
from flora_analytics.report.page import Section, Sentence

__all__ = ["lines", "listed", "span"]


def lines(sections: Sequence[Section], key: str) -> list[dict[str, str]]:
    """The rows of a figure's table as heading → text."""
    return [
        {column.label: cell.text for column, cell in zip(table.columns, row.cells, strict=True)}
        for section in sections
        for figure in section.figures
        if figure.key == key
        for table in (figure.table,)
        for row in table.rows
        if row.role == "group"
    ]


def listed(parts: list[Sentence]) -> Sentence:
    """Parts with commas and an "and"."""
    *first, last = parts
    if not first:
        return last
    said = [part for each in first for part in (*each, ", ")]
    return (*said[:-1], " and ", *last)


def span(value: Any) -> str:
    """A span of time in words."""
    return display.span(pd.Timedelta(value).to_pytimedelta())
