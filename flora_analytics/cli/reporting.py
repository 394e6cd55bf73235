"""The command ``report``: what the runs say, as a page, on paper or in Markdown, for people."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from flora_analytics.calendar import Window
from flora_analytics.cli.app import say
from flora_analytics.cli.options import Place, Scope, When
from flora_analytics.errors import ConfigurationError
from flora_analytics.reporting import ReportSettings
from flora_analytics.settings import CONFIG_NAME, Settings

__all__ = ["report"]


@dataclass(frozen=True, kw_only=True)
class Stretch(When):
    """Which runs, by their time of creation or by the name of a stretch."""

    named: Annotated[
        str | None,
        typer.Option(
            "--window",
            metavar="WORDS",
            help='Runs of this day, week, month, quarter or cycle, or of the one before: "month", '
            '"last month".',
        ),
    ] = None
    cycle: Annotated[bool, typer.Option("--cycle", help="Runs of the billing cycle under way.")] = (
        False
    )

    def within(self, settings: Settings) -> Window:
        """The stretch that was asked for, or else the one in the settings, or else all time."""
        from flora_analytics.report.windows import window_of

        between = bool(self.start or self.end or self.last)
        if between + bool(self.named) + self.cycle > 1:
            raise ConfigurationError(
                "Say in one way which runs: by --from and --to, --last, --window or --cycle."
            )
        words = "cycle" if self.cycle else self.named or settings.report.window
        if between or words is None:
            return self.window(settings)
        now = datetime.now(UTC)
        return window_of(words, tz=settings.tz, cycle_day=settings.cycle_day, now=now)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a report shows of them, and in whose colours."""

    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Its heading.")] = None
    section: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="Only this section; repeatable, in this order."),
    ] = field(default_factory=list)
    logo: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A picture to put on top; it becomes part of the file."),
    ] = None
    accent: Annotated[
        str | None, typer.Option(metavar="COLOUR", help="Colour of its links, such as #0a7d5c.")
    ] = None


def report(
    *,
    place: Place,
    stretch: Stretch,
    scope: Scope,
    look: Look,
    out: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="The .html, .pdf or .md file to write; repeatable."),
    ] = None,
) -> int:
    """Write the report: one file that works offline and is safe to pass on.

      flora-analytics report --out report.html
      flora-analytics report --out march.html --out march.pdf --window "last month"
      flora-analytics report --out spring.html --project-id prj_spring --section cost

    Its stretch of time is the whole history unless one is asked for. Whatever is not asked for
    here is as the table [report] of flora-analytics.toml says, so that a schedule can be one
    line. Output URLs, texts and error messages are never part of a report, and each file
    appears whole or not at all.
    """
    from flora_analytics.report import write_content

    settings = place.settings(tz=stretch.tz)
    settings = replace(settings, report=_chosen(settings.report, out, scope, look))
    if not settings.report.out:
        raise ConfigurationError(
            f"Where should it go? Name a file with --out, or as out in [report] of {CONFIG_NAME}."
        )
    # Also says which id never ran: a typing error must not pass for a project without cost.
    _, standing = _scope(settings.report).read(settings, Window())
    content = _content(settings, stretch.within(settings))
    for target in settings.report.out:
        write_content(content, target)
        say(f"Wrote {target}.")
    return standing.tell()


def _chosen(
    usual: ReportSettings, out: list[str] | None, scope: Scope, look: Look
) -> ReportSettings:
    """The settings of the file, with whatever this call says instead."""
    given: dict[str, Any] = {
        "out": out,
        "title": look.title,
        "logo": look.logo,
        "accent": look.accent,
        "sections": look.section,
        "workspace_id": scope.workspace_id,
        "project_id": scope.project_id,
        "technique_id": scope.technique_id,
    }
    said: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in given.items() if v
    }
    return replace(usual, **said)


def _scope(chosen: ReportSettings) -> Scope:
    return Scope(
        workspace_id=list(chosen.workspace_id),
        project_id=list(chosen.project_id),
        technique_id=list(chosen.technique_id),
    )


def _content(settings: Settings, window: Window) -> Any:
    """What a report of these settings says."""
    from flora_analytics.report import Branding, Selection, collect_report

    chosen = settings.report
    return collect_report(
        settings.store,
        window=window,
        tz=settings.tz,
        title=chosen.title,
        cycle_day=settings.cycle_day,
        budget=settings.budget,
        objectives=settings.objectives,
        sections=chosen.sections or None,
        selection=Selection(
            workspace_id=chosen.workspace_id,
            project_id=chosen.project_id,
            technique_id=chosen.technique_id,
        ),
        branding=Branding.of(logo=chosen.logo, accent=chosen.accent),
    )
