"""A served history, and a store that was synced from it by the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console import run

from flora_analytics.sandbox import Sandbox, generate

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def api() -> Iterator[Sandbox]:
    with Sandbox(generate(400, seed=3)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def store(api: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store to read, not to write."""
    path = tmp_path_factory.mktemp("store") / "runs.delta"
    assert run("sync", "--store", path, api=api).status == 0
    return path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
