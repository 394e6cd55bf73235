"""Rules that look ahead, or for what is odd: a budget's breach, and anomalies."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flora_analytics import metrics
from flora_analytics.check.reading import Measured, Reading
from flora_analytics.errors import ConfigurationError
from flora_analytics.metrics.budgets import ALL
from flora_analytics.report import display
from flora_analytics.report.oddities import anomaly_sentences
from flora_analytics.report.prospects import budget_sentences

if TYPE_CHECKING:
    from flora_analytics.check.seen import Seen
    from flora_analytics.rules import Rule
    from flora_analytics.settings import Settings

__all__ = ["anomaly", "breach_probability"]


def breach_probability(rule: Rule, seen: Seen) -> Measured:
    settings = seen.settings
    _needs_budget(rule, settings)
    assert settings.budget is not None  # noqa: S101 - just asked
    table = metrics.budget_status(
        seen.runs, settings.budget, now=seen.as_of, tz=settings.tz, cycle_day=settings.cycle_day
    )
    if rule.project:
        wanted = [(project, budget) for project, budget in table.index if project in rule.project]
    elif rule.budget is not None:
        wanted = [(ALL, rule.budget)]
    else:
        layers = [key for key in table.index if key[0] == ALL]
        wanted = [*layers[-1:], *(key for key in table.index if key[0] != ALL)]
    readings = []
    for key in wanted:
        one = table.loc[[key]]
        chance = float(one["breach_probability"].iloc[0])
        cycle, told, *lacking = budget_sentences(one, tz=settings.tz)
        told = told.partition(": ")[2].rstrip(".")
        if is_unknown := math.isnan(chance):
            told = f"{told}. {lacking[0]}".rstrip(".")
        readings.append(
            Reading(
                value=None if is_unknown else chance,
                text=f"{told} ({cycle.partition(': ')[0].removeprefix('Billing ')})",
                group=" / ".join(key),
                label=key[1] if key[0] == ALL else f"project {display.name(key[0])}",
            )
        )
    return Measured(tuple(readings), period=table["period_start"].iloc[0].isoformat())


def anomaly(rule: Rule, seen: Seen) -> Measured:
    tz, (window, _) = seen.settings.tz, seen.window(rule)
    usd: Any = rule.clear
    odd = metrics.cost_anomalies(
        seen.selected(rule),
        window=window,
        by=rule.by or ("workspace", "project", "technique"),
        tz=tz,
        now=seen.as_of,
        sensitivity=metrics.Sensitivity(at_least=float(usd)),
    )
    words = anomaly_sentences(odd, tz=tz)
    readings = [
        Reading(
            value=Decimal(repr(float(row["at_stake"]))),
            text=words[at].rstrip("."),
            group=f"{row['kind']}: {row['dimension'].removesuffix('_id')} {row['key']}",
        )
        for at, (_, row) in enumerate(odd.iterrows())
    ]
    return Measured(tuple(readings), words[0].rstrip("."), is_judged=odd.attrs["n_judged"] > 0)


def _needs_budget(rule: Rule, settings: Settings) -> None:
    """Refuse a rule that is about a budget nobody has set."""
    budget = settings.budget
    if budget is None:
        raise ConfigurationError(
            f"The rule {rule.name!r} needs a budget; write [budget] into flora-analytics.toml, and "
            "below it such as overage_cap = 500."
        )
    if rule.budget is not None and rule.budget not in budget.limits:
        raise ConfigurationError(
            f"The rule {rule.name!r} watches the {rule.budget}, and [budget] has none; it has "
            f"{', '.join(budget.limits) or 'budgets of projects only'}."
        )
    if lost := [name for name in rule.project if name not in budget.projects]:
        raise ConfigurationError(
            f"The rule {rule.name!r} watches project {lost[0]!r}, which [budget.projects] does "
            "not name."
        )
