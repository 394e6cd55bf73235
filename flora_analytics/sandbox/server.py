"""The sandbox: a FLORA API on loopback, over generated or recorded runs.

In: a history (or any runs), and what shall move and go wrong. Out: a real HTTP server with
the contract of the documented read routes. What it answers follows from its arguments and
the number of requests so far, so that each scenario repeats.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from flora_analytics.errors import ConfigurationError
from flora_analytics.sandbox.connection import Answer, Server
from flora_analytics.sandbox.faults import FaultPlan, planned
from flora_analytics.sandbox.history import History, Run
from flora_analytics.sandbox.listing import Listing, Row, row_of
from flora_analytics.sandbox.manner import Manner
from flora_analytics.sandbox.motion import Arrive, CorrectCost, Cost, Finish, Motion, Move, Vanish
from flora_analytics.sandbox.names import Names
from flora_analytics.sandbox.pages import Pages
from flora_analytics.sandbox.wire import Reply, Request, refusal

__all__ = ["Sandbox", "serve"]

_PREFIX = "/api/v1"


class Sandbox:
    """A FLORA API on ``127.0.0.1``, running in a thread for as long as the context lasts.

    Parameters
    ----------
    runs : History, iterable of dict, or Path
        What to list, in any order; listed newest first. A run that breaks the contract is
        listed as it is. A path names a JSON-lines file (``.gz`` or not), whose numbers are
        served as they are written.
    api_key : str, default "sk_test_sandbox"
        The one key that is let in.
    port : int, default 0
        0 takes a free one.
    manner : Manner
        How lists behave where the documentation leaves it open.
    motion : Motion, optional
        What moves after each request.
    faults : FaultPlan, optional
        Which fault strikes a request: a mapping from its number, counted from 1, or a
        function of the request.
    latency : float, default 0.0
        Wait before each answer. [s]

    Attributes
    ----------
    base_url, api_key : str
        For `FLORA_BASE_URL` and `FLORA_API_KEY`.
    requests : list of Request
        Every request so far: ``.path``, ``.query``, ``.number``, ``.has_key``.
    motion, faults, latency
        As given; may be replaced while the sandbox runs.

    Raises
    ------
    ConfigurationError
        If the port is taken, or the file cannot be read as JSON lines.

    Examples
    --------
    >>> from flora_analytics.sandbox import Sandbox, generate
    >>> with Sandbox(generate(100)) as sandbox:
    ...     sandbox.vanish(sandbox.truth()[0]["run_id"])
    ...     len(sandbox.truth()), sandbox.n_requests
    (99, 0)
    """

    def __init__(
        self,
        runs: History | Iterable[Run] | Path,
        *,
        api_key: str = "sk_test_sandbox",
        port: int = 0,
        manner: Manner = Manner(),  # noqa: B008 - frozen
        motion: Motion | None = None,
        faults: FaultPlan | None = None,
        latency: float = 0.0,
    ) -> None:
        self.api_key, self.motion, self.faults, self.latency = api_key, motion, faults, latency
        self.requests: list[Request] = []
        self._lock = threading.RLock()
        self._server = _listening(port, self._answer)
        self.base_url = self._server.origin + _PREFIX
        try:
            self._listing = Listing(_rows(runs, root=self.base_url), root=self.base_url)
        except ConfigurationError:
            self._server.server_close()
            raise
        planted = Names.planted(runs.facts) if isinstance(runs, History) else None
        self._pages = Pages(self._listing, planted or Names.read_off(self._listing), manner)

    @classmethod
    def from_jsonl(cls, path: str | Path, **options: Any) -> Sandbox:
        """A sandbox over a file of runs, one JSON object a line."""
        return cls(Path(path), **options)

    def __enter__(self) -> Sandbox:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def n_requests(self) -> int:
        """How many requests have come, refused and spoilt ones included."""
        return len(self.requests)

    def truth(self) -> list[Run]:
        """The runs as listed now, newest first, fractions as exact `Decimal`."""
        with self._lock:
            return [row.decoded() for row in reversed(self._listing.matching({}))]

    def apply(self, *moves: Move) -> None:
        """Let the history move now."""
        with self._lock:
            for move in moves:
                move.apply(self._listing)

    def add_runs(self, runs: Iterable[Run]) -> None:
        """List more runs, or newer versions of listed ones, where their creation puts them."""
        self.apply(*map(Arrive, runs))

    def finish(self, run_id: str, *, cost: Cost = None, error_code: str | None = None) -> None:
        """Let an open run complete, or fail with `error_code`; None states no cost."""
        self.apply(Finish(run_id, cost, error_code))

    def correct_cost(self, run_id: str, cost: Cost) -> None:
        """State a run's cost late, correct it, or take it back (None). [USD]"""
        self.apply(CorrectCost(run_id, cost))

    def vanish(self, run_id: str) -> None:
        """Stop listing a run."""
        self.apply(Vanish(run_id))

    def _answer(
        self, target: str, query: dict[str, str], authorization: str | None
    ) -> tuple[int, float, Reply]:
        path = target.removeprefix(_PREFIX)
        with self._lock:
            request = Request(path, query, len(self.requests) + 1, authorization is not None)
            self.requests.append(request)
            reply = self._refused(authorization) or self._pages.answer(request)
            fault = planned(self.faults, request)
            if self.motion is not None:
                self.apply(*self.motion.after(request.number, self._listing))
        return request.number, self.latency, fault(request, reply) if fault else reply

    def _refused(self, authorization: str | None) -> Reply | None:
        scheme, _, key = (authorization or "").partition(" ")
        if scheme != "Bearer" or not key:
            return refusal(401, "unauthorized", "Missing API key.")
        if key != self.api_key:
            return refusal(401, "invalid_api_key", "Invalid API key.")
        return None


def serve(runs: History | Iterable[Run] | Path, *, port: int = 0, **options: Any) -> None:
    """Run a sandbox until interrupted; print its address and key as one JSON line when ready.

    Takes the options of `Sandbox`.
    """
    with Sandbox(runs, port=port, **options) as sandbox, suppress(KeyboardInterrupt):
        address = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
        sys.stdout.write(json.dumps(address) + "\n")
        sys.stdout.flush()
        threading.Event().wait()


def _listening(port: int, answer: Answer) -> Server:
    try:
        return Server(port=port, answer=answer)
    except (OSError, OverflowError) as exc:
        raise ConfigurationError(
            f"The sandbox cannot listen on port {port} ({exc}); 0 takes a free one."
        ) from exc


def _rows(runs: History | Iterable[Run] | Path, *, root: str) -> Iterator[Row]:
    if not isinstance(runs, Path):
        yield from (row_of(run, root=root) for run in runs)
        return
    try:
        with gzip.open(runs, "rb") if runs.suffix == ".gz" else runs.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield row_of(_decoded(line, runs, number), root=root, line=line)
    except (OSError, EOFError) as exc:
        raise ConfigurationError(
            f"{runs} cannot be read ({exc}); expected a file of runs, one JSON object a line."
        ) from exc


def _decoded(line: bytes, path: Path, number: int) -> Run:
    try:
        run = json.loads(line)
    except ValueError:
        run = None
    if not isinstance(run, dict):
        raise ConfigurationError(f"{path}, line {number}: expected a run, as one JSON object.")
    return run
