"""Every metric table a report needs, computed once.

Takes runs and a stretch of time; gives the metrics' own tables, unrounded and uncut. Knows
no sentence and no layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from flora_analytics import metrics
from flora_analytics.calendar import Window
from flora_analytics.report.stretch import Stretch

__all__ = ["Figures", "compute_figures"]

_GROUPS = ("technique", "project", "workspace")


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Metric tables of the runs created in the stretch; a table without a suffix is the total.

    ``recent`` and ``earlier`` are the two stretches compared, None when nothing is; each
    holds ``charged_cost``, ``charged_cost_by_technique`` and ``failure_rate``.
    """

    n_all_runs: int
    charged_cost: pd.DataFrame
    charged_cost_by_period: pd.DataFrame
    charged_cost_by: dict[str, pd.DataFrame]
    unit_cost: pd.DataFrame
    unit_cost_by_technique: pd.DataFrame
    cost_of_failed_runs: pd.DataFrame
    cost_of_failed_runs_by_technique: pd.DataFrame
    failure_rate: pd.DataFrame
    failure_rate_by_technique: pd.DataFrame
    failure_rate_by_period: pd.DataFrame
    failures_by_code: pd.DataFrame
    durations: dict[str, pd.DataFrame]
    durations_by_technique: dict[str, pd.DataFrame]
    recent: dict[str, pd.DataFrame] | None
    earlier: dict[str, pd.DataFrame] | None


def compute_figures(runs: Any, stretch: Stretch) -> Figures:
    """All figures of `runs` created in the stretch's window.

    Parameters
    ----------
    runs : pyarrow.Table or Ibis table
        All runs at hand; what lies outside the window is left out here.
    stretch : Stretch
        The window, what it is compared with and how it is cut.
    """
    within = metrics.in_window(runs, stretch.window)
    period, tz = stretch.period, stretch.tz
    compared = stretch.compared and [_of_stretch(runs, window) for window in stretch.compared]
    return Figures(
        n_all_runs=int(metrics.charged_cost(runs)["n_runs"].iloc[0]),
        charged_cost=metrics.charged_cost(within),
        charged_cost_by_period=metrics.charged_cost(within, period=period, tz=tz),
        charged_cost_by={by: metrics.charged_cost(within, by=by) for by in _GROUPS},
        unit_cost=metrics.unit_cost(within),
        unit_cost_by_technique=metrics.unit_cost(within, by="technique"),
        cost_of_failed_runs=metrics.cost_of_failed_runs(within),
        cost_of_failed_runs_by_technique=metrics.cost_of_failed_runs(within, by="technique"),
        failure_rate=metrics.failure_rate(within),
        failure_rate_by_technique=metrics.failure_rate(within, by="technique"),
        failure_rate_by_period=metrics.failure_rate(within, period=period, tz=tz),
        failures_by_code=metrics.failures_by_code(within),
        durations={name: span(within) for name, span in _DURATIONS.items()},
        durations_by_technique={
            name: span(within, by="technique") for name, span in _DURATIONS.items()
        },
        recent=compared[0] if compared else None,
        earlier=compared[1] if compared else None,
    )


def _of_stretch(runs: Any, window: Window) -> dict[str, pd.DataFrame]:
    within = metrics.in_window(runs, window)
    return {
        "charged_cost": metrics.charged_cost(within),
        "charged_cost_by_technique": metrics.charged_cost(within, by="technique"),
        "failure_rate": metrics.failure_rate(within),
    }


_DURATIONS = {
    "queue_time": metrics.queue_time,
    "execution_time": metrics.execution_time,
    "turnaround_time": metrics.turnaround_time,
}
