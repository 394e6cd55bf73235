"""The chart of what was odd: cost over time, with the incidents marked and named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib import dates
from matplotlib.patches import Patch

from flora_analytics.charts.cost import plot_charged_cost
from flora_analytics.charts.layout import add_legend, say
from flora_analytics.charts.style import current
from flora_analytics.charts.words import label
from flora_analytics.errors import MissingColumnError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_cost_anomalies"]

_MOST = 8
#: Numbers closer than this part of the axis are written together.
_SIDE_BY_SIDE = 0.03
_NEEDS = ("kind", "start", "end", "name", "key", "at_stake")


def plot_cost_anomalies(
    table: pd.DataFrame, *, costs: pd.DataFrame, ax: Axes | None = None
) -> Axes:
    """Draw charged cost over time and mark the incidents of a `metrics.cost_anomalies` table.

    Each incident is a band from its start to its end with a number, named underneath: what
    drove it, and whether cost or failures went up or down. Beyond the eight with most money at
    stake, incidents are counted and not drawn.

    Parameters
    ----------
    table : DataFrame
        As `metrics.cost_anomalies` returns it.
    costs : DataFrame
        `metrics.charged_cost` of the same runs with ``period="day"``, in the same zone. [USD]
    ax : Axes, optional
        Where to draw; otherwise the axes of a figure of their own.

    Returns
    -------
    Axes

    Raises
    ------
    MissingColumnError
        If a table is another one.
    """
    if missing := sorted(set(_NEEDS) - set(table.columns)):
        raise MissingColumnError(
            f"plot_cost_anomalies misses the columns {missing}; give it the table that "
            "metrics.cost_anomalies returns."
        )
    ax = plot_charged_cost(costs, ax=ax)
    if not len(costs):
        return ax
    limits = ax.get_xlim()
    entries: list[tuple[Any, str]] = []
    numbers: dict[float, list[str]] = {}
    for number, incident in enumerate(table.head(_MOST).to_dict("records"), start=1):
        colour = current().groups[0] if incident["kind"] == "cost down" else current().alarm
        # The bar of a day stands centred on its start.
        begin = float(dates.date2num(incident["start"].normalize())) - 0.5
        end = max(float(dates.date2num(incident["end"])) - 0.5, begin + 1.0)
        ax.axvspan(begin, end, color=colour, alpha=0.18, linewidth=0, zorder=0)
        middle = (begin + end) / 2
        near = (at for at in numbers if abs(at - middle) < _SIDE_BY_SIDE * (limits[1] - limits[0]))
        numbers.setdefault(next(near, middle), []).append(str(number))
        name = label([incident["name"]], [incident["key"]], limit=24)
        entries.append((Patch(color=colour, alpha=0.4), f"{number} {name}: {incident['kind']}"))
    for at, texts in numbers.items():
        say(ax, ", ".join(texts), (at, ax.get_ylim()[1]), xytext=(0, 6), ha="center")
    ax.set_xlim(limits)
    if len(table) > _MOST:
        entries.append((Patch(alpha=0), f"{len(table) - _MOST:,} more not shown"))
    if entries:
        add_legend(ax, entries)
    return ax
