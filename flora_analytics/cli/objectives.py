"""The command ``objectives``: whether what was promised is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from flora_analytics.cli.app import say
from flora_analytics.cli.completeness import tell
from flora_analytics.cli.options import Format, Place, Scope
from flora_analytics.errors import ConfigurationError

__all__ = ["objectives"]


def objectives(
    *,
    place: Place,
    burn: Annotated[
        bool, typer.Option("--burn", help="How fast each budget burns, in three pairs of windows.")
    ] = False,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As it stood then; otherwise at last sync.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",  # noqa: A002
) -> int:
    """Show whether the objectives are met, and how much of their budgets is left.

      flora-analytics objectives
      flora-analytics objectives --burn --at 2026-06-30T18:00
      flora-analytics objectives --format json

    Objectives stand in flora-analytics.toml:

      [[objective]]
      technique = "tech_reel"    # "*" is each technique by itself
      success = 0.95             # this share of runs completes

      [[objective]]
      queue_time = "30s"         # or execution_time, turnaround_time
      share = 0.99               # this share of runs gets there in time
      window = "7d"              # otherwise the last 28 days

    The budget is what may go badly. A budget burns if, in the last hour, six hours or three
    days, more went badly than it allows and than chance explains.
    """
    from flora_analytics import metrics
    from flora_analytics.cli.lists import print_list
    from flora_analytics.cli.planning import seen
    from flora_analytics.report.display import instant

    settings = place.settings()
    if not settings.objectives:
        raise ConfigurationError(
            "No objective is set. Write one into flora-analytics.toml, such as [[objective]] and "
            "below it success = 0.95; flora-analytics objectives --help shows more."
        )
    ledger, now = seen(settings, Scope(), at)
    figure = metrics.burn_rates if burn else metrics.service_levels
    table = figure(ledger.runs, settings.objectives, now=now)
    # How fast a budget burns is what --burn is for.
    rates = [name for name in table if str(name).startswith("burn_")] if not burn else []
    shown = table.drop(columns=["n_runs", *rates], errors="ignore")
    if "burning" in shown:
        shown["burning"] = shown["burning"].mask(shown["burning"] == "")
    name = "burn_rates" if burn else "service_levels"
    print_list(name, table, settings, ledger.standing, format, shown=shown)
    if format == "table":
        say(f"As it stood on {instant(now, tz=settings.tz)} ({settings.tz}).")
    return tell(ledger.standing)
