"""When rules would have fired: the same judgement, for instants of the past, telling nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flora_analytics.calendar import Window, check_zone, periods_in
from flora_analytics.check.checking import Check, judge_all, refuse_no_rules
from flora_analytics.check.past import COLUMNS, Past
from flora_analytics.check.seen import LEDGER_RULES, Seen
from flora_analytics.errors import ConfigurationError
from flora_analytics.report import display
from flora_analytics.report.reach import seen_from
from flora_analytics.rules import Rule
from flora_analytics.runs import open_ledger

if TYPE_CHECKING:
    from flora_analytics.settings import Settings
    from flora_analytics.standing import Standing
    from flora_analytics.store import Remembered

__all__ = ["Backtest", "Tried", "backtest_rules", "judge_at"]

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What one rule would have done.

    Attributes
    ----------
    rule : Rule
    fired : tuple of Remembered
        Each alert with when it would have fired and been over, oldest first.
    n_judged, n_not_judged : int
        Instants at which the rule, or at least one of its groups, could be judged, and others.
    n_quiet : int
        Alerts that began in quiet hours, and would have been told after them.
    """

    rule: Rule
    fired: tuple[Remembered, ...]
    n_judged: int
    n_not_judged: int
    n_quiet: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What all rules would have done.

    Attributes
    ----------
    start, end : datetime
        First and last instant that was judged. [UTC]
    every : timedelta
        From one to the next.
    tried : tuple of Tried
        Every rule about runs, in the order of the file.
    unknowable : tuple of str
        Names of the rules about the ledger, whose past nobody recorded.
    standing : Standing
        What the store vouches for today.
    """

    start: datetime
    end: datetime
    every: timedelta
    tried: tuple[Tried, ...]
    unknowable: tuple[str, ...]
    standing: Standing


def backtest_rules(
    settings: Settings,
    *,
    last: timedelta,
    every: timedelta = timedelta(hours=6),
    end: datetime | None = None,
    progress: Callable[[int, int], object] = lambda done, all_: None,
) -> Backtest:
    """When the rules of `settings` would have fired, had they been checked at regular instants.

    Each instant is judged by the runs as they could be known then: see `past`. Budget, cycle
    and rules are those of today, the ledger counts as fresh and complete, and alerts that would
    come and go between two instants are not seen.

    Parameters
    ----------
    settings : Settings
    last : timedelta
        How far back.
    every : timedelta, default 6 hours
        From one check to the next.
    end : datetime, optional
        The last instant; by default up to when the ledger speaks.
    progress : callable
        Told how many instants are judged, of how many.

    Returns
    -------
    Backtest

    Raises
    ------
    ConfigurationError
        There is no rule, no budget that one needs, or no instant in the stretch.
    StoreNotFoundError
        There is no store.
    """
    refuse_no_rules(settings)
    past, standing, end = _opened(settings, end)
    known = _about_runs(settings)
    instants = list(_instants(end, last, every, settings.tz))
    n_judged = dict.fromkeys((rule.name for rule in known.alerts.rules), 0)
    remembered: list[Remembered] = []
    for n, instant in enumerate(instants):
        verdicts, remembered = judge_all(_seen(past, instant, known), remembered)
        for name in {verdict.rule.name for verdict in verdicts if verdict.state != "not judged"}:
            n_judged[name] += 1
        progress(n + 1, len(instants))
    return Backtest(
        start=instants[0],
        end=end,
        every=every,
        tried=tuple(
            _tried(rule, remembered, n_judged[rule.name], len(instants), settings)
            for rule in known.alerts.rules
        ),
        unknowable=tuple(
            rule.name for rule in settings.alerts.rules if rule not in known.alerts.rules
        ),
        standing=standing,
    )


def judge_at(settings: Settings, at: datetime) -> Check:
    """What the rules would have said at one instant, if nothing had fired before.

    Rules about the ledger are left out, and nobody is told.
    """
    refuse_no_rules(settings)
    past, standing, at = _opened(settings, at)
    verdicts, _ = judge_all(_seen(past, at, _about_runs(settings)), [])
    return Check(now=at, verdicts=tuple(verdicts), told=(), standing=standing)


def _opened(settings: Settings, end: datetime | None) -> tuple[Past, Standing, datetime]:
    """The runs of the store, what it vouches for, and where to look from."""
    ledger = open_ledger(settings.store)
    past = Past(ledger.runs.select(*COLUMNS).to_pyarrow())
    return past, ledger.standing, seen_from(end, as_of=ledger.as_of, newest=past.newest)


def _about_runs(settings: Settings) -> Settings:
    """The same settings without the rules whose past cannot be known."""
    rules = tuple(rule for rule in settings.alerts.rules if rule.of not in LEDGER_RULES)
    return replace(settings, alerts=replace(settings.alerts, rules=rules))


def _instants(end: datetime, last: timedelta, every: timedelta, tz: str) -> Iterator[datetime]:
    """In every local day the instant before its end and every so often before that; and the end.

    What counts from the start of a day is judged when the day is as good as over.
    """
    if not timedelta(0) < every <= min(last, _DAY):
        raise ConfigurationError(
            f"A backtest of {display.span(last)} cannot look every {display.span(every)}; give a "
            "step of a day or less."
        )
    for day in periods_in(Window(end - last, end), "day", tz=tz):
        if day.start is None or day.end is None:
            continue
        n_steps = (day.end - day.start) // every
        for n in range(n_steps, -1, -1):
            instant = day.end - _INSTANT - n * every
            if max(end - last, day.start) <= instant < end:
                yield instant
    yield end


def _seen(past: Past, instant: datetime, settings: Settings) -> Seen:
    return Seen(past.at(instant), instant, instant, None, settings)


def _tried(
    rule: Rule, remembered: list[Remembered], n_judged: int, n: int, settings: Settings
) -> Tried:
    zone, alerts = check_zone(settings.tz), settings.alerts
    fired = sorted(
        (alert for alert in remembered if alert.rule == rule.name),
        key=lambda alert: (alert.fired_at, alert.group),
    )
    n_quiet = sum(
        not rule.urgent and alerts.is_quiet(alert.fired_at.astimezone(zone)) for alert in fired
    )
    return Tried(
        rule=rule,
        fired=tuple(fired),
        n_judged=n_judged,
        n_not_judged=n - n_judged,
        n_quiet=n_quiet,
    )
