"""Every metric table a report needs, each computed when it is first asked for.

Takes runs and a stretch of time; gives the metrics' own tables, unrounded and uncut. Knows
no sentence and no layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from flora_analytics import metrics
from flora_analytics.budget import Budget
from flora_analytics.calendar import Window
from flora_analytics.metrics.having import having
from flora_analytics.objectives import Objective
from flora_analytics.report.oddities import days_to_judge
from flora_analytics.report.prospects import Cycle, cycle_of
from flora_analytics.report.stretch import Stretch

__all__ = ["Compared", "Figures", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a report holds the runs to.

    Attributes
    ----------
    cycle_day : int
        Day of the month on which a billing cycle begins.
    budget : Budget or None
        What may be spent in a cycle.
    objectives : sequence of Objective
        What is promised.
    """

    cycle_day: int = 1
    budget: Budget | None = None
    objectives: Sequence[Objective] = ()


class Compared:
    """The figures by which two stretches are compared, of the runs created in one of them."""

    def __init__(self, runs: Any, window: Window) -> None:
        self.within = metrics.in_window(runs, window)

    @cached_property
    def charged_cost(self) -> pd.DataFrame:
        return metrics.charged_cost(self.within)

    @cached_property
    def charged_cost_by_technique(self) -> pd.DataFrame:
        return metrics.charged_cost(self.within, by="technique")

    @cached_property
    def failure_rate(self) -> pd.DataFrame:
        return metrics.failure_rate(self.within)


