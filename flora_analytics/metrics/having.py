"""Runs of some groups alone, by the keys under which figures show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.metrics.cut import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["having"]


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
