"""The report: a store or runs in, one offline file out that says what matters first.

What is said (`collect_report`: findings, figures, what they rest on) stands apart from how it
looks (`render_html`, `render_pdf`, `render_markdown`), so that several media can say the same:
collect once, write each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flora_analytics.calendar import Window, check_zone
from flora_analytics.errors import ConfigurationError
from flora_analytics.report.branding import Branding
from flora_analytics.report.selection import Selection

if TYPE_CHECKING:
    from flora_analytics.budget import Budget
    from flora_analytics.objectives import Objective
    from flora_analytics.report.page import Content, Section
    from flora_analytics.report.stretch import Stretch

__all__ = [
    "Branding",
    "Selection",
    "collect_report",
    "medium_of",
    "write_content",
    "write_report",
]

#: What a file becomes, by what its name ends in.
_MEDIA = {".html": "html", ".htm": "html", ".pdf": "pdf", ".md": "markdown"}


def collect_report(
    runs: Any,
    *,
    window: Window | None = None,
    tz: str = "UTC",
    title: str | None = None,
    now: datetime | None = None,
    cycle_day: int = 1,
    budget: Budget | None = None,
    objectives: Sequence[Objective] = (),
    sections: Sequence[str | Callable[[Any, Stretch], Section | None]] | None = None,
    selection: Selection | None = None,
    branding: Branding | None = None,
) -> Content:
    """What a report says, for any medium; arguments as of `write_report`."""
    from flora_analytics.report.content import collect_content
    from flora_analytics.report.figures import Terms
    from flora_analytics.report.source import open_source

    check_zone(tz)
    source = open_source(runs, now=now, selection=selection)
    content = collect_content(
        source.runs,
        extent=source.extent,
        provenance=source.provenance,
        window=window,
        tz=tz,
        title=title,
        terms=Terms(
            cycle_day=cycle_day,
            budget=selection.part_of(budget) if selection else budget,
            objectives=objectives,
        ),
        sections=sections,
    )
    return replace(content, branding=branding)


def write_content(content: Content, target: str | Path) -> Path:
    """Write what `collect_report` gave to a file, whole or not at all; gives `target`.

    Its name says what it becomes: a page (.html), paper (.pdf) or Markdown (.md).
    """
    from flora_analytics.export.whole import written_whole

    medium = medium_of(target)
    with written_whole(target) as beside:
        beside.write_bytes(_rendered(content, medium))
    return Path(target)


def medium_of(target: str | Path) -> str:
    """What a file of that name becomes; refused before anything is computed if nothing."""
    suffix = Path(target).suffix.lower()
    if suffix not in _MEDIA:
        raise ConfigurationError(
            f"A report is written as .html, .pdf or .md, and {Path(target).name!r} ends in none "
            "of them; name a file that does."
        )
    return _MEDIA[suffix]


def _rendered(content: Content, medium: str) -> bytes:
    if medium == "pdf":
        from flora_analytics.report.media.paper import render_pdf

        return render_pdf(content)
    if medium == "markdown":
        from flora_analytics.report.media.markdown import render_markdown

        return render_markdown(content).encode()
    from flora_analytics.report.media.html import render_html

    return render_html(content).encode()


def write_report(
    runs: Any,
    target: str | Path,
    *,
    window: Window | None = None,
    tz: str = "UTC",
    title: str | None = None,
    now: datetime | None = None,
    cycle_day: int = 1,
    budget: Budget | None = None,
    objectives: Sequence[Objective] = (),
    sections: Sequence[str | Callable[[Any, Stretch], Section | None]] | None = None,
    selection: Selection | None = None,
    branding: Branding | None = None,
) -> Path:
    """Write the report as one file that needs no network and no script.

    It becomes what the name of `target` says: a page (.html), paper (.pdf) or Markdown (.md).
    Links, texts and error messages of outputs are never part of it. The file appears whole or
    not at all; the same runs and arguments give the same bytes.

    Parameters
    ----------
    runs : str, Path or RunStore; or DataFrame, pyarrow.Table or Ibis table
        A store, which also says how fresh and how complete it is; or runs, one a row.
    target : str or Path
        The file to write, ``.html``, ``.pdf`` or ``.md``; one that is there is replaced.
    window : Window, optional
        Report on the runs created in it, compared with the stretch before; by default on
        the whole history.
    tz : str, default "UTC"
        IANA zone in which days, weeks and months are cut.
    title : str, optional
        Heading of the page.
    now : datetime, optional
        Until when the data speaks: runs created later are left out, the others are told as
        they were last read. By default when it was last read, so that a report made twice of
        the same data is the same.
    cycle_day : int, default 1
        Day of the month on which a billing cycle begins; forecast and budget are of cycles.
    budget : Budget, optional
        What may be spent in a cycle.
    objectives : sequence of Objective
        What is promised.
    sections : sequence of str or function, optional
        What to show, in this order: ``cost``, ``changes``, ``outlook``, ``oddities``,
        ``failures``, ``durations``, ``objectives``, ``usage``, the name of an installed
        section (entry point of the group ``flora_analytics.report_sections``), or a function
        of the runs in the window and the `Stretch` that gives a `Section`. By default all
        of its own; any that has nothing to say is left out.
    selection : Selection, optional
        Only these workspaces, projects or techniques.
    branding : Branding, optional
        A logo above the heading and a colour for links.

    Returns
    -------
    Path
        `target`.

    Raises
    ------
    StoreNotFoundError
        If there is no store at that place.
    MissingColumnError
        If the runs lack a column that a figure needs.
    ConfigurationError
        If there is no zone `tz`, no section of a name, `target` ends in something else, the
        library for PDF is not installed, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from flora_analytics.schema import RUN_SCHEMA
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_report(RUN_SCHEMA.empty_table(), f"{folder}/report.html")
    ...     print("no runs" in path.read_text(encoding="utf-8"))
    True
    """
    medium_of(target)
    content = collect_report(
        runs,
        window=window,
        tz=tz,
        title=title,
        now=now,
        cycle_day=cycle_day,
        budget=budget,
        objectives=objectives,
        sections=sections,
        selection=selection,
        branding=branding,
    )
    return write_content(content, target)
