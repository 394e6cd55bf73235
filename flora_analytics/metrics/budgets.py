"""How a billing cycle stands against its budget: what is spent, and whether and when it breaks.

Runs, a `Budget` and an instant in, one pandas table out. What is spent is exact; what is to
come is the distribution of `cost_forecast`.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flora_analytics.budget import Budget
from flora_analytics.calendar import Window
from flora_analytics.errors import ConfigurationError
from flora_analytics.metrics.cost import charged_cost
from flora_analytics.metrics.spending import EXACT, UNKNOWN, Prospect, UnderWay, instants
from flora_analytics.metrics.window import in_window
from flora_analytics.statistics.outlook import weeks_needed

if TYPE_CHECKING:
    from flora_analytics.metrics.cut import By
    from flora_analytics.metrics.engine import Runs
    from flora_analytics.statistics.outlook import Floats

__all__ = ["ALL", "PROJECT", "budget_status"]

#: In place of a project's id: what all of them spend together.
ALL = "(all)"
#: The name of a project's budget.
PROJECT = "project budget"

_DAY = dt.timedelta(days=1)


def budget_status(
    runs: Runs,
    budget: Budget,
    *,
    now: dt.datetime,
    tz: str = "UTC",
    cycle_day: int = 1,
) -> pd.DataFrame:
    """Whether the billing cycle under way keeps to its budget, and when it will not.

    The layers of a budget are used up one after the other: what the seats include, then the
    extra balance, then overage up to its cap. Each is a row, and its budget is that of all
    layers up to it, so that the last one is all that may be spent. Budgets of projects follow.

    A budget is breached when more than it is spent. Chance and dates come from the
    distribution of `cost_forecast`, in closed form: cumulated cost never falls, so that the
    budget is breached by a day if that day's cumulated cost is above it. They are missing
    without enough history; a budget that is breached already has the day on which it was.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``created_at``, ``charged_cost`` and, for budgets of projects, ``project_id``.
        History before the cycle is what is learnt from; runs created from `now` on are left out.
    budget : Budget
    now : datetime
        Aware of its zone: up to when the runs are known.
    tz : str, default "UTC"
        Zone in which days and cycles are cut.
    cycle_day : int, default 1
        Day of the month on which a cycle begins.

    Returns
    -------
    DataFrame, one row per budget: the layers in their order, then projects, most endangered
    first; by ``project_id``, which is ``(all)`` for layers, and ``budget``, its name
        ``limit``               decimal  what may be spent in the cycle [USD]
        ``charged_cost``        decimal  so far, exact; null if runs but no cost is stated [USD]
        ``n_runs``              int64    so far [runs]
        ``n_unknown``           int64    of these, cost not stated, which counts as unspent [runs]
        ``used_share``          float64  spent ÷ limit; infinite for a limit of 0 [share]
        ``elapsed_share``       float64  how much of the cycle is over [0–1]
        ``cost_per_day``        float64  burn: spent ÷ days that have passed [USD/day]
        ``forecast``            float64  median of the cost of the whole cycle [USD]
        ``low_80``, ``high_80`` float64  its interval [USD]
        ``breach_probability``  float64  that the cycle ends above the limit [0–1]
        ``breach_at``           instant  start of the local day by whose end the budget is
        breached with even odds; NaT if the cycle ends before
        ``breach_from``, ``breach_to``  instant  the same at odds of 10 and 90 %
        ``period_start``, ``period_end``  instant  of the cycle
        ``n_weeks``, ``n_weeks_needed``   int64  whole weeks of history, and how many a forecast
        takes

    Raises
    ------
    MissingColumnError
        If a column is not there.
    ConfigurationError
        If `now` has no zone, or the budget, the zone or the cycle day is not one.

    Examples
    --------
    >>> from flora_analytics.budget import Budget
    >>> days = pd.date_range("2026-01-01 12:00", "2026-05-20 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"created_at": days, "charged_cost": 2.0})
    >>> midnight = dt.datetime(2026, 5, 21, tzinfo=dt.UTC)
    >>> table = budget_status(runs, Budget(overage_cap=Decimal(49)), now=midnight)
    >>> table[["charged_cost", "used_share", "forecast", "breach_probability"]].values.tolist()
    [[Decimal('40.000000000'), 0.8163265306122449, 62.0, 1.0]]
    >>> print(table["breach_at"].iloc[0])
    2026-05-25 00:00:00+00:00
    """
    if not isinstance(budget, Budget):
        raise ConfigurationError(
            f"budget is {budget!r}; write Budget(overage_cap=500), see flora_analytics.budget."
        )
    way = UnderWay.at(now, "cycle", tz=tz, cycle_day=cycle_day)
    return _table([*_account(runs, budget, way), *_projects(runs, budget, way)], way)


@dataclass(frozen=True, slots=True)
class _Row:
    """One budget, what was spent of it day by day, and what is to come."""

    key: tuple[str, str]
    limit: Decimal
    n_runs: int
    n_unknown: int
    charged_cost: Decimal | None
    days: pd.Series
    prospect: Prospect

    @property
    def spent(self) -> Decimal:
        return self.charged_cost or Decimal(0)

    @property
    def used_share(self) -> float:
        if not self.limit:
            return math.inf if self.spent else 0.0
        return float(self.spent) / float(self.limit)

    def breached_by(self, n_days: int) -> Floats:
        """Probability of a breach by the end of each of the days that remain."""
        if self.spent > self.limit:
            return np.ones(n_days)
        if self.prospect.outlook is None:
            return np.full(n_days, np.nan)
        return self.prospect.outlook.exceeds(float(self.limit - self.spent))

    def breached_on(self) -> dt.datetime | None:
        """The day on which it was breached, if it was."""
        spent = Decimal(0)
        for day, cost in zip(pd.DatetimeIndex(self.days.index), self.days, strict=True):
            spent += cost
            if spent > self.limit:
                return day
        return None


def _account(runs: Runs, budget: Budget, way: UnderWay) -> list[_Row]:
    if not budget.limits:
        return []
    spent = way.so_far(runs).iloc[0]
    days = _by_day(runs, way)
    prospect = way.prospects(runs).get((), UNKNOWN)
    return [
        _Row((ALL, name), limit, *_cells(spent), days, prospect)
        for name, limit in budget.limits.items()
    ]


def _projects(runs: Runs, budget: Budget, way: UnderWay) -> list[_Row]:
    if not budget.projects:
        return []
    spent = way.so_far(runs, "project_id")
    days = _by_day(runs, way, "project_id")
    prospects = way.prospects(runs, "project_id", only=[(name,) for name in budget.projects])
    own = days.index.get_level_values("project_id")
    return [
        _Row(
            (project, PROJECT),
            limit,
            *(
                _cells(spent.loc[[project]].iloc[0])
                if project in spent.index
                else (0, 0, Decimal(0))
            ),
            days[own == project].droplevel("project_id"),
            prospects.get((project,), UNKNOWN),
        )
        for project, limit in budget.projects.items()
    ]


def _by_day(runs: Runs, way: UnderWay, by: By = None) -> pd.Series:
    so_far = in_window(runs, Window(way.start, way.now))
    return charged_cost(so_far, by=by, period="day", tz=way.tz)["charged_cost"].dropna()


def _cells(spent: pd.Series) -> tuple[int, int, Decimal | None]:
    cost = spent["charged_cost"]
    return int(spent["n_runs"]), int(spent["n_unknown"]), None if pd.isna(cost) else cost


def _table(rows: list[_Row], way: UnderWay) -> pd.DataFrame:
    """The rows with what follows from them, in pandas' types."""
    n_days = len(way.day_ends)
    starts = [way.now_day, *way.day_ends[:-1]]
    chances = [row.breached_by(n_days) for row in rows]
    dates = [
        [row.breached_on() or _first_day(chance, p, starts) for p in (0.5, 0.1, 0.9)]
        for row, chance in zip(rows, chances, strict=True)
    ]
    spent = np.array([float(row.spent) for row in rows])
    elapsed_days = max((way.now - way.start) / _DAY, 1 / 24)
    table = pd.DataFrame(
        index=pd.MultiIndex.from_tuples([row.key for row in rows], names=["project_id", "budget"])
    )
    table["limit"] = _money([row.limit for row in rows], table.index)
    table["charged_cost"] = _money([row.charged_cost for row in rows], table.index)
    table["n_runs"] = np.array([row.n_runs for row in rows], np.int64)
    table["n_unknown"] = np.array([row.n_unknown for row in rows], np.int64)
    table["used_share"] = np.array([row.used_share for row in rows], np.float64)
    table["elapsed_share"] = way.elapsed_share
    table["cost_per_day"] = spent / elapsed_days
    for name, p in (("forecast", 0.5), ("low_80", 0.1), ("high_80", 0.9)):
        table[name] = spent + np.array([row.prospect.remaining(p) for row in rows], np.float64)
    table["breach_probability"] = np.array([chance[-1] for chance in chances], np.float64)
    for at, name in enumerate(("breach_at", "breach_from", "breach_to")):
        table[name] = instants([row[at] for row in dates], way.tz)
    table["period_start"] = instants([way.start] * len(rows), way.tz)
    table["period_end"] = instants([way.end] * len(rows), way.tz)
    table["n_weeks"] = np.array([row.prospect.n_weeks for row in rows], np.int64)
    table["n_weeks_needed"] = np.int64(weeks_needed(n_days))
    return _layers_first(table)


def _first_day(chance: Floats, p: float, starts: list[dt.datetime]) -> dt.datetime | None:
    """The first day by whose end the breach has probability `p`; None if none has."""
    reached = np.flatnonzero(chance >= p)
    return starts[reached[0]] if len(reached) else None


def _layers_first(table: pd.DataFrame) -> pd.DataFrame:
    """Layers as they are used up; projects by what endangers them most."""
    is_project = table.index.get_level_values("project_id") != ALL
    order = ["breach_probability", "used_share"]
    projects = table[is_project].sort_values(order, ascending=False, kind="stable")
    return pd.concat([table[~is_project], projects])


def _money(values: list[Decimal | None], index: pd.Index) -> pd.Series:
    return pd.Series(values, index=index, dtype=EXACT)
