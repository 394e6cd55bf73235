"""From a figure's formula to its table: group, compute, name, sort, and give pandas its types.

A formula and a cut in, one small pandas table out. Knows no particular figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from flora_analytics.errors import DataError
from flora_analytics.metrics.cut import SLOT
from flora_analytics.metrics.engine import columns_of, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flora_analytics.metrics.cut import Cut, Key
    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["tabulate"]

#: Exact sums of money, in Arrow and in pandas.
SUM_TYPE = pa.decimal128(38, 9)


def tabulate(
    runs: Runs,
    cut: Cut,
    formula: Callable[[Table, OpenedRuns], dict[str, Value]],
    *,
    needs: Sequence[str],
    largest: Sequence[str],
    prepare: Callable[[Table, OpenedRuns], Table] | None = None,
    only: Callable[[Table], Value] | None = None,
    then: Callable[[Table, list[str]], Table] | None = None,
    spans: Sequence[str] = (),
) -> pd.DataFrame:
    """The table of a figure: one row per group and period, index and dtypes as promised.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
    cut : Cut
        Groups and periods.
    formula : function of the lazy runs and their engine
        The columns in order, each an Ibis aggregate.
    needs : columns that the formula reads
    largest : columns to sort by, descending; after the period, before the keys
    prepare : function of the lazy runs and their engine, optional
        Adds columns that need other runs, such as the one before; the formula reads them.
    only : function of the lazy runs, optional
        Which runs to look at.
    then : function of the lazy table and the names of its keys, optional
        Adds what needs the whole table, such as a share of it.
    spans : columns that are microseconds and become ``timedelta64[us]``
    """
    keys = cut.keys(columns_of(runs))
    with opened(runs, _columns(keys, cut, needs)) as source:
        runs = source.table if prepare is None else prepare(source.table, source)
        keyed = _keyed(runs, source, keys, cut)
        outer = [_alias(i) for i in range(len(keys))] + ["_period"] * (cut.period is not None)
        kept = keyed if only is None else keyed.filter(only(keyed))
        columns = {
            # Spark counts a condition that is null in every row as null.
            name: value.fill_null(0) if name.startswith("n_") else value
            for name, value in formula(kept, source).items()
        }
        _refuse_clash(keys, columns)
        table = kept.group_by(outer).aggregate(**columns) if outer else kept.aggregate(**columns)
        if then is not None:
            table = then(table, outer)
        order = [name for name in table.columns if name not in outer]
        for i, key in enumerate(keys):
            if key.name is not None:
                table = table.left_join(_latest_names(keyed, _alias(i), key.name), _alias(i))
                order.insert(0, key.name)
                table = table.mutate(**{key.name: table[key.name].fill_null(table[_alias(i)])})
        answer = source.answer(table.select(*outer, *order))
    return _as_pandas(answer, keys, cut, largest, spans)


def _refuse_clash(keys: list[Key], columns: Iterable[str]) -> None:
    if clash := {name for key in keys for name in (key.level, key.name)} & set(columns):
        raise DataError(
            f"by= names {', '.join(map(str, clash))}, which is a column of the figure itself; "
            "give the runs that column under another name to group by it."
        )


def _columns(keys: list[Key], cut: Cut, needs: Sequence[str]) -> list[str]:
    wanted = [*needs]
    for key in keys:
        wanted += [key.column] if key.name is None else [key.column, key.name, "created_at"]
    if cut.period is not None:
        wanted.append("created_at")
    return list(dict.fromkeys(wanted))


def _alias(i: int) -> str:
    # A key may be a column that the formula reads as well, under its own name and type.
    return f"_key_{i}"


def _keyed(runs: Table, source: OpenedRuns, keys: list[Key], cut: Cut) -> Table:
    runs = runs.mutate(**{_alias(i): key.value(runs) for i, key in enumerate(keys)})
    if cut.period is None:
        return runs
    runs = runs.mutate(_slot=source.microseconds(runs.created_at) // SLOT)
    used = source.answer(runs.select("_slot").distinct().order_by("_slot"))["_slot"]
    slots = used.drop_null().to_pylist()
    starts = pa.table(
        {
            "_slot": pa.array(slots, pa.int64()),
            "_period": pa.array(cut.period_starts(slots), pa.int64()),
        }
    )
    return runs.left_join(source.beside(starts), "_slot")


def _latest_names(runs: Table, key: str, name: str) -> Table:
    """One row per key: the name of its newest run, whatever the order of rows."""
    used = (
        runs.filter(runs[name].notnull()).group_by(key, name).aggregate(_at=runs.created_at.max())
    )
    newest = used.group_by(key).aggregate(_at=used["_at"].max())
    latest = used.join(newest, [key, "_at"])
    return latest.group_by(key).aggregate(**{name: latest[name].min()})


def _as_pandas(
    answer: pa.Table, keys: list[Key], cut: Cut, largest: Sequence[str], spans: Sequence[str]
) -> pd.DataFrame:
    order = [(name, "descending") for name in largest]
    order += [(_alias(i), "ascending") for i in range(len(keys))]
    if cut.period is not None:
        order.insert(0, ("_period", "ascending"))
    answer = answer.sort_by(order)
    for i, field in enumerate(answer.schema):
        if pa.types.is_decimal(field.type):
            answer = answer.set_column(i, field.name, answer[i].cast(SUM_TYPE))
        elif field.name in spans:
            answer = answer.set_column(i, field.name, answer[i].cast(pa.duration("us")))
        elif field.name == "_period":
            instants = answer[i].cast(pa.timestamp("us", "UTC"))
            answer = answer.set_column(i, field.name, instants)
    table: pd.DataFrame = answer.to_pandas(types_mapper={SUM_TYPE: pd.ArrowDtype(SUM_TYPE)}.get)
    table = table.rename(columns={_alias(i): key.level for i, key in enumerate(keys)})
    levels = [key.level for key in keys]
    if cut.period is not None:
        levels.append("period_start")
        table["period_start"] = table.pop("_period").dt.tz_convert(cut.tz)
    return table.set_index(levels) if levels else table
