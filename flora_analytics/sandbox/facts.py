"""What was planted in a generated history, so that analyses can be tested against it.

Frozen values only: the events a history is given and the truths it was drawn from. Knows
nothing of how runs are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from flora_analytics.sandbox.catalogue import (
    COMPLETED_FREE_SHARE,
    COMPLETED_UNKNOWN_SHARE,
    FAILED_CHARGED_SHARE,
    FAILED_FREE_SHARE,
    RETRY_PROBABILITY,
    Project,
    Technique,
    Workspace,
)

__all__ = ["Activity", "Event", "Facts", "Incident", "PriceChange", "usual_events"]


@dataclass(frozen=True, slots=True)
class Incident:
    """A burst of failures: runs of one technique created in ``[start, end)``.

    `failure_probability` replaces the technique's own, and each of the failures carries
    `error_code`.
    """

    technique_id: str
    error_code: str
    start: datetime
    end: datetime
    failure_probability: float


@dataclass(frozen=True, slots=True)
class PriceChange:
    """From `at` on a technique charges `ratio` times what it did before."""

    technique_id: str
    at: datetime
    ratio: float


@dataclass(frozen=True, slots=True)
class Activity:
    """Between `start` and `end` the expected number of runs is `factor` times the usual.

    None leaves a bound open, or means every technique or workspace. A factor of 0 with one
    open bound makes a technique appear or go; a short factor over 1 is a spike, a lasting
    one a level shift. Bounds are taken to the whole hour.
    """

    factor: float
    start: datetime | None = None
    end: datetime | None = None
    technique_id: str | None = None
    workspace_id: str | None = None


Event: TypeAlias = Incident | PriceChange | Activity


@dataclass(frozen=True, slots=True)
class Facts:
    """The truth behind a generated history.

    Attributes
    ----------
    start, end : datetime
        First and last instant of the history; runs still open are open at `end`. [UTC]
    growth : float
        Growth of the expected number of runs per week. [share]
    events : tuple of Incident, PriceChange or Activity
        What was planted, in no order.
    techniques : tuple of Technique
        With the price each has at `end`, and the failure probability and execution time its
        runs were drawn from.
    failed_charged_share, failed_free_share : float
        Chance that a failed run is charged in full, or states a cost of 0; the others
        state none. [0–1]
    completed_unknown_share, completed_free_share : float
        Chance that a completed run states no cost, or a cost of 0 though its technique is
        not free. [0–1]
    retry_probability : float
        Chance that a failure is followed by another try within minutes. [0–1]
    retry_ids : frozenset of str
        The runs that are such another try.
    open_ids : frozenset of str
        Runs pending or running at `end`, the stuck ones included.
    stuck_ids : frozenset of str
        Runs that have been open for weeks and will never end.
    """

    seed: int
    start: datetime
    end: datetime
    growth: float
    workspaces: tuple[Workspace, ...]
    projects: tuple[Project, ...]
    techniques: tuple[Technique, ...]
    events: tuple[Event, ...]
    retry_ids: frozenset[str] = field(repr=False)
    open_ids: frozenset[str] = field(repr=False)
    stuck_ids: frozenset[str] = field(repr=False)
    failed_charged_share: float = FAILED_CHARGED_SHARE
    failed_free_share: float = FAILED_FREE_SHARE
    completed_unknown_share: float = COMPLETED_UNKNOWN_SHARE
    completed_free_share: float = COMPLETED_FREE_SHARE
    retry_probability: float = RETRY_PROBABILITY

    @property
    def incident(self) -> Incident | None:
        """The first planted incident."""
        return next((e for e in self.events if isinstance(e, Incident)), None)

    @property
    def price_change(self) -> PriceChange | None:
        """The first planted price change."""
        return next((e for e in self.events if isinstance(e, PriceChange)), None)

    @property
    def appears(self) -> Activity | None:
        """The technique that is new: its first runs come at ``.end``."""
        return self._silence(starts=True)

    @property
    def goes(self) -> Activity | None:
        """The technique that was withdrawn: its last runs come before ``.start``."""
        return self._silence(starts=False)

    @property
    def holiday(self) -> Activity | None:
        """The quiet week, common to every workspace."""
        quiet = (e for e in self._activities() if e.start and e.end and e.factor < 1)
        return next((e for e in quiet if e.technique_id is None is e.workspace_id), None)

    def _activities(self) -> Iterator[Activity]:
        return (event for event in self.events if isinstance(event, Activity))

    def _silence(self, *, starts: bool) -> Activity | None:
        silent = (e for e in self._activities() if e.factor == 0 and e.technique_id)
        return next((e for e in silent if (e.start is None) is starts), None)


def usual_events(*, end: datetime, weeks: int) -> tuple[Event, ...]:
    """The events of the default history, each a fixed part of its length before `end`.

    A quiet week half-way; a dearer technique, an incident of one working week, a technique
    that appears and one that goes. All begin on a Monday, so that weeks compare.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> [type(e).__name__ for e in usual_events(end=datetime(2026, 6, 30, tzinfo=UTC), weeks=26)]
    ['Activity', 'PriceChange', 'Incident', 'Activity', 'Activity']
    """
    midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=end.weekday())

    def before(share: float) -> datetime:
        return monday - timedelta(weeks=round(weeks * share))

    incident = before(0.23)
    return (
        Activity(0.25, before(0.5), before(0.5) + timedelta(weeks=1)),
        PriceChange("tech_reel", before(0.42) + timedelta(days=1, hours=14), 1.25),
        Incident(
            "tech_reel",
            "provider_error",
            incident + timedelta(hours=12),
            incident + timedelta(days=5),
            0.75,
        ),
        Activity(0.0, end=before(0.65), technique_id="tech_cinematic"),
        Activity(0.0, start=before(0.27), technique_id="tech_styletransfer"),
    )
