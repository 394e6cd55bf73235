"""The runs frame: typed Arrow rows to the pandas frame people explore, and back without loss.

Knows the schema and pandas' dtypes; knows neither where the rows come from nor what is
computed from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.errors import DataError
from flora_analytics.schema import COST_TYPE, OUTPUTS_TYPE, RUN_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Money", "check_instants", "to_frame", "to_table"]

Money = Literal["float", "decimal"]
_NANOS_PER_DOLLAR = pa.scalar(10**9, pa.decimal128(10, 0))
#: Any int64 fits, which Arrow insists on before it looks at the values.
_WHOLE_DOLLARS = pa.decimal128(28, 9)


def to_frame(table: pa.Table, *, money: Money = "float") -> pd.DataFrame:
    """The runs of an Arrow table as a pandas frame, one row per run.

    Parameters
    ----------
    table : pyarrow.Table
        Any of the columns of ``flora_analytics.schema.RUN_SCHEMA``.
    money : "float" or "decimal", default "float"
        ``float`` gives ``charged_cost`` as float64: every pandas method works on it, and a cost
        of nine places under 4 million USD casts back to the very same decimal. ``decimal``
        gives exact Arrow decimals, with which pandas can add but not describe or plot. [USD]

    Returns
    -------
    DataFrame
        Texts as ``str``, instants as ``datetime64[us, UTC]``, ``progress`` and ``charged_cost``
        as ``float64``, ``outputs`` as one Arrow list of structs per run. What the API did not
        state is missing (NaN, NaT or None), never zero. Same dtypes with no runs at all.

    Examples
    --------
    >>> runs = to_frame(RUN_SCHEMA.empty_table())
    >>> print(runs["charged_cost"].dtype, runs["created_at"].dtype)
    float64 datetime64[us, UTC]
    """
    if money not in ("float", "decimal"):
        raise DataError(f"money={money!r} is not known; write 'float' or 'decimal'.")
    exact = money == "decimal"
    if not exact and "charged_cost" in table.column_names:
        at = table.column_names.index("charged_cost")
        table = table.set_column(at, "charged_cost", _nearest_float(table["charged_cost"]))
    arrow_kept = [field.type for field in table.schema if _stays_arrow(field.type)]
    keep: Mapping[pa.DataType, pd.ArrowDtype] = {kept: pd.ArrowDtype(kept) for kept in arrow_kept}
    runs: pd.DataFrame = table.replace_schema_metadata(None).to_pandas(types_mapper=keep.get)
    return runs


def to_table(runs: pd.DataFrame) -> pa.Table:
    """The runs of a frame as an Arrow table with the exact types of the schema.

    The way back from `to_frame`: a float64 ``charged_cost`` becomes the decimal it came from,
    NaN becomes null. Columns the schema does not know keep the type Arrow infers for them.

    Raises
    ------
    DataError
        If a column cannot hold its type, such as a cost that is text, an instant has no time
        zone, or two columns have one name.

    Examples
    --------
    >>> runs = pd.DataFrame({"charged_cost": [0.1, 1e-7, float("nan")]})
    >>> [str(cost) for cost in to_table(runs)["charged_cost"]]
    ['0.100000000', '1.00E-7', 'None']
    """
    if twice := [str(name) for name in runs.columns[runs.columns.duplicated()]]:
        raise DataError(
            f"The runs have {', '.join(map(repr, twice))} twice; "
            "runs.loc[:, ~runs.columns.duplicated()] keeps the first."
        )
    return pa.table({str(name): _column(str(name), runs[name]) for name in runs.columns})


def check_instants(name: str, kind: pa.DataType) -> None:
    """Refuse a column of times that are no instants.

    Raises
    ------
    DataError
        If it holds no timestamps, or has no time zone: nobody knows which times they are.
    """
    if not pa.types.is_timestamp(kind) or kind.tz is None:
        raise DataError(
            f"Column {name!r} is {kind}, not instants with a time zone; "
            f'pd.to_datetime(runs["{name}"], utc=True) makes them such if they are in UTC.'
        )


def _nearest_float(cost: pa.ChunkedArray) -> pa.ChunkedArray:
    # Arrow's own cast multiplies by 1e-9 and makes 0.30000000000000004 of 0.3. A division of
    # two exact floats is rounded once, to the nearest: the float that Python reads from "0.3".
    nanos = pc.multiply(cost.cast(COST_TYPE), _NANOS_PER_DOLLAR).cast(pa.int64())
    return pc.divide(nanos.cast(pa.float64(), safe=False), 1e9)


def _stays_arrow(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(dtype) or pa.types.is_nested(dtype))


def _column(name: str, values: pd.Series) -> pa.Array:
    try:
        column = pa.Array.from_pandas(values)
        if name not in RUN_SCHEMA.names:
            return column
        wanted = RUN_SCHEMA.field(name).type
        if wanted == COST_TYPE and pa.types.is_floating(column.type):
            return _exact_cost(column)
        if wanted == COST_TYPE and pa.types.is_integer(column.type):
            column = column.cast(_WHOLE_DOLLARS)
        # A text names its own zone, or Arrow refuses it; a column of nothing needs none.
        is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        if pa.types.is_timestamp(wanted) and column.null_count < len(column) and not is_text:
            check_instants(name, column.type)
        return column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as exc:
        raise DataError(
            f"Column {name!r} holds {values.dtype} values that are not "
            f"{RUN_SCHEMA.field(name).type if name in RUN_SCHEMA.names else 'Arrow data'}; "
            "give it as read_runs() or fetch_runs() returns it."
        ) from exc


def _exact_cost(cost: pa.Array) -> pa.Array:
    # Arrow rounds a float to the nearest decimal of the asked scale, which is the nine-place
    # cost it came from; a NaN made inside Arrow is as unknown as a null.
    stated = pc.if_else(pc.is_nan(cost), None, cost)
    return stated.cast(pa.float64()).cast(COST_TYPE)


@pd.api.extensions.register_extension_dtype
class _OutputsByName(pd.ArrowDtype):
    """Lets ``pandas.read_parquet`` find the dtype of ``outputs`` by the name it was saved under.

    pandas writes a nested Arrow dtype's name into the file but cannot read that name back.
    """

    @classmethod
    def construct_from_string(cls, string: str) -> pd.ArrowDtype:
        if string == str(pd.ArrowDtype(OUTPUTS_TYPE)):
            return pd.ArrowDtype(OUTPUTS_TYPE)
        raise TypeError(f"{string!r} is not the dtype of outputs")
