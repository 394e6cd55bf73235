"""A store of made-up runs and rules to check it by; what a test is not about is filled in."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from flora_analytics.certificate import Certificate
from flora_analytics.check import Check, check_rules
from flora_analytics.rules import read_alerts
from flora_analytics.schema import RUN_SCHEMA
from flora_analytics.settings import Settings
from flora_analytics.store import RunStore

#: A Wednesday; the ledger speaks up to now.
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_run(ago: timedelta = HOUR, **given: Any) -> dict[str, Any]:
    """A run created so long before `NOW`: 2 s in the queue, a minute at work, 1 USD."""
    created = given.pop("created_at", NOW - ago)
    is_open = given.get("status") in ("pending", "running")
    run: dict[str, Any] = dict.fromkeys(RUN_SCHEMA.names)
    technique = given.get("technique_id", "tech_a")
    cost = given.pop("cost", "1")
    return (
        run
        | {
            "workspace_id": "ws_a",
            "project_id": "prj_a",
            "technique_id": technique,
            "technique_name": f"Name of {technique}",
            "status": "completed",
            "created_at": created,
            "started_at": None
            if given.get("status") == "pending"
            else created + timedelta(seconds=2),
            "completed_at": None if is_open else created + timedelta(seconds=62),
            "charged_cost": None if cost is None or is_open else Decimal(cost),
            "read_at": NOW,
        }
        | given
    )


def runs(n: int, ago: timedelta = HOUR, **given: Any) -> list[dict[str, Any]]:
    """The same run `n` times."""
    return [a_run(ago, **given) for _ in range(n)]


def as_table(rows: list[dict[str, Any]]) -> pa.Table:
    numbered = [row | {"run_id": row["run_id"] or f"run_{i}"} for i, row in enumerate(rows)]
    return pa.Table.from_pylist(numbered, schema=RUN_SCHEMA)


def store_of(
    folder: Path, rows: list[dict[str, Any]], *, as_of: datetime = NOW, complete: bool = True
) -> RunStore:
    """A store that was synced at `as_of`; called again for one place, it syncs on."""
    certificate = Certificate(
        scope="all", as_of=as_of, synced_at=as_of, complete=complete,
        reason=None if complete else "pages moved.",
    )  # fmt: skip
    store = RunStore(folder / "runs.delta")
    memory = {"certificate": certificate.to_dict()}
    store.commit(as_table(rows), scope="all", memory=lambda _: memory)
    return store


def settings_of(store: RunStore | Path, rules: str, **given: Any) -> Settings:
    """Settings with the rules of this TOML text."""
    content = tomllib.loads(rules)
    alerts = read_alerts(content.get("alerts"), content.get("rule", []))
    uri = store.uri if isinstance(store, RunStore) else str(store)
    return Settings(store=uri, alerts=alerts, **given)


def checked(
    folder: Path, rows: list[dict[str, Any]], rules: str, *, now: datetime = NOW, **given: Any
) -> Check:
    """What one check of these runs finds."""
    store = store_of(folder, rows, as_of=given.pop("as_of", NOW))
    return check_rules(settings_of(store, rules, **given), now=now)


def states(check: Check) -> dict[str, str]:
    """The state of each group."""
    return {verdict.group: verdict.state for verdict in check.verdicts}
