"""A local FLORA API over made-up runs: for trying things, for tests and for the demo."""

from __future__ import annotations

from .catalogue import Project, Technique, Workspace
from .facts import Activity, Event, Facts, Incident, PriceChange, usual_events
from .generator import DEFAULT_END, generate
from .history import History, Run
from .pages import Manner
from .server import Sandbox, serve
from .wire import Reply, Request

__all__ = [
    "DEFAULT_END",
    "Activity",
    "Event",
    "Facts",
    "History",
    "Incident",
    "Manner",
    "PriceChange",
    "Project",
    "Reply",
    "Request",
    "Run",
    "Sandbox",
    "Technique",
    "Workspace",
    "generate",
    "serve",
    "usual_events",
]
