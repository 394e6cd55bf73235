"""Parquet: zstd, exact decimals, microseconds, descriptions of the columns in the file.

Same batches, same bytes: nothing of the clock or the machine goes in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa

__all__ = ["write"]


def write(
    path: Path,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    for_people: bool,
) -> None:
    """Write each batch as a row group; see `flora_analytics.export.formats.Write`."""
    described = schema.with_metadata({"columns": json.dumps(_descriptions(schema))})
    with pq.ParquetWriter(path, described, compression="zstd", version="2.6") as parquet:
        for batch in batches:
            parquet.write_batch(batch, row_group_size=max(1, batch.num_rows))


def _descriptions(schema: pa.Schema) -> dict[str, str]:
    """For readers that do not know Arrow, as one JSON text under the key ``columns``."""
    return {
        field.name: field.metadata[b"description"].decode()
        for field in schema
        if field.metadata and b"description" in field.metadata
    }
