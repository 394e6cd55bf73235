"""One cell of a figure as people read it: a value in, its text out, by the column's name and kind.

Money is not here: it is rounded column by column, in `terminal`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flora_analytics.report import display

__all__ = ["instant", "points", "writer"]

#: Fractions that are no shares.
_QUANTITIES = (
    *("hours", "mean_concurrency", "price_ratio", "ratio_to_listed", "runs_per_hour"),
    *("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
)
#: Our own words, which a table may hold whole.
_LONGEST_REASON = 200


def writer(name: str, kind: str) -> Callable[[Any], str]:
    """How the cells of this column are written, `kind` being that of its dtype."""
    if kind == "i":
        return lambda n: display.NOTHING if n is None else display.count(n)
    if kind == "m":
        return display.span
    if name.startswith("cost_per_"):
        return lambda cost: display.NOTHING if cost is None else display.unit_cost(cost)
    if name in _QUANTITIES:
        return _quantity
    if kind == "f" and name.startswith("burn_"):
        return lambda rate: display.NOTHING if rate is None else f"{_quantity(rate)}×"
    if name == "p_value":
        return _chance
    if kind == "f":
        return _share
    if kind == "b":
        return lambda holds: "yes" if holds else "no"
    longest = {"longest": _LONGEST_REASON} if name == "why" else {}
    return lambda text: display.NOTHING if text is None else display.name(str(text), **longest)


def _quantity(number: float | None) -> str:
    if number is None:
        return display.NOTHING
    if number == 0 or abs(number) >= 1:
        return f"{number:,.2f}" if number else "0"
    return f"{number:#.2g}"


def _share(share: float | None) -> str:
    """A share, also one below nothing or above all."""
    if share is None or math.isinf(share):
        return display.NOTHING
    if -1 < share < 10:
        return display.share(share).replace("-", "−")
    return f"{100 * share:,.0f}%".replace("-", "−")


def points(difference: float | None) -> str:
    """A difference of shares; one that rounds to nothing has no sign."""
    if difference is None:
        return display.NOTHING
    rounded = round(100 * difference, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"


def _chance(p_value: float | None) -> str:
    if p_value is None:
        return display.NOTHING
    return "<0.001" if p_value < 0.001 else f"{p_value:.3f}"


def instant(at: datetime | None, period: str | None) -> str:
    """An instant to the minute, or the day on which a `period` begins."""
    if at is None:
        return display.NOTHING
    return f"{at:%Y-%m-%d %H:%M %Z}" if period in (None, "hour") else f"{at:%Y-%m-%d}"
