"""A report's content for tests of media: a builder that fills in whatever a test is not about."""

from __future__ import annotations

from flora_analytics.report.page import (
    Cell,
    Column,
    Content,
    Figure,
    Finding,
    Note,
    Row,
    Section,
    Table,
)


def make_figure(key: str = "figure", *, n_rows: int = 3, name: str = "row") -> Figure:
    """A table of rows that are called `name` and their number, and a total; no chart."""
    rows = tuple(Row((Cell(f"{name} {at}"), Cell(str(at)))) for at in range(n_rows))
    columns = (Column("Technique", "name"), Column("Runs", "number"))
    table = Table("All of them", columns, (*rows, Row((Cell("Total"), Cell("9")), "total")))
    return Figure(key, f"Title of {key}", "", table)


def make_content(
    *figures: Figure,
    title: str = "Report",
    text: str = "",
    sentence: tuple[str, ...] = ("Nothing.",),
) -> Content:
    """A report that says `sentence`, shows the figures, and says `text` wherever it may."""
    return Content(
        title=title,
        period="all time",
        data_as_of=None,
        tz="UTC",
        warning=text or None,
        headlines=(),
        findings=(Finding(sentence, figures[0].key if figures else ""),),
        sections=(Section("part", "The part", figures),) if figures else (),
        basis=(Note("Basis", text),),
        methods=(),
    )
