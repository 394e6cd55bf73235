"""What a rule's measure shows: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flora_analytics.rules import Level

__all__ = ["Measured", "Reading"]


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
