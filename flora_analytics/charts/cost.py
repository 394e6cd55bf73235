"""Charts of money: what was charged, what a unit costs, what failures cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.charts.draw import draw_bars, draw_dots
from flora_analytics.charts.measures import Bars, Dots
from flora_analytics.charts.words import count, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from flora_analytics.charts.table import Row

__all__ = ["plot_charged_cost", "plot_cost_of_failed_runs", "plot_unit_cost"]


def plot_charged_cost(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.charged_cost` table: a bar for each group or period, from zero.

    Beside each bar stand its sum and the runs behind it; a group of which no cost is stated
    says "not stated" and has no bar. Groups beyond the twelve largest (six over time) are added
    up as "other (n)". A period without runs is a gap; one with runs but no stated cost, a "?".

    Parameters
    ----------
    table : DataFrame
        As returned, with any `by` and `period`. [USD]
    ax : Axes, optional
        Where to draw; otherwise the axes of a figure of their own, which `pyplot` does not
        know. Axes handed in want a figure with ``layout="constrained"``, which makes room for
        names and legends.

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
    >>> table = pd.DataFrame(
    ...     {"n_runs": [3], "n_unknown": [0], "n_free": [0], "charged_cost": [0.3]},
    ...     index=pd.Index(["completed"], name="status"),
    ... )
    >>> plot_charged_cost(table).get_xlabel()
    'Charged cost (USD)'
    """
    bars = Bars(
        column="charged_cost",
        label="Charged cost (USD)",
        kind="money",
        adds=("charged_cost", "n_runs", "n_unknown"),
        detail=_runs_and_unknown,
    )
    return draw_bars(table, bars, figure="charged_cost", ax=ax)


def plot_unit_cost(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.unit_cost` table: cost per finished run, per completed run, per output.

    One row a group with a mark for each of the three; their distance is what failures and
    several outputs a run make of the cost. Over time and by group, cost per completed run
    only. A ratio does not add up, so groups that do not fit are counted and left out. The axis
    is logarithmic, and says so, where the values differ more than fiftyfold.

    Parameters, returns and raises as `plot_charged_cost`. [USD]

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["n_finished", "n_unknown", "cost_per_finished_run",
    ...            "cost_per_completed_run", "cost_per_output"]
    >>> plot_unit_cost(pd.DataFrame([[4, 0, 0.03, 0.04, 0.02]], columns=columns)).get_xlabel()
    'Unit cost (USD)'
    """
    dots = Dots(
        label="Unit cost (USD)",
        main_label="Cost per completed run (USD)",
        kind="money",
        marks=(
            ("cost_per_completed_run", "per completed run"),
            ("cost_per_finished_run", "per finished run"),
            ("cost_per_output", "per output"),
        ),
        n="n_finished",
        detail=_finished_and_unknown,
        missing="not stated",
        joined=True,
    )
    return draw_dots(table, dots, figure="unit_cost", ax=ax)


def plot_cost_of_failed_runs(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.cost_of_failed_runs` table: what was charged for runs that failed.

    A bar for each group or period as in `plot_charged_cost`; beside it how many failed runs
    were charged, and which share of the group's charged cost that is.

    Parameters, returns and raises as `plot_charged_cost`. [USD]

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["n_failed", "n_charged", "n_unknown", "cost_of_failed_runs", "charged_cost",
    ...            "cost_share"]
    >>> ax = plot_cost_of_failed_runs(pd.DataFrame([[9, 2, 0, 0.5, 5.0, 0.1]], columns=columns))
    >>> [text.get_text() for text in ax.texts]
    ['0.500', '2 of 9 charged, 10% of cost']
    """
    bars = Bars(
        column="cost_of_failed_runs",
        label="Cost of failed runs (USD)",
        kind="money",
        adds=("cost_of_failed_runs", "n_failed", "n_charged", "n_unknown"),
        detail=_charged_failures,
        n="n_failed",
        noun="failed runs",
        none="none failed",
        alarm=True,
    )
    return draw_bars(table, bars, figure="cost_of_failed_runs", ax=ax)


def _unknown(row: Row) -> list[str]:
    return [f"{row.n('n_unknown'):,} not stated"] if row.n("n_unknown") else []


def _runs_and_unknown(row: Row) -> list[str]:
    return [count(row.n("n_runs"), "run"), *_unknown(row)]


def _finished_and_unknown(row: Row) -> list[str]:
    return [count(row.n("n_finished"), "run"), *_unknown(row)]


def _charged_failures(row: Row) -> list[str]:
    if not row.n("n_failed"):
        return []
    share = row.cells.get("cost_share")
    charged = f"{row.n('n_charged'):,} of {row.n('n_failed'):,} charged"
    return [charged, *([f"{percent(share)} of cost"] if share is not None else []), *_unknown(row)]
