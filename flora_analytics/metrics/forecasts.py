"""Where spend will end: charged cost to the end of a period under way, with its intervals.

Runs and an instant in, one pandas table out. What is spent is exact money; what is foretold
is float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flora_analytics.calendar import Window, periods_in
from flora_analytics.errors import DataError
from flora_analytics.metrics.cost import charged_cost
from flora_analytics.metrics.cut import NONE, By
from flora_analytics.metrics.spending import EXACT, UNKNOWN, UnderWay, instants, keys_of
from flora_analytics.metrics.window import in_window
from flora_analytics.statistics.outlook import weeks_needed

if TYPE_CHECKING:
    import datetime as dt

    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import Runs
    from flora_analytics.statistics.outlook import Floats

__all__ = ["cost_forecast", "cost_forecast_path"]

_LEVELS = (0.8, 0.95)


def cost_forecast(
    runs: Runs,
    *,
    now: dt.datetime,
    by: By = None,
    period: Period = "month",
    tz: str = "UTC",
    cycle_day: int | None = None,
    levels: Sequence[float] = _LEVELS,
) -> pd.DataFrame:
    """Charged cost at the end of the period under way, for each group.

    Four models foretell each weekday from the same weekdays before: last week's, the mean of
    four and of eight weeks, and simple exponential smoothing [1]_. Each is tried on the very
    stretch that remains, from the same weekday and time of day, in every earlier week of up to
    a year; the one with the least mean absolute error of the remaining sum is used, and its
    errors give the median and the intervals (`flora_analytics.statistics.outlook`). The measured
    coverage is the share of those backtests that lie in the interval which backtests without
    common days give; NaN if there are too few.

    Without enough history nothing is foretold: 7 whole weeks if up to 7 days remain, 12 for 15
    days and 18 for 31. Costs that are not stated, in the period or before it, are in neither
    part, and what is stated late is missing from the last days. Each group is foretold by
    itself: medians of groups do not add up to that of the whole, and intervals never do.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``created_at``, ``charged_cost`` and the columns of `by`. History before the period
        is what is learnt from; runs created from `now` on are left out.
    now : datetime
        Aware of its zone: up to when the runs are known.
    by, tz, cycle_day
        How runs are cut; see `flora_analytics.metrics`.
    period : "day", "week", "month", "quarter" or "cycle", default "month"
    levels : sequence of float, default (0.8, 0.95)
        Of the intervals. [0–1]

    Returns
    -------
    DataFrame, one row per group that ever ran, largest forecast first
        ``n_runs``          int64    of the period, so far [runs]
        ``n_unknown``       int64    of these, cost not stated [runs]
        ``charged_cost``    decimal  so far, exact; null if runs but no cost is stated [USD]
        ``remaining``       float64  median of what is still to come [USD]
        ``forecast``        float64  both, added as floats: half even to 53 bits [USD]
        ``low_80``, ``high_80``, ``low_95``, ``high_95``  float64  of `forecast` [USD]
        ``coverage_80``, ``coverage_95``  float64  measured on this history [0–1]
        ``error_share``     float64  mean absolute error of the remaining sum in the backtests ÷
        its mean [share]
        ``model``           str      which was used; ``(none)`` if there is not enough history
        ``n_backtests``     int64
        ``n_weeks``, ``n_weeks_needed``  int64  whole weeks of history, and how many it takes
        ``period_end``      instant in `tz`; `period_start` is the last level of the index

    Raises
    ------
    MissingColumnError
        If a column is not there.
    ConfigurationError
        If `now` has no zone, or the period is an hour.

    References
    ----------
    .. [1] R. J. Hyndman and G. Athanasopoulos, "Forecasting: Principles and Practice," 3rd ed.,
       OTexts, 2021, sections 5.2, 5.10 and 8.1.

    Examples
    --------
    >>> import datetime as dt
    >>> days = pd.date_range("2026-01-01 12:00", "2026-05-20 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"created_at": days, "charged_cost": 2.0})
    >>> midnight = dt.datetime(2026, 5, 21, tzinfo=dt.UTC)
    >>> cost_forecast(runs, now=midnight)[["charged_cost", "remaining", "forecast"]].values.tolist()
    [[Decimal('40.000000000'), 22.0, 62.0]]
    """
    _check(levels)
    way = UnderWay.at(now, period, tz=tz, cycle_day=cycle_day)
    table = way.so_far(runs, by)
    prospects = way.prospects(runs, by)
    own = [prospects.get(key, UNKNOWN) for key in keys_of(table)]
    spent = _usd(table["charged_cost"])
    outlooks = [prospect.outlook for prospect in own]

    def foretold(p: float) -> Floats:
        return np.array([prospect.remaining(p) for prospect in own], np.float64)

    table["remaining"] = foretold(0.5)
    table["forecast"] = spent + table["remaining"]
    for level in levels:
        table[f"low_{100 * level:g}"] = spent + foretold((1 - level) / 2)
        table[f"high_{100 * level:g}"] = spent + foretold((1 + level) / 2)
    for level in levels:
        covered = [np.nan if each is None else each.coverage(level) for each in outlooks]
        table[f"coverage_{100 * level:g}"] = np.array(covered, np.float64)
    shares = [np.nan if each is None else each.error_share for each in outlooks]
    models = [NONE if each is None else each.model for each in outlooks]
    counts = [0 if each is None else each.n_backtests for each in outlooks]
    table["error_share"] = np.array(shares, np.float64)
    table["model"] = pd.array(models, dtype="str")
    table["n_backtests"] = np.array(counts, np.int64)
    table["n_weeks"] = np.array([prospect.n_weeks for prospect in own], np.int64)
    table["n_weeks_needed"] = np.int64(weeks_needed(len(way.day_ends)))
    table["period_end"] = instants([way.end] * len(table), tz)
    return _sorted(_with_start(table, way))


def cost_forecast_path(
    runs: Runs,
    *,
    now: dt.datetime,
    period: Period = "month",
    tz: str = "UTC",
    cycle_day: int | None = None,
    levels: Sequence[float] = _LEVELS,
) -> pd.DataFrame:
    """The way there: charged cost since the start of the period, day by day to its end.

    Parameters, models and what is left out are those of `cost_forecast`, whose row the last
    one here agrees with.

    Returns
    -------
    DataFrame, one row for the start of the period, each local midnight in it, `now`, and its
    end; by the instant ``at``, in `tz`
        ``n_runs``, ``n_unknown``  int64    created since the start; 0 after `now` [runs]
        ``charged_cost``           decimal  since the start, exact; null after `now` [USD]
        ``forecast``               float64  median of it; NaN before `now` [USD]
        ``low_80``, ``high_80``, ``low_95``, ``high_95``  float64  for each instant [USD]

    Raises
    ------
    MissingColumnError
        If a column is not there.
    ConfigurationError
        If `now` has no zone, or the period is an hour.

    Examples
    --------
    >>> import datetime as dt
    >>> days = pd.date_range("2026-01-01 12:00", "2026-05-20 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"created_at": days, "charged_cost": 2.0})
    >>> path = cost_forecast_path(runs, now=dt.datetime(2026, 5, 20, 18, tzinfo=dt.UTC))
    >>> path["forecast"].dropna().tolist()[:3]
    [40.0, 40.0, 42.0]
    """
    _check(levels)
    way = UnderWay.at(now, period, tz=tz, cycle_day=cycle_day)
    past = _cumulated(runs, way)
    spent = float(past["charged_cost"].iloc[-1])
    outlook = way.prospects(runs).get((), UNKNOWN).outlook
    ahead = pd.DataFrame(index=instants(way.day_ends, tz))
    columns = {"forecast": 0.5}
    for level in levels:
        columns |= {
            f"low_{100 * level:g}": (1 - level) / 2,
            f"high_{100 * level:g}": (1 + level) / 2,
        }
    for name, p in columns.items():
        past[name] = np.nan
        ahead[name] = np.nan
        if outlook is not None:
            past.loc[past.index[-1], name] = spent
            ahead[name] = spent + outlook.quantile(p)
    ahead = ahead.assign(
        n_runs=np.int64(0),
        n_unknown=np.int64(0),
        charged_cost=pd.Series([None] * len(ahead), index=ahead.index, dtype=EXACT),
    )
    return pd.concat([past, ahead[past.columns]]).rename_axis("at")


def _cumulated(runs: Runs, way: UnderWay) -> pd.DataFrame:
    """Counts and cost from the start of the period to each midnight, and to now."""
    so_far = Window(way.start, way.now)
    days = charged_cost(in_window(runs, so_far), period="day", tz=way.tz)
    starts = [day.start for day in periods_in(so_far, "day", tz=way.tz)] or [way.start]
    days = days.reindex(instants(starts, way.tz))
    costs = [Decimal(0) if pd.isna(cost) else cost for cost in days["charged_cost"]]
    sums = np.cumsum(np.array([Decimal(0), *costs], dtype=object))
    ends = [*starts[1:], way.now]
    table = pd.DataFrame(index=instants([way.start, *ends], way.tz))
    for name in ("n_runs", "n_unknown"):
        counts = days[name].fillna(0).to_numpy(np.int64).cumsum()
        table[name] = np.concatenate([np.zeros(1, np.int64), counts])
    table["charged_cost"] = pd.Series(sums.tolist(), index=table.index, dtype=EXACT)
    # At the very start now is the start.
    return table[~table.index.duplicated(keep="last")]


def _check(levels: Sequence[float]) -> None:
    each = list(levels) if isinstance(levels, Iterable) else [levels]
    names = {f"{100 * level:g}" for level in each if isinstance(level, Real) and 0 < level < 1}
    if not isinstance(levels, Iterable) or len(names) < len(each):
        raise DataError(
            f"levels={levels!r} must be different numbers between 0 and 1; write [0.8, 0.95]."
        )


def _usd(money: pd.Series) -> Floats:
    """Exact money as float64; 0 where none is stated, as the forecast is of stated costs."""
    return np.array([0.0 if pd.isna(cost) else float(cost) for cost in money], np.float64)


def _with_start(table: pd.DataFrame, way: UnderWay) -> pd.DataFrame:
    starts = instants([way.start] * len(table), way.tz)
    if table.index.names == [None]:
        return table.set_index(starts.rename("period_start"))
    return table.set_index(starts.rename("period_start"), append=True)


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    """Largest first; without a forecast by what is spent."""
    keys = [(-forecast, -cost) for forecast, cost in zip(
        table["forecast"].fillna(-1), _usd(table["charged_cost"]), strict=True)]  # fmt: skip
    return table.iloc[sorted(range(len(table)), key=lambda at: keys[at])]
