"""Cost, failure and duration analytics for technique runs on FLORA.

The steps, in the order in which the data passes them::

    FLORA API ─ client ─ decode ─ walk ─┬─ sync ── store ─┐
                                        └─ fetch_runs ────┴─ metrics ─┬─ charts ─┬─ report ─ cli
                                                                      └─ export ─┘

Imports point down only: cli > demo, check > report > sync, runs, prices, metrics, charts, export >
walk > client, decode, store, send > standing, progress, frame, settings, calendar > certificate >
schema, and what settings are made of: objectives, budget, channels, rules, reporting > configured,
statistics > errors.
Public names are loaded when they are first used, so that importing the package stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flora_analytics import calendar, charts, errors, export, metrics, report, sandbox
    from flora_analytics.certificate import Certificate
    from flora_analytics.client import FloraClient
    from flora_analytics.errors import FloraAnalyticsError
    from flora_analytics.runs import fetch_runs, open_runs, read_runs
    from flora_analytics.store import RunStore
    from flora_analytics.sync import SyncResult, sync_runs

__version__ = "0.1.0"

_HOMES = {
    "Certificate": "certificate",
    "FloraAnalyticsError": "errors",
    "FloraClient": "client",
    "RunStore": "store",
    "SyncResult": "sync",
    "fetch_runs": "runs",
    "open_runs": "runs",
    "read_runs": "runs",
    "sync_runs": "sync",
}
_MODULES = ("calendar", "charts", "errors", "export", "metrics", "report", "sandbox")

__all__ = [
    "Certificate",
    "FloraAnalyticsError",
    "FloraClient",
    "RunStore",
    "SyncResult",
    "calendar",
    "charts",
    "errors",
    "export",
    "fetch_runs",
    "metrics",
    "open_runs",
    "read_runs",
    "report",
    "sandbox",
    "sync_runs",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
