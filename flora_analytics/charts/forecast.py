"""The chart of a forecast: what is charged so far, and the fan in which the rest will lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib import dates
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from flora_analytics.charts.layout import add_legend, is_narrow, no_runs, say
from flora_analytics.charts.periods import MONTHS
from flora_analytics.charts.scales import set_scale
from flora_analytics.charts.style import NORMAL, current, dress, families, name_axis, new_axes
from flora_analytics.charts.table import rows_of
from flora_analytics.charts.words import money
from flora_analytics.errors import MissingColumnError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["plot_cost_forecast"]

_LABEL = "Charged cost (USD)"
#: Of the widest band; narrower ones lie upon it.
_SHADE = 0.16


def plot_cost_forecast(path: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.cost_forecast_path` table: cumulated cost, and the fan to its end.

    The line is what was charged since the start of the period, up to now; from there on the
    median and an interval for each level, widest lightest. At the end stands the median with
    the narrowest interval. Without a forecast the axis says so. Costs not stated are counted
    under it.

    Parameters
    ----------
    path : DataFrame
        As returned, with any `levels`. [USD]
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
    >>> at = pd.date_range("2026-05-01", periods=3, name="at", tz="UTC", unit="us")
    >>> path = pd.DataFrame({"n_runs": [0, 5, 0], "n_unknown": 0, "charged_cost": [0, 2.5, None],
    ...     "forecast": [None, 2.5, 5.0], "low_80": [None, 2.5, 4.0],
    ...     "high_80": [None, 2.5, 6.5]}, index=at)
    >>> [text.get_text() for text in plot_cost_forecast(path).texts]
    ['5.00\\n4.00–6.50']
    """
    needs = ["n_runs", "n_unknown", "charged_cost", "forecast"]
    rows_of(path.iloc[:0], needs=needs, figure="cost_forecast")
    if "at" not in path.index.names:
        raise MissingColumnError(
            "plot_cost_forecast draws the way to the end, day by day; give it the table that "
            "metrics.cost_forecast_path returns."
        )
    if len(path) < 2:
        return no_runs(ax if ax is not None else new_axes(height=2.0), _LABEL)
    ax = ax if ax is not None else new_axes(height=3.0)
    dress(ax, value="y")
    at = pd.DatetimeIndex(path.index.get_level_values("at"))
    places = [float(dates.date2num(instant)) for instant in at.to_pydatetime()]
    known = path["charged_cost"].notna().to_numpy()
    spent = [float(cost) for cost in path["charged_cost"][known]]
    line = Line2D([p for p, is_known in zip(places, known, strict=True) if is_known], spent,
                  color=current().accent, linewidth=2.0, solid_capstyle="round")  # fmt: skip
    ax.add_line(line)
    entries: list[tuple[Artist, str]] = [(line, "charged")]
    values = spent
    ahead = path["forecast"].notna().to_numpy()
    if ahead.any():
        entries += _fan(ax, [p for p, is_ahead in zip(places, ahead, strict=True) if is_ahead],
                        path[ahead])  # fmt: skip
        values = [*spent, *(float(top) for top in path.filter(like="high_").max())]
    set_scale(ax, "y", values, kind="money", bars=True, n_ticks=4)
    _write_time(ax, at, places)
    notes = _notes(path, has_forecast=bool(ahead.any()))
    zone = getattr(at.tz, "key", None) or str(at.tz)
    name_axis(ax.xaxis, "\n".join([f"Cumulated to the start of the day ({zone})", *notes]))
    name_axis(ax.yaxis, _LABEL)
    add_legend(ax, entries)
    return ax


def _fan(ax: Axes, places: list[float], path: pd.DataFrame) -> list[tuple[Artist, str]]:
    """Bands and median; gives their entries in the legend."""
    colour = current().accent
    levels = sorted(float(str(name).removeprefix("low_")) for name in path.filter(like="low_"))
    entries: list[tuple[Artist, str]] = []
    for depth, level in enumerate(reversed(levels), start=1):
        low, high = path[f"low_{level:g}"], path[f"high_{level:g}"]
        ax.fill_between(places, low, high, color=colour, alpha=_SHADE, linewidth=0)
        # As bands lie upon one another, so does the patch that explains them.
        shade = 1 - (1 - _SHADE) ** depth
        entries.insert(0, (Patch(color=colour, alpha=shade, linewidth=0), f"{level:g}% interval"))
    (median,) = ax.plot(
        places, path["forecast"], color=colour, linewidth=1.4, linestyle=(0, (4, 2))
    )
    last: Any = path.iloc[-1]
    text = money(last["forecast"])
    if levels:
        low, high = last[f"low_{levels[0]:g}"], last[f"high_{levels[0]:g}"]
        text += f"\n{money(low)}–{money(high)}"
    say(ax, text, (places[-1], float(last["forecast"])), xytext=(6, 0), ha="left",
        color=current().ink, fontsize=NORMAL, fontfamily=families())  # fmt: skip
    return [(median, "median"), *entries]


def _write_time(ax: Axes, at: pd.DatetimeIndex, places: list[float]) -> None:
    """Ticks on midnights, weeks apart where days would not fit, the last at the end."""
    midnights = [n for n, instant in enumerate(at) if instant == instant.normalize()]
    every = next(n for n in (1, 2, 7, 14, 28, 91) if len(midnights) <= 9 * n or n == 91)
    every *= 2 if is_narrow(ax) and len(midnights) > 3 else 1
    ticks = midnights[::-1][::every][::-1]
    said = [f"{at[n].day} {MONTHS[at[n].month - 1]}" for n in ticks]
    said[-1] += f"\n{at[ticks[-1]].year}"
    ax.set_xticks([places[n] for n in ticks], said)
    ax.set_xlim(places[0], places[-1])


def _notes(path: pd.DataFrame, *, has_forecast: bool) -> list[str]:
    n_runs, n_unknown = int(path["n_runs"].max()), int(path["n_unknown"].max())
    notes = [] if has_forecast else ["not enough history for a forecast"]
    if n_unknown:
        notes.append(f"cost of {n_unknown:,} of {n_runs:,} runs not stated")
    return notes
