"""The findings: what a reader should know first, in three to six of them.

Takes computed figures; each finding carries its number, its uncertainty, its period and the
key of the figure it can be checked against.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flora_analytics.report import display
from flora_analytics.report.figures import Figures
from flora_analytics.report.findings import money, runs
from flora_analytics.report.page import Finding, Section, Sentence, Strong, say
from flora_analytics.report.stretch import Stretch, describe, within

__all__ = ["findings"]


def findings(
    figures: Figures, stretch: Stretch, sections: Sequence[Section], *, about: Collection[object]
) -> tuple[Finding, ...]:
    """The sentences that lead the report, most important first.

    Parameters
    ----------
    figures : Figures
        Computed over the stretch.
    stretch : Stretch
        What the report covers and what it is compared with.
    sections : sequence of Section
        The tables below; what a sentence takes from a row reads as it does there.
    about : collection
        Names of the sections that were asked for; cost is always spoken of.
    """
    if not figures.n_runs:
        return (Finding(_nothing(figures, stretch), "basis"),)
    said = [money.cost(figures, stretch), money.drivers(figures, stretch, sections)]
    said += [
        find(figures, stretch, sections)
        for name, find in (
            ("outlook", money.outlook),
            ("failures", runs.failures),
            ("durations", runs.waiting),
        )
        if name in about
    ]
    said.append(runs.amiss(figures, stretch, about=about))
    return tuple(finding for finding in said if finding is not None)


def _nothing(figures: Figures, stretch: Stretch) -> Sentence:
    if not figures.n_all_runs:
        return say("There are {} yet, so there is nothing to report.", Strong("no runs"))
    held = display.counted(figures.n_all_runs, "run")
    if stretch.is_ahead and stretch.as_of is not None:
        return say(
            "The data ends {}, before {} begins: what runs in that time is {}. The history holds "
            "{} from before.",
            display.instant(stretch.as_of, tz=stretch.tz),
            stretch.words,
            Strong("not known yet"),
            held,
        )
    return say(
        "{} was created {}{}; the history holds {} outside it.",
        Strong("No run"),
        within(describe(stretch.window, tz=stretch.tz)),
        " so far" if stretch.running else "",
        held,
    )
