"""Value axes: where they begin and end, whether they are logarithmic, and what their ticks say.

Takes the values that will be drawn and one of five kinds of quantity; knows no table.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.ticker import (
    FuncFormatter,
    Locator,
    LogLocator,
    MaxNLocator,
    NullLocator,
    SymmetricalLogLocator,
)

from flora_analytics.charts.words import money, money_places, number, percent, points, span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["Kind", "as_text", "as_texts", "set_scale"]

Kind = Literal["count", "money", "points", "share", "span"]

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
    "points": points,
    "share": percent,
    "span": span,
}


class _SpanLocator(Locator):
    """Ticks at spans people say: 15 s, 10 min, 6 h."""

    def __init__(self, n_ticks: int, *, log: bool) -> None:
        self.n_ticks = n_ticks
        self.log = log

    def __call__(self) -> list[float]:
        assert self.axis is not None  # noqa: S101 - matplotlib sets it with the locator
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        low, high = sorted((vmin, vmax))
        if self.log:
            return self._log_ticks(low, high)
        steps = (step for step in _ROUND_SPANS if (high - low) / step <= self.n_ticks + 0.5)
        step = next(steps, (high - low) / self.n_ticks)
        return [at * step for at in range(math.ceil(low / step), math.floor(high / step) + 1)]

    def _log_ticks(self, low: float, high: float) -> list[float]:
        # Below zero begins the linear part of the scale; it gets no tick but zero.
        axis: Any = self.axis
        linear = getattr(axis.get_transform(), "linthresh", 0.0)
        coarse, fine = (
            [tick for tick in ticks if max(low, linear) <= tick <= high]
            for ticks in (_LOG_SPANS, _ROUND_SPANS)
        )
        ticks = coarse if len(coarse) > 2 else fine
        thinned = ticks[:: math.ceil(len(ticks) / self.n_ticks) or 1]
        return [0.0, *thinned] if low <= 0 else thinned


def as_text(value: float, kind: Kind) -> str:
    """A value of this kind, rounded for the eye."""
    return _AS_TEXT[kind](value)


def as_texts(values: Sequence[Any], kind: Kind) -> list[str]:
    """A column of values, money with the same places throughout; empty where null."""
    if kind != "money":
        return ["" if value is None else as_text(value, kind) for value in values]
    places = money_places(value for value in values if value is not None)
    return ["" if value is None else money(value, places=places) for value in values]


def set_scale(
    ax: Axes,
    which: Literal["x", "y"],
    values: Sequence[float],
    *,
    kind: Kind,
    bars: bool,
    n_ticks: int = 5,
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
        axis.set_major_locator(
            _SpanLocator(n_ticks, log=True) if kind == "span" else _decades(axis, n_ticks)
        )
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, kind)))
        return ", log scale"
    top = high * (1.03 if which == "x" else 1.06) if high > 0 else (1.0 if low == 0 else 0.0)
    limits(min(0.0, low * 1.05), min(top, 1.03) if kind == "share" else top)
    axis.set_major_locator(
        _SpanLocator(n_ticks, log=False)
        if kind == "span"
        else MaxNLocator(nbins=n_ticks, steps=[1, 2, 2.5, 5, 10], integer=kind == "count")
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


def _decades(axis: Axis, n_ticks: int) -> Locator:
    if axis.get_scale() == "symlog":
        return SymmetricalLogLocator(axis.get_transform())
    low, high = axis.get_view_interval()
    is_short = high < 200 * low and n_ticks > 3
    return LogLocator(subs=(1.0, 2.0, 5.0) if is_short else (1.0,), numticks=n_ticks + 2)


def _tick(value: float, kind: Kind) -> str:
    if kind == "money":
        return number(value, digits=6)
    if kind == "share":
        return f"{number(value * 100, digits=6)}%"
    if kind == "points":
        return points(value).removesuffix(".0")
    return as_text(value, kind)
