"""How an exact figure is written for people: money, shares, spans, instants, names.

Takes exact values and gives short texts; knows no table, chart or page. Parts that are
shown under a total are rounded together, so that what is printed adds up.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

__all__ = [
    "NOTHING",
    "NOT_STATED",
    "count",
    "counted",
    "day",
    "days",
    "instant",
    "money",
    "name",
    "places_for",
    "rounded",
    "rounded_together",
    "share",
    "signed_money",
    "span",
    "unit_cost",
    "whole_percent",
]

NOT_STATED = "not stated"
#: For a figure that has nothing to be computed from.
NOTHING = "–"

_CENT = Decimal("0.01")
_CENTS = 2
_MOST_PLACES = 9
_LONGEST_NAME = 48


def count(n: int) -> str:
    """A count with thousands marked off.

    >>> count(26823)
    '26,823'
    """
    return f"{n:,}"


def counted(n: int, thing: str, things: str | None = None) -> str:
    """A count with its noun, in the number that it takes.

    >>> counted(1, "run"), counted(1200, "run"), counted(2, "retry", "retries")
    ('1 run', '1,200 runs', '2 retries')
    """
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def places_for(values: Sequence[Decimal]) -> int:
    """Decimal places that show every one of `values`: two, or more if one is under a cent.

    >>> places_for([Decimal("12.5"), Decimal("0.01")]), places_for([Decimal("0.0004")])
    (2, 4)
    """
    smallest = min((abs(value) for value in values if value), default=Decimal(1))
    return min(max(_CENTS, -smallest.adjusted()), _MOST_PLACES)


def rounded_together(
    parts: Sequence[Decimal | None], *, places: int, total: Decimal | None = None
) -> list[Decimal | None]:
    """`parts` rounded so that they add up to their rounded total (largest remainders).

    The total is rounded half up, unless it is given as it was rounded elsewhere; each part
    moves by less than one unit of the last place. None, a part nobody stated, stays None.

    >>> thirds = [Decimal("0.3333"), Decimal("0.3333"), None, Decimal("0.3334")]
    >>> [str(part) for part in rounded_together(thirds, places=2)]
    ['0.33', '0.33', 'None', '0.34']
    """
    unit = Decimal(1).scaleb(-places)
    stated = [(at, part) for at, part in enumerate(parts) if part is not None]
    floors = {at: part.quantize(unit, ROUND_FLOOR) for at, part in stated}
    if total is None:
        total = rounded(sum((part for _, part in stated), Decimal(0)), places=places)
    units_left = int((total - sum(floors.values(), Decimal(0))) / unit)
    by_remainder = sorted(stated, key=lambda item: (floors[item[0]] - item[1], item[0]))
    for at, _ in by_remainder[:units_left]:
        floors[at] += unit
    return [floors.get(at) for at in range(len(parts))]


def whole_percent(ratio: Decimal) -> str:
    """A share of a sum without decimals, which is never shown as nothing.

    >>> whole_percent(Decimal("0.257")), whole_percent(Decimal("0.001"))
    ('26%', '<1%')
    """
    return f"{ratio:.0%}" if ratio >= Decimal("0.005") else "<1%"


def rounded(value: Decimal, *, places: int) -> Decimal:
    """One figure by itself, rounded half up.

    >>> rounded(Decimal("0.125"), places=2)
    Decimal('0.13')
    """
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def money(value: Decimal | None, *, places: int | None = None) -> str:
    """US dollars; with as many places as it takes not to show a cost as nothing.

    >>> money(Decimal("1234.567")), money(Decimal("0.0012")), money(Decimal(0)), money(None)
    ('$1,234.57', '$0.0012', '$0.00', 'not stated')
    """
    if value is None:
        return NOT_STATED
    if places is None:
        # Two digits of what is under a cent; a column takes its places from its smallest figure.
        places = places_for([value.scaleb(-1)]) if 0 < abs(value) < _CENT else _CENTS
    shown = rounded(value, places=places)
    return f"{'−' if shown < 0 else ''}${abs(shown):,.{places}f}"


def signed_money(value: Decimal, *, places: int | None = None) -> str:
    """A difference in US dollars, with its sign.

    >>> signed_money(Decimal("12.3")), signed_money(Decimal("-0.5"))
    ('+$12.30', '−$0.50')
    """
    return f"{'+' if value > 0 else ''}{money(value, places=places)}"


def unit_cost(value: float) -> str:
    """US dollars per unit: cents from a dollar on, below it four places or two digits.

    >>> unit_cost(12.345), unit_cost(0.07784), unit_cost(0.0000123), unit_cost(0.0)
    ('$12.35', '$0.0778', '$0.000012', '$0.00')
    """
    exact = Decimal(repr(value))
    if not exact or abs(exact) >= 1:
        return money(exact, places=_CENTS)
    return money(exact, places=min(max(4, 1 - exact.adjusted()), _MOST_PLACES))


def share(value: float, *, places: int = 1) -> str:
    """A share from 0 to 1 as percent; neither 0% nor 100% unless it is exactly that.

    >>> share(0.0344), share(0.00001), share(0.99999), share(0.0), share(float("nan"))
    ('3.4%', '<0.1%', '>99.9%', '0%', '–')
    """
    if math.isnan(value):
        return NOTHING
    if value in (0, 1):
        return f"{value:.0%}"
    least = 10.0**-places
    percent = round(value * 100, places)
    if 0 < value < 1 and percent < least:
        return f"<{least:.{places}f}%"
    if 0 < value < 1 and percent > 100 - least:
        return f">{100 - least:.{places}f}%"
    return f"{percent:.{places}f}%"


def span(value: timedelta | None) -> str:
    """A span of time in the two units that matter.

    >>> [span(timedelta(seconds=s)) for s in (0.04, 8.25, 75, 3900, 93600)]
    ['0.04 s', '8.3 s', '1 min 15 s', '1 h 5 min', '1 d 2 h']
    """
    if value is None:
        return NOTHING
    if value < timedelta(0):
        return f"−{span(-value)}"
    seconds = value / timedelta(seconds=1)
    if 0 < seconds < 0.001:
        return "<0.001 s"
    if seconds < 1:
        return f"{seconds:.2g} s"
    if seconds < 59.95:
        return f"{_half_up(seconds, 1)} s"
    for large, small, small_in_seconds, per_large, up_to in _SPAN_UNITS:
        whole, rest = divmod(int(_half_up(seconds / small_in_seconds, 0)), per_large)
        if whole < up_to:
            return f"{whole:,} {large}" + (f" {rest} {small}" if rest else "")
    raise AssertionError("days have no upper end")


def instant(at: datetime, *, tz: str) -> str:
    """An instant to the minute, as the clocks of `tz` show it.

    >>> from datetime import timezone
    >>> instant(datetime(2026, 3, 1, 12, 5, tzinfo=timezone.utc), tz="Europe/Berlin")
    '1 March 2026, 13:05'
    """
    local = at.astimezone(ZoneInfo(tz))
    return f"{day(local.date())}, {local:%H:%M}"


def day(on: date) -> str:
    """A day, written out in full.

    >>> day(date(2026, 3, 1))
    '1 March 2026'
    """
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def days(first: date, last: date) -> str:
    """A stretch of whole days, both named, with nothing said twice.

    >>> days(date(2026, 3, 1), date(2026, 3, 31)), days(date(2026, 3, 1), date(2026, 3, 1))
    ('1–31 March 2026', '1 March 2026')
    >>> days(date(2026, 2, 27), date(2026, 3, 2)), days(date(2025, 12, 30), date(2026, 1, 2))
    ('27 February – 2 March 2026', '30 December 2025 – 2 January 2026')
    """
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    if first.year == last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def name(text: str | None, *, longest: int = _LONGEST_NAME) -> str:
    """A name that a user wrote, on one line, without control characters, cut if very long.

    Marks that turn the direction of writing are taken out, so that a name cannot reorder
    the text around it.

    >>> name("Hero  shot\\n(v2)"), name("a\\u202eb"), name("x" * 60, longest=8), name(" ")
    ('Hero shot (v2)', 'ab', 'xxxxxxx…', '(no name)')
    """
    kept = "".join(
        character
        for character in re.sub(r"\s", " ", text or "")
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
        or character == "\u200d"  # joins emoji
    )
    visible = " ".join(kept.split())
    if len(visible) > longest:
        visible = visible[: longest - 1].rstrip() + "…"
    return visible or "(no name)"


def _half_up(value: float, places: int) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


_SPAN_UNITS = (
    ("min", "s", 1, 60, 60),
    ("h", "min", 60, 60, 24),
    ("d", "h", 3600, 24, math.inf),
)
# Not strftime: the page reads the same whatever the machine's locale.
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
