"""Ask the FLORA API: a question in, the bytes of one whole, genuine 200 answer out.

Knows HTTP: the key and where it may travel, retries, rate limits, redirects, sizes and
time-outs. Knows nothing of what an answer means: it only checks that the body could be a JSON
object, which finds HTML and cut-off bodies. JSON that is broken further in is found by `decode`,
whose `ContractError` the caller may answer by asking once more.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import IncompleteRead
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urljoin, urlsplit

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from flora_analytics.client.failure import (
    ALWAYS,
    DOUBTFUL_RETRIES,
    Failure,
    error_of,
    failure_of,
    plain,
    wait_after,
)
from flora_analytics.client.origin import KeyAtHome, at_home, checked_base_url, origin_text
from flora_analytics.errors import ContractError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    Params: TypeAlias = Mapping[str, str | int | None]

__all__ = ["Answer", "FloraClient"]

#: Longest body read, unpacked. [bytes] A page of 100 runs has about 100 kB.
MAX_BODY = 32 * 2**20
MAX_REDIRECTS = 3
CONNECT_TIMEOUT = 10.0

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

logger = logging.getLogger("flora_analytics")


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer of the API.

    Attributes
    ----------
    body : bytes
        The JSON as served, unpacked.
    request_id : str or None
        The ``request-id`` header, to quote to FLORA's support.
    sent_at : datetime
        When the request that was answered left. [UTC]
    """

    body: bytes
    request_id: str | None
    sent_at: datetime


