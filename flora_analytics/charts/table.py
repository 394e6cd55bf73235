"""A metric table read row by row: group keys, names, period and plain Python values.

Takes what the functions of `flora_analytics.metrics` return; knows their index and the names
beside it, but no figure in particular, and draws nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from flora_analytics.errors import MissingColumnError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

__all__ = ["OTHER", "Row", "grouped", "pooled", "rows_of", "total"]

_PERIOD = "period_start"
#: The key of the tail; no id of the API begins with a control character.
OTHER = ("\x00other",)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: money as Decimal, spans in seconds, what is missing as None."""

    key: tuple[str, ...]
    names: tuple[str, ...]
    period: datetime | None
    cells: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    def n(self, column: str) -> int:
        """A count; 0 where the table has none."""
        return int(self.cells.get(column) or 0)


def rows_of(table: pd.DataFrame, *, needs: Iterable[str], figure: str) -> list[Row]:
    """The rows of a table of `figure`, in its order.

    Raises
    ------
    MissingColumnError
        If the table lacks a column the chart draws.
    """
    if missing := sorted(set(needs) - set(table.columns)):
        raise MissingColumnError(
            f"plot_{figure} misses the columns {missing} in a table of {sorted(table.columns)}. "
            f"Give it the table that metrics.{figure} returns."
        )
    levels = [str(name) for name in table.index.names if name is not None]
    dimensions = [name for name in levels if name != _PERIOD]
    keys = _texts(table.index.get_level_values(name) for name in dimensions)
    names = _texts(_named(table, name) for name in dimensions)
    periods = (
        [start.to_pydatetime() for start in table.index.get_level_values(_PERIOD)]
        if _PERIOD in levels
        else [None] * len(table)
    )
    columns = {str(name): [_plain(cell) for cell in table[name]] for name in table.columns}
    return [
        Row(
            keys[at] if keys else (),
            tuple(map(_or_key, names[at], keys[at])) if keys else (),
            periods[at],
            {name: cells[at] for name, cells in columns.items()},
        )
        for at in range(len(table))
    ]


def grouped(
    rows: Sequence[Row], of: Callable[[Row], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Row]]:
    """The rows of each key, keys in the order in which they appear."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[of(row)].append(row)
    return dict(groups)


def total(rows: Iterable[Row], column: str) -> Any:
    """The exact sum of what is stated; None where nothing is."""
    stated = [row[column] for row in rows if row.cells.get(column) is not None]
    return sum(stated[1:], stated[0]) if stated else None


def pooled(rows: Sequence[Row], columns: Iterable[str]) -> Row:
    """The tail as one row "other (n)", by adding up money and counts."""
    cells = {column: total(rows, column) for column in columns}
    return Row(OTHER, (f"other ({len(rows):,})",), rows[0].period, cells)


def _named(table: pd.DataFrame, level: str) -> Iterable[object]:
    beside = f"{level.removesuffix('_id')}_name"
    return table[beside] if beside in table.columns else table.index.get_level_values(level)


def _texts(levels: Iterable[Iterable[object]]) -> list[tuple[str, ...]]:
    return list(zip(*([_text(value) for value in level] for level in levels), strict=True))


def _text(value: object) -> str:
    return "" if _plain(value) is None else str(value)


def _or_key(name: str, key: str) -> str:
    return name or key or "(none)"


def _plain(cell: Any) -> Any:
    if isinstance(cell, pd.Timedelta):
        return cell.total_seconds()
    if isinstance(cell, Decimal) or not pd.api.types.is_scalar(cell):
        return cell
    if pd.isna(cell):
        return None
    return cell.item() if hasattr(cell, "item") else cell
