"""The command ``report``: what the runs say, as a page, on paper, by mail or in Slack."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flora_analytics.calendar import Window
from flora_analytics.cli.app import FAILED, say
from flora_analytics.cli.completeness import tell
from flora_analytics.cli.options import Place, Scope, When
from flora_analytics.errors import ConfigurationError
from flora_analytics.reporting import ReportSettings
from flora_analytics.settings import CONFIG_NAME, Settings

if TYPE_CHECKING:
    from flora_analytics.report.page import Content
    from flora_analytics.report.sending import Message
    from flora_analytics.runs import Ledger

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
class Post:
    """To whom a report is sent."""

    addresses: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ADDR]...", help="With --email: to these instead.", show_default=False
        ),
    ] = None
    email: Annotated[
        bool, typer.Option("--email", help="Mail it, to those in [mail] of the settings.")
    ] = False
    slack: Annotated[bool, typer.Option("--slack", help="Post it to the channel in [slack].")] = (
        False
    )
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Write what would be sent into files, and send nothing."),
    ] = False
    again: Annotated[bool, typer.Option("--again", help="Send even what was sent already.")] = False

    def check(self) -> None:
        """Refuse what makes no sense together."""
        if self.addresses and not self.email:
            raise ConfigurationError(f"{self.addresses[0]} is a mail address without --email.")
        if (self.dry_run or self.again) and not self.wanted:
            raise ConfigurationError("Say what is to be sent: --email, --slack or both.")

    @property
    def wanted(self) -> bool:
        """Whether anything is to be sent."""
        return self.email or self.slack

    def messages(self, content: Any, settings: Settings) -> list[Message]:
        """What is to be sent."""
        from flora_analytics.report.sending import messages_of

        to = self.addresses or ()
        return messages_of(content, settings, mail=self.email, to=to, slack=self.slack)

    def send(self, messages: list[Message], settings: Settings) -> bool:
        """Send them, or write them into files; whether all arrived."""
        from flora_analytics.report.sending import send_once
        from flora_analytics.store import RunStore, alone

        if self.dry_run:
            return _write(messages, beside=next(iter(settings.report.out), "report"))
        with alone(settings.store):
            outcomes = send_once(messages, RunStore(settings.store), again=self.again)
        for outcome in outcomes:
            say(outcome.text)
        return all(outcome.arrived for outcome in outcomes)


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
    post: Post,
    out: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="The .html, .pdf or .md file to write; repeatable."),
    ] = None,
    sync: Annotated[bool, typer.Option("--sync", help="Bring the store up to date first.")] = False,
) -> int:
    """Write the report: one file that works offline and is safe to pass on.

      flora-analytics report --out report.html
      flora-analytics report --out march.html --out march.pdf --window "last month"
      flora-analytics report --sync --out cycle.html --cycle
      flora-analytics report --out spring.html --project-id prj_spring --section cost
      flora-analytics report --window "last week" --email --slack
      flora-analytics report --email ada@example.com --dry-run

    Its stretch of time is the whole history unless one is asked for. Whatever is not asked for
    here is as the table [report] of flora-analytics.toml says, so that a schedule can be one
    line. Output URLs, texts and error messages are never part of a report, and each file
    appears whole or not at all. A report that was sent is not sent again, unless its data has
    changed or --again says so: docs/sending.md.
    """
    from flora_analytics.report import medium_of, write_content
    from flora_analytics.runs import open_ledger

    settings = place.settings(tz=stretch.tz)
    settings = replace(settings, report=_chosen(settings.report, out, scope, look))
    post.check()
    if not settings.report.out and not post.wanted:
        raise ConfigurationError(
            f"Where should it go? Name a file with --out, or as out in [report] of {CONFIG_NAME}; "
            "or send it with --email or --slack."
        )
    for target in settings.report.out:
        medium_of(target)
    failures = _synced(settings) if sync else []
    ledger = open_ledger(settings.store)
    # Says which id never ran: a typing error must not pass for a project without cost.
    _scope(settings.report).of(ledger.runs)
    content = _warning_of(failures, _content(ledger, settings, stretch.within(settings)))
    messages = post.messages(content, settings) if post.wanted else []
    for target in settings.report.out:
        write_content(content, target)
        say(f"Wrote {target}.")
    arrived = not messages or post.send(messages, settings)
    status = tell(ledger.standing)
    return status if arrived and not failures else FAILED


def _write(messages: list[Message], *, beside: str) -> bool:
    """Each message as a file, named like the file that it lies beside."""
    from flora_analytics.export.whole import written_whole

    for message in messages:
        target = Path(beside).with_suffix(message.suffix)
        with written_whole(target) as part:
            part.write_bytes(message.data)
        say(f"Wrote {target}, which would be sent {message.to}.")
    return True


def _synced(settings: Settings) -> list[str]:
    """Sync while no other report or check is at work; what of it failed."""
    from flora_analytics.cli.syncing import refresh
    from flora_analytics.store import alone

    with alone(settings.store):
        return refresh(settings)


def _warning_of(failures: list[str], content: Content) -> Content:
    """The same content, which says on top if it is older than it was meant to be."""
    if not failures:
        return content
    failed = (
        f"The sync before this report failed ({', '.join(failures)}), so that newer runs are "
        "missing, and what has changed since."
    )
    return replace(content, warning=" ".join(filter(None, [failed, content.warning])))


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


def _content(ledger: Ledger, settings: Settings, window: Window) -> Content:
    """What a report of these settings says."""
    from flora_analytics.report import Branding, Selection, collect_report

    chosen = settings.report
    return collect_report(
        ledger,
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
