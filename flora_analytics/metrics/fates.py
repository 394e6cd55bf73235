"""What had become of each run at one moment: ended, or still open and how old.

Lazy runs and a moment in, lazy conditions and spans out. A ledger that was read later than
the moment is looked at as it stood then: what ended afterwards was open, and what was created
afterwards was not there.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flora_analytics.calendar import check_instant
from flora_analytics.metrics.engine import opened
from flora_analytics.schema import OPEN_STATUSES

if TYPE_CHECKING:
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["FATE_COLUMNS", "Fates", "moment"]

#: What `Fates` reads.
FATE_COLUMNS = ("status", "created_at", "completed_at")

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Fates:
    """Conditions on runs, none of them null, and spans in microseconds.

    Attributes
    ----------
    exists : condition
        Created by then. The others hold for such runs only, exactly one for each.
    has_ended, is_open, is_missing : condition
        Ended by then; pending or running then; not open, yet no end is stated.
    turnaround, age : int64
        From creation to the end, and to the moment.
    """

    exists: Value
    has_ended: Value
    is_open: Value
    is_missing: Value
    turnaround: Value
    age: Value

    @classmethod
    def at(cls, runs: Table, source: OpenedRuns, now: int) -> Fates:
        """The fates at `now`, in microseconds since 1970."""
        created, ended = (
            source.microseconds(runs.created_at),
            source.microseconds(runs.completed_at),
        )
        exists = (created <= now).fill_null(False)
        has_ended = exists & (ended <= now).fill_null(False)
        later = (ended > now).fill_null(False)
        unended = ended.isnull() & runs.status.isin(OPEN_STATUSES).fill_null(False)
        is_open = exists & (later | unended)
        return cls(
            exists=exists,
            has_ended=has_ended,
            is_open=is_open,
            is_missing=exists & ~has_ended & ~is_open,
            turnaround=ended - created,
            age=now - created,
        )

    def counts(self, runs: Table) -> dict[str, Value]:
        """The counts that stand in every such table."""
        return {
            "n_runs": runs.count(where=self.exists),
            "n_timed": runs.count(where=self.has_ended),
            "n_open": runs.count(where=self.is_open),
            "n_missing": runs.count(where=self.is_missing),
            "n_negative": runs.count(where=self.has_ended & (self.turnaround < 0)),
        }


def moment(runs: Runs, now: dt.datetime | None) -> int:
    """`now` in microseconds since 1970; by default the newest ``read_at`` of the runs.

    Not each run's own: a run that is read again and found as it was keeps its ``read_at``.

    Raises
    ------
    MissingColumnError
        If `now` is not given and there is no ``read_at``.
    ConfigurationError
        If `now` has no time zone.
    """
    if now is None:
        with opened(runs, ["read_at"]) as source:
            newest = source.microseconds(source.table.read_at).max()
            (at,) = source.answer(source.table.aggregate(at=newest))["at"].to_pylist()
        return 0 if at is None else int(at)
    return (check_instant(now) - _EPOCH) // dt.timedelta(microseconds=1)
