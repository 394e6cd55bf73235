"""A generated history: its runs as the API lists them, and the facts planted in it.

Turns drawn columns into the API's JSON shape, one run at a time, so that a million runs
need no million dictionaries unless somebody asks for them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from flora_analytics.sandbox.arrivals import Drafts
from flora_analytics.sandbox.catalogue import ERRORS, PROJECTS, TECHNIQUES, WORKSPACES
from flora_analytics.sandbox.facts import Facts

__all__ = ["API_ROOT", "History", "Run", "to_json"]

#: One run as the API lists it.
Run: TypeAlias = dict[str, Any]

API_ROOT = "https://app.flora.ai/api/v1"
_CHUNK = 10_000
_SUFFIX = {"imageUrl": "png", "videoUrl": "mp4", "audioUrl": "wav", "documentUrl": "pdf"}
_TEXTS = (
    "Made to be walked in, from the first light to the last train.",
    "A bottle of green glass on wet slate, lit from the left.",
    "Quiet rooms, loud sea.",
    "Three words on the poster, the rest in the music.",
)


@dataclass(frozen=True, eq=False)
class History:
    """Generated runs, newest first; iterating yields one API-shaped dict after the other.

    Attributes
    ----------
    facts : Facts
        What was planted.
    runs : list of dict
        The runs as `GET /technique-runs` lists them, made on first use (2 kB each).
    """

    facts: Facts
    _drafts: Drafts = field(repr=False)

    def __len__(self) -> int:
        return len(self._drafts)

    def __iter__(self) -> Iterator[Run]:
        for first in range(0, len(self), _CHUNK):
            yield from map(_run, self._drafts[first : first + _CHUNK].tolist())

    @cached_property
    def runs(self) -> list[Run]:
        """The runs as the API lists them."""
        return list(self)

    def write_jsonl(self, path: Path) -> None:
        """Write the runs, one JSON object a line; gzipped, without a date, if `path` ends in .gz.

        The same history gives the same bytes.
        """
        lines = b"".join(to_json(run) + b"\n" for run in self)
        path.write_bytes(gzip.compress(lines, mtime=0) if path.suffix == ".gz" else lines)


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(run: Run) -> bytes:
    """Compact UTF-8 JSON."""
    return _encoder.encode(run).encode()


def _run(draft: tuple[Any, ...]) -> Run:
    run_id, _, _, workspace, technique, project, error, units, *rest = draft
    created, started, completed, cost = rest
    made_by = TECHNIQUES[technique]
    status = _status(error, started, completed)
    run: Run = {
        "run_id": run_id,
        "technique_run_id": run_id,
        "workspace_id": WORKSPACES[workspace].workspace_id,
        "project_id": PROJECTS[project].project_id,
        "technique": {"technique_id": made_by.technique_id, "name": made_by.name},
        "status": status,
        "progress": {"pending": 0, "running": 50, "completed": 100, "failed": 0}[status],
        "created_at": created,
    }
    if started >= 0:
        run["started_at"] = started
    if completed >= 0:
        run["completed_at"] = completed
    if cost >= 0:
        run["charged_cost"] = cost / 1_000_000 if cost % 1_000_000 else cost // 1_000_000
    if status == "failed" and ERRORS[error][0]:
        run["error_code"], run["error_message"] = ERRORS[error][:2]
    if status == "completed":
        run["outputs"] = [
            _output(run_id, number, kind)
            for number, kind in enumerate(made_by.makes * units, start=1)
        ]
    run["poll_url"] = f"{API_ROOT}/techniques/{made_by.technique_id}/runs/{run_id}"
    return run


def _status(error: int, started: int, completed: int) -> str:
    if completed < 0:
        return "pending" if started < 0 else "running"
    return "completed" if error < 0 else "failed"


def _output(run_id: str, number: int, kind: str) -> dict[str, str]:
    if kind == "text":
        url = _TEXTS[sum(run_id.encode()) % len(_TEXTS)]
    else:
        url = f"https://media.flora.ai/{run_id}/{number}.{_SUFFIX[kind]}"
    return {"output_id": f"output_{number}", "type": kind, "url": url}
