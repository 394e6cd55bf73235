"""The order of a sync's steps: from what the last one left to a certificate.

    unfinished stretch? ─ head, down to known ground ─ proof ─ open runs ─ certificate

A *stretch* goes from above down to ground that earlier syncs have proved, or to the end of the
history. A long stretch is followed by a short one from the head, for what arrived meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flora_analytics.certificate import Certificate
from flora_analytics.client import FloraClient
from flora_analytics.progress import Progress
from flora_analytics.store import RunStore
from flora_analytics.sync.open_runs import read_open_runs
from flora_analytics.sync.parallel import read_in_parallel
from flora_analytics.sync.session import Session
from flora_analytics.sync.stretch import Bottom, Stretch, read_down_to, resumed
from flora_analytics.walk import PAGE_SIZE, Query
from flora_analytics.walk.proof import Verdict, judge

__all__ = ["SyncResult", "sync_runs"]

#: Runs change after they first appear; the last days before the last sync are read again.
LOOKBACK = timedelta(days=3)
#: The scope of all that one key can read, where no profile names it.
_ALL = "all"
#: Where the API counts more runs than we know, the whole history is read again at once if it
#: has no more pages than this; a longer one is left to ``full=True``.
_PAGES_READ_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did. Counts are of runs.

    Attributes
    ----------
    certificate : Certificate
        What the ledger can vouch for now.
    n_new, n_changed : int
        Runs stored for the first time, and runs that say something else than before.
    n_rejected : int
        Runs in quarantine: they broke the contract and stand in no figure.
    n_open : int
        Runs that have not ended.
    """

    certificate: Certificate
    n_new: int
    n_changed: int
    n_rejected: int
    n_open: int


