"""The command ``changes``: why one period cost more than the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from flora_analytics.calendar import Window
from flora_analytics.cli.app import say
from flora_analytics.cli.completeness import tell
from flora_analytics.cli.options import Choice, Place, View

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["changes"]


def changes(*, place: Place, choice: Choice, view: View) -> int:
    """Show why a period cost more or less than the one before.

      flora-analytics changes
      flora-analytics changes --period week --by project
      flora-analytics changes --from 2026-05-01 --to 2026-06-01 --format csv > changes.csv

    By default the last full month against the month before, by technique; --period takes other
    periods, --from, --to and --last a stretch of your own, against one as long. The change is
    split without a rest into volume, mix, price, failures, costs no longer stated, and what is
    new or discontinued: csv and json carry every digit.
    """
    from flora_analytics import metrics
    from flora_analytics.cli.output import machine_rows, print_csv, print_json
    from flora_analytics.metrics.newest import first_and_newest
    from flora_analytics.report.comparison import change_sentences, gaps
    from flora_analytics.report.reach import compared_windows, last_full

    settings = place.settings(tz=choice.tz)
    tz = settings.tz
    ledger = choice.read(settings, Window())
    runs, as_of = ledger.runs, ledger.as_of
    ends = first_and_newest(runs)
    if choice.start or choice.end or choice.last:
        earlier, later = compared_windows(choice.window(settings), as_of=as_of, tz=tz)
    else:
        period = view.period or "month"
        cycle_day = settings.cycle_day if period == "cycle" else None
        newest = ends and ends[1]
        earlier, later = last_full(
            period, as_of=as_of, newest=newest, tz=tz, cycle_day=cycle_day
        )  # fmt: skip
    by = view.groups() or ["technique"]
    groups = metrics.cost_changes(runs, earlier=earlier, later=later, by=by)
    total = metrics.cost_changes(runs, earlier=earlier, later=later, nested=by)
    sentences = change_sentences(total, groups, earlier=earlier, later=later, tz=tz)
    if view.format == "csv":
        print_csv(groups)
    elif view.format == "json":
        print_json(
            {
                "figure": "cost_changes",
                "by": by,
                "tz": tz,
                "earlier": _ends(earlier),
                "later": _ends(later),
                **ledger.standing.to_dict(),
                "sentences": sentences,
                "rows": machine_rows(groups),
                "total": machine_rows(total)[0],
            }
        )
    else:
        _print_for_people(sentences, groups, total=total)
    for gap in gaps(earlier, later, first=ends[0], newest=ends[1], tz=tz) if ends else ():
        say(gap)
    return tell(ledger.standing)


def _ends(window: Window) -> list[str | None]:
    return [None if at is None else at.isoformat() for at in (window.start, window.end)]


def _print_for_people(sentences: list[str], groups: pd.DataFrame, *, total: pd.DataFrame) -> None:
    from flora_analytics.cli.terminal import print_table
    from flora_analytics.report.comparison import shortened

    for sentence in sentences:
        typer.echo(sentence)
    if len(groups):
        typer.echo()
        groups, total = shortened(groups, total)
        # What is left of several keys in the row of all others is no name.
        print_table(groups.reset_index().replace("", None), total=total)
