"""Post JSON over HTTP, once: the one place of this step that knows `requests`.

No redirect is followed and no address is shown: both may carry a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from flora_analytics.errors import SendError
from flora_analytics.send.attempts import NotTakenError, attempt

__all__ = ["Answered", "post_json"]

_TIMEOUT = (10.0, 30.0)  # s, to connect and to answer
_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Answered:
    """What a server answered."""

    status: int
    body: bytes


def post_json(
    url: str,
    body: bytes,
    *,
    what: str,
    waits: Sequence[float],
    check: Callable[[Answered], None],
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Post `body` and let `check` judge the answer, again only if it was certainly not taken.

    Parameters
    ----------
    url : str
        Where to; a secret.
    what : str
        Begins the sentence that says what went wrong, such as "The Slack message".
    check : callable
        Raises if an answer that is neither a redirect, a 429 nor a 5xx is no success.
    token : str, optional
        Goes into ``Authorization``.

    Raises
    ------
    SendError
        If it was not sent, or nobody knows.
    """
    sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    host = urlsplit(url).hostname or ""

    def once() -> None:
        answered = _post(url, body, sent, token, host, what)
        _judge(answered, host, what)
        check(answered)

    attempt(once, what=what, waits=waits)


class _Token(AuthBase):
    """As `auth` it also outranks what a netrc file may say about the host."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _post(
    url: str, body: bytes, headers: Mapping[str, str], token: str | None, host: str, what: str
) -> Answered:
    try:
        with requests.post(
            url,
            data=body,
            headers=headers,
            auth=_Token(token),
            timeout=_TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.status_code == 429:
                raise NotTakenError(f"{host} limits the rate (429)", _asked_wait(answer.headers))
            return Answered(answer.status_code, _beginning(answer))
    except requests.exceptions.RequestException as error:
        # Its text holds the address, which may be a secret: only its kind is told, without it.
        raise _meaning(error, host, what) from None


def _beginning(answer: requests.Response) -> bytes:
    body = b""
    for chunk in answer.iter_content(8192):
        body += chunk
        if len(body) >= _MOST_BYTES:
            break
    return body


def _meaning(error: requests.exceptions.RequestException, host: str, what: str) -> Exception:
    """What a broken attempt says about the message."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return SendError(
            f"{what} was not sent: {host} shows a certificate that cannot be trusted. Name the "
            "file of your own authority's certificate in REQUESTS_CA_BUNDLE."
        )
    if isinstance(error, requests.exceptions.SSLError) and "WRONG_VERSION" in str(error):
        return SendError(f"{what} was not sent: {host} does not speak HTTPS at that port.")
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    never = (NewConnectionError, ConnectTimeoutError)
    if isinstance(reason, never) or isinstance(error, requests.exceptions.ProxyError):
        return NotTakenError(f"no connection to {host}")
    return SendError(
        f"{host} was given {_lower(what)} and broke off before it answered: it may have been "
        "taken. It is not sent again by itself; look whether it arrived.",
        uncertain=True,
    )


def _judge(answered: Answered, host: str, what: str) -> None:
    """What a status means that means the same everywhere."""
    if 300 <= answered.status < 400:
        raise SendError(
            f"{what} was not sent: {host} points to another address ({answered.status}), which is "
            "not followed. Check the address."
        )
    if answered.status >= 500:
        raise SendError(
            f"{host} was given {_lower(what)} and answered {answered.status}: it may have been "
            "taken all the same; look whether it arrived.",
            uncertain=True,
            answer=answered.status,
        )


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds after which the server wants to be asked again."""
    with suppress(ValueError):
        return float(int(headers.get("Retry-After", "")))
    return None


def _lower(what: str) -> str:
    return what[0].lower() + what[1:]