def sync_runs(
    store: str | Path | RunStore,
    *,
    client: FloraClient | None = None,
    full: bool = False,
    since: datetime | None = None,
    lookback: timedelta = LOOKBACK,
    workspace_id: str | None = None,
    profile: str | None = None,
    workers: int = 1,
    batch_rows: int = 25_000,
    progress: Progress | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> SyncResult:
    """Bring a store up to date with what the API lists.

    The first sync reads the whole history and can be interrupted at any moment: the next goes
    on where it was. Later ones read from the head down to known ground, the look-back window,
    and every run that had not ended. Runs that vanish from the API stay in the store.

    Parameters
    ----------
    store : str, Path or RunStore
        Created if it is not there.
    client : FloraClient, optional
        Default: one made from ``FLORA_API_KEY`` and ``FLORA_BASE_URL``.
    full : bool
        Read the whole history again.
    since : datetime, optional
        Read back to this instant: further than the look-back window, or, in an empty store, no
        further than this.
    lookback : timedelta, default 3 days
        How far before the last sync runs are read again, because their cost may come late.
    workspace_id : str, optional
        Only the runs of one workspace. Each workspace asked for so has its own certificate.
    profile : str, optional
        Name that tells the certificates of several API keys apart.
    workers : int, default 1
        How many requests at once, when the whole history is read. More than one takes from
        production its share of the API's rate limit.
    batch_rows : int
        How many runs are held in memory before they are committed. [runs]
    progress : callable, optional
        Called after each page with the runs read so far and the API's estimate of all.
    sleep : callable
        Takes the seconds to wait before an unreadable page is asked for again.

    Returns
    -------
    SyncResult

    Raises
    ------
    ApiError
        The API could not be read to the end; what was read is stored, and the next sync goes
        on from there.
    StoreError
        The store could not be read or written.
    """
    if not isinstance(store, RunStore):
        store = RunStore(store)
    scope = ":".join(part for part in (profile, workspace_id) if part) or _ALL
    store.exists()  # something else in its place is found before anything is asked
    with FloraClient() if client is None else nullcontext(client) as client:
        session = Session.begin(
            store,
            client,
            Query(workspace_id=workspace_id),
            scope,
            batch_rows=batch_rows,
            progress=progress,
            sleep=sleep,
        )
        certificate = _Sync(session, lookback, workers).run(full=full, since=since)
    store.keep_up(now=certificate.synced_at)
    return SyncResult(
        certificate,
        n_new=session.n_new,
        n_changed=session.n_changed,
        n_rejected=certificate.n_rejected,
        n_open=certificate.n_open,
    )


class _Sync:
    """The steps of one sync, and what they hand on."""

    def __init__(self, session: Session, lookback: timedelta, workers: int) -> None:
        self.session = session
        self.lookback = lookback
        self.workers = workers
        self.n_requests_before = session.client.n_requests

    def run(self, *, full: bool, since: datetime | None) -> Certificate:
        stretches, verdict, expected = self._read_and_judge(full=full, since=since)
        gone = read_open_runs(self.session)
        return self._conclude(stretches, verdict, expected, gone, full=full, since=since)

    def _read_and_judge(
        self, *, full: bool, since: datetime | None
    ) -> tuple[list[Stretch], Verdict, int | None]:
        whole = full or (self.session.ground is None and since is None)
        if self.workers > 1 and whole and not self.session.memory.get("walk"):
            head, expected = read_in_parallel(self.session, self.workers)
            verdict = self._judge([head], expected)
            if expected is not None and verdict.count == expected:
                proof = "every project's list, adding up to the API's count"
                return [head], replace(verdict, proof=proof), expected
            full = True
        stretches = self._read(full=full, since=since)
        expected = self._expected(stretches)
        if self._lacks_runs(stretches, expected):
            stretches = self._read(full=True, since=None)
            expected = self._expected(stretches)
        verdict = self._judge(stretches, expected)
        if verdict.reason is None and self._lacks_runs(stretches, expected, affordable=False):
            verdict = Verdict("", _more_listed(stretches, expected), None)
        return stretches, verdict, expected

    def _judge(self, stretches: list[Stretch], expected: int | None) -> Verdict:
        walks = [stretch.walk for stretch in stretches]
        return judge(walks, expected=expected, take=self.session.take_and_keep)

    def _read(self, *, full: bool, since: datetime | None) -> list[Stretch]:
        """The stretches of this sync, the longest first."""
        session, unfinished = self.session, resumed(self.session)
        if unfinished and full and unfinished.bottom != Bottom():
            unfinished = None
        if unfinished:
            long = read_down_to(unfinished.bottom, session, unfinished=unfinished)
        else:
            long = read_down_to(self._bottom(full=full, since=since), session)
            if long.bottom.ground is not None or long.walk.n_pages < 2:
                return [long]
        session.flush(long.checkpoint())
        # What was read before the interruption may have changed since.
        changed_from = self._reread_from(long.walk.as_of) if unfinished else None
        head = Bottom(long.walk.top, changed_from)
        return [long, read_down_to(head, session, resumable=False)]

    def _bottom(self, *, full: bool, since: datetime | None) -> Bottom:
        if full:
            return Bottom()
        last = self.session.memory.get("read_from")
        instants = [at for at in (_micros(since), self._reread_from(_instant(last))) if at]
        return Bottom(self.session.ground, min(instants, default=None))

    def _reread_from(self, last: datetime | None) -> int | None:
        return _micros(last - self.lookback) if last else None

    def _expected(self, stretches: list[Stretch]) -> int | None:
        """How many runs the API should list, by what was counted last and met since."""
        self.session.flush_rows(stretches[0].checkpoint())
        long, n_after = stretches[0].walk, sum(s.walk.n_above for s in stretches[1:])
        if long.ended:
            return long.n_distinct + n_after
        counted = self.session.memory.get("counted")
        if counted is None:
            return None
        n_above = long.n_above + n_after
        n_late = max(0, self.session.n_new - n_above)  # they came in below the ground
        return int(counted) + n_above + n_late + self.session.n_newly_rejected

    def _lacks_runs(
        self, stretches: list[Stretch], expected: int | None, *, affordable: bool = True
    ) -> bool:
        """Does the API count runs, in a history once counted to the run, that we never met?"""
        walk = stretches[-1].walk
        if expected is None or walk.first_total is None or stretches[0].walk.ended:
            return False
        pages = walk.first_total / PAGE_SIZE
        return walk.first_total > expected and (pages <= _PAGES_READ_AT_ONCE or not affordable)

    def _conclude(
        self,
        stretches: list[Stretch],
        verdict: Verdict,
        expected: int | None,
        gone: list[str],
        *,
        full: bool,
        since: datetime | None,
    ) -> Certificate:
        session, memory, last = self.session, self.session.memory, stretches[-1].walk
        session.flush_rows({})
        as_of = last.as_of or datetime.now(UTC)
        covered_from = self._covered_from(stretches[0], full=full, since=since)
        n_requests = session.client.n_requests - self.n_requests_before
        certificate = Certificate(
            scope=session.scope,
            part_of=_part_of(session),
            as_of=as_of,
            synced_at=datetime.now(UTC),
            complete=verdict.reason is None,
            reason=verdict.reason,
            proof=verdict.proof,
            covered_from=covered_from,
            n_requests=n_requests,
            n_pages=session.n_pages,
            n_overlap=session.n_known + session.n_changed,
            n_new=session.n_new,
            n_changed=session.n_changed,
            n_open=len(session.open),
            n_rejected=session.store.quarantine.table().num_rows,
            n_gone=len(gone),
            total_estimate=last.first_total,
            n_expected=expected,
            time_unit=session.time_unit,
            drift=tuple(sorted(f"{kind} {name}" for kind, name in session.drift)),
        )
        remembered: dict[str, Any] = {
            "read_from": _look_back_from(stretches).isoformat(),
            "covered_from": covered_from and covered_from.isoformat(),
            "gone": gone,
            "walk": None,
            "parallel": None,
            "certificate": certificate.to_dict(),
        }
        if verdict.reason is None:
            ground = last.top or session.ground
            remembered |= {"ground": ground and ground.to_json(), "counted": verdict.count}
        elif stretches[0].walk.ended and not full:
            remembered |= {"ground": None, "counted": None}
        else:
            remembered |= {"ground": memory.get("ground"), "counted": None}
        session.flush(remembered, settled=True)
        return certificate

    def _covered_from(
        self, long: Stretch, *, full: bool, since: datetime | None
    ) -> datetime | None:
        """Before which instant runs have never been asked for."""
        if long.walk.ended or full:
            return None
        before = _instant(self.session.memory.get("covered_from"))
        if self.session.ground is None:
            return since
        return min(before, since) if before and since else before


def _part_of(session: Session) -> str | None:
    """For one workspace, the scope of all that the same key can read."""
    workspace_id = session.query.workspace_id
    if workspace_id is None:
        return None
    return session.scope.removesuffix(workspace_id).rstrip(":") or _ALL


def _more_listed(stretches: list[Stretch], expected: int | None) -> str:
    total = stretches[-1].walk.first_total or 0
    return (
        f"the API counts {total - (expected or 0):,} more runs than were ever listed to us; they "
        "may have appeared with an old date. Run `flora-analytics sync --full`."
    )


def _look_back_from(stretches: list[Stretch]) -> datetime:
    """When the oldest reading was made that the next sync must look back from."""
    long, last = stretches[0].walk, stretches[-1]
    is_reread = last.bottom.since is not None
    return (last.walk.as_of if is_reread else long.as_of) or datetime.now(UTC)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _micros(instant: datetime | None) -> int | None:
    return int(instant.timestamp() * 1_000_000) if instant else None
