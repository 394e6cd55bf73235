"""The commands for trying things without a key: ``demo`` and ``sandbox``."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from flora_analytics.cli.app import DONE, say

__all__ = ["demo", "sandbox"]


def demo(
    *,
    out: Annotated[str, typer.Option(metavar="DIR", help="Folder to write to.")] = "flora-demo",
) -> int:
    """Do the whole job once on sample runs: no key, no network.

      flora-analytics demo
      flora-analytics demo --out /tmp/flora-demo

    Starts the sandbox, syncs a store from it, prints a summary, and writes the runs and every
    figure as Parquet, the charts as SVG and PNG, and the report as one HTML file.
    """
    from flora_analytics.demo import run_demo

    typer.echo(str(run_demo(out, say=say)))
    return DONE


def sandbox(
    *,
    port: Annotated[int, typer.Option(metavar="N", help="Port; by default any that is free.")] = 0,
    runs: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Serve the runs of a file: JSON lines, gzipped or not."),
    ] = None,
    n_runs: Annotated[
        int, typer.Option(min=0, metavar="N", help="Or generate this many runs.")
    ] = 6_000,
    seed: Annotated[int, typer.Option(metavar="S", help="Seed of the generator.")] = 7,
) -> int:
    """Serve a local FLORA API over sample runs until stopped.

      flora-analytics sandbox --port 8899
      flora-analytics sandbox --runs runs.jsonl.gz
      flora-analytics sandbox --n-runs 100000 --seed 7

    Prints the two lines to paste elsewhere, so that other commands use it.
    """
    from flora_analytics.sandbox import Sandbox, generate

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    history = generate(n_runs, seed=seed) if runs is None else Path(runs)
    with suppress(KeyboardInterrupt), Sandbox(history, port=port) as server:
        say("A FLORA API over sample runs; Ctrl-C stops it. To use it, paste:")
        typer.echo(f"export FLORA_BASE_URL={server.base_url}")
        typer.echo(f"export FLORA_API_KEY={server.api_key}")
        threading.Event().wait()
    return DONE
