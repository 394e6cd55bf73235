"""Generated histories as the Arrow tables that figures take."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from flora_analytics.sandbox import History
from flora_analytics.schema import RUN_SCHEMA


def table_of(history: History, *, since: datetime | None = None) -> pa.Table:
    """The runs of a history created from `since` on, without outputs."""
    first = 0 if since is None else since.timestamp() * 1000
    rows = [_row(run) for run in history if run["created_at"] >= first]
    names = ["workspace_id", "project_id", "technique_id", "technique_name", "status",
             "created_at", "started_at", "completed_at", "charged_cost", "error_code"]  # fmt: skip
    columns = {name: [row.get(name) for row in rows] for name in names}
    arrays = {}
    for name, values in columns.items():
        kind = RUN_SCHEMA.field(name).type
        if name == "charged_cost":
            arrays[name] = pa.array(
                [None if v is None else str(v) for v in values], pa.string()
            ).cast(kind)
        elif pa.types.is_timestamp(kind):
            arrays[name] = pa.array(values, pa.timestamp("ms", "UTC")).cast(kind)
        else:
            arrays[name] = pa.array(values, kind)
    return pa.table(arrays)


def _row(run: dict[str, object]) -> dict[str, object]:
    technique = run["technique"]
    return {**run, "technique_id": technique["technique_id"], "technique_name": technique["name"]}
