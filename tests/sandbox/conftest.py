"""A bare client for the sandbox's tests: one request, nothing retried, nothing hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

import pytest

from flora_analytics.sandbox import Sandbox


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def run_ids(self) -> list[str]:
        return [run["run_id"] for run in self.json["technique_runs"]]

    @property
    def next_cursor(self) -> str | None:
        return self.json["meta"].get("next_cursor") or None


Ask = Callable[..., Answered]


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Ask a sandbox for a path, with its key unless told otherwise; None leaves a word out."""

    def _ask(
        sandbox: Sandbox, path: str = "/technique-runs", *, key: str | None = "", **query: Any
    ) -> Answered:
        words = urlencode({name: word for name, word in query.items() if word is not None})
        request = Request(f"{sandbox.base_url}{path}?{words}")
        if key is not None:
            request.add_header("Authorization", f"Bearer {key or sandbox.api_key}")
        try:
            with build_opener().open(request, timeout=60) as answer:
                return Answered(answer.status, answer.headers, answer.read())
        except HTTPError as refused:
            with refused:
                return Answered(refused.code, refused.headers, refused.read())

    return _ask


@pytest.fixture(scope="session")
def walk(ask: Ask) -> Callable[..., list[str]]:
    """Follow the cursors to the end; every run id as it came."""

    def _walk(sandbox: Sandbox, **query: Any) -> list[str]:
        page = ask(sandbox, **query)
        run_ids = page.run_ids
        while page.next_cursor:
            page = ask(sandbox, cursor=page.next_cursor, **query)
            run_ids += page.run_ids
        return run_ids

    return _walk


@pytest.fixture(scope="session")
def make_run() -> Callable[..., dict[str, Any]]:
    """A finished run, but for what the test is about."""

    def _make_run(run_id: str = "run_a", **fields: Any) -> dict[str, Any]:
        run = {
            "run_id": run_id,
            "technique_run_id": run_id,
            "workspace_id": "ws_a",
            "project_id": "prj_a",
            "technique": {"technique_id": "tech_a", "name": "Packshot"},
            "status": "completed",
            "progress": 100,
            "created_at": 1_780_000_000_000,
            "started_at": 1_780_000_001_000,
            "completed_at": 1_780_000_009_000,
            "charged_cost": 0.25,
            "poll_url": f"https://app.flora.ai/api/v1/techniques/tech_a/runs/{run_id}",
        }
        return run | fields

    return _make_run
