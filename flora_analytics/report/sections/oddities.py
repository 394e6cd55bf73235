"""What was odd: stretches in which cost or failures were not as usual."""

from __future__ import annotations

from typing import Any

import pandas as pd

from flora_analytics.calendar import Window
from flora_analytics.report import display
from flora_analytics.report.figures import Figures
from flora_analytics.report.oddities import what_was_odd
from flora_analytics.report.page import Cell, Chart, Column, Figure, Row, Section, Table
from flora_analytics.report.stretch import Stretch, describe

__all__ = ["oddities"]

_MOST = 11
#: Of the chart: as high as charts over time, and the names below it.
_FRAME_ROWS = 8


def oddities(figures: Figures, stretch: Stretch) -> Section | None:
    """Nothing where nothing was odd."""
    found, judged = figures.cost_anomalies, figures.days_judged
    if found is None or found.empty or judged is None:
        return None
    title = "Not as usual"
    shown = found.head(_MOST)
    rows = tuple(Row(tuple(_incident(row, stretch.tz))) for row in shown.to_dict("records"))
    more = len(found) - len(rows)
    days = describe(judged, tz=stretch.tz)
    table = Table(
        caption=f"{title}, {days}, most money at stake first",
        columns=(
            Column("What", "name"),
            Column("When", "name"),
            Column("What happened", "name"),
            Column("At stake, about", "number"),
        ),
        rows=rows,
        note=f"{display.count(more)} more are not listed." if more else "",
    )
    described = " ".join(
        f"{n}: {row.cells[0].text}, {row.cells[1].text}." for n, row in enumerate(rows[:8], start=1)
    )
    chart = Chart(
        "cost_anomalies",
        found,
        title,
        f"Charged cost by day, {days}, with what was odd marked. {described}",
        beside={"costs": figures.charged_cost_by_day_judged},
        n_rows=_FRAME_ROWS + min(len(found), 3),
    )
    remark = (
        "Compared with the same weekdays of the eight weeks before. What has one cause is told "
        "once, as the narrowest group that explains it."
    )
    return Section("oddities", "What was odd", (Figure("anomalies", title, remark, table, chart),))


def _incident(row: dict[Any, Any], tz: str) -> list[Cell]:
    when = describe(Window(row["start"], row["end"]), tz=tz)
    so_far = ", so far" if row["is_running"] else ""
    happened = what_was_odd(row)
    return [
        Cell(display.name(row["name"])),
        Cell(f"{when}{so_far}", row["start"].isoformat()),
        Cell(f"{happened[0].upper()}{happened[1:]}"),
        _at_stake(row["at_stake"]),
    ]


def _at_stake(usd: float) -> Cell:
    if pd.isna(usd):
        return Cell(display.NOTHING)
    return Cell(display.unit_cost(float(usd)), f"{usd:.6f}")
