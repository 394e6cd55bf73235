"""Forecasts and budgets: how often intervals hold what a month then cost, and budgets break.

Each history is 34 weeks of three studios, about 100 or 500 runs a week, looked at on the 3rd,
13th and 23rd of its last whole month; the day of its end, the planted events and the time of
day differ from one to the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import fmean
from typing import Any

import numpy as np
import pyarrow as pa

from calibrations.histories import table_of
from flora_analytics.budget import Budget
from flora_analytics.calendar import Window, period_at
from flora_analytics.metrics import budget_status, charged_cost, cost_forecast, in_window
from flora_analytics.sandbox import Activity, PriceChange, generate, usual_events

_WEEKS = 34
_FIRST_END = datetime(2025, 9, 1, tzinfo=UTC)
_LEVELS = (0.8, 0.95)

Draw = np.random.Generator
Events = Callable[[Draw, datetime, datetime], Sequence[Any]]


def _nothing(draw: Draw, start: datetime, end: datetime) -> Sequence[Any]:
    return ()


def _prices(draw: Draw, start: datetime, end: datetime) -> Sequence[Any]:
    """Three of the dearest techniques, each once."""
    return [
        PriceChange(technique, _within(draw, start, end), float(draw.choice([0.8, 1.25])))
        for technique in ("tech_reel", "tech_cinematic", "tech_socialcut")
    ]


def _quiet(draw: Draw, start: datetime, end: datetime) -> Sequence[Any]:
    """Two weeks of a quarter of the work, whenever they come."""
    begins = [_within(draw, start, end) for _ in range(2)]
    return [Activity(0.25, begin, begin + timedelta(weeks=1)) for begin in begins]


def _usual(draw: Draw, start: datetime, end: datetime) -> Sequence[Any]:
    return usual_events(end=end, weeks=_WEEKS)


_SCENES: tuple[tuple[str, float, Events], ...] = (
    ("steady", 0.0, _nothing),
    ("shrinks by 2 % a week", -0.02, _nothing),
    ("grows by 2 % a week", 0.02, _nothing),
    ("grows by 4 % a week", 0.04, _nothing),
    ("three price changes", 0.01, _prices),
    ("two quiet weeks", 0.01, _quiet),
    ("price, incident, come, go, quiet", 0.02, _usual),
)


def rows(n_histories: int, seed: int) -> list[dict[str, Any]]:
    """Coverage of both intervals by kind of history, and what budgets do."""
    seen: dict[str, list[dict[str, float]]] = defaultdict(list)
    for scene, (name, growth, events) in enumerate(_SCENES):
        for number in range(n_histories):
            draw = np.random.default_rng([seed, scene, number])
            seen[name] += _judged(draw, growth, events)
    every = [one for some in seen.values() for one in some]
    table = [
        _row(f"{100 * level:.0f} % interval, {name}", target, some, f"inside_{level}")
        for level, target in zip(_LEVELS, ("0.75–0.85", "0.93–0.97"), strict=True)
        for name, some in [*seen.items(), ("all of these", every)]
    ]
    for level in _LEVELS:
        told = [one for one in every if one[f"told_{level}"] == one[f"told_{level}"]]
        what = f"coverage that the forecast itself tells of {100 * level:.0f} %"
        table.append(_row(what, "as above", told, f"told_{level}"))
    for low, high in ((0.05, 0.35), (0.35, 0.65), (0.65, 0.95)):
        some = [one for one in every if low <= one["chance"] < high]
        expected = f"{fmean(one['chance'] for one in some):.3f}" if some else "–"
        what = f"budgets broken, given {100 * low:.0f} to {100 * high:.0f} %"
        table.append(_row(what, expected, some, "broken"))
    return table


def _judged(draw: Draw, growth: float, events: Events) -> Iterator[dict[str, float]]:
    end = _FIRST_END + timedelta(days=int(draw.integers(0, 365)))
    start = end - timedelta(weeks=_WEEKS)
    history = generate(
        int(draw.choice([100, 500])) * _WEEKS,
        seed=int(draw.integers(1 << 31)),
        end=end,
        weeks=_WEEKS,
        growth=growth,
        events=events(draw, start, end),
    )
    runs = table_of(history)
    month = period_at(period_at(end, "month").start - timedelta(days=1), "month")
    for day in (3, 13, 23):
        now = month.start + timedelta(days=day - 1, hours=float(draw.uniform(0, 24)))
        yield from _judge(runs, month, now, over=float(draw.choice([0.9, 1.0, 1.1])))


def _judge(
    runs: pa.Table, month: Window, now: datetime, *, over: float
) -> Iterator[dict[str, float]]:
    forecast = cost_forecast(runs, now=now).iloc[0]
    if forecast["model"] == "(none)":
        return
    came = charged_cost(in_window(runs, month))["charged_cost"].iloc[0]
    limit = Decimal(str(round(over * forecast["forecast"], 2)))
    status = budget_status(runs, Budget(overage_cap=limit), now=now).iloc[0]
    names = {level: f"{100 * level:g}" for level in _LEVELS}
    yield {
        "chance": status["breach_probability"],
        "broken": came > limit,
        **{
            f"inside_{level}": forecast[f"low_{name}"] <= came <= forecast[f"high_{name}"]
            for level, name in names.items()
        },
        **{f"told_{level}": forecast[f"coverage_{name}"] for level, name in names.items()},
    }


def _within(draw: Draw, start: datetime, end: datetime) -> datetime:
    return start + timedelta(hours=int(draw.integers((end - start) // timedelta(hours=1))))


def _row(what: str, target: str, some: Sequence[dict[str, float]], column: str) -> dict[str, Any]:
    measured = fmean(float(one[column]) for one in some) if some else "–"
    return {"what": what, "target": target, "measured": measured, "n": len(some)}
