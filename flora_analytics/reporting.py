"""How a scheduled report is made: the ``[report]`` table of a configuration file.

Knows what may be chosen and how it is written; reads no runs, no logo and draws nothing.

Written as::

    [report]
    out = ["report.html", "report.pdf"]     # paths count from the file's folder
    title = "What our studio spent"
    logo = "logo.svg"
    accent = "#0a7d5c"
    window = "last month"                   # see `WINDOWS`; or a length such as "30d"
    sections = ["cost", "failures"]
    project_id = ["prj_spring"]             # likewise workspace_id, technique_id
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flora_analytics.configured import refuse_unknown, suggestion
from flora_analytics.errors import ConfigurationError

__all__ = ["WINDOWS", "ReportSettings", "check_accent", "check_window", "read_report"]

#: The stretches with a name: the one under way, and the whole one before it.
WINDOWS = tuple(
    words
    for period in ("day", "week", "month", "quarter", "cycle")
    for words in (period, f"last {period}")
)
_TEXTS = ("title", "logo", "accent", "window")
_LISTS = ("out", "sections", "workspace_id", "project_id", "technique_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """What a report is to show, how it is to look and where it goes.

    Attributes
    ----------
    out : tuple of str
        The files to write.
    title : str or None
        Heading of the report.
    logo : str or None
        Path of a picture for its head.
    accent : str or None
        Colour of links and rules, ``#RRGGBB``.
    window : str or None
        One of `WINDOWS`, or hours, days or weeks back (``12h``, ``30d``, ``4w``); None is the
        whole history.
    sections : tuple of str
        The sections to show, in this order; none named: all that have something to say.
    workspace_id, project_id, technique_id : tuple of str
        Runs of these alone; none named: all.

    Raises
    ------
    ConfigurationError
        If the accent is no colour or the window no stretch of time.

    Examples
    --------
    >>> ReportSettings(window="last month").window
    'last month'
    """

    out: tuple[str, ...] = ()
    title: str | None = None
    logo: str | None = None
    accent: str | None = None
    window: str | None = None
    sections: tuple[str, ...] = ()
    workspace_id: tuple[str, ...] = ()
    project_id: tuple[str, ...] = ()
    technique_id: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.accent is not None:
            check_accent(self.accent)
        if self.window is not None:
            check_window(self.window)


def check_accent(accent: str) -> str:
    """The colour, if it is one that is written as ``#RRGGBB``.

    Raises
    ------
    ConfigurationError
        If it is not.
    """
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", accent):
        raise ConfigurationError(f"accent is {accent!r}; write a colour as #RRGGBB, like #0a7d5c.")
    return accent


def check_window(window: str) -> str:
    """The window, if it is one of `WINDOWS` or a length of time.

    Raises
    ------
    ConfigurationError
        If it is neither; a likely typo gets its suggestion.
    """
    if window not in WINDOWS and not re.fullmatch(r"[1-9]\d{0,3}[hdw]", window):
        raise ConfigurationError(
            f"window is {window!r}{suggestion(window, WINDOWS)} "
            f"Write {', '.join(WINDOWS)}, or a length of time such as 12h, 30d or 4w."
        )
    return window


def read_report(
    table: object, where: str = "report", *, folder: Path | None = None
) -> ReportSettings:
    """What the ``[report]`` table of a file means; without one, the whole history as usual.

    Parameters
    ----------
    table : mapping or None
    where : str
        What to call the table in an error.
    folder : Path, optional
        Where relative paths count from.

    Raises
    ------
    ConfigurationError
        If a key is unknown or a value is not what it should be.

    Examples
    --------
    >>> read_report({"out": "report.html", "window": "4w"}).out
    ('report.html',)
    """
    if table is None:
        return ReportSettings()
    if not isinstance(table, Mapping):
        raise ConfigurationError(f"{where} must be a table that begins with [report].")
    known = (*_LISTS, *_TEXTS)
    refuse_unknown(table, known, where)
    chosen: dict[str, Any] = {
        name: (_texts if name in _LISTS else _text)(value, f"{where}: {name}")
        for name, value in table.items()
    }
    if folder is not None:
        chosen["out"] = tuple(_from(folder, path) for path in chosen.get("out", ()))
        chosen["logo"] = chosen.get("logo") and _from(folder, chosen["logo"])
    try:
        return ReportSettings(**chosen)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _texts(value: object, where: str) -> tuple[str, ...]:
    return tuple(_text(each, where) for each in (value if isinstance(value, list) else [value]))


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{where} is {value!r}; expected a text.")
    return value


def _from(folder: Path, path: str) -> str:
    return str(folder / Path(path).expanduser())
