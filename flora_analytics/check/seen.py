"""What a rule is judged by: the runs up to an instant, and how well they are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flora_analytics.calendar import Window, period_at
from flora_analytics.metrics.having import having, without_runs
from flora_analytics.report import display
from flora_analytics.report.stretch import describe, within
from flora_analytics.rules.rule import SELECTION
from flora_analytics.standing import NEVER_ENDED

if TYPE_CHECKING:
    from flora_analytics.rules import Rule
    from flora_analytics.settings import Settings
    from flora_analytics.standing import Standing

__all__ = ["LEDGER_RULES", "Seen"]

#: These look at the ledger and at no run.
LEDGER_RULES = ("stale", "incomplete", "rejected")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """All runs that were known in one instant, and how well.

    Attributes
    ----------
    runs : table as metrics take it
    as_of : datetime
        Up to when the runs speak. [UTC]
    now : datetime
        What the clock says. [UTC]
    standing : Standing or None
        What the store vouches for. None: of the past, of which nobody remembers that.
    settings : Settings
        Time zone, cycle and budget.
    """

    runs: Any
    as_of: datetime
    now: datetime
    standing: Standing | None
    settings: Settings

    def selected(self, rule: Rule) -> Any:
        """The runs that the rule is about, of all time."""
        runs = self.runs
        for name in SELECTION:
            if ids := getattr(rule, name):
                runs = having(runs, f"{name}_id", ids)
        return runs

    def unknown_to(self, rule: Rule) -> dict[str, list[str]]:
        """The ids that a rule names and no run has, by kind: project, say.

        None of the past, in which what has runs today had yet to begin, and none of a budget,
        whose projects are those of the settings.
        """
        if self.standing is None or rule.of == "breach_probability":
            return {}
        lost = {
            name: without_runs(self.runs, f"{name}_id", getattr(rule, name))
            for name in SELECTION
            if getattr(rule, name)
        }
        return {name: ids for name, ids in lost.items() if ids}

    def window(self, rule: Rule) -> tuple[Window, str]:
        """The stretch that the rule looks at, and the start of its period, empty for a span."""
        if isinstance(rule.per, timedelta):
            return Window(self.as_of - rule.per, self.as_of), ""
        assert rule.per is not None  # noqa: S101 - only asked of rules that look at one
        day = self.settings.cycle_day if rule.per == "cycle" else None
        period: Any = rule.per
        start = period_at(self.as_of, period, tz=self.settings.tz, cycle_day=day).start
        return Window(start, self.as_of), start.isoformat() if start else ""

    def when(self, window: Window) -> str:
        """A window that ends now, as it stands at the end of a sentence."""
        tz = self.settings.tz
        words = describe(window, tz=tz)
        start, _, end = words.partition(" – ")
        # "1 March 2026 – 1 March 2026, 12:00" says the day twice.
        return f"on {start} up to {end[-5:]}" if end == f"{start}, {end[-5:]}" else within(words)

    def too_old_for(self, rule: Rule) -> str | None:
        """Why the ledger is too old to judge this rule by; None if it is not."""
        if rule.of in LEDGER_RULES or self.standing is None:
            return None
        if self.standing.as_of is None:
            return NEVER_ENDED
        age, allowed = self.now - self.as_of, self.settings.alerts.fresh
        if isinstance(rule.per, timedelta) and rule.of != "anomaly":
            allowed = min(allowed, max(rule.per, _HOUR))
        if age <= allowed:
            return None
        return (
            f"the ledger speaks only up to {display.instant(self.as_of, tz=self.settings.tz)}, "
            f"{display.span(age)} ago, and {display.span(allowed)} are allowed"
        )
