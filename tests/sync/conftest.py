"""A ledger for each test: a sandbox, an empty store, and syncs between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from scenarios import Ledger

from flora_analytics import RunStore
from flora_analytics.sandbox import Manner, Sandbox

MakeLedger = Callable[..., Ledger]


@pytest.fixture
def make_ledger(tmp_path: Path) -> Iterator[MakeLedger]:
    """A function from runs, and how the server lists them, to a `Ledger`."""
    with ExitStack() as stack:

        def make(runs: Iterable[dict[str, Any]], *, max_limit: int = 100, **manner: Any) -> Ledger:
            manner = {"max_limit": max_limit, "limit": "capped"} | manner
            sandbox = stack.enter_context(Sandbox(runs, manner=Manner(**manner)))
            return Ledger(sandbox, RunStore(tmp_path / "runs.delta"))

        yield make
