"""Judge every day and hour of every series, and keep what is sure and large enough.

Hourly arrays in, alarms out: significance over all series at once, and floors below which
nobody would want to be woken. Knows no dates and no tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import ndtri

from flora_analytics.metrics.hourly import MEASURES
from flora_analytics.metrics.incidents import Alarm, Kind
from flora_analytics.statistics.multiplicity import benjamini_hochberg
from flora_analytics.statistics.usual import N_WEEKS, Judged, judge_cost, judge_failures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from flora_analytics.metrics.hourly import Dimension, Hourly

__all__ = ["Found", "Sensitivity", "judge"]

Floats: TypeAlias = "NDArray[np.float64]"
Ints: TypeAlias = "NDArray[np.int64]"
Mask: TypeAlias = "NDArray[np.bool_]"

#: Families of tests, which share the allowed false alarms.
FAMILIES = (
    "cost by day",
    "cost by hour",
    "cost by 3 hours",
    "cost by 3 days",
    "cost by 7 days",
    "failures by day",
    "failures by hour",
)
#: Families of sums over several days or hours: what is not so odd in any one is so over some.
_N_DAYS = {"cost by 3 days": 3, "cost by 7 days": 7}
_N_HOURS = {"cost by 3 hours": 3}
_MOST_SERIES = 500
_WHOLE_DAY = (0, 24)
#: Work comes in batches: what is set off at once is as large as two or three runs.
_RUNS_AT_ONCE = 2.5


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What it takes to be called an incident.

    Attributes
    ----------
    false_alarms : float
        Share of false ones among all alarms; in a stretch in which nothing happened, the
        chance of any. [0–1]
    times : float
        A cost must be this share above or below what is usual. [0–1 and more]
    at_least : float
        And by this much. [USD]
    n_failed : int
        Failures must be this many. [runs]
    rate : float
        And their rate this much above the usual one. [0–1]
    """

    false_alarms: float = 0.05
    times: float = 0.5
    at_least: float = 1.0
    n_failed: int = 5
    rate: float = 0.1


@dataclass(frozen=True, slots=True)
class Panel:
    """One family's tests of one dimension: arrays (series, days, slots), a slot a day or an hour.

    Attributes
    ----------
    kinds : what an alarm above, and one below, is called
    size : how large a series is: what was expected, or how many runs finished
    excess : distance from what was expected, towards that side
    p_value : NaN where there is not enough history
    matters : large enough to be told
    """

    kinds: tuple[Kind, Kind]
    expected: Floats
    size: Floats
    excess: Floats
    p_value: Floats
    is_above: Mask
    matters: Mask


@dataclass(frozen=True, slots=True)
class Series:
    """The judged series of one dimension: their codes, and what they did and should have done.

    Attributes
    ----------
    place : int64 array
        Where a code of the dimension stands in the arrays; -1 if it is not judged.
    panels : by family
    """

    kept: Ints
    place: Ints
    panels: dict[str, Panel]


@dataclass(frozen=True, slots=True)
class Found:
    """Alarms, and what was judged: days of series, and how many could not be."""

    alarms: list[Alarm]
    series: list[Series]
    n_history: int
    n_judged: int
    n_not_judged: int

    def usual_cost(self, dimension: int, code: int, days: slice, hours: slice | None) -> float:
        """The cost that was to be expected of whole days, or of some hours of them. [USD]"""
        series = self.series[dimension]
        at = series.place[code]
        if at < 0:
            return float("nan")
        days = slice(days.start - self.n_history, days.stop - self.n_history)
        panel = series.panels["cost by hour" if hours else "cost by day"]
        own = panel.expected[at, days, hours or slice(None)]
        return float(np.nansum(own)) if not np.isnan(own).all() else float("nan")

    def usual_rate(self, dimension: int, code: int, days: slice) -> float:
        """The failure rate that was to be expected. [0–1]"""
        series = self.series[dimension]
        at = series.place[code]
        days = slice(days.start - self.n_history, days.stop - self.n_history)
        rates = series.panels["failures by day"].expected
        own = rates[at, days, 0] if at >= 0 else np.array([np.nan])
        own = own[~np.isnan(own)]
        return float(own.mean()) if len(own) else float("nan")


