"""How a report looks as plain text: for a mail's second part and wherever nothing else goes.

Takes a `Content` and gives the text. `shown` and `shown_name` make texts that users wrote
harmless where no escaping can: on one line, not turning the text around them, and nothing
that a mail program or a chat would make a link of by itself.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from flora_analytics import __version__
from flora_analytics.report.page import Content, Figure, Name, Sentence, Table

__all__ = ["LEFT_OUT", "capitalized", "render_plain", "shown", "shown_name", "shown_sentence"]

LEFT_OUT = "Output links, texts and error messages are not part of this report."
_WIDTH = 76
_LONGEST_NAME = 40
#: What programs take for a link: the place before ``://``, ``@`` and the dot of a domain.
_LINKED = re.compile(r"(?<=\w)(?=://|@\w|\.[^\W\d_]{2})")
_BREAK = "\N{ZERO WIDTH SPACE}"
#: Signs that turn what follows them around, and letters that run from right to left.
_CONTROLS = {"RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}
_TURNING = {"R", "AL", "AN"} | _CONTROLS


def render_plain(content: Content) -> str:
    """The report as plain text; the same content gives the same text.

    Parameters
    ----------
    content : Content
        What the report says.
    """
    blocks = [*_head(content), *_findings(content)]
    for section in content.sections:
        blocks.append(_underlined(section.title, "="))
        for figure in section.figures:
            blocks += _figure(figure)
    for title, notes in (
        ("What this rests on", content.basis),
        ("How it is calculated", content.methods),
    ):
        if notes:
            blocks.append(_underlined(title, "="))
            blocks.append("\n".join(_item(f"{note.term}: {note.text}") for note in notes))
    blocks.append(_wrapped(f"Made by flora-analytics {__version__}. {LEFT_OUT}"))
    return "\n\n".join(block for block in blocks if block) + "\n"


def shown(text: str) -> str:
    """A text on one line in which nothing is taken for a link.

    >>> shown("see http://evil.example now").isascii()
    False
    >>> shown("Charged  cost: $1,916.94")
    'Charged cost: $1,916.94'
    """
    return _isolated(_LINKED.sub(_BREAK, " ".join(text.split())), _CONTROLS)


def shown_name(text: str) -> str:
    """Like `shown`; a name that runs from right to left does so by itself.

    >>> shown_name("Product Reel v1.1")
    'Product Reel v1.1'
    """
    return _isolated(_LINKED.sub(_BREAK, " ".join(text.split())), _TURNING)


def shown_sentence(sentence: Sentence) -> list[str]:
    """The parts of a sentence, each made harmless and of the kind it was."""
    return [
        type(part)(shown_name(part)) if isinstance(part, Name) else type(part)(_inner(part))
        for part in sentence
    ]


def capitalized(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def _inner(part: str) -> str:
    """A part of a sentence, with the spaces at its ends."""
    return _isolated(_LINKED.sub(_BREAK, re.sub(r"\s+", " ", part)), _CONTROLS)


def _isolated(text: str, kinds: set[str]) -> str:
    """The text, kept to itself if it has signs of these bidirectional kinds."""
    if any(unicodedata.bidirectional(sign) in kinds for sign in text):
        return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
    return text


def _head(content: Content) -> Iterator[str]:
    yield _underlined(content.title, "=")
    yield _wrapped(f"{capitalized(content.period)} ({content.tz})")
    if content.data_as_of:
        yield _wrapped(f"Data as of {content.data_as_of}.")
    if content.warning:
        yield _wrapped(f"MAY BE INCOMPLETE. {content.warning}")
    if content.headlines:
        rows = [(each.label, each.number, each.basis) for each in content.headlines]
        yield _grid([[*map(shown, row)] for row in rows], "<><")


def _findings(content: Content) -> Iterator[str]:
    yield _underlined("Findings", "=")
    yield "\n".join(
        _item("".join(shown_sentence(each.sentence)) + _where(content.titles.get(each.figure)))
        for each in content.findings
    )


def _where(title: str | None) -> str:
    """In which table a finding can be checked."""
    return f" [Table: {title}]" if title else ""


def _figure(figure: Figure) -> Iterator[str]:
    yield _underlined(figure.title, "-")
    yield _wrapped(figure.remark)
    yield _table(figure.table)
    yield _wrapped(figure.table.note)


def _table(table: Table) -> str:
    rows = [[shown(column.label) for column in table.columns]]
    for row in table.rows:
        name, *others = (cell.text for cell in row.cells)
        rows.append([shown_name(_cut(name)), *map(shown_name, others)])
    return _grid(rows, "".join("<" if each.kind == "name" else ">" for each in table.columns))


def _grid(rows: Sequence[Sequence[str]], aligned: str) -> str:
    widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell + _gap(cell, width) if side == "<" else _gap(cell, width) + cell
            for cell, width, side in zip(row, widths, aligned, strict=True)
        ).rstrip()
        for row in rows
    )


def _gap(cell: str, width: int) -> str:
    return " " * (width - _columns(cell))


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.category(sign) in ("Mn", "Me", "Cf") else 1 + _is_wide(sign)
        for sign in text
    )


def _is_wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in ("W", "F")


def _cut(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _underlined(text: str, rule: str) -> str:
    line = shown(text)
    return f"{line}\n{rule * min(_columns(line), _WIDTH)}"


def _item(text: str) -> str:
    return _filled(["- ", "  "], text)


def _wrapped(text: str) -> str:
    return _filled(["", ""], text)


def _filled(indents: Sequence[str], text: str) -> str:
    first, further = indents
    return textwrap.fill(
        shown(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
