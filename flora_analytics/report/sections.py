"""The sections of a report: which figure stands where, what it is called, how it is shown.

Takes computed figures and sets each as a table and, where one helps, a chart with its text
alternative. Computes nothing and knows no markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pandas as pd

from flora_analytics.report import display
from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Cell, Chart, Figure, Section, Table
from flora_analytics.report.periods import is_partial, period_name
from flora_analytics.report.stretch import Stretch
from flora_analytics.report.tables import Layout, Measure, as_shown, readable_table

__all__ = ["sections"]

_LONGEST_OPEN_TABLE = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
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


_RUNS = Measure("n_runs", "Runs", "count")
_COST = Measure("charged_cost", "Charged cost", "money")
_UNKNOWN = Measure("n_unknown", "Cost not stated", "count")
_FAILURES = (
    Measure("failure_rate", "Failure rate", "rate"),
    Measure("low", "95% interval", "interval"),
    Measure("n_failed", "Failed", "count"),
    Measure("n_finished", "Finished", "count"),
)
_QUANTILES = (
    Measure("p50", "Median", "span"),
    Measure("p90", "90% within", "span"),
    Measure("p99", "99% within", "span"),
    Measure("max", "Longest", "span"),
)
_SPANS = {
    "queue_time": ("Queue time", "From creation to start."),
    "execution_time": ("Execution time", "From start to end."),
    "turnaround_time": ("Turnaround time", "From creation to end."),
}

_COST_BY = {
    by: _Plan(
        key=f"cost-by-{by}",
        title=f"Charged cost by {by}",
        plot="charged_cost",
        by=by,
        leading="charged_cost",
        measures=(_COST, Measure("charged_cost", "Share", "share"), _RUNS, _UNKNOWN),
    )
    for by in ("technique", "project", "workspace")
}
_UNIT_COST = _Plan(
    key="unit-cost",
    title="Unit cost by technique",
    plot="unit_cost",
    by="technique",
    leading="cost_per_completed_run",
    measures=(
        Measure("cost_per_completed_run", "Per completed run", "unit_cost"),
        Measure("cost_per_finished_run", "Per finished run", "unit_cost"),
        Measure("cost_per_output", "Per output", "unit_cost"),
        Measure("n_completed", "Completed", "count"),
        Measure("n_finished", "Finished", "count"),
        Measure("n_outputs", "Outputs", "count"),
    ),
    remark="What failed runs cost is carried by the completed ones and by their outputs.",
    summed="All",
)
_FAILURE_RATE = _Plan(
    key="failures-by-technique",
    title="Failure rate by technique",
    plot="failure_rate",
    by="technique",
    leading="failure_rate",
    measures=_FAILURES,
    remark="Each with its 95% interval; few runs give a wide one.",
    summed="All",
)
_BY_CODE = _Plan(
    key="failures-by-code",
    title="Failures by error code",
    plot="failures_by_code",
    by="error_code",
    leading="n_failed",
    measures=(
        Measure("n_failed", "Failed", "count"),
        Measure("n_failed", "Share", "share", beside="failed_share"),
        Measure("cost_of_failed_runs", "Cost of failed runs", "money"),
        _UNKNOWN,
    ),
)
_FAILED_COST = _Plan(
    key="cost-of-failed-runs",
    title="Cost of failed runs by technique",
    plot="cost_of_failed_runs",
    by="technique",
    leading="cost_of_failed_runs",
    measures=(
        Measure("cost_of_failed_runs", "Cost of failed runs", "money"),
        Measure("cost_share", "Share of all cost", "rate"),
        Measure("n_failed", "Failed", "count"),
        Measure("n_charged", "Charged", "count"),
        _UNKNOWN,
    ),
    remark="Techniques without a failed run are not listed.",
)
_SPAN_BY = {
    name: _Plan(
        key=name.replace("_", "-"),
        title=f"{title} by technique",
        plot=name,
        by="technique",
        leading="p50",
        measures=(*_QUANTILES, Measure("n_timed", "Runs timed", "count")),
        remark=meaning,
        summed="All",
    )
    for name, (title, meaning) in _SPANS.items()
}


def sections(figures: Figures, stretch: Stretch) -> tuple[Section, ...]:
    """All sections; none when there is no run to speak of.

    Parameters
    ----------
    figures : Figures
        Computed over the stretch.
    stretch : Stretch
        What the report covers and how it is cut.
    """
    if not figures.n_runs:
        return ()
    over_time = partial(_over_time, stretch=stretch)
    failed = figures.cost_of_failed_runs_by_technique
    cost = (
        over_time(figures.charged_cost_by_period, figures.charged_cost, plan=_COST_BY["technique"]),
        *(
            _grouped(plan, getattr(figures, f"charged_cost_by_{by}"), figures.charged_cost)
            for by, plan in _COST_BY.items()
        ),
        _grouped(_UNIT_COST, figures.unit_cost_by_technique, figures.unit_cost),
    )
    failures = (
        over_time(figures.failure_rate_by_period, figures.failure_rate, plan=_FAILURE_RATE),
        _grouped(_FAILURE_RATE, figures.failure_rate_by_technique, figures.failure_rate),
        _grouped(_BY_CODE, figures.failures_by_code, figures.cost_of_failed_runs),
        _grouped(_FAILED_COST, failed[failed["n_failed"] > 0], figures.cost_of_failed_runs),
    )
    durations = (
        _spans(figures),
        *(_span_by_technique(figures, name) for name in ("queue_time", "execution_time")),
    )
    return (
        Section("cost", "What it cost", tuple(filter(None, cost))),
        Section("failures", "What failed", tuple(filter(None, failures))),
        Section("durations", "How long it took", tuple(filter(None, durations))),
    )


def _grouped(plan: _Plan, metric: pd.DataFrame, total: pd.DataFrame) -> Figure | None:
    """A metric by some dimension; nothing where no group is left to show."""
    if metric.empty:
        return None
    layout = Layout(
        caption=f"{plan.title}, largest first",
        head=plan.by.replace("_", " ").capitalize(),
        measures=plan.measures,
        by=plan.leading,
        summed=plan.summed,
    )
    table = readable_table(metric, layout, total=total)
    chart = Chart(plan.plot, as_shown(metric, layout), plan.title, _in_words(table, plan))
    return Figure(plan.key, plan.title, plan.remark, table, chart if len(metric) > 1 else None)


def _in_words(table: Table, plan: _Plan) -> str:
    """What a chart of groups shows, for those who cannot see it."""
    at = 1 + [measure.column for measure in plan.measures].index(plan.leading)
    largest = [row.cells for row in table.rows if row.role == "group"][:3]
    first = "; ".join(f"{cells[0].text}: {cells[at].text}" for cells in largest)
    return f"One row for each, largest first. {first}. The table below holds the exact values."


def _over_time(
    metric: pd.DataFrame, total: pd.DataFrame, *, plan: _Plan, stretch: Stretch
) -> Figure:
    """A metric by period, oldest first; a long table is folded away."""
    key, title = (
        text.replace("technique", stretch.period if " " in text else "period")
        for text in (plan.key, plan.title)
    )
    partly = any(is_partial(start, stretch) for start in metric.index)
    layout = Layout(
        caption=f"{title}, oldest first",
        head=stretch.period.capitalize(),
        measures=tuple(measure for measure in plan.measures if measure.kind != "share"),
        names=partial(_period_names, stretch=stretch),
        n=len(metric),
        summed=plan.summed,
        note=f"* Only part of this {stretch.period} is covered." if partly else "",
    )
    n = display.counted(len(metric), stretch.period)
    description = f"{n} with runs, {stretch.words}. The table below holds the exact values."
    return Figure(
        key,
        title,
        "" if key.startswith("cost") else plan.remark,
        readable_table(metric, layout, total=total),
        Chart(plan.plot, as_shown(metric, layout), title, description) if len(metric) > 1 else None,
        folded=len(metric) > _LONGEST_OPEN_TABLE,
    )


def _period_names(metric: pd.DataFrame, *, stretch: Stretch) -> list[Cell]:
    return [
        Cell(period_name(start, stretch.period) + (" *" if is_partial(start, stretch) else ""))
        for start in metric.index
    ]


def _spans(figures: Figures) -> Figure:
    spans = [getattr(figures, name) for name in _SPANS]
    overall = pd.concat(spans, ignore_index=True)
    overall.index = pd.Index([title for title, _ in _SPANS.values()], name="span")
    layout = Layout(
        caption="Queue, execution and turnaround time of all runs, and how many are left out",
        head="Span",
        measures=(
            *_QUANTILES,
            Measure("n_timed", "Runs timed", "count"),
            Measure("n_open", "Still open", "count"),
            Measure("n_missing", "No time given", "count"),
            Measure("n_negative", "Negative", "count"),
        ),
    )
    remark = "Of the runs that have both times. Runs still open are left out; they may prove slow."
    return Figure(
        "durations-overall", "Waiting and working", remark, readable_table(overall, layout)
    )


def _span_by_technique(figures: Figures, name: str) -> Figure | None:
    by_technique = getattr(figures, f"{name}_by_technique")
    timed = by_technique[by_technique["n_timed"] > 0]
    return _grouped(_SPAN_BY[name], timed, getattr(figures, name))
