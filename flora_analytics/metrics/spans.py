"""Spans between the engine, numpy and pandas: lists of microseconds in, `timedelta64` out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

__all__ = ["as_numbers", "as_spans"]


def as_numbers(lists: Iterable[Any]) -> list[npt.NDArray[np.int64]]:
    """The collected values of each group; an engine gives null for a group of none."""
    return [np.array([] if own is None else own, np.int64) for own in lists]


def as_spans(microseconds: Sequence[int | None] | npt.NDArray[np.int64]) -> pd.Series[Any]:
    """A column of spans; None becomes NaT.

    >>> as_spans([1_500_000, None]).dt.total_seconds().tolist()
    [1.5, nan]
    """
    if isinstance(microseconds, np.ndarray):
        return pd.Series(microseconds.astype("timedelta64[us]"))
    missing = np.datetime64("NaT").astype("int64")
    filled = [missing if span is None else span for span in microseconds]
    return pd.Series(np.array(filled, np.int64).astype("timedelta64[us]"))
