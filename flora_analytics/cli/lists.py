"""Tables that are lists: their rows are no parts of a total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flora_analytics.cli.app import say
from flora_analytics.cli.completeness import tell
from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.cli.options import Choice, Format, Place, View
    from flora_analytics.settings import Settings
    from flora_analytics.standing import Standing

__all__ = ["print_list", "show_stuck_runs"]

#: What a person at the terminal needs of a stuck run; csv and json have all.
_STUCK = ["technique_id", "technique_name", "status", "open_time", "limit", "why"]


def show_stuck_runs(place: Place, choice: Choice, view: View) -> int:
    """List the open runs that are older than runs of their technique get."""
    from flora_analytics import metrics
    from flora_analytics.report.display import counted

    if view.groups() or view.period:
        raise ConfigurationError("--stuck lists runs one by one; leave out --by and --period.")
    settings = place.settings(tz=choice.tz)
    ledger = choice.read(settings, choice.window(settings))
    table = metrics.stuck_runs(ledger.runs, now=ledger.as_of)
    print_list("stuck_runs", table, settings, ledger.standing, view.format, shown=table[_STUCK])
    if view.format == "table":
        say(f"Stuck: {counted(len(table), 'run')}.")
    return tell(ledger.standing)


def print_list(
    figure: str,
    table: pd.DataFrame,
    settings: Settings,
    standing: Standing,
    format: Format,  # noqa: A002
    *,
    shown: pd.DataFrame,
) -> None:
    """Print the table for machines, or what is `shown` of it to people."""
    from flora_analytics.cli.output import flat, machine_rows, print_csv, print_json
    from flora_analytics.cli.terminal import print_table

    if format == "csv":
        print_csv(flat(table))
    elif format == "json":
        facts = {"figure": figure, "tz": settings.tz, **standing.to_dict()}
        print_json(facts | {"rows": machine_rows(table)})
    elif len(shown):
        print_table(shown)
