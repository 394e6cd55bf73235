"""The commands that look ahead: ``forecast`` and ``budget``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flora_analytics.calendar import Period, Window
from flora_analytics.cli.options import Choice, Format, Place
from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    from flora_analytics.cli.completeness import Standing
    from flora_analytics.settings import Settings

__all__ = ["budget", "forecast"]

#: What a table for people has room for.
_COLUMNS = ["n_unknown", "charged_cost", "forecast", "low_80", "high_80"]

_At = Annotated[
    str | None, typer.Option(metavar="TIME", help="As it stood then; otherwise at last sync.")
]
_Zone = Annotated[str | None, typer.Option(metavar="ZONE", help="Time zone; see cost --help.")]


def forecast(
    *,
    place: Place,
    by: Annotated[
        list[str], typer.Option(metavar="WORDS", help="Also for each technique, project, …")
    ] = [],  # noqa: B006 - typer shows it
    period: Annotated[Period, typer.Option(help="To whose end; a cycle begins on cycle_day.")] = (
        "cycle"
    ),
    at: _At = None,
    tz: _Zone = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",  # noqa: A002
) -> int:
    """Show where charged cost will stand at the end of the billing cycle.

      flora-analytics forecast
      flora-analytics forecast --by project --period month
      flora-analytics forecast --at 2026-06-17 --format json

    Models of weekdays are tried on the same stretch in every earlier week; the best is used, and
    its errors there give the intervals. It takes 7 whole weeks of history if a week or less
    remains, 12 for 15 days, 18 for a month; otherwise it says that there is not enough data.
    """
    from flora_analytics import metrics
    from flora_analytics.cli.output import machine_rows, print_csv, print_json
    from flora_analytics.cli.terminal import print_table
    from flora_analytics.report.prospects import forecast_sentences

    settings = place.settings(tz=tz)
    runs, standing, now = _seen(settings, at)
    how: dict[str, Any] = {"now": now, "period": period, "tz": settings.tz}
    how["cycle_day"] = settings.cycle_day if period == "cycle" else None
    words = [word.strip() for each in by for word in each.split(",") if word.strip()]
    total = metrics.cost_forecast(runs, **how)
    table = metrics.cost_forecast(runs, by=words, **how) if words else total
    sentences = forecast_sentences(total, now=now, tz=settings.tz)
    if format == "csv":
        print_csv(table)
    elif format == "json":
        print_json(
            {
                "figure": "cost_forecast",
                "by": words,
                "period": period,
                "tz": settings.tz,
                "now": now.isoformat(),
                **standing.to_dict(),
                "sentences": sentences,
                "rows": machine_rows(table),
                "total": machine_rows(total)[0],
            }
        )
    else:
        for sentence in sentences:
            typer.echo(sentence)
        if words:
            typer.echo()
            shown = [name for name in table if str(name).endswith("_name")]
            print_table(table.droplevel("period_start")[[*shown, *_COLUMNS]])
    return standing.tell()


def budget(
    *,
    place: Place,
    at: _At = None,
    tz: _Zone = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",  # noqa: A002
) -> int:
    """Show how the billing cycle stands against its budget, and when it may break it.

      flora-analytics budget
      flora-analytics budget --at 2026-06-17T09:00 --format csv

    The budget stands in flora-analytics.toml:

      cycle_day = 15             # day of the month on which a cycle begins

      [budget]
      seats = 5
      included_per_seat = 40     # USD of usage that each seat includes
      extra_balance = 200        # USD paid in advance, used up next
      overage_cap = 500          # USD on top, at the most

      [budget.projects]          # USD a cycle
      prj_spring = 120.50

    Chances and dates follow from the forecast, and take as much history.
    """
    from flora_analytics import metrics
    from flora_analytics.cli.output import machine_rows, print_csv, print_json
    from flora_analytics.report.prospects import budget_sentences

    settings = place.settings(tz=tz)
    if settings.budget is None:
        raise ConfigurationError(
            "No budget is set. Write [budget] into flora-analytics.toml, and below it such as "
            "overage_cap = 500; flora-analytics budget --help shows more."
        )
    runs, standing, now = _seen(settings, at)
    table = metrics.budget_status(
        runs, settings.budget, now=now, tz=settings.tz, cycle_day=settings.cycle_day
    )
    sentences = budget_sentences(table, tz=settings.tz)
    if format == "csv":
        print_csv(table)
    elif format == "json":
        print_json(
            {
                "figure": "budget_status",
                "tz": settings.tz,
                "cycle_day": settings.cycle_day,
                "now": now.isoformat(),
                **standing.to_dict(),
                "sentences": sentences,
                "rows": machine_rows(table),
            }
        )
    else:
        for sentence in sentences:
            typer.echo(sentence)
    return standing.tell()


def _seen(settings: Settings, at: str | None) -> tuple[Any, Standing, datetime]:
    """All runs, what their store vouches for, and the instant to look from."""
    from flora_analytics.metrics.newest import newest_created_at
    from flora_analytics.report.prospects import seen_from

    runs, standing = Choice().read(settings, Window())
    asked = Window.parse(end=at, tz=settings.tz).end
    as_of = standing.as_of or datetime.now(UTC)
    newest = None if asked else newest_created_at(runs)
    return runs, standing, seen_from(asked, as_of=as_of, newest=newest)
