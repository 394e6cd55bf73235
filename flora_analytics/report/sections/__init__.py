"""The sections of a report: which are shown, in which order, and where each comes from.

Takes computed figures and names; gives `Section`s. Each of our own stands in a module of its
name; others come from installed packages or are functions handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches

from flora_analytics.errors import ConfigurationError
from flora_analytics.report.figures import Figures
from flora_analytics.report.page import Section
from flora_analytics.report.sections.changes import changes
from flora_analytics.report.sections.cost import cost
from flora_analytics.report.sections.custom import Maker, made, named
from flora_analytics.report.sections.durations import durations
from flora_analytics.report.sections.failures import failures
from flora_analytics.report.sections.objectives import objectives
from flora_analytics.report.sections.oddities import oddities
from flora_analytics.report.sections.outlook import outlook
from flora_analytics.report.sections.usage import usage
from flora_analytics.report.stretch import Stretch

__all__ = ["OWN", "makers", "sections"]

#: The report's own, by name and in the order in which they stand unless another is asked for.
OWN: dict[str, Callable[[Figures, Stretch], Section | None]] = {
    "cost": cost,
    "changes": changes,
    "outlook": outlook,
    "oddities": oddities,
    "failures": failures,
    "durations": durations,
    "objectives": objectives,
    "usage": usage,
}


def makers(wanted: Sequence[str | Maker] | None) -> tuple[str | Maker, ...]:
    """What makes each section that is wanted: our own by name, others as functions.

    Raises
    ------
    ConfigurationError
        If there is none of a name, or one is named twice.

    Examples
    --------
    >>> makers(["failures", "cost"])
    ('failures', 'cost')
    """
    if wanted is None:
        return tuple(OWN)
    if twice := [name for name in dict.fromkeys(wanted) if list(wanted).count(name) > 1]:
        raise ConfigurationError(
            f"The section {_called(twice[0])} is asked for twice; once will do."
        )
    return tuple(_maker(each) for each in wanted)


def _maker(wanted: str | Maker) -> str | Maker:
    if callable(wanted) or wanted in OWN:
        return wanted
    installed = named()
    if wanted in installed:
        maker: Maker = installed[wanted].load()
        return maker
    known = [*OWN, *installed]
    close = get_close_matches(wanted, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    raise ConfigurationError(f"There is no section {wanted!r}{hint} There are: {', '.join(known)}.")


def _called(wanted: str | Maker) -> str:
    return repr(wanted) if isinstance(wanted, str) else getattr(wanted, "__name__", "of that kind")


def sections(
    figures: Figures, stretch: Stretch, wanted: Sequence[str | Maker]
) -> tuple[Section, ...]:
    """The sections that have something to say; none when there is no run to speak of.

    Parameters
    ----------
    figures : Figures
        Computed over the stretch.
    stretch : Stretch
        What the report covers and how it is cut.
    wanted : sequence of str or function
        As `makers` gives them.

    Raises
    ------
    ConfigurationError
        If a function fails, or gives something else than a section of the page.
    """
    if not figures.n_runs:
        return ()
    return tuple(_each(figures, stretch, wanted))


def _each(figures: Figures, stretch: Stretch, wanted: Sequence[str | Maker]) -> Iterator[Section]:
    taken: set[str] = {"findings", "basis", "methods"}
    for each in wanted:
        section = (
            OWN[each](figures, stretch)
            if isinstance(each, str)
            else made(each, figures.within, stretch, taken=taken)
        )
        if section is not None and section.figures:
            taken |= {section.key, *(figure.key for figure in section.figures)}
            yield section
