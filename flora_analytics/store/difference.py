"""Which rows say something new: a comparison of two Arrow tables, column by column.

Pure Arrow; knows no storage. Null equals null, an unstated cost differs from zero, and when a
row was read is no part of what it says.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["differs", "last_of_each"]

#: Says when we read the row, not what the API said.
_NOT_CONTENT = ("read_at",)


def last_of_each(runs: pa.Table) -> pa.Table:
    """Each run once, as its last row has it, in the order of those rows."""
    rows = pa.table({"run_id": runs["run_id"], "row": pa.array(range(runs.num_rows), pa.int64())})
    last = rows.group_by("run_id").aggregate([("row", "max")])["row_max"]
    if len(last) == runs.num_rows:
        return runs
    return runs.take(last.take(pc.sort_indices(last)))


def differs(ours: pa.Table, theirs: pa.Table) -> pa.BooleanArray:
    """For each row of two aligned tables with one schema: does any column differ?"""
    different = pa.array([False] * ours.num_rows, pa.bool_())
    for name in ours.column_names:
        if name not in _NOT_CONTENT:
            column = _column_differs(_chunk(ours[name]), _chunk(theirs[name]))
            different = pc.or_(different, column)
    return different


def _chunk(column: pa.ChunkedArray) -> pa.Array:
    chunk = column.combine_chunks()
    return chunk.chunk(0) if isinstance(chunk, pa.ChunkedArray) else chunk


def _column_differs(ours: pa.Array, theirs: pa.Array) -> pa.BooleanArray:
    if pa.types.is_list(ours.type):
        return _lists_differ(ours, theirs)
    both_null = pc.and_(pc.is_null(ours), pc.is_null(theirs))
    equal = pc.fill_null(pc.equal(ours, theirs), False)
    return pc.invert(pc.or_(equal, both_null))


def _lists_differ(ours: pa.ListArray, theirs: pa.ListArray) -> pa.BooleanArray:
    """Lists of structs differ by their lengths or by any field of any element."""
    lengths = [pc.fill_null(pc.list_value_length(side), -1) for side in (ours, theirs)]
    same_length = pc.equal(*lengths)
    rows = pc.indices_nonzero(same_length)
    ours, theirs = ours.take(rows), theirs.take(rows)
    parents = pc.list_parent_indices(ours)
    elements = pc.list_flatten(ours), pc.list_flatten(theirs)
    unlike = pa.array([False] * len(parents), pa.bool_())
    for field in range(ours.type.value_type.num_fields):
        unlike = pc.or_(unlike, _column_differs(*(pc.struct_field(e, field) for e in elements)))
    unlike_rows = rows.take(pc.unique(parents.filter(unlike)))
    in_elements = pc.is_in(pa.array(range(len(same_length)), rows.type), value_set=unlike_rows)
    return pc.or_(pc.invert(same_length), in_elements)
