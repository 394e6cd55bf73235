"""Where it is heading: the end of the billing cycle, and how it stands against its budget."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from flora_analytics.report import display
from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Cell, Chart, Column, Figure, Row, Section, Table
from flora_analytics.report.prospects import Cycle, breach_odds
from flora_analytics.report.stretch import Stretch, describe
from flora_analytics.report.tables import exact, share_cell

__all__ = ["outlook"]


def outlook(figures: Figures, stretch: Stretch) -> Section | None:
    """A forecast if there is history enough, budgets if there are any."""
    found = tuple(filter(None, (_forecast(figures, stretch), _budget(figures, stretch))))
    return Section("outlook", "Where it is heading", found) if found else None


def _forecast(figures: Figures, stretch: Stretch) -> Figure | None:
    cycle, table, path = figures.cycle, figures.cost_forecast, figures.cost_forecast_path
    if cycle is None or table is None or path is None or math.isnan(table["forecast"].iloc[0]):
        return None
    row: Any = table.iloc[0]
    title = "Where the billing cycle ends"
    cells = (
        Cell(describe(cycle.window, tz=stretch.tz)),
        _stated(row["charged_cost"]),
        _usd(row["forecast"]),
        _interval(row, 80),
        _interval(row, 95),
        Cell(display.count(int(row["n_runs"]))),
        Cell(display.count(int(row["n_unknown"]))),
    )
    columns = (
        Column("Billing cycle", "name"),
        *(Column(label, "number") for label in (
            "So far", "At its end, about", "80% interval", "95% interval", "Runs so far",
            "Cost not stated")),
    )  # fmt: skip
    seen = display.instant(cycle.seen_at, tz=stretch.tz)
    shown = Table(f"{title}, seen from {seen}", columns, (Row(cells),), note=_tried(row))
    described = (
        f"Charged cost day by day: {cells[1].text} up to {seen}, about {cells[2].text} at the end "
        f"of the cycle; 80% interval {cells[3].text}."
    )
    return Figure(
        "forecast",
        title,
        f"Seen from {seen}.",
        shown,
        Chart("cost_forecast", path, title, described, n_rows=8),
    )


def _tried(row: Any) -> str:
    n = display.counted(int(row["n_backtests"]), "earlier week")
    off = f"what was still to come was off by {display.share(row['error_share'], places=0)}"
    held = ""
    if not math.isnan(row["coverage_80"]):
        held = (
            f"; the 80% interval held in {display.share(row['coverage_80'], places=0)} of them, "
            f"the 95% interval in {display.share(row['coverage_95'], places=0)}"
        )
    return f"Tried on {n}: {off} on average{held}."


def _budget(figures: Figures, stretch: Stretch) -> Figure | None:
    cycle, table = figures.cycle, figures.budget_status
    if cycle is None or table is None:
        return None
    title = "Spent of the budget"
    rows = tuple(
        Row(tuple(_standing(key, row, cycle, stretch.tz)))
        for key, (_, row) in zip(table.index, table.iterrows(), strict=True)
    )
    ahead = () if cycle.is_over else ("At its end, about", "80% interval", "Chance to break")
    labels = ("Budget", "Spent", "Used", *ahead, "Breaks on" if ahead else "Broken on")
    over = display.share(float(table["elapsed_share"].iloc[0]), places=0)
    period = describe(cycle.window, tz=stretch.tz)
    described = "; ".join(f"{row.cells[0].text}: {row.cells[3].text} used" for row in rows[:4])
    return Figure(
        "budget",
        title,
        f"Billing cycle {period}: {'over' if cycle.is_over else f'{over} of it is over'}.",
        Table(
            f"{title}, billing cycle {period}",
            (Column("Of", "name"), *(Column(label, "number") for label in labels)),
            rows,
            note=_unknown(table),
        ),
        Chart("budget_status", table, title, f"{described}."),
    )


def _standing(key: tuple[str, str], row: Any, cycle: Cycle, tz: str) -> list[Cell]:
    project, name = key
    called = name.capitalize() if project == "(all)" else f"Project {display.name(project)}"
    used = row["used_share"]
    cells = [
        Cell(called),
        _stated(row["limit"]),
        _stated(row["charged_cost"]),
        Cell(display.NOTHING) if math.isinf(used) else _used(used),
    ]
    is_broken = used > 1
    if not cycle.is_over:
        chance = row["breach_probability"]
        cells += [_usd(row["forecast"]), _interval(row, 80)]
        cells.append(
            Cell("broken") if is_broken
            else Cell(display.NOTHING) if math.isnan(chance)
            else Cell(breach_odds(chance), f"{chance:.6f}")
        )  # fmt: skip
    at = row["breach_at"]
    known = not pd.isna(at) and (is_broken or not cycle.is_over)
    return [*cells, _day(at, tz) if known else Cell(display.NOTHING)]


def _used(share: float) -> Cell:
    """A share of a limit, which may be more than all of it."""
    return share_cell(share) if share <= 1 else Cell(f"{share:.0%}", f"{share:.6f}")


def _unknown(table: pd.DataFrame) -> str:
    n = int(table["n_unknown"].max())
    if not n:
        return ""
    return (
        f"{display.counted(n, 'run')} without a stated cost {'counts' if n == 1 else 'count'} "
        "as unspent."
    )


def _day(at: datetime, tz: str) -> Cell:
    return Cell(display.day(pd.Timestamp(at).tz_convert(tz).date()), at.isoformat())


def _stated(cost: Any) -> Cell:
    known = None if pd.isna(cost) else cost
    return Cell(display.money(known), exact(known))


def _usd(value: float) -> Cell:
    if math.isnan(value):
        return Cell(display.NOTHING)
    return Cell(display.money(Decimal(repr(float(value)))), repr(float(value)))


def _interval(row: Any, level: int) -> Cell:
    low, high = (_usd(row[f"{end}_{level}"]).text for end in ("low", "high"))
    return Cell(display.NOTHING if low == display.NOTHING else f"{low} – {high}")
