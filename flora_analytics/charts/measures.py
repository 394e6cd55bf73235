"""How a figure wishes to be drawn: as bars that add up, or as dots that do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flora_analytics.charts.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flora_analytics.charts.scales import Kind
    from flora_analytics.charts.table import Row

__all__ = ["Bars", "Dots"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A quantity that adds up.

    Attributes
    ----------
    column, label, kind
        What is drawn, the axis label with its unit, and how its numbers read.
    adds : tuple of str
        The columns that "other (n)" adds up; `column` is among them.
    detail : callable
        Row → what to say beside the value, the most important first: how many runs, how many
        not stated. Where there is little room only the first is said.
    n, n_unknown : str
        The columns that count the runs, and those whose cost is not stated.
    noun : str
        What `n` counts.
    none : str
        What stands in place of the value of no runs.
    alarm : bool
        Whether the quantity tells of failures.
    """

    column: str
    label: str
    kind: Kind
    adds: tuple[str, ...]
    detail: Callable[[Row], list[str]]
    n: str = "n_runs"
    noun: str = "runs"
    none: str = "no runs"
    n_unknown: str = "n_unknown"
    alarm: bool = False

    def missing(self, n: int) -> str:
        """What stands in place of a null: unknown is told apart from nothing."""
        return "not stated" if n else self.none

    def left_out(self, rows: Sequence[Row]) -> str:
        """A line that says how many runs the money does not cover; empty if it covers all."""
        n_unknown = sum(row.n(self.n_unknown) for row in rows)
        n = sum(row.n(self.n) for row in rows)
        return f"cost of {n_unknown:,} of {count(n, 'run')} not stated" if n_unknown else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """A quantity that does not add up: rates, unit costs, quantiles.

    Attributes
    ----------
    label, main_label : str
        The axis label, and the one where only the main mark is drawn.
    marks : tuple of (column, name)
        What is drawn for a group; `main` is the place of the one drawn where groups have
        colours, and by which groups are sorted.
    interval : (low, high) or None
        Columns of an uncertainty interval of 95 %.
    joined : bool
        Whether a line runs through the marks.
    n : str
        The column that says how many runs the value rests on.
    rank : callable
        Row → sort key that decides which groups are shown if not all fit; by default the
        table's own order.
    rest : str
        What is said of the groups that do not fit.
    """

    label: str
    main_label: str
    kind: Kind
    marks: tuple[tuple[str, str], ...]
    n: str
    detail: Callable[[Row], list[str]]
    missing: str
    main: int = 0
    interval: tuple[str, str] | None = None
    joined: bool = False
    alarm: bool = False
    rank: Callable[[Row], float] = lambda _: 0.0
    rest: str = "not shown"

    @property
    def column(self) -> str:
        """The column of the main mark."""
        return self.marks[self.main][0]

    @property
    def uncertainty(self) -> str:
        """What the lines at the marks are; empty without an interval."""
        return "lines: 95% interval" if self.interval else ""
