"""Verdicts and alerts as lines for people: what fires in full, what is fine in short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from flora_analytics.check.verdicts import State, Verdict, level
from flora_analytics.report import display
from flora_analytics.rules import WATCHED

if TYPE_CHECKING:
    from flora_analytics.check.backtest import Backtest, Tried
    from flora_analytics.store import Remembered

__all__ = ["backtest_lines", "verdict_lines"]

_ORDER: tuple[State, ...] = ("fires", "fires on", "over", "not judged", "fine")
#: So many groups that are fine, or not judged, are named; more are counted.
_MOST_NAMED = 3
_MOST_FIRED = 20


def verdict_lines(verdicts: Sequence[Verdict]) -> list[tuple[str, str]]:
    """Lines of a state and a sentence, what fires first; many groups alike are one line."""
    lines: list[tuple[str, str]] = []
    for state in _ORDER:
        own = [verdict for verdict in verdicts if verdict.state == state]
        for _, of_rule in groupby(own, key=lambda verdict: verdict.rule.name):
            lines += [(state, text) for text in _shortened(state, list(of_rule))]
    return lines


def _shortened(state: State, verdicts: list[Verdict]) -> Iterator[str]:
    if state not in ("fine", "not judged") or len(verdicts) <= _MOST_NAMED:
        yield from (verdict.text for verdict in verdicts)
        return
    rule, n = verdicts[0].rule, display.count(len(verdicts))
    if state == "fine":
        most = verdicts[0].text
        yield f"{display.name(rule.name)}: {n} groups, none above {level(rule.above)}. {most}"
    else:
        firing = [verdict.text for verdict in verdicts if verdict.fires]
        yield from firing
        rest = [verdict for verdict in verdicts if not verdict.fires]
        if rest:
            n = display.count(len(rest))
            yield f"{display.name(rule.name)}: {n} groups, such as: {rest[0].text}"


def backtest_lines(backtest: Backtest, *, tz: str) -> list[str]:
    """What each rule would have done, and what cannot be known of the past."""
    start, end = (display.instant(at, tz=tz) for at in (backtest.start, backtest.end))
    every = display.span(backtest.every)
    lines = [f"Checked every {every} from {start} to {end} ({tz}), by what was created by then."]
    for tried in backtest.tried:
        lines += ["", _head(tried), *_fired(tried.fired, tz)]
    if backtest.unknowable:
        names = ", ".join(map(display.name, backtest.unknowable))
        lines += ["", f"Not tried, because nobody recorded the ledger's past: {names}."]
    return lines


def _head(tried: Tried) -> str:
    rule = tried.rule
    above = "" if WATCHED[rule.of].unit == "yes" else f" above {level(rule.above)}"
    fired = display.counted(len(tried.fired), "time")
    quiet = f", {display.count(tried.n_quiet)} of them in quiet hours" if tried.n_quiet else ""
    told = f"{display.name(rule.name)}{above}: would have fired {fired}{quiet}"
    if tried.n_not_judged:
        n = tried.n_judged + tried.n_not_judged
        times = display.counted(n, "time")
        told += f"; could not be judged {display.count(tried.n_not_judged)} of {times}"
    return f"{told}."


def _fired(fired: Iterable[Remembered], tz: str) -> Iterator[str]:
    alerts = list(fired)
    for alert in alerts[:_MOST_FIRED]:
        since = display.instant(alert.fired_at, tz=tz)
        until = display.instant(alert.ended_at, tz=tz) if alert.ended_at else "the end"
        yield f"  {since} to {until}: {alert.text}"
    if (more := len(alerts) - _MOST_FIRED) > 0:
        yield f"  And {display.count(more)} more; --format json has them all."
