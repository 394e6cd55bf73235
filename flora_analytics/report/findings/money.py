"""Findings about money: what was charged, why it changed, and where it is heading."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from flora_analytics.metrics.changes import EFFECTS
from flora_analytics.report import display
from flora_analytics.report.comparison import CAUSES
from flora_analytics.report.figures import Figures
from flora_analytics.report.findings.rows import lines, listed
from flora_analytics.report.page import Finding, Name, Section, Sentence, Strong, say
from flora_analytics.report.prospects import Cycle, breach_odds
from flora_analytics.report.stretch import Stretch, describe, within
from flora_analytics.report.tables import first_row, row_names

__all__ = ["cost", "drivers", "outlook"]

_TOP = 3
#: A change smaller than this part of the cost has no cause worth a sentence.
_TRIFLE = Decimal("0.005")


def cost(figures: Figures, stretch: Stretch) -> Finding:
    """What was charged and, where a window was asked for, how that differs from before."""
    total = first_row(figures.charged_cost)
    runs, period = display.counted(total["n_runs"], "run"), within(stretch.words)
    if pd.isna(total["charged_cost"]):
        said = say(
            "What {} {} cost is {}: the API has named no charge for {}.",
            runs,
            period,
            Strong("not stated"),
            "it" if total["n_runs"] == 1 else "any of them",
        )
        return Finding(said, "cost-by-period")
    said = say(
        "{} was charged{} for {} {}; {}.",
        Strong(display.money(total["charged_cost"])),
        " so far" if stretch.running else "",
        runs,
        period,
        _unknown(total["n_unknown"]),
    )
    changed = _change(figures, stretch) if stretch.window.start else ()
    return Finding((*said, *((" ", *changed, ".") if changed else ())), "cost-by-period")


def _unknown(n: int) -> str:
    if not n:
        return "every run states its cost"
    states = "does not state its cost and is" if n == 1 else "do not state their cost and are"
    return f"{display.counted(n, 'run')} {states} not in that sum"


def drivers(figures: Figures, stretch: Stretch, sections: Sequence[Section]) -> Finding | None:
    """What drove the change; without two stretches to compare, where the cost went."""
    changed = _change(figures, stretch)
    if not changed:
        return _largest(figures, lines(sections, "cost-by-technique"))
    parts = [] if stretch.window.start else [changed]
    parts += [part for part in (_cause(figures, sections), _moved(figures, sections)) if part]
    if not parts:
        return _largest(figures, lines(sections, "cost-by-technique"))
    first, *more = parts
    said: Sentence = (first[0][0].upper() + first[0][1:], *first[1:])
    if isinstance(first[0], Strong):
        said = first
    for part in more:
        said = (*said, "; ", *part)
    return Finding((*said, "."), "cost-changes")


def _change(figures: Figures, stretch: Stretch) -> Sentence:
    if not (figures.recent and figures.earlier and stretch.compared):
        return ()
    now, before = (first_row(each.charged_cost) for each in (figures.recent, figures.earlier))
    if pd.isna(now["charged_cost"]) or pd.isna(before["charged_cost"]):
        return ()
    recent, earlier = (within(describe(window, tz=stretch.tz)) for window in stretch.compared)
    places = display.places_for([now["charged_cost"], before["charged_cost"]])
    shown = [display.rounded(each["charged_cost"], places=places) for each in (now, before)]
    is_told = bool(stretch.window.start) and now["n_runs"] == figures.n_runs
    return say(
        "{} {} {}, when {} cost {}{}",
        "That is" if is_told else f"{display.money(shown[0], places=places)} was charged {recent}:",
        _difference(*shown, places=places),
        earlier,
        display.counted(before["n_runs"], "run"),
        display.money(shown[1], places=places),
        _unknown_then(now["n_unknown"], before["n_unknown"], is_told=is_told),
    )


def _difference(now: Decimal, before: Decimal, *, places: int) -> Sentence:
    change = now - before
    if not change:
        return say("{} as", Strong("the same"))
    percent = f" ({display.whole_percent(abs(change) / before)})" if before else ""
    more = "more" if change > 0 else "less"
    return say("{} than", Strong(f"{display.money(abs(change), places=places)}{percent} {more}"))


def _unknown_then(now: int, before: int, *, is_told: bool) -> str:
    if not (now or before):
        return ""
    if is_told:
        return f" ({display.count(before)} not stated)" if before else " (all stated)"
    return f" (cost not stated: {display.counted(now, 'run')}, before {display.count(before)})"


def _cause(figures: Figures, sections: Sequence[Section]) -> Sentence:
    """The largest cause of the change and what stood against it, if worth a sentence."""
    assert figures.cost_changes is not None  # noqa: S101 - there are two stretches
    row = first_row(figures.cost_changes)
    trifle = _TRIFLE * max(row["charged_cost_earlier"], row["charged_cost_later"])
    worth = [name for name in EFFECTS if abs(row[name]) > trifle]
    worth.sort(key=lambda name: -abs(row[name]))
    along = next((name for name in worth if row[name] * row["change"] > 0), None)
    if along is None:
        return ()
    opposite = (name for name in worth if row[name] * row["change"] < 0)
    against = next((name for name in opposite if 2 * abs(row[name]) > abs(row["change"])), None)
    printed = {line["Cause"]: line["Charged cost"] for line in lines(sections, "cost-changes")}

    def told(name: str) -> str:
        return printed.get(CAUSES[name].label) or display.signed_money(row[name])

    return say(
        "the largest cause: {} ({}){}",
        CAUSES[along].meaning(row[along]),
        Strong(told(along)),
        f"; against it: {CAUSES[against].meaning(row[against])} ({told(against)})"
        if against
        else "",
    )


def _moved(figures: Figures, sections: Sequence[Section]) -> Sentence:
    """The technique whose cost changed most between the two stretches."""
    groups = figures.cost_changes_by_technique
    assert groups is not None  # noqa: S101 - there are two stretches
    changed = groups["change"].dropna()
    if len(groups) < 2 or not any(changed):
        return ()
    if printed := lines(sections, "cost-changes-by-technique"):
        return say("{} changed most ({})", Name(printed[0]["Technique"]), printed[0]["Change"])
    most = groups.loc[[changed.map(abs).astype(float).idxmax()]]
    called, change = row_names(most)[0].text, most["change"].iloc[0]
    return say("{} changed most ({})", Name(called), display.signed_money(change))


def _largest(figures: Figures, rows: list[dict[str, str]]) -> Finding | None:
    by_technique = figures.charged_cost_by_technique
    whole = figures.charged_cost["charged_cost"].iloc[0]
    charged = by_technique["charged_cost"].dropna()
    charged = charged[charged > 0]
    if len(charged) < 2 or not rows:
        return None
    top = charged.head(_TOP)
    named = listed(
        [
            say("{} ({}, {})", Name(row["Technique"]), row["Charged cost"], row["Share"])
            for row in rows[: len(top)]
        ]
    )
    if len(charged) == len(top):
        return Finding(say("All of it went to {}.", named), "cost-by-technique")
    said = say(
        "The largest of {} are {}: together {} of the cost.",
        display.counted(len(by_technique), "technique"),
        named,
        Strong(display.share(float(sum(top, Decimal(0)) / whole), places=0)),
    )
    return Finding(said, "cost-by-technique")


def outlook(figures: Figures, stretch: Stretch, _: Sequence[Section]) -> Finding | None:
    """Where the cycle ends, and how that stands against the budget."""
    cycle = figures.cycle
    if cycle is None:
        return None
    ahead, budget = _ahead(figures, cycle, stretch.tz), _budget(figures, cycle, stretch.tz)
    if not (ahead or budget):
        return None
    between = " " if ahead and budget else ""
    return Finding((*ahead, between, *budget) if between else ahead or budget,
                   "budget" if budget else "forecast")  # fmt: skip


def _ahead(figures: Figures, cycle: Cycle, tz: str) -> Sentence:
    table = figures.cost_forecast
    if table is None or math.isnan(table["forecast"].iloc[0]):
        return ()
    row = first_row(table)
    low, end, high = (_usd(row[name]) for name in ("low_80", "forecast", "high_80"))
    return say(
        "The billing cycle {} is heading for about {} (80% interval {} to {}).",
        describe(cycle.window, tz=tz),
        Strong(end),
        low,
        high,
    )


def _budget(figures: Figures, cycle: Cycle, tz: str) -> Sentence:
    table = figures.budget_status
    if table is None:
        return ()
    layers = table[table.index.get_level_values("project_id") == "(all)"]
    projects = table.drop(layers.index)
    said: Sentence = ()
    if len(layers):
        said = _whole_budget(first_row(layers.iloc[-1:]), cycle, tz)
    endangered = projects[(projects["used_share"] > 1) | (projects["breach_probability"] > 0.5)]
    own = _projects(endangered, len(projects), cycle, "" if said else describe(cycle.window, tz=tz))
    return (*said, " ", *own) if said and own else said or own


def _projects(endangered: pd.DataFrame, n: int, cycle: Cycle, period: str) -> Sentence:
    """The budgets of projects; the period is named unless that was done before."""
    if endangered.empty:
        return ()
    when = f" in the billing cycle {period}" if period else ""
    if len(endangered) > 1:
        how = "broken" if cycle.is_over else "broken or more likely than not to be"
        return say("{} of {} are {}{}.", Strong(display.count(len(endangered))),
                   display.counted(n, "project budget"), how, when)  # fmt: skip
    row = first_row(endangered)
    is_broken = row["used_share"] > 1
    return say(
        "The budget of project {} is {}: {} of {} was spent{}.",
        Name(display.name(str(endangered.index[0][0]))),
        Strong("broken")
        if is_broken
        else say("likely to break (chance {})", Strong(breach_odds(row["breach_probability"]))),
        display.money(None if pd.isna(row["charged_cost"]) else row["charged_cost"]),
        display.money(row["limit"]),
        when if is_broken else f"{when} so far",
    )


def _whole_budget(row: dict[str, Any], cycle: Cycle, tz: str) -> Sentence:
    spent = display.money(None if pd.isna(row["charged_cost"]) else row["charged_cost"])
    limit, used = display.money(row["limit"]), row["used_share"]
    percent = "" if math.isinf(used) else f" ({used:.0%})"
    words = describe(cycle.window, tz=tz)
    if used > 1:
        day = pd.Timestamp(row["breach_at"]).tz_convert(tz).date()
        return say("The budget of {} is {}: {}{} was spent in the billing cycle {}, past it on {}.",
                   limit, Strong("broken"), spent, percent, words, display.day(day))  # fmt: skip
    if cycle.is_over:
        return say("The billing cycle {} kept to its budget: {} of {}{} was spent.",
                   words, Strong(spent), limit, percent)  # fmt: skip
    gone = display.share(float(row["elapsed_share"]), places=0)
    risk: Sentence = ()
    if not math.isnan(row["breach_probability"]):
        risk = say(
            "; the chance that it breaks is {}", Strong(breach_odds(row["breach_probability"]))
        )
    return say("{} of the budget of {}{} is spent, with {} of the cycle over{}.",
               Strong(spent), limit, percent, gone, risk)  # fmt: skip


def _usd(value: float) -> str:
    return display.money(Decimal(repr(float(value))))
