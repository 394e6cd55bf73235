"""The commands that look ahead: ``forecast`` and ``budget``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flora_analytics.calendar import Period, Window
from flora_analytics.cli.app import say
from flora_analytics.cli.completeness import tell
from flora_analytics.cli.options import Format, Place, Scope, say_what_never_ran, words_of
from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from flora_analytics.budget import Budget
    from flora_analytics.runs import Ledger
    from flora_analytics.settings import Settings

__all__ = ["budget", "forecast", "seen"]

#: What a table for people has room for.
_COLUMNS = ["n_unknown", "charged_cost", "forecast", "low_80", "high_80"]
_BUDGETS = ["limit", "charged_cost", "n_unknown", "used_share", "forecast", "low_80", "high_80"]
_BREACH = ["breach_probability", "breach_at"]

_At = Annotated[
    str | None, typer.Option(metavar="TIME", help="As it stood then; otherwise at last sync.")
]
_Zone = Annotated[str | None, typer.Option(metavar="ZONE", help="Time zone; see cost --help.")]


def forecast(
    *,
    place: Place,
    scope: Scope,
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
      flora-analytics forecast --workspace-id ws_studio --at 2026-06-17 --format json

    Models of weekdays are tried on the same stretch in every earlier week; the best is used, and
    its errors there give the intervals. It takes 7 whole weeks of history if a week or less
    remains, 12 for 15 days, 18 for a month; otherwise it says that there is not enough data.
    """
    from flora_analytics import metrics
    from flora_analytics.cli.output import machine_rows, print_csv, print_json
    from flora_analytics.cli.terminal import print_table
    from flora_analytics.report.prospects import forecast_sentences

    settings = place.settings(tz=tz)
    ledger, now = seen(settings, scope, at)
    runs = ledger.runs
    how: dict[str, Any] = {"now": now, "period": period, "tz": settings.tz}
    how["cycle_day"] = settings.cycle_day if period == "cycle" else None
    words = words_of(by)
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
                **ledger.standing.to_dict(),
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
    return tell(ledger.standing)


def budget(
    *,
    place: Place,
    scope: Scope,
    by: Annotated[
        list[str],
        typer.Option(metavar="WORDS", help="project: only the projects' budgets, as a table."),
    ] = [],  # noqa: B006 - typer shows it
    at: _At = None,
    tz: _Zone = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",  # noqa: A002
) -> int:
    """Show how the billing cycle stands against its budget, and when it may break it.

      flora-analytics budget
      flora-analytics budget --by project
      flora-analytics budget --workspace-id ws_studio --at 2026-06-17T09:00 --format csv

    The budget stands in flora-analytics.toml:

      cycle_day = 15             # day of the month on which a cycle begins

      [budget]
      seats = 5
      included_per_seat = 40     # USD of usage that each seat includes
      extra_balance = 200        # USD paid in advance, used up next
      overage_cap = 500          # USD on top, at the most

      [budget.projects]          # USD a cycle
      prj_spring = 120.50

    Seats, balance and cap are held against all runs of the store, or of --workspace-id;
    --project-id shows the budgets of these projects alone. Techniques have none. Chances and
    dates follow from the forecast, and take as much history.
    """
    from flora_analytics import metrics
    from flora_analytics.cli.output import machine_rows, print_csv, print_json
    from flora_analytics.report.prospects import budget_sentences

    words = words_of(by)
    settings = place.settings(tz=tz)
    budget = _budget(settings, scope, words)
    ledger, now = seen(settings, scope, at)
    runs = ledger.runs
    if scope.workspace_id and not scope.project_id:
        budget = _in_workspace(budget, runs)
    elif not scope.project_id:
        say_what_never_ran(runs, "project_id", "project", list(budget.projects))
    table = metrics.budget_status(
        runs, budget, now=now, tz=settings.tz, cycle_day=settings.cycle_day
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
                **ledger.standing.to_dict(),
                "sentences": sentences,
                "rows": machine_rows(table),
            }
        )
    else:
        _print_budgets(sentences, table, as_table=bool(words))
    return tell(ledger.standing)


def seen(settings: Settings, scope: Scope, at: str | None) -> tuple[Ledger, datetime]:
    """These runs with what their store vouches for, and the instant to look from.

    As asked, else up to when the ledger speaks; a history that ended long before is looked at
    from its end.
    """
    from flora_analytics.metrics.newest import newest_created_at
    from flora_analytics.report.reach import seen_from

    ledger = scope.read(settings, Window())
    asked = Window.parse(end=at, tz=settings.tz).end
    newest = None if asked else newest_created_at(ledger.runs)
    return ledger, seen_from(asked, as_of=ledger.as_of, newest=newest)


def _budget(settings: Settings, scope: Scope, words: list[str]) -> Budget:
    """The budget that was asked about; errors say which ones there are."""
    if scope.technique_id:
        raise ConfigurationError(
            "Techniques have no budgets: leave out --technique-id. Where a technique's cost will "
            "stand shows flora-analytics forecast --technique-id."
        )
    if any(word not in ("project", "project_id") for word in words):
        raise ConfigurationError(
            f"--by {','.join(words)}: budgets are of all runs or of projects; write --by project."
        )
    if settings.budget is None:
        raise ConfigurationError(
            "No budget is set. Write [budget] into flora-analytics.toml, and below it such as "
            "overage_cap = 500; flora-analytics budget --help shows more."
        )
    if scope.project_id or words:
        return settings.budget.of_projects(scope.project_id)
    return settings.budget


def _in_workspace(budget: Budget, runs: Any) -> Budget:
    """Without the budgets of projects of which these runs are none."""
    from flora_analytics import metrics

    there = metrics.charged_cost(runs, by="project_id").index
    projects = {name: limit for name, limit in budget.projects.items() if name in there}
    if not projects and not budget.limits:
        raise ConfigurationError("No project that has a budget has run in this workspace.")
    if left_out := [name for name in budget.projects if name not in projects]:
        say(f"Left out, as they have no run in this workspace: {', '.join(left_out)}.")
    return replace(budget, projects=projects)


def _print_budgets(sentences: list[str], table: pd.DataFrame, *, as_table: bool) -> None:
    from flora_analytics.cli.terminal import print_table

    if not as_table:
        for sentence in sentences:
            typer.echo(sentence)
        return
    typer.echo(sentences[0])
    typer.echo()
    print_table(table.droplevel("budget")[[*_BUDGETS, *_BREACH]])
    if table["forecast"].isna().any():
        typer.echo(sentences[-1])
