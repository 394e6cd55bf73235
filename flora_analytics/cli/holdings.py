"""The command ``status``: what the store holds, how fresh and how complete it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flora_analytics.cli.app import say
from flora_analytics.cli.completeness import tell
from flora_analytics.cli.options import Format, Place

if TYPE_CHECKING:
    import pyarrow as pa

    from flora_analytics.standing import Standing
    from flora_analytics.store import RunStore, Snapshot

__all__ = ["status"]


def status(
    *,
    place: Place,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="List the runs in quarantine, with the reason.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",  # noqa: A002
) -> int:
    """Say what the store holds, how fresh and how complete it is.

      flora-analytics status
      flora-analytics status --rejected
      flora-analytics status --format json

    The JSON holds the certificate of each scope that was synced, save workspaces that a later
    sync of all has covered. With --rejected it holds the rejected runs as the API served them.
    """
    from flora_analytics.store import RunStore

    store = RunStore(place.settings().store)
    snapshot = store.snapshot()
    standing = store.standing(snapshot)
    if rejected:
        _print_rejected(store.quarantine.table(), format)
    else:
        _print_holdings(_holdings(store, snapshot, standing.n_rejected), standing, format)
    return tell(standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holdings:
    store: str
    version: int
    committed_at: datetime
    n_runs: int
    n_open: int
    n_rejected: int
    first_created_at: datetime | None
    last_created_at: datetime | None
    size_bytes: int
    history_days: int
    compacted_at: str | None
    vacuumed_at: str | None


def _holdings(store: RunStore, snapshot: Snapshot, n_rejected: int) -> _Holdings:
    import pyarrow.compute as pc

    from flora_analytics.schema import OPEN_STATUSES

    runs = snapshot.dataset()
    created = pc.min_max(runs.to_table(columns=["created_at"])["created_at"]).as_py()
    files = getattr(runs, "files", [])
    upkeep = snapshot.state.get("upkeep", {})
    infos = runs.filesystem.get_file_info(files) if files else []
    return _Holdings(
        store=snapshot.uri,
        version=snapshot.version,
        committed_at=snapshot.committed_at,
        n_runs=runs.count_rows(),
        n_open=runs.count_rows(filter=pc.field("status").isin(OPEN_STATUSES)),
        n_rejected=n_rejected,
        first_created_at=created["min"],
        last_created_at=created["max"],
        size_bytes=sum(info.size for info in infos),
        history_days=store.history.days,
        compacted_at=upkeep.get("compacted_at"),
        vacuumed_at=upkeep.get("vacuumed_at"),
    )


def _print_holdings(holdings: _Holdings, standing: Standing, format: Format) -> None:  # noqa: A002
    import pandas as pd

    from flora_analytics.cli.output import machine, print_csv, print_json
    from flora_analytics.cli.terminal import print_facts
    from flora_analytics.report import display

    if format == "csv":
        print_csv(pd.DataFrame([asdict(holdings)]))
        return
    if format == "json":
        certificates = {scope: each.to_dict() for scope, each in standing.certificates.items()}
        facts = {name: machine(value) for name, value in asdict(holdings).items()}
        print_json(facts | {"certificates": certificates})
        return
    created = [holdings.first_created_at, holdings.last_created_at]
    print_facts(
        {
            "Store": f"{holdings.store}, version {holdings.version}",
            "Runs": f"{holdings.n_runs:,}, of which {holdings.n_open:,} are still open",
            "Created": " to ".join(display.instant(at, tz="UTC") for at in created if at) or "–",
            "Rejected": display.count(holdings.n_rejected),
            "Size": f"{holdings.size_bytes / 1e6:,.2f} MB",
            "Written": display.instant(holdings.committed_at, tz="UTC"),
            "Upkeep": f"compacted {_day(holdings.compacted_at)}, "
            f"old files deleted {_day(holdings.vacuumed_at)}; "
            f"earlier versions stay readable for {holdings.history_days} days",
        }
    )
    for certificate in standing.certificates.values():
        if certificate.proof:
            say(f"Proved by {certificate.proof}.")
        for news in certificate.drift:
            say(f"New in the API: {news}")


def _day(instant: str | None) -> str:
    from flora_analytics.report import display

    return display.instant(datetime.fromisoformat(instant), tz="UTC") if instant else "never"


def _print_rejected(quarantined: pa.Table, format: Format) -> None:  # noqa: A002
    from flora_analytics.cli.output import machine_rows, print_csv, print_json
    from flora_analytics.cli.terminal import print_table

    listed = quarantined.select(["run_id", "reason", "read_at"]).to_pandas()
    if format == "csv":
        print_csv(listed)
    elif format == "json":
        print_json({"rejected": machine_rows(quarantined.drop_columns("key").to_pandas())})
    elif len(listed):
        print_table(listed)
    else:
        say("No run was rejected.")