def judge(
    hourly: Hourly, *, n_history: int, n_hours_of_last: int, sensitivity: Sensitivity
) -> Found:
    """Judge all days from the `n_history`-th on; of the last, only its first hours.

    Parameters
    ----------
    hourly : Hourly
        Every series, hour by hour, history included.
    n_history : int
        Days before the first that is judged: eight weeks and six days, or more.
    n_hours_of_last : int
        Whole hours of the last day that have passed; 24 if it is over.
    sensitivity : Sensitivity
    """
    spans = [_WHOLE_DAY] * (hourly.n_days - n_history - 1) + [(0, n_hours_of_last)]
    series = [
        _judge_dimension(hourly, dimension, n_history, spans, sensitivity)
        for dimension in hourly.dimensions
    ]
    # A day that several tests found is one alarm, that of the surest.
    surest: dict[tuple[object, ...], Alarm] = {}
    for family in FAMILIES:
        for alarm in _alarms(family, series, n_history, spans, sensitivity):
            key = (alarm.kind, alarm.series_key, alarm.day, alarm.hours)
            if key not in surest or alarm.p_value < surest[key].p_value:
                surest[key] = alarm
    alarms = list(surest.values())
    p_values = [own.panels["cost by day"].p_value for own in series]
    n_judged = sum(int((~np.isnan(p)).sum()) for p in p_values)
    return Found(alarms, series, n_history, n_judged, sum(p.size for p in p_values) - n_judged)


def _judge_dimension(
    hourly: Hourly,
    dimension: Dimension,
    n_history: int,
    spans: Sequence[tuple[int, int]],
    sensitivity: Sensitivity,
) -> Series:
    kept = _worth_judging(hourly, dimension, sensitivity)
    place = np.full(len(dimension.keys), -1)
    place[kept] = np.arange(len(kept))
    grids = {name: hourly.grid(dimension, name, kept) for name in MEASURES}
    total = {name: grid.sum(axis=(1, 2)) for name, grid in grids.items()}
    per_run = total["cost"] / np.maximum(total["n_runs"] - total["n_unknown"], 1)
    # Had costs that are not stated yet been as usual.
    grids["most"] = grids["cost"] + grids["n_unknown"] * per_run[:, None, None]
    grain = _grain(hourly, dimension, total, kept)
    first = (grids["n_runs"].sum(axis=2) > 0).argmax(axis=1)
    existed = np.arange(hourly.n_days) >= first[:, None]
    judged: dict[str, list[Panel]] = {family: [] for family in FAMILIES}
    for at, hours in enumerate(spans):
        days = slice(at + n_history - 7 * N_WEEKS, at + n_history + 1)
        by_hour = {name: grid[:, days, slice(*hours)] for name, grid in grids.items()}
        by_day = {name: grid.sum(axis=2, keepdims=True) for name, grid in by_hour.items()}
        known = existed[:, days][:, :-1]
        for step, now in (("day", by_day), ("hour", by_hour)):
            cost = judge_cost(now["cost"], known, grain, now["most"][:, -1])
            judged[f"cost by {step}"].append(_cost_panel(now, cost, sensitivity, step=step))
            failures = judge_failures(
                by_day["n_failed"][:, :-1, 0],
                by_day["n_finished"][:, :-1, 0],
                now["n_failed"][:, -1],
                now["n_finished"][:, -1],
            )
            judged[f"failures by {step}"].append(_failure_panel(now, failures, sensitivity))
        for family, n in _N_HOURS.items():
            sums = {name: _sums_of(grid, n, axis=2) for name, grid in by_hour.items()}
            cost = judge_cost(sums["cost"], known, grain, sums["most"][:, -1])
            judged[family].append(_cost_panel(sums, cost, sensitivity, step="hour"))
        for family, n in _N_DAYS.items():
            start = days.start - (n - 1)
            sums = {
                name: _sums_of(grid[:, start : days.stop].sum(axis=2, keepdims=True), n, axis=1)
                for name, grid in grids.items()
            }
            whole = existed[:, start : days.stop - n] & (hours == _WHOLE_DAY)
            cost = judge_cost(sums["cost"], whole, grain, sums["most"][:, -1])
            judged[family].append(_cost_panel(sums, cost, sensitivity, step="day"))
    panels = {family: _stacked(own) for family, own in judged.items()}
    return Series(kept, place, panels)


