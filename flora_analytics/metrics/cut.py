"""How runs are cut into groups and periods: the words of ``by=`` and ``period=``.

Words in, key columns as Ibis expressions out. Knows the columns of a run and the calendar;
knows no engine and no figure.
"""

from __future__ import annotations

import bisect
import datetime as dt
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from flora_analytics import calendar
from flora_analytics.errors import DataError
from flora_analytics.schema import RUN_SCHEMA

if TYPE_CHECKING:
    from flora_analytics.calendar import Period
    from flora_analytics.metrics.engine import Table, Value

__all__ = ["NONE", "SLOT", "By", "Cut", "Key"]

By: TypeAlias = "str | Sequence[str] | None"

#: How a key that was not stated is shown; such runs are a group of their own.
NONE = "(none)"
#: Microseconds of a quarter of an hour, in which no period begins or ends.
SLOT = calendar.QUARTER_HOUR // dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Key:
    """One level of a table's index, the column it comes from, and that of its name if any."""

    level: str
    column: str
    name: str | None = None

    def value(self, runs: Table) -> Value:
        """The key of each run, a string."""
        column = runs[self.column]
        if self.level == "output_type" and column.type().is_array():
            # Several types are one group, such as "imageUrl + videoUrl": groups add up.
            types = column.map(lambda output: output["type"]).unique().sort().join(" + ")
            return types.nullif("").fill_null(NONE)
        if column.type().is_nested():
            raise DataError(
                f"by={self.column!r} is a list in each run and cannot group them; "
                "by='output_type' groups by what the runs made."
            )
        if column.type().is_timestamp():
            raise DataError(
                f"by={self.column!r} is an instant, which hardly two runs share; cut runs by time "
                "with period=."
            )
        return column.cast("string").fill_null(NONE)


_WORDS = {
    "technique": Key("technique_id", "technique_id", "technique_name"),
    "project": Key("project_id", "project_id"),
    "workspace": Key("workspace_id", "workspace_id"),
    "status": Key("status", "status"),
    "error_code": Key("error_code", "error_code"),
    "output_type": Key("output_type", "outputs"),
}
#: The API lists their ids alone; runs that carry the names as well show them.
_NAMED_LATER = ("project", "workspace")


@dataclass(frozen=True, slots=True)
class Cut:
    """What a caller asked for: groups, then periods in a zone."""

    by: By = None
    period: Period | None = None
    tz: str = "UTC"
    cycle_day: int | None = None

    def __post_init__(self) -> None:
        calendar.check_period(self.period, self.cycle_day)
        calendar.check_zone(self.tz)

    @property
    def words(self) -> list[str]:
        """The words of `by`, one or many."""
        if self.by is None or isinstance(self.by, str):
            return [] if self.by is None else [self.by]
        words = list(self.by) if isinstance(self.by, Iterable) else [self.by]
        if strange := [word for word in words if not isinstance(word, str)]:
            raise DataError(
                f"by= takes the names of columns, not {type(strange[0]).__name__} values; write "
                'by="technique" or by=["technique", "status"].'
            )
        return words

    def keys(self, present: Iterable[str]) -> list[Key]:
        """The keys that the words mean for runs with these columns.

        Raises
        ------
        DataError
            If a word is neither known nor a column, or two words mean the same column.
        """
        columns = list(present)
        keys = [_key(word, columns) for word in self.words]
        shown = [name for key in keys for name in (key.level, key.name) if name]
        if twice := sorted({name for name in shown if shown.count(name) > 1}):
            raise DataError(
                f"by={self.words} names {', '.join(twice)} twice; leave out what repeats it."
            )
        return keys

    def period_starts(self, slots: Sequence[int]) -> list[int]:
        """For each slot of an ascending list, the start of its period in microseconds."""
        starts: list[int] = []
        while len(starts) < len(slots):
            at = _EPOCH + slots[len(starts)] * calendar.QUARTER_HOUR
            window = self._period_at(at)
            within = bisect.bisect_left(slots, _micros(window.end) // SLOT, lo=len(starts))
            starts += [_micros(window.start)] * (within - len(starts))
        return starts

    def _period_at(self, at: dt.datetime) -> calendar.Window:
        if self.period is None:
            return calendar.Window()
        return calendar.period_at(at, self.period, tz=self.tz, cycle_day=self.cycle_day)


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _micros(instant: dt.datetime | None) -> int:
    assert instant is not None  # noqa: S101 - a period has both ends
    return (instant - _EPOCH) // dt.timedelta(microseconds=1)


def _key(word: str, columns: list[str]) -> Key:
    if word in _NAMED_LATER and (name := f"{word}_name") in columns:
        return Key(f"{word}_id", f"{word}_id", name)
    if word in _WORDS:
        return _WORDS[word]
    if word in columns or word in RUN_SCHEMA.names:
        return Key(word, word)
    close = difflib.get_close_matches(word, [*_WORDS, *columns], n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise DataError(
        f"by={word!r} is not known; write {', '.join(_WORDS)} or a column of the runs "
        f"({', '.join(columns)}).{hint}"
    )
