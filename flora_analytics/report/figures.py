"""Every metric table a report needs, each computed when it is first asked for.

Takes runs and a stretch of time; gives the metrics' own tables, unrounded and uncut. Knows
no sentence and no layout.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pandas as pd

from flora_analytics import metrics
from flora_analytics.calendar import Window
from flora_analytics.report.stretch import Stretch

__all__ = ["Compared", "Figures"]


class Compared:
    """The figures by which two stretches are compared, of the runs created in one of them."""

    def __init__(self, runs: Any, window: Window) -> None:
        self._within = metrics.in_window(runs, window)

    @cached_property
    def charged_cost(self) -> pd.DataFrame:
        return metrics.charged_cost(self._within)

    @cached_property
    def charged_cost_by_technique(self) -> pd.DataFrame:
        return metrics.charged_cost(self._within, by="technique")

    @cached_property
    def failure_rate(self) -> pd.DataFrame:
        return metrics.failure_rate(self._within)


class Figures(Compared):
    """Metric tables of the runs created in a stretch; without "by" in its name, the total.

    Parameters
    ----------
    runs : pyarrow.Table or Ibis table
        All runs at hand; what lies outside the stretch's window is left out here.
    stretch : Stretch
        The window, what it is compared with and how it is cut.

    Attributes
    ----------
    recent, earlier : Compared or None
        The two stretches compared, if any are.
    """

    def __init__(self, runs: Any, stretch: Stretch) -> None:
        super().__init__(runs, stretch.window)
        self._runs = runs
        self._stretch = stretch
        recent, earlier = stretch.compared or (None, None)
        self.recent = Compared(runs, recent) if recent else None
        self.earlier = Compared(runs, earlier) if earlier else None

    @cached_property
    def n_all_runs(self) -> int:
        """Runs at hand, those outside the window included."""
        return int(metrics.charged_cost(self._runs)["n_runs"].iloc[0])

    @property
    def n_runs(self) -> int:
        """Runs created in the window."""
        return int(self.charged_cost["n_runs"].iloc[0])

    @cached_property
    def charged_cost_by_period(self) -> pd.DataFrame:
        stretch = self._stretch
        return metrics.charged_cost(self._within, period=stretch.period, tz=stretch.tz)

    @cached_property
    def charged_cost_by_project(self) -> pd.DataFrame:
        return metrics.charged_cost(self._within, by="project")

    @cached_property
    def charged_cost_by_workspace(self) -> pd.DataFrame:
        return metrics.charged_cost(self._within, by="workspace")

    @cached_property
    def unit_cost(self) -> pd.DataFrame:
        return metrics.unit_cost(self._within)

    @cached_property
    def unit_cost_by_technique(self) -> pd.DataFrame:
        return metrics.unit_cost(self._within, by="technique")

    @cached_property
    def cost_of_failed_runs(self) -> pd.DataFrame:
        return metrics.cost_of_failed_runs(self._within)

    @cached_property
    def cost_of_failed_runs_by_technique(self) -> pd.DataFrame:
        return metrics.cost_of_failed_runs(self._within, by="technique")

    @cached_property
    def failure_rate_by_technique(self) -> pd.DataFrame:
        return metrics.failure_rate(self._within, by="technique")

    @cached_property
    def failure_rate_by_period(self) -> pd.DataFrame:
        stretch = self._stretch
        return metrics.failure_rate(self._within, period=stretch.period, tz=stretch.tz)

    @cached_property
    def failures_by_code(self) -> pd.DataFrame:
        return metrics.failures_by_code(self._within)

    @cached_property
    def queue_time(self) -> pd.DataFrame:
        return metrics.queue_time(self._within)

    @cached_property
    def queue_time_by_technique(self) -> pd.DataFrame:
        return metrics.queue_time(self._within, by="technique")

    @cached_property
    def execution_time(self) -> pd.DataFrame:
        return metrics.execution_time(self._within)

    @cached_property
    def execution_time_by_technique(self) -> pd.DataFrame:
        return metrics.execution_time(self._within, by="technique")

    @cached_property
    def turnaround_time(self) -> pd.DataFrame:
        return metrics.turnaround_time(self._within)
