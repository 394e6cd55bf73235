"""What it cost: by period, technique, project and workspace, and for each outcome."""

from __future__ import annotations

from dataclasses import replace

from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Section
from flora_analytics.report.sections.groups import COST, RUNS, UNKNOWN, Plan, by_period, grouped
from flora_analytics.report.stretch import Stretch
from flora_analytics.report.tables import Measure

__all__ = ["cost"]

_BY = Plan(
    key="cost-by-technique",
    title="Charged cost by technique",
    plot="charged_cost",
    by="technique",
    leading="charged_cost",
    measures=(COST, Measure("charged_cost", "Share", "share"), RUNS, UNKNOWN),
)
_UNIT_COST = Plan(
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


def cost(figures: Figures, stretch: Stretch) -> Section:
    """Each dimension that has more than one group; techniques always."""
    total = figures.charged_cost
    over_time = replace(
        _BY,
        key="cost-by-period",
        title=f"Charged cost by {stretch.period}",
        measures=(COST, RUNS, UNKNOWN),
    )
    by_group = {
        "technique": figures.charged_cost_by_technique,
        "project": figures.charged_cost_by_project,
        "workspace": figures.charged_cost_by_workspace,
    }
    shown = (
        by_period(over_time, figures.charged_cost_by_period, total, stretch=stretch),
        *(
            grouped(_of(by), metric, total)
            for by, metric in by_group.items()
            if by == "technique" or len(metric) > 1
        ),
        grouped(_UNIT_COST, figures.unit_cost_by_technique, figures.unit_cost, figures.of),
    )
    return Section("cost", "What it cost", tuple(filter(None, shown)))


def _of(by: str) -> Plan:
    return replace(_BY, key=f"cost-by-{by}", title=f"Charged cost by {by}", by=by)
