"""When the newest run was created: as far as runs reach that nobody vouches for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flora_analytics.metrics.engine import opened

if TYPE_CHECKING:
    from flora_analytics.metrics.engine import Runs

__all__ = ["newest_created_at"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def newest_created_at(runs: Runs) -> dt.datetime | None:
    """The latest ``created_at`` of runs of any kind, in UTC; None without runs."""
    with opened(runs, ["created_at"]) as source:
        newest = source.microseconds(source.table.created_at).max()
        micros = source.answer(source.table.aggregate(newest=newest))["newest"][0].as_py()
    return None if micros is None else _EPOCH + dt.timedelta(microseconds=micros)
