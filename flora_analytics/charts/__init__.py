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
    from flora_analytics.charts.cost import (
        plot_charged_cost,
        plot_cost_of_failed_runs,
        plot_unit_cost,
    )
    from flora_analytics.charts.durations import (
        plot_execution_time,
        plot_queue_time,
        plot_turnaround_time,
    )
    from flora_analytics.charts.failures import plot_failure_rate, plot_failures_by_code
    from flora_analytics.charts.style import theme

__all__ = [
    "plot_charged_cost",
    "plot_cost_of_failed_runs",
    "plot_execution_time",
    "plot_failure_rate",
    "plot_failures_by_code",
    "plot_queue_time",
    "plot_turnaround_time",
    "plot_unit_cost",
    "theme",
]

_HOME = {
    "plot_charged_cost": "cost",
    "plot_cost_of_failed_runs": "cost",
    "plot_execution_time": "durations",
    "plot_failure_rate": "failures",
    "plot_failures_by_code": "failures",
    "plot_queue_time": "durations",
    "plot_turnaround_time": "durations",
    "plot_unit_cost": "cost",
    "theme": "style",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
