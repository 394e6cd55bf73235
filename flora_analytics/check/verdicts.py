"""From readings to verdicts: what fires, what is over, and what cannot be judged.

An alert fires above its level and is over only at the other, lower one. What cannot be judged
changes nothing: an alert that fires goes on, and a rule that is fine is not called so. Pure
values; asks no store and tells nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from flora_analytics.check.reading import Measured, Reading
from flora_analytics.check.seen import LEDGER_RULES
from flora_analytics.report import display
from flora_analytics.rules import WATCHED, Level, Rule
from flora_analytics.store import Remembered

__all__ = ["State", "Verdict", "advance", "left_nothing", "level", "never_seen", "undecided"]

State = Literal["fires", "fires on", "over", "fine", "not judged"]
_LONGEST_LABEL = 200
_INCOMPLETE = "; the ledger is not proved complete, so that runs may be missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says of one of its groups.

    Attributes
    ----------
    rule : Rule
    group, label : str
        Its key and its name; empty where the rule has no groups.
    state : "fires", "fires on", "over", "fine" or "not judged"
        ``fires on``: as it did at the last check. ``not judged`` never means fine.
    text : str
        A whole sentence.
    value : Level or None
        None if it is not judged.
    since : datetime or None
        When the alert that fires, or is over, began. [UTC]
    """

    rule: Rule
    group: str = ""
    label: str = ""
    state: State
    text: str
    value: Level | None = None
    since: datetime | None = None

    @property
    def fires(self) -> bool:
        """Whether there is an alert, new or not, as far as is known."""
        return self.state in ("fires", "fires on") or (
            self.state == "not judged" and self.since is not None
        )


def advance(
    rule: Rule,
    measured: Measured,
    before: Sequence[Remembered],
    *,
    at: datetime,
    is_complete: bool = True,
) -> tuple[list[Verdict], list[Remembered]]:
    """One step of one rule: its verdicts, and what is to be remembered of it.

    Parameters
    ----------
    rule : Rule
    measured : Measured
    before : sequence of Remembered
        What is remembered of this rule.
    at : datetime
        Up to when the runs speak; of the ledger itself, what the clock says. [UTC]
    is_complete : bool
        Whether the ledger is. If not, what fires is believed, and nothing else.
    """
    kept = [alert for alert in before if alert.ended_at is not None]
    active: dict[tuple[str, str], Remembered] = {
        (alert.group, alert.period): alert for alert in before if alert.ended_at is None
    }
    verdicts = []
    is_sure = is_complete or rule.of in LEDGER_RULES
    for reading in measured.readings:
        was = active.pop((reading.group, measured.period), None)
        verdict = _verdict(rule, reading, was, is_sure)
        verdicts.append(verdict)
        kept += _remembered(verdict, was, measured.period, at)
    for alert in active.values():
        if alert.period != measured.period:
            # Its period is over, which is no news: nobody is told that yesterday has passed.
            kept.append(replace(alert, ended_at=at))
        elif rule.of == "anomaly" and _is_told_otherwise(alert, measured):
            kept.append(replace(alert, ended_at=at))
        elif is_sure and (measured.readings or measured.is_judged):
            verdict = _gone(rule, alert)
            verdicts.append(verdict)
            kept.append(replace(alert, ended_at=at, end_text=verdict.text))
        else:
            kept.append(alert)
            verdicts += undecided(rule, measured.otherwise, [alert])
    if not verdicts:
        state: State = "fine" if measured.is_judged and is_sure else "not judged"
        text = measured.otherwise + ("" if is_sure else _INCOMPLETE)
        verdicts.append(Verdict(rule=rule, state=state, text=_sentence(rule, "", text)))
    return verdicts, kept


def undecided(rule: Rule, why: str, before: Sequence[Remembered]) -> list[Verdict]:
    """The verdicts of a rule that cannot be judged at all; what fires stays as it is."""
    active = [alert for alert in before if alert.ended_at is None]
    return [
        Verdict(
            rule=rule,
            group=alert.group,
            state="not judged",
            text=_sentence(rule, alert.group, f"{why}; until it is judged it counts as firing"),
            since=alert.fired_at,
        )
        for alert in active
    ] or [Verdict(rule=rule, state="not judged", text=_sentence(rule, "", why))]


