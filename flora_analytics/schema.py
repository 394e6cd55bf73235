"""What a run is: the one Arrow schema that decode fills, the store keeps and figures read.

Knows names, types, units and meanings; knows no JSON, no pandas and no storage.
"""

from __future__ import annotations

import pyarrow as pa

__all__ = ["COST_TYPE", "FILTERS", "INSTANT_TYPE", "OPEN_STATUSES", "OUTPUTS_TYPE", "RUN_SCHEMA"]

#: US dollars to the nano-dollar, exact.
COST_TYPE = pa.decimal128(18, 9)
#: Microseconds, because nanoseconds break Athena, Trino and older Spark.
INSTANT_TYPE = pa.timestamp("us", "UTC")
OUTPUTS_TYPE = pa.list_(
    pa.struct([("output_id", pa.string()), ("type", pa.string()), ("url", pa.string())])
)

#: The filters that `GET /technique-runs` takes.
FILTERS = ("workspace_id", "project_id", "technique_id", "status")
#: Statuses of runs that have not ended. Finished runs are ``completed`` or ``failed``; any
#: other status is the API's own news and is counted under its own name.
OPEN_STATUSES = ("pending", "running")


def _column(name: str, dtype: pa.DataType, meaning: str, *, required: bool = False) -> pa.Field:
    return pa.field(name, dtype, nullable=not required, metadata={"description": meaning})


#: One row per run. ``required`` columns are never null; each field's metadata holds its
#: ``description``. Null means that the API did not state the field, never zero.
RUN_SCHEMA = pa.schema(
    [
        _column("run_id", pa.string(), "Run identifier, unique: the key.", required=True),
        _column("technique_run_id", pa.string(), "Second run identifier; equals run_id so far."),
        _column("workspace_id", pa.string(), "Workspace the run belongs to.", required=True),
        _column("project_id", pa.string(), "Project the run belongs to.", required=True),
        _column("technique_id", pa.string(), "Technique that was run.", required=True),
        _column("technique_name", pa.string(), "The technique's name as listed with the run."),
        _column(
            "status",
            pa.string(),
            "pending, running, completed or failed; a new word of the API passes as it is.",
            required=True,
        ),
        _column("progress", pa.float64(), "Progress, 0 to 100. [percent]"),
        _column("created_at", INSTANT_TYPE, "When the run was created. [UTC]", required=True),
        _column("started_at", INSTANT_TYPE, "When it began to execute. [UTC]"),
        _column("completed_at", INSTANT_TYPE, "When it ended, well or not. [UTC]"),
        _column(
            "charged_cost",
            COST_TYPE,
            "What the API says it charged, rounded half-even to nine places; "
            "null = not stated, which is not 0. [USD]",
        ),
        _column("error_code", pa.string(), "Machine-readable reason of a failure."),
        _column("error_message", pa.string(), "Human-readable reason of a failure."),
        _column(
            "outputs",
            OUTPUTS_TYPE,
            "What the run made: output_id, type (imageUrl, videoUrl, audioUrl, text, documentUrl) "
            "and url, which holds the text itself for type text.",
        ),
        _column("poll_url", pa.string(), "Where this one run can be asked for again."),
        _column(
            "read_at",
            INSTANT_TYPE,
            "When we asked the API for this version of the run. [UTC]",
            required=True,
        ),
    ]
)
