"""Collect what a report says: runs in, one `Content` out.

Calls metrics and arranges their answers; knows neither HTML nor any other medium.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flora_analytics.calendar import Window
from flora_analytics.report import display
from flora_analytics.report.figures import Figures, Terms
from flora_analytics.report.findings import findings
from flora_analytics.report.notes import Provenance, basis, methods
from flora_analytics.report.page import Content, Headline
from flora_analytics.report.sections import makers
from flora_analytics.report.sections import sections as made_sections
from flora_analytics.report.sections.custom import Maker
from flora_analytics.report.stretch import Extent, Stretch, stretch_of

__all__ = ["collect_content"]


def collect_content(
    runs: Any,
    *,
    extent: Extent,
    provenance: Provenance,
    window: Window | None = None,
    tz: str = "UTC",
    title: str | None = None,
    terms: Terms | None = None,
    sections: Sequence[str | Maker] | None = None,
) -> Content:
    """Everything a report over `runs` says.

    Parameters
    ----------
    runs : pyarrow.Table or Ibis table
        All runs at hand, those outside the window included.
    extent : Extent
        What they span.
    provenance : Provenance
        Where they came from and what can be vouched for.
    window : Window, optional
        Stretch to report on; by default the whole history.
    tz : str, default "UTC"
        IANA zone in which days and months are cut.
    title : str, optional
        Heading of the report.
    terms : Terms, optional
        Budget and objectives that the runs are held to.
    sections : sequence of str or function, optional
        What to show, as of `write_report`.

    Raises
    ------
    ConfigurationError
        If there is no section of a name, or a function among them fails.
    """
    wanted = makers(sections)
    stretch = stretch_of(window, extent=extent, as_of=provenance.as_of, tz=tz)
    figures = Figures(runs, stretch, terms)
    chapters = made_sections(figures, stretch, wanted)
    return Content(
        title=title or "Cost, failures and waiting",
        period=_period(stretch, provenance),
        data_as_of=display.instant(stretch.as_of, tz=tz) if stretch.as_of else None,
        tz=tz,
        warning=None if provenance.complete is not False else provenance.claim,
        headlines=_headlines(figures),
        findings=findings(figures, stretch, chapters, about=wanted),
        sections=chapters,
        basis=basis(figures, stretch, provenance, about=wanted),
        methods=methods(chapters, compared=stretch.compared is not None),
    )


def _period(stretch: Stretch, provenance: Provenance) -> str:
    """What the report covers; part of a whole is called so where everybody looks."""
    so_far = " (so far)" if stretch.running else ""
    only = f" · only {provenance.selection}" if provenance.selection else ""
    return f"{stretch.words}{so_far}{only}"


def _headlines(figures: Figures) -> tuple[Headline, ...]:
    if not figures.n_runs:
        return ()
    cost = figures.charged_cost.iloc[0]
    rate = figures.failure_rate.iloc[0]
    turnaround = figures.turnaround_time.iloc[0]
    n_stated = int(cost["n_runs"] - cost["n_unknown"])
    unknown = f", {display.count(int(cost['n_unknown']))} not stated" if cost["n_unknown"] else ""
    n_other = int(rate["n_other"])
    other = f", {display.count(n_other)} of another status" if n_other else ""
    has_rate, has_time = rate["n_finished"] > 0, turnaround["n_timed"] > 0
    return (
        Headline(
            "Charged cost",
            display.money(cost["charged_cost"] if n_stated else None),
            f"{display.counted(n_stated, 'run')} that state it{unknown}",
            "cost-by-period",
        ),
        Headline(
            "Runs",
            display.count(int(cost["n_runs"])),
            f"{display.count(int(rate['n_finished']))} finished, "
            f"{display.count(int(rate['n_open']))} open{other}",
            "cost-by-technique",
        ),
        Headline(
            "Failure rate",
            display.share(float(rate["failure_rate"])),
            f"95% interval {display.share(float(rate['low']))} to "
            f"{display.share(float(rate['high']))}"
            if has_rate
            else "nothing has finished",
            "failures-by-technique",
        ),
        Headline(
            "Median turnaround",
            display.span(turnaround["p50"].to_pytimedelta()) if has_time else display.NOTHING,
            f"90% within {display.span(turnaround['p90'].to_pytimedelta())}"
            if has_time
            else "nothing has finished",
            "durations-overall",
        ),
    )
