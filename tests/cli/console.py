"""Call the command line as a user does: in this process for speed, or as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from flora_analytics.cli import app
from flora_analytics.sandbox import Run, Sandbox

ROOT = Path(__file__).parents[2]
NO_SETTINGS = {
    name: None for name in os.environ if name.startswith("FLORA_") or name in ("FORCE_COLOR",)
}


@dataclass(frozen=True)
class Answer:
    """What a command left: exit status, data, talk."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_float=str)


def run(*arguments: object, api: Sandbox | None = None, **env: str) -> Answer:
    """Call a command in this process, with the key and address of `api`."""
    result = CliRunner().invoke(
        app, [str(argument) for argument in arguments], env={**NO_SETTINGS, **access(api), **env}
    )
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def process(*arguments: object, api: Sandbox | None = None, **env: str) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    inherited = {name: value for name, value in os.environ.items() if name not in NO_SETTINGS}
    return subprocess.Popen(
        [sys.executable, "-m", "flora_analytics", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**inherited, "PYTHONPATH": str(ROOT), **access(api), **env},
        # A shell's background job, as CI may be one, ignores Ctrl-C, and so would its children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def finished(started: subprocess.Popen[str]) -> Answer:
    """What the process left when it ended."""
    out, err = started.communicate(timeout=300)
    return Answer(started.returncode, out, err)


def access(api: Sandbox | None) -> dict[str, str]:
    """The environment that lets a command ask `api`."""
    return {} if api is None else {"FLORA_BASE_URL": api.base_url, "FLORA_API_KEY": api.api_key}


def make_run(number: int = 1, **fields: Any) -> Run:
    """A completed run as the API lists it; a field given as None is left out."""
    created = 1_767_225_600_000 + number * 60_000  # minutes after 2026-01-01T00:00Z
    run = {
        "run_id": f"run_{number:04}",
        "technique_run_id": f"run_{number:04}",
        "workspace_id": "ws_one",
        "project_id": "prj_one",
        "technique": {"technique_id": "tech_one", "name": "One"},
        "status": "completed",
        "progress": 100,
        "created_at": created,
        "started_at": created + 1_000,
        "completed_at": created + 11_000,
        "charged_cost": 0.25,
        **fields,
    }
    return {name: value for name, value in run.items() if value is not None}
