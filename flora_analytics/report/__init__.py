"""The report: a store or runs in, one offline HTML page out that says what matters first.

What is said (`collect_content`: findings, figures, what they rest on) stands apart from how
it looks (`render_html`), so that other media can say the same.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from flora_analytics.calendar import Window, check_zone

__all__ = ["write_report"]


def write_report(
    runs: Any,
    target: str | Path,
    *,
    window: Window | None = None,
    tz: str = "UTC",
    title: str | None = None,
    now: datetime | None = None,
) -> Path:
    """Write the report as one HTML file that needs no network and no script.

    Links, texts and error messages of outputs are never part of it. The file appears whole or
    not at all; the same runs and arguments give the same bytes.

    Parameters
    ----------
    runs : str, Path or RunStore; or DataFrame, pyarrow.Table or Ibis table
        A store, which also says how fresh and how complete it is; or runs, one a row.
    target : str or Path
        The file to write; one that is there is replaced.
    window : Window, optional
        Report on the runs created in it, compared with the stretch before; by default on
        the whole history.
    tz : str, default "UTC"
        IANA zone in which days, weeks and months are cut.
    title : str, optional
        Heading of the page.
    now : datetime, optional
        Until when the data speaks. By default when it was last read, so that a report
        made twice of the same data is the same.

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
        If there is no zone `tz`, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from flora_analytics.schema import RUN_SCHEMA
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_report(RUN_SCHEMA.empty_table(), f"{folder}/report.html")
    ...     print("no runs" in path.read_text(encoding="utf-8"))
    True
    """
    from flora_analytics.export.whole import written_whole
    from flora_analytics.report.content import collect_content
    from flora_analytics.report.html import render_html
    from flora_analytics.report.source import open_source

    check_zone(tz)
    with written_whole(target) as beside:
        source = open_source(runs, now=now)
        content = collect_content(
            source.runs,
            extent=source.extent,
            provenance=source.provenance,
            window=window,
            tz=tz,
            title=title,
        )
        beside.write_text(render_html(content), encoding="utf-8", newline="\n")
    return Path(target)
