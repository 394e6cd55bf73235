"""Answer the API's read routes: pages of runs, single runs, techniques, projects, workspaces.

In: a request. Out: a whole `Reply`. Holds the documented contract, with what it leaves open
settled by a `Manner`. Knows neither sockets nor faults nor keys.
"""

from __future__ import annotations

import base64
import json
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any
from zlib import crc32

from flora_analytics.sandbox.listing import FILTERS, Key, Listing, Row, encode
from flora_analytics.sandbox.manner import Manner
from flora_analytics.sandbox.names import Names
from flora_analytics.sandbox.wire import Reply, Request, json_reply, refusal

__all__ = ["Pages"]

_STATUSES = ("pending", "running", "completed", "failed")
_POLLED_WITHOUT = ("project_id", "workspace_id", "technique", "technique_run_id")
_INSTANTS = ("created_at", "started_at", "completed_at")
_LAG = 5
#: The query without filters.
_PLAIN = 0
_key = attrgetter("key")


class _RefusalError(Exception):
    def __init__(self, field: str, message: str) -> None:
        self.reply = refusal(400, "input_validation_error", f"{field}: {message}", fields=(field,))


class Pages:
    """The routes over one listing."""

    def __init__(self, listing: Listing, names: Names, manner: Manner) -> None:
        self._listing, self._names, self._manner = listing, names, manner
        #: Counts by query, the first and the latest few.
        self._totals = {_PLAIN: [len(listing)]}

    def answer(self, request: Request) -> Reply:
        """The reply the contract asks for."""
        try:
            return self._route(request)
        except _RefusalError as refused:
            return refused.reply

    def _route(self, request: Request) -> Reply:
        match request.path.strip("/").split("/"):
            case ["technique-runs"]:
                return self._runs(request)
            case ["techniques", technique_id, "runs", run_id]:
                return self._run(run_id, technique_id=technique_id)
            case ["runs", run_id]:
                return self._run(run_id)
            case ["techniques"]:
                return self._named(request, "techniques", self._names.techniques)
            case ["techniques", technique_id]:
                found = [t for t in self._names.techniques if t["technique_id"] == technique_id]
                return json_reply(found[0]) if found else _not_found()
            case ["projects"]:
                wanted = request.query.get("workspace_id")
                projects = self._names.projects
                here = [p for p in projects if wanted in (None, p["workspace_id"])]
                return self._named(request, "projects", here)
            case ["workspaces"]:
                return json_reply({"workspaces": self._names.workspaces})
        return _not_found()

    def _run(self, run_id: str, *, technique_id: str | None = None) -> Reply:
        row = self._listing.get(run_id)
        if row is None or technique_id not in (None, row.values[FILTERS.index("technique_id")]):
            return _not_found()
        run = {k: v for k, v in row.decoded().items() if k not in _POLLED_WITHOUT}
        return Reply(body=encode(self._in_unit(run)))

    def _named(self, request: Request, name: str, items: list[dict[str, Any]]) -> Reply:
        start = self._start(request, lambda key: 0)
        shown = items[start : start + self._limit(request)]
        end = start + len(shown)
        cursor = self._cursor(request, {"offset": end}) if end < len(items) else None
        return json_reply({name: shown, "meta": self._meta(cursor)})

    def _runs(self, request: Request) -> Reply:
        filters = {name: request.query[name] for name in FILTERS if name in request.query}
        if filters.get("status", "failed") not in _STATUSES:
            raise _RefusalError("status", f"one of {', '.join(_STATUSES)}")
        limit = self._limit(request)
        rows = self._listing.matching(filters)
        start = self._start(request, lambda key: len(rows) - bisect_left(rows, key, key=_key))
        if self._shows_nothing(request, start, limit):
            again = self._cursor(request, {"offset": start, "again": 1})
            return self._page(request, [], again, len(rows))
        if start > 0:
            start -= min(self._manner.repeated_rows, limit - 1, start)
        shown = rows[max(0, len(rows) - start - limit) : max(0, len(rows) - start)][::-1]
        end = start + len(shown)
        cursor = self._cursor(request, self._next(end, shown, limit)) if end < len(rows) else None
        return self._page(request, shown, cursor, len(rows))

    def _page(
        self, request: Request, shown: Sequence[Row], cursor: str | None, total: int
    ) -> Reply:
        meta = self._meta(cursor) | self._total(_digest(request), total)
        texts = [row.json for row in shown]
        if self._manner.seconds:
            texts = [encode(self._in_unit(row.decoded())) for row in shown]
        head = json.dumps(meta, separators=(",", ":")).encode()
        return Reply(body=b'{"meta":%b,"technique_runs":[%b]}' % (head, b",".join(texts)))

    def _limit(self, request: Request) -> int:
        stated, manner = request.query.get("limit"), self._manner
        if stated is None:
            return manner.default_limit
        if manner.limit == "refused":
            raise _RefusalError("limit", "not a parameter of this list")
        most = 100 if manner.limit == "capped" else manner.max_limit
        if not (stated.isascii() and stated.isdigit() and 1 <= int(stated) <= most):
            raise _RefusalError("limit", f"a whole number from 1 to {most}")
        return min(int(stated), manner.max_limit)

    def _shows_nothing(self, request: Request, start: int, limit: int) -> bool:
        every = self._manner.empty_page_every
        if not every or "cursor" not in request.query:
            return False
        is_turn = start // limit % every == every - 1
        return is_turn and "again" not in _read(request.query["cursor"])

    def _next(self, end: int, shown: Sequence[Row], limit: int) -> dict[str, Any]:
        manner = self._manner
        if manner.cycle_after is not None and end >= manner.cycle_after:
            return {"offset": limit}
        return {"before": shown[-1].key} if manner.cursors == "keyset" else {"offset": end}

    def _cursor(self, request: Request, place: dict[str, Any]) -> str:
        """An opaque cursor, good for this query only."""
        state = dict(place)
        if (query := _digest(request)) != _PLAIN:
            state["query"] = query
        if self._manner.cursor_lifetime is not None:
            state["issued"] = request.number
        text = json.dumps(state, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(text).decode().rstrip("=")

    def _start(self, request: Request, find: Callable[[Key], int]) -> int:
        """How many rows lie before the page."""
        if "cursor" not in request.query:
            return 0
        state, lifetime = _read(request.query["cursor"]), self._manner.cursor_lifetime
        if state.get("query", _PLAIN) != _digest(request):
            raise _RefusalError("cursor", "belongs to another query")
        if lifetime is not None and request.number - state.get("issued", 0) > lifetime:
            raise _RefusalError("cursor", "has expired")
        if "before" in state:
            return find(tuple(state["before"]))
        return int(state["offset"])

    def _meta(self, cursor: str | None) -> dict[str, Any]:
        if cursor is not None:
            return {"next_cursor": cursor}
        last: dict[str, dict[str, Any]] = {
            "null": {"next_cursor": None},
            "empty": {"next_cursor": ""},
            "missing": {},
        }
        return last[self._manner.last_cursor]

    def _total(self, query: int, count: int) -> dict[str, int | None]:
        counts = self._totals.setdefault(query, [count])
        counts.append(count)
        del counts[1:-_LAG]
        estimates = {
            "exact": count,
            "null": None,
            "wrong": count + count // 10 + 1,
            "frozen": counts[0],
            "lagging": counts[-_LAG:][0],
        }
        total = self._manner.total
        return {} if total == "absent" else {"total_estimate": estimates[total]}

    def _in_unit(self, run: dict[str, Any]) -> dict[str, Any]:
        if not self._manner.seconds:
            return run
        instants = {name: run[name] / 1000 for name in _INSTANTS if isinstance(run.get(name), int)}
        return run | instants


def _read(cursor: str) -> dict[str, Any]:
    """What a cursor holds; whoever makes up one that looks right gets what it says."""
    with suppress(ValueError):
        state = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(state, dict) and (isinstance(state.get("offset"), int) or "before" in state):
            return state
    raise _RefusalError("cursor", "not a cursor of this list")


def _digest(request: Request) -> int:
    """A number for the query's filters and route."""
    filters = sorted((k, v) for k, v in request.query.items() if k in FILTERS)
    if not filters and request.path == "/technique-runs":
        return _PLAIN
    return crc32(repr((request.path, filters)).encode())


def _not_found() -> Reply:
    return refusal(404, "not_found", "Not found.")
