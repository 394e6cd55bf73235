"""Where spend stands in a period that is under way, and what is known of the rest of it.

Runs and an instant in; for each group the exact cost so far and the outlook out. What
`forecast` and `budgets` have in common.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from flora_analytics import calendar
from flora_analytics.calendar import Window
from flora_analytics.errors import ConfigurationError
from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.tables import SUM_TYPE, tabulate
from flora_analytics.metrics.window import in_window
from flora_analytics.statistics.outlook import Outlook, look_ahead

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value
    from flora_analytics.statistics.outlook import Floats

__all__ = ["EXACT", "UNKNOWN", "Key", "Prospect", "UnderWay", "instants", "keys_of"]

#: The keys of a group, in the order of `by`.
Key: TypeAlias = "tuple[str, ...]"
#: Exact money in pandas.
EXACT = pd.ArrowDtype(SUM_TYPE)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a history of so many whole weeks says of the rest of the period; None = too short."""

    n_weeks: int
    outlook: Outlook | None

    def remaining(self, p: float) -> float:
        """What is still to come, with probability `p` at most; NaN if nobody knows. [USD]"""
        return math.nan if self.outlook is None else float(self.outlook.quantile(p)[-1])


#: Of a group without history.
UNKNOWN = Prospect(0, None)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A period in the zone `tz`, from `start` up to `end`, looked at in the instant `now`."""

    now: dt.datetime
    start: dt.datetime
    end: dt.datetime
    tz: str

    @classmethod
    def at(cls, now: dt.datetime, period: Period, *, tz: str, cycle_day: int | None) -> UnderWay:
        """The period that holds `now`.

        Raises
        ------
        ConfigurationError
            If `now` has no zone, or the period is an hour.
        """
        now = calendar.check_instant(now)
        if period == "hour":
            raise ConfigurationError(
                "An hour cannot be forecast: weekdays repeat, hours do not; take a day or longer."
            )
        window = calendar.period_at(now, period, tz=tz, cycle_day=cycle_day)
        return cls(now, *_both_ends(window), tz)

    @property
    def now_day(self) -> dt.datetime:
        """The start of the local day that it is now."""
        return _both_ends(calendar.period_at(self.now, "day", tz=self.tz))[0]

    @property
    def day_ends(self) -> list[dt.datetime]:
        """The end of each local day that remains, today's first."""
        days = calendar.periods_in(Window(self.now, self.end), "day", tz=self.tz)
        return [_both_ends(day)[1] for day in days]

    @property
    def elapsed_share(self) -> float:
        """How much of the period is over. [0–1]"""
        return (self.now - self.start) / (self.end - self.start)

    def so_far(self, runs: Runs, by: By = None) -> pd.DataFrame:
        """A row for each group that ever ran: ``n_runs``, ``n_unknown`` and ``charged_cost``,
        of the period so far. Without runs nothing was charged; null if none states its cost.
        """
        since = (self.start - _EPOCH) // _MICROSECOND

        def formula(runs: Table, source: OpenedRuns) -> dict[str, Value]:
            here = source.microseconds(runs.created_at) >= since
            return {
                "n_runs": runs.count(where=here),
                "n_unknown": runs.count(where=here & runs.charged_cost.isnull()),
                "charged_cost": runs.charged_cost.sum(where=here),
            }

        table = self._tabulated(runs, Cut(by), formula, largest="charged_cost")
        costs = [
            Decimal(0) if n_runs == 0 else None if pd.isna(cost) else cost
            for n_runs, cost in zip(table["n_runs"], table["charged_cost"], strict=True)
        ]
        return table.assign(charged_cost=pd.Series(costs, index=table.index, dtype=EXACT))

    def prospects(
        self, runs: Runs, by: By = None, *, only: Collection[Key] | None = None
    ) -> dict[Key, Prospect]:
        """What is known of the rest of the period, for each group that ever ran."""

        def formula(runs: Table, _: OpenedRuns) -> dict[str, Value]:
            return {"usd": runs.charged_cost.sum().cast("float64").fill_null(0.0)}

        hours = self._tabulated(runs, Cut(by, "hour", self.tz), formula, largest="usd")
        at = pd.DatetimeIndex(hours.index.get_level_values("period_start"))
        spent = _Spent(
            day=at.tz_localize(None).to_numpy(dtype="datetime64[D]").astype(np.int64),
            usd=hours["usd"].to_numpy(np.float64),
            left=self._left_of(at),
        )
        today = (self.now.astimezone(calendar.check_zone(self.tz)).date() - _EPOCH.date()).days
        n_days = len(self.day_ends)
        keys = keys_of(hours.droplevel("period_start") if len(hours.index.names) > 1 else None)
        rows: dict[Key, list[int]] = {}
        for row, key in enumerate(keys or [()] * len(hours)):
            rows.setdefault(key, []).append(row)
        wanted = rows.keys() if only is None else rows.keys() & only
        return {key: spent.of(rows[key]).prospect(today, n_days) for key in wanted}

    def _tabulated(self, runs: Runs, cut: Cut, formula: Any, *, largest: str) -> pd.DataFrame:
        known = in_window(runs, Window(None, self.now))
        needs = ["created_at", "charged_cost"]
        return tabulate(known, cut, formula, needs=needs, largest=[largest])

    def _left_of(self, hours: pd.DatetimeIndex) -> Floats:
        """How much of an hour comes after the time of day that it is now. [0–1]

        The hour under way is split in proportion.
        """
        clock = self.now.astimezone(calendar.check_zone(self.tz))
        past = (clock.minute * 60 + clock.second + clock.microsecond / 1e6) / 3600
        of_day = hours.hour.to_numpy(np.int64)
        left: Floats = np.where(of_day == clock.hour, 1 - past, of_day > clock.hour)
        return left


@dataclass(frozen=True, slots=True)
class _Spent:
    """Spend by hour: the local day since 1970, the cost, and how much of it comes after now's
    time of day."""

    day: Any
    usd: Floats
    left: Floats

    def of(self, rows: list[int]) -> _Spent:
        return _Spent(self.day[rows], self.usd[rows], self.left[rows])

    def prospect(self, today: int, n_days: int) -> Prospect:
        """The day of the first run is seldom whole and left out, as is today."""
        first = int(self.day.min())
        past = self.day < today
        place, n_past = self.day[past] - first, max(today - first, 0)
        days, rests = (
            np.bincount(place, weights=each[past], minlength=n_past)[1:].astype(np.float64)
            for each in (self.usd, self.usd * self.left)
        )
        return Prospect(len(days) // 7, look_ahead(days, rests, n_days=n_days))


def instants(values: Sequence[dt.datetime | None], tz: str) -> pd.DatetimeIndex:
    """Instants in the zone `tz`; None is NaT."""
    return pd.DatetimeIndex(list(values), dtype="datetime64[us, UTC]").tz_convert(tz)


def keys_of(table: pd.DataFrame | None) -> list[Key]:
    """The keys of each row; empty ones if the table has no groups."""
    if table is None:
        return []
    if table.index.names == [None]:
        return [()] * len(table)
    return [key if isinstance(key, tuple) else (key,) for key in table.index]


def _both_ends(window: Window) -> tuple[dt.datetime, dt.datetime]:
    assert window.start is not None  # noqa: S101 - a period has both ends
    assert window.end is not None  # noqa: S101
    return window.start, window.end
