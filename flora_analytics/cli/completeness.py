"""What stands beside every answer: as of when the store speaks, and what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flora_analytics.cli.app import DONE, LEFT_OUT, say

if TYPE_CHECKING:
    from datetime import datetime

    from flora_analytics.certificate import Certificate
    from flora_analytics.store import RunStore, Snapshot

__all__ = ["Standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What one version of a store can vouch for: its certificates, and the runs in quarantine."""

    certificates: dict[str, Certificate]
    n_rejected: int

    @classmethod
    def of(cls, store: RunStore, snapshot: Snapshot) -> Standing:
        """The standing of this version."""
        return cls(snapshot.certificates(), store.quarantine.table().num_rows)

    @property
    def is_complete(self) -> bool:
        """Whether every scope that was ever synced is proved complete."""
        scopes = self.certificates.values()
        return bool(scopes) and all(each.complete for each in scopes)

    @property
    def as_of(self) -> datetime | None:
        """The instant up to which all scopes speak; None before the first sync has ended."""
        return min((each.as_of for each in self.certificates.values()), default=None)

    def tell(self) -> int:
        """Say on standard error how complete the answer is; return the exit status."""
        for scope, certificate in self.certificates.items():
            prefix = "" if len(self.certificates) == 1 else f"{scope}: "
            say(prefix + certificate.sentence())
        if not self.certificates:
            say("Not proved complete: no sync has come to its end yet.")
        if self.n_rejected:
            runs = "1 run" if self.n_rejected == 1 else f"{self.n_rejected:,} runs"
            say(f"Rejected: {runs}, left out; flora-analytics status --rejected says why.")
        return DONE if self.is_complete and not self.n_rejected else LEFT_OUT

    def to_dict(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "as_of": self.as_of and self.as_of.isoformat(),
            "complete": self.is_complete,
            "n_rejected": self.n_rejected,
        }
