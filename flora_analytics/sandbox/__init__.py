"""A local FLORA API over made-up runs: for trying things, for tests and for the demo."""

from __future__ import annotations

from . import faults
from .catalogue import Project, Technique, Workspace
from .facts import Activity, Event, Facts, Incident, PriceChange, usual_events
from .faults import FAULTS, Fault, FaultPlan, random_faults
from .generator import DEFAULT_END, generate
from .history import History, Run
from .motion import Arrive, CorrectCost, Finish, Motion, Move, Vanish
from .pages import Manner
from .server import Sandbox, serve
from .wire import Reply, Request

__all__ = [
    "DEFAULT_END",
    "FAULTS",
    "Activity",
    "Arrive",
    "CorrectCost",
    "Event",
    "Facts",
    "Fault",
    "FaultPlan",
    "Finish",
    "History",
    "Incident",
    "Manner",
    "Motion",
    "Move",
    "PriceChange",
    "Project",
    "Reply",
    "Request",
    "Run",
    "Sandbox",
    "Technique",
    "Vanish",
    "Workspace",
    "faults",
    "generate",
    "random_faults",
    "serve",
    "usual_events",
]
