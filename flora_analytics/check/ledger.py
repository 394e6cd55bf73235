"""Rules about the ledger itself: how old it is, whether it is complete, what was rejected."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flora_analytics.check.reading import Measured, Reading
from flora_analytics.report import display
from flora_analytics.standing import NEVER_ENDED

if TYPE_CHECKING:
    from flora_analytics.check.seen import Seen
    from flora_analytics.rules import Rule

__all__ = ["incomplete", "rejected", "stale"]


def stale(_: Rule, seen: Seen) -> Measured:
    assert seen.standing is not None  # noqa: S101 - not asked of the past
    readings = [
        Reading(
            value=seen.now - certificate.as_of,
            text="the ledger speaks up to "
            f"{display.instant(certificate.as_of, tz=seen.settings.tz)}, "
            f"{display.span(seen.now - certificate.as_of)} ago",
            group=scope,
            label=seen.standing.name_of(scope),
        )
        for scope, certificate in seen.standing.certificates.items()
    ]
    never = Reading(value=timedelta.max, text=NEVER_ENDED)
    return Measured(tuple(readings or [never]))


def incomplete(_: Rule, seen: Seen) -> Measured:
    assert seen.standing is not None  # noqa: S101 - not asked of the past
    readings = [
        Reading(
            value=float(not certificate.complete),
            text=_uncapitalized(certificate.sentence().rstrip(".")),
            group=scope,
            label=seen.standing.name_of(scope),
        )
        for scope, certificate in seen.standing.certificates.items()
    ]
    never = Reading(value=1.0, text=NEVER_ENDED)
    return Measured(tuple(readings or [never]))


def rejected(_: Rule, seen: Seen) -> Measured:
    assert seen.standing is not None  # noqa: S101 - not asked of the past
    n = seen.standing.n_rejected
    told = f"{display.counted(n, 'run')} broke the API's contract and stand in no figure"
    return Measured((Reading(value=float(n), text=told),))


def _uncapitalized(text: str) -> str:
    return text[:1].lower() + text[1:]
