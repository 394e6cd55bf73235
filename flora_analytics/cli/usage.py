"""The command ``usage``: how much is used, how much at once, and at which hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from flora_analytics.cli.figures import show
from flora_analytics.cli.options import Choice, Place, View
from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.calendar import Window

__all__ = ["usage"]


def usage(
    *,
    place: Place,
    choice: Choice,
    view: View,
    concurrency: Annotated[
        bool, typer.Option("--concurrency", help="How many runs execute at once.")
    ] = False,
    hours: Annotated[
        bool, typer.Option("--hours", help="Runs by weekday (1 = Monday) and hour of the day.")
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
        return show({"concurrency": metrics.concurrency}, place, choice, view, reaching=True)
    if hours:
        return show(
            {"activity": _activity},
            place, choice, view, totals={"activity": _usage}, reaching=True,
        )  # fmt: skip
    return show({"usage": metrics.usage}, place, choice, view)


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
