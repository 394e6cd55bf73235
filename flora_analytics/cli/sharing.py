"""The command ``export``: the runs, or a figure of them, as a file for BI tools."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from flora_analytics.cli.app import say
from flora_analytics.cli.completeness import tell
from flora_analytics.cli.options import Choice, Cut, Place
from flora_analytics.errors import ConfigurationError

__all__ = ["export"]

Format = Literal["parquet", "csv"]
Figure = Literal[
    "charged_cost",
    "unit_cost",
    "cost_of_failed_runs",
    "failure_rate",
    "failures_by_code",
    "queue_time",
    "execution_time",
    "turnaround_time",
]


def export(
    *,
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The file to write.")],
    place: Place,
    choice: Choice,
    as_: Annotated[
        Format | None, typer.Option("--as", help="Format; by default what TARGET ends in.")
    ] = None,
    figure: Annotated[
        Figure | None, typer.Option(help="Write this figure instead of the runs.")
    ] = None,
    cut: Cut,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="Include output URLs and text outputs.")
    ] = False,
    error_messages: Annotated[
        bool, typer.Option("--error-messages", help="Include error messages.")
    ] = False,
    poll_urls: Annotated[bool, typer.Option("--poll-urls", help="Include poll URLs.")] = False,
) -> int:
    """Write the runs, or a figure of them, to a file for BI tools.

      flora-analytics export runs.parquet
      flora-analytics export cost.csv --figure charged_cost --by technique --period month

    Output URLs, text outputs and error messages stay out unless they are asked for by name. The
    file appears whole or not at all.
    """
    from flora_analytics import metrics
    from flora_analytics.export import write_figure, write_runs

    if figure is None and (cut.by or cut.period):
        raise ConfigurationError("--by and --period cut a figure; name one with --figure.")
    if figure is not None and (outputs or error_messages or poll_urls):
        raise ConfigurationError("A figure has no outputs, error messages or poll URLs to include.")
    settings = place.settings(tz=choice.tz)
    ledger = choice.read(settings, choice.window(settings))
    runs = ledger.runs
    if figure is None:
        newest_first = runs.order_by([runs["created_at"].desc(), runs["run_id"]])
        write_runs(
            newest_first.to_pyarrow(),
            target,
            format=as_,
            outputs=outputs,
            error_messages=error_messages,
            poll_urls=poll_urls,
        )
    else:
        table = getattr(metrics, figure)(runs, **cut.arguments(settings))
        write_figure(table, target, format=as_)
    say(f"Wrote {target}.")
    return tell(ledger.standing)
