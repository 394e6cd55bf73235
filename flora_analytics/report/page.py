"""What a report says, as plain data: findings, sections, figures, tables and notes.

Every medium of `flora_analytics.report.media` shows one `Content`. Texts
are plain: no markup, nothing escaped, so that each medium escapes in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from flora_analytics.report.branding import Branding

__all__ = [
    "Cell",
    "Chart",
    "Column",
    "Content",
    "Figure",
    "Finding",
    "Headline",
    "Name",
    "Note",
    "Row",
    "Section",
    "Sentence",
    "Strong",
    "Table",
    "plain",
    "say",
]


class Strong(str):
    """The part of a sentence that the eye should find first: its number."""

    __slots__ = ()


class Name(str):
    """A part of a sentence that a user wrote: shown apart from the text around it."""

    __slots__ = ()


#: A sentence in parts; a part that is `Strong` or a `Name` may be set apart.
Sentence = tuple[str, ...]


def say(template: str, *parts: str | Sentence) -> Sentence:
    """A sentence from a template whose ``{}`` stand for parts, themselves sentences or texts.

    >>> say("{} was charged{}.", Strong("$12.00"), "")
    ('$12.00', ' was charged', '.')
    """
    texts = template.split("{}")
    said: list[str] = [texts[0]]
    for part, text in zip(parts, texts[1:], strict=True):
        said += (part,) if isinstance(part, str) else part
        said.append(text)
    return tuple(part for part in said if part)


def plain(sentence: Iterable[str]) -> str:
    """A sentence as one text.

    >>> plain(("Charged cost was ", Strong("$12.00"), "."))
    'Charged cost was $12.00.'
    """
    return "".join(sentence)


@dataclass(frozen=True, slots=True)
class Headline:
    """One big number at the top, with what it is and what it rests on."""

    label: str
    number: str
    basis: str
    figure: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a reader should know first, and the key of the figure that shows it."""

    sentence: Sentence
    figure: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and what it holds; numbers are set flush right."""

    label: str
    kind: Literal["name", "number"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A text to show and, where it was rounded or cut, the exact value behind it."""

    text: str
    exact: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. ``other`` gathers the tail, ``total`` is the sum of the column."""

    cells: tuple[Cell, ...]
    role: Literal["group", "other", "total"] = "group"


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be set: its first column names the rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A metric's table, what draws it, and its text alternative.

    ``plot`` is the name of a chart of `flora_analytics.charts` without its ``plot_``, or a
    function ``(table, *, ax) -> Axes``; ``beside`` is what else it takes, by keyword. Draw it
    with `flora_analytics.report.media.drawing.plot_on`. ``n_rows`` is how many rows high it is
    where that is not the table's.
    """

    plot: str | Callable[..., Axes]
    table: pd.DataFrame
    title: str
    description: str
    beside: Mapping[str, Any] = field(default_factory=dict)
    n_rows: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A question answered twice, by a chart (if one helps) and by a table."""

    key: str
    title: str
    remark: str
    table: Table
    chart: Chart | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Figures that belong together."""

    key: str
    title: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A term and what is to be said about it."""

    term: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """Everything a report says, in the order in which it says it."""

    title: str
    period: str
    data_as_of: str | None
    tz: str
    warning: str | None
    headlines: tuple[Headline, ...]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    basis: tuple[Note, ...]
    methods: tuple[Note, ...]
    branding: Branding | None = None

    @property
    def titles(self) -> dict[str, str]:
        """The title of each figure, by its key."""
        return {figure.key: figure.title for part in self.sections for figure in part.figures}