def _sums_of(values: Floats, n: int, *, axis: int) -> Floats:
    """Sums of each and the `n` - 1 before it, from the n-th on; of fewer than n, none."""
    if values.shape[axis] < n:
        return values.take([], axis=axis)
    sums: Floats = sliding_window_view(values, n, axis=axis).sum(axis=-1)
    return sums


def _worth_judging(hourly: Hourly, dimension: Dimension, sensitivity: Sensitivity) -> Ints:
    """Codes that could raise an alarm at all, the largest if there are very many."""
    n = len(dimension.keys)
    cost, failed = (
        np.bincount(dimension.codes, weights=hourly.measures[name], minlength=n)
        for name in ("cost", "n_failed")
    )
    able = np.flatnonzero((cost >= sensitivity.at_least) | (failed >= sensitivity.n_failed))
    return np.sort(able[np.argsort(-cost[able], kind="stable")][:_MOST_SERIES])


def _grain(hourly: Hourly, dimension: Dimension, total: dict[str, Floats], kept: Ints) -> Floats:
    """The cost of what comes at once: that of an hour, but no more than of a few runs."""
    cost = hourly.measures["cost"]
    squares = np.bincount(dimension.codes, weights=cost**2, minlength=len(dimension.keys))[kept]
    whole = np.maximum(total["cost"], 1e-12)
    grain: Floats = np.minimum(squares, _RUNS_AT_ONCE * total["cost_squared"]) / whole
    return grain


def _cost_panel(
    now: dict[str, Floats], cost: Judged, sensitivity: Sensitivity, *, step: str
) -> Panel:
    charged, most, usual = now["cost"][:, -1], now["most"][:, -1], cost.expected
    more, less = charged - usual, usual - most
    # An hour without runs says little: only days are called too cheap.
    is_above = (cost.p_above <= cost.p_below) | (step == "hour")
    sides = 2.0 if step == "day" else 1.0
    excess = np.where(is_above, more, less)
    enough = np.where(
        is_above,
        charged >= (1 + sensitivity.times) * usual,
        most <= (1 - sensitivity.times) * usual,
    )
    return Panel(
        kinds=("cost up", "cost down"),
        expected=usual,
        size=usual,
        excess=excess,
        p_value=np.minimum(sides * np.where(is_above, cost.p_above, cost.p_below), 1.0),
        is_above=is_above,
        matters=enough & (excess >= sensitivity.at_least),
    )


def _failure_panel(now: dict[str, Floats], failures: Judged, sensitivity: Sensitivity) -> Panel:
    n_failed, n_finished = now["n_failed"][:, -1], now["n_finished"][:, -1]
    usual = np.nan_to_num(failures.expected)
    rate = n_failed / np.maximum(n_finished, 1)
    return Panel(
        kinds=("failures up", "failures up"),
        expected=failures.expected,
        size=n_finished,
        excess=n_failed - usual * n_finished,
        p_value=failures.p_above,
        is_above=np.ones(n_failed.shape, dtype=bool),
        matters=(n_failed >= sensitivity.n_failed) & (rate >= usual + sensitivity.rate),
    )


