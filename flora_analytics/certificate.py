"""The certificate of a sync: what was read, what that proves, and what it does not.

Plain facts in, one dictionary and one sentence out. Knows neither how the facts were
gathered nor where they are kept.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, get_type_hints

__all__ = ["Certificate"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """What one sync of one scope can vouch for.

    Attributes
    ----------
    scope : str
        Whose runs: a profile and a workspace, or ``all`` for everything the key can read.
    part_of : str or None
        For one workspace, the scope of all that its key can read; None for that itself.
    as_of : datetime
        The ledger equals what the API listed at this instant. [UTC]
    synced_at : datetime
        When the sync ended. [UTC]
    complete : bool
        True only when it is proved that no listed run was missed.
    reason : str or None
        Why completeness cannot be claimed; None when it can.
    proof : str
        What the claim rests on.
    covered_from : datetime or None
        Runs created before this were not asked for; None = from the first run on. [UTC]
    n_requests, n_pages : int
        HTTP requests sent (retries included); pages among them.
    n_overlap : int
        Rows read again that the store already held: the overlap that ties this sync to the last.
    n_new, n_changed, n_open, n_rejected, n_gone : int
        Runs stored for the first time, stored anew, not yet ended, in quarantine, and open
        runs that the API no longer knows. [runs]
    total_estimate : int or None
        The API's own estimate of how many runs it lists, None if it gave none.
    n_expected : int or None
        How many it should list by our count, None if never counted to the end.
    time_unit : str or None
        Unit in which the API's timestamps were read, ``ms`` or ``s``: the API does not say.
    """

    scope: str
    part_of: str | None = None
    as_of: datetime
    synced_at: datetime
    complete: bool
    reason: str | None = None
    proof: str = ""
    covered_from: datetime | None = None
    n_requests: int = 0
    n_pages: int = 0
    n_overlap: int = 0
    n_new: int = 0
    n_changed: int = 0
    n_open: int = 0
    n_rejected: int = 0
    n_gone: int = 0
    total_estimate: int | None = None
    n_expected: int | None = None
    time_unit: str | None = None
    drift: tuple[str, ...] = field(default=())

    def sentence(self) -> str:
        """The claim in words.

        Examples
        --------
        >>> at = datetime(2026, 3, 2, 8, tzinfo=UTC)
        >>> Certificate(scope="all", as_of=at, synced_at=at, complete=True).sentence()
        'Complete as of 2026-03-02 08:00:00 UTC.'
        """
        as_of = f"{self.as_of:%Y-%m-%d %H:%M:%S} UTC"
        if not self.complete:
            return f"Not proved complete as of {as_of}: {self.reason}"
        since = f" from {self.covered_from:%Y-%m-%d %H:%M} UTC on" if self.covered_from else ""
        return f"Complete{since} as of {as_of}."

    def to_dict(self) -> dict[str, Any]:
        """The certificate as JSON-ready values; instants as ISO 8601 texts."""
        values = {name.name: getattr(self, name.name) for name in dataclasses.fields(self)}
        values["drift"] = list(self.drift)
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Certificate:
        """The certificate that `to_dict` wrote; names of a later version are passed over."""
        kinds = get_type_hints(cls)
        known = {name: value for name, value in values.items() if name in kinds}
        for name in ("as_of", "synced_at", "covered_from"):
            if known.get(name):
                known[name] = datetime.fromisoformat(known[name]).astimezone(UTC)
        known["drift"] = tuple(known.get("drift", ()))
        return cls(**known)
