"""When studios run what: creation times with a working-day rhythm, by technique and project.

In: how many sessions, and the facts of the history. Out: one row per run, unsorted. Knows
nothing of how a run ends or what it costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from flora_analytics.sandbox.catalogue import PROJECTS, TECHNIQUES, WORKSPACES
from flora_analytics.sandbox.chance import Chance, Floats, Ints
from flora_analytics.sandbox.facts import Activity

__all__ = [
    "DAY_TO_DAY_SIGMA",
    "DRAFT",
    "MEAN_MORE",
    "MOST_MORE",
    "Drafts",
    "draw_arrivals",
    "expected_sessions",
    "milliseconds",
]

_HOUR = 3_600_000
_WORKDAY = (
    0.03, 0.01, 0.01, 0.01, 0.01, 0.02, 0.06, 0.20, 0.55, 0.95, 1.20, 1.25,
    0.85, 0.80, 1.15, 1.25, 1.20, 1.00, 0.65, 0.35, 0.25, 0.20, 0.13, 0.07,
)  # fmt: skip
_WEEKEND_SHARE = 0.13
_FRIDAY_AFTERNOON = 0.7
#: Days on which studios are all but closed, as (month, day).
_CLOSED = {(1, 1), (5, 1), (7, 4), (7, 14), (11, 11), *((12, day) for day in range(24, 32))}
_CLOSED_SHARE = 0.1
#: Of the logarithm of a studio's mood of the day.
DAY_TO_DAY_SIGMA = 0.22
#: A session has one run and some more: whole ones of an exponential number of this mean, at most.
MEAN_MORE, MOST_MORE = 0.9, 11


#: A run being drawn. `session` numbers what one person set off at once; instants are Unix
#: milliseconds, -1 = never; `workspace`, `technique`, `project` and `error` index the
#: catalogue, an error of -1 = none; `cost` is in millionths of a US dollar, -1 = not stated.
DRAFT = np.dtype(
    [
        ("run_id", "U20"),
        ("session", np.int64),
        ("is_retry", np.bool_),
        ("workspace", np.int8),
        ("technique", np.int8),
        ("project", np.int8),
        ("error", np.int8),
        ("units", np.int8),
        ("created", np.int64),
        ("started", np.int64),
        ("completed", np.int64),
        ("cost", np.int64),
    ]
)
Drafts = NDArray[np.void]


def draw_arrivals(
    chance: Chance,
    n_runs: int,
    *,
    start: datetime,
    end: datetime,
    growth: float,
    activities: Sequence[Activity],
) -> Drafts:
    """At least `n_runs` runs, created in ``[start, end)`` in sessions of one or more.

    A session is one workspace, project and technique, and for batches several runs a moment
    apart.
    """
    hours = np.arange(milliseconds(start), milliseconds(end), _HOUR)
    expected = expected_sessions(chance, hours, growth=growth, activities=activities)
    sizes = 1 + np.minimum(-np.log1p(-chance.uniform(n_runs)) * MEAN_MORE, MOST_MORE).astype(
        np.int64
    )
    sizes = sizes[: 1 + int(np.searchsorted(np.cumsum(sizes), n_runs))]
    n = len(sizes)

    workspace, technique, hour = np.unravel_index(chance.pick(expected, n), expected.shape)
    begins = hours[hour] + (chance.uniform(n) * (_HOUR - 20_000)).astype(np.int64)
    share_of_history = hour / max(len(hours), 1)
    project = chance.pick_per_row(_project_weights(workspace, share_of_history))

    session = np.repeat(np.arange(n), sizes)
    place = np.arange(len(session)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    gap = 250 + (chance.uniform(n) * 1_200).astype(np.int64)
    drafts = np.zeros(len(session), dtype=DRAFT)
    drafts["session"] = session
    drafts["created"] = begins[session] + place * gap[session]
    drafts["workspace"] = workspace[session]
    drafts["technique"] = technique[session]
    drafts["project"] = project[session]
    return drafts


def milliseconds(instant: datetime) -> int:
    """Unix time in whole milliseconds."""
    return round(instant.timestamp() * 1000)


def expected_sessions(
    chance: Chance | None, hours: Ints, *, growth: float, activities: Sequence[Activity]
) -> Floats:
    """Expected sessions, up to a factor, by workspace, technique and hour.

    Without a chance every studio is in its median mood every day.
    """
    weeks = (hours - hours[0]) / (7 * 24 * _HOUR)
    trend = (1.0 + growth) ** weeks
    days = (hours - hours[0]) // (24 * _HOUR)
    expected = np.empty((len(WORKSPACES), len(TECHNIQUES), len(hours)))
    for w, workspace in enumerate(WORKSPACES):
        moods = chance.normal(int(days[-1]) + 1) if chance else np.zeros(int(days[-1]) + 1)
        mood = np.exp(DAY_TO_DAY_SIGMA * moods)[days]
        rhythm = workspace.share * _rhythm(hours, tz=workspace.tz) * trend * mood
        taste = np.array([technique.weights[w] for technique in TECHNIQUES])
        expected[w] = (taste / taste.sum())[:, None] * rhythm
    for activity in activities:
        _apply(activity, expected, hours)
    return expected


def _rhythm(hours: Ints, *, tz: str) -> Floats:
    """Share of a full working hour, for each hour as the studio's clock shows it."""
    zone = ZoneInfo(tz)
    local = [datetime.fromtimestamp(hour / 1000, tz=zone) for hour in hours.tolist()]
    return np.array([_pace(moment) for moment in local])


def _pace(moment: datetime) -> float:
    pace = _WORKDAY[moment.hour]
    if moment.weekday() >= 5:
        pace *= _WEEKEND_SHARE
    elif moment.weekday() == 4 and moment.hour >= 14:
        pace *= _FRIDAY_AFTERNOON
    return pace * _CLOSED_SHARE if (moment.month, moment.day) in _CLOSED else pace


def _apply(activity: Activity, expected: Floats, hours: Ints) -> None:
    within = np.ones(len(hours), dtype=bool)
    if activity.start is not None:
        within &= hours >= milliseconds(_whole_hour(activity.start))
    if activity.end is not None:
        within &= hours < milliseconds(_whole_hour(activity.end))
    for w, workspace in enumerate(WORKSPACES):
        for t, technique in enumerate(TECHNIQUES):
            here = activity.workspace_id in (None, workspace.workspace_id)
            if here and activity.technique_id in (None, technique.technique_id):
                expected[w, t, within] *= activity.factor


def _whole_hour(instant: datetime) -> datetime:
    return instant - timedelta(
        minutes=instant.minute, seconds=instant.second, microseconds=instant.microsecond
    )


def _project_weights(workspace: Ints, share_of_history: Floats) -> Floats:
    """By run and project: how likely the run belongs to it, as campaigns come and go."""
    weights = np.empty((len(workspace), len(PROJECTS)))
    for p, project in enumerate(PROJECTS):
        home = [w.workspace_id for w in WORKSPACES].index(project.workspace_id)
        runs_now = (project.begins <= share_of_history) & (share_of_history < project.ends)
        weights[:, p] = project.weight * runs_now * (workspace == home)
    return weights
