"""What several commands take, written once: where the runs are, which ones, and how to show.

Each class is a group of options; `app.command` turns its fields into options of a command.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from flora_analytics.calendar import Period, Window
from flora_analytics.cli.app import say
from flora_analytics.settings import Settings, load_settings

if TYPE_CHECKING:
    from flora_analytics.runs import Ledger

__all__ = [
    "Choice",
    "Cut",
    "Format",
    "Place",
    "Scope",
    "View",
    "When",
    "say_what_never_ran",
    "words_of",
]

Format = Literal["table", "csv", "json"]

_FILTERS = {"workspace_id": "workspace", "project_id": "project", "technique_id": "technique"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which store, by which settings."""

    store: Annotated[
        str | None,
        typer.Option(metavar="URI", help="The run store. [env: FLORA_STORE]", show_default=False),
    ] = None
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Settings to use instead of ./flora-analytics.toml. [env: FLORA_ANALYTICS_CONFIG]",
        ),
    ] = None

    def settings(self, **arguments: object) -> Settings:
        """The settings of this call, `arguments` being what else was given."""
        return load_settings({"store": self.store, **arguments}, config=self.config)


@dataclass(frozen=True, kw_only=True)
class When:
    """Which runs, by their time of creation."""

    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Runs created from this day or time on."),
    ] = None
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", help="Runs created before this day or time."),
    ] = None
    last: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="Runs of the last 12h, 30d or 4w."),
    ] = None
    tz: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE", help="Time zone such as Europe/Vienna; UTC by default. [env: FLORA_TZ]"
        ),
    ] = None

    def window(self, settings: Settings) -> Window:
        """The stretch of creation times that was asked for."""
        return Window.parse(self.start, self.end, self.last, tz=settings.tz, now=datetime.now(UTC))


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose runs: of which workspaces, projects and techniques."""

    workspace_id: Annotated[
        list[str], typer.Option(metavar="ID", help="Only this workspace; repeatable.")
    ] = field(default_factory=list)
    project_id: Annotated[
        list[str], typer.Option(metavar="ID", help="Only this project; repeatable.")
    ] = field(default_factory=list)
    technique_id: Annotated[
        list[str], typer.Option(metavar="ID", help="Only this technique; repeatable.")
    ] = field(default_factory=list)

    def filters(self) -> dict[str, tuple[str, list[str]]]:
        """For each column its word of ``--by`` and the values that are wanted."""
        return {name: (word, getattr(self, name)) for name, word in _FILTERS.items()}

    def read(self, settings: Settings, window: Window) -> Ledger:
        """These runs of the store, lazily, and what it vouches for."""
        from flora_analytics import metrics
        from flora_analytics.runs import open_ledger

        ledger = open_ledger(settings.store)
        return replace(ledger, runs=metrics.in_window(self.of(ledger.runs), window))

    def of(self, runs: Any) -> Any:
        """These of `runs`; says which of what was asked for never ran."""
        from flora_analytics.metrics.having import having

        for name, (word, wanted) in self.filters().items():
            if wanted:
                say_what_never_ran(runs, name, word, wanted)
                runs = having(runs, name, wanted)
        return runs


@dataclass(frozen=True, kw_only=True)
class Choice(Scope, When):
    """Which runs, by their time of creation and the API's four filters."""

    status: Annotated[
        list[str], typer.Option(metavar="STATUS", help="Only runs of this status; repeatable.")
    ] = field(default_factory=list)

    def filters(self) -> dict[str, tuple[str, list[str]]]:
        """The same, with the status."""
        return super().filters() | {"status": ("status", self.status)}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Into which groups and periods."""

    by: Annotated[
        list[str],
        typer.Option(
            metavar="WORDS",
            help="Group by technique, project, workspace, status, error_code, output_type or any "
            "column: a list with commas, or repeated.",
        ),
    ] = field(default_factory=list)
    period: Annotated[
        Period | None, typer.Option(help="Cut by time of creation, in the time zone.")
    ] = None

    def groups(self) -> list[str]:
        """The words of ``--by``, one by one."""
        return words_of(self.by)

    def arguments(self, settings: Settings) -> dict[str, Any]:
        """What every metric takes."""
        cycle_day = settings.cycle_day if self.period == "cycle" else None
        return {
            "by": self.groups() or None,
            "period": self.period,
            "tz": settings.tz,
            "cycle_day": cycle_day,
        }


@dataclass(frozen=True, kw_only=True)
class View(Cut):
    """Into which groups and periods, and how to print them."""

    format: Annotated[Format, typer.Option(help="How to print: csv and json are stable.")] = "table"


def words_of(by: list[str]) -> list[str]:
    """What was given as lists with commas, or repeated, one by one."""
    return [word.strip() for words in by for word in words.split(",") if word.strip()]


def say_what_never_ran(runs: Any, name: str, word: str, wanted: list[str]) -> None:
    """A typing error must not pass for a project that costs nothing."""
    from flora_analytics.metrics.having import without_runs

    for value in without_runs(runs, name, wanted):
        say(f"No run has {name} {value!r}; cost --by {word} shows which have.")
