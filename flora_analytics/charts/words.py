"""Words and numbers as they stand in a chart: names made safe to draw, figures made readable.

Names come from users: they may be endless, hold line breaks, direction overrides or scripts no
font has. Numbers are rounded here for the eye only; whoever needs them exact reads the table.
"""

from __future__ import annotations

import math
import unicodedata
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from flora_analytics.charts.style import drawable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "count",
    "label",
    "labels",
    "money",
    "money_places",
    "number",
    "percent",
    "points",
    "shortened",
    "span",
]

#: A character no installed font has.
_UNKNOWN = "□"
_UNITS = ((86_400.0, "d", 24), (3_600.0, "h", 60), (60.0, "min", 60), (1.0, "s", 1_000))


def label(names: Sequence[str], key: Sequence[str], *, limit: int = 32) -> str:
    """The names of a group on one line of at most about `limit` characters.

    A name that cannot be drawn with any installed font is replaced by its key.

    Examples
    --------
    >>> label(["Upscale\\n4x", "Spring"], ["tech_a", "prj_1"])
    'Upscale 4x · Spring'
    """
    pieces = [
        _clean(name) or _clean(own) or "(empty)" for name, own in zip(names, key, strict=True)
    ]
    room = limit - 3 * (len(pieces) - 1)
    # Short names leave their room to long ones.
    allowed = _fair_share([len(piece) for piece in pieces], room)
    return " · ".join(shortened(piece, limit=allowed) for piece in pieces)


def labels(
    names: Sequence[Sequence[str]], keys: Sequence[Sequence[str]], *, limit: int = 32
) -> list[str]:
    """A label for each group; groups that would read alike get the end of their key."""
    made = [label(own, key, limit=limit) for own, key in zip(names, keys, strict=True)]
    return [
        f"{shortened(text, limit=max(8, limit - 7))} ({_clean(key[-1])[-4:]})"
        if made.count(text) > 1
        else text
        for text, key in zip(made, keys, strict=True)
    ]


def shortened(text: str, *, limit: int) -> str:
    """Cut out the middle, because names tend to differ at their ends.

    Examples
    --------
    >>> shortened("Portrait retouch, spring campaign v12", limit=20)
    'Portrait r…paign v12'
    """
    if len(text) <= limit:
        return text
    head = limit // 2
    return text[:head].rstrip() + "…" + text[len(text) - (limit - head - 1) :].lstrip()


def money(value: float | Decimal, *, places: int | None = None) -> str:
    """US dollars without their sign; two places, or as many as three digits take.

    Examples
    --------
    >>> money(Decimal("1204.5")), money(0.03125), money(Decimal("1E-7")), money(0)
    ('1,204.50', '0.0312', '0.0000001', '0')
    >>> money(0.5, places=4), money(0.00000125, places=2)
    ('0.5000', '0.00000125')
    """
    size = abs(float(value))
    if size >= 1e6:
        return f"{float(value) / 1e6:,.2f} M"
    if places is None:
        places = 2 if size >= 1 else None
    if size == 0 or places is None or size < 0.5 * 10.0**-places:
        return number(value, digits=3)
    return f"{value:,.{places}f}"


def money_places(values: Iterable[float | Decimal]) -> int:
    """The places that suit a whole column: the largest amount shows three digits or cents.

    Examples
    --------
    >>> money_places([599.54, 0.0041]), money_places([0.904, 0.0041]), money_places([0.05])
    (2, 3, 4)
    """
    largest = max((abs(float(value)) for value in values), default=0.0)
    return 2 if largest >= 1 or largest == 0 else 2 - math.floor(math.log10(largest))


def number(value: float | Decimal, *, digits: int = 10) -> str:
    """A number for an axis: no exponent, no rounding noise."""
    if abs(float(value)) >= 1e6:
        return f"{float(value) / 1e6:,.10g} M"
    return f"{Decimal(f'{float(value):.{digits}g}'):,f}"


def percent(value: float) -> str:
    """A share as a percentage; small ones with one place, so that they stay apart.

    Examples
    --------
    >>> percent(0.0148), percent(0.5), percent(0.0), percent(0.0001)
    ('1.5%', '50%', '0%', '<0.1%')
    """
    if 0 < value < 0.0005:
        return "<0.1%"
    places = 1 if 0 < abs(value) < 0.0995 else 0
    return f"{value:.{places}%}"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign.

    Examples
    --------
    >>> points(0.0271), points(-0.2), points(0.0), points(-0.0001)
    ('+2.7', '−20.0', '0', '0.0')
    """
    text = "0" if difference == 0 else f"{100 * difference:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def span(seconds: float) -> str:
    """A span in its own unit, with the next smaller one where it tells.

    Examples
    --------
    >>> [span(s) for s in (0, 0.045, 4.2, 59.97, 95, 3600, 90_000)]
    ['0 s', '45 ms', '4.2 s', '1 min', '1 min 35 s', '1 h', '1 d 1 h']
    """
    sign, size = "−" if seconds < 0 else "", abs(seconds)
    if size == 0:
        return "0 s"
    if size < 0.9995:
        return f"{sign}{size * 1e3:.3g} ms"
    if size < 59.95:
        return f"{sign}{size:.3g} s"
    size = max(size, 60)
    unit, name, parts = next(known for known in _UNITS if size >= known[0] - known[0] / 7_200)
    whole, rest = divmod(round(size / unit * parts), parts)
    smaller = {"d": "h", "h": "min", "min": "s"}[name]
    return f"{sign}{whole:,} {name}" + (f" {rest} {smaller}" if rest else "")


def count(n: int, noun: str) -> str:
    """A number of things.

    Examples
    --------
    >>> count(1204, "run"), count(1, "run")
    ('1,204 runs', '1 run')
    """
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def _clean(name: str) -> str:
    """One line of drawable characters; empty if hardly any are."""
    flat = " ".join(unicodedata.normalize("NFC", name).split())
    # Format characters (Cf) hold the direction overrides; surrogates (Cs) cannot be encoded.
    seen = [c for c in flat if unicodedata.category(c) not in ("Cc", "Cf", "Cs")]
    # Two marks on a letter write every language; twenty climb over the neighbours.
    runs = [(marks, "".join(run)) for marks, run in groupby(seen, _is_mark)]
    kept = "".join(run[:2] if marks else run for marks, run in runs)
    shown = "".join(c if drawable(c) else _UNKNOWN for c in kept[:600])
    return "" if shown.count(_UNKNOWN) * 2 > len(shown) else shown.strip()


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me")


def _fair_share(lengths: Sequence[int], room: int) -> int:
    """How long each may be at most, so that all together fit."""
    share = 8
    while share < max(lengths, default=0) and sum(min(n, share + 1) for n in lengths) <= room:
        share += 1
    return share
