"""Runs for tests: a builder that fills in whatever a test is not about."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pyarrow as pa

from flora_analytics.frame import to_frame
from flora_analytics.schema import RUN_SCHEMA

NOON = pd.Timestamp("2026-03-02 12:00", tz="UTC")

_USUAL: dict[str, Any] = {
    "workspace_id": "ws_a",
    "project_id": "prj_a",
    "technique_id": "tech_a",
    "technique_name": "Upscale",
    "status": "completed",
    "created_at": NOON,
    "started_at": NOON,
    "completed_at": NOON,
    "read_at": NOON,
    "charged_cost": None,
    "outputs": [],
}


def make_table(**columns: list[Any]) -> pa.Table:
    """An Arrow table of runs; costs as int, str or Decimal, outputs as lists of their types."""
    n = len(next(iter(columns.values())))
    given = {name: [_USUAL.get(name)] * n for name in RUN_SCHEMA.names} | columns
    given["run_id"] = [f"run_{i}" for i in range(n)]
    given["outputs"] = [None if types is None else _outputs(types) for types in given["outputs"]]
    arrays = {}
    for field in RUN_SCHEMA:
        text = pa.types.is_decimal(field.type)
        values = [None if v is None else str(v) if text else v for v in given.pop(field.name)]
        arrays[field.name] = pa.array(values, pa.string() if text else field.type).cast(field.type)
    return pa.table(arrays | given)


def make_runs(**columns: list[Any]) -> pd.DataFrame:
    """The same as the frame that read_runs() gives."""
    return to_frame(make_table(**columns))


def _outputs(types: list[str]) -> list[dict[str, str]]:
    return [{"output_id": f"out_{i}", "type": kind, "url": ""} for i, kind in enumerate(types)]


def random_runs(n: int, *, seed: int) -> pa.Table:
    """Runs of 2026 drawn from a few values, instants in order or a little out of it."""
    draw = random.Random(seed)
    created = [NOON + pd.Timedelta(draw.randrange(300 * 86_400 * 10**6), "us") for _ in range(n)]

    def later(instants: list[Any]) -> list[Any]:
        spans = [draw.choice([None, draw.randint(-5, 10**8)]) for _ in instants]
        return [
            None if at is None or span is None else at + pd.Timedelta(span, "us")
            for at, span in zip(instants, spans, strict=True)
        ]

    def some(*values: Any) -> list[Any]:
        return [draw.choice(values) for _ in range(n)]

    costs = [None, 0, *(Decimal(draw.randrange(10**12)).scaleb(-9) for _ in range(40))]
    return make_table(
        workspace_id=some("ws_a", "ws_b"),
        project_id=some("prj_a", "prj_b", "prj_c"),
        technique_id=some("tech_a", "tech_b", "tech_c"),
        technique_name=some("Upscale", "Relight", None),
        status=some(*["completed"] * 6, "failed", "failed", "running", "pending", "paused"),
        created_at=created,
        started_at=later(created),
        completed_at=later(created),
        charged_cost=some(*costs),
        error_code=some("model_timeout", "safety_blocked", None),
        outputs=some(None, [], ["imageUrl"], ["imageUrl", "imageUrl"], ["videoUrl", "imageUrl"]),
    )


costs = st.none() | st.decimals(0, 4_000_000, places=9)
instants = st.datetimes(
    pd.Timestamp("2026-01-01"),
    pd.Timestamp("2027-12-31"),
    timezones=st.just(dt.UTC),
).map(pd.Timestamp)


@st.composite
def many_runs(draw: st.DrawFn, min_size: int = 0, max_size: int = 25) -> pa.Table:
    """Any runs that the API could list."""
    some = st.sampled_from
    span = st.none() | st.integers(-5, 10**8).map(lambda us: pd.Timedelta(us, "us"))
    columns: dict[str, st.SearchStrategy[Any]] = {
        "workspace_id": some(["ws_a", "ws_b"]),
        "project_id": some(["prj_a", "prj_b", "prj_c"]),
        "technique_id": some(["tech_a", "tech_b", "tech_c"]),
        "technique_name": st.none() | some(["Upscale", "Relight", "relight"]),
        "status": some(["completed", "completed", "failed", "running", "pending", "paused"]),
        "created_at": instants,
        "started_at": span,
        "completed_at": span,
        "charged_cost": costs,
        "error_code": st.none() | some(["model_timeout", "safety_blocked"]),
        "outputs": st.none() | st.lists(some(["imageUrl", "videoUrl", "text"]), max_size=3),
    }
    row = st.fixed_dictionaries(columns)
    rows = draw(st.lists(row, min_size=min_size, max_size=max_size))
    for run in rows:
        for end in ("started_at", "completed_at"):
            run[end] = None if run[end] is None else run["created_at"] + run[end]
    return make_table(**{name: [run[name] for run in rows] for name in columns})
