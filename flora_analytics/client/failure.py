"""Judge an answer that is no page: is another attempt worth it, how long to wait, what to say.

Knows status codes, headers and the API's error envelope; sends nothing. Server text reaches
a message only through `plain`, as one short line without the key or any URL.
"""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from flora_analytics.errors import (
    ApiError,
    AuthenticationError,
    ContractError,
    RateLimitedError,
    RefusedRequestError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Failure", "error_of", "failure_of", "plain", "wait_after"]

#: Waits between attempts. [s] After a lost connection or a 5xx from the first to the longest,
#: doubling, as in the official SDK; after a 429 that names no wait, as in FLORA's samples.
FIRST_BACKOFF, LONGEST_BACKOFF, RATE_LIMIT_WAIT = 0.5, 8.0, 5.0
#: No wait is longer, whatever the answer asks for. [s]
LONGEST_WAIT = 60.0
#: Up to this share is added to each wait, so that several clients do not return at one moment.
JITTER = 0.25
#: A host never reached, or one that answers 200 with something else, is more likely a wrong
#: address than a bad moment: it gets fewer retries than `ALWAYS`, which leaves it to the client.
DOUBTFUL_RETRIES, ALWAYS = 2, 1_000_000


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one attempt gave no page.

    `kind` is the error to raise if it stays so, `what` the words for it, `retries` how many
    further attempts it is worth, `asked_wait` the wait that the answer asks for. [s]
    """

    kind: type[ApiError]
    what: str
    retries: int = 0
    status: int | None = None
    code: str | None = None
    fields: tuple[str, ...] = ()
    request_id: str | None = None
    asked_wait: float | None = None


def failure_of(
    status: int, headers: Mapping[str, str], body: bytes, *, secret: str, request_id: str | None
) -> Failure:
    """The failure that an answer other than a page of JSON amounts to."""
    kind, retries = _verdict(status, headers.get("x-should-retry", "").lower())
    if kind is ContractError:
        what = f"answered {status} with {_kind_of(body)}"
        return Failure(kind, what, retries, status, request_id=request_id)
    code, message, fields = (plain(text, secret=secret) for text in _envelope(body))
    return Failure(
        kind,
        " ".join(filter(None, [str(status), code])) + (f": {message}" if message else ""),
        retries,
        status,
        code or None,
        tuple(fields.split()),
        request_id,
        _asked_wait(headers),
    )


def wait_after(failure: Failure, *, n_attempts: int) -> float:
    """Seconds to wait after that many attempts that ended like `failure`."""
    if failure.asked_wait is not None:
        wait = failure.asked_wait
    elif failure.status == 429:
        wait = RATE_LIMIT_WAIT
    else:
        wait = min(FIRST_BACKOFF * 2 ** min(n_attempts - 1, 10), LONGEST_BACKOFF)
    # Spreads load and keeps no secret, so any random numbers will do.
    jitter = 1 + JITTER * random.random()  # noqa: S311
    return min(wait * jitter, LONGEST_WAIT)


def error_of(failure: Failure, *, host: str, request: str, n_attempts: int) -> ApiError:
    """The error to raise once `failure` is final."""
    attempts = f"{n_attempts} attempts" if n_attempts > 1 else "1 attempt"
    match failure:
        case Failure(kind=k) if k is AuthenticationError:
            text = (
                f"{host} refused the API key ({failure.what}). {_KEY_ADVICE[failure.status or 401]}"
            )
        case Failure(kind=k) if k is RefusedRequestError:
            text = f"{host} declined {request} ({failure.what})."
        case Failure(kind=k) if k is RateLimitedError:
            text = (
                f"{host} still limits the rate after {attempts} ({failure.what}). The limit is "
                "shared by the whole workspace: wait a while, or use fewer workers."
            )
        case Failure(kind=k) if k is ContractError:
            text = f"{host} {failure.what} ({request}, {attempts}); check FLORA_BASE_URL."
        case Failure(status=None):
            text = f"{failure.what} ({request}, {attempts}); check the network or FLORA_BASE_URL."
        case _:
            text = f"{host} could not answer {request} in {attempts} ({failure.what}); try later."
    if failure.request_id:
        text += f" [request-id {failure.request_id}]"
    error = failure.kind(
        text, status=failure.status, code=failure.code, request_id=failure.request_id
    )
    if isinstance(error, RefusedRequestError):
        error.fields = failure.fields
    return error


def plain(text: str, *, secret: str) -> str:
    """Server text fit for a message: one short line without the key or any URL.

    >>> plain("No such\\nkey sk_1,\\tsee https://flora.example/?token=x", secret="sk_1")
    'No such key (key), see (URL)'
    """
    text = re.sub(r"https?://\S+", "(URL)", text[:2000].replace(secret, "(key)"))
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


_KEY_ADVICE = {
    401: "Check FLORA_API_KEY.",
    403: "Check that FLORA_API_KEY is a key of the workspace asked for.",
}


def _verdict(status: int, should_retry: str) -> tuple[type[ApiError], int]:
    """What an answer with this status is, and how many retries it is worth."""
    if status in _KEY_ADVICE:
        return AuthenticationError, 0
    if status < 400:
        return ContractError, DOUBTFUL_RETRIES if status == 200 else 0
    if status == 429:
        kind: type[ApiError] = RateLimitedError
    elif status >= 500 or status == 408:
        kind = UnavailableError
    else:
        kind = RefusedRequestError
    worth_it = kind is not RefusedRequestError or status == 409
    if should_retry in ("true", "false"):
        worth_it = should_retry == "true"
    return kind, ALWAYS if worth_it else 0


def _kind_of(body: bytes) -> str:
    text = body.strip()
    if not text:
        return "an empty body"
    return "HTML or XML" if text.startswith(b"<") else "a body that is no whole JSON object"


def _envelope(body: bytes) -> tuple[str, str, str]:
    """Code, message and space-separated field names of an error body; empty where absent."""
    try:
        error = json.loads(body)["error"]
        fields = error.get("fields") or []
        names = [str(field["field"]).replace(" ", "_") for field in fields[:20]]
        return str(error.get("code") or ""), str(error.get("message") or ""), " ".join(names)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "", "", ""


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by ``retry-after-ms`` or ``Retry-After`` (seconds or a date)."""
    for name, scale in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            wait = float(headers.get(name, "")) * scale
        except ValueError:
            continue
        if wait >= 0:  # neither negative nor NaN
            return wait
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (LookupError, ValueError, TypeError, OverflowError):
        return None
