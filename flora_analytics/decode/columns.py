"""Lay runs out in columns: runs as the API served them in, one Arrow batch of our schema out.

Knows types and units. Judges no value, but Arrow itself refuses a cost that is no number or that
`COST_TYPE` cannot hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import pyarrow as pa

from flora_analytics.decode.wire import Output, Run, transposed
from flora_analytics.schema import INSTANT_TYPE, OUTPUTS_TYPE, RUN_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["MICROSECONDS", "TimeUnit", "run_batch"]

TimeUnit: TypeAlias = Literal["ms", "s"]
#: Length of each unit in which the API may state an instant. [µs]
MICROSECONDS: dict[TimeUnit, int] = {"ms": 1000, "s": 1_000_000}


def run_batch(runs: Sequence[Run], *, time_unit: TimeUnit, read_at: datetime) -> pa.RecordBatch:
    """These runs in the columns of `RUN_SCHEMA`, in their order.

    Raises `pyarrow.ArrowException` or `OverflowError` if a value does not fit its column.
    """
    served = transposed(runs, kind=Run)
    techniques = served["technique"]
    served["technique_id"] = [technique.technique_id for technique in techniques]
    served["technique_name"] = [technique.name for technique in techniques]

    def column(name: str, dtype: pa.DataType) -> pa.Array:
        if name == "read_at":
            return pa.repeat(pa.scalar(read_at, dtype), len(runs))
        if dtype == OUTPUTS_TYPE:
            return _outputs(served[name])
        if dtype == INSTANT_TYPE:
            return _instants(served[name], time_unit)
        return pa.array(served[name], dtype)

    columns = [column(field.name, field.type) for field in RUN_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=RUN_SCHEMA)


def _instants(values: Sequence[float | None], unit: TimeUnit) -> pa.Array:
    length = MICROSECONDS[unit]
    return pa.array([None if at is None else round(at * length) for at in values], INSTANT_TYPE)


def _outputs(values: Sequence[list[Output] | None]) -> pa.ListArray:
    """The lists laid end to end, which is quicker than from dicts."""
    flat: list[Output] = []
    starts: list[int | None] = []
    for outputs in values:
        starts.append(None if outputs is None else len(flat))
        flat += outputs or ()
    columns = transposed(flat, kind=Output)
    fields = list(OUTPUTS_TYPE.value_type)
    structs = pa.StructArray.from_arrays(
        [pa.array(columns[field.name], field.type) for field in fields], fields=fields
    )
    starts.append(len(flat))
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), structs, type=OUTPUTS_TYPE)
