"""One check: judge every rule by the store as it is, remember what fires, tell who should know."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from flora_analytics.check.measures import measure
from flora_analytics.check.seen import LEDGER_RULES, Seen
from flora_analytics.check.telling import Told, check_channels, news_now, tell, written
from flora_analytics.check.verdicts import (
    Verdict,
    advance,
    left_nothing,
    never_seen,
    undecided,
)
from flora_analytics.errors import ConfigurationError
from flora_analytics.runs import open_ledger
from flora_analytics.send.attempts import WAITS
from flora_analytics.store import RunStore, alone

if TYPE_CHECKING:
    from flora_analytics.settings import Settings
    from flora_analytics.standing import Standing
    from flora_analytics.store import Remembered

__all__ = ["Check", "check_rules", "judge_all", "refuse_no_rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check found, and whom it told.

    Attributes
    ----------
    now : datetime
        When it was checked. [UTC]
    verdicts : tuple of Verdict
        Of every rule, in the order of the file, and of each of its groups.
    told : tuple of Told
        What was sent, what could not be sent, and in a dry run what would be.
    standing : Standing
        What the store vouches for.
    """

    now: datetime
    verdicts: tuple[Verdict, ...]
    told: tuple[Told, ...]
    standing: Standing

    @property
    def fires(self) -> bool:
        """Whether any rule fires, newly or as before."""
        return any(verdict.fires for verdict in self.verdicts)

    @property
    def has_failed(self) -> bool:
        """Whether somebody could not be told."""
        return any(each.error for each in self.told)

    @property
    def unjudged(self) -> list[str]:
        """The names of rules of which no group at all could be judged."""
        by_rule = groupby(self.verdicts, key=lambda verdict: verdict.rule.name)
        return [
            name
            for name, verdicts in by_rule
            if all(verdict.state == "not judged" for verdict in verdicts)
        ]


def check_rules(
    settings: Settings,
    *,
    now: datetime | None = None,
    dry_run: bool = False,
    refresh: Callable[[], object] | None = None,
    environ: Mapping[str, str] = os.environ,
    waits: Sequence[float] = WAITS,
) -> Check:
    """Judge the rules of `settings` by its store, and tell its channels what is new.

    What fires is remembered in the store before anybody is told, and each channel's knowledge
    at once after it was told: whatever happens in between, a channel is told at the next check
    what it does not know, and nothing that it does.

    Parameters
    ----------
    settings : Settings
        Store, rules, channels, budget, time zone and cycle.
    now : datetime, optional
        The clock, by which a ledger is old and an hour is quiet.
    dry_run : bool
        Send nothing and remember nothing.
    refresh : callable, optional
        Called first, such as to sync, while no other check or report can be at work.
    environ : mapping of str to str
        Holds passwords, tokens and secret addresses.
    waits : sequence of float
        Before each further attempt to send. [s]

    Returns
    -------
    Check

    Raises
    ------
    ConfigurationError
        There is no rule, or one needs a budget or a channel that is not set up.
    StoreNotFoundError
        There is no store.
    StoreConflictError
        Another check is at work on it.
    """
    refuse_no_rules(settings)
    check_channels(settings)
    store = RunStore(settings.store)
    if refresh is None:
        store.snapshot()  # where there is none, nothing is to be left behind
    with nullcontext() if dry_run and refresh is None else alone(settings.store):
        if refresh is not None:
            refresh()
        now = now or datetime.now(UTC)
        ledger = open_ledger(store)
        seen = Seen(ledger.runs, ledger.as_of, now, ledger.standing, settings)
        verdicts, remembered = judge_all(seen, store.alerts.alerts())
        if dry_run:
            told = [written(news, settings) for news in news_now(remembered, settings, now=now)]
        else:
            store.alerts.change(lambda _: remembered)
            told = tell(store, settings, now=now, environ=environ, waits=waits)
    return Check(now=now, verdicts=tuple(verdicts), told=tuple(told), standing=ledger.standing)


def refuse_no_rules(settings: Settings) -> None:
    """Raise ConfigurationError unless there is something to watch."""
    if not settings.alerts.rules:
        raise ConfigurationError(
            "No rule is set. Write one into flora-analytics.toml, such as [[rule]] and below it "
            "failure_rate = 0.2; flora-analytics check --help shows more."
        )


def judge_all(
    seen: Seen, remembered: Sequence[Remembered]
) -> tuple[list[Verdict], list[Remembered]]:
    """Every rule's verdicts, and what is to be remembered of all of them."""
    verdicts: list[Verdict] = []
    names = {rule.name for rule in seen.settings.alerts.rules}
    after = [alert for alert in remembered if alert.rule not in names]
    is_complete = seen.standing is None or seen.standing.is_complete
    for rule in seen.settings.alerts.rules:
        before = [alert for alert in remembered if alert.rule == rule.name]
        unknown = seen.unknown_to(rule)
        if why := seen.too_old_for(rule) or left_nothing(rule, unknown):
            verdicts += undecided(rule, why, before)
            after += before
            continue
        measured = measure(rule, seen)
        # A ledger that speaks no further grows stale by the clock.
        at = seen.now if rule.of in LEDGER_RULES else seen.as_of
        own, kept = advance(rule, measured, before, at=at, is_complete=is_complete)
        verdicts += own + never_seen(rule, unknown)
        after += kept
    return verdicts, after
