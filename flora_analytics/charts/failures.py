"""Charts of failures: how often, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.charts.draw import draw_bars, draw_dots
from flora_analytics.charts.measures import Bars, Dots
from flora_analytics.charts.words import money, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from flora_analytics.charts.table import Row

__all__ = ["plot_failure_rate", "plot_failures_by_code"]


def plot_failure_rate(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.failure_rate` table: a dot with its 95 % interval, worst on top.

    If not all groups fit, those are shown whose interval lies highest, so that one failure of
    one run does not push out a technique that fails often; the others are counted. Over time,
    dots with intervals, one colour for each of the busiest groups.

    Parameters, returns and raises as `plot_charged_cost`. [0–1, labelled in percent]

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["n_finished", "n_failed", "failure_rate", "low", "high"]
    >>> ax = plot_failure_rate(pd.DataFrame([[40, 4, 0.1, 0.04, 0.231]], columns=columns))
    >>> [text.get_text() for text in ax.texts]
    ['10%', '4 of 40 runs']
    """
    dots = Dots(
        label="Failure rate (share of finished runs)",
        main_label="Failure rate (share of finished runs)",
        kind="share",
        marks=(("failure_rate", "failure rate"),),
        interval=("low", "high"),
        n="n_finished",
        detail=lambda row: [f"{row.n('n_failed'):,} of {row.n('n_finished'):,} runs"],
        missing="none finished",
        alarm=True,
        rank=lambda row: -float(row["low"] if row["low"] is not None else -1),
    )
    return draw_dots(table, dots, figure="failure_rate", ax=ax)


def plot_failures_by_code(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.failures_by_code` table: failed runs for each error code, from zero.

    Failures without a code are a bar of their own. With further groups the codes are stacked
    in colours; over time a stacked bar for each period.

    Parameters, returns and raises as `plot_charged_cost`. [runs]

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"n_failed": [3, 1], "failed_share": [0.75, 0.25]},
    ...     index=pd.Index(["timeout", "(none)"], name="error_code"),
    ... )
    >>> [text.get_text() for text in plot_failures_by_code(table).get_yticklabels()]
    ['timeout', '(none)']
    """
    bars = Bars(
        column="n_failed",
        label="Failed runs",
        kind="count",
        adds=("n_failed",),
        detail=_share_and_cost,
        n="n_failed",
        n_unknown="",
        alarm=True,
    )
    return draw_bars(table, bars, figure="failures_by_code", ax=ax)


def _share_and_cost(row: Row) -> list[str]:
    share, cost = row.cells.get("failed_share"), row.cells.get("cost_of_failed_runs")
    parts = [percent(share)] if share is not None else []
    return [*parts, *([f"{money(cost, places=2)} USD charged"] if cost else [])]
