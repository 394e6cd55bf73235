"""A metric by groups or by periods, set as a table and, where one helps, a chart.

Takes a plan and computed figures; gives a `Figure`. Computes nothing and knows no markup.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from flora_analytics.report import display
from flora_analytics.report.page import Cell, Chart, Figure, Table
from flora_analytics.report.periods import is_partial, period_name
from flora_analytics.report.stretch import Stretch
from flora_analytics.report.tables import Layout, Measure, as_shown, readable_table, top_rows

__all__ = ["COST", "RUNS", "UNKNOWN", "Plan", "by_period", "grouped"]

RUNS = Measure("n_runs", "Runs", "count")
COST = Measure("charged_cost", "Charged cost", "money")
UNKNOWN = Measure("n_unknown", "Cost not stated", "count")

_LONGEST_OPEN_TABLE = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a figure is shown: under which key and title, by what, with which columns.

    ``leading`` is the column that the chart draws and by which the rows shown are sorted.
    """

    key: str
    title: str
    plot: str
    by: str
    leading: str
    measures: tuple[Measure, ...]
    remark: str = ""
    summed: str = "Total"


def grouped(
    plan: Plan,
    metric: pd.DataFrame,
    total: pd.DataFrame,
    of: Callable[..., pd.DataFrame] | None = None,
) -> Figure | None:
    """A metric by some dimension; nothing where no group is left to show.

    `of` gives the same metric over some groups together, as `Figures.of` does.
    """
    if metric.empty:
        return None
    layout = Layout(
        caption=f"{plan.title}, largest first",
        head=plan.by.replace("_", " ").capitalize(),
        measures=plan.measures,
        by=plan.leading,
        summed=plan.summed,
    )
    of_rest = partial(_of_rest, of, plan, str(metric.index.name)) if of else None
    table = readable_table(metric, layout, total=total, of_rest=of_rest)
    described = _in_words(table, at=1 + _place(plan.measures, plan.leading))
    # A chart pools the tail of what adds up by itself; of anything else it shows the same rows.
    adds_up = next(each for each in plan.measures if each.column == plan.leading).is_additive
    drawn = as_shown(metric, layout) if adds_up else top_rows(metric, by=plan.leading)[0]
    chart = Chart(plan.plot, drawn, plan.title, described)
    return Figure(plan.key, plan.title, plan.remark, table, chart if len(metric) > 1 else None)


def _of_rest(
    of: Callable[..., pd.DataFrame], plan: Plan, column: str, keys: Sequence[str]
) -> pd.DataFrame:
    return of(plan.plot, column=column, keys=keys)


def _place(measures: Sequence[Measure], column: str) -> int:
    return [measure.column for measure in measures].index(column)


def _in_words(table: Table, *, at: int) -> str:
    """What a chart of groups shows, for those who cannot see it; its values are column `at`."""
    largest = [row.cells for row in table.rows if row.role == "group"][:3]
    first = "; ".join(f"{cells[0].text}: {cells[at].text}" for cells in largest)
    return f"One row for each, largest first. {first}. The table below holds the values."


def by_period(plan: Plan, metric: pd.DataFrame, total: pd.DataFrame, *, stretch: Stretch) -> Figure:
    """A metric by period, oldest first; a long table is folded away."""
    partly = any(is_partial(start, stretch) for start in metric.index)
    layout = Layout(
        caption=f"{plan.title}, oldest first",
        head=stretch.period.capitalize(),
        measures=plan.measures,
        names=partial(_period_names, stretch=stretch),
        n=len(metric),
        summed=plan.summed,
        note=f"* Only part of this {stretch.period} is covered." if partly else "",
    )
    n = display.counted(len(metric), stretch.period)
    described = f"{n} with runs, {stretch.words}. The table below holds the values."
    chart = Chart(plan.plot, as_shown(metric, layout), plan.title, described)
    return Figure(
        plan.key,
        plan.title,
        plan.remark,
        readable_table(metric, layout, total=total),
        chart if len(metric) > 1 else None,
        folded=len(metric) > _LONGEST_OPEN_TABLE,
    )


def _period_names(metric: pd.DataFrame, *, stretch: Stretch) -> list[Cell]:
    names = [period_name(start, stretch.period) for start in metric.index]
    often = Counter(names)
    return [
        Cell(
            # The hour that the clocks repeat in autumn is told apart by its offset.
            f"{name}{f' ({start:%Z})' if often[name] > 1 else ''}"
            f"{' *' if is_partial(start, stretch) else ''}",
            exact=start.isoformat(),
        )
        for name, start in zip(names, metric.index, strict=True)
    ]
