"""The whole job once, on sample runs: sandbox, sync, figures, charts, report; no key, no network.

A folder in, a `Summary` and a folder full of results out. Everything goes through the public
functions that a user would call; nothing is computed here.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flora_analytics import charts, metrics
from flora_analytics.budget import Budget
from flora_analytics.client import FloraClient
from flora_analytics.errors import ConfigurationError
from flora_analytics.export import write_figure, write_runs
from flora_analytics.objectives import Objective
from flora_analytics.report import collect_report, display, write_content
from flora_analytics.runs import open_runs, read_runs
from flora_analytics.sandbox import DEFAULT_END, Sandbox, generate
from flora_analytics.store import RunStore
from flora_analytics.sync import sync_runs

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.certificate import Certificate

__all__ = ["Summary", "run_demo"]

#: Lies in the folder of a demo: only such a folder is written over.
_MARK = ".flora-demo"
#: What it leaves there.
_LEFT = {
    "report.html": "the report: open it in a browser",
    "report.md": "the same as Markdown",
    "charts": "charts, as SVG and PNG",
    "figures": "figures, as Parquet",
    "runs.parquet": "all runs",
    "store": "the store, for all other commands",
}
#: Each figure, and the cuts of it that are written and drawn.
_CUTS: dict[str, tuple[dict[str, str], ...]] = {
    "charged_cost": ({"by": "technique"}, {"by": "workspace", "period": "week"}),
    "unit_cost": ({"by": "technique"},),
    "cost_of_failed_runs": ({"by": "technique"},),
    "failure_rate": ({"by": "technique"}, {"period": "week"}),
    "failures_by_code": ({},),
    "queue_time": ({"by": "technique"},),
    "execution_time": ({"by": "technique"},),
    "turnaround_time": ({"by": "technique"}, {"period": "week"}),
}
#: What the three studios might have agreed on.
_BUDGET = Budget(seats=8, included_per_seat=Decimal(50), overage_cap=Decimal(200))
_OBJECTIVES = (
    Objective(target=0.9),
    Objective(of="queue_time", within=timedelta(seconds=10), target=0.9),
)


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What the demo found, and where it left the rest.

    Attributes
    ----------
    out : Path
        The folder with the store, the Parquet files, the charts and the report.
    certificate : Certificate
        What the sync vouches for.
    cost, failed, failures, queue, turnaround : DataFrame
        The total, one row, of `charged_cost`, `cost_of_failed_runs`, `failure_rate`,
        `queue_time` and `turnaround_time`.
    """

    out: Path
    certificate: Certificate
    cost: pd.DataFrame
    failed: pd.DataFrame
    failures: pd.DataFrame
    queue: pd.DataFrame
    turnaround: pd.DataFrame

    def __str__(self) -> str:
        return "\n".join(
            [
                *(f"{name:<14}{text}" for name, text in self._figures().items()),
                "",
                *(f"{self.out / name!s:<24}{text}" for name, text in _LEFT.items()),
                "",
                f"Try: flora-analytics cost --by technique --store {self.out / 'store'}",
            ]
        )

    def _figures(self) -> dict[str, str]:
        cost, failed, failures = map(_row, (self.cost, self.failed, self.failures))
        n_runs, n_open, n_finished, n_failed = (
            display.count(failures[name]) for name in ("n_runs", "n_open", "n_finished", "n_failed")
        )
        rate, low, high = (
            display.share(failures[name]) for name in ("failure_rate", "low", "high")
        )
        return {
            "Runs": f"{n_runs}, of which {n_open} are still open",
            "Charged cost": _stated(cost["charged_cost"], n_unknown=cost["n_unknown"]),
            "Failed": f"{n_failed} of {n_finished} finished: {rate}, 95% interval {low} to {high}",
            "Their cost": _stated(failed["cost_of_failed_runs"], n_unknown=failed["n_unknown"]),
            "Queue time": _spans(self.queue),
            "Turnaround": _spans(self.turnaround),
            "Ledger": self.certificate.sentence(),
        }


