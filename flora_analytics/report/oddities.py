"""In words what was odd: one sentence an incident, most money at stake first.

Takes a `metrics.cost_anomalies` table; computes no figure.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from flora_analytics.calendar import Window, period_at
from flora_analytics.report import display
from flora_analytics.report.stretch import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flora_analytics.report.stretch import Stretch

__all__ = ["anomaly_sentences", "days_to_judge", "what_was_odd"]

#: A report looks for anything odd no further back than two months.
_MOST_DAYS = timedelta(days=62)
_MOST_ALSO = 3
_TOO_LITTLE = (
    "Not enough data: no group of runs has a history of three weeks before the days asked for, "
    "so that nothing can be called odd."
)


def days_to_judge(stretch: Stretch) -> Window | None:
    """The days of a report in which anything odd is looked for: its last 62, as far as passed."""
    start, until = stretch.shown.start, stretch.until
    if start is None or until is None or until <= start:
        return None
    first = period_at(max(start, until - _MOST_DAYS), "day", tz=stretch.tz).start
    return Window(max(start, first or start), until)


def anomaly_sentences(table: pd.DataFrame, *, tz: str = "UTC") -> list[str]:
    """What was odd, or that nothing was, or that there is not enough data to tell.

    Parameters
    ----------
    table : DataFrame
        As `metrics.cost_anomalies` returns it, with its ``attrs``.
    tz : str

    Returns
    -------
    list of str
    """
    n_judged, n_not = table.attrs.get("n_judged", 0), table.attrs.get("n_not_judged", 0)
    if not len(table) and not n_judged:
        return [_TOO_LITTLE]
    said = [_incident(row, tz) for row in _rows(table)]
    if not said:
        said = [f"Nothing odd in {_days(n_judged)}."]
    if n_not:
        said.append(f"Not enough data to judge {_days(n_not)}, which had runs for too few weeks.")
    return said


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]


def _days(n: int) -> str:
    return display.counted(n, "day of a group", "days of groups")


def what_was_odd(row: Mapping[str, Any]) -> str:
    """What an incident's driver did, as its name is followed by it: "cost $12.00 for 3 runs, …"."""
    return f"{_what(row)}{_also(row)}"


def _incident(row: Mapping[str, Any], tz: str) -> str:
    when = describe(Window(row["start"], row["end"]), tz=tz)
    so_far = ", so far" if row["is_running"] else ""
    return f"{when}{so_far}: {display.name(row['name'])} {what_was_odd(row)}."


def _what(row: Mapping[str, Any]) -> str:
    runs = display.counted(row["n_runs"], "run")
    if row["kind"] == "failures up":
        return (
            f"failed in {display.count(row['n_failed'])} of "
            f"{display.counted(row['n_finished'], 'run')} "
            f"({display.share(row['failure_rate'], places=0)}), "
            f"usually {display.share(row['expected_rate'])}"
        )
    cost = None if pd.isna(row["charged_cost"]) else row["charged_cost"]
    if not row["n_runs"]:
        return f"had no runs, usually {_about(row['expected_cost'])}"
    left_out = f", {display.count(row['n_unknown'])} of them not stated" if row["n_unknown"] else ""
    return (
        f"cost {display.money(cost)} for {runs}{left_out}, usually {_about(row['expected_cost'])}"
    )


def _about(usual: float) -> str:
    if usual != usual:
        return "not known"
    return f"about {display.money(Decimal(round(usual, 2)))}" if usual >= 0.005 else "nothing"


def _also(row: Mapping[str, Any]) -> str:
    names = [display.name(name) for name in row["also"]]
    if not names:
        return ""
    more = len(names) - _MOST_ALSO
    rest = f" and {more} more" if more > 0 else ""
    return f"; it shows in {', '.join(names[:_MOST_ALSO])}{rest} as well"
