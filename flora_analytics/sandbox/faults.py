"""What can go wrong with an answer, one function for each kind.

In: a request and the whole, right reply. Out: the reply as it is spoilt. A fault strikes
the requests it is planned for (by number, or by `random_faults`); lasting oddities of a
healthy server are a `Manner` instead.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any, TypeAlias

from flora_analytics.errors import ConfigurationError
from flora_analytics.sandbox.wire import Reply, Request, refusal

__all__ = [
    "FAULTS",
    "Fault",
    "FaultPlan",
    "cursor_expired",
    "cut_off",
    "error_in_200",
    "gzipped",
    "html",
    "huge",
    "invalid_json",
    "nested",
    "nulled",
    "planned",
    "random_faults",
    "redirect",
    "repeated_cursor",
    "reset",
    "stall",
    "status",
    "without",
]

Fault: TypeAlias = Callable[[Request, Reply], Reply]
#: Which fault strikes a request, if any: by its number (from 1), or by any rule.
FaultPlan: TypeAlias = Mapping[int, Fault] | Callable[[Request], Fault | None]

_CODES = {
    400: "input_validation_error",
    401: "invalid_api_key",
    402: "insufficient_credits",
    403: "forbidden",
    404: "not_found",
    408: "request_timeout",
    409: "conflict",
    422: "idempotency_conflict",
    429: "rate_limited",
    500: "internal_error",
    503: "service_unavailable",
}
_ABSENT = object()
_HTML = b"<!doctype html><html><head><title>Oops</title></head><body>Please wait.</body></html>"


def status(
    code: int,
    *,
    retry_after: float | str | None = None,
    as_date: bool = False,
    should_retry: bool | None = None,
    as_html: bool = False,
) -> Fault:
    """Another status, with the API's error envelope or as a proxy's HTML page.

    `retry_after` is sent in seconds or, `as_date`, as the date so many seconds ahead; a
    str is sent as it is. `should_retry` sends ``x-should-retry``.
    """

    def strike(_: Request, __: Reply) -> Reply:
        reply = (
            _html_page(code)
            if as_html
            else refusal(code, _CODES.get(code, "unknown_error"), "Planned.")
        )
        headers = dict(reply.headers)
        if retry_after is not None:
            headers["Retry-After"] = _date_in(float(retry_after)) if as_date else f"{retry_after}"
        if should_retry is not None:
            headers["x-should-retry"] = str(should_retry).lower()
        return replace(reply, headers=headers)

    return strike


def html(code: int = 200) -> Fault:
    """A web page instead of JSON."""
    return lambda _, __: _html_page(code)


def reset(*, after: float = 0.0) -> Fault:
    """The connection is reset before a byte of the answer, at once or after so many seconds."""
    return lambda _, reply: replace(reply, reset=True, pause=after)


def stall(seconds: float) -> Fault:
    """Half the body, then silence, then the end."""
    return lambda _, reply: replace(reply, sent=len(reply.body) // 2, pause=seconds)


def cut_off(*, length: str = "right") -> Fault:
    """Half the body, then the end.

    `length` says what the headers promised: the "right" Content-Length, the "wrong" one
    (that of the half, so that only the JSON shows it) or, in "chunks", none.
    """

    def strike(_: Request, reply: Reply) -> Reply:
        half = len(reply.body) // 2
        if length == "wrong":
            return replace(reply, body=reply.body[:half])
        return replace(reply, sent=half, chunked=length == "chunks")

    return strike


def gzipped(*, cut: bool = False) -> Fault:
    """The body compressed, as proxies do; `cut`: and only half of it, of the right length."""

    def strike(_: Request, reply: Reply) -> Reply:
        packed = gzip.compress(reply.body, mtime=0)
        body = packed[: len(packed) // 2] if cut else packed
        return replace(reply, body=body, headers=reply.headers | {"Content-Encoding": "gzip"})

    return strike


def invalid_json() -> Fault:
    """A body that is no JSON, under a JSON content type."""
    return lambda _, reply: replace(reply, body=reply.body[:-1] + b",,]")


def error_in_200() -> Fault:
    """The error envelope under status 200."""
    return lambda _, __: replace(refusal(500, "internal_error", "Planned."), status=200)


def without(*names: str) -> Fault:
    """The page without ``meta``, ``technique_runs`` or ``next_cursor``."""
    return lambda _, reply: _edited(reply, dict.fromkeys(names, _ABSENT))


def nulled(*names: str) -> Fault:
    """The page with ``meta``, ``technique_runs`` or ``next_cursor`` null."""
    return lambda _, reply: _edited(reply, dict.fromkeys(names))


def repeated_cursor() -> Fault:
    """The page's next cursor is the one it was asked for with."""
    return lambda request, reply: _edited(reply, {"next_cursor": request.query.get("cursor")})


