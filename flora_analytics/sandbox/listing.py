"""The runs as the sandbox lists them now: ordered, indexed, each encoded once.

In: API-shaped dicts or JSON lines. Out: slices of encoded runs, newest first, for any
filter. Every change of the history passes through here. Knows no HTTP and no cursor.
"""

from __future__ import annotations

import json
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

from flora_analytics.sandbox.history import API_ROOT, Run, to_json

__all__ = ["FILTERS", "Key", "Listing", "Row", "encode", "row_of"]

#: As in `flora_analytics.schema`, which would load Arrow.
FILTERS = ("workspace_id", "project_id", "technique_id", "status")
Key = tuple[float | Decimal, str]
Values = tuple[str | None, ...]


@dataclass(slots=True, eq=False)
class Row:
    """One run: its place in the order, its filter values and its JSON."""

    created_at: float | Decimal
    run_id: str
    values: Values
    json: bytes

    @property
    def key(self) -> Key:
        return self.created_at, self.run_id

    def decoded(self) -> Run:
        """The run as a dict, fractions as exact decimals."""
        run: Run = json.loads(self.json, parse_float=Decimal)
        return run


_by_key = attrgetter("key")
#: Few combinations occur: a million rows share them.
_shared: dict[Values, Values] = {}


class Listing:
    """Runs ordered by creation, with one index per filter value.

    Inside, rows lie oldest first, so that a new run is appended; outside, everything is
    newest first. Runs made in the same instant are ordered by id.
    """

    def __init__(self, rows: Iterable[Row], *, root: str) -> None:
        self._root = root
        self._rows = sorted(rows, key=_by_key)
        self._by_value: dict[tuple[str, str | None], list[Row]] = {}
        self._by_id: dict[str, Row] = {}
        self._combined: dict[tuple[tuple[str, str], ...], list[Row]] = {}
        for row in self._rows:
            self._by_id[row.run_id] = row
            for index in zip(FILTERS, row.values, strict=True):
                self._by_value.setdefault(index, []).append(row)

    def __len__(self) -> int:
        return len(self._rows)

    def matching(self, filters: dict[str, str]) -> Sequence[Row]:
        """The rows of a query, oldest first; not to be changed by the caller."""
        if not filters:
            return self._rows
        candidates = [self._by_value.get(item, []) for item in filters.items()]
        if len(candidates) == 1:
            return candidates[0]
        wanted = tuple(sorted(filters.items()))
        if wanted not in self._combined:
            self._combined[wanted] = [
                row
                for row in min(candidates, key=len)
                if all(row.values[FILTERS.index(name)] == value for name, value in wanted)
            ]
        return self._combined[wanted]

    def get(self, run_id: str) -> Row | None:
        return self._by_id.get(run_id)

    def at(self, position: int) -> Row:
        """The row at `position` of the unfiltered list, newest first."""
        return self._rows[-1 - position]

    def newest_by(self, name: str) -> dict[str, Row]:
        """For each value of a filter the newest run that has it."""
        return {
            value: rows[-1]
            for (filter_name, value), rows in self._by_value.items()
            if filter_name == name and value is not None and rows
        }

    def put(self, run: Run) -> None:
        """List a run at the place its creation gives it, instead of an earlier version."""
        row = row_of(run, root=self._root)
        if row.run_id and row.run_id in self._by_id:
            self.remove(row.run_id)
        self._combined.clear()
        self._by_id[row.run_id] = row
        insort(self._rows, row, key=_by_key)
        for index in zip(FILTERS, row.values, strict=True):
            insort(self._by_value.setdefault(index, []), row, key=_by_key)

    def remove(self, run_id: str) -> None:
        """Stop listing a run."""
        row = self._by_id.pop(run_id)
        self._combined.clear()
        _remove(self._rows, row)
        for index in zip(FILTERS, row.values, strict=True):
            _remove(self._by_value[index], row)


def _remove(rows: list[Row], row: Row) -> None:
    place = bisect_left(rows, row.key, key=_by_key)
    while rows[place] is not row:
        place += 1
    del rows[place]


def row_of(run: Run, *, root: str, line: bytes | None = None) -> Row:
    """Encode a run once, with a poll URL of the real API turned into one under `root`.

    `line` is the run's own JSON, kept letter by letter but for that URL. A run that breaks
    the contract is listed all the same: without an id under "", without a time as oldest.
    """
    technique = run.get("technique")
    places = (run.get("workspace_id"), run.get("project_id"))
    technique_id = technique.get("technique_id") if isinstance(technique, dict) else None
    values = tuple(map(_text, (*places, technique_id, run.get("status"))))
    home = _home(run.get("poll_url"), root=root)
    if line is None:
        text = encode(run if home is None else run | {"poll_url": home})
    else:
        text = line.strip()
        if home is not None:
            text = text.replace(run["poll_url"].encode(), home.encode())
    created_at = _number(run.get("created_at"))
    return Row(created_at, str(run.get("run_id", "")), _shared.setdefault(values, values), text)


def encode(run: Run) -> bytes:
    """JSON of a run; a `Decimal` among its fields is written digit by digit."""
    try:
        return to_json(run)
    except TypeError:  # json knows no Decimal
        exact = {name: value for name, value in run.items() if isinstance(value, Decimal)}
    rest = to_json({name: value for name, value in run.items() if name not in exact})
    numbers = ",".join(f'"{name}":{value}' for name, value in exact.items())
    return rest[:-1] + (b"," if len(rest) > 2 else b"") + numbers.encode() + b"}"


def _home(poll_url: object, *, root: str) -> str | None:
    """The same place under `root`; None for whatever is no poll URL of the real API."""
    if isinstance(poll_url, str) and poll_url.startswith(API_ROOT):
        return root + poll_url.removeprefix(API_ROOT)
    return None


def _number(value: object) -> float | Decimal:
    return value if isinstance(value, int | float | Decimal) else 0


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
