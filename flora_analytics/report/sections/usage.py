"""When it is used: runs by weekday and hour."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from flora_analytics.report import display
from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Chart, Figure, Section
from flora_analytics.report.stretch import Stretch
from flora_analytics.report.tables import Layout, Measure, readable_table

__all__ = ["usage"]

#: Fewer runs, or less than two weeks, show no habit.
_FEW, _SHORT = 100, timedelta(days=14)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def usage(figures: Figures, stretch: Stretch) -> Section | None:
    """Nothing in less than two weeks or a hundred runs."""
    start, until = stretch.shown.start, stretch.until
    if start is None or until is None or until - start < _SHORT or figures.n_runs < _FEW:
        return None
    activity = figures.activity
    title = "Runs by weekday and hour"
    table = readable_table(
        _by_weekday(activity),
        Layout(
            caption=f"{title}, {stretch.words}",
            head="Weekday",
            measures=(
                Measure("n_runs", "Runs", "count"),
                Measure("n_runs", "Share", "share"),
                *(Measure(name, name, "count") for name in _PARTS),
            ),
        ),
        total=_by_weekday(activity).sum().to_frame().T,
    )
    day, hour = activity.index[0]
    described = (
        f"A cell for each hour of the week. The busiest is {_DAYS[day - 1]} from "
        f"{hour:02d}:00, with {display.counted(int(activity['n_runs'].iloc[0]), 'run')}."
    )
    remark = f"By time of creation, in the time zone {stretch.tz}. {described.partition('. ')[2]}"
    chart = Chart("activity", activity, title, described, n_rows=7)
    figure = Figure("activity", title, remark, table, chart)
    return Section("usage", "When it is used", (figure,))


#: Parts of the day, by the hours in which they begin and end.
_PARTS = {"0–6 h": (0, 6), "6–12 h": (6, 12), "12–18 h": (12, 18), "18–24 h": (18, 24)}


def _by_weekday(activity: pd.DataFrame) -> pd.DataFrame:
    """Runs of each weekday, whole and in quarters."""
    runs = activity["n_runs"].unstack("hour").sort_index()
    quarters = {
        name: runs.loc[:, start : end - 1].sum(axis=1) for name, (start, end) in _PARTS.items()
    }
    table = pd.DataFrame({"n_runs": runs.sum(axis=1), **quarters})
    return table.set_axis(pd.Index([_DAYS[day - 1] for day in table.index], name="weekday"))
