"""What a rule's measure shows, and what the ledger vouches for: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from flora_analytics.certificate import Certificate
    from flora_analytics.rules import Level

__all__ = ["Ledger", "Measured", "Reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One group's value.

    Attributes
    ----------
    value : Level or None
        Comparable with the rule's levels; None if it cannot be judged.
    text : str
        The value in words with its period, or why there is none. No sentence by itself.
    group, label : str
        The key, and how people read it; empty where the rule has no groups.
    is_empty : bool
        There was no run to judge at all.
    """

    value: Level | None
    text: str
    group: str = ""
    label: str = ""
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """A rule's readings, and what there is to say if there are none.

    Attributes
    ----------
    readings : tuple of Reading
        Largest first.
    otherwise : str
        What it means that there is none.
    is_judged : bool
        Whether that is a judgement: nothing is there, and nothing to worry about.
    period : str
        Start of the period of the calendar that it is now; empty where there is none.
    """

    readings: tuple[Reading, ...]
    otherwise: str = ""
    is_judged: bool = True
    period: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the store vouches for."""

    certificates: Mapping[str, Certificate]
    n_rejected: int

    @property
    def as_of(self) -> datetime | None:
        """Up to when all scopes speak; None before the first sync has ended."""
        return min((each.as_of for each in self.certificates.values()), default=None)

    @property
    def is_complete(self) -> bool:
        """Whether every scope is proved complete."""
        return all(each.complete for each in self.certificates.values())
