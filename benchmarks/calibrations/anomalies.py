"""Anomalies: planted incidents that are found, and quiet months in which none is.

Each history is eight weeks and 28 judged days of three studios, about 300 runs a day in 15
techniques and 12 projects, from the stretch of the sandbox in which projects neither begin nor
end. Found is a planted event if an incident of its kind names its technique and overlaps it.
The ceiling is what an oracle finds that knows the truth (`calibrations.ceiling`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from calibrations.ceiling import ceiling
from calibrations.histories import table_of
from flora_analytics.calendar import Window
from flora_analytics.metrics import cost_anomalies
from flora_analytics.sandbox import Activity, Incident, generate

_END = datetime(2026, 6, 30, tzinfo=UTC)
_TUESDAY = datetime(2026, 6, 16, tzinfo=UTC)
_JUDGED = Window(_END - timedelta(days=28), _END)
_SINCE = _END - timedelta(days=84)
_TECHNIQUES = ("tech_reel", "tech_animatic", "tech_socialcut", "tech_packshot", "tech_character")
_DAY = timedelta(days=1)
_N_RUNS, _WEEKS = 100_000, 80

Event = Activity | Incident
#: What befalls a technique.
Plant = Callable[[str], Event]


def _spike(times: float) -> Plant:
    return lambda technique: Activity(times, _TUESDAY, _TUESDAY + _DAY, technique)


def _rush(technique: str) -> Event:
    begin = _TUESDAY + timedelta(hours=16)  # all three studios are at work
    return Activity(12.0, begin, begin + timedelta(hours=3), technique)


def _drop(technique: str) -> Event:
    return Activity(0.0, _TUESDAY, _TUESDAY + 3 * _DAY, technique)


def _shift(times: float) -> Plant:
    return lambda technique: Activity(times, _TUESDAY, None, technique)


def _burst(technique: str) -> Event:
    return Incident(technique, "provider_error", _TUESDAY, _TUESDAY + _DAY, 0.75)


_PLANTED: tuple[tuple[str, str, Plant], ...] = (
    ("spike: 4 times the runs for a day", "cost up", _spike(4.0)),
    ("spike: 8 times the runs for a day", "cost up", _spike(8.0)),
    ("rush: 12 times the runs for 3 hours", "cost up", _rush),
    ("drop: no runs for 3 days", "cost down", _drop),
    ("level shift: 2.5 times the runs from a day on", "cost up", _shift(2.5)),
    ("level shift: 4 times the runs from a day on", "cost up", _shift(4.0)),
    ("failure burst: 75% fail for a day", "failures up", _burst),
)


def rows(n_histories: int, seed: int) -> list[dict[str, Any]]:
    """Recall by kind of event, and false alarms in quiet months."""
    seeds = range(seed, seed + n_histories)
    quiet = [len(_found(each, ())) for each in seeds]
    measured = [
        {
            "what": "quiet 28 days with a false alarm",
            "target": "at most 5%",
            "measured": sum(map(bool, quiet)) / n_histories,
            "n": n_histories,
        }
    ]
    for what, kind, plant in _PLANTED:
        hits, extra = 0, 0
        for each in seeds:
            technique = _TECHNIQUES[each % len(_TECHNIQUES)]
            incidents = _found(each, (plant(technique),))
            hit = [_is_it(incident, kind, technique) for incident in incidents]
            hits += any(hit)
            extra += len(hit) - any(hit)
        measured += [
            {
                "what": f"found of {what}",
                "target": "at least 80%",
                "measured": hits / n_histories,
                "n": n_histories,
            },
            {
                "what": "… told more than once, or otherwise, a history",
                "target": "at most 0.2",
                "measured": extra / n_histories,
                "n": n_histories,
            },
        ]
        events = [plant(technique) for technique in _TECHNIQUES]
        if all(isinstance(event, Activity) for event in events):
            highest = [ceiling(event, n_runs=_N_RUNS, weeks=_WEEKS, end=_END) for event in events]
            measured.append(
                {
                    "what": "… the most that could be found",
                    "target": "",
                    "measured": sum(highest) / len(highest),
                    "n": len(highest),
                }
            )
    return measured


def _found(seed: int, events: tuple[Event, ...]) -> list[dict[str, Any]]:
    history = generate(_N_RUNS, seed=seed, weeks=_WEEKS, end=_END, events=events)
    runs = table_of(history, since=_SINCE)
    return cost_anomalies(runs, window=_JUDGED, now=_END).to_dict("records")


def _is_it(incident: dict[str, Any], kind: str, technique: str) -> bool:
    overlaps = incident["end"] > _TUESDAY and incident["start"] < _TUESDAY + 5 * _DAY
    return incident["kind"] == kind and incident["key"] == technique and overlaps
