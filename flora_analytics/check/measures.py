"""Measure what a rule watches: a rule and what is seen in, its readings out.

Each figure is that of `flora_analytics.metrics`; here it is only asked for and put into words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flora_analytics import metrics
from flora_analytics.check.ahead import anomaly, breach_probability
from flora_analytics.check.ledger import incomplete, rejected, stale
from flora_analytics.check.reading import Measured, Reading
from flora_analytics.report import display

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.check.seen import Seen
    from flora_analytics.rules import Rule, Watched

__all__ = ["measure"]


def measure(rule: Rule, seen: Seen) -> Measured:
    """The rule's readings, largest first.

    Raises
    ------
    ConfigurationError
        If the rule is about a budget that is not set.
    """
    return _MEASURES[rule.of](rule, seen)


def _spend(rule: Rule, seen: Seen) -> Measured:
    def reading(row: Any) -> tuple[Decimal | None, str]:
        return _money(row["charged_cost"], row, row["n_runs"], "run")

    return _in_groups(rule, seen, metrics.charged_cost, reading, none="no run was created")


def _cost_of_failed_runs(rule: Rule, seen: Seen) -> Measured:
    def reading(row: Any) -> tuple[Decimal | None, str]:
        return _money(row["cost_of_failed_runs"], row, row["n_failed"], "failed run")

    return _in_groups(rule, seen, metrics.cost_of_failed_runs, reading, none="no run was created")


def _money(cost: Any, row: Any, n: int, thing: str) -> tuple[Decimal | None, str]:
    counted = display.counted(int(n), thing)
    if n == 0:
        return Decimal(0), f"$0.00 for {counted}"
    if not isinstance(cost, Decimal):
        return None, f"{counted}, none of which states its cost"
    unknown = int(row["n_unknown"])
    rest = f", cost of {display.count(unknown)} not stated" if unknown else ""
    return cost, f"{display.money(cost)} for {counted}{rest}"


def _failure_rate(rule: Rule, seen: Seen) -> Measured:
    def reading(row: Any) -> tuple[float | None, str]:
        n = int(row["n_finished"])
        if too_few := _too_few(n, rule, "finished", "no run finished"):
            return None, too_few
        low, high = display.share(row["low"]), display.share(row["high"])
        return float(row["failure_rate"]), (
            f"{display.share(row['failure_rate'])} of {display.count(n)} finished runs failed "
            f"(95% interval {low} to {high})"
        )

    return _in_groups(
        rule, seen, metrics.failure_rate, reading, none="no run finished", is_judged=False
    )


def _duration(rule: Rule, seen: Seen) -> Measured:
    name = f"p{100 * rule.quantile:g}"

    def figure(runs: Any, **cut: Any) -> pd.DataFrame:
        table: pd.DataFrame = getattr(metrics, rule.of)(runs, quantiles=[rule.quantile], **cut)
        return table

    def reading(row: Any) -> tuple[timedelta | None, str]:
        n = int(row["n_timed"])
        if too_few := _too_few(n, rule, "timed", "no run was timed"):
            return None, too_few
        value: timedelta = row[name].to_pytimedelta()
        what = rule.of.replace("_", " ")
        return value, (
            f"{name} of the {what} is {display.span(value)}, of {display.counted(n, 'run')}; "
            f"{display.count(int(row['n_open']))} still open"
        )

    return _in_groups(rule, seen, figure, reading, none="no run was timed", is_judged=False)


def _too_few(n: int, rule: Rule, done: str, none: str) -> str | None:
    if n >= rule.at_least:
        return None
    few = f"only {display.counted(n, f'{done} run')}" if n else none
    return f"{few}, and it takes {rule.at_least} to judge"


def _open_time(rule: Rule, seen: Seen) -> Measured:
    window, _ = seen.window(rule)
    runs = metrics.in_window(seen.selected(rule), window)
    table = metrics.open_time(runs, now=seen.as_of, by=rule.by or None)

    def reading(row: Any) -> tuple[timedelta, str]:
        n = int(row["n_open"])
        if not n:
            return timedelta(0), "no run of the window is open"
        value: timedelta = row["open_time"].to_pytimedelta()
        return value, (
            f"the oldest of {display.counted(n, 'open run')} was created {display.span(value)} ago"
        )

    return Measured(
        tuple(_readings(rule, table, reading)), f"no run was created {seen.when(window)}"
    )


def _in_groups(
    rule: Rule,
    seen: Seen,
    figure: Callable[..., pd.DataFrame],
    reading: Callable[[Any], tuple[Any, str]],
    *,
    none: str,
    is_judged: bool = True,
) -> Measured:
    """A figure of the rule's window, each group a reading that says when."""
    window, period = seen.window(rule)
    when = seen.when(window)
    table = figure(metrics.in_window(seen.selected(rule), window), by=rule.by or None)

    def dated(row: Any) -> tuple[Any, str]:
        value, text = reading(row)
        return value, f"{text}, {when}"

    readings = tuple(_readings(rule, table, dated))
    return Measured(readings, f"{none} {when}", is_judged, period)


def _readings(
    rule: Rule, table: pd.DataFrame, reading: Callable[[Any], tuple[Any, str]]
) -> Iterator[Reading]:
    groups = [_group(rule, key, row) for key, row in table.iterrows()]
    labels = Counter(label for _, label in groups)
    for (key, label), (_, row) in zip(groups, table.iterrows(), strict=True):
        value, text = reading(row)
        counts = [row[name] for name in ("n_finished", "n_timed") if name in row]
        yield Reading(
            value=value,
            text=text,
            group=key,
            label=label if labels[label] == 1 else f"{label} ({display.name(key)})" if key else "",
            is_empty=bool(counts) and not any(counts),
        )


def _group(rule: Rule, key: Any, row: Any) -> tuple[str, str]:
    """The key of a group and how people read it; both empty if the rule has no groups."""
    keys = (key if isinstance(key, tuple) else (key,)) if rule.by else ()
    names = [str(row.get(f"{word}_name", own)) for word, own in zip(rule.by, keys, strict=True)]
    return " / ".join(keys), ", ".join(display.name(name) for name in names)


_MEASURES: dict[Watched, Callable[[Rule, Seen], Measured]] = {
    "spend": _spend,
    "cost_of_failed_runs": _cost_of_failed_runs,
    "breach_probability": breach_probability,
    "failure_rate": _failure_rate,
    "queue_time": _duration,
    "execution_time": _duration,
    "turnaround_time": _duration,
    "open_time": _open_time,
    "anomaly": anomaly,
    "stale": stale,
    "incomplete": incomplete,
    "rejected": rejected,
}
