"""Rows of runs for the store's tests: a builder that fills in whatever a test is not about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from flora_analytics.schema import RUN_SCHEMA
from flora_analytics.store import RunStore, Written

MARCH = datetime(2026, 3, 2, 12, tzinfo=UTC)
READ_AT = datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_run(run_id: str = "run_a", **fields: Any) -> dict[str, Any]:
    run: dict[str, Any] = dict.fromkeys(RUN_SCHEMA.names)
    run |= {
        "run_id": run_id,
        "workspace_id": "ws_a",
        "project_id": "prj_a",
        "technique_id": "tech_a",
        "status": "completed",
        "created_at": MARCH,
        "charged_cost": Decimal("0.25"),
        "outputs": [an_output()],
        "read_at": READ_AT,
    }
    return run | fields


def an_output(**fields: Any) -> dict[str, Any]:
    return {"output_id": "output_1", "type": "imageUrl", "url": "https://m.example/1.png"} | fields


def rows(*runs: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(runs), schema=RUN_SCHEMA)


def commit(store: RunStore, *runs: dict[str, Any], scope: str = "all", **memory: Any) -> Written:
    """Commit runs; `memory` is added to what the scope remembers."""
    return store.commit(rows(*runs), scope=scope, memory=lambda old: old | memory)


def stored(store: RunStore) -> list[dict[str, Any]]:
    return sorted(store.snapshot().dataset().to_table().to_pylist(), key=lambda run: run["run_id"])


def parquet_files(store: RunStore) -> set[Path]:
    """The data files on disk, those of earlier versions included."""
    return set(Path(store.uri).glob("created_month=*/*.parquet"))
