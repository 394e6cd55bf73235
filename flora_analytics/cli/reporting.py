"""The command ``report``: what the runs say, on one page for people."""

from __future__ import annotations

from typing import Annotated

import typer

from flora_analytics.cli.app import say
from flora_analytics.cli.completeness import Standing
from flora_analytics.cli.options import Place, When

__all__ = ["report"]


def report(
    *,
    place: Place,
    when: When,
    out: Annotated[str, typer.Option(metavar="FILE", help="The HTML file to write.")],
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Heading of the page.")] = None,
) -> int:
    """Write the report: one HTML file that works offline and is safe to pass on.

    flora-analytics report --out report.html
    flora-analytics report --out march.html --from 2026-03-01 --to 2026-04-01 --tz Europe/Vienna

    Without --from or --last it covers the whole history. Output URLs, texts and error messages
    are never part of it, and the file appears whole or not at all.
    """
    from flora_analytics.report import write_report
    from flora_analytics.store import RunStore

    settings = place.settings(tz=when.tz)
    store = RunStore(settings.store)
    standing = Standing.of(store, store.snapshot())
    write_report(store, out, window=when.window(settings), tz=settings.tz, title=title)
    say(f"Wrote {out}.")
    return standing.tell()
