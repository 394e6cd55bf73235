"""Sections of other people's making: functions of the runs that give a `Section`.

A function comes from an installed package, by the entry point group
``flora_analytics.report_sections``, or is handed over. What it gives is checked before it is
put on a page; what it computes is its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from flora_analytics.errors import ConfigurationError
from flora_analytics.report.page import Section
from flora_analytics.report.stretch import Stretch

__all__ = ["GROUP", "Maker", "made", "named"]

GROUP = "flora_analytics.report_sections"
_KEY = re.compile(r"[a-z][a-z0-9-]*")

#: Takes the runs created in the window, as metrics take them, and the stretch.
Maker = Callable[[Any, Stretch], Section | None]


def named() -> dict[str, EntryPoint]:
    """The sections that installed packages offer, by name."""
    return {point.name: point for point in sorted(entry_points(group=GROUP))}


def made(maker: Maker, runs: Any, stretch: Stretch, *, taken: set[str]) -> Section | None:
    """The section that a function makes, fit for a page whose keys in `taken` are used.

    Raises
    ------
    ConfigurationError
        If it fails, or gives something else.
    """
    name = getattr(maker, "__name__", type(maker).__name__)
    try:
        section = maker(runs, stretch)
    except Exception as error:
        raise ConfigurationError(
            f"The section {name!r} failed with {type(error).__name__}; mend it, or leave it out "
            "of the report’s sections."
        ) from error
    if section is None:
        return None
    if not isinstance(section, Section):
        raise ConfigurationError(
            f"The section {name!r} gave {type(section).__name__}; expected a "
            "flora_analytics.report.page.Section, or None for nothing to say."
        )
    keys = [section.key, *(figure.key for figure in section.figures)]
    for at, key in enumerate(keys):
        if not _KEY.fullmatch(key):
            raise ConfigurationError(
                f"The section {name!r} has the key {key!r}; expected lower-case letters, digits "
                "and hyphens, such as 'margin-by-client'."
            )
        if key in taken or key in keys[:at]:
            raise ConfigurationError(
                f"The section {name!r} has the key {key!r}, which is taken; give it another."
            )
    return section
