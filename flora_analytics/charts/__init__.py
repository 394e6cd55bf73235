"""Charts: a metric table in, matplotlib `Axes` out; one function a figure.

Each draws any table its metric returns (plain, by dimensions, by period, or both) and computes
nothing: the only sums are those of exact money and counts behind "other (n)" and the ends of
stacked bars, because shares of a total must add up. They know no runs, files or titles. Loaded
when first used, so that importing the package does not load matplotlib.

>>> "plot_charged_cost" in __all__
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flora_analytics.charts.anomalies import plot_cost_anomalies
    from flora_analytics.charts.budget import plot_budget_status
    from flora_analytics.charts.changes import plot_cost_changes
    from flora_analytics.charts.cost import (
        plot_charged_cost,
        plot_cost_of_failed_runs,
        plot_unit_cost,
    )
    from flora_analytics.charts.curves import (
        plot_success_incidence,
        plot_time_to_success,
        plot_turnaround_quantiles,
        plot_turnaround_survival,
    )
    from flora_analytics.charts.durations import (
        plot_execution_time,
        plot_queue_time,
        plot_turnaround_time,
    )
    from flora_analytics.charts.failing import (
        plot_estimated_retries,
        plot_failure_ranking,
        plot_failure_rate_change,
    )
    from flora_analytics.charts.failures import plot_failure_rate, plot_failures_by_code
    from flora_analytics.charts.forecast import plot_cost_forecast
    from flora_analytics.charts.prices import plot_output_cost, plot_price_drift
    from flora_analytics.charts.style import theme
    from flora_analytics.charts.usage import plot_activity, plot_concurrency, plot_usage
    from flora_analytics.charts.waiting import plot_service_levels, plot_stuck_runs

__all__ = [
    "plot_activity",
    "plot_budget_status",
    "plot_charged_cost",
    "plot_concurrency",
    "plot_cost_anomalies",
    "plot_cost_changes",
    "plot_cost_forecast",
    "plot_cost_of_failed_runs",
    "plot_estimated_retries",
    "plot_execution_time",
    "plot_failure_ranking",
    "plot_failure_rate",
    "plot_failure_rate_change",
    "plot_failures_by_code",
    "plot_output_cost",
    "plot_price_drift",
    "plot_queue_time",
    "plot_service_levels",
    "plot_stuck_runs",
    "plot_success_incidence",
    "plot_time_to_success",
    "plot_turnaround_quantiles",
    "plot_turnaround_survival",
    "plot_turnaround_time",
    "plot_unit_cost",
    "plot_usage",
    "theme",
]

_HOME = {
    "plot_activity": "usage",
    "plot_budget_status": "budget",
    "plot_charged_cost": "cost",
    "plot_concurrency": "usage",
    "plot_cost_anomalies": "anomalies",
    "plot_cost_changes": "changes",
    "plot_cost_forecast": "forecast",
    "plot_cost_of_failed_runs": "cost",
    "plot_estimated_retries": "failing",
    "plot_execution_time": "durations",
    "plot_failure_ranking": "failing",
    "plot_failure_rate": "failures",
    "plot_failure_rate_change": "failing",
    "plot_failures_by_code": "failures",
    "plot_output_cost": "prices",
    "plot_price_drift": "prices",
    "plot_queue_time": "durations",
    "plot_service_levels": "waiting",
    "plot_stuck_runs": "waiting",
    "plot_success_incidence": "curves",
    "plot_time_to_success": "curves",
    "plot_turnaround_quantiles": "curves",
    "plot_turnaround_survival": "curves",
    "plot_turnaround_time": "durations",
    "plot_unit_cost": "cost",
    "plot_usage": "usage",
    "theme": "style",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
