"""Figures: runs of any kind in, one small pandas table out, and no network or drawing.

===========================  =========================================================
what runs cost               charged_cost, unit_cost, output_cost, price_drift
what changed, and why        cost_changes, failure_rate_change
where a period will end      cost_forecast, cost_forecast_path, budget_status
what is odd                  cost_anomalies
what fails, what that costs  failure_rate, failure_ranking, failures_by_code,
                             cost_of_failed_runs, estimated_retries
how long people wait         queue_time, execution_time, turnaround_time; open runs
                             included: turnaround_quantiles, turnaround_survival,
                             time_to_success, success_incidence
who is stuck                 stuck_runs, open_time
whether promises are kept    service_levels, burn_rates
how much is used, and when   usage, concurrency, activity
a stretch of time            in_window
===========================  =========================================================

Figures are called ``figure(runs, *, by=None, period=None, tz="UTC", cycle_day=None)``; those that
look ahead, compare or watch take `now` or two windows (`flora_analytics.calendar.Window`) instead
of periods. They read a pandas DataFrame, an Arrow table, an Ibis table (DuckDB) or a Spark
DataFrame:

- `by`: one word or several of ``technique``, ``project``, ``workspace``, ``status``,
  ``error_code``, ``output_type``, or any column's name. The index holds the keys, as strings
  (``technique`` → ``technique_id``, with its latest ``technique_name`` as first column). A key
  that is not stated is the group ``(none)``. A run whose outputs have several types belongs to
  one group, such as ``imageUrl + videoUrl``, so that groups add up to the total.
- `period`: ``hour``, ``day``, ``week``, ``month``, ``quarter`` or ``cycle`` (from `cycle_day` on),
  half-open and cut in the zone `tz` by ``created_at``. The last level of the index is
  ``period_start``, an instant in `tz`. Periods without runs have no row.
- Neither gives one row. Rows are sorted so that ``head()`` is the answer: largest first, and
  with `period` by time, then largest first.
- ``n_*`` are int64, shares and rates float64 from 0 to 1, spans ``timedelta64[us]``, and sums of
  money exact decimals, ``decimal128(38, 9)`` in US dollars, null where no cost is stated. Columns
  and dtypes are the same with no runs at all, and every table adds up to the total.
- pandas adds, compares, rounds, sorts and plots such decimals, but cannot subtract, multiply or
  divide them: ``table["charged_cost"].astype(float)`` is for going on from there.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flora_analytics.metrics.active import activity, usage
    from flora_analytics.metrics.anomalies import Sensitivity, cost_anomalies
    from flora_analytics.metrics.attainment import service_levels
    from flora_analytics.metrics.budgets import budget_status
    from flora_analytics.metrics.burning import burn_rates
    from flora_analytics.metrics.changes import cost_changes
    from flora_analytics.metrics.cost import charged_cost, cost_of_failed_runs, unit_cost
    from flora_analytics.metrics.durations import execution_time, queue_time, turnaround_time
    from flora_analytics.metrics.failure_change import failure_rate_change
    from flora_analytics.metrics.failures import failure_rate, failures_by_code
    from flora_analytics.metrics.forecasts import cost_forecast, cost_forecast_path
    from flora_analytics.metrics.outputs import output_cost
    from flora_analytics.metrics.prices import price_drift
    from flora_analytics.metrics.rankings import failure_ranking
    from flora_analytics.metrics.retries import estimated_retries
    from flora_analytics.metrics.stuck import stuck_runs
    from flora_analytics.metrics.success import success_incidence, time_to_success
    from flora_analytics.metrics.survival import turnaround_quantiles, turnaround_survival
    from flora_analytics.metrics.under_way import concurrency
    from flora_analytics.metrics.waiting import open_time
    from flora_analytics.metrics.window import in_window

__all__ = [
    "Sensitivity",
    "activity",
    "budget_status",
    "burn_rates",
    "charged_cost",
    "concurrency",
    "cost_anomalies",
    "cost_changes",
    "cost_forecast",
    "cost_forecast_path",
    "cost_of_failed_runs",
    "estimated_retries",
    "execution_time",
    "failure_ranking",
    "failure_rate",
    "failure_rate_change",
    "failures_by_code",
    "in_window",
    "open_time",
    "output_cost",
    "price_drift",
    "queue_time",
    "service_levels",
    "stuck_runs",
    "success_incidence",
    "time_to_success",
    "turnaround_quantiles",
    "turnaround_survival",
    "turnaround_time",
    "unit_cost",
    "usage",
]

_HOMES = {
    "Sensitivity": "anomalies",
    "activity": "active",
    "budget_status": "budgets",
    "burn_rates": "burning",
    "charged_cost": "cost",
    "concurrency": "under_way",
    "cost_anomalies": "anomalies",
    "cost_changes": "changes",
    "cost_forecast": "forecasts",
    "cost_forecast_path": "forecasts",
    "cost_of_failed_runs": "cost",
    "estimated_retries": "retries",
    "execution_time": "durations",
    "failure_ranking": "rankings",
    "failure_rate": "failures",
    "failure_rate_change": "failure_change",
    "failures_by_code": "failures",
    "in_window": "window",
    "open_time": "waiting",
    "output_cost": "outputs",
    "price_drift": "prices",
    "queue_time": "durations",
    "service_levels": "attainment",
    "stuck_runs": "stuck",
    "success_incidence": "success",
    "time_to_success": "success",
    "turnaround_quantiles": "survival",
    "turnaround_survival": "survival",
    "turnaround_time": "durations",
    "unit_cost": "cost",
    "usage": "active",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
