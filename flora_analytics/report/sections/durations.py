"""How long it took: waiting and working, by technique, and which runs are stuck."""

from __future__ import annotations

import pandas as pd

from flora_analytics.report import display
from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Cell, Chart, Column, Figure, Row, Section, Table
from flora_analytics.report.sections.groups import Plan, grouped
from flora_analytics.report.stretch import Stretch
from flora_analytics.report.tables import Layout, Measure, readable_table

__all__ = ["durations"]

_MOST_STUCK = 11
_QUANTILES = (
    Measure("p50", "Median", "span"),
    Measure("p90", "90% within", "span"),
    Measure("p99", "99% within", "span"),
    Measure("max", "Longest", "span"),
)
_TITLES = {
    "queue_time": ("Queue time", "From creation to start."),
    "execution_time": ("Execution time", "From start to end."),
    "turnaround_time": ("Turnaround time", "From creation to end."),
}


def durations(figures: Figures, stretch: Stretch) -> Section:
    """Spans of all runs, of each technique, and runs that are open for far too long."""
    shown = (
        _overall(figures),
        _by_technique(figures, "queue_time", figures.queue_time_by_technique),
        _by_technique(figures, "execution_time", figures.execution_time_by_technique),
        _stuck(figures, stretch),
    )
    return Section("durations", "How long it took", tuple(filter(None, shown)))


def _overall(figures: Figures) -> Figure:
    spans = [figures.queue_time, figures.execution_time, figures.turnaround_time]
    overall = pd.concat(spans, ignore_index=True)
    overall.index = pd.Index([title for title, _ in _TITLES.values()], name="span")
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
    table = readable_table(overall, layout)
    return Figure("durations-overall", "Waiting and working", remark, table)


def _by_technique(figures: Figures, name: str, metric: pd.DataFrame) -> Figure | None:
    title, meaning = _TITLES[name]
    plan = Plan(
        key=name.replace("_", "-"),
        title=f"{title} by technique",
        plot=name,
        by="technique",
        leading="p50",
        measures=(*_QUANTILES, Measure("n_timed", "Runs timed", "count")),
        remark=meaning,
        summed="All",
    )
    return grouped(plan, metric[metric["n_timed"] > 0], getattr(figures, name), figures.of)


def _stuck(figures: Figures, stretch: Stretch) -> Figure | None:
    stuck = figures.stuck_runs
    if stuck is None or stuck.empty or stretch.as_of is None:
        return None
    rows = [
        Row(
            (
                Cell(display.name(str(run_id))),
                Cell(display.name(run["technique_name"])),
                Cell(display.name(run["status"])),
                Cell(
                    display.instant(run["created_at"], tz=stretch.tz),
                    run["created_at"].isoformat(),
                ),
                _span(run["open_time"]),
                _span(run["limit"]),
            )
        )
        for run_id, run in stuck.head(_MOST_STUCK).iterrows()
    ]
    title = "Runs that are stuck"
    as_of = display.instant(stretch.as_of, tz=stretch.tz)
    more = len(stuck) - len(rows)
    table = Table(
        caption=f"{title} as of {as_of}, oldest first",
        columns=(
            Column("Run", "name"),
            Column("Technique", "name"),
            Column("Status", "name"),
            Column("Created", "number"),
            Column("Open for", "number"),
            Column("Usual limit", "number"),
        ),
        rows=tuple(rows),
        note=f"{display.count(more)} more are not listed." if more else "",
    )
    described = f"{display.counted(len(stuck), 'run')}, each open far beyond its limit."
    remark = (
        "Open far longer than 999 in 1,000 runs of their technique take, whenever they were "
        "created: they may never end by themselves."
    )
    chart = Chart("stuck_runs", stuck, title, described) if len(stuck) > 1 else None
    return Figure("stuck-runs", title, remark, table, chart)


def _span(value: pd.Timedelta) -> Cell:
    length = value.to_pytimedelta()
    return Cell(display.span(length), f"{length.total_seconds():f}")
