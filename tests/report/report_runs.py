"""Runs for report tests: a builder that fills in whatever a test is not about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from flora_analytics.schema import RUN_SCHEMA

MARCH = datetime(2026, 3, 1, 9, tzinfo=UTC)
READ_AT = datetime(2026, 3, 31, 12, tzinfo=UTC)


def make_run(**given: Any) -> dict[str, Any]:
    """One run, completed a minute after it began; `cost` in dollars, None = not stated."""
    created = given.get("created_at", MARCH)
    is_open = given.get("status") in ("pending", "running")
    usual: dict[str, Any] = {
        "workspace_id": "ws_a",
        "project_id": "prj_a",
        "technique_id": "tech_a",
        "technique_name": f"Name of {given.get('technique_id', 'tech_a')}",
        "status": "completed",
        "created_at": created,
        "started_at": created + timedelta(seconds=2),
        "completed_at": None if is_open else created + timedelta(seconds=62),
        "charged_cost": given.pop("cost", "0.25"),
        "outputs": [{"output_id": "o", "type": "imageUrl", "url": "https://media.example/s3cret"}],
        "error_message": "SECRET MESSAGE",
        "poll_url": "https://poll.example/s3cret",
        "read_at": READ_AT,
    }
    return usual | given


def make_table(*runs: dict[str, Any]) -> pa.Table:
    """An Arrow table of runs, of the schema's types."""
    rows = [
        {"run_id": f"run_{at}", **run, "charged_cost": _exact(run["charged_cost"])}
        for at, run in enumerate(runs)
    ]
    return pa.Table.from_pylist(rows, schema=RUN_SCHEMA.remove_metadata())


def _exact(cost: Any) -> Decimal | None:
    return None if cost is None else Decimal(str(cost)).quantize(Decimal("1e-9"))


def a_months_runs() -> pa.Table:
    """Sixty runs over February and March: three techniques, failures, an open and a free run."""
    runs = []
    for at in range(60):
        failed = at % 10 == 3
        runs.append(
            make_run(
                created_at=MARCH + timedelta(days=at - 30, minutes=at),
                technique_id=f"tech_{at % 3}",
                project_id=f"prj_{at % 4}",
                workspace_id=f"ws_{at % 2}",
                status="failed" if failed else "completed",
                error_code="provider_error" if failed else None,
                cost=None if at % 17 == 5 else "0" if at == 40 else f"{(at % 7 + 1) * 0.013:.3f}",
            )
        )
    runs.append(make_run(status="running", cost=None, created_at=READ_AT - timedelta(hours=1)))
    return make_table(*runs)
