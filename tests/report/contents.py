"""Contents for tests of a medium: a builder that fills in whatever a test is not about."""

from __future__ import annotations

from typing import Any

import pandas as pd

from flora_analytics.report.page import (
    Cell,
    Chart,
    Column,
    Content,
    Figure,
    Finding,
    Headline,
    Name,
    Note,
    Row,
    Section,
    Strong,
    Table,
)

#: Names as users write them who want to see what happens.
HOSTILE = {
    "markup": "<script>alert(1)</script>",
    "quotes": "\"'><img src=x onerror=alert(1)>",
    "comment": "--><![endif]--><b>",
    "template": "{{ 7 * 7 }}{% raw %}",
    "right to left": "\u202edlo שלום",
    "emoji": "📷👩‍👩‍👧 :tada:",
    "long": "x" * 500,
    "lines": "one\r\n.\r\n\r\nBcc: x@example.com",
    "formula": '=HYPERLINK("https://evil.example","x")',
    "link": "https://evil.example/login www.evil.example ada@evil.example",
    "mention": "<!channel> <@U012AB3CD> <#C0> @here @channel",
    "mrkdwn": "*bold* _it_ ~no~ `code` ```block``` > quote",
    "entities": "&lt;b&gt; &amp; &#60;",
    "empty": "",
}


def make_table(*names: str, n_columns: int = 3) -> Table:
    rows = [Row((Cell(name), *[Cell(f"{at},{column}00") for column in range(n_columns - 1)]))
            for at, name in enumerate(names, start=1)]  # fmt: skip
    columns = (Column("Technique", "name"), *[Column("Runs", "number")] * (n_columns - 1))
    total = Row((Cell("Total"), *[Cell("99")] * (n_columns - 1)), "total")
    return Table("Runs by technique", columns, (*rows, total), note="A note.")


def make_figure(key: str = "runs", *names: str, **given: Any) -> Figure:
    usual: dict[str, Any] = {"title": f"Runs by {key}", "remark": "", "table": make_table(*names)}
    return Figure(key, **(usual | given))


def make_chart(description: str = "A chart.") -> Chart:
    """A chart that draws a line whatever its table."""

    def plot(table: pd.DataFrame, *, ax: Any) -> Any:
        ax.plot([1, 2])
        return ax

    return Chart(plot, pd.DataFrame({"a": [1]}), "A title", description)


def make_content(name: str = "Product Reel", **given: Any) -> Content:
    """A content in which every place where a user's text may stand holds `name`."""
    usual: dict[str, Any] = {
        "title": "Cost, failures and waiting",
        "period": "March 2026",
        "data_as_of": "31 March 2026, 12:00",
        "tz": "UTC",
        "warning": None,
        "headlines": (Headline("Charged cost", "$12.50", f"mostly {name}", "cost"),),
        "findings": (
            Finding(("Of ", Strong("$12.50"), " most went to ", Name(name), "."), "cost"),
        ),
        "sections": (
            Section(
                "cost", "What it cost", (make_figure("technique", name, chart=make_chart(name)),)
            ),
        ),
        "basis": (Note("Completeness", f"{name}: complete."),),
        "methods": (Note("Charged cost", "The exact sum."),),
    }
    return Content(**(usual | given))
