"""What a report rests on and how its figures are calculated: the small print, in plain words.

Takes computed figures and what is known of their source; leaves nothing out silently.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flora_analytics.report import display
from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Note, Section
from flora_analytics.report.prospects import too_little
from flora_analytics.report.stretch import Stretch, describe

__all__ = ["METHODS", "Provenance", "basis", "methods"]

#: So long without a run is worth a word.
_A_WHILE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the runs came from and what can be vouched for.

    Attributes
    ----------
    as_of : datetime or None
        Until when the data speaks. [UTC]
    complete : bool or None
        Whether completeness is proved; None when nobody has checked, as for a plain table.
    claim : str
        Completeness in one sentence.
    n_rejected : int or None
        Runs that broke the contract and were kept aside; None if not known. [runs]
    selection : str
        Which workspaces, projects and techniques were chosen, in words; empty for all.
    n_not_selected : int
        Runs of others. [runs]
    """

    as_of: datetime | None
    complete: bool | None
    claim: str
    n_rejected: int | None
    selection: str = ""
    n_not_selected: int = 0


def basis(
    figures: Figures, stretch: Stretch, provenance: Provenance, *, about: Collection[object] = ()
) -> tuple[Note, ...]:
    """Data as of, completeness and everything that was left out, counted.

    `about` holds the names of the sections that were asked for.
    """
    notes = [Note("Data as of", _as_of(stretch)), Note("Completeness", provenance.claim)]
    if provenance.selection:
        notes.append(Note("Selection", _selection(provenance)))
    if figures.n_runs:
        cost, rate = figures.charged_cost.iloc[0], figures.failure_rate.iloc[0]
        notes += [
            Note("Period", _period(stretch)),
            Note("Cost not stated", _unknown(int(cost["n_unknown"]), figures.n_runs)),
            Note("Still open", _open(int(rate["n_open"]))),
        ]
        if n_other := int(rate["n_other"]):
            notes.append(Note("Other statuses", _other(n_other)))
        notes += _unseen(figures, stretch, about)
    notes.append(Note("Outside the period", _outside(figures.n_all_runs - figures.n_runs)))
    notes.append(Note("Rejected", _rejected(provenance.n_rejected)))
    return tuple(notes)


def _unseen(figures: Figures, stretch: Stretch, about: Collection[object]) -> Iterator[Note]:
    """What was looked for, and not found or not to be told."""
    if "changes" in about and stretch.compared is None:
        yield Note("Comparison", _not_compared(stretch))
    if "outlook" in about and (why := _no_forecast(figures)):
        yield Note("Forecast", why)
    if "oddities" in about and (found := figures.cost_anomalies) is not None:
        assert figures.days_judged is not None  # noqa: S101 - anomalies are of days
        days = describe(figures.days_judged, tz=stretch.tz)
        yield Note("Odd days", _judged(days, len(found), found.attrs))


def _not_compared(stretch: Stretch) -> str:
    if stretch.window.start is None:
        return "Not made: the history does not hold two full weeks."
    return "Not made: the history does not reach back over the whole stretch before."


def _no_forecast(figures: Figures) -> str:
    if figures.cycle is None:
        budget = ", and no budget held against it" if figures.terms.budget else ""
        return f"Not made{budget}: no run was created in the 30 days before the period ends."
    ahead = figures.cost_forecast
    if ahead is None or not math.isnan(ahead["forecast"].iloc[0]):
        return ""
    return too_little(ahead.iloc[0])


def _judged(days: str, n_found: int, counts: Mapping[Any, Any]) -> str:
    n_judged, n_not = counts["n_judged"], counts["n_not_judged"]
    if not n_judged:
        return f"Looked for in {days}; no group has three weeks of history to tell what is usual."
    found = display.counted(n_found, "incident") if n_found else "nothing"
    told = (
        f"Looked for in {days}, in all runs and in each workspace, project and technique: {found}. "
        f"{display.counted(n_judged, 'of their days', 'of their days')} could be judged"
    )
    return f"{told}; {display.count(n_not)} had too little history." if n_not else f"{told}."


def _selection(provenance: Provenance) -> str:
    left_out = display.counted(provenance.n_not_selected, "run")
    return f"Only {provenance.selection}. {left_out} of others left out, of any time."


def _as_of(stretch: Stretch) -> str:
    if stretch.as_of is None:
        return "There are no runs."
    return f"{display.instant(stretch.as_of, tz=stretch.tz)} ({stretch.tz})."


def _period(stretch: Stretch) -> str:
    told = (
        f"{stretch.words[0].upper()}{stretch.words[1:]}, in the time zone {stretch.tz}. "
        "A run belongs to the period in which it was created."
    )
    if stretch.until and stretch.newest and stretch.newest < stretch.until - _A_WHILE:
        told += f" The newest is of {display.instant(stretch.newest, tz=stretch.tz)}."
    return told


