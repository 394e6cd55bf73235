"""A metric's table for people: aligned, rounded so that parts add up, names before ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flora_analytics.cli.cells import instant, points, writer
from flora_analytics.cli.output import flat, plain
from flora_analytics.cli.widths import fitted, least_width
from flora_analytics.report import display

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

__all__ = ["heading", "print_facts", "print_table"]

_HEADINGS = {
    "breach_at": "Broken by",
    "breach_probability": "Chance to break",
    "burn_rate_short": "Burn rate, short window",
    "burn_threshold": "Alarm from",
    "high": "to",
    "high_80": "to",
    "low": "95% from",
    "is_burning": "Burning",
    "low_80": "80% from",
    "n_bad_short": "Bad, short window",
    "n_good_short": "Good, short window",
    "n_unknown": "Cost not stated",
    "p_value": "p",
    "run_id": "Run id",
    "technique_id": "Technique id",
    "used_share": "Used",
}
#: Counts that a reader misses only when they are not zero.
_EXCEPTIONS = ("n_free", "n_missing", "n_negative", "n_open", "n_other", "n_unended", "n_unknown")
#: Money that does not add up.
_PRICES = ("forecast", "high_80", "listed_run_cost", "low_80", "median_charge")
#: Instants that stand for their day.
_DAYS = ("breach_at",)
#: Differences of shares. [percentage points]
_DIFFERENCES = ("change", "low", "high")
#: Wider than any table: what is piped is not wrapped.
_UNWRAPPED = 10_000


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    cells: list[str]
    foot: str
    is_number: bool


def print_table(
    table: pd.DataFrame,
    *,
    total: pd.DataFrame | None = None,
    period: str | None = None,
    title: str | None = None,
    longest: int | None = None,
) -> None:
    """Print a metric's table, `total` being the same figure of all its runs: one row.

    With a `total`, the rows after the `longest` are one row; it has sums where the table adds up.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = _names_first(flat(table))
    if total is None:
        table = table[:longest]
    whole = {} if total is None else {str(name): plain(total[name].iloc[0]) for name in total}
    in_points = "change" in table and table["change"].dtype.kind == "f"
    columns = [
        _difference(str(name), table[name], whole)
        if in_points and name in _DIFFERENCES
        else _column(str(name), table[name], whole, period, longest)
        for name in table
        if not _says_nothing(str(name), table, whole)
    ]
    n_lines = len(columns[0].cells) if columns else 0
    if longest is not None and n_lines > longest and not columns[0].is_number:
        columns[0].cells[-1] = f"other ({display.count(len(table) - longest)})"
    console = _console()
    widths = _widths(columns, console)
    printed = Table(
        box=SIMPLE_HEAD,
        show_footer=bool(whole),
        pad_edge=False,
        title=title and Text(title),
        title_justify="left",
    )
    for at, (column, width) in enumerate(zip(columns, widths, strict=True)):
        printed.add_column(
            Text(column.heading),
            footer=Text(column.foot if at or column.is_number else "Total"),
            justify="right" if column.is_number else "left",
            overflow="fold",
            width=width,
        )
    for line in range(n_lines):
        printed.add_row(*(Text(column.cells[line]) for column in columns))
    console.print(printed)


def heading(name: str) -> str:
    """A column's or a figure's name as people read it.

    >>> [heading(name) for name in ("n_runs", "technique_name", "workspace_id", "p50", "n_unknown")]
    ['Runs', 'Technique', 'Workspace', 'p50', 'Cost not stated']
    """
    if name in _HEADINGS:
        return _HEADINGS[name]
    if name.startswith("p") and name.endswith(("_low", "_high")):  # of a quantile
        return _HEADINGS[name.rpartition("_")[2]]
    words = name.removeprefix("n_").removesuffix("_name").removesuffix("_id").replace("_", " ")
    return words if words[1:].isdecimal() else words.capitalize()


def print_facts(facts: dict[str, str]) -> None:
    """Print what is known about one thing, line by line."""
    from rich.table import Table
    from rich.text import Text

    printed = Table.grid(padding=(0, 2))
    for name, text in facts.items():
        printed.add_row(Text(name), Text(text))
    _console().print(printed)


