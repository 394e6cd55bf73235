"""The command ``anomalies``: which days and hours were not as usual."""

from __future__ import annotations

from typing import Annotated

import typer

from flora_analytics.calendar import Window
from flora_analytics.cli.app import say
from flora_analytics.cli.completeness import tell
from flora_analytics.cli.options import Choice, Format, Place, words_of
from flora_analytics.errors import ConfigurationError

__all__ = ["anomalies"]


def anomalies(
    *,
    place: Place,
    choice: Choice,
    by: Annotated[
        list[str],
        typer.Option(metavar="WORDS", help="Kinds of groups to look at: a list, or repeated."),
    ] = ["workspace", "project", "technique"],  # noqa: B006 - typer shows it
    at_least: Annotated[
        float, typer.Option(metavar="USD", min=0, help="The smallest difference worth telling.")
    ] = 1.0,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",  # noqa: A002
) -> int:
    """Show days and hours whose cost or failures were not as usual, and what drove them.

      flora-analytics anomalies
      flora-analytics anomalies --last 7d --by technique --at-least 5
      flora-analytics anomalies --from 2026-05-01 --to 2026-06-01 --format json

    By default the last 30 days. Each day is compared with the same weekday of the eight weeks
    before, the day under way with the same hours. What has one cause is told once.
    """
    from flora_analytics import metrics
    from flora_analytics.cli.output import machine_rows, print_csv, print_json
    from flora_analytics.metrics.newest import newest_created_at
    from flora_analytics.report.display import instant
    from flora_analytics.report.oddities import anomaly_sentences
    from flora_analytics.report.reach import judged_days
    from flora_analytics.report.stretch import describe

    settings = place.settings(tz=choice.tz)
    ledger = choice.read(settings, Window())
    asked = choice.window(settings)
    words = words_of(by)
    window, now = judged_days(
        asked, as_of=ledger.as_of, newest=newest_created_at(ledger.runs), tz=settings.tz
    )  # fmt: skip
    if window.start is not None and window.start >= now:
        raise ConfigurationError(
            f"The days asked for begin after the data ends, {instant(now, tz=settings.tz)}; "
            "ask for earlier ones."
        )
    table = metrics.cost_anomalies(
        ledger.runs,
        window=window,
        by=words,
        tz=settings.tz,
        now=now,
        sensitivity=metrics.Sensitivity(at_least=at_least),
    )
    sentences = anomaly_sentences(table, tz=settings.tz)
    if format == "csv":
        print_csv(table)
    elif format == "json":
        print_json(
            {
                "figure": "cost_anomalies",
                "by": words,
                "tz": settings.tz,
                "from": window.start and window.start.isoformat(),
                "to": now.isoformat(),
                **ledger.standing.to_dict(),
                "n_judged": table.attrs["n_judged"],
                "n_not_judged": table.attrs["n_not_judged"],
                "sentences": sentences,
                "rows": machine_rows(table),
            }
        )
    else:
        for sentence in sentences:
            typer.echo(sentence)
        say(f"Days judged: {describe(Window(window.start, now), tz=settings.tz)} ({settings.tz}).")
    return tell(ledger.standing)