def _other(n: int) -> str:
    return (
        f"{display.counted(n, 'run')} with a status other than pending, running, completed and "
        "failed: part of cost, not of failure rates."
    )


def _unknown(n: int, n_runs: int) -> str:
    if not n:
        return "Every run states its cost."
    return (
        f"{display.count(n)} of {display.counted(n_runs, 'run')}. They are left out of every sum "
        "and average of cost; they are not counted as zero."
    )


def _open(n: int) -> str:
    if not n:
        return "No run is pending or running."
    return f"{display.counted(n, 'run')}, without an outcome yet: not part of failure rates."


def _outside(n: int) -> str:
    if not n:
        return "No run: the report covers all that are at hand."
    return f"{display.counted(n, 'run')} created before or after the period."


def _rejected(n: int | None) -> str:
    if n is None:
        return "Not known: the runs were handed over without a record of their sync."
    if not n:
        return "No run: all that were read kept to the API’s contract."
    return f"{display.counted(n, 'run')} that broke the API’s contract, kept aside and not counted."


#: How each figure is calculated, by the key of its section or its own; "compared" where two
#: stretches are, "" wherever there is a figure at all.
METHODS: dict[str, tuple[Note, ...]] = {
    "cost": (
        Note(
            "Charged cost",
            "The exact sum of what the API says it charged, in US dollars. Whether an invoice "
            "shows the same depends on the plan: prepaid and included usage are not known here.",
        ),
        Note(
            "Unit cost",
            "Charged cost of the finished runs that state it ÷ the number of those runs, of the "
            "completed ones among them, or of their outputs.",
        ),
    ),
    "cost-changes": (
        Note(
            "Causes of a change",
            "Exact Shapley values: how much of the change is due to the number of runs (volume), "
            "to which techniques they were of (mix), to what runs were charged (price), to "
            "failures, and to costs not stated. They add up to the change without a rest.",
        ),
    ),
    "price-drift": (
        Note(
            "Prices that moved",
            "Pettitt’s rank test over each technique’s charges in the order of time, all "
            "techniques together held to a 5% chance of any false alarm.",
        ),
    ),
    "outlook": (
        Note(
            "Forecast",
            "Models of weekdays are tried on the same stretch in every earlier week; the best is "
            "used, and its errors there give the intervals and the chances of a breach.",
        ),
    ),
    "oddities": (
        Note(
            "What is odd",
            "Cost against the median of the same weekdays of eight weeks, failures against the "
            "usual rate; told only if large enough to matter and, after Benjamini and Hochberg’s "
            "correction for all groups and days, not chance.",
        ),
    ),
    "failures": (
        Note(
            "Failure rate",
            "Failed ÷ finished runs; finished is completed or failed. The interval is Wilson’s "
            "for 95%, that of a change Newcombe’s: few runs give a wide one.",
        ),
    ),
    "cost-of-failed-runs": (
        Note(
            "Cost of failed runs",
            "Charged cost of runs whose status is failed. A failed run may be charged, free, or "
            "not state its cost.",
        ),
    ),
    "durations": (
        Note(
            "Durations",
            "Queue time runs from creation to start, execution time from start to end, turnaround "
            "time from creation to end. Quantiles are exact, interpolated linearly; runs still "
            "open are left out.",
        ),
    ),
    "stuck-runs": (
        Note(
            "Stuck runs",
            "Open for longer than a one-sided 95% bound on what 99.9% of the ended runs of their "
            "technique took, and at least 15 minutes.",
        ),
    ),
    "objectives": (
        Note(
            "Objectives",
            "Runs that went well ÷ runs that are decided, with Wilson’s 95% interval, over the "
            "objective’s own window up to the end of the report’s.",
        ),
    ),
    "compared": (
        Note(
            "Comparison",
            "With the stretch of the same length just before: whole months with whole months, "
            "days with days. A period under way is compared with the same elapsed part.",
        ),
    ),
    "": (
        Note(
            "Rounding",
            "Shown figures are rounded so that they add up to the totals shown, so that one cost "
            "may differ by a cent from table to table. On the HTML page each cell carries the "
            "exact one.",
        ),
    ),
}


def methods(sections: Sequence[Section], *, compared: bool) -> tuple[Note, ...]:
    """How the figures of these sections are calculated, and with what they are `compared`."""
    if not sections:
        return ()
    keys = [key for each in sections for key in (each.key, *(fig.key for fig in each.figures))]
    always = ["compared", ""] if compared else [""]
    return tuple(note for key in [*keys, *always] for note in METHODS.get(key, ()))
