"""Export of runs: a frame, an Arrow table or a stream in, one file out, in bounded memory.

Knows the schema of a run and what of it is kept back; knows no format.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.errors import DataError
from flora_analytics.export.formats import writer_for
from flora_analytics.export.whole import written_whole
from flora_analytics.frame import to_table
from flora_analytics.schema import COST_TYPE, RUN_SCHEMA

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

__all__ = ["write_runs"]

#: Rows of one row group; input in other portions is cut anew, so that the same runs give the
#: same bytes however they arrive.
_ROWS = 65_536
_IN_PLACE_OF_OUTPUTS = (
    pa.field(
        "n_outputs",
        pa.int64(),
        metadata={"description": "How many outputs the run made; null = not stated."},
    ),
    pa.field(
        "output_types",
        pa.string(),
        metadata={"description": "Their types, each once, in alphabetical order, joined by ' + '."},
    ),
)


def write_runs(
    runs: pd.DataFrame | pa.Table | pa.RecordBatchReader,
    target: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the word users know from pandas and the CLI
    outputs: bool = False,
    error_messages: bool = False,
    poll_urls: bool = False,
) -> int:
    """Write runs to one file that other tools read, in the order given.

    The file is written beside `target` and renamed when whole: after an error, what was there
    before is still there. The same runs and arguments give the same bytes. Money stays exact:
    ``decimal128(18, 9)`` in Parquet, nine places in CSV. Texts are not changed, in CSV either:
    this is a file for machines, and a spreadsheet may take a name such as ``=1+1`` for a
    formula.

    Parameters
    ----------
    runs : DataFrame, pyarrow.Table or RecordBatchReader, one row per run
        Any columns of ``flora_analytics.schema.RUN_SCHEMA``; further ones are written as they
        are. A reader is streamed, 65,536 runs at a time.
    target : path
        The file to make or replace. Its folder must be there.
    format : "parquet" or "csv", optional
        By default what the suffix of `target` means.
    outputs : bool, default False
        Write ``outputs`` as it is, URLs and texts included (in CSV as JSON). Otherwise
        ``n_outputs`` and ``output_types`` take its place.
    error_messages, poll_urls : bool, default False
        Write ``error_message`` and ``poll_url``, which are otherwise left out.

    Returns
    -------
    int
        Runs written.

    Raises
    ------
    ConfigurationError
        If the format is not known or the target cannot be written.
    DataError
        If a column cannot have the type of the schema.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> runs = pd.DataFrame({"run_id": ["run_a"], "charged_cost": [1e-7], "error_message": ["?"]})
    >>> target = Path(mkdtemp()) / "runs.csv"
    >>> write_runs(runs, target)
    1
    >>> print(target.read_text())
    run_id,charged_cost
    run_a,0.000000100
    <BLANKLINE>
    """
    write = writer_for(Path(target), format)
    kept_back = {"error_message": not error_messages, "poll_url": not poll_urls}
    source, batches = _opened(runs)
    schema = _schema(source, kept_back={name for name, is_so in kept_back.items() if is_so})
    if not outputs:
        schema = _without_outputs(schema)
    n_rows = 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal n_rows
        for batch in _recut(_shaped(part, schema) for part in batches):
            n_rows += batch.num_rows
            yield batch

    with written_whole(target) as path:
        write(path, schema, counted(), for_people=False)
    return n_rows


def _opened(runs: Any) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    if isinstance(runs, pd.DataFrame):
        runs = to_table(runs)
    if isinstance(runs, pa.Table):
        return runs.schema, runs.to_batches(max_chunksize=_ROWS)
    if isinstance(runs, pa.RecordBatchReader):
        return runs.schema, runs
    raise DataError(
        f"Runs of type {type(runs).__name__} cannot be exported; give a pandas DataFrame, a "
        "pyarrow Table or a pyarrow RecordBatchReader."
    )


def _schema(source: pa.Schema, *, kept_back: set[str]) -> pa.Schema:
    """The columns that are written, in their order, with the types and words of the schema."""
    fields = [
        RUN_SCHEMA.field(field.name).with_nullable(True)
        if field.name in RUN_SCHEMA.names
        else field.remove_metadata()
        for field in source
        if field.name not in kept_back
    ]
    return pa.schema(fields)


def _without_outputs(schema: pa.Schema) -> pa.Schema:
    if "outputs" not in schema.names:
        return schema
    at = schema.get_field_index("outputs")
    return pa.schema([*list(schema)[:at], *_IN_PLACE_OF_OUTPUTS, *list(schema)[at + 1 :]])


def _shaped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = {name: batch.column(name) for name in batch.schema.names if name in schema.names}
    if "outputs" in batch.schema.names and "outputs" not in schema.names:
        columns["n_outputs"] = pc.list_value_length(batch.column("outputs"))
        columns["output_types"] = _output_types(batch.column("outputs"))
    return pa.record_batch([_cast(columns[f.name], f) for f in schema], schema=schema)


def _cast(column: pa.Array, field: pa.Field) -> pa.Array:
    try:
        if pa.types.is_floating(column.type) and field.type == COST_TYPE:
            # Not stated is NaN in a float column and null in an exact one.
            column = pc.if_else(pc.is_nan(column), None, column)
        return column.cast(field.type)
    except pa.ArrowException as exc:
        raise DataError(
            f"Column {field.name!r} holds {column.type} values that are not {field.type}; "
            "give it as read_runs() or fetch_runs() returns it."
        ) from exc


def _output_types(outputs: pa.ListArray) -> pa.Array:
    """For each run the types of its outputs, ``imageUrl + videoUrl``; null where there are none."""
    types = pc.struct_field(pc.list_flatten(outputs), "type")
    pairs = pa.table({"run": pc.list_parent_indices(outputs), "type": types}).drop_null()
    each_once = pairs.group_by(["run", "type"]).aggregate([])
    in_order = each_once.sort_by([("run", "ascending"), ("type", "ascending")])
    by_run = in_order.group_by("run", use_threads=False).aggregate([("type", "list")])
    said = pc.binary_join(by_run["type_list"].combine_chunks(), " + ")
    runs = pa.array(range(len(outputs)), by_run["run"].type)
    return said.take(pc.index_in(runs, by_run["run"].combine_chunks()))


def _recut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in portions of `_ROWS`, the last one smaller."""
    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for batch in batches:
        waiting.append(batch)
        n_waiting += batch.num_rows
        while n_waiting >= _ROWS:
            whole = pa.concat_batches(waiting)
            yield whole.slice(0, _ROWS)
            waiting = [whole.slice(_ROWS)]
            n_waiting -= _ROWS
    if n_waiting:
        yield pa.concat_batches(waiting)