class FloraClient:
    """A FLORA API and the key to read it; use it as a context manager.

    Lost connections, time-outs, cut-off or unreadable bodies, 408, 409, 429 and 5xx are tried
    again, waiting as long as the answer asks for, else 0.5 to 8 s (5 s after a 429), at most
    60 s. The key is sent to the base URL's origin and nowhere else, and only over HTTPS unless
    that host is this machine. Methods may be called from several threads.

    Parameters
    ----------
    api_key : str, optional
        Default: the environment variable ``FLORA_API_KEY``.
    base_url : str, optional
        Default: the environment variable ``FLORA_BASE_URL``, else FLORA's own.
    timeout : float, default 60
        Longest silence within an attempt, and longest time for one whole answer. [s]
    max_retries : int, default 5
        Attempts after the first.
    sleep : callable, default `time.sleep`
        Takes the seconds to wait before the next attempt.

    Attributes
    ----------
    base_url : str
        Without a trailing slash.
    n_requests : int
        HTTP requests sent so far, retries and redirects included.

    Raises
    ------
    ConfigurationError
        No key, a key that no header can carry, or a base URL that would expose it.

    Notes
    -----
    Every method raises `AuthenticationError` (401, 403), `RefusedRequestError` (other 4xx; its
    ``fields`` name what was wrong), `RateLimitedError`, `UnavailableError` or `ContractError`.

    Examples
    --------
    >>> FloraClient("sk_live_secret", base_url="https://flora.example/api/v1/")
    FloraClient(base_url='https://flora.example/api/v1')
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 60.0,
        max_retries: int = 5,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.base_url = checked_base_url(base_url or os.environ.get("FLORA_BASE_URL"))
        self.timeout = timeout
        self.max_retries = max_retries
        self.n_requests = 0
        self._host = urlsplit(self.base_url).netloc
        self._key = KeyAtHome(api_key or os.environ.get("FLORA_API_KEY"), base_url=self.base_url)
        self._sleep = sleep
        self._lock = threading.Lock()
        self._connected = False
        self._session = requests.Session()
        self._session.auth = self._key
        self._session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip"})
        # Plain HTTP is for this machine only, so no proxy of the environment may carry it away.
        self._session.trust_env = self.base_url.startswith("https:")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"FloraClient(base_url={self.base_url!r})"

    def close(self) -> None:
        """Close the connections; the client can still be used, and opens new ones."""
        self._session.close()

    def list_runs(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = 100,
        workspace_id: str | None = None,
        project_id: str | None = None,
        technique_id: str | None = None,
        status: str | None = None,
    ) -> Answer:
        """One page of the run history, newest first; ``limit=None`` leaves its size to the API."""
        filters = {
            "workspace_id": workspace_id,
            "project_id": project_id,
            "technique_id": technique_id,
            "status": status,
        }
        return self._get("/technique-runs", {"cursor": cursor, "limit": limit} | filters)

    def poll_run(self, *, technique_id: str, run_id: str, poll_url: str | None = None) -> Answer:
        """One run as it is now.

        Asks `poll_url` if that has the base URL's origin, else the documented route.
        """
        home = at_home(poll_url, base_url=self.base_url) if poll_url else None
        return self._get(home or f"/techniques/{_segment(technique_id)}/runs/{_segment(run_id)}")

    def list_workspaces(self) -> Answer:
        """All workspaces the key can see."""
        return self._get("/workspaces")

    def list_projects(
        self, *, workspace_id: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Answer:
        """One page of the projects."""
        return self._get(
            "/projects", {"workspace_id": workspace_id, "cursor": cursor, "limit": limit}
        )

    def list_techniques(self, *, cursor: str | None = None, limit: int = 100) -> Answer:
        """One page of the techniques."""
        return self._get("/techniques", {"cursor": cursor, "limit": limit})

    def technique(self, technique_id: str) -> Answer:
        """One technique, by id or slug."""
        return self._get(f"/techniques/{_segment(technique_id)}")

    def _get(self, target: str, params: Params | None = None) -> Answer:
        """The answer to GET `target`: a path below the base URL, or a URL at home."""
        url = self.base_url + target if target.startswith("/") else target
        request = f"GET {urlsplit(url).path}"
        n_attempts = 0
        while True:
            outcome = self._attempt(url, params)
            n_attempts += 1
            if isinstance(outcome, Answer):
                return outcome
            if n_attempts > min(self.max_retries, outcome.retries):
                # Raised outside any handler: an HTTP library's exception in the chain would
                # carry the request along, and with it the key.
                raise error_of(outcome, host=self._host, request=request, n_attempts=n_attempts)
            wait = wait_after(outcome, n_attempts=n_attempts)
            logger.debug("%s: %s; next attempt in %.1f s", request, outcome.what, wait)
            self._sleep(wait)

    def _attempt(self, url: str, params: Params | None) -> Answer | Failure:
        """Ask once, following redirects that stay at home."""
        for _ in range(MAX_REDIRECTS + 1):
            sent_at = datetime.now(UTC)
            try:
                response, body = self._send(url, params)
            except _TooLargeError:
                return Failure(ContractError, f"sent more than {MAX_BODY:,} bytes")
            except (requests.RequestException, HTTPError, OSError) as exc:
                return self._lost(exc)
            status, headers = response.status_code, response.headers
            request_id = plain(headers.get("request-id", ""), secret=self._key.secret) or None
            logger.debug("GET %s: %s [request-id %s]", urlsplit(url).path, status, request_id)
            if status == 200 and _may_be_json_object(body):
                return Answer(body, request_id, sent_at)
            if status not in _REDIRECTS:
                break
            target = urljoin(response.url, headers.get("location", ""))
            home = at_home(target, base_url=self.base_url)
            if home is None:
                what = f"redirects to {origin_text(target)}, where the API key must not go"
                return Failure(ContractError, what, status=status, request_id=request_id)
            url, params = home, None
        return failure_of(status, headers, body, secret=self._key.secret, request_id=request_id)

    def _send(self, url: str, params: Params | None) -> tuple[requests.Response, bytes]:
        """The response to one request, with its body read whole."""
        with self._lock:
            self.n_requests += 1
        deadline = time.monotonic() + self.timeout
        with self._session.get(
            url,
            params=params,
            allow_redirects=False,
            stream=True,
            timeout=(min(self.timeout, CONNECT_TIMEOUT), self.timeout),
        ) as response:
            self._connected = True
            try:
                return response, b"".join(_chunks(response, deadline=deadline))
            except (_TooLargeError, HTTPError, OSError):
                if response.status_code == 200:
                    raise
                return response, b""  # the status says enough

    def _lost(self, exc: Exception) -> Failure:
        """The failure of an attempt that got no whole answer."""
        causes = list(_causes(exc))
        if any(isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in causes):
            what = f"Could not reach {self._host}: {_reason(causes)}"
            retries = ALWAYS if self._connected else DOUBTFUL_RETRIES
        else:
            what = f"No whole answer from {self._host}: {_reason(causes)}"
            retries = ALWAYS
        return Failure(UnavailableError, what, retries)


class _TooLargeError(Exception):
    """The body is longer than `MAX_BODY`."""


def _segment(identifier: str) -> str:
    return quote(identifier, safe="")


def _chunks(response: requests.Response, *, deadline: float) -> Iterator[bytes]:
    """The body, unpacked, as it arrives; a stalling or endless one is given up."""
    size = 0
    # read1 returns what is there; read would wait, unwatched, until a drip fills the buffer.
    while chunk := response.raw.read1(2**16, decode_content=True):
        size += len(chunk)
        if size > MAX_BODY:
            raise _TooLargeError
        if time.monotonic() > deadline:
            raise requests.ReadTimeout
        yield chunk


def _may_be_json_object(body: bytes) -> bool:
    text = body.strip()
    return text.startswith(b"{") and text.endswith(b"}")


def _reason(causes: Sequence[BaseException]) -> str:
    """Plain words for a lost connection; the library's own would show the whole request."""
    for kind, words in _REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return "the connection was lost"


_REASONS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (requests.exceptions.ProxyError, "the proxy did not let us through"),
    (NameResolutionError, "its name could not be resolved"),
    (ConnectionRefusedError, "the connection was refused"),
    (requests.exceptions.SSLError, "no trusted TLS connection came about"),
    ((requests.Timeout, ReadTimeoutError, TimeoutError), "it did not answer in time"),
    (DecodeError, "the answer could not be unpacked"),
    (IncompleteRead, "the answer was cut off"),
)


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    """`exc` and all that led to it, as chained or as wrapped by urllib3 and requests."""
    seen: list[BaseException] = []
    waiting = [exc]
    while waiting:
        cause = waiting.pop()
        if cause is None or any(cause is other for other in seen):
            continue
        seen.append(cause)
        yield cause
        wrapped = [*cause.args, getattr(cause, "reason", None)]
        waiting += [cause.__cause__, cause.__context__]
        waiting += [inner for inner in wrapped if isinstance(inner, BaseException)]
