"""Charts of prices: what an output costs, and which techniques became dearer or cheaper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib import dates
from matplotlib.lines import Line2D

from flora_analytics.charts.draw import draw_dots
from flora_analytics.charts.layout import add_legend, say_apart
from flora_analytics.charts.measures import Dots
from flora_analytics.charts.periods import Periods
from flora_analytics.charts.scales import set_scale
from flora_analytics.charts.style import NORMAL, colours_of, current, dress, name_axis, new_axes
from flora_analytics.charts.table import grouped, rows_of
from flora_analytics.charts.words import count, labels, money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from flora_analytics.charts.table import Row

__all__ = ["plot_output_cost", "plot_price_drift"]

_MOST_GROUPS = 6


def plot_output_cost(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.output_cost` table: what one output of each type costs.

    Parameters, returns and raises as `plot_charged_cost`. [USD]

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"n_finished": [4], "n_outputs": [3], "cost_per_output": [0.04]},
    ...                      index=pd.Index(["imageUrl"], name="output_type"))
    >>> plot_output_cost(table).get_xlabel()
    'Cost per output, failures included (USD)'
    """
    dots = Dots(
        label="Cost per output, failures included (USD)",
        main_label="Cost per output, failures included (USD)",
        kind="money",
        marks=(("cost_per_output", "per output"),),
        n="n_finished",
        detail=lambda row: [count(row.n("n_outputs"), "output")],
        missing="no output",
    )
    return draw_dots(table, dots, figure="output_cost", ax=ax)


def plot_price_drift(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.price_drift` table: the steps of the prices that moved.

    A line for each of the first six groups with a change, level at its median charge from one
    change to the next; over each level its median, and by how much the price moved, of runs that
    are alike: where other sizes are bought, the median may move the other way. Groups whose
    price stayed are counted in the label of the axis. The y axis is logarithmic, and says so, where
    prices differ more than fiftyfold.

    Parameters, returns and raises as `plot_charged_cost`. [USD]

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_tuples([("tech_a", pd.Timestamp("2026-03-02", tz="UTC"))],
    ...                                   names=["technique_id", "since"])
    >>> table = pd.DataFrame({"last_at": [pd.Timestamp("2026-04-02", tz="UTC")],
    ...                       "median_charge": [0.4], "price_ratio": [None]}, index=index)
    >>> [text.get_text() for text in plot_price_drift(table).texts]
    ['No price moved']
    """
    flat = table.reset_index("since") if "since" in table.index.names else table
    needs = ["since", "last_at", "median_charge", "price_ratio"]
    rows = rows_of(flat, needs=needs, figure="price_drift")
    groups = grouped(rows, lambda row: row.key)
    moved = {key: own for key, own in groups.items() if len(own) > 1}
    shown = dict(list(moved.items())[:_MOST_GROUPS])
    ax = ax if ax is not None else new_axes(height=3.0 if shown else 1.6)
    dress(ax, value="y")
    if not shown:
        return _nothing_moved(ax, len(groups))
    colours = colours_of(list(shown))
    notes = [note for key, own in shown.items() for note in _steps(ax, own, colours[key])]
    values = [float(row["median_charge"]) for own in shown.values() for row in own]
    label = "Median charge of a run (USD)" + set_scale(ax, "y", values, kind="money", bars=False)
    name_axis(ax.yaxis, label)
    drawn = [row for own in shown.values() for row in own]
    _days(drawn).write_ticks(ax)
    say_apart(ax, notes)
    n_steady = len(groups) - len(moved)
    steady = f"; {n_steady:,} others did not move" if n_steady else ""
    more = f"; {len(moved) - len(shown):,} more moved" if len(moved) > len(shown) else ""
    name_axis(ax.xaxis, f"Created ({_zone_name(rows)}){steady}{more}")
    said = labels([own[0].names for own in shown.values()], list(shown), limit=24)
    add_legend(
        ax, [(Line2D([], [], color=colours[k]), n) for k, n in zip(shown, said, strict=True)]
    )
    return ax


def _steps(
    ax: Axes, rows: Sequence[Row], colour: str
) -> list[tuple[str, tuple[float, float], str]]:
    """Draw the levels of one group; gives what is to be written at each."""
    notes: list[tuple[str, tuple[float, float], str]] = []
    before: Row | None = None
    for row in sorted(rows, key=lambda row: row["since"]):
        price = float(row["median_charge"])
        begin, end = dates.date2num(row["since"]), dates.date2num(row["last_at"])
        ax.plot([begin, end], [price, price], color=colour, linewidth=2.2, solid_capstyle="butt")
        if before is not None:
            old = float(before["median_charge"])
            ax.plot([begin, begin], [old, price], color=colour, linewidth=0.8, linestyle=":")
            change = f"{row['price_ratio'] - 1:+.0%}".replace("-", "−")
            text = f"{change} to {money(price)}"
            if (row["price_ratio"] > 1) != (price > old):
                text = f"{change} for like runs, median {money(price)}"
        else:
            text = money(price)
        notes.append((text, (begin, price), colour))
        before = row
    return notes


def _nothing_moved(ax: Axes, n_groups: int) -> Axes:
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_yticks([])
    text = "No price moved" if n_groups else "No runs"
    ax.text(
        0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center",
        color=current().faint, fontsize=NORMAL + 2,
    )  # fmt: skip
    name_axis(ax.xaxis, "Median charge of a run (USD)")
    return ax


def _days(rows: Sequence[Row]) -> Periods:
    """The local days from the first run to the last."""
    first = pd.Timestamp(min(row["since"] for row in rows)).normalize()
    last = pd.Timestamp(max(row["last_at"] for row in rows))
    return Periods.of([day.to_pydatetime() for day in pd.date_range(first, last, freq="D")])


def _zone_name(rows: Sequence[Row]) -> str:
    zone = rows[0]["since"].tzinfo
    return getattr(zone, "key", None) or str(rows[0]["since"].tzname() or "UTC")
