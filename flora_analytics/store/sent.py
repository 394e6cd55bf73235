"""Which messages were sent, so that a schedule that tries again sends none twice.

One row for each message; knows nothing of what it says or where it went.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.schema import INSTANT_TYPE
from flora_analytics.store.small import SmallTable

__all__ = ["Sending", "SentMemory"]

_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("at", INSTANT_TYPE, nullable=False),
        pa.field("certain", pa.bool_(), nullable=False),
    ]
)
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Sending:
    """When a message was handed over, and whether its server said that it has it."""

    at: datetime
    certain: bool


class SentMemory:
    """The messages of one store, by the key that is the same for the same message."""

    def __init__(self, uri: str, *, history: timedelta) -> None:
        self._kept = SmallTable(uri, _SCHEMA, name="sent", history=history)

    def of(self, key: str) -> Sending | None:
        """What is known of the message; None: it was not sent."""
        rows = self._kept.table()
        found = rows.filter(pc.equal(rows["key"], key)).to_pylist()
        return Sending(found[0]["at"], found[0]["certain"]) if found else None

    def remember(self, key: str, sending: Sending) -> None:
        """Remember that of the message, and forget those of more than a month ago."""
        row = {"key": key, "at": sending.at, "certain": sending.certain}
        new = pa.Table.from_pylist([row], schema=_SCHEMA)
        since = pa.scalar(sending.at - _KEPT, type=INSTANT_TYPE)

        def change(rows: pa.Table) -> pa.Table:
            others = pc.and_(pc.not_equal(rows["key"], key), pc.greater(rows["at"], since))
            return pa.concat_tables([rows.filter(others), new])

        self._kept.rewrite(change)

    def forget(self, key: str) -> None:
        """Remember of the message that it was not sent."""
        self._kept.rewrite(lambda rows: rows.filter(pc.not_equal(rows["key"], key)))
