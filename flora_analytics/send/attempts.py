"""Attempt something again while it is certain that the attempt before changed nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flora_analytics.errors import SendError

__all__ = ["WAITS", "NotTakenError", "attempt", "plain"]

#: Waits before the second and the third attempt. [s]
WAITS = (2.0, 10.0)
#: No wait is longer, whatever a server asks for. [s]
_LONGEST_WAIT = 60.0
_LONGEST_TEXT = 160


@dataclass(eq=False)
class NotTakenError(Exception):
    """The message was certainly not taken, and another attempt may help.

    `what` completes "could not be sent: …"; `asked_wait` is how long the server asks to wait. [s]
    """

    what: str
    asked_wait: float | None = None


def attempt(once: Callable[[], None], *, what: str, waits: Sequence[float]) -> None:
    """Call `once` until it returns, at most once more than there are `waits`.

    Raises
    ------
    SendError
        If it still raises `NotTakenError`, or raises a `SendError` itself.
    """
    for wait in [*waits, None]:
        try:
            once()
            return
        except NotTakenError as error:
            if wait is None:
                raise SendError(
                    f"{what} could not be sent in {len(waits) + 1} attempts: {error.what}. "
                    "Nothing was sent; try again later."
                ) from error
            time.sleep(min(max(wait, error.asked_wait or 0.0), _LONGEST_WAIT))


def plain(text: str, *, secrets: Sequence[str | None] = ()) -> str:
    """What a server said, as one short line of printable characters without any secret."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"
