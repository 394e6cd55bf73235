"""Post one message as JSON to an address of the user's choice."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from flora_analytics.channels import Webhook
from flora_analytics.errors import SendError
from flora_analytics.send.attempts import WAITS
from flora_analytics.send.posting import Answered, post_json

__all__ = ["post_webhook"]

_WHAT = "The webhook's message"


def post_webhook(
    hook: Webhook,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    environ: Mapping[str, str] = os.environ,
    waits: Sequence[float] = WAITS,
) -> None:
    """Post `payload` as JSON, once, with an ``Idempotency-Key`` that says what it is.

    Any answer from 200 to 299 counts as taken.

    Parameters
    ----------
    hook : Webhook
        Where to.
    payload : mapping
        What to say; anything that JSON can hold.
    key : str, optional
        The same for the same message, so that a receiver can tell that it has it already; by
        default a digest of the payload.
    environ : mapping of str to str
        Holds the address.
    waits : sequence of float
        Before each further attempt, made only while the message was certainly not taken. [s]

    Raises
    ------
    SendError
        If it was not taken; ``.uncertain`` if nobody knows.
    ConfigurationError
        If the address is not where the hook says.
    """
    body = json.dumps(payload, ensure_ascii=True, sort_keys=True, allow_nan=False).encode("ascii")
    digest = hashlib.sha256((key or "").encode() or body).hexdigest()
    post_json(
        hook.address(environ),
        body,
        what=_WHAT,
        waits=waits,
        check=_check,
        headers={"Idempotency-Key": f'"{digest[:32]}"'},
    )


def _check(answered: Answered) -> None:
    if not 200 <= answered.status < 300:
        raise SendError(f"{_WHAT} was not taken: the receiver answered {answered.status}.")
