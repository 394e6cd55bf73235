"""Draw a creative team's run history with known truths planted in it.

In: a size and a seed. Out: a `History`, whose runs look as the API lists them and whose
facts say what was planted. The same arguments give the same runs, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import prod

import numpy as np

from flora_analytics.sandbox.arrivals import DRAFT, Drafts, draw_arrivals, milliseconds
from flora_analytics.sandbox.catalogue import PROJECTS, TECHNIQUES, WORKSPACES, Technique
from flora_analytics.sandbox.chance import Chance, Mask
from flora_analytics.sandbox.facts import (
    Activity,
    Event,
    Facts,
    Incident,
    PriceChange,
    usual_events,
)
from flora_analytics.sandbox.history import History
from flora_analytics.sandbox.outcomes import draw_costs, draw_outcomes

__all__ = ["DEFAULT_END", "generate"]

#: A Tuesday, early afternoon in New York: the studios are at work.
DEFAULT_END = datetime(2026, 6, 30, 18, tzinfo=UTC)

_LAST_BATCH = 8
_DAY = 24 * 3_600_000
_TECHNIQUE_IDS = [technique.technique_id for technique in TECHNIQUES]


def generate(
    n_runs: int = 6_000,
    *,
    seed: int = 7,
    end: datetime = DEFAULT_END,
    weeks: int = 26,
    growth: float = 0.02,
    events: Sequence[Event] | None = None,
) -> History:
    """A history of exactly `n_runs` runs, created in the `weeks` before `end`.

    Three studios in three time zones work on twelve projects with fifteen techniques of
    every output type: by day, little at weekends and on holidays, in batches, with another
    try after most failures. Each studio's days differ at random by about a fifth.

    Parameters
    ----------
    n_runs : int, default 6,000
        A million takes some seconds; the list of dicts is made only when asked for.
    seed : int, default 7
        Same arguments, same runs.
    end : datetime, default 30 June 2026, 18:00 UTC
        The moment at which the history is seen; taken to the whole hour. Runs that have
        not finished by then are pending or running.
    weeks : int, default 26
        Length of the history. [weeks]
    growth : float, default 0.02
        Growth per week of the expected number of runs. [share]
    events : sequence of Incident, PriceChange or Activity, default `usual_events`
        What to plant; ``()`` gives a history in which nothing happens.

    Returns
    -------
    History

    Examples
    --------
    >>> history = generate(500, seed=1)
    >>> len(history.runs), history.runs[0]["workspace_id"]
    (500, 'ws_northlight')
    >>> history.facts.price_change
    PriceChange(technique_id='tech_reel', at=datetime.datetime(2026, 4, 14, 14, 0, \
tzinfo=datetime.timezone.utc), ratio=1.25)
    """
    end = end.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(weeks=weeks)
    planted = usual_events(end=end, weeks=weeks) if events is None else tuple(events)
    incidents = [event for event in planted if isinstance(event, Incident)]
    changes = [event for event in planted if isinstance(event, PriceChange)]
    activities = [event for event in planted if isinstance(event, Activity)]

    chance = Chance(seed)
    arrivals = draw_arrivals(
        chance, n_runs, start=start, end=end, growth=growth, activities=activities
    )
    arrivals = np.append(arrivals, _last_batch(end=end, n=min(_LAST_BATCH, n_runs // 20)))
    drafts = draw_outcomes(chance, arrivals, incidents)
    drafts = _newest_first(chance, drafts, n_runs=n_runs, end=end)
    stuck = _leave_open(chance, drafts, end=end)
    drafts["cost"] = draw_costs(chance, drafts, changes)

    facts = Facts(
        seed=seed,
        start=start,
        end=end,
        growth=growth,
        workspaces=WORKSPACES,
        projects=PROJECTS,
        techniques=tuple(_at_end(technique, changes) for technique in TECHNIQUES),
        events=planted,
        retry_ids=_ids(drafts[drafts["is_retry"]]),
        open_ids=_ids(drafts[drafts["completed"] < 0]),
        stuck_ids=_ids(drafts[stuck]),
    )
    return History(facts, drafts)


def _last_batch(*, end: datetime, n: int) -> Drafts:
    """`n` runs set off two minutes before the end: the history stops in mid-work."""
    batch = np.zeros(n, dtype=DRAFT)
    batch["session"] = -1
    batch["technique"] = _TECHNIQUE_IDS.index("tech_reel")
    batch["created"] = milliseconds(end) - 120_000 + 14_137 * np.arange(n)
    return batch


def _newest_first(chance: Chance, drafts: Drafts, *, n_runs: int, end: datetime) -> Drafts:
    """Exactly `n_runs` of the runs, with ids; sessions are left out at random and whole."""
    drafts = drafts[drafts["created"] < milliseconds(end)]
    rank = chance.uniform(int(drafts["session"].max(initial=0)) + 2)
    rank[-1] = -1.0  # session -1: always kept
    kept = drafts[np.lexsort((drafts["created"], rank[drafts["session"]]))][:n_runs]
    kept["run_id"] = np.char.add("run_", chance.identifiers(len(kept)))
    return kept[np.lexsort((kept["run_id"], kept["created"]))[::-1]]


def _leave_open(chance: Chance, drafts: Drafts, *, end: datetime) -> Mask:
    """Take back what had not happened by `end`, and let a few old runs hang for ever."""
    now = milliseconds(end)
    age = now - drafts["created"]
    old = (age > 14 * _DAY) & (age < 70 * _DAY) & (drafts["error"] < 0)
    stuck = np.zeros(len(drafts), dtype=np.bool_)
    candidates = np.flatnonzero(old)
    n_stuck = min(25, max(3, len(drafts) // 2_000)) if len(drafts) >= 200 else 0
    stuck[candidates[np.argsort(chance.uniform(len(candidates)))[:n_stuck]]] = True

    unfinished = stuck | (drafts["completed"] > now)
    never_began = (drafts["started"] > now) | (stuck & chance.happens(0.4, len(drafts)))
    drafts["completed"][unfinished] = -1
    drafts["error"][unfinished] = -1
    drafts["started"][never_began] = -1
    return stuck


def _at_end(technique: Technique, changes: Sequence[PriceChange]) -> Technique:
    """The technique with the price it has when the history ends."""
    ratios = [c.ratio for c in changes if c.technique_id == technique.technique_id]
    return replace(technique, price=round(technique.price * prod(ratios)))


def _ids(drafts: Drafts) -> frozenset[str]:
    return frozenset(drafts["run_id"].tolist())
