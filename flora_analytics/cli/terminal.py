"""A metric's table for people: aligned, rounded so that parts add up, names before ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flora_analytics.cli.output import flat, plain
from flora_analytics.report import display

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["heading", "print_facts", "print_table"]

_HEADINGS = {
    "high": "to",
    "high_80": "to",
    "low": "95% from",
    "low_80": "80% from",
    "n_unknown": "Cost not stated",
    "run_id": "Run id",
    "technique_id": "Technique id",
}
#: Counts that a reader misses only when they are not zero.
_EXCEPTIONS = ("n_free", "n_missing", "n_negative", "n_open", "n_other", "n_unended", "n_unknown")
#: Money that does not add up.
_PRICES = ("forecast", "high_80", "listed_run_cost", "low_80", "median_charge")
#: Fractions that are no shares.
_QUANTITIES = ("hours", "mean_concurrency", "price_ratio", "ratio_to_listed", "runs_per_hour")
#: Our own words, which a table may hold whole.
_LONGEST_REASON = 200
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
) -> None:
    """Print a metric's table, `total` being the same figure of all its runs: one row."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = flat(table)
    whole = {} if total is None else {str(name): plain(total[name].iloc[0]) for name in total}
    columns = [
        _column(str(name), table[name], whole, period)
        for name in table
        if not _says_nothing(str(name), table, whole)
    ]
    printed = Table(
        box=SIMPLE_HEAD,
        show_footer=bool(whole),
        pad_edge=False,
        title=title and Text(title),
        title_justify="left",
    )
    for at, column in enumerate(columns):
        printed.add_column(
            Text(column.heading),
            footer=Text(column.foot if at or column.is_number else "Total"),
            justify="right" if column.is_number else "left",
            overflow="fold",
            no_wrap=column.is_number,
        )
    for line in range(len(table)):
        printed.add_row(*(Text(column.cells[line]) for column in columns))
    _print(printed)


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
    _print(printed)


def _print(printed: object) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _UNWRAPPED
    console.print(printed)


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


def _column(
    name: str, values: pd.Series[Any], whole: dict[str, Any], period: str | None
) -> _Column:
    head = heading(name)
    cells = [plain(value) for value in values]
    kind = values.dtype.kind
    if kind == "M":
        exactness = period if name == "period_start" else None
        return _Column(head, [_instant(at, exactness) for at in cells], "", False)
    if name in _PRICES:
        texts = [
            display.NOTHING if cell is None else display.unit_cost(float(cell)) for cell in cells
        ]
        return _Column(head, texts, "", True)
    if "decimal" in str(values.dtype):
        return _money(head, cells, whole.get(name))
    write = _writer(name, kind)
    foot = write(whole[name]) if name in whole else ""
    return _Column(head, [write(value) for value in cells], foot, kind in "imf")


def _money(head: str, parts: Sequence[Decimal | None], whole: Decimal | None) -> _Column:
    places = display.places_for([part for part in [*parts, whole] if part is not None])
    rounded = display.rounded_together(parts, places=places)
    return _Column(
        head,
        [display.money(part, places=places) for part in rounded],
        display.money(whole, places=places),
        True,
    )


def _writer(name: str, kind: str) -> Callable[[Any], str]:
    if kind == "i":
        return lambda n: display.NOTHING if n is None else display.count(n)
    if kind == "m":
        return display.span
    if name.startswith("cost_per_"):
        return lambda cost: display.NOTHING if cost is None else display.unit_cost(cost)
    if name in _QUANTITIES or (kind == "f" and name.startswith("burn_")):
        return _quantity
    if kind == "f":
        return lambda share: display.NOTHING if share is None else display.share(share)
    if kind == "b":
        return lambda holds: "yes" if holds else "no"
    longest = {"longest": _LONGEST_REASON} if name == "why" else {}
    return lambda text: display.NOTHING if text is None else display.name(str(text), **longest)


def _quantity(number: float | None) -> str:
    if number is None:
        return display.NOTHING
    return f"{number:,.2f}" if abs(number) >= 1 else f"{number:.2g}"


def _instant(at: datetime | None, period: str | None) -> str:
    if at is None:
        return display.NOTHING
    return f"{at:%Y-%m-%d %H:%M %Z}" if period in (None, "hour") else f"{at:%Y-%m-%d}"
