"""A report read back with the standard library's parser: what a browser would find in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass
class Table:
    caption: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    exact: list[list[str | None]] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)
    foot_exact: list[str | None] = field(default_factory=list)


class Page(HTMLParser):
    """Elements, ids, links, texts and tables of a page; `problems` says what does not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.problems: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.tables: list[Table] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if len({name for name, _ in attrs}) != len(attrs):
            self.problems.append(f"<{tag}> has an attribute twice")
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append(Table())
        if tag in ("td", "th") and self.tables:
            self._start_cell(dict(attrs).get("data-value"))

    def _start_cell(self, exact: str | None) -> None:
        table = self.tables[-1]
        if "thead" in self._open:
            table.head.append("")
        elif "tfoot" in self._open:
            table.foot.append("")
            table.foot_exact.append(exact)
        else:
            if self._open[-1] == "th":
                table.rows.append([])
                table.exact.append([])
            table.rows[-1].append("")
            table.exact[-1].append(exact)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        where = self._open[-1] if self._open else ""
        self.texts.append((where, data))
        if not self.tables or "table" not in self._open:
            return
        table = self.tables[-1]
        if where == "caption":
            table.caption += data
        elif "th" in self._open or "td" in self._open:
            cells = (
                table.head if "thead" in self._open
                else table.foot if "tfoot" in self._open
                else table.rows[-1]
            )  # fmt: skip
            cells[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such element."""
        return [attrs for name, attrs in self.elements if name == tag]

    def text(self, *, outside: tuple[str, ...] = ("style", "title", "desc")) -> str:
        """Everything there is to read."""
        return " ".join(text for where, text in self.texts if where not in outside)

    def table(self, caption: str) -> Table:
        """The table whose caption begins so."""
        return next(table for table in self.tables if table.caption.startswith(caption))
