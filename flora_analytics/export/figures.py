"""Export of a figure: a metric table in, one file out.

Knows how metric tables carry their groups, money and spans; knows no figure in particular and
no format.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.errors import DataError
from flora_analytics.export.formats import writer_for
from flora_analytics.export.whole import written_whole

if TYPE_CHECKING:
    import os

__all__ = ["write_figure"]


def write_figure(
    table: pd.DataFrame,
    target: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the word users know from pandas and the CLI
    for_people: bool = True,
) -> int:
    """Write the table of a metric to one file, in its order.

    Groups and ``period_start`` become columns, left of the figures. Money stays exact:
    ``decimal128(38, 9)`` in Parquet, nine places in CSV. A span becomes float64 seconds under
    the name with ``_s``, ``p50`` as ``p50_s``, because most tools know no spans. A period
    starts with its zone's offset. The file is written beside `target` and renamed when whole;
    the same table and arguments give the same bytes.

    Parameters
    ----------
    table : DataFrame
        As a function of `flora_analytics.metrics` returns it.
    target : path
        The file to make or replace. Its folder must be there.
    format : "parquet" or "csv", optional
        By default what the suffix of `target` means.
    for_people : bool, default True
        In CSV, put ``'`` before a text that a spreadsheet would run as a formula: one that
        begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break. False leaves texts as
        they are, for machines. Numbers are never touched.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    ConfigurationError
        If the format is not known or the target cannot be written.
    DataError
        If the table cannot be an Arrow table.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> table = pd.DataFrame(
    ...     {"n_runs": [2], "p50": pd.to_timedelta([1500], unit="ms")},
    ...     index=pd.Index(["=1+1"], name="project_id"),
    ... )
    >>> target = Path(mkdtemp()) / "queue_time.csv"
    >>> write_figure(table, target)
    1
    >>> print(target.read_text())
    project_id,n_runs,p50_s
    '=1+1,2,1.5
    <BLANKLINE>
    """
    write = writer_for(Path(target), format)
    rows = _to_arrow(table)
    with written_whole(target) as path:
        write(path, rows.schema, rows.combine_chunks().to_batches(), for_people=for_people)
    return int(rows.num_rows)


def _to_arrow(table: pd.DataFrame) -> pa.Table:
    named = [name for name in table.index.names if name is not None]
    # With no groups the index only counts the one row.
    flat = table.reset_index() if named else table.reset_index(drop=True)
    try:
        columns = [_column(str(name), pa.array(flat[name])) for name in flat.columns]
    except (pa.ArrowException, ValueError) as exc:
        raise DataError(
            f"A table of {sorted(map(str, flat.columns))} cannot be exported: its types or "
            "names are not those of a metric's table."
        ) from exc
    return pa.table([values for _, values in columns], names=[name for name, _ in columns])


def _column(name: str, values: pa.Array) -> tuple[str, pa.Array]:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_duration(values.type):
        microseconds = values.cast(pa.duration("us")).cast(pa.int64())
        return f"{name}_s", pc.divide(microseconds.cast(pa.float64()), 1e6)
    return name, values.cast(pa.string()) if pa.types.is_large_string(values.type) else values
