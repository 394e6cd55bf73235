"""The made-up studios of the sandbox: their workspaces, projects and techniques.

Plain data that the generator draws from. Knows nothing of runs, chance or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = [
    "COMPLETED_FREE_SHARE",
    "COMPLETED_UNKNOWN_SHARE",
    "ERRORS",
    "FAILED_CHARGED_SHARE",
    "FAILED_FREE_SHARE",
    "PROJECTS",
    "RETRY_PROBABILITY",
    "RUNNING_STATED_SHARE",
    "TECHNIQUES",
    "WORKSPACES",
    "Project",
    "Technique",
    "Workspace",
]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A studio; `tz` is where its people sit, `share` its part of all work [0–1]."""

    workspace_id: str
    name: str
    tz: str
    share: float


@dataclass(frozen=True, slots=True)
class Project:
    """A piece of work; `begins` and `ends` are shares of the history's length [0–1]."""

    project_id: str
    workspace_id: str
    name: str
    weight: float
    begins: float = 0.0
    ends: float = 1.0


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique: what one run makes, costs and takes.

    Attributes
    ----------
    makes : tuple of str
        Output types of one unit; a run makes one or more units.
    units : tuple of int
        How many units a run makes, each as likely as the next; the first is the listed one.
    price : int
        Price of one unit. [millionths of a US dollar]
    price_sigma : float
        Spread of the price where it depends on length (log-normal); 0 = fixed.
    execution_median, execution_sigma : float
        Log-normal execution time of a completed run. [s], [log s]
    queue_median : float
        Queue time on an average day; it grows with load. [s]
    failure_probability : float
        Chance that a run fails outside incidents. [0–1]
    weights : tuple of float
        How much each workspace uses it.
    """

    technique_id: str
    name: str
    description: str
    makes: tuple[str, ...]
    units: tuple[int, ...]
    price: int
    execution_median: float
    execution_sigma: float
    queue_median: float
    failure_probability: float
    weights: tuple[float, float, float]
    price_sigma: float = 0.0

    @property
    def run_cost(self) -> Decimal:
        """List price of one run. [USD]"""
        return Decimal(self.price * self.units[0]).scaleb(-6)


WORKSPACES = (
    Workspace("ws_northlight", "Northlight Studio", "America/New_York", 0.50),
    Workspace("ws_lumiere", "Atelier Lumière", "Europe/Paris", 0.32),
    Workspace("ws_tidepool", "Tidepool Films", "America/Los_Angeles", 0.18),
)

PROJECTS = (
    Project("prj_sneaker", "ws_northlight", "Aurora Sneaker Launch", 4.0, 0.30, 0.85),
    Project("prj_cider", "ws_northlight", "Orchard Cider Rebrand", 2.0, 0.0, 0.55),
    Project("prj_hotels", "ws_northlight", "Tidewater Hotels", 1.5),
    Project("prj_catalog", "ws_northlight", "Paper & Pine Catalogue", 2.5, 0.10),
    Project("prj_drafts_ny", "ws_northlight", "Style exploration", 0.6),
    Project("prj_parfum", "ws_lumiere", "Parfum Nocturne", 3.0, 0.15),
    Project("prj_lookbook", "ws_lumiere", "Lookbook printemps", 2.5, 0.0, 0.60),
    Project("prj_verre", "ws_lumiere", "Musée du Verre", 1.2, 0.40),
    Project("prj_affiches", "ws_lumiere", "Affiches du festival", 1.0, 0.55),
    Project("prj_safety", "ws_tidepool", "Kite Airlines Safety Film", 2.0, 0.0, 0.80),
    Project("prj_halcyon", "ws_tidepool", "Halcyon EV Teaser", 3.0, 0.35),
    Project("prj_bluebell", "ws_tidepool", "Bluebell Skincare", 1.0),
)

# fmt: off
TECHNIQUES = (
    Technique(
        "tech_packshot", "Packshot Studio", "Product photos on a clean set.",
        ("imageUrl",), (4,), 39_200, 14.0, 0.35, 1.2, 0.03, (16, 12, 2), 0.0,
    ),
    Technique(
        "tech_moodboard", "Mood Board", "A wall of first ideas.",
        ("imageUrl",), (6, 4, 9), 13_400, 9.0, 0.4, 0.8, 0.02, (14, 14, 8), 0.0,
    ),
    Technique(
        "tech_backdrop", "Background Swap", "The same subject somewhere else.",
        ("imageUrl",), (1,), 25_000, 7.0, 0.3, 0.7, 0.025, (18, 10, 3), 0.0,
    ),
    Technique(
        "tech_character", "Character Sheet", "One character from many sides.",
        ("imageUrl",), (8,), 39_125, 31.0, 0.35, 1.5, 0.045, (3, 4, 7), 0.0,
    ),
    Technique(
        "tech_upscale", "Upscale 4K", "Print resolution from a draft.",
        ("imageUrl",), (1,), 62_500, 18.0, 0.25, 1.0, 0.015, (12, 11, 4), 0.0,
    ),
    Technique(
        "tech_styletransfer", "Style Transfer", "An image in the manner of another.",
        ("imageUrl",), (1, 2), 48_000, 12.0, 0.4, 1.0, 0.05, (6, 9, 3), 0.0,
    ),
    Technique(
        "tech_reel", "Product Reel", "A short turning shot of a product.",
        ("videoUrl",), (1, 2), 420_000, 96.0, 0.45, 6.0, 0.07, (12, 8, 5), 0.0,
    ),
    Technique(
        "tech_animatic", "Storyboard Animatic", "A storyboard that moves.",
        ("videoUrl",), (1,), 1_180_000, 142.0, 0.5, 8.0, 0.085, (2, 2, 8), 0.0,
    ),
    Technique(
        "tech_cinematic", "Cinematic Shot", "Eight seconds for the big screen.",
        ("videoUrl",), (1,), 3_200_000, 205.0, 0.4, 11.0, 0.09, (2.5, 2, 7), 0.0,
    ),
    Technique(
        "tech_socialcut", "Social Cut Pack", "A cut-down with its thumbnail.",
        ("videoUrl", "imageUrl"), (1, 3), 515_500, 118.0, 0.45, 7.0, 0.06, (5, 2, 5), 0.0,
    ),
    Technique(
        "tech_voiceover", "Voice-over", "A script read aloud.",
        ("audioUrl",), (1,), 18_750, 11.0, 0.5, 0.6, 0.02, (4, 3, 6), 0.6,
    ),
    Technique(
        "tech_score", "Score Sketch", "Music to cut against.",
        ("audioUrl",), (2,), 54_000, 44.0, 0.35, 2.0, 0.035, (1, 1, 5), 0.0,
    ),
    Technique(
        "tech_copy", "Campaign Copy", "Headlines and body copy in the brand's voice.",
        ("text",), (1,), 3_217, 5.0, 0.55, 0.3, 0.01, (11, 9, 3), 0.7,
    ),
    Technique(
        "tech_alttext", "Alt Text Writer", "What a picture shows, in one sentence.",
        ("text",), (1,), 0, 2.2, 0.4, 0.3, 0.01, (7, 4, 1), 0.0,
    ),
    Technique(
        "tech_guidelines", "Brand Guidelines", "A brand book as a document.",
        ("documentUrl",), (1,), 127_300, 63.0, 0.45, 2.5, 0.04, (1.5, 2, 0.5), 0.0,
    ),
)
# fmt: on

#: Error codes of a failed run, with their message and share outside incidents. The empty code
#: stands for a failure that names no reason.
ERRORS = (
    ("provider_error", "The provider failed to complete the generation.", 0.34),
    ("model_timeout", "The model did not answer in time.", 0.22),
    ("safety_blocked", "The request was blocked by a safety filter.", 0.24),
    ("input_unreachable", "An input could not be downloaded.", 0.10),
    ("internal_error", "Something went wrong on our side.", 0.06),
    ("", "", 0.04),
)

#: Chances of what happens to runs. [0–1]
RETRY_PROBABILITY = 0.55
FAILED_CHARGED_SHARE = 0.15
FAILED_FREE_SHARE = 0.65
COMPLETED_UNKNOWN_SHARE = 0.012
COMPLETED_FREE_SHARE = 0.008
RUNNING_STATED_SHARE = 0.4
