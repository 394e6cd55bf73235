"""What was promised: the objectives, and whether they were kept."""

from __future__ import annotations

import math
from typing import Any

from flora_analytics.report import display
from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Cell, Chart, Column, Figure, Row, Section, Table
from flora_analytics.report.stretch import Stretch
from flora_analytics.report.tables import share_cell

__all__ = ["objectives"]

_MOST = 14


def objectives(figures: Figures, stretch: Stretch) -> Section | None:
    """Nothing where nothing was promised."""
    levels = figures.service_levels
    if levels is None or levels.empty or stretch.until is None:
        return None
    title = "Objectives"
    rows = tuple(
        Row(tuple(_promise(key, row)))
        for key, (_, row) in zip(levels.index[:_MOST], levels.iterrows(), strict=False)
    )
    more = len(levels) - len(rows)
    until = display.instant(stretch.until, tz=stretch.tz)
    table = Table(
        caption=f"{title} at {until}, most endangered first",
        columns=(
            Column("Objective", "name"),
            Column("Technique", "name"),
            Column("Verdict", "name"),
            *(Column(label, "number") for label in (
                "Attained", "95% interval", "Target", "Budget left", "Runs", "Days")),
        ),
        rows=rows,
        note=f"{display.count(more)} more are not listed." if more else "",
    )  # fmt: skip
    described = "; ".join(f"{row.cells[0].text}: {row.cells[2].text}" for row in rows[:4])
    remark = (
        "The budget is what may go badly. An objective is missed or met where the whole interval "
        "lies on that side of it."
    )
    if levels["burning"].any():
        remark += " Burning: over the time named, the budget is being used up too fast to last."
    chart = Chart("service_levels", levels, title, f"{described}.") if len(levels) > 1 else None
    figure = Figure("service-levels", title, remark, table, chart)
    return Section("objectives", "What was promised", (figure,))


def _promise(key: tuple[str, str], row: Any) -> list[Cell]:
    objective, technique = key
    burning = f", burning ({row['burning']})" if row["burning"] else ""
    low, high = float(row["low"]), float(row["high"])
    interval = f"{display.share(low)} – {display.share(high)}"
    left = float(row["budget_left"])
    return [
        Cell(display.name(objective)),
        Cell("all" if technique == "(all)" else display.name(row["technique_name"])),
        Cell(f"{row['verdict']}{burning}"),
        share_cell(float(row["attainment"])),
        Cell(display.NOTHING if math.isnan(low) else interval),
        share_cell(float(row["target"])),
        Cell(display.NOTHING)
        if math.isnan(left)
        else Cell(f"{left:.0%}".replace("-", "−"), f"{left:.6f}"),
        Cell(display.count(int(row["n_good"] + row["n_bad"]))),
        Cell(display.count(row["window"].days)),
    ]
