"""Runs of some groups alone, by the keys under which figures show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.metrics.cut import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["having", "without_runs"]


def having(runs: Any, column: str, keys: Sequence[str]) -> Any:
    """The runs of an Arrow or Ibis table whose `column` is one of `keys`.

    >>> runs = pa.table({"technique_id": ["tech_a", "tech_b", None]})
    >>> having(runs, "technique_id", ["tech_a", "(none)"])["technique_id"].to_pylist()
    ['tech_a', None]
    """
    if isinstance(runs, pa.Table):
        own = pc.fill_null(runs[column].cast(pa.string()), NONE)
        return runs.filter(pc.is_in(own, value_set=pa.array(keys, pa.string())))
    is_one = runs[column].isin(list(keys))
    return runs.filter(is_one | runs[column].isnull() if NONE in keys else is_one)


def without_runs(runs: Any, column: str, keys: Sequence[str]) -> list[str]:
    """Those of `keys` that no run has, each once: typing errors, or what has yet to begin.

    >>> runs = pa.table({"technique_id": ["tech_a", None]})
    >>> without_runs(runs, "technique_id", ["tech_a", "(none)", "tech_aa"])
    ['tech_aa']
    """
    found = having(runs, column, keys)
    if not isinstance(runs, pa.Table):
        found = found.select(column).distinct().to_pyarrow()
    there = {NONE if key is None else key for key in found[column].unique().to_pylist()}
    return [key for key in dict.fromkeys(keys) if key not in there]