class Figures(Compared):
    """Metric tables of the runs created in a stretch; without "by" in its name, the total.

    Parameters
    ----------
    runs : pyarrow.Table or Ibis table
        All runs at hand; what lies outside the stretch's window is left out here.
    stretch : Stretch
        The window, what it is compared with and how it is cut.
    terms : Terms, optional
        What the runs are held to.

    Attributes
    ----------
    within : pyarrow.Table or Ibis table
        The runs created in the window.
    recent, earlier : Compared or None
        The two stretches compared, if any are.
    """

    def __init__(self, runs: Any, stretch: Stretch, terms: Terms | None = None) -> None:
        super().__init__(runs, stretch.window)
        self._runs = runs
        self._stretch = stretch
        self.terms = terms or Terms()
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
        return metrics.charged_cost(self.within, period=stretch.period, tz=stretch.tz)

    @cached_property
    def charged_cost_by_project(self) -> pd.DataFrame:
        return metrics.charged_cost(self.within, by="project")

    @cached_property
    def charged_cost_by_workspace(self) -> pd.DataFrame:
        return metrics.charged_cost(self.within, by="workspace")

    @cached_property
    def unit_cost(self) -> pd.DataFrame:
        return metrics.unit_cost(self.within)

    @cached_property
    def unit_cost_by_technique(self) -> pd.DataFrame:
        return metrics.unit_cost(self.within, by="technique")

    @cached_property
    def cost_of_failed_runs(self) -> pd.DataFrame:
        return metrics.cost_of_failed_runs(self.within)

    @cached_property
    def cost_of_failed_runs_by_technique(self) -> pd.DataFrame:
        return metrics.cost_of_failed_runs(self.within, by="technique")

    @cached_property
    def failure_rate_by_technique(self) -> pd.DataFrame:
        return metrics.failure_rate(self.within, by="technique")

    @cached_property
    def failure_rate_by_period(self) -> pd.DataFrame:
        stretch = self._stretch
        return metrics.failure_rate(self.within, period=stretch.period, tz=stretch.tz)

    @cached_property
    def failures_by_code(self) -> pd.DataFrame:
        return metrics.failures_by_code(self.within)

    @cached_property
    def queue_time(self) -> pd.DataFrame:
        return metrics.queue_time(self.within)

    @cached_property
    def queue_time_by_technique(self) -> pd.DataFrame:
        return metrics.queue_time(self.within, by="technique")

    @cached_property
    def execution_time(self) -> pd.DataFrame:
        return metrics.execution_time(self.within)

    @cached_property
    def execution_time_by_technique(self) -> pd.DataFrame:
        return metrics.execution_time(self.within, by="technique")

    @cached_property
    def turnaround_time(self) -> pd.DataFrame:
        return metrics.turnaround_time(self.within)

    def of(self, figure: str, *, column: str, keys: Sequence[str]) -> pd.DataFrame:
        """The metric called `figure` of the runs whose `column` is one of `keys`; one row."""
        table: pd.DataFrame = getattr(metrics, figure)(having(self.within, column, keys))
        return table

    @cached_property
    def cost_changes(self) -> pd.DataFrame | None:
        """Between the stretches compared, if any are; so are the next two."""
        return self._between(metrics.cost_changes, nested="technique")

    @cached_property
    def cost_changes_by_technique(self) -> pd.DataFrame | None:
        return self._between(metrics.cost_changes, by="technique")

    @cached_property
    def failure_rate_change(self) -> pd.DataFrame | None:
        return self._between(metrics.failure_rate_change)

    def _between(self, figure: Any, **how: Any) -> pd.DataFrame | None:
        if self._stretch.compared is None:
            return None
        later, earlier = self._stretch.compared
        table: pd.DataFrame = figure(self._runs, earlier=earlier, later=later, **how)
        return table

    @cached_property
    def price_drift(self) -> pd.DataFrame:
        return metrics.price_drift(self.within, tz=self._stretch.tz)

    @cached_property
    def cycle(self) -> Cycle | None:
        """The billing cycle in which the stretch ends, unless nothing ran in it of late."""
        return cycle_of(self._stretch, cycle_day=self.terms.cycle_day)

    @cached_property
    def cost_forecast(self) -> pd.DataFrame | None:
        """Of the cycle under way; None if it is over."""
        return self._ahead(metrics.cost_forecast)

    @cached_property
    def cost_forecast_path(self) -> pd.DataFrame | None:
        return self._ahead(metrics.cost_forecast_path)

    def _ahead(self, figure: Any) -> pd.DataFrame | None:
        if self.cycle is None or self.cycle.is_over:
            return None
        table: pd.DataFrame = figure(
            self._runs,
            now=self.cycle.seen_at,
            period="cycle",
            tz=self._stretch.tz,
            cycle_day=self.terms.cycle_day,
        )
        return table

    @cached_property
    def budget_status(self) -> pd.DataFrame | None:
        """Of the cycle, where there is a budget."""
        if self.cycle is None or self.terms.budget is None:
            return None
        return metrics.budget_status(
            self._runs,
            self.terms.budget,
            now=self.cycle.seen_at,
            tz=self._stretch.tz,
            cycle_day=self.terms.cycle_day,
        )

    @cached_property
    def days_judged(self) -> Window | None:
        """The days in which anything odd is looked for."""
        return days_to_judge(self._stretch)

    @cached_property
    def cost_anomalies(self) -> pd.DataFrame | None:
        if self.days_judged is None:
            return None
        return metrics.cost_anomalies(
            self._runs, window=self.days_judged, tz=self._stretch.tz, now=self.days_judged.end
        )

    @cached_property
    def charged_cost_by_day_judged(self) -> pd.DataFrame:
        judged = metrics.in_window(self._runs, self.days_judged or Window())
        return metrics.charged_cost(judged, period="day", tz=self._stretch.tz)

    @cached_property
    def stuck_runs(self) -> pd.DataFrame | None:
        """As of the data, where the stretch reaches so far."""
        if not self._stretch.is_latest:
            return None
        return metrics.stuck_runs(self._runs, now=self._stretch.as_of)

    @cached_property
    def service_levels(self) -> pd.DataFrame | None:
        """At the end of the stretch, where anything is promised."""
        if not self.terms.objectives or self._stretch.until is None:
            return None
        return metrics.service_levels(self._runs, self.terms.objectives, now=self._stretch.until)

    @cached_property
    def activity(self) -> pd.DataFrame:
        stretch = self._stretch
        passed = Window(stretch.shown.start, stretch.until)
        return metrics.activity(self.within, tz=stretch.tz, window=passed)
