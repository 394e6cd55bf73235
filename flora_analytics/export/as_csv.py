"""CSV by RFC 4180: UTF-8, CRLF, quotes only where needed, a header.

A null is an empty field and an empty text is ``""``. Decimals keep all their places and no
number has an exponent: ``0.000000100``. Instants are ISO 8601, those in UTC with ``Z``, others
with their offset. Lists and structs are JSON. There is no byte order mark.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["write"]

#: What makes a spreadsheet take a text for a formula, the wide forms included.
_FORMULA = "^[=+\\-@\t\r\n＝＋－＠]"


def write(
    path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], *, for_people: bool
) -> None:
    """Write header and rows; with `for_people` texts that look like formulas get a ``'``."""
    names = [pa.array([name], pa.string()) for name in schema.names]
    header = pa.record_batch(names, names=schema.names)
    with path.open("wb") as out:
        for batch in chain([header], batches):
            out.write(_lines(batch, for_people=for_people))


def _lines(batch: pa.RecordBatch, *, for_people: bool) -> bytes:
    """All rows of a batch, joined column by column, because a Python loop would take minutes."""
    if not batch.num_columns or not batch.num_rows:
        return b""
    fields = [_fields(column, for_people=for_people) for column in batch.columns]
    rows = pc.binary_join_element_wise(*fields, pa.scalar(","))
    lines = pc.binary_join_element_wise(rows, pa.scalar(""), pa.scalar("\r\n"))
    return "".join(lines.to_pylist()).encode()


def _fields(column: pa.Array, *, for_people: bool) -> pa.Array:
    """A column as it stands in the file."""
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    texts = column.cast(pa.string()) if is_text else _as_text(column)
    if is_text and for_people:
        is_formula = pc.match_substring_regex(texts, _FORMULA)
        texts = pc.if_else(is_formula, _joined("'", texts), texts)
    escaped = pc.replace_substring(texts, '"', '""')
    needs_quotes = pc.match_substring_regex(texts, '^$|[",\r\n]')
    return pc.fill_null(pc.if_else(needs_quotes, _joined('"', escaped, '"'), texts), "")


def _joined(*parts: str | pa.Array) -> pa.Array:
    arrays = [pa.scalar(part) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*arrays, pa.scalar(""))


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind) and kind.tz == "UTC" and kind.unit == "us":
        plain = column.cast(pa.timestamp("us"))
        return pc.strftime(plain, format="%Y-%m-%dT%H:%M:%SZ")
    return pa.array([_said(value) for value in column.to_pylist()], pa.string())


def _said(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return None
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
