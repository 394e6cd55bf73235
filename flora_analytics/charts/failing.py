"""Charts of failures compared: what changed, who fails most, what was tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.charts.draw import draw_bars, draw_dots
from flora_analytics.charts.measures import Bars, Dots
from flora_analytics.charts.words import count, money, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from flora_analytics.charts.table import Row

__all__ = ["plot_estimated_retries", "plot_failure_ranking", "plot_failure_rate_change"]


def plot_failure_rate_change(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.failure_rate_change` table: each change with its 95 % interval.

    The line at zero is no change: an interval that crosses it is no evidence of one.

    Parameters, returns and raises as `plot_charged_cost`. [−1–1, labelled in percentage points]

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["n_finished_earlier", "n_finished_later", "failure_rate_earlier",
    ...            "failure_rate_later", "change", "low", "high"]
    >>> table = pd.DataFrame([[80, 70, 0.6, 0.8, 0.2, 0.05, 0.33]], columns=columns)
    >>> [text.get_text() for text in plot_failure_rate_change(table).texts]
    ['+20.0', '60% → 80%']
    """
    dots = Dots(
        label="Change of the failure rate (percentage points)",
        main_label="Change of the failure rate (percentage points)",
        kind="points",
        marks=(("change", "change"),),
        interval=("low", "high"),
        n="n_finished_later",
        detail=_from_and_to,
        missing="not enough data",
        alarm=True,
    )
    ax = draw_dots(table, dots, figure="failure_rate_change", ax=ax)
    if len(ax.lines):
        ax.axvline(0, color=ax.spines["left"].get_edgecolor(), linewidth=0.8, zorder=1)
    return ax


def plot_failure_ranking(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.failure_ranking` table: rate, its interval, and the rate to be expected.

    To be expected of further runs is less than was measured where few runs were, as it is drawn
    towards what all groups have in common.

    Parameters, returns and raises as `plot_charged_cost`. [0–1, labelled in percent]

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["n_finished", "n_failed", "failure_rate", "low", "high", "shrunk_failure_rate"]
    >>> table = pd.DataFrame([[40, 4, 0.1, 0.04, 0.231, 0.08]], columns=columns)
    >>> len(plot_failure_ranking(table).get_legend().get_texts())
    2
    """
    dots = Dots(
        label="Failure rate (share of finished runs)",
        main_label="Failure rate (share of finished runs)",
        kind="share",
        marks=(("failure_rate", "failure rate"), ("shrunk_failure_rate", "to be expected")),
        interval=("low", "high"),
        n="n_finished",
        detail=lambda row: [f"{row.n('n_failed'):,} of {row.n('n_finished'):,} runs"],
        missing="none finished",
        alarm=True,
        rank=lambda row: -float(row["low"] if row["low"] is not None else -1),
    )
    return draw_dots(table, dots, figure="failure_ranking", ax=ax)


def plot_estimated_retries(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.estimated_retries` table: runs taken for another try, from zero.

    Parameters, returns and raises as `plot_charged_cost`. [runs]

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["n_runs", "n_failed", "n_estimated_retries", "n_unknown",
    ...            "estimated_retry_cost"]
    >>> ax = plot_estimated_retries(pd.DataFrame([[90, 9, 5, 0, 0.5]], columns=columns))
    >>> [text.get_text() for text in ax.texts]
    ['5', 'after 9 failures, 0.5 USD']
    """
    bars = Bars(
        column="n_estimated_retries",
        label="Runs taken for a retry (estimate)",
        kind="count",
        adds=("n_estimated_retries", "n_failed", "n_runs", "estimated_retry_cost", "n_unknown"),
        detail=_failures_and_cost,
        n="n_runs",
        n_unknown="",
        alarm=True,
    )
    return draw_bars(table, bars, figure="estimated_retries", ax=ax)


def _from_and_to(row: Row) -> list[str]:
    rates = [row["failure_rate_earlier"], row["failure_rate_later"]]
    return [" → ".join("none finished" if rate is None else percent(rate) for rate in rates)]


def _failures_and_cost(row: Row) -> list[str]:
    cost = row.cells.get("estimated_retry_cost")
    after = f"after {count(row.n('n_failed'), 'failure')}"
    return [after, *([f"{money(cost)} USD"] if cost else [])]
