"""The chart of a budget: what is used of it, and where the cycle will end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flora_analytics.charts.layout import is_narrow, no_runs, room, say
from flora_analytics.charts.periods import MONTHS
from flora_analytics.charts.ranks import write_rows
from flora_analytics.charts.scales import set_scale
from flora_analytics.charts.style import current, dress, name_axis, new_axes
from flora_analytics.charts.table import rows_of
from flora_analytics.charts.words import labels, money, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from flora_analytics.charts.table import Row

__all__ = ["plot_budget_status"]

_ALL = "(all)"
_MOST_ROWS = 12
#: What lies beyond is cut off, so that one budget broken tenfold leaves room for the others.
_MOST_SHARE = 2.0
#: A bar that reaches so far leaves no room for a number after it.
_NEAR_THE_EDGE = 0.65 * _MOST_SHARE


def plot_budget_status(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.budget_status` table: a bar for each budget, as a share of its limit.

    The bar is what is used, the dot and its line where the cycle will end (median and 80 %
    interval), the upright line the limit; the short mark on a bar is how much of the cycle is
    over. Bars stand in the colour of alarm if the limit is broken or more likely than not will
    be. Beside them what is spent of how much, and the chance and date of a breach. What lies
    beyond twice the limit is cut off and says where it ends.

    Parameters
    ----------
    table : DataFrame
        As returned. [share of the limit, labelled in percent]
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
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from flora_analytics.budget import Budget
    >>> from flora_analytics.metrics import budget_status
    >>> days = pd.date_range("2026-01-01 12:00", "2026-05-20 12:00", tz="UTC")
    >>> runs = pd.DataFrame({"created_at": days, "charged_cost": 2.0})
    >>> now = dt.datetime(2026, 5, 21, tzinfo=dt.UTC)
    >>> ax = plot_budget_status(budget_status(runs, Budget(overage_cap=49), now=now))
    >>> [text.get_text() for text in ax.texts]
    ['40.00 of 49.00', '>99.9% to break, 25 May']
    """
    needs = ["limit", "charged_cost", "n_unknown", "used_share", "elapsed_share", "forecast",
             "low_80", "high_80", "breach_probability", "breach_at"]  # fmt: skip
    rows = rows_of(table, needs=needs, figure="budget_status")
    label = "Used of the budget (USD beside it)"
    if not rows:
        return no_runs(ax if ax is not None else new_axes(height=2.0), label)
    n_rows = _MOST_ROWS
    if ax is None:
        ax = new_axes(height=max(1.25, 0.8 + 0.3 * min(len(rows), n_rows)))
    else:
        n_rows = max(3, min(n_rows, int((room(ax)[1] - 45) / 14)))
    shown = rows if len(rows) <= n_rows else rows[: n_rows - 1]
    dress(ax, value="x")
    values = [value for y, row in enumerate(shown) for value in _draw(ax, y, row)]
    ax.axvline(1.0, color=current().ink, linewidth=1.4, zorder=3)
    _write(ax, rows, shown)
    set_scale(ax, "x", values, kind="share", bars=True, n_ticks=2 if is_narrow(ax) else 5)
    ax.set_xlim(0.0, 1.03 * min(_MOST_SHARE, max(1.02, *values)))
    notes = ["thin line: cycle gone by"]
    if any(row["forecast"] is not None for row in shown):
        notes.insert(0, "dot: end of the cycle, with its 80% interval")
    name_axis(ax.xaxis, "\n".join([label, *notes]))
    return ax


def _draw(ax: Axes, y: int, row: Row) -> list[float]:
    """One bar; gives the shares drawn."""
    colour = current().alarm if _is_amiss(row) else current().accent
    spent, limit = row["used_share"] or 0.0, float(row["limit"])
    used = min(spent, _MOST_SHARE)
    ax.barh(y, used, height=0.56, color=colour, alpha=0.9)
    over = row["elapsed_share"]
    ax.plot([over, over], [y - 0.36, y + 0.36], color=current().faint, linewidth=1.2, zorder=2)
    if spent > _MOST_SHARE:
        _point_beyond(ax, y, spent, current().paper, brief=is_narrow(ax))
        return [used]
    if row["forecast"] is None or not limit:
        return [used]
    end, low, high = (row[name] / limit for name in ("forecast", "low_80", "high_80"))
    if end > _MOST_SHARE:
        _point_beyond(ax, y, end, current().ink, brief=is_narrow(ax) or used > _NEAR_THE_EDGE)
        return [used, _MOST_SHARE]
    ax.plot([low, high], [y, y], color=current().ink, linewidth=2.0, alpha=0.7, zorder=4,
            solid_capstyle="round")  # fmt: skip
    ax.plot([end], [y], "o", color=current().paper, markersize=6.0, markeredgewidth=1.5,
            markeredgecolor=current().ink, zorder=5)  # fmt: skip
    return [used, end, high]


def _point_beyond(ax: Axes, y: int, share: float, colour: str, *, brief: bool) -> None:
    """Where something lies that the chart has no room for."""
    text = "→" if math.isinf(share) or brief else f"{share:,.0%} →"
    say(ax, text, (_MOST_SHARE, y), xytext=(-4, 0), ha="right", color=colour)


def _is_amiss(row: Row) -> bool:
    return (row["breach_probability"] or 0.0) > 0.5


def _write(ax: Axes, rows: list[Row], shown: list[Row]) -> None:
    said = [row.key[1:] if row.key[0] == _ALL else row.names[:1] for row in shown]
    names = labels(said, said, limit=max(16, min(32, int(room(ax)[0] / 15))))
    brief = is_narrow(ax)
    texts = [(_spent(row), "" if brief else _danger(row)) for row in shown]
    if n_left_out := len(rows) - len(shown):
        names.append(f"{n_left_out:,} more")
        texts.append(("", "not shown"))
    write_rows(ax, names, texts)


def _spent(row: Row) -> str:
    cost = "?" if row["charged_cost"] is None else money(row["charged_cost"], places=2)
    return f"{cost} of {money(row['limit'], places=2)}"


def _danger(row: Row) -> str:
    chance, day = row["breach_probability"], row["breach_at"]
    unknown = [f"{row.n('n_unknown'):,} not stated"] if row.n("n_unknown") else []
    on = f"{day.day} {MONTHS[day.month - 1]}" if day is not None else ""
    if (row["used_share"] or 0.0) > 1:
        return ", ".join([f"broken on {on}" if on else "broken", *unknown])
    if chance is None:
        return ", ".join(["not enough history", *unknown])
    # Certain is only what has happened.
    likely = ">99.9%" if chance > 0.999 else percent(chance)
    return ", ".join([f"{likely} to break" + (f", {on}" if on else ""), *unknown])