def left_nothing(rule: Rule, unknown: Mapping[str, Sequence[str]]) -> str | None:
    """Why a rule has nothing to look at: no run has any of the ids of some kind; else None."""
    for kind, ids in unknown.items():
        if len(ids) == len(getattr(rule, kind)):
            return _no_run_has(kind, ids)
    return None


def never_seen(rule: Rule, unknown: Mapping[str, Sequence[str]]) -> list[Verdict]:
    """A verdict for each id that the rule names and no run has: it may be a typing error."""
    return [
        Verdict(
            rule=rule, group=one, state="not judged",
            text=_sentence(rule, "", _no_run_has(kind, [one])),
        )
        for kind, ids in unknown.items()
        for one in ids
    ]  # fmt: skip


def _no_run_has(kind: str, ids: Sequence[str]) -> str:
    return f"no run has the {kind} {' or '.join(display.name(one) for one in ids)}"


def level(value: Level) -> str:
    """A level or a value as people read it.

    >>> level(Decimal("12.5")), level(0.2), level(timedelta(minutes=90)), level(3.0)
    ('$12.50', '20.0%', '1 h 30 min', '3')
    """
    if isinstance(value, timedelta):
        return display.span(value)
    if isinstance(value, Decimal):
        return display.money(value)
    return display.share(value) if value < 1 and value else f"{value:,.0f}"


def _verdict(rule: Rule, reading: Reading, was: Remembered | None, is_sure: bool) -> Verdict:
    text = reading.text
    state = _state(rule, reading, was)
    if state == "fires":
        text = f"{text}; fires above {level(rule.above)}"
    if state == "over" and not reading.is_empty:
        text = f"{text}; over at {level(rule.clear)} or less"
    if WATCHED[rule.of].unit == "yes":
        text = reading.text
    if state in ("over", "fine") and not is_sure:
        state, text = "not judged", f"{reading.text}{_INCOMPLETE}"
    return Verdict(
        rule=rule,
        group=reading.group,
        label=reading.label,
        state=state,
        text=_sentence(rule, reading.label, text),
        value=reading.value,
        since=was.fired_at if was else None,
    )


def _state(rule: Rule, reading: Reading, was: Remembered | None) -> State:
    if reading.value is None:
        # Without any run there is nothing that could go on failing.
        return "over" if was and reading.is_empty else "not judged"
    value: Any = reading.value  # of the unit of the rule's levels
    if was is None:
        return "fires" if value > rule.above else "fine"
    return "fires on" if value > rule.clear else "over"


def _remembered(
    verdict: Verdict, was: Remembered | None, period: str, at: datetime
) -> list[Remembered]:
    if was is not None:
        over = replace(was, ended_at=at, end_text=verdict.text)
        return [over if verdict.state == "over" else was]
    if verdict.state != "fires":
        return []
    return [
        Remembered(
            rule=verdict.rule.name,
            group=verdict.group,
            period=period,
            fired_at=at,
            text=verdict.text,
        )
    ]


def _is_told_otherwise(alert: Remembered, measured: Measured) -> bool:
    """Whether an incident of the same kind is there still, but has another driver by now."""
    kind = alert.group.partition(":")[0]
    return any(reading.group.partition(":")[0] == kind for reading in measured.readings)


def _gone(rule: Rule, alert: Remembered) -> Verdict:
    what = "nothing odd any more" if rule.of == "anomaly" else "there is no such run any more"
    return Verdict(
        rule=rule,
        group=alert.group,
        state="over",
        text=_sentence(rule, alert.group, what),
        since=alert.fired_at,
    )


def _sentence(rule: Rule, label: str, text: str) -> str:
    of = f", {display.name(label, longest=_LONGEST_LABEL)}" if label else ""
    return f"{display.name(rule.name)}{of}: {text.rstrip('.')}."
