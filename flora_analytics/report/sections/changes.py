"""What changed: the causes of a change in cost, the techniques behind it, prices that moved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import pandas as pd

from flora_analytics.report import display
from flora_analytics.report.comparison import CAUSES, most_of, printed_parts
from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Cell, Chart, Column, Figure, Row, Section, Table
from flora_analytics.report.stretch import Stretch, describe
from flora_analytics.report.tables import exact, first_row, row_names

__all__ = ["changes"]

_MOST = 11
_ENDS = ("charged_cost_earlier", "charged_cost_later")
_LABELS = ("Cost before", "Cost after", "Change", "Runs before", "Runs after")

Role = Literal["group", "other", "total"]
_Line = tuple[Decimal | None, Decimal | None, int, int]


def changes(figures: Figures, stretch: Stretch) -> Section | None:
    """Nothing without two stretches to compare, or where nothing changed."""
    shown = (
        _by_cause(figures, stretch),
        _by_technique(figures, stretch),
        _prices(figures, stretch),
    )
    found = tuple(filter(None, shown))
    return Section("changes", "What changed", found) if found else None


def _by_cause(figures: Figures, stretch: Stretch) -> Figure | None:
    total, groups = figures.cost_changes, figures.cost_changes_by_technique
    if total is None or groups is None or stretch.compared is None:
        return None
    if not total["change"].fillna(0).iloc[0]:
        return None
    later, earlier = (describe(window, tz=stretch.tz) for window in stretch.compared)
    # A cost that nobody stated changes nothing that is known.
    before, after = (cost or Decimal(0) for cost in _line(total)[:2])
    row = first_row(total)
    places = display.places_for([value for value in (before, after) if value])
    ends = [display.rounded(value, places=places) for value in (before, after)]
    parts = printed_parts(row, places)
    rows = [
        _cause(name, row[name], parts[name], groups, places)
        for name in sorted(parts, key=lambda name: -abs(row[name]))
    ]
    first = Row((*_end(earlier, ends[0], before, places), Cell(""), Cell("")))
    last = Row((*_end(later, ends[1], after, places), Cell(""), Cell("")), "total")
    # The chart shows what the table prints, to the cent.
    printed = parts | dict(zip(_ENDS, ends, strict=True))
    drawn = total.assign(
        **{name: pd.Series([value], dtype=total[name].dtype) for name, value in printed.items()}
    )
    title = "Why charged cost changed"
    table = Table(
        caption=f"{title}, from {earlier} to {later}",
        columns=(
            Column("Cause", "name"),
            Column("Charged cost", "number"),
            Column("What it means", "name"),
            Column("Largest part", "name"),
        ),
        rows=(first, *rows, last),
        note=_unknown(total),
    )
    told = "; ".join(f"{row.cells[0].text}: {row.cells[1].text}" for row in rows[:3])
    described = f"From {first.cells[1].text} to {last.cells[1].text}. {told}."
    return Figure(
        "cost-changes",
        title,
        f"{later}, compared with {earlier}.",
        table,
        Chart("cost_changes", drawn, title, described, n_rows=len(parts) + 2),
    )


def _cause(name: str, part: Decimal, shown: Decimal, groups: pd.DataFrame, places: int) -> Row:
    return Row(
        (
            Cell(CAUSES[name].label),
            Cell(display.signed_money(shown, places=places), exact(part)),
            Cell(CAUSES[name].meaning(part)),
            Cell(most_of(name, groups) or display.NOTHING),
        )
    )


def _end(words: str, shown: Decimal, cost: Decimal, places: int) -> tuple[Cell, Cell]:
    return Cell(words), Cell(display.money(shown, places=places), exact(cost))


def _unknown(total: pd.DataFrame) -> str:
    n_before, n_after = (int(total[f"n_unknown_{side}"].iloc[0]) for side in ("earlier", "later"))
    if not (n_before or n_after):
        return ""
    return (
        f"Cost not stated: {display.counted(n_before, 'run')} before and "
        f"{display.count(n_after)} after, in none of these sums."
    )


def _by_technique(figures: Figures, stretch: Stretch) -> Figure | None:
    groups, total = figures.cost_changes_by_technique, figures.cost_changes
    if groups is None or total is None or stretch.compared is None or len(groups) < 2:
        return None
    n = _MOST if len(groups) > _MOST + 1 else len(groups)
    names = row_names(groups.iloc[:n])
    lines = [_line(groups.iloc[at : at + 1]) for at in range(n)]
    if n < len(groups):
        names.append(Cell(f"other ({display.count(len(groups) - n)})"))
        lines.append(_line(groups.iloc[n:]))
    lines.append(_line(total))
    costs = [cost for line in lines for cost in line[:2] if cost]
    places = display.places_for(costs)
    before = _rounded([line[0] for line in lines], places=places)
    after = _rounded([line[1] for line in lines], places=places)
    roles: list[Role] = [*["group"] * n, *["other"] * (len(names) - n), "total"]  # type: ignore[list-item]
    later, earlier = (describe(window, tz=stretch.tz) for window in stretch.compared)
    title = "Which techniques changed"
    table = Table(
        caption=f"{title}, from {earlier} to {later}, largest change first",
        columns=(Column("Technique", "name"), *(Column(label, "number") for label in _LABELS)),
        rows=tuple(
            Row((name, *_cells(line, *shown, places=places)), role)
            for name, line, *shown, role in zip(
                [*names, Cell("Total")], lines, before, after, roles, strict=True
            )
        ),
    )
    return Figure("cost-changes-by-technique", title, "", table)


def _line(groups: pd.DataFrame) -> _Line:
    """Cost before and after, and runs before and after, of these groups together."""
    before, after = (
        sum(groups[name].dropna(), Decimal(0)) if groups[name].notna().any() else None
        for name in ("charged_cost_earlier", "charged_cost_later")
    )
    n_before, n_after = (int(groups[name].sum()) for name in ("n_runs_earlier", "n_runs_later"))
    return before, after, n_before, n_after


def _rounded(costs: list[Decimal | None], *, places: int) -> list[Decimal | None]:
    """Costs and, last, their sum, rounded so that they add up."""
    *parts, whole = costs
    total = None if whole is None else display.rounded(whole, places=places)
    return [*display.rounded_together(parts, places=places), total]


def _cells(
    line: _Line, before: Decimal | None, after: Decimal | None, *, places: int
) -> Iterator[Cell]:
    """The cells of a row; what changed is the difference of what is printed beside it."""
    yield Cell(display.money(before, places=places), exact(line[0]))
    yield Cell(display.money(after, places=places), exact(line[1]))
    if before is None and after is None:
        yield Cell(display.NOTHING)
    else:
        change = (after or Decimal(0)) - (before or Decimal(0))
        behind = (line[1] or Decimal(0)) - (line[0] or Decimal(0))
        yield Cell(display.signed_money(change, places=places), exact(behind))
    yield from (Cell(display.count(n)) for n in line[2:])


def _prices(figures: Figures, stretch: Stretch) -> Figure | None:
    drift = figures.price_drift
    moved = drift.groupby(level=0)["price_ratio"].transform("count") > 0
    steps = drift[moved]
    if steps.empty:
        return None
    title = "Prices that moved"
    first = steps.groupby(level=0, sort=False).head(1).droplevel("since")
    names = dict(zip(first.index, row_names(first), strict=True))
    rows = [
        Row(
            (
                names[technique],
                *(_day(at, stretch.tz) for at in (since, step["last_at"])),
                _price(step["median_charge"]),
                _ratio(step["price_ratio"]),
                Cell(display.count(int(step["n_runs"]))),
            )
        )
        for (technique, since), (_, step) in zip(steps.index, steps.iterrows(), strict=True)
    ]
    table = Table(
        caption=f"{title}: median charge of completed runs, one row for each price",
        columns=(
            Column("Technique", "name"),
            *(Column(label, "number") for label in (
                "First run", "Last run", "Median charge", "Since before", "Completed runs")),
        ),
        rows=tuple(rows),
    )  # fmt: skip
    described = "; ".join(
        f"{row.cells[0].text} from {row.cells[1].text}: {row.cells[3].text}" for row in rows[:6]
    )
    remark = "Only changes that chance does not explain, even among so many techniques."
    chart = Chart("price_drift", drift, title, f"{described}.", n_rows=9)
    return Figure("price-drift", title, remark, table, chart)


def _day(at: pd.Timestamp, tz: str) -> Cell:
    return Cell(display.day(at.tz_convert(tz).date()), at.isoformat())


def _price(charge: object) -> Cell:
    if not isinstance(charge, Decimal):
        return Cell(display.NOT_STATED)
    return Cell(display.unit_cost(float(charge)), exact(charge))


def _ratio(ratio: float) -> Cell:
    if math.isnan(ratio):
        return Cell(display.NOTHING)
    return Cell(f"{ratio - 1:+.0%}".replace("-", "−"), f"{ratio:.6f}")