def _stacked(panels: Sequence[Panel]) -> Panel:
    """The panels of all days as one; hours that have not come yet are NaN."""
    n_slots = max(panel.p_value.shape[1] for panel in panels)

    def stack(arrays: Iterable[NDArray[Any]], missing: float) -> NDArray[Any]:
        padded = [
            np.pad(one, ((0, 0), (0, n_slots - one.shape[1])), constant_values=missing)
            for one in arrays
        ]
        return np.stack(padded, axis=1)

    nan = float("nan")
    return Panel(
        panels[0].kinds,
        stack((panel.expected for panel in panels), nan),
        stack((panel.size for panel in panels), nan),
        stack((panel.excess for panel in panels), nan),
        stack((panel.p_value for panel in panels), nan),
        stack((panel.is_above for panel in panels), False),
        stack((panel.matters for panel in panels), False),
    )


def _alarms(
    family: str,
    series: Sequence[Series],
    n_history: int,
    spans: Sequence[tuple[int, int]],
    sensitivity: Sensitivity,
) -> list[Alarm]:
    """What is significant over all series of a family, and matters."""
    panels = [own.panels[family] for own in series]
    adjusted = benjamini_hochberg(np.concatenate([panel.p_value.ravel() for panel in panels]))
    parts = np.split(adjusted, np.cumsum([panel.p_value.size for panel in panels])[:-1])
    alarms = []
    for at, (own, panel, part) in enumerate(zip(series, panels, parts, strict=True)):
        p_value = part.reshape(panel.p_value.shape)
        hits = panel.matters & (p_value <= sensitivity.false_alarms / len(FAMILIES))
        for hit in np.argwhere(hits):
            row, day, slot = hit.tolist()
            told, places = _told(family, own.panels, row, day, slot)
            alarms += [
                Alarm(
                    kind=told.kinds[0 if told.is_above[row, each, hour] else 1],
                    dimension=at,
                    series=int(own.kept[row]),
                    day=each + n_history,
                    hours=(hour, hour + 1) if "hour" in family else spans[each],
                    excess=float(told.excess[row, each, hour]),
                    size=float(told.size[row, each, hour]),
                    p_value=float(p_value[row, day, slot]),
                )
                for each, hour in places
            ]
    return alarms


def _told(
    family: str, panels: dict[str, Panel], row: int, day: int, slot: int
) -> tuple[Panel, list[tuple[int, int]]]:
    """The days and hours that a hit is told by, and the panel they stand in."""
    is_above = bool(panels[family].is_above[row, day, slot])
    if n := _N_DAYS.get(family):
        told, since = panels["cost by day"], max(day - n + 1, 0)
        odd = _odd_ones(told, (row, slice(since, day + 1), 0), is_above=is_above)
        return told, [(since + each, 0) for each in odd]
    if n := _N_HOURS.get(family):
        told = panels["cost by hour"]
        odd = _odd_ones(told, (row, day, slice(slot, slot + n)), is_above=is_above)
        return told, [(day, slot + each) for each in odd]
    return panels[family], [(day, slot)]


def _odd_ones(
    panel: Panel, at: tuple[int, int | slice, int | slice], *, is_above: bool
) -> list[int]:
    """Of days or hours in a row, those of the oddest stretch that are large enough by themselves.

    The oddest stretch has the largest sum of normal scores for the root of its length, which is
    Stouffer's way to pool tests.
    """
    sides = np.where(panel.is_above[at] == is_above, 1.0, -1.0)
    scores = -sides * ndtri(np.clip(np.nan_to_num(panel.p_value[at], nan=1.0) / 2, 1e-300, 0.5))
    n = len(scores)
    stretches = [(start, stop) for start in range(n) for stop in range(start + 1, n + 1)]
    start, stop = max(
        stretches, key=lambda one: scores[slice(*one)].sum() / np.sqrt(one[1] - one[0])
    )
    odd = np.flatnonzero(panel.matters[at] & (panel.is_above[at] == is_above))
    return [each for each in odd.tolist() if start <= each < stop]
