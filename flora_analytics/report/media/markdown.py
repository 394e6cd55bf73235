"""How a report looks as Markdown: GitHub-flavoured, for a repository, a wiki or a build's summary.

Takes a `Content` and gives the text. It has the tables and no charts; a long table is folded
away. Everything that a user could have written is escaped here, down to what GitHub would make
of it by itself: mentions, links, emoji, formulas.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from flora_analytics import __version__
from flora_analytics.report.page import (
    Content,
    Figure,
    Finding,
    Headline,
    Name,
    Note,
    Row,
    Sentence,
    Strong,
    Table,
)

__all__ = ["render_markdown"]

_FINDINGS, _BASIS, _METHODS = "Findings", "What this rests on", "How it is calculated"
_LEFT_OUT = "Output links, texts and error messages are not part of this report."
#: What is markup anywhere; of a sign that rarely is, only where it would be.
_MARKUP = re.compile(
    r"[\\`*\[\]{}|~]"
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # within a word, as in provider_error, it is text
    r"|\$(?!\d)"  # a formula cannot end before a digit: $1 stays as it is
    r"|&(?=#?\w+;)"
    r"|#$"  # would close a heading
)
#: What is markup at the beginning of a block.
_BLOCK = re.compile(r"^(?:[#>+=-]|\d+(?=[.)]))")
#: What GitHub turns into a mention, an issue, an emoji or a link, escaped or not.
_LIVE = re.compile(
    r"@(?=\w)|#(?=\d)|:(?=//|[\w+-]*[a-z][\w+-]*:|100:|1234:)|\bwww(?=\.)", re.IGNORECASE
)
_BREAK = "&#8203;"
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


def render_markdown(content: Content) -> str:
    """The report as GitHub-flavoured Markdown; the same content gives the same text.

    Parameters
    ----------
    content : Content
        What the report says.

    Returns
    -------
    str
        Needs no picture and no other file. Links lead from a finding to its table.
    """
    anchors = _anchors(content)
    blocks = chain(
        _head(content),
        [f"## {_FINDINGS}", _list(_finding(each, anchors) for each in content.findings)],
        *(
            [f"## {_text(section.title)}", *chain(*map(_figure, section.figures))]
            for section in content.sections
        ),
        *(
            [f"## {title}", _list(map(_note, notes))]
            for title, notes in ((_BASIS, content.basis), (_METHODS, content.methods))
            if notes
        ),
        [f"Made by flora-analytics {__version__}. {_LEFT_OUT}"],
    )
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(content: Content) -> Iterator[str]:
    yield f"# {_text(content.title)}"
    yield f"**{_text(content.period[:1].upper() + content.period[1:])}** ({_text(content.tz)})"
    if content.data_as_of:
        yield f"Data as of {_text(content.data_as_of)}."
    if content.warning:
        yield f"> **May be incomplete.** {_text(content.warning)}"
    if content.headlines:
        yield _headlines(content.headlines)


def _headlines(headlines: tuple[Headline, ...]) -> str:
    return _grid(
        [_text(each.label) for each in headlines],
        ["---"] * len(headlines),
        [
            [f"**{_text(each.number)}**" for each in headlines],
            [_text(each.basis) for each in headlines],
        ],
    )


def _finding(finding: Finding, anchors: dict[str, str]) -> str:
    anchor = anchors.get(finding.figure)
    return _said(finding.sentence) + (f" [Table](#{anchor})" if anchor else "")


def _note(note: Note) -> str:
    return f"**{_text(note.term)}.** {_text(note.text)}"


def _figure(figure: Figure) -> Iterator[str]:
    yield f"### {_text(figure.title)}"
    yield _block(figure.remark)
    if figure.folded:
        caption = html.escape(" ".join(figure.table.caption.split()))
        yield f"<details>\n<summary>{caption}, as a table</summary>"
    yield _table(figure.table)
    if figure.folded:
        yield "</details>"
    yield _block(figure.table.note)


def _table(table: Table) -> str:
    return _grid(
        [_text(column.label) for column in table.columns],
        ["---:" if column.kind == "number" else "---" for column in table.columns],
        map(_row, table.rows),
    )


def _row(row: Row) -> list[str]:
    texts = [_text(cell.text) for cell in row.cells]
    return [f"**{text}**" if text else "" for text in texts] if row.role == "total" else texts


def _grid(head: list[str], rule: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {_BLOCK.sub(_escaped, item)}" for item in items)


def _said(sentence: Sentence) -> str:
    """A sentence with its number strong and its names kept from turning the text around."""
    return "".join(
        f"**{_text(part)}**"
        if isinstance(part, Strong)
        else _isolated(_text(part))
        if isinstance(part, Name)
        else _text(part, edges=True)
        for part in sentence
    )


def _block(text: str) -> str:
    return _BLOCK.sub(_escaped, _text(text))


def _text(text: str, *, edges: bool = False) -> str:
    """A text on one line that Markdown shows as it is; with its spaces at both ends if asked."""
    line = re.sub(r"\s+", " ", text) if edges else " ".join(text.split())
    escaped = _MARKUP.sub(_escaped, line).replace("<", "&lt;")
    return _LIVE.sub(lambda found: found[0] + _BREAK, escaped)


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    return f"{sign}\\" if sign.isdigit() else f"\\{sign}"


def _isolated(name: str) -> str:
    if any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in name):
        return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
    return name


def _anchors(content: Content) -> dict[str, str]:
    """For each figure's key, the anchor that GitHub gives its heading."""
    seen: Counter[str] = Counter()
    anchors: dict[str, str] = {}
    _anchor(content.title, seen)
    _anchor(_FINDINGS, seen)
    for section in content.sections:
        _anchor(section.title, seen)
        for figure in section.figures:
            anchors[figure.key] = _anchor(figure.title, seen)
    return anchors


def _anchor(heading: str, seen: Counter[str]) -> str:
    slug = re.sub(r"[^\w -]", "", " ".join(heading.split()).lower()).replace(" ", "-")
    seen[slug] += 1
    return f"{slug}-{seen[slug] - 1}" if seen[slug] > 1 else slug
