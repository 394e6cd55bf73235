"""A metric's table as a table to read: its top rows, the rest as one, and the total.

Takes metric tables and says nothing the metric did not say: the rest and the total are sums,
and a figure that cannot be summed (a rate, a quantile) is the metric's own of the rest, or
stays empty. Printed parts add up to printed totals.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pandas as pd

from flora_analytics.report import display
from flora_analytics.report.page import Cell, Column, Row, Table

__all__ = [
    "Layout",
    "Measure",
    "as_shown",
    "exact",
    "first_row",
    "readable_table",
    "row_names",
    "share_cell",
    "top_rows",
]

Kind = Literal["count", "money", "share", "unit_cost", "rate", "interval", "span"]
_ADDITIVE = ("count", "money", "share")
_SHARE_PLACES = 3  # of a fraction: a tenth of a percent


@dataclass(frozen=True, slots=True)
class Measure:
    """One column to show: where it stands in the metric's table, its heading, its kind.

    ``share`` is the column's share of the total's, which the metric may hold itself in the
    column `beside`; ``interval`` reads ``low`` and ``high``.
    """

    column: str
    label: str
    kind: Kind
    beside: str | None = None

    @property
    def is_additive(self) -> bool:
        """Whether its parts add up to its total."""
        return self.kind in _ADDITIVE


def row_names(metric: pd.DataFrame) -> list[Cell]:
    """What to call each row: the name beside the key if there is one, else the key.

    Two keys of one name are told apart by the key.
    """
    keys = [str(key) for key in metric.index]
    beside = f"{str(metric.index.name).removesuffix('_id')}_name"
    if beside not in metric.columns:
        return [_name_cell(key) for key in keys]
    named = zip(keys, metric[beside], strict=True)
    names = [key if pd.isna(text) else str(text) for key, text in named]
    shown = Counter(display.name(text) for text in names)
    return [
        _name_cell(text if shown[display.name(text)] == 1 else f"{display.name(text)} · {key}")
        for key, text in zip(keys, names, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a table shows of a metric, and how it is called.

    Attributes
    ----------
    caption : str
        What the table shows, for readers who cannot see where it stands.
    head : str
        Heading of the column that names the rows.
    measures : sequence of Measure
        The columns to show, in order.
    names : function of a DataFrame, default `row_names`
        The names of the rows.
    n : int, default 11
        Rows shown before the rest becomes one; as many as a chart shows.
    by : str, optional
        Column by which the rows shown stand in order; by default as the metric has them.
    summed : str, default "Total"
        What the last line is called.
    note : str, optional
        What is to be said below the table.
    """

    caption: str
    head: str
    measures: Sequence[Measure]
    names: Callable[[pd.DataFrame], list[Cell]] = row_names
    n: int = 11
    by: str | None = None
    summed: str = "Total"
    note: str = ""


