"""The chart of a change: from what one period cost to what the next did, cause by cause."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from flora_analytics.charts.layout import no_runs, say
from flora_analytics.charts.scales import set_scale
from flora_analytics.charts.style import NORMAL, current, dress, families, name_axis, new_axes
from flora_analytics.charts.table import rows_of, total
from flora_analytics.charts.words import money, money_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_cost_changes"]

_CAUSES = {
    "volume": "Volume",
    "mix": "Mix",
    "price": "Price",
    "failure": "Failures",
    "stated": "Costs stated",
    "new": "New",
    "discontinued": "Discontinued",
}
_ENDS = {"charged_cost_earlier": "Earlier", "charged_cost_later": "Later"}
_LABEL = "Charged cost (USD)"
_THICKNESS = 0.66
#: If all costs on the way are above this share of the largest, the way is shown close up.
_CLOSE = Decimal("0.6")


def plot_cost_changes(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.cost_changes` table as a waterfall: earlier cost, its changes, later cost.

    The rows of all groups are added up. Each cause is a bar from where the one above ends,
    largest first; causes that changed nothing are left out. Costs that are not stated are
    counted under the axis. Where the causes are small beside the costs, the axis begins near
    them, and the two costs are strokes rather than bars, which would have to begin at zero.

    Parameters
    ----------
    table : DataFrame
        As returned, with or without `by`. [USD]
    ax : Axes, optional
        Where to draw; otherwise the axes of a figure of their own.

    Returns
    -------
    Axes

    Raises
    ------
    MissingColumnError
        If the table is another one.

    Examples
    --------
    >>> import pandas as pd
    >>> from flora_analytics.calendar import Window
    >>> from flora_analytics.metrics import cost_changes
    >>> runs = pd.DataFrame({"status": "completed", "charged_cost": [2.0, 3.0, 3.0],
    ...     "created_at": pd.to_datetime(["2026-03-01", "2026-04-01", "2026-04-02"], utc=True)})
    >>> march, april = (Window.parse(f"2026-0{m}-01", f"2026-0{m + 1}-01") for m in (3, 4))
    >>> ax = plot_cost_changes(cost_changes(runs, earlier=march, later=april))
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['Earlier', 'Volume', 'Price', 'Later']
    """
    needs = [*_ENDS, *_CAUSES, "change", "n_unknown_earlier", "n_unknown_later"]
    rows = rows_of(table, needs=needs, figure="cost_changes")
    sums = {name: total(rows, name) for name in needs}
    if not any(row.n(f"n_runs_{side}") for row in rows for side in ("earlier", "later")):
        return no_runs(ax if ax is not None else new_axes(height=2.0), _LABEL)
    causes = sorted((name for name in _CAUSES if sums[name]), key=lambda name: -abs(sums[name]))
    if ax is None:
        ax = new_axes(height=1.2 + 0.32 * (len(causes) + 2))
    dress(ax, value="x")
    earlier, later = (sums[name] for name in _ENDS)
    reached = list(accumulate((sums[name] for name in causes), initial=earlier or Decimal(0)))
    is_close = max(reached) > min(reached) > _CLOSE * max(reached)
    last = len(causes) + 1
    ends = [
        _end(ax, 0, earlier, as_stroke=is_close),
        *(_part(ax, at, *reached[at - 1 : at + 1]) for at in range(1, last)),
        _end(ax, last, later, as_stroke=is_close),
    ]
    drawn = reached if is_close else [end for pair in ends for end in pair]
    suffix = set_scale(ax, "x", [float(end) for end in drawn], kind="money", bars=not is_close)
    if is_close:
        ax.set_xlim(*_near(reached))
    _write(ax, [earlier, *(sums[name] for name in causes), later], ends)
    ax.set_yticks(range(last + 1), ["Earlier", *(_CAUSES[name] for name in causes), "Later"])
    ax.set_ylim(last + 0.6, -0.6)
    name_axis(ax.xaxis, _LABEL + suffix + _left_out(sums))
    return ax


def _near(reached: Sequence[Decimal]) -> tuple[float, float]:
    """An axis around these values, that does not begin at zero."""
    low, high = float(min(reached)), float(max(reached))
    return low - 0.15 * (high - low), high + 0.05 * (high - low)


def _end(ax: Axes, y: int, value: Decimal | None, *, as_stroke: bool) -> tuple[Decimal, Decimal]:
    """One of the two costs; gives its two ends."""
    cost = value or Decimal(0)
    if as_stroke:
        ax.plot([float(cost)] * 2, [y - 0.33, y + 0.33], color=current().accent, lw=4)
        return cost, cost
    ax.barh(y, float(cost), _THICKNESS, 0.0, color=current().accent)
    return Decimal(0), cost


def _part(ax: Axes, y: int, start: Decimal, end: Decimal) -> tuple[Decimal, Decimal]:
    """The bar of one cause, tied to what is above it; gives its two ends."""
    colour = current().alarm if end > start else current().groups[2]
    low, high = min(start, end), max(start, end)
    ax.barh(y, float(high - low), _THICKNESS, float(low), color=colour)
    ax.plot([float(start)] * 2, [y - 1 + 0.36, y - 0.36], color=current().faint, lw=0.8)
    return low, high


def _write(
    ax: Axes, values: Sequence[Decimal | None], ends: Sequence[tuple[Decimal, Decimal]]
) -> None:
    places = money_places(value for value in values if value is not None)
    for y, (value, (_, high)) in enumerate(zip(values, ends, strict=True)):
        is_end = y in (0, len(values) - 1)
        text = "not stated" if value is None else _signed(value, places, plain=is_end)
        say(ax, text, (float(high), y), xytext=(5, 0), ha="left",
            color=current().ink, fontsize=NORMAL, fontfamily=families())  # fmt: skip


def _signed(value: Decimal, places: int, *, plain: bool) -> str:
    sign = "−" if value < 0 else "" if plain else "+"
    return sign + money(abs(value), places=places)


def _left_out(sums: dict[str, Any]) -> str:
    earlier, later = int(sums["n_unknown_earlier"] or 0), int(sums["n_unknown_later"] or 0)
    if not (earlier or later):
        return ""
    return f"\ncost not stated: {earlier:,} runs earlier, {later:,} later"
