"""The findings: what a reader should know first, in three to six sentences.

Takes computed figures; each sentence carries its number, its uncertainty, its period and
the key of the figure it can be checked against.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from flora_analytics.report import display
from flora_analytics.report.figures import Compared, Figures
from flora_analytics.report.page import Finding, Name, Section, Sentence, Strong, say
from flora_analytics.report.stretch import Stretch, describe, within
from flora_analytics.report.tables import row_names

__all__ = ["findings"]

_TOP = 3


def findings(
    figures: Figures, stretch: Stretch, sections: Sequence[Section]
) -> tuple[Finding, ...]:
    """The sentences that lead the report, most important first.

    Parameters
    ----------
    figures : Figures
        Computed over the stretch.
    stretch : Stretch
        What the report covers and what it is compared with.
    sections : sequence of Section
        The tables below; what a sentence takes from a row reads as it does there.
    """
    if not figures.n_runs:
        return (Finding(_nothing(figures, stretch), "basis"),)
    said = (
        (_cost(figures, stretch), "cost-by-period"),
        (_change(figures, stretch), "cost-by-technique"),
        (_drivers(figures, _lines(sections, "cost-by-technique")), "cost-by-technique"),
        (
            _failures(figures, stretch, _lines(sections, "failures-by-code")),
            "failures-by-technique",
        ),
        (_failed_cost(figures), "cost-of-failed-runs"),
        (_waiting(figures), "durations-overall"),
    )
    return tuple(Finding(sentence, figure) for sentence, figure in said if sentence)


def _nothing(figures: Figures, stretch: Stretch) -> Sentence:
    if not figures.n_all_runs:
        return say("There are {} yet, so there is nothing to report.", Strong("no runs"))
    return say(
        "{} was created {}; the history holds {} outside it.",
        Strong("No run"),
        within(describe(stretch.window, tz=stretch.tz)),
        display.counted(figures.n_all_runs, "run"),
    )


def _cost(figures: Figures, stretch: Stretch) -> Sentence:
    total = _row(figures.charged_cost)
    runs, period = display.counted(total["n_runs"], "run"), within(stretch.words)
    if pd.isna(total["charged_cost"]):
        return say(
            "What {} {} cost is {}: the API has named no charge for any of them.",
            runs,
            period,
            Strong("not stated"),
        )
    return say(
        "{} was charged{} for {} {}; {}.",
        Strong(display.money(total["charged_cost"])),
        " so far" if stretch.running else "",
        runs,
        period,
        _unknown(total["n_unknown"]),
    )


def _unknown(n: int) -> str:
    if not n:
        return "every run states its cost"
    states = "does not state its cost and is" if n == 1 else "do not state their cost and are"
    return f"{display.counted(n, 'run')} {states} not in that sum"


def _change(figures: Figures, stretch: Stretch) -> Sentence:
    if not (figures.recent and figures.earlier and stretch.compared):
        return ()
    now, before = _row(figures.recent.charged_cost), _row(figures.earlier.charged_cost)
    if pd.isna(now["charged_cost"]) or pd.isna(before["charged_cost"]):
        return ()
    recent, earlier = (within(describe(window, tz=stretch.tz)) for window in stretch.compared)
    places = display.places_for([now["charged_cost"], before["charged_cost"]])
    shown = [display.rounded(each["charged_cost"], places=places) for each in (now, before)]
    return say(
        "{} {} {}, when {} cost {}{}{}.",
        "That is"
        if stretch.window.start
        else f"{display.money(shown[0], places=places)} was charged {recent}:",
        _difference(*shown, places=places),
        earlier,
        display.counted(before["n_runs"], "run"),
        display.money(shown[1], places=places),
        _unknown_then(now["n_unknown"], before["n_unknown"]),
        _moved(figures.recent, figures.earlier),
    )


def _difference(now: Decimal, before: Decimal, *, places: int) -> Sentence:
    change = now - before
    if not change:
        return say("{} as", Strong("the same"))
    percent = f" ({_percent(abs(change) / before)})" if before else ""
    more = "more" if change > 0 else "less"
    return say("{} than", Strong(f"{display.money(abs(change), places=places)}{percent} {more}"))


def _unknown_then(now: int, before: int) -> str:
    if not (now or before):
        return ""
    return f" (cost not stated: {display.counted(now, 'run')}, before {display.count(before)})"


def _percent(ratio: Decimal) -> str:
    return f"{ratio:.0%}" if ratio >= Decimal("0.005") else "<1%"


def _moved(recent: Compared, earlier: Compared) -> Sentence:
    """The technique whose cost changed most between the two stretches."""
    now, before = recent.charged_cost_by_technique, earlier.charged_cost_by_technique
    change = _costs(now)
    for key, cost in _costs(before).items():
        change[key] = change.get(key, Decimal(0)) - cost
    if len(change) < 2 or not any(change.values()):
        return ()
    key = max(change, key=lambda each: (abs(change[each]), each))
    called = row_names((now if key in now.index else before).loc[[key]])[0].text
    return say("; {} changed most ({})", Name(called), display.signed_money(change[key]))


def _costs(by_technique: pd.DataFrame) -> dict[Any, Decimal]:
    costs = by_technique["charged_cost"].dropna()
    return dict(zip(costs.index, costs, strict=True))


def _drivers(figures: Figures, lines: list[dict[str, str]]) -> Sentence:
    by_technique = figures.charged_cost_by_technique
    whole = figures.charged_cost["charged_cost"].iloc[0]
    charged = by_technique["charged_cost"].dropna()
    charged = charged[charged > 0]
    if len(charged) < 2:
        return ()
    top = charged.head(_TOP)
    named = _listed(
        [
            say("{} ({}, {})", Name(line["Technique"]), line["Charged cost"], line["Share"])
            for line in lines[: len(top)]
        ]
    )
    if len(charged) == len(top):
        return say("All of it went to {}.", named)
    return say(
        "The largest of {} are {}: together {} of the cost.",
        display.counted(len(by_technique), "technique"),
        named,
        Strong(display.share(float(sum(top, Decimal(0)) / whole), places=0)),
    )


def _failures(figures: Figures, stretch: Stretch, codes: list[dict[str, str]]) -> Sentence:
    rate = _row(figures.failure_rate)
    if not rate["n_finished"]:
        return say("{}, so there is no failure rate yet.", Strong("No run has finished"))
    return say(
        "{} of {} failed: {} (95% interval {} to {}){}{}.",
        display.count(rate["n_failed"]),
        display.counted(rate["n_finished"], "finished run"),
        Strong(display.share(rate["failure_rate"])),
        display.share(rate["low"]),
        display.share(rate["high"]),
        _rate_before(figures, stretch),
        _top_codes(codes),
    )


def _rate_before(figures: Figures, stretch: Stretch) -> str:
    # Where the whole history is reported, the stretch compared is not the one spoken of.
    if not (figures.earlier and stretch.window.start):
        return ""
    before = _row(figures.earlier.failure_rate)
    if not before["n_finished"]:
        return ""
    return f", after {display.share(before['failure_rate'])} in the stretch before"


def _top_codes(codes: list[dict[str, str]]) -> Sentence:
    if not codes:
        return ()
    named = [say("{} ({})", Name(line["Error code"]), line["Share"]) for line in codes[:2]]
    return say("; {} {}", "most often" if len(codes) > 2 else "the reasons:", _listed(named))


def _failed_cost(figures: Figures) -> Sentence:
    failed = _row(figures.cost_of_failed_runs)
    if not failed["n_failed"]:
        return ()
    n_failed, cost = (
        display.counted(failed["n_failed"], "failed run"),
        failed["cost_of_failed_runs"],
    )
    if pd.isna(cost):
        return say("What the {} cost is {}.", n_failed, Strong("not stated"))
    of_all = failed["cost_share"]
    n_unknown = failed["n_unknown"]
    return say(
        "Failed runs cost {}{}: {} of {} were charged{}.",
        Strong(display.money(cost)),
        "" if pd.isna(of_all) else f", {display.share(float(of_all))} of all charged cost",
        display.count(failed["n_charged"]),
        n_failed,
        f", and {display.count(n_unknown)} do not state a cost" if n_unknown else "",
    )


def _waiting(figures: Figures) -> Sentence:
    queue, execution = _row(figures.queue_time), _row(figures.execution_time)
    if min(queue["n_timed"], execution["n_timed"]) < 2:
        return ()
    n_left_out = execution["n_runs"] - execution["n_timed"]
    return say(
        "Half of the runs waited {} or less before they began and 90% at most {}; they then took "
        "{} in the median and at most {} in 90% of cases{}.",
        Strong(_span(queue["p50"])),
        _span(queue["p90"]),
        Strong(_span(execution["p50"])),
        _span(execution["p90"]),
        f" ({display.counted(n_left_out, 'run')} without both times left out)"
        if n_left_out
        else "",
    )


def _lines(sections: Sequence[Section], key: str) -> list[dict[str, str]]:
    """The rows of a figure's table as heading → text."""
    return [
        {column.label: cell.text for column, cell in zip(table.columns, row.cells, strict=True)}
        for section in sections
        for figure in section.figures
        if figure.key == key
        for table in (figure.table,)
        for row in table.rows
        if row.role == "group"
    ]


def _listed(parts: list[Sentence]) -> Sentence:
    """Parts with commas and an "and"."""
    *first, last = parts
    if not first:
        return last
    said = [part for each in first for part in (*each, ", ")]
    return (*said[:-1], " and ", *last)


def _span(value: Any) -> str:
    return display.span(pd.Timedelta(value).to_pytimedelta())


def _row(table: pd.DataFrame) -> dict[str, Any]:
    return {str(name): table[name].iloc[0] for name in table.columns}
