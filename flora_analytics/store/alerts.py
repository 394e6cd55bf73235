"""What was fired, and who was told of it: the memory that keeps an alert from being told twice.

One row for each alert that fires, or has ended and was not told everywhere yet. Knows no rules
and judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import pyarrow as pa

from flora_analytics.schema import INSTANT_TYPE
from flora_analytics.store.small import SmallTable

__all__ = ["AlertMemory", "Remembered"]

_SCHEMA = pa.schema(
    [
        pa.field("rule", pa.string(), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("period", pa.string(), nullable=False),
        pa.field("fired_at", INSTANT_TYPE, nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("ended_at", INSTANT_TYPE),
        pa.field("end_text", pa.string(), nullable=False),
        pa.field("told", pa.list_(pa.string()), nullable=False),
        pa.field("end_told", pa.list_(pa.string()), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One alert.

    Attributes
    ----------
    rule, group : str
        The rule's name, and which of its groups; empty where it has none.
    period : str
        Start of the period of the calendar that it is about; empty where it is about none.
    fired_at : datetime
        Up to when the ledger spoke when it first fired; of the ledger itself, the clock. [UTC]
    text : str
        What was said of it then.
    ended_at : datetime or None
        The same when it was over; None while it fires. [UTC]
    end_text : str
        What was said of that; empty while it fires, and for what ends with its period.
    told, end_told : tuple of str
        Channels that know that it fired, and that it is over.
    """

    rule: str
    group: str
    period: str
    fired_at: datetime
    text: str
    ended_at: datetime | None = None
    end_text: str = ""
    told: tuple[str, ...] = ()
    end_told: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells alerts that fire at one time apart."""
        return self.rule, self.group, self.period


#: From what is remembered to what shall be remembered.
Change: TypeAlias = Callable[[tuple[Remembered, ...]], Iterable[Remembered]]


class AlertMemory:
    """The alerts of one store, small by nature, kept as one table beside the runs."""

    def __init__(self, uri: str, *, history: timedelta) -> None:
        self._kept = SmallTable(uri, _SCHEMA, name="alerts", history=history)

    def alerts(self) -> tuple[Remembered, ...]:
        """What is remembered, oldest first."""
        return _from_rows(self._kept.table())

    def change(self, change: Change) -> tuple[Remembered, ...]:
        """Remember what `change` makes of what is remembered, in one commit; nothing new is none.

        Returns
        -------
        tuple of Remembered
            What is remembered now.
        """
        before = self.alerts()
        if tuple(change(before)) == before:
            return before
        kept = []

        def rewritten(rows: pa.Table) -> pa.Table:
            kept.append(_to_rows(change(_from_rows(rows))))
            return kept[-1]

        self._kept.rewrite(rewritten)
        return _from_rows(kept[-1])


def _from_rows(rows: pa.Table) -> tuple[Remembered, ...]:
    found = [
        Remembered(**row | {name: tuple(row[name]) for name in ("told", "end_told")})
        for row in rows.to_pylist()
    ]
    return tuple(sorted(found, key=lambda alert: (alert.fired_at, alert.key)))


def _to_rows(alerts: Iterable[Remembered]) -> pa.Table:
    return pa.Table.from_pylist([asdict(alert) for alert in alerts], schema=_SCHEMA)