def cursor_expired() -> Fault:
    """The cursor is refused; a request without one is answered as usual."""

    def strike(request: Request, reply: Reply) -> Reply:
        if "cursor" not in request.query:
            return reply
        message = "cursor: has expired"
        return refusal(400, "input_validation_error", message, fields=("cursor",))

    return strike


def huge(megabytes: int = 200, *, chunked: bool = False) -> Fault:
    """So many megabytes of blanks before the page; `chunked`: without saying so beforehand."""
    return lambda _, reply: replace(reply, padding=megabytes * 1_000_000, chunked=chunked)


def nested(depth: int = 5_000) -> Fault:
    """An array so many levels deep in the place of the runs."""
    deep = b'{"meta":{"next_cursor":null},"technique_runs":' + b"[" * depth + b"]" * depth + b"}"
    return lambda _, reply: replace(reply, body=deep)


def redirect(to: str, *, code: int = 302) -> Fault:
    """The answer is said to be elsewhere."""
    return lambda _, __: Reply(code, headers={"Location": to})


#: Faults by name, for plans made by chance and for the command line. Waits are short.
FAULTS: dict[str, Fault] = {
    "408": status(408, retry_after=0),
    "409": status(409, retry_after=0),
    "429": status(429, retry_after=0),
    "429 date": status(429, retry_after=0, as_date=True),
    "500": status(500, retry_after=0),
    "502 html": status(502, retry_after=0, as_html=True),
    "503 should retry": status(503, retry_after=0, should_retry=True),
    "reset": reset(),
    "stall": stall(0.02),
    "cut off": cut_off(),
    "cut off, wrong length": cut_off(length="wrong"),
    "cut off, chunks": cut_off(length="chunks"),
    "cut off, gzip": gzipped(cut=True),
    "gzip": gzipped(),
    "invalid json": invalid_json(),
    "html": html(),
    "error in 200": error_in_200(),
    "no runs": without("technique_runs"),
    "null runs": nulled("technique_runs"),
    "no meta": without("meta"),
    "null meta": nulled("meta"),
    "cursor expired": cursor_expired(),
}


def random_faults(
    seed: int, *, share: float = 0.1, names: Sequence[str] = tuple(FAULTS), streak: int = 3
) -> FaultPlan:
    """Faults by chance, the same for the same seed and number of requests.

    Parameters
    ----------
    seed : int
    share : float, default 0.1
        Chance that a request is struck. [0–1]
    names : sequence of str
        Which of `FAULTS`.
    streak : int, default 3
        At most so many requests in a row are struck, so that a patient client wins.
    """
    if unknown := set(names) - FAULTS.keys():
        raise ConfigurationError(
            f"No fault is called {sorted(unknown)}; there are {', '.join(FAULTS)}."
        )

    def strikes(number: int) -> bool:
        return number > 0 and Random(f"{seed}/{number}").random() < share  # noqa: S311

    def plan(request: Request) -> Fault | None:
        number = request.number
        if not strikes(number) or all(strikes(number - back) for back in range(1, streak + 1)):
            return None
        return FAULTS[Random(f"{seed}/{number}/kind").choice(names)]  # noqa: S311

    return plan


def planned(plan: FaultPlan | None, request: Request) -> Fault | None:
    """The fault that strikes `request`."""
    if plan is None:
        return None
    return plan.get(request.number) if isinstance(plan, Mapping) else plan(request)


def _edited(reply: Reply, changes: Mapping[str, Any]) -> Reply:
    """A page of runs with these fields replaced, or left out where `_ABSENT`.

    The text of the runs stays as it is: costs must not pass through a float.
    """
    head, is_page, rest = reply.body.partition(b',"technique_runs":')
    if not is_page:
        return reply
    meta = json.loads(head.removeprefix(b'{"meta":'))
    meta |= {name: value for name, value in changes.items() if name == "next_cursor"}
    texts = {"meta": _dumped(_present(meta)), "technique_runs": rest[:-1]}
    texts |= {name: _dumped(changes[name]) for name in texts if name in changes}
    fields = (b'"%b":%b' % (name.encode(), text) for name, text in texts.items() if text)
    return replace(reply, body=b"{" + b",".join(fields) + b"}")


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not _ABSENT}


def _dumped(value: Any) -> bytes:
    return b"" if value is _ABSENT else json.dumps(value, separators=(",", ":")).encode()


def _html_page(code: int) -> Reply:
    return Reply(code, _HTML, {"Content-Type": "text/html; charset=utf-8"})


def _date_in(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
