"""When the first and the newest run were created: as far as runs reach."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flora_analytics.metrics.engine import opened

if TYPE_CHECKING:
    from flora_analytics.metrics.engine import Runs

__all__ = ["first_and_newest", "newest_created_at"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def first_and_newest(runs: Runs) -> tuple[dt.datetime, dt.datetime] | None:
    """The first and the latest ``created_at`` of runs of any kind, in UTC; None without runs."""
    with opened(runs, ["created_at"]) as source:
        at = source.microseconds(source.table.created_at)
        ends = source.answer(source.table.aggregate(first=at.min(), newest=at.max())).to_pylist()[0]
    if ends["first"] is None:
        return None
    first, newest = (_EPOCH + dt.timedelta(microseconds=ends[name]) for name in ("first", "newest"))
    return first, newest


def newest_created_at(runs: Runs) -> dt.datetime | None:
    """The latest of them alone."""
    ends = first_and_newest(runs)
    return ends and ends[1]
