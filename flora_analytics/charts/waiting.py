"""Charts of runs that are stuck, and of promises: each value against the mark it should keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.charts.against import Against, draw_against
from flora_analytics.charts.layout import is_narrow
from flora_analytics.charts.table import rows_of
from flora_analytics.charts.words import percent, span

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from flora_analytics.charts.table import Row

__all__ = ["plot_service_levels", "plot_stuck_runs"]

_ALL = "(all)"


def plot_service_levels(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.service_levels` table: what was attained, with a line at the target.

    One row a promise, in the table's order: what burns on top. The dot with its 95 % interval
    is what was attained; it stands in the colour of alarm where the promise is missed or its
    budget burns. Beside it what is left of the error budget. Where there is little room, a
    technique that has one promise stands for it.

    Parameters, returns and raises as `plot_charged_cost`. [0–1, labelled in percent]

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"technique_name": "Upscale", "target": 0.95,
    ...        "attainment": 0.97, "low": 0.915, "high": 0.99, "verdict": "not sure",
    ...        "budget_left": 0.4, "burning": ""}
    >>> keys = pd.MultiIndex.from_tuples([("95% of runs complete", "tech_a")],
    ...                                  names=["objective", "technique_id"])
    >>> ax = plot_service_levels(pd.DataFrame([row], keys))
    >>> [text.get_text() for text in ax.texts]
    ['97%', '40% of budget left']
    """
    needs = ["target", "attainment", "low", "high", "verdict", "budget_left",
             "burning", "technique_name"]  # fmt: skip
    rows = rows_of(table, needs=needs, figure="service_levels")
    techniques = [row.key[1] for row in rows]
    brief = ax is not None and is_narrow(ax) and len(set(techniques)) == len(techniques)
    label = "Runs as promised\nupright line: target; lines: 95% interval"
    return draw_against(
        [_promise(row, brief=brief) for row in rows], label=label, kind="share", ax=ax
    )


def plot_stuck_runs(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a `metrics.stuck_runs` table: how long each run is open, with a line at its limit.

    Oldest on top; the others are counted.

    Parameters, returns and raises as `plot_charged_cost`.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"technique_name": ["Upscale"], "status": ["running"],
    ...                       "open_time": [pd.Timedelta("2h")], "limit": [pd.Timedelta("80s")]},
    ...                      index=pd.Index(["run_1"], name="run_id"))
    >>> [text.get_text() for text in plot_stuck_runs(table).texts]
    ['2 h', 'running']
    """
    needs = ["technique_name", "status", "open_time", "limit"]
    rows = [
        Against(
            names=(str(row["technique_name"] or ""), row.key[-1]),
            key=("", row.key[-1]),
            value=row["open_time"],
            mark=row["limit"],
            text=span(row["open_time"]),
            detail=str(row["status"]),
            alarm=True,
        )
        for row in rows_of(table, needs=needs, figure="stuck_runs")
    ]
    return draw_against(rows, label="Time open (line: limit)", kind="span", ax=ax)


def _promise(row: Row, *, brief: bool) -> Against:
    objective, technique = row.key
    attained, left = row["attainment"], row["budget_left"]
    details = [] if left is None else [_budget(left)]
    details += [f"burns ({row['burning']})"] if row["burning"] else []
    about = slice(1, 2) if technique == _ALL else slice(1) if brief else slice(2)
    names: tuple[str, ...] = (str(row["technique_name"]), objective)
    return Against(
        names=names[about],
        key=row.key[::-1][about],
        value=attained,
        mark=row["target"],
        interval=None if attained is None else (row["low"], row["high"]),
        text="no runs" if attained is None else _attained(attained),
        detail=", ".join(details),
        alarm=row["verdict"] == "missed" or bool(row["burning"]),
    )


def _attained(share: float) -> str:
    # Near 1 it is what is missing that tells.
    return f"{share:.1%}" if 0.9 < share < 1 and round(share * 100, 1) % 1 else percent(share)


def _budget(left: float) -> str:
    return f"{left:.0%} of budget left" if left >= 0 else f"budget spent {1 - left:,.1f} times"
