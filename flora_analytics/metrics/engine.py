"""The one door to Ibis and DuckDB: runs of any kind in, checked lazy tables and answers out.

A pandas frame or an Arrow table is read by an in-process DuckDB, an Ibis table or a Spark
frame by the engine it lives in. Everything above this module is plain Ibis expressions that
every engine understands; what engines call differently is declared here. No extension is
loaded and the time zones of an engine are never asked: they are often older than Python's.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
import pyarrow as pa

from flora_analytics.errors import DataError, MissingColumnError
from flora_analytics.frame import to_table
from flora_analytics.schema import INSTANT_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

__all__ = [
    "OpenedRuns",
    "Runs",
    "Table",
    "Value",
    "columns_of",
    "is_spark",
    "opened",
    "running",
    "together",
]

#: pandas.DataFrame, pyarrow.Table, ibis.Table or pyspark.sql.DataFrame; one row per run.
Runs: TypeAlias = Any
#: A lazy Ibis table and a lazy Ibis column or aggregate. Ibis builds their methods at run
#: time, so that a type checker has nothing to check.
Table: TypeAlias = Any
Value: TypeAlias = Any

_INSTANTS = ("created_at", "started_at", "completed_at", "read_at")
#: What each engine calls the microseconds since 1970 of an instant.
_MICROSECONDS = {"duckdb": "epoch_us", "pyspark": "unix_micros"}
#: What Ibis sets in a Spark session that it connects to.
_SET_BY_IBIS = ("spark.sql.session.timeZone", "spark.sql.mapKeyDedupPolicy")
_of_thread = threading.local()


@dataclass(frozen=True, slots=True)
class OpenedRuns:
    """Runs as a lazy `table` of the columns asked for, in the engine `backend`."""

    table: Table
    backend: Any
    _cleanup: contextlib.ExitStack

    def microseconds(self, instant: Value) -> Value:
        """Microseconds since 1970, int64: what spans and periods are computed from."""
        return _microseconds(self.backend.name)(instant)

    def beside(self, rows: pa.Table) -> Table:
        """A small table put next to the runs, to be joined with them."""
        return _put(self.backend, rows, self._cleanup)

    def answer(self, expression: Table) -> pa.Table:
        """What the engine computes for the expression."""
        if self.backend.name == "pyspark":
            return _collected(self.backend, expression)
        answer: pa.Table = self.backend.to_pyarrow(expression)
        return answer


@contextlib.contextmanager
def opened(runs: Runs, columns: Collection[str]) -> Iterator[OpenedRuns]:
    """The named columns of `runs` in their engine, ``charged_cost`` as exact decimals.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If `runs` is no table this package reads, or an instant has no time zone.
    """
    if missing := set(columns) - set(columns_of(runs)):
        raise MissingColumnError.of(missing, columns_of(runs))
    with contextlib.ExitStack() as cleanup:
        table, backend = _lazy(runs, list(columns), cleanup)
        table = _checked(table, backend.name)
        if backend.name != "pyspark":
            table = _named(backend, table, cleanup)
        yield OpenedRuns(table, backend, cleanup)


def columns_of(runs: Runs) -> list[str]:
    """The column names of runs of any kind."""
    names = runs.column_names if isinstance(runs, pa.Table) else getattr(runs, "columns", None)
    if names is None:
        raise DataError(
            f"Runs cannot be a {type(runs).__name__}; give a pandas DataFrame, an Arrow table, "
            "an Ibis table or a Spark DataFrame."
        )
    return [str(name) for name in names]


def running(*, by: Sequence[str], order: Sequence[str], before: bool = False) -> Value:
    """A window for `over`: the rows of the same `by` up to this one, or all `before` it."""
    import ibis

    return ibis.window(group_by=by, order_by=order, rows=(None, -1 if before else 0))


def together(**values: Value) -> Value:
    """Several values of each row as one, which `collect` keeps together: a struct."""
    import ibis

    return ibis.struct(values)


def is_spark(runs: Runs) -> bool:
    """Whether `runs` is a Spark frame, found out without importing pyspark."""
    return type(runs).__module__.startswith("pyspark.sql")


def _lazy(runs: Runs, columns: list[str], cleanup: contextlib.ExitStack) -> tuple[Table, Any]:
    import ibis

    if isinstance(runs, pd.DataFrame):
        runs = to_table(runs[columns])
    if isinstance(runs, pa.Table):
        backend = _duckdb()
        return _put(backend, _plain(runs.select(columns)), cleanup), backend
    if is_spark(runs):
        if not hasattr(runs, "toArrow"):
            raise DataError(
                "Figures need Spark 4.0 or newer, which answers in Arrow; give older Spark's runs "
                "as an Arrow table instead."
            )
        backend = _spark(runs.sparkSession)
        return _view(backend, _instants_only(runs.select(columns)), cleanup), backend
    if isinstance(runs, ibis.Table):
        backend = runs.get_backend()
        if backend.name not in _MICROSECONDS:
            raise DataError(
                f"These runs live in {backend.name}; figures are computed in "
                f"{' or '.join(sorted(_MICROSECONDS))}. Give them as an Arrow table instead."
            )
        return runs.select(columns), backend
    raise DataError(
        f"Runs cannot be a {type(runs).__name__}; give a pandas DataFrame, an Arrow table, "
        "an Ibis table or a Spark DataFrame."
    )


def _plain(runs: pa.Table) -> pa.Table:
    """Categories as the strings they stand for: to DuckDB they are a type of their own."""
    for i, field in enumerate(runs.schema):
        if pa.types.is_dictionary(field.type):
            runs = runs.set_column(i, field.name, runs[i].cast(field.type.value_type))
    return runs


def _duckdb() -> Any:
    """This thread's DuckDB in memory; opening one takes longer than most figures."""
    if not hasattr(_of_thread, "backend"):
        import ibis

        backend: Any = ibis.duckdb.connect()  # sets the session to UTC
        # Asked first: in Jupyter without ipywidgets there is no bar, and setting it raises.
        if backend.raw_sql("SELECT current_setting('enable_progress_bar')").fetchall() == [(True,)]:
            backend.raw_sql("SET enable_progress_bar = false").fetchall()
        _of_thread.backend = backend
    return _of_thread.backend