def _console() -> Console:
    from rich.console import Console, ConsoleDimensions

    console = Console(highlight=False)
    if not console.is_terminal:
        console.size = ConsoleDimensions(_UNWRAPPED, console.height)
    return console


def _widths(columns: Sequence[_Column], console: Console) -> list[int]:
    """Of each column; the console becomes as wide as it takes."""
    from rich.cells import cell_len
    from rich.console import ConsoleDimensions

    leasts, naturals = [], []
    for column in columns:
        cells = [cell_len(text) for text in (*column.cells, column.foot)]
        words = [cell_len(word) for word in column.heading.split()]
        leasts.append(least_width(words, cells, is_number=column.is_number))
        naturals.append(max(cell_len(column.heading), *cells))
    between = 3 * len(columns) + 2
    widths = fitted(naturals, leasts, room=console.width - between)
    console.size = ConsoleDimensions(max(console.width, sum(widths) + between), console.height)
    return widths


def _says_nothing(name: str, table: pd.DataFrame, whole: dict[str, Any]) -> bool:
    if name in _EXCEPTIONS:
        return not whole.get(name) and not table[name].any()
    if name in ("listed_run_cost", "ratio_to_listed"):
        return bool(table[name].isna().all())
    # An id beside its name, as long as no two ids share one.
    beside = f"{name.removesuffix('_id')}_name"
    if not name.endswith("_id") or beside not in table:
        return False
    return int(table[[name, beside]].drop_duplicates()[beside].duplicated().sum()) == 0


def _names_first(table: pd.DataFrame) -> pd.DataFrame:
    """Each name beside its id, where people look for it."""
    columns = [str(name) for name in table]
    for name in [name for name in columns if name.endswith("_name")]:
        key = f"{name.removesuffix('_name')}_id"
        if key in columns:
            columns.remove(name)
            columns.insert(columns.index(key) + 1, name)
    return table[columns]


def _column(
    name: str,
    values: pd.Series[Any],
    whole: dict[str, Any],
    period: str | None,
    longest: int | None = None,
) -> _Column:
    head = heading(name)
    cells = [plain(value) for value in values]
    kind = values.dtype.kind
    is_money = "decimal" in str(values.dtype) and name not in _PRICES
    if longest is not None and len(cells) > longest:
        adds_up = (kind == "i" or is_money) and name in whole
        cells = _shortened(cells, longest, whole[name] if adds_up else None)
    if kind == "M":
        exactness = period if name == "period_start" else "day" if name in _DAYS else None
        return _Column(head, [instant(at, exactness) for at in cells], "", False)
    if name in _PRICES:
        texts = [
            display.NOTHING if cell is None else display.unit_cost(float(cell)) for cell in cells
        ]
        return _Column(head, texts, "", True)
    if is_money:
        column = _money(head, cells, whole.get(name))
        return column if name in whole else replace(column, foot="")
    write = writer(name, kind)
    foot = write(whole[name]) if name in whole else ""
    return _Column(head, [write(value) for value in cells], foot, kind in "imf")


def _difference(name: str, values: pd.Series[Any], whole: dict[str, Any]) -> _Column:
    head = "Change, points" if name == "change" else heading(name)
    foot = points(whole[name]) if name in whole else ""
    return _Column(head, [points(plain(value)) for value in values], foot, True)


def _shortened(cells: list[Any], longest: int, total: Any) -> list[Any]:
    """The first cells, and the sum of the others if all cells add up to the total."""
    stated = [cell for cell in cells if cell is not None]
    rest = None
    if total is not None and sum(stated) == total:
        rest = total - sum(cell for cell in cells[:longest] if cell is not None)
    return [*cells[:longest], rest]


def _money(head: str, parts: Sequence[Decimal | None], whole: Decimal | None) -> _Column:
    places = display.places_for([part for part in [*parts, whole] if part is not None])
    rounded = display.rounded_together(parts, places=places)
    return _Column(
        head,
        [display.money(part, places=places) for part in rounded],
        display.money(whole, places=places),
        True,
    )
