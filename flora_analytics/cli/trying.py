"""The commands for trying things without a key: ``demo`` and ``sandbox``."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

import typer

from flora_analytics.cli.app import DONE, say
from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    from flora_analytics.sandbox import Manner

__all__ = ["demo", "sandbox"]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """How the sandbox moves and misbehaves; the same numbers give the same scenario."""

    motion: Annotated[
        float,
        typer.Option(
            min=0,
            max=0.95,
            metavar="SHARE",
            help="Chance that something moves after a request: runs arrive, end, change, vanish.",
        ),
    ] = 0.0
    faults: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Chance that an answer is spoilt.")
    ] = 0.0
    fault: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="Only these faults, such as 429 or reset; repeatable."),
    ] = field(default_factory=list)
    manner: Annotated[
        list[str],
        typer.Option(
            metavar="KEY=VALUE",
            help="How lists behave, such as cursors=keyset or total=absent; repeatable.",
        ),
    ] = field(default_factory=list)
    latency: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Wait before each answer.")
    ] = 0.0

    def options(self, seed: int) -> dict[str, Any]:
        """What `flora_analytics.sandbox.Sandbox` takes."""
        from flora_analytics.sandbox import Motion, random_faults

        names: dict[str, Any] = {"names": self.fault} if self.fault else {}
        return {
            "manner": _manner(self.manner),
            "motion": Motion.random(seed, share=self.motion) if self.motion else None,
            "faults": random_faults(seed, share=self.faults, **names) if self.faults else None,
            "latency": self.latency,
        }


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
    seed: Annotated[
        int, typer.Option(metavar="S", help="Seed of the generator, of motion and of faults.")
    ] = 7,
    trouble: Trouble,
) -> int:
    """Serve a local FLORA API over sample runs until stopped.

      flora-analytics sandbox --port 8899
      flora-analytics sandbox --runs runs.jsonl.gz
      flora-analytics sandbox --n-runs 100000 --seed 7
      flora-analytics sandbox --motion 0.3 --faults 0.1 --fault 429 --fault reset
      flora-analytics sandbox --manner cursors=keyset --manner total=absent

    Prints the two lines to paste elsewhere, so that other commands use it.
    """
    from flora_analytics.sandbox import Sandbox, generate

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = trouble.options(seed)
    history = generate(n_runs, seed=seed) if runs is None else Path(runs)
    with suppress(KeyboardInterrupt), Sandbox(history, port=port, **options) as server:
        say("A FLORA API over sample runs; Ctrl-C stops it. To use it, paste:")
        typer.echo(f"export FLORA_BASE_URL={server.base_url}")
        typer.echo(f"export FLORA_API_KEY={server.api_key}")
        threading.Event().wait()
    return DONE


def _manner(pairs: list[str]) -> Manner:
    from flora_analytics.sandbox import Manner

    kinds = get_type_hints(Manner)
    values: dict[str, Any] = {}
    for pair in pairs:
        key, _, text = pair.partition("=")
        if key not in kinds:
            close = get_close_matches(key, kinds, n=1)
            raise ConfigurationError(
                f"--manner {pair}: there is no {key!r}; "
                + (f"did you mean {close[0]!r}?" if close else f"write one of {sorted(kinds)}.")
            )
        choices = [choice for choice in get_args(kinds[key]) if isinstance(choice, str)]
        if (choices and text not in choices) or not (choices or text.isdigit()):
            expected = " or ".join(choices) if choices else "a whole number"
            raise ConfigurationError(f"--manner {pair}: expected {expected} after the '='.")
        values[key] = text if choices else int(text)
    return Manner(**values)
