"""The sandbox: a FLORA API on loopback, over generated or recorded runs.

In: a history (or any runs), and what shall happen and go wrong. Out: a real HTTP server
with the contract of the documented read routes. Everything it does follows from its
arguments and the number of requests so far, so that each scenario repeats.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .history import History, Run
from .listing import Listing, Row, row_of
from .names import Names
from .pages import Manner, Pages
from .wire import Reply, Request, refusal, send

__all__ = ["Sandbox", "serve"]

_PREFIX = "/api/v1"
_MAX_HEADERS = 100


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
    latency : float, default 0.0
        Wait before each answer. [s]

    Attributes
    ----------
    base_url, api_key : str
        For `FLORA_BASE_URL` and `FLORA_API_KEY`.
    requests : list of Request
        Every request so far: ``.path``, ``.query``, ``.number``, ``.has_key``.

    Examples
    --------
    >>> from flora_analytics.sandbox import Sandbox, generate
    >>> with Sandbox(generate(100)) as sandbox:
    ...     sandbox.base_url.startswith("http://127.0.0.1:"), sandbox.n_requests
    (True, 0)
    """

    def __init__(
        self,
        runs: History | Iterable[Run] | Path,
        *,
        api_key: str = "sk_test_sandbox",
        port: int = 0,
        manner: Manner = Manner(),  # noqa: B008 - frozen
        latency: float = 0.0,
    ) -> None:
        self.api_key = api_key
        self.latency = latency
        self.requests: list[Request] = []
        self._lock = threading.RLock()
        self._server = _Server(("127.0.0.1", port), _Connection)
        self._server.sandbox = self
        host = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.base_url = host + _PREFIX
        self._listing = Listing(_rows(runs, root=self.base_url))
        planted = Names.planted(runs.facts) if isinstance(runs, History) else None
        self._pages = Pages(self._listing, planted or Names.read_off(self._listing), manner)

    @classmethod
    def from_jsonl(cls, path: str | Path, **options: Any) -> Sandbox:
        """A sandbox over a file of runs, one JSON object a line."""
        return cls(Path(path), **options)

    @property
    def n_requests(self) -> int:
        return len(self.requests)

    def __enter__(self) -> Sandbox:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def truth(self) -> list[Run]:
        """The runs as listed now, newest first, fractions as exact `Decimal`."""
        with self._lock:
            return [row.decoded() for row in reversed(self._listing.matching({}))]

    def answer(
        self, path: str, query: dict[str, str], authorization: str | None
    ) -> tuple[int, Reply]:
        """The number of the request and the reply to it."""
        with self._lock:
            request = Request(path, query, len(self.requests) + 1, authorization is not None)
            self.requests.append(request)
            reply = self._refused(authorization) or self._pages.answer(request)
        return request.number, reply

    def _refused(self, authorization: str | None) -> Reply | None:
        scheme, _, key = (authorization or "").partition(" ")
        if scheme != "Bearer" or not key:
            return refusal(401, "unauthorized", "Missing API key.")
        if key != self.api_key:
            return refusal(401, "invalid_api_key", "Invalid API key.")
        return None


def serve(
    runs: History | Iterable[Run] | Path,
    *,
    port: int = 0,
    **options: Any,
) -> None:
    """Run a sandbox until interrupted; print its address and key as one JSON line when ready.

    Takes the options of `Sandbox`.
    """
    with Sandbox(runs, port=port, **options) as sandbox, suppress(KeyboardInterrupt):
        address = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
        sys.stdout.write(json.dumps(address) + "\n")
        sys.stdout.flush()
        threading.Event().wait()


def _rows(runs: History | Iterable[Run] | Path, *, root: str) -> Iterator[Row]:
    if not isinstance(runs, Path):
        yield from (row_of(run, root=root) for run in runs)
        return
    with gzip.open(runs, "rb") if runs.suffix == ".gz" else runs.open("rb") as lines:
        yield from (
            row_of(json.loads(line), root=root, line=line) for line in lines if line.strip()
        )


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    sandbox: Sandbox

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


class _Connection(StreamRequestHandler):
    """Just enough of HTTP/1.1 for GET and HEAD, with connections kept alive.

    The standard library's handler takes longer over the header lines than a page takes
    altogether.
    """

    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        while self._answer_one():
            pass

    def _answer_one(self) -> bool:
        method, _, rest = self.rfile.readline(65_536).decode("latin-1").strip().partition(" ")
        if not method:
            return False
        headers = dict(self._headers())
        url = urlsplit(rest.rpartition(" ")[0])
        if method not in ("GET", "HEAD"):
            send(refusal(405, "method_not_allowed", "Only reading."), self.connection, number=0)
            return False
        sandbox = self.server.sandbox
        path = unquote(url.path).removeprefix(_PREFIX)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        number, reply = sandbox.answer(path, query, headers.get("authorization"))
        if sandbox.latency:
            time.sleep(sandbox.latency)
        send(reply, self.connection, number=number, with_body=method == "GET")
        return not reply.hangs_up and headers.get("connection", "").lower() != "close"

    def _headers(self) -> Iterator[tuple[str, str]]:
        while line := self.rfile.readline(65_536).decode("latin-1").strip():
            name, _, value = line.partition(":")
            yield name.lower(), value.strip()
