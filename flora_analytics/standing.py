"""What a store vouches for: up to when, whether that is proved, and what was kept aside.

The certificates of its scopes and a count of rejected runs in, one answer out: the same for
every figure, report and rule. Knows no store, and no figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flora_analytics.certificate import Certificate

__all__ = ["NEVER_ENDED", "Standing"]

#: Of a store that no sync vouches for.
NEVER_ENDED = "no sync has come to its end yet"
_LONG = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What one version of a store vouches for; nothing more than all of its scopes do.

    Attributes
    ----------
    certificates : dict of str to Certificate
        The latest of each scope, by its name. That of a workspace stands no longer when a later
        sync of all that its key can read reached as far back.
    n_rejected : int
        Runs that broke the API's contract: kept in quarantine, part of no figure. [runs]

    Examples
    --------
    >>> Standing({}, 0).claim
    'Not proved complete: no sync has come to its end yet.'
    """

    certificates: Mapping[str, Certificate]
    n_rejected: int

    def __post_init__(self) -> None:
        standing = {
            scope: certificate
            for scope, certificate in sorted(self.certificates.items())
            if not _is_covered(certificate, self.certificates.get(certificate.part_of or ""))
        }
        object.__setattr__(self, "certificates", standing)

    @property
    def as_of(self) -> datetime | None:
        """The instant up to which all scopes speak; None if no sync has come to its end. [UTC]"""
        return min((each.as_of for each in self.certificates.values()), default=None)

    @property
    def behind(self) -> tuple[str, ...]:
        """The scopes that hold it back: not synced for a day when the newest was."""
        newest = max((each.as_of for each in self.certificates.values()), default=None)
        return tuple(
            scope
            for scope, each in self.certificates.items()
            if newest is not None and newest - each.as_of > _LONG
        )

    @property
    def is_complete(self) -> bool:
        """Whether every scope, and there is one, is proved complete."""
        scopes = self.certificates.values()
        return bool(scopes) and all(each.complete for each in scopes)

    @property
    def claims(self) -> tuple[str, ...]:
        """What each scope vouches for, in a sentence that names it unless it is alone."""
        if not self.certificates:
            return (f"Not proved complete: {NEVER_ENDED}.",)
        return tuple(
            (name and f"{name}: ") + certificate.sentence()
            for scope, certificate in self.certificates.items()
            for name in [self.name_of(scope)]
        )

    @property
    def claim(self) -> str:
        """The same as one text."""
        return " ".join(self.claims)

    def name_of(self, scope: str) -> str:
        """What tells a scope from others; empty if it is all that was ever synced."""
        is_alone = len(self.certificates) == 1 and not self.certificates[scope].part_of
        return "" if is_alone else scope

    def to_dict(self) -> dict[str, Any]:
        """The answer for machines, JSON-ready."""
        return {
            "as_of": self.as_of and self.as_of.isoformat(),
            "complete": self.is_complete,
            "n_rejected": self.n_rejected,
        }


def _is_covered(part: Certificate, whole: Certificate | None) -> bool:
    """Whether what a certificate is about was read again, as far back, for a wider one."""
    if whole is None or whole.as_of < part.as_of:
        return False
    return whole.covered_from is None or (
        part.covered_from is not None and whole.covered_from <= part.covered_from
    )
