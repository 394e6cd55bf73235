"""What failed: how often, with which codes, and what it cost."""

from __future__ import annotations

from dataclasses import replace

from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Section
from flora_analytics.report.sections.groups import UNKNOWN, Plan, by_period, grouped
from flora_analytics.report.stretch import Stretch
from flora_analytics.report.tables import Measure

__all__ = ["failures"]

_RATE = Plan(
    key="failures-by-technique",
    title="Failure rate by technique",
    plot="failure_rate",
    by="technique",
    leading="failure_rate",
    measures=(
        Measure("failure_rate", "Failure rate", "rate"),
        Measure("low", "95% interval", "interval"),
        Measure("n_failed", "Failed", "count"),
        Measure("n_finished", "Finished", "count"),
    ),
    remark="Each with its 95% interval; few runs give a wide one.",
    summed="All",
)
_BY_CODE = Plan(
    key="failures-by-code",
    title="Failures by error code",
    plot="failures_by_code",
    by="error_code",
    leading="n_failed",
    measures=(
        Measure("n_failed", "Failed", "count"),
        Measure("n_failed", "Share", "share", beside="failed_share"),
        Measure("cost_of_failed_runs", "Cost of failed runs", "money"),
        UNKNOWN,
    ),
)
_COST = Plan(
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
        UNKNOWN,
    ),
    remark="Techniques without a failed run are not listed.",
)


def failures(figures: Figures, stretch: Stretch) -> Section:
    """Rates always; codes and costs where something failed."""
    cost = figures.cost_of_failed_runs
    by_technique = figures.cost_of_failed_runs_by_technique
    over_time = replace(_RATE, key="failures-by-period", title=f"Failure rate by {stretch.period}")
    shown = (
        by_period(over_time, figures.failure_rate_by_period, figures.failure_rate, stretch=stretch),
        grouped(_RATE, figures.failure_rate_by_technique, figures.failure_rate, figures.of),
        grouped(_BY_CODE, figures.failures_by_code, cost),
        grouped(_COST, by_technique[by_technique["n_failed"] > 0], cost, figures.of),
    )
    return Section("failures", "What failed", tuple(filter(None, shown)))
