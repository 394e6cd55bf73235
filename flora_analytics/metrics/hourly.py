"""Runs by local hour: what every series of a few dimensions did, hour by hour.

Runs in, NumPy arrays out, all from one question to the engine. Knows what a run is; knows not
what is unusual.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from flora_analytics.metrics.cut import Cut
from flora_analytics.metrics.tables import tabulate
from flora_analytics.metrics.window import in_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flora_analytics.calendar import Window
    from flora_analytics.metrics.cut import By
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["MEASURES", "Dimension", "Hourly", "read_hourly"]

Floats: TypeAlias = "NDArray[np.float64]"
Ints: TypeAlias = "NDArray[np.int64]"

#: What is added up for each hour; costs as floats, for judging only.
MEASURES = ("n_runs", "n_unknown", "n_finished", "n_failed", "cost", "cost_squared")


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """One level of the cut: its keys and names, and which of them each row belongs to."""

    level: str
    keys: list[str]
    names: list[str]
    codes: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Hourly:
    """One row for each combination of keys and hour that has runs.

    Attributes
    ----------
    dimensions : list of Dimension
        All runs as one series, then the levels of the cut.
    day, hour : int64 arrays
        Days since the first, and the hour on the local clock.
    measures : dict of float64 arrays
        By the names in `MEASURES`.
    charged_cost : Series
        Exact sums; null where none is stated. [USD]
    n_days : int
        From the first day to the last.
    """

    dimensions: list[Dimension]
    day: Ints
    hour: Ints
    measures: dict[str, Floats]
    charged_cost: pd.Series[float]
    n_days: int

    def grid(self, dimension: Dimension, measure: str, kept: Ints) -> Floats:
        """The measure as an array (series, days, hours) of the `kept` codes of a dimension."""
        place = np.full(len(dimension.keys), -1)
        place[kept] = np.arange(len(kept))
        own = place[dimension.codes]
        inside = own >= 0
        at = (own[inside] * self.n_days + self.day[inside]) * 24 + self.hour[inside]
        size = len(kept) * self.n_days * 24
        added = np.bincount(at, weights=self.measures[measure][inside], minlength=size)
        return added.astype(np.float64).reshape(len(kept), self.n_days, 24)


def read_hourly(runs: Runs, *, window: Window, by: By, tz: str, days: list[dt.date]) -> Hourly:
    """The runs of the window, whose local days are `days`."""
    cut = Cut(by, "hour", tz)
    needs = ["status", "charged_cost", "created_at"]
    table = tabulate(in_window(runs, window), cut, _measures, needs=needs, largest=["n_runs"])
    local = pd.DatetimeIndex(table.index.get_level_values("period_start")).tz_localize(None)
    first = pd.Timestamp(days[0])
    return Hourly(
        dimensions=[
            Dimension("all", ["all"], ["all runs"], np.zeros(len(table), np.int64)),
            *(_dimension(table, str(level)) for level in table.index.names[:-1]),
        ],
        day=((local.normalize() - first) // pd.Timedelta(days=1)).to_numpy(np.int64),
        hour=local.hour.to_numpy(np.int64),
        measures={name: table[name].to_numpy(np.float64, na_value=0.0) for name in MEASURES},
        charged_cost=table["charged_cost"].reset_index(drop=True),
        n_days=len(days),
    )


def _measures(runs: Table, _: OpenedRuns) -> dict[str, Value]:
    # Floats are added up in no order, which would show in their last digits.
    cost, rounded = runs.charged_cost, runs.charged_cost.cast("decimal(15, 5)")
    failed = runs.status == "failed"
    return {
        "n_runs": runs.count(),
        "n_unknown": runs.count(where=cost.isnull()),
        "n_finished": runs.count(where=failed | (runs.status == "completed")),
        "n_failed": runs.count(where=failed),
        "charged_cost": cost.sum(),
        "cost": cost.sum().cast("float64"),
        "cost_squared": (rounded * rounded).sum().cast("float64"),
    }


def _dimension(table: pd.DataFrame, level: str) -> Dimension:
    codes, keys = pd.factorize(table.index.get_level_values(level), sort=True)
    column = f"{level.removesuffix('_id')}_name"
    names = [str(key) for key in keys]
    if column in table.columns:
        for code, name in zip(codes, table[column], strict=True):
            names[code] = str(name)
    return Dimension(level, [str(key) for key in keys], names, codes.astype(np.int64))
