"""In words where a cycle ends, and how it stands against its budget.

Takes `metrics.cost_forecast` and `metrics.budget_status` tables; gives sentences, each with its
number, its uncertainty and its period. Computes no figure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flora_analytics.calendar import Window, period_at
from flora_analytics.report import display
from flora_analytics.report.stretch import describe

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.report.stretch import Stretch

__all__ = [
    "Cycle",
    "breach_odds",
    "budget_sentences",
    "cycle_of",
    "forecast_sentences",
    "too_little",
]

#: After so long without a run, nothing is foretold.
_LONG = timedelta(days=30)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A billing cycle, the instant it is seen from, and whether it was over by then."""

    window: Window
    seen_at: datetime
    is_over: bool


def cycle_of(stretch: Stretch, *, cycle_day: int) -> Cycle | None:
    """The billing cycle in which a report's stretch ends, as of the data.

    None without runs, and where no run was created in the 30 days before.
    """
    until, newest = stretch.until, stretch.newest
    if until is None or stretch.as_of is None or newest is None:
        return None
    window = period_at(until - _INSTANT, "cycle", tz=stretch.tz, cycle_day=cycle_day)
    end = window.end or stretch.as_of
    seen_at = min(stretch.as_of, end - _INSTANT)
    if newest < seen_at - _LONG:
        return None
    return Cycle(window, seen_at, is_over=end <= stretch.as_of)


def forecast_sentences(total: pd.DataFrame, *, now: datetime, tz: str = "UTC") -> list[str]:
    """What is spent, where it ends, and how far to trust that.

    Parameters
    ----------
    total : DataFrame
        As `metrics.cost_forecast` returns it without `by`, with the levels 0.8 and 0.95.
    now : datetime
        As it was given to that.
    tz : str

    Returns
    -------
    list of str
    """
    row: Any = total.iloc[0]
    start = total.index[0].to_pydatetime()
    so_far = describe(Window(start, now), tz=tz)
    sentences = [f"Charged so far, {so_far}: {_so_far(row)}."]
    if math.isnan(row["forecast"]):
        return [*sentences, too_little(row)]
    last = _last_day(row["period_end"], tz)
    sentences.append(
        f"By the end of {last}: about {_usd(row['forecast'])}; 80% interval "
        f"{_usd(row['low_80'])} to {_usd(row['high_80'])}, 95% {_usd(row['low_95'])} to "
        f"{_usd(row['high_95'])}."
    )
    tried = display.counted(int(row["n_backtests"]), "earlier week")
    off = f"the rest of the period was off by {display.share(row['error_share'])} on average"
    held = "; too few to tell how often its intervals hold"
    if not math.isnan(row["coverage_80"]):
        held = (
            f", the 80% interval held {_percent(row['coverage_80'])} of the time, the 95% "
            f"interval {_percent(row['coverage_95'])}"
        )
    return [*sentences, f"Tried on {tried} of this history: {off}{held}."]


def budget_sentences(table: pd.DataFrame, *, tz: str = "UTC") -> list[str]:
    """How far the cycle is, and what became or will become of each budget.

    Parameters
    ----------
    table : DataFrame
        As `metrics.budget_status` returns it.
    tz : str

    Returns
    -------
    list of str
    """
    first: Any = table.iloc[0]
    cycle = describe(Window(*(first[end].to_pydatetime() for end in _ENDS)), tz=tz)
    sentences = [f"Billing cycle {cycle}: {_percent(first['elapsed_share'])} of it is over."]
    sentences += [
        _budget(key, row) for key, (_, row) in zip(table.index, table.iterrows(), strict=True)
    ]
    if table["forecast"].isna().any():
        sentences.append(too_little(table[table["forecast"].isna()].iloc[0]))
    return sentences


_ENDS = ("period_start", "period_end")


def _budget(key: tuple[str, str], row: Any) -> str:
    project, budget = key
    name = budget.capitalize() if project == "(all)" else f"Project {display.name(project)}"
    used = "" if math.isinf(row["used_share"]) else f" ({_percent(row['used_share'])})"
    told = f"{name}: {_so_far(row)} of {_usd(row['limit'])}{used}"
    if row["used_share"] > 1:
        return f"{told}; broken on {_day(row['breach_at'])}."
    if math.isnan(row["breach_probability"]):
        return f"{told}."
    told += f"; {breach_odds(row['breach_probability'])} chance that it breaks in this cycle"
    if row["breach_at"] == row["breach_at"]:
        latest = _day(row["breach_to"]) if row["breach_to"] == row["breach_to"] else "not at all"
        told += f", as likely as not by {_day(row['breach_at'])} "
        told += f"(80% interval: {_day(row['breach_from'])} to {latest})"
    return f"{told}."


def breach_odds(chance: float) -> str:
    """The chance of a breach; what has not happened is never certain.

    >>> breach_odds(0.0), breach_odds(0.314), breach_odds(1.0)
    ('<0.1%', '31.4%', '>99.9%')
    """
    return "<0.1%" if chance < 0.001 else ">99.9%" if chance > 0.999 else display.share(chance)


def _so_far(row: Any) -> str:
    cost = row["charged_cost"]
    runs = display.counted(int(row["n_runs"]), "run")
    unknown = f", cost of {display.count(int(row['n_unknown']))} not stated"
    known = "cost not stated" if not isinstance(cost, Decimal) else display.money(cost)
    return f"{known} ({runs}{unknown if row['n_unknown'] else ''})"


def too_little(row: Any) -> str:
    """Why there is no forecast, from a row of `metrics.cost_forecast`."""
    weeks, needed = int(row["n_weeks"]), int(row["n_weeks_needed"])
    if weeks >= needed:
        return "Nothing to foretell from: nothing was charged in the eight weeks before."
    whole = display.counted(weeks, "whole week")
    return f"Not enough data for a forecast: {whole} of history, and {needed} are needed."


def _usd(value: Any) -> str:
    return display.money(value if isinstance(value, Decimal) else Decimal(repr(float(value))))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _day(at: Any) -> str:
    return display.day(at.date())


def _last_day(end: Any, tz: str) -> str:
    return display.day((end.to_pydatetime() - _INSTANT).astimezone(ZoneInfo(tz)).date())
