"""The Parquet files that hold a table's rows: read, written and rewritten in bounded memory.

A file is written whole under a new name before any commit speaks of it, and never changed
afterwards. Knows Arrow's file systems; knows no versions and no runs but their key.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

__all__ = ["DataFile", "Files", "local_path"]

#: Rows that are decoded, replaced and encoded at once.
_GROUP_ROWS = 32_768
#: Columns whose values repeat; the others are not worth a dictionary.
_REPETITIVE = (
    "workspace_id",
    "project_id",
    "technique_id",
    "technique_name",
    "status",
    "progress",
    "error_code",
    "error_message",
    "read_at",
    "outputs.list.element.output_id",
    "outputs.list.element.type",
)


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file of a table.

    Attributes
    ----------
    path : str
        Inside the table, as its log names it.
    partition : mapping of str to str
        The value that all its rows share, for each partition column.
    n_rows, n_bytes, written_at : int
        [runs], [bytes], [ms since 1970]
    """

    path: str
    partition: Mapping[str, str]
    n_rows: int
    n_bytes: int
    written_at: int

    @property
    def stats(self) -> str:
        """Delta Lake's statistics of the file, as JSON."""
        return json.dumps({"numRecords": self.n_rows})


class Files:
    """The data files under one table's root, all of one schema.

    Parameters
    ----------
    uri : str
        The table's root: a local folder or an object-store prefix.
    schema : pyarrow.Schema
        Of the files; partition columns lie in their paths alone.
    """

    def __init__(self, uri: str, schema: pa.Schema) -> None:
        self._schema = schema
        self._root, self._filesystem = _located(uri)

    def path_of(self, file: DataFile) -> str:
        """Where a file lies in its file system."""
        return f"{self._root}/{unquote(file.path)}"

    def dataset(self, files: Iterable[DataFile]) -> ds.Dataset:
        """The rows of some files, lazily."""
        paths = [self.path_of(file) for file in files]
        if not paths:
            return ds.dataset(self._schema.empty_table())
        return ds.dataset(paths, schema=self._schema, format="parquet", filesystem=self._filesystem)

    def write(self, rows: pa.Table, *, partition: Mapping[str, str]) -> DataFile:
        """A new file of these rows, which all belong into one partition."""
        # Pages come in small batches, each of which would become a row group by itself.
        return next(self._write(rows.combine_chunks().to_batches(_GROUP_ROWS), partition))

    def rewrite(self, file: DataFile, rows: pa.Table) -> DataFile:
        """A new file with `rows` in the place of those of `file` with the same ``run_id``."""
        batches = (_replaced(batch, rows) for batch in self._batches([file]))
        return next(self._write(batches, file.partition))

    def merge(self, files: Sequence[DataFile], *, max_rows: int) -> list[DataFile]:
        """New files of about `max_rows` rows each, with the rows of some files of a partition."""
        return list(self._write(self._batches(files), files[0].partition, max_rows=max_rows))

    def scanner(self, files: Iterable[DataFile], **options: Any) -> ds.Scanner:
        """A scan with little read ahead, so that memory does not grow with the files."""
        is_remote = not isinstance(self._filesystem, fs.LocalFileSystem)
        return self.dataset(files).scanner(
            batch_size=_GROUP_ROWS,
            batch_readahead=2,
            fragment_readahead=1,
            fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=is_remote),
            **options,
        )

    def _batches(self, files: Iterable[DataFile]) -> Iterator[pa.RecordBatch]:
        """The rows of whole files in their order, a batch at a time and none ahead."""
        for file in files:
            with (
                self._filesystem.open_input_file(self.path_of(file)) as source,
                pq.ParquetFile(source) as parquet,
            ):
                for batch in parquet.iter_batches(_GROUP_ROWS, use_threads=False):
                    yield batch.select(self._schema.names).cast(self._schema)

    def _write(
        self,
        batches: Iterable[pa.RecordBatch],
        partition: Mapping[str, str],
        *,
        max_rows: float = inf,
    ) -> Iterator[DataFile]:
        """New files, each given when it is whole; a batch is never split."""
        waiting = iter(batches)
        batch = next(waiting, None)
        while batch is not None:
            folder = "".join(f"{name}={value}/" for name, value in partition.items())
            path, n_rows = f"{folder}part-{uuid.uuid4()}.zstd.parquet", 0
            with self._writer(path) as writer:
                while batch is not None and n_rows < max_rows:
                    writer.write_batch(batch.cast(self._schema), row_group_size=_GROUP_ROWS)
                    n_rows += batch.num_rows
                    batch = next(waiting, None)
            n_bytes = self._filesystem.get_file_info(f"{self._root}/{path}").size
            yield DataFile(path, partition, n_rows, n_bytes, int(time.time() * 1000))

    def _writer(self, path: str) -> pq.ParquetWriter:
        target = f"{self._root}/{path}"
        if isinstance(self._filesystem, fs.LocalFileSystem):  # object stores have no folders
            self._filesystem.create_dir(target.rpartition("/")[0], recursive=True)
        return pq.ParquetWriter(
            target,
            self._schema,
            filesystem=self._filesystem,
            compression="zstd",
            use_dictionary=[name for name in _REPETITIVE if self._has(name)],
            store_decimal_as_integer=True,
        )

    def _has(self, column: str) -> bool:
        return column.partition(".")[0] in self._schema.names


def local_path(uri: str) -> Path | None:
    """The folder that a URI without a scheme, or with ``file://``, means; None if remote."""
    parts = urlsplit(uri)
    if len(parts.scheme) > 1 and parts.scheme != "file":  # one letter: a Windows drive
        return None
    return Path(unquote(parts.path) if parts.scheme == "file" else uri)


def _located(uri: str) -> tuple[str, fs.FileSystem]:
    path = local_path(uri)
    if path is not None:
        return path.absolute().as_posix(), fs.LocalFileSystem()
    filesystem, root = fs.FileSystem.from_uri(uri)
    return root.rstrip("/"), filesystem


def _replaced(batch: pa.RecordBatch, rows: pa.Table) -> pa.RecordBatch:
    """The batch with each row that `rows` knows better in its place."""
    at = pc.index_in(batch["run_id"], value_set=rows["run_id"].combine_chunks())
    if at.null_count == len(at):
        return batch
    own = pa.array(range(len(at)), pa.int64())
    both = pa.concat_tables([pa.Table.from_batches([batch]), rows.select(batch.schema.names)])
    better = pc.add(at.cast(pa.int64()), batch.num_rows)
    return both.take(pc.coalesce(better, own)).combine_chunks().to_batches()[0]
