"""Value axes: where they begin and end, whether they are logarithmic, and what their ticks say.

Takes the values that will be drawn and one of four kinds of quantity; knows no table.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from matplotlib.ticker import (
    FuncFormatter,
    Locator,
    LogLocator,
    MaxNLocator,
    NullLocator,
    SymmetricalLogLocator,
)

from flora_analytics.charts.words import money, number, percent, span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["Kind", "as_text", "set_scale"]

Kind = Literal["count", "money", "share", "span"]

#: Largest over smallest value from which a linear axis would hide the small ones.
_WIDE = 50.0
_SECONDS = (1, 2, 5, 10, 15, 30)
_ROUND_SPANS = (
    *(second * scale for scale in (1e-3, 1e-2, 1e-1) for second in (1, 2, 5)),
    *_SECONDS,
    *(60 * minute for minute in _SECONDS),
    *(3_600 * hour for hour in (1, 2, 3, 6, 12)),
    *(86_400 * day for day in (1, 2, 7, 14, 30, 60, 120, 365)),
)
_LOG_SPANS = (
    *(1e-3, 1e-2, 1e-1, 1, 10),
    *(60, 600, 3_600, 36_000, 86_400, 864_000, 8_640_000),
)
_AS_TEXT: dict[Kind, Callable[[float], str]] = {
    "count": number,
    "money": money,
    "share": percent,
    "span": span,
}


class _SpanLocator(Locator):
    """Ticks at spans people say: 15 s, 10 min, 6 h."""

    def __init__(self, *, log: bool) -> None:
        self.log = log

    def __call__(self) -> list[float]:
        assert self.axis is not None  # noqa: S101 - matplotlib sets it with the locator
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        low, high = sorted((vmin, vmax))
        if self.log:
            inside = [tick for tick in _LOG_SPANS if low <= tick <= high]
            finer = [tick for tick in _ROUND_SPANS if low <= tick <= high]
            signs = [0.0] if low <= 0 else []
            return [*signs, *(inside if len(inside) > 2 else finer[:: len(finer) // 5 or 1])]
        step = next((s for s in _ROUND_SPANS if (high - low) / s <= 6), (high - low) / 5)
        first, last = math.ceil(low / step), math.floor(high / step)
        return [at * step for at in range(first, last + 1)]


def as_text(value: float, kind: Kind) -> str:
    """A value of this kind, rounded for the eye."""
    return _AS_TEXT[kind](value)


def set_scale(
    ax: Axes, which: Literal["x", "y"], values: Sequence[float], *, kind: Kind, bars: bool
) -> str:
    """Fit one axis to the values; gives the words to add to its label.

    Bars always begin at zero. Points do too, unless they span so much that the small ones
    would vanish: then the axis is logarithmic and says so.
    """
    axis = ax.xaxis if which == "x" else ax.yaxis
    limits = ax.set_xlim if which == "x" else ax.set_ylim
    low, high = min(values, default=0.0), max(values, default=0.0)
    if not values or (low == high == 0 and kind == "span"):
        low, high = 0.0, 0.0
    if not bars and _is_wide(values, kind):
        _set_log(ax, which, values)
        axis.set_major_locator(_SpanLocator(log=True) if kind == "span" else _decades(axis))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, kind)))
        return ", log scale"
    top = high * (1.02 if which == "x" else 1.06) if high > 0 else (1.0 if low == 0 else 0.0)
    limits(min(0.0, low * 1.05), min(top, 1.02) if kind == "share" else top)
    axis.set_major_locator(
        _SpanLocator(log=False)
        if kind == "span"
        else MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=kind == "count")
    )
    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, kind)))
    return ""


def _is_wide(values: Sequence[float], kind: Kind) -> bool:
    positive = [value for value in values if value > 0]
    return kind in ("money", "span") and bool(positive) and max(positive) > _WIDE * min(positive)


def _set_log(ax: Axes, which: Literal["x", "y"], values: Sequence[float]) -> None:
    scale = ax.set_xscale if which == "x" else ax.set_yscale
    limits = ax.set_xlim if which == "x" else ax.set_ylim
    smallest = min(value for value in values if value > 0)
    low, high = min(values), max(values)
    if low > 0:
        scale("log")
        limits(low / 1.5, high * 1.5)
    else:
        # Zero and below have no logarithm: linear up to the smallest positive value.
        scale("symlog", linthresh=smallest, linscale=0.5)
        limits(low * 1.5 if low < 0 else -smallest / 4, high * 1.5)


def _decades(axis: Axis) -> Locator:
    if axis.get_scale() == "symlog":
        return SymmetricalLogLocator(axis.get_transform())
    return LogLocator(subs=(1.0,), numticks=7)


def _tick(value: float, kind: Kind) -> str:
    if kind == "money":
        return number(value, digits=6)
    return as_text(value, kind)
