"""What an alert rule consists of, what can be watched, and when nobody is to be woken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

__all__ = [
    "SELECTION",
    "WATCHED",
    "Alerts",
    "Channel",
    "Level",
    "Quiet",
    "Rule",
    "Watch",
    "Watched",
]

Watched = Literal[
    "spend",
    "cost_of_failed_runs",
    "breach_probability",
    "failure_rate",
    "queue_time",
    "execution_time",
    "turnaround_time",
    "open_time",
    "anomaly",
    "stale",
    "incomplete",
    "rejected",
]
Channel = Literal["mail", "slack", "webhook"]
#: What a rule compares with: US dollars exactly, a share or a count, or a span.
Level: TypeAlias = Decimal | float | timedelta


@dataclass(frozen=True, slots=True)
class Watch:
    """How one kind of rule is written.

    Attributes
    ----------
    unit : "usd", "share", "span", "runs" or "yes"
        Of its levels.
    per : str or None
        The stretch that is looked at if the rule names none; None: it looks at none.
    keys : tuple of str
        What it takes beside name, clear, to and urgent.
    """

    unit: Literal["usd", "share", "span", "runs", "yes"]
    per: str | None
    keys: tuple[str, ...]


SELECTION = ("workspace", "project", "technique")
_CUT = ("by", *SELECTION)
_SPAN = Watch("span", "24h", ("per", "quantile", "at_least", *_CUT))
#: Every kind of rule, by the key that a table writes its level under.
WATCHED: dict[Watched, Watch] = {
    "spend": Watch("usd", "day", ("per", *_CUT)),
    "cost_of_failed_runs": Watch("usd", "day", ("per", *_CUT)),
    "breach_probability": Watch("share", None, ("budget", "project")),
    "failure_rate": Watch("share", "24h", ("per", "at_least", *_CUT)),
    "queue_time": _SPAN,
    "execution_time": _SPAN,
    "turnaround_time": _SPAN,
    "open_time": Watch("span", "7d", ("per", *_CUT)),
    "anomaly": Watch("usd", "1d", ("per", *_CUT)),
    "stale": Watch("span", None, ()),
    "incomplete": Watch("yes", None, ()),
    "rejected": Watch("runs", None, ()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing to watch, when to say so, and to whom.

    Attributes
    ----------
    of : Watched
        What is watched.
    above : Decimal, float or timedelta
        It fires above this. [USD, 0–1, runs or a span]
    clear : the same
        Once it has fired it is over at this or below; by default at `above`.
    per : str or timedelta or None
        A period of the calendar, so far, or the last span up to when the ledger speaks.
    by : tuple of str
        Each of these groups by itself: workspace, project, technique.
    workspace, project, technique : tuple of str
        Only runs of these ids; empty = all.
    quantile : float
        Of the three durations. [0–1]
    at_least : int
        Finished or timed runs that a rate or a quantile takes to be judged. [runs]
    budget : str or None
        Which layer of the budget; by default the last, and every project's.
    to : tuple of str or None
        Channels; None = those of all rules.
    urgent : bool
        Told in quiet hours too.
    name : str
        By default what it watches.
    """

    of: Watched
    above: Level
    clear: Level
    per: str | timedelta | None = None
    by: tuple[str, ...] = ()
    workspace: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    technique: tuple[str, ...] = ()
    quantile: float = 0.9
    at_least: int = 20
    budget: str | None = None
    to: tuple[Channel, ...] | None = None
    urgent: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day in which nobody is to be woken: from `start` up to `end`.

    Examples
    --------
    >>> night = Quiet(time(22), time(7))
    >>> time(23, 30) in night, time(7) in night
    (True, False)
    """

    start: time
    end: time

    def __contains__(self, clock: time) -> bool:
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def holds(self, at: datetime) -> bool:
        """Whether `at`, read on its own zone's clock, lies in these hours."""
        return at.time() in self


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """All rules of a file, and what holds for each of them.

    Attributes
    ----------
    rules : tuple of Rule
        In the order of the file.
    to : tuple of str
        Where to tell what fires; none: only the exit status says it.
    quiet : tuple of Quiet
    fresh : timedelta
        A ledger that is older judges nothing but its own age.
    """

    rules: tuple[Rule, ...] = ()
    to: tuple[Channel, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    fresh: timedelta = timedelta(hours=26)

    def is_quiet(self, local: datetime) -> bool:
        """Whether nobody is to be woken at this local time."""
        return any(hours.holds(local) for hours in self.quiet)