def top_rows(
    metric: pd.DataFrame, *, n: int = 11, by: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first `n` rows, in the order of column `by` if given, and the rest.

    A single last row is shown rather than called the rest.
    """
    cut = n if len(metric) > n + 1 else len(metric)
    top = metric.iloc[:cut]
    return top.sort_values(by, ascending=False, kind="stable") if by else top, metric.iloc[cut:]


def readable_table(
    metric: pd.DataFrame,
    layout: Layout,
    *,
    total: pd.DataFrame | None = None,
    of_rest: Callable[[Sequence[str]], pd.DataFrame] | None = None,
) -> Table:
    """Set a metric's table.

    Parameters
    ----------
    metric : DataFrame
        As the metric returned it.
    layout : Layout
        What to show of it.
    total : DataFrame, optional
        The same metric over all groups, one row: the last line.
    of_rest : function, optional
        Gives the same metric over the groups of these keys, one row: for what cannot be summed.
    """
    top, rest = top_rows(metric, n=layout.n, by=layout.by)
    lines = [*layout.names(top)]
    roles: list[Literal["group", "other", "total"]] = ["group"] * len(lines)
    if len(rest):
        lines.append(Cell(f"other ({display.count(len(rest))})"))
        roles.append("other")
    if total is not None:
        lines.append(Cell(layout.summed))
        roles.append("total")
    pooled = of_rest([str(key) for key in rest.index]) if of_rest and len(rest) else None
    columns = [_column_cells(measure, top, rest, pooled, total) for measure in layout.measures]
    return Table(
        caption=layout.caption,
        columns=(
            Column(layout.head, "name"),
            *(Column(m.label, "number") for m in layout.measures),
        ),
        rows=tuple(
            Row((line, *cells), role)
            for line, role, *cells in zip(lines, roles, *columns, strict=True)
        ),
        note=layout.note,
    )


def as_shown(metric: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """The metric with its money and shares rounded as `readable_table` prints them.

    For the chart beside the table, so that the two never differ by a cent. The rest is rounded
    so that its rows add up to the one row that stands for them.
    """
    top, rest = top_rows(metric, n=layout.n, by=layout.by)
    shown: dict[str, pd.Series[Any]] = {}
    for measure in layout.measures:
        if measure.kind not in ("money", "share"):
            continue
        parts = [_plain(value) for value in top[measure.column]]
        tail = [_plain(value) for value in rest[measure.column]]
        if measure.kind == "money":
            column, rounded = measure.column, _rounded_money(parts, tail)
        elif measure.beside is not None and (whole := _sum([*parts, *tail])):
            column, shares = measure.beside, [Decimal(part) / whole for part in [*parts, *tail]]
            rounded = display.rounded_together(shares, places=_SHARE_PLACES)
        else:
            continue
        values = pd.Series(rounded, index=[*top.index, *rest.index], dtype=object)
        shown[column] = values.reindex(metric.index).astype(metric[column].dtype)
    return metric.assign(**shown)


def _rounded_money(parts: list[Decimal | None], tail: list[Decimal | None]) -> list[Decimal | None]:
    parts = [*parts, _sum(tail)]
    places = _places(parts)
    *rounded, others = display.rounded_together(parts, places=places)
    return rounded + display.rounded_together(tail, places=places, total=others)


def _name_cell(text: str) -> Cell:
    shown = display.name(text)
    return Cell(shown, None if shown == text else display.name(text, longest=500))


def _column_cells(
    measure: Measure,
    top: pd.DataFrame,
    rest: pd.DataFrame,
    pooled: pd.DataFrame | None,
    total: pd.DataFrame | None,
) -> list[Cell]:
    if measure.is_additive:
        parts = [_plain(value) for value in top[measure.column]]
        if len(rest):
            parts.append(_sum(_plain(value) for value in rest[measure.column]))
        whole = _plain(total[measure.column].iloc[0]) if total is not None else _sum(parts)
        return _added_up(measure.kind, parts, whole, with_total=total is not None)
    frames = [top] if total is None else [top, total]
    cells = [_single(measure, row) for frame in frames for _, row in frame.iterrows()]
    if len(rest):
        of_rest = Cell(display.NOTHING) if pooled is None else _single(measure, pooled.iloc[0])
        cells.insert(len(top), of_rest)
    return cells


def _added_up(kind: Kind, parts: list[Any], whole: Any, *, with_total: bool) -> list[Cell]:
    if kind == "count":
        cells = [Cell(display.count(part)) for part in parts]
        return [*cells, Cell(display.count(whole))] if with_total else cells
    if kind == "share":
        return _shares(parts, whole, with_total=with_total)
    places = _places(parts)
    rounded = display.rounded_together(parts, places=places)
    cells = [
        Cell(display.money(shown, places=places), exact(part))
        for shown, part in zip(rounded, parts, strict=True)
    ]
    total = Cell(display.money(whole, places=places), exact(whole))
    return [*cells, total] if with_total else cells


def _places(parts: Sequence[Decimal | None]) -> int:
    return display.places_for([part for part in parts if part is not None])


def _shares(parts: list[Any], whole: Any, *, with_total: bool) -> list[Cell]:
    if not whole:
        return [Cell(display.NOTHING)] * (len(parts) + with_total)
    shares = [None if part is None else Decimal(part) / Decimal(whole) for part in parts]
    rounded = display.rounded_together(shares, places=_SHARE_PLACES)
    cells = [
        Cell(_share_text(shown, of), None if of is None else f"{of:.6f}")
        for shown, of in zip(rounded, shares, strict=True)
    ]
    return [*cells, Cell("100%")] if with_total else cells


def _share_text(shown: Decimal | None, share: Decimal | None) -> str:
    if shown is None or share is None:
        return display.NOTHING
    if share in (0, 1):
        return "100%" if share else "0%"
    return f"{shown * 100:.1f}%" if shown else "<0.1%"


def _single(measure: Measure, row: pd.Series[Any]) -> Cell:
    if measure.kind == "interval":
        low, high = float(row["low"]), float(row["high"])
        known = f"{display.share(low)} – {display.share(high)}"
        return Cell(display.NOTHING if math.isnan(low) else known)
    value = row[measure.column]
    if pd.isna(value):
        return Cell(display.NOTHING)
    if measure.kind == "span":
        length = pd.Timedelta(value).to_pytimedelta()
        return Cell(display.span(length), f"{length.total_seconds():f}")
    if measure.kind == "rate":
        return share_cell(float(value))
    return Cell(display.unit_cost(float(value)), repr(float(value)))


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value if isinstance(value, Decimal) else int(value)


def _sum(values: Any) -> Any:
    stated = [value for value in values if value is not None]
    return sum(stated[1:], stated[0]) if stated else None


def share_cell(value: float) -> Cell:
    """A share from 0 to 1 as percent, its digits behind it."""
    return Cell(display.share(value), None if math.isnan(value) else f"{value:.6f}")


def exact(value: Decimal | None) -> str | None:
    """Every digit of a sum of money."""
    return None if value is None else f"{value.normalize():f}"


def first_row(table: pd.DataFrame) -> dict[str, Any]:
    """The first row of a metric's table by its columns."""
    return {str(name): table[name].iloc[0] for name in table.columns}
