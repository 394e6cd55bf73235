"""The command ``usage``: how much is used, how much at once, and at which hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from flora_analytics.calendar import Window, period_at
from flora_analytics.cli.options import Choice, Place, View
from flora_analytics.cli.showing import show
from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

__all__ = ["usage"]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def usage(
    *,
    place: Place,
    choice: Choice,
    view: View,
    concurrency: Annotated[
        bool, typer.Option("--concurrency", help="How many runs execute at once.")
    ] = False,
    hours: Annotated[
        bool, typer.Option("--hours", help="Runs per hour, by weekday and hour of the day.")
    ] = False,
) -> int:
    """Show runs, outputs, and how many projects and techniques are active.

      flora-analytics usage --period week --last 12w
      flora-analytics usage --concurrency --period day --last 30d
      flora-analytics usage --hours --tz Europe/Vienna --format csv

    With --concurrency a run counts from its start to its end, also where it was created before.
    """
    from flora_analytics import metrics

    if concurrency and hours:
        raise ConfigurationError("--concurrency and --hours are two tables; ask for one at a time.")
    if concurrency:
        return show({"concurrency": _concurrency}, place, choice, view, reaching=True, as_of=True)
    if hours:
        return show(
            {"activity": _activity},
            place, choice, view, totals={"activity": _usage}, reaching=True,
            print_people=None if view.groups() else _print_week,
        )  # fmt: skip
    return show({"usage": metrics.usage}, place, choice, view)


def _concurrency(runs: Any, *, window: Window, now: datetime, **cut: Any) -> pd.DataFrame:
    """Up to the last sync; of a history that ended long before, up to the day of its end."""
    from flora_analytics import metrics
    from flora_analytics.metrics.newest import newest_created_at
    from flora_analytics.report.reach import seen_from

    newest = newest_created_at(runs)
    if window.end is None and newest is not None:
        end = seen_from(None, as_of=now, newest=newest)
        if end < now:
            end = period_at(newest, "day", tz=cut.get("tz", "UTC")).end or end
        window = Window(window.start, end)
    return metrics.concurrency(runs, window=window, **cut)


def _activity(
    runs: Any, *, window: Window, by: list[str] | None, period: str | None, tz: str, **_: Any
) -> pd.DataFrame:
    from flora_analytics import metrics

    if period is not None:
        raise ConfigurationError("--hours lays all weeks over one another; leave out --period.")
    return metrics.activity(metrics.in_window(runs, window), by=by, tz=tz, window=window)


def _usage(runs: Any, *, window: Window) -> pd.DataFrame:
    from flora_analytics import metrics

    return metrics.usage(metrics.in_window(runs, window))


def _print_week(table: pd.DataFrame) -> None:
    """The hours of a day below one another, the days of the week side by side."""
    from flora_analytics.cli.terminal import print_table

    week = table["runs_per_hour"].unstack("weekday").sort_index(axis=0).sort_index(axis=1)
    week.columns = list(_WEEKDAYS)
    week.index = [f"{hour:02}:00" for hour in week.index]
    print_table(week.rename_axis("hour"), title="Runs per hour")