def _spark(session: Any) -> Any:
    """Ibis on a Spark session, which keeps the settings that Ibis would change for good."""
    import ibis

    kept = {name: session.conf.get(name) for name in _SET_BY_IBIS}
    backend: Any = ibis.pyspark.connect(session)
    for name, value in kept.items():
        if session.conf.get(name) != value:
            session.conf.set(name, value)
    return backend


def _instants_only(frame: Any) -> Any:
    """The Spark frame, refused if what should be an instant is a wall clock's reading, whose
    type Ibis does not tell from an instant's."""
    for name, kind in frame.dtypes:
        if name in _INSTANTS and kind == "timestamp_ntz":
            raise _no_instant(name, kind)
    return frame


def _collected(backend: Any, expression: Table) -> pa.Table:
    """What Spark answers, in Arrow all the way: pandas would make floats of whole numbers."""
    backend._run_pre_execute_hooks(expression)
    answer: pa.Table = backend.raw_sql(backend.compile(expression)).toArrow()
    for i, field in enumerate(answer.schema):
        if pa.types.is_timestamp(field.type):  # in the zone of the session
            answer = answer.set_column(i, field.name, answer[i].cast(INSTANT_TYPE))
    return answer


def _put(backend: Any, rows: pa.Table, cleanup: contextlib.ExitStack) -> Table:
    if backend.name == "pyspark":
        return _view(backend, backend._session.createDataFrame(rows), cleanup)
    import ibis

    # Neither ibis.memtable, which stays registered and in memory until the connection ends,
    # nor backend.table, which asks DuckDB in a way that it deprecates.
    name = _unused_name()
    backend.con.register(name, rows)
    cleanup.callback(backend.con.unregister, name)
    # A union wants the same types, and joins forget which columns can hold no null.
    fields = [field.with_nullable(True) for field in rows.schema]
    return ibis.table(ibis.Schema.from_pyarrow(pa.schema(fields)), name=name)


def _named(backend: Any, table: Table, cleanup: contextlib.ExitStack) -> Table:
    """The table as a view. A query that reads a common table expression twice is apt to hold
    all of its rows in memory; a view it reads anew, and only what it needs of it."""
    import ibis

    name = _unused_name()
    backend._run_pre_execute_hooks(table)  # what to_pyarrow does before it compiles
    backend.raw_sql(f"CREATE TEMP VIEW {name} AS {backend.compile(table)}").fetchall()
    cleanup.callback(lambda: backend.raw_sql(f"DROP VIEW {name}").fetchall())
    return ibis.table(table.schema(), name=name)


def _view(backend: Any, frame: Any, cleanup: contextlib.ExitStack) -> Table:
    name = _unused_name()
    frame.createOrReplaceTempView(name)
    cleanup.callback(backend._session.catalog.dropTempView, name)
    return backend.table(name)


def _unused_name() -> str:
    return f"flora_analytics_{uuid.uuid4().hex}"


def _checked(table: Table, engine: str) -> Table:
    import ibis

    for name in set(_INSTANTS) & set(table.columns):
        kind = table[name].type()
        # Spark's timestamps are instants, although Ibis shows them without a zone.
        if not kind.is_timestamp() or (kind.timezone is None and engine != "pyspark"):
            raise _no_instant(name, kind)
        if kind.scale not in (None, 6):
            # Engines do not know how many microseconds a finer one has.
            table = table.mutate(**{name: table[name].cast(ibis.dtype("timestamp('UTC', 6)"))})
    if "charged_cost" not in table.columns:
        return table
    cost = table.charged_cost
    if not cost.type().is_numeric():
        raise DataError(f"Column 'charged_cost' is {cost.type()}, not US dollars as a number.")
    if cost.type().is_floating():
        cost = cost.isnan().ifelse(None, cost)
    # First to nine exact places, then the sum: floats would not add up.
    return table.mutate(charged_cost=cost.cast("decimal(18, 9)"))


def _no_instant(name: str, kind: object) -> DataError:
    return DataError(
        f"Column {name!r} is {kind}, not an instant; give it in UTC, "
        "as read_runs() and fetch_runs() do."
    )


@functools.cache
def _microseconds(engine: str) -> Callable[[Value], Value]:
    import ibis

    def microseconds(instant: Value) -> int:  # type: ignore[empty-body]
        """Computed by the engine."""

    kind = ibis.dtype("timestamp") if engine == "pyspark" else ibis.dtype("timestamp('UTC')")
    declared: Callable[[Value], Value] = ibis.udf.scalar.builtin(
        microseconds, name=_MICROSECONDS[engine], signature=((kind,), ibis.dtype("int64"))
    )
    return declared
