"""A local FLORA API over made-up runs: for trying things, for tests and for the demo.

`generate` draws a history with planted facts, `Sandbox` serves it (or a file of runs) over
HTTP. A `Manner` says how its lists behave where the documentation leaves it open, a `Motion`
how the history moves while it is read, and `faults` what goes wrong. Knows nothing of the
rest of the package, so that tests of the one are tests of the other.
"""

from __future__ import annotations

from flora_analytics.sandbox import faults
from flora_analytics.sandbox.catalogue import Project, Technique, Workspace
from flora_analytics.sandbox.facts import (
    Activity,
    Event,
    Facts,
    Incident,
    PriceChange,
    usual_events,
)
from flora_analytics.sandbox.faults import FAULTS, Fault, FaultPlan, random_faults
from flora_analytics.sandbox.generator import DEFAULT_END, generate
from flora_analytics.sandbox.history import History, Run
from flora_analytics.sandbox.manner import Manner
from flora_analytics.sandbox.motion import Arrive, CorrectCost, Finish, Motion, Move, Vanish
from flora_analytics.sandbox.server import Sandbox, serve
from flora_analytics.sandbox.wire import Reply, Request

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
