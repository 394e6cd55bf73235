"""What is odd: days and hours of unusual cost or failures, told as incidents.

Runs in, one pandas table out, a row for each incident with what drives it. What is usual is
computed in `usual`, which alarms have one cause is decided in `incidents`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from flora_analytics.calendar import Window, check_instant, check_window, check_zone
from flora_analytics.errors import DataError
from flora_analytics.metrics.cut import Cut
from flora_analytics.metrics.hourly import read_hourly
from flora_analytics.metrics.incidents import driver_of, grouped
from flora_analytics.metrics.judging import Sensitivity, judge
from flora_analytics.metrics.newest import newest_created_at
from flora_analytics.metrics.tables import SUM_TYPE
from flora_analytics.statistics.usual import N_WEEKS

if TYPE_CHECKING:
    import zoneinfo

    from flora_analytics.metrics.cut import By
    from flora_analytics.metrics.engine import Runs
    from flora_analytics.metrics.hourly import Hourly
    from flora_analytics.metrics.incidents import Alarm, Kind
    from flora_analytics.metrics.judging import Found

__all__ = ["Sensitivity", "cost_anomalies"]

_DAY = dt.timedelta(days=1)
_N_DAYS = 30
#: Sums of seven days need some more, and whole weeks are easier to think of.
_HISTORY = (N_WEEKS + 1) * 7
_USUAL = Sensitivity()
#: An incident is told by its hours if they are few and have most of the day's excess.
_FEW_HOURS, _MOST = 6, 0.75


def cost_anomalies(
    runs: Runs,
    *,
    window: Window | None = None,
    by: By = ("workspace", "project", "technique"),
    tz: str = "UTC",
    now: dt.datetime | None = None,
    sensitivity: Sensitivity = _USUAL,
) -> pd.DataFrame:
    """Incidents: stretches in which cost or failures were not as usual, and what drove them.

    For all runs and every group of every word of `by`, each day and hour of the window, and the
    three hours, three days and seven days to each, are compared with the eight weeks before:
    charged cost with the median of the same weekday at the same hours, its spread from median
    absolute deviations; failures with the usual failure rate by the binomial distribution
    (`flora_analytics.statistics.usual` says how). The day under way is compared with the same
    hours of the days before. An alarm must differ enough to matter, relatively and absolutely,
    and be significant after Benjamini and Hochberg's correction for all groups and days. Alarms
    of days that follow one another, of hours within a day, and of groups that share the runs in
    question become one incident. Its driver is the narrowest group that explains it. Hours are
    judged for high cost only, and costs that are not stated yet are taken to be as usual before
    a cost is called low.

    A day is judged where its group has existed for three of its weekdays; a failure rate needs
    50 finished runs to be compared with. Anything else is counted as not judged.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``charged_cost``, ``created_at`` and the columns of `by`. What lies
        more than nine weeks before the window is not looked at.
    window : Window, optional
        Which days to judge, whole; by default the last 30.
    by : str or sequence of str, default workspace, project, technique
        Kinds of groups that are looked at, from the broad to the specific. Each has series of
        its own; of each, the 500 with the largest cost are judged.
    tz : str, default "UTC"
        IANA zone of days and hours.
    now : datetime, optional
        Until when the runs speak; by default the newest ``created_at``.
    sensitivity : Sensitivity, optional
        How sure, and how large an incident must be.

    Returns
    -------
    DataFrame, one row per incident, most money at stake first, RangeIndex
        ``kind``           str       cost up, cost down or failures up
        ``start, end``     instants  in `tz`; whole days, or hours if it lies within one day
        ``is_running``     bool      it reaches into the day under way
        ``dimension``      str       what the driver is: technique_id, project_id… or all
        ``key, name``      str       which one
        ``charged_cost``   decimal   of the driver, from start to end; null if none is stated [USD]
        ``expected_cost``  float64   NaN where there was nothing to expect it from [USD]
        ``n_runs``, ``n_unknown``, ``n_finished``, ``n_failed``  int64    [runs]
        ``failure_rate``, ``expected_rate``             float64  [0–1]
        ``at_stake``       float64   distance from what is usual; for failures, what the runs that
        should not have failed would cost [USD]
        ``p_value``        float64   smallest of its alarms, adjusted [0–1]
        ``also``           list      names of the other groups in which it shows

        ``attrs["n_judged"]`` and ``attrs["n_not_judged"]`` count days of groups. If none was
        judged, there is not enough data.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known, or there is none.

    Examples
    --------
    Nine quiet weeks, and on the last day twenty times as many runs:

    >>> days = pd.date_range("2026-03-02", periods=63, tz="UTC")
    >>> created = days.repeat([4] * 62 + [80]) + pd.Timedelta(hours=12)
    >>> runs = pd.DataFrame({"technique_id": "tech_a", "technique_name": "Upscale",
    ...                      "status": "completed", "charged_cost": 0.5, "created_at": created})
    >>> end = pd.Timestamp("2026-05-04", tz="UTC").to_pydatetime()
    >>> odd = cost_anomalies(runs, by="technique", now=end)
    >>> odd[["kind", "name", "n_runs", "expected_cost"]]
          kind     name  n_runs  expected_cost
    0  cost up  Upscale      80            2.0
    """
    words = Cut(by).words
    if not words:
        raise DataError("cost_anomalies looks for odd groups; name one in by=, such as technique.")
    until = _end_of_hour(newest_created_at(runs)) if now is None else check_instant(now)
    if until is None:
        return _as_table([], tz)
    if window is not None:
        check_window(window)
    if window is not None and window.end is not None:
        until = min(until, window.end)
    clock = _Clock.of(window, until, tz)
    if not clock.days:
        return _as_table([], tz)
    hourly = read_hourly(runs, window=clock.span, by=words, tz=tz, days=clock.days)
    found = judge(
        hourly,
        n_history=_HISTORY,
        n_hours_of_last=clock.n_hours_of_last,
        sensitivity=sensitivity,
    )
    rows = [_incident(alarms, hourly, found, clock) for alarms in grouped(found.alarms, hourly)]
    return _as_table(rows, tz, n_judged=found.n_judged, n_not_judged=found.n_not_judged)


@dataclass(frozen=True, slots=True)
class _Clock:
    """Which instants the days and hours of the arrays are.

    Attributes
    ----------
    days : local days of the history and of what is judged; empty if nothing is to be judged
    span : from the first of them to the last full hour
    n_hours_of_last : hours of the last day that have passed; 24 if it is over
    """

    days: list[dt.date]
    span: Window
    n_hours_of_last: int
    tz: str

    @classmethod
    def of(cls, window: Window | None, until: dt.datetime, tz: str) -> _Clock:
        """The clock of a window seen at `until`."""
        zone = check_zone(tz)
        local = until.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        last = local.date() if local.hour else local.date() - _DAY
        first = last - (_N_DAYS - 1) * _DAY
        if window is not None and window.start is not None:
            first = window.start.astimezone(zone).date()
        n = max((last - first).days + 1, 0)
        days = [first + at * _DAY for at in range(-_HISTORY, n)] if n else []
        begin = _midnight(days[0], zone) if days else until
        return cls(days, Window(begin, local.astimezone(dt.UTC)), local.hour or 24, tz)

    @property
    def is_running(self) -> bool:
        """Whether the last day is not over."""
        return self.n_hours_of_last < 24

    def instant(self, day: int, hour: int) -> dt.datetime:
        """Where an hour of a day begins; hour 24 is the next day."""
        wall = dt.datetime.combine(self.days[day], dt.time()) + dt.timedelta(hours=hour)
        return wall.replace(tzinfo=check_zone(self.tz)).astimezone(dt.UTC)


def _end_of_hour(at: dt.datetime | None) -> dt.datetime | None:
    return at and at.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)


def _midnight(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def _incident(alarms: list[Alarm], hourly: Hourly, found: Found, clock: _Clock) -> dict[str, Any]:
    kind = _main_kind(alarms)
    at, code = driver_of(alarms, kind)
    dimension = hourly.dimensions[at]
    own = [alarm for alarm in alarms if (alarm.dimension, alarm.series) == (at, code)]
    mine = [alarm for alarm in own if alarm.kind == kind]
    first, last = min(alarm.day for alarm in mine), max(alarm.day for alarm in mine)
    hours = (0, 24) if last < len(clock.days) - 1 else (0, clock.n_hours_of_last)
    narrow = _hours_that_did_it(mine) if first == last else None
    hours = narrow or hours
    rows = (hourly.day >= first) & (hourly.day <= last) & (dimension.codes == code)
    if narrow:
        rows &= (hourly.hour >= hours[0]) & (hourly.hour < hours[1])
    n = {name: int(hourly.measures[name][rows].sum()) for name in _COUNTS}
    days = slice(first, last + 1)
    usual = found.usual_cost(at, code, days, slice(*narrow) if narrow else None)
    usual_rate = found.usual_rate(at, code, days)
    charged = float(hourly.measures["cost"][rows].sum())
    stake = abs(charged - usual)
    if kind == "failures up":
        worth = hourly.measures["cost"][dimension.codes == code].sum()
        worth /= max(hourly.measures["n_finished"][dimension.codes == code].sum(), 1)
        stake = max(n["n_failed"] - usual_rate * n["n_finished"], 0.0) * worth
    others = {(each.dimension, each.series) for each in alarms} - {(at, code)}
    return {
        "kind": kind,
        "start": clock.instant(first, hours[0]),
        "end": clock.instant(last, hours[1]),
        "is_running": clock.is_running and last == len(clock.days) - 1,
        "dimension": dimension.level,
        "key": dimension.keys[code],
        "name": dimension.names[code],
        "charged_cost": _exact_sum(hourly.charged_cost[rows]),
        "expected_cost": usual,
        **n,
        "failure_rate": n["n_failed"] / n["n_finished"] if n["n_finished"] else np.nan,
        "expected_rate": usual_rate,
        "at_stake": stake,
        "p_value": min(alarm.p_value for alarm in alarms),
        "also": [hourly.dimensions[d].names[c] for d, c in sorted(others)],
    }


def _hours_that_did_it(alarms: list[Alarm]) -> tuple[int, int] | None:
    """The few hours of a day that explain it; None if it is odd as a whole."""
    odd = [alarm for alarm in alarms if alarm.is_hour]
    whole = [alarm.excess for alarm in alarms if not alarm.is_hour]
    if not odd or sum(alarm.excess for alarm in odd) < _MOST * max(whole, default=0.0):
        return None
    low, high = min(alarm.hours[0] for alarm in odd), max(alarm.hours[1] for alarm in odd)
    return (low, high) if high - low <= _FEW_HOURS else None


_COUNTS = ("n_runs", "n_unknown", "n_finished", "n_failed")


def _main_kind(alarms: list[Alarm]) -> Kind:
    """Failures explain a change of cost, rather than the other way round."""
    kinds: dict[Kind, float] = {}
    for alarm in alarms:
        kinds[alarm.kind] = kinds.get(alarm.kind, 0.0) + alarm.excess
    return "failures up" if "failures up" in kinds else max(kinds, key=lambda kind: kinds[kind])


def _exact_sum(costs: pd.Series[Any]) -> Any:
    stated = costs.dropna()
    return sum(stated.iloc[1:], stated.iloc[0]) if len(stated) else None


def _as_table(
    rows: list[dict[str, Any]], tz: str, *, n_judged: int = 0, n_not_judged: int = 0
) -> pd.DataFrame:
    rows = sorted(rows, key=lambda row: (-row["at_stake"], row["start"], row["key"]))
    instant, words = pa.timestamp("us", tz), ("kind", "dimension", "key", "name")
    columns: dict[str, pd.Series[Any]] = {}
    for name in _COLUMNS:
        values = [row[name] for row in rows]
        if name in ("start", "end"):
            column = pa.array(values, instant).to_pandas()
        elif name == "charged_cost":
            column = pd.Series(values, dtype=pd.ArrowDtype(SUM_TYPE))
        elif name in words:
            column = pd.Series(values, dtype="str")
        else:
            column = pd.Series(values, dtype=_DTYPES.get(name, "float64"))
        columns[name] = column
    table = pd.DataFrame(columns)
    table.attrs |= {"n_judged": n_judged, "n_not_judged": n_not_judged}
    return table


_COLUMNS = (
    "kind", "start", "end", "is_running", "dimension", "key", "name", "charged_cost",
    "expected_cost", *_COUNTS, "failure_rate", "expected_rate", "at_stake", "p_value", "also",
)  # fmt: skip
_DTYPES = {"is_running": "bool", "also": "object", **dict.fromkeys(_COUNTS, "int64")}