def run_demo(
    out: str | Path = "flora-demo",
    *,
    n_runs: int = 6_000,
    seed: int = 7,
    tz: str = "UTC",
    say: Callable[[str], object] = lambda _: None,
) -> Summary:
    """Serve a sample history, sync it, and write all that this package makes of it.

    Parameters
    ----------
    out : str or Path, default "flora-demo"
        Folder for the results. One of an earlier demo is written over, any other refused.
    n_runs, seed : int
        Of `flora_analytics.sandbox.generate`.
    tz : str, default "UTC"
        IANA zone in which weeks are cut.
    say : callable
        Is told each step as it begins.

    Returns
    -------
    Summary

    Raises
    ------
    ConfigurationError
        If `out` cannot be written, or holds something else than a demo.
    """
    out = _cleared(Path(out))
    store = RunStore(out / "store")
    say(f"Making up {n_runs:,} runs and serving them as the FLORA API would ...")
    with (
        Sandbox(generate(n_runs, seed=seed)) as sandbox,
        FloraClient(sandbox.api_key, base_url=sandbox.base_url) as client,
    ):
        say(f"Syncing them into {store.uri} ...")
        result = sync_runs(store, client=client)
    say("Writing runs, figures, charts and the report ...")
    write_runs(read_runs(store), out / "runs.parquet")
    runs = open_runs(store)
    for name, cuts in _CUTS.items():
        for cut in cuts:
            table = getattr(metrics, name)(runs, tz=tz, **cut)
            _write(name, cut, table, out)
    content = collect_report(store, tz=tz, now=DEFAULT_END, budget=_BUDGET, objectives=_OBJECTIVES)
    for name in ("report.html", "report.md"):
        write_content(content, out / name)
    return Summary(
        out=out,
        certificate=result.certificate,
        cost=metrics.charged_cost(runs),
        failed=metrics.cost_of_failed_runs(runs),
        failures=metrics.failure_rate(runs),
        queue=metrics.queue_time(runs),
        turnaround=metrics.turnaround_time(runs),
    )


def _cleared(out: Path) -> Path:
    """The folder without the results of an earlier demo."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()) and not (out / _MARK).is_file():
            raise ConfigurationError(
                f"{out} holds something else than a demo and was left as it is; "
                "name a new folder with --out."
            )
        (out / _MARK).touch()
        for name in _LEFT:
            shutil.rmtree(out / name, ignore_errors=True)
            with contextlib.suppress(FileNotFoundError):
                (out / name).unlink()
        for name in ("figures", "charts"):
            (out / name).mkdir()
    except OSError as error:
        raise ConfigurationError(
            f"The demo cannot be written to {out}: {error.strerror}; name another folder with "
            "--out."
        ) from error
    return out


def _write(name: str, cut: dict[str, str], table: pd.DataFrame, out: Path) -> None:
    """A figure as Parquet, and its chart as SVG and PNG."""
    words = [name, *(f"by_{word}" for word in cut.values())]
    stem = "_".join(words)
    write_figure(table, out / "figures" / f"{stem}.parquet", format="parquet")
    drawing: Any = getattr(charts, f"plot_{name}")(table).figure
    drawing.savefig(out / "charts" / f"{stem}.svg")
    drawing.savefig(out / "charts" / f"{stem}.png", dpi=150)


def _row(table: pd.DataFrame) -> dict[Any, Any]:
    return table.to_dict("records")[0]


def _stated(cost: Any, *, n_unknown: int) -> str:
    """A cost to its last digit, with the runs it does not know of."""
    import pandas as pd

    exact = "not stated" if pd.isna(cost) else f"{cost.normalize():f} USD"
    return f"{exact}, without {display.counted(n_unknown, 'run')} that state no cost"


def _spans(table: pd.DataFrame) -> str:
    row = _row(table)
    return f"half within {display.span(row['p50'])}, nine in ten within {display.span(row['p90'])}"
