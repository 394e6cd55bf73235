"""Who is to be told what: remembered alerts in, the news of each channel out.

A channel is told once that an alert fires and once that it is over. Whatever it was not told,
because it was quiet or because sending failed, is its news at the next check. Pure values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from flora_analytics.rules import Alerts, Channel, Rule
from flora_analytics.store import Remembered

__all__ = ["News", "Notice", "news_for", "told", "without_forgotten"]

_ANOTHER_FILE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell.

    Attributes
    ----------
    alert : Remembered
    what : "fires", "over" or "passed"
        ``passed``: it fired and is over, and neither was told.
    """

    alert: Remembered
    what: Literal["fires", "over", "passed"]

    @property
    def text(self) -> str:
        """In a sentence or two."""
        alert = self.alert
        if self.what == "over":
            return alert.end_text
        if self.what == "fires":
            return alert.text
        end = alert.end_text or "Its period has passed."
        return f"{alert.text} {end}"


@dataclass(frozen=True, slots=True)
class News:
    """What one channel has not been told yet, what fires first."""

    channel: Channel
    notices: tuple[Notice, ...]

    @property
    def key(self) -> str:
        """The same for the same news, whenever it is told."""
        digest = hashlib.sha256()
        for notice in self.notices:
            parts = (*notice.alert.key, notice.alert.fired_at.isoformat(), notice.what)
            digest.update("\0".join(parts).encode() + b"\0\0")
        return digest.hexdigest()[:32]


def news_for(
    channel: Channel, remembered: Iterable[Remembered], alerts: Alerts, *, is_quiet: bool
) -> News:
    """What this channel is to be told now."""
    rules = {rule.name: rule for rule in alerts.rules}
    notices = [
        notice
        for alert in remembered
        if (rule := rules.get(alert.rule)) is not None
        and channel in _channels(rule, alerts)
        and (rule.urgent or not is_quiet)
        and (notice := _notice(channel, alert)) is not None
    ]
    order = {"fires": 0, "passed": 1, "over": 2}
    return News(channel, tuple(sorted(notices, key=lambda notice: order[notice.what])))


def told(remembered: Iterable[Remembered], news: News) -> list[Remembered]:
    """The same alerts, with what this channel knows now."""
    known = {(notice.alert.key, notice.alert.fired_at): notice for notice in news.notices}
    return [
        _noted(alert, notice, news.channel)
        if (notice := known.get((alert.key, alert.fired_at)))
        else alert
        for alert in remembered
    ]


def without_forgotten(
    remembered: Sequence[Remembered], alerts: Alerts, *, now: datetime
) -> list[Remembered]:
    """The alerts that are still of use: they fire, or somebody has yet to hear that they did.

    Rules that are not among these may be those of another file for the same store, and theirs
    are kept for a month.
    """
    rules: Mapping[str, Rule] = {rule.name: rule for rule in alerts.rules}

    def is_of_use(alert: Remembered) -> bool:
        rule = rules.get(alert.rule)
        if rule is None:
            return now - alert.fired_at < _ANOTHER_FILE
        return alert.ended_at is None or any(
            _notice(channel, alert) for channel in _channels(rule, alerts)
        )

    return [alert for alert in remembered if is_of_use(alert)]


def _channels(rule: Rule, alerts: Alerts) -> tuple[Channel, ...]:
    return alerts.to if rule.to is None else rule.to


def _notice(channel: Channel, alert: Remembered) -> Notice | None:
    is_over = alert.ended_at is not None
    if channel not in alert.told:
        return Notice(alert, "passed" if is_over else "fires")
    if is_over and alert.end_text and channel not in alert.end_told:
        return Notice(alert, "over")
    return None


def _noted(alert: Remembered, notice: Notice, channel: Channel) -> Remembered:
    if notice.what != "over":
        alert = replace(alert, told=(*alert.told, channel))
    if notice.what != "fires":
        alert = replace(alert, end_told=(*alert.end_told, channel))
    return alert
