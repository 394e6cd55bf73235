"""The command ``check``: which alert rules fire, and who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flora_analytics.calendar import Window
from flora_analytics.cli.app import DONE, FAILED, LEFT_OUT, say
from flora_analytics.cli.completeness import tell
from flora_analytics.cli.options import Format, Place
from flora_analytics.errors import ConfigurationError
from flora_analytics.settings import Settings, parse_span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flora_analytics.check import Backtest, Check, Verdict
    from flora_analytics.cli.output import Rows

__all__ = ["check"]

_NOTHING_FIRED = ("rule", "group", "fired_at", "ended_at", "text")


def check(
    *,
    place: Place,
    sync: Annotated[bool, typer.Option("--sync", help="Bring the store up to date first.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing and remember nothing.")
    ] = False,
    backtest: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="When the rules would have fired, back to 90d ago."),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="With --backtest: how often to look; 6h by default."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="As it stood then; tells and remembers nothing."),
    ] = None,
    tz: Annotated[str | None, typer.Option(metavar="ZONE", help="Time zone.")] = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = "table",  # noqa: A002
) -> int:
    """Check the alert rules, and tell what is new: exit status 1 when one fires.

      flora-analytics check --sync
      flora-analytics check --dry-run
      flora-analytics check --backtest 90d

    Rules stand in flora-analytics.toml:

      [alerts]
      to = ["slack", "mail"]     # see [slack], [mail], [webhook]; none: the exit status alone
      quiet = "22:00-07:00"      # told afterwards

      [[rule]]
      spend = 50                 # USD a day; or per = "month", "cycle", "24h"
      by = "project"             # or project = "prj_spring"

      [[rule]]
      failure_rate = 0.2         # fires above 20 %,
      clear = 0.1                # is over at 10 %

    Also cost_of_failed_runs, queue_time, execution_time, turnaround_time, open_time, anomaly,
    breach_probability, stale, incomplete and rejected; docs/alerts.md explains each. An alert is
    told once to each channel, and once that it is over. A rule that cannot be judged says so:
    exit status 3.
    """
    settings = place.settings(tz=tz)
    if (backtest is not None) + (at is not None) + (sync or dry_run) > 1:
        raise ConfigurationError(
            "--backtest and --at look at the past and tell nobody; take one of them, without "
            "--sync and --dry-run."
        )
    if backtest is not None:
        step = parse_span("6h" if every is None else every)
        return _backtest(settings, parse_span(backtest), step, format)
    if every is not None:
        raise ConfigurationError("--every says how often a --backtest looks; give --backtest 90d.")
    instant = Window.parse(end=at, tz=settings.tz).end if at is not None else None
    if instant is not None:
        return _as_it_stood(settings, instant, format)
    return _check(settings, sync, dry_run, format)


def _check(settings: Settings, sync: bool, dry_run: bool, format: Format) -> int:  # noqa: A002
    from flora_analytics.check import check_rules
    from flora_analytics.cli.syncing import refresh

    failures: list[str] = []
    first = (lambda: failures.extend(refresh(settings))) if sync else None
    found = check_rules(settings, dry_run=dry_run, refresh=first)
    _print(found, settings, format)
    for each in found.told:
        if each.error:
            say(f"Error: {each.error}")
        else:
            say(f"{'Would tell' if dry_run else 'Told'} {each.channel}: {each.subject}")
        if dry_run and format == "table":
            typer.echo(f"\n{each.subject}\n\n{each.text}")
    return _status(found, failures, tell(found.standing))


def _status(found: Check, failures: Sequence[str], standing: int) -> int:
    if failures:
        say(f"The sync failed: {', '.join(failures)}. What was judged is older than it could be.")
    if found.fires or found.has_failed or failures:
        return FAILED
    return LEFT_OUT if found.unjudged or standing == LEFT_OUT else DONE


def _as_it_stood(settings: Settings, at: datetime, format: Format) -> int:  # noqa: A002
    from flora_analytics.check import judge_at

    found = judge_at(settings, at)
    _print(found, settings, format)
    return _status(found, (), tell(found.standing))


def _backtest(
    settings: Settings,
    last: timedelta,
    every: timedelta,
    format: Format,  # noqa: A002
) -> int:
    from flora_analytics.check import backtest_rules
    from flora_analytics.check.words import backtest_lines
    from flora_analytics.cli.output import print_json
    from flora_analytics.progress import progress_bar

    with progress_bar(what="Checking the past") as progress:
        found = backtest_rules(settings, last=last, every=every, progress=progress)
    rows = _fired(found)
    if format == "csv":
        _print_rows(rows)
    elif format == "json":
        print_json(_tried(found, settings) | {"rows": rows})
    else:
        for line in backtest_lines(found, tz=settings.tz):
            typer.echo(line)
    return tell(found.standing)


def _print(found: Check, settings: Settings, format: Format) -> None:  # noqa: A002
    from flora_analytics.check.words import verdict_lines
    from flora_analytics.cli.output import print_json

    if format == "csv":
        _print_rows(_rows(found.verdicts))
    elif format == "json":
        print_json(
            {
                "tz": settings.tz,
                "now": found.now.isoformat(),
                **found.standing.to_dict(),
                "fires": found.fires,
                "rows": _rows(found.verdicts),
                "told": [
                    {name: getattr(each, name) for name in ("channel", "subject", "text", "error")}
                    for each in found.told
                ],
            }
        )
    else:
        for state, text in verdict_lines(found.verdicts):
            typer.echo(f"{state.capitalize():<11} {text}")


def _rows(verdicts: Sequence[Verdict]) -> Rows:
    from flora_analytics.cli.output import machine
    from flora_analytics.rules import WATCHED

    return [
        {
            "rule": verdict.rule.name,
            "of": verdict.rule.of,
            "group": verdict.group,
            "state": verdict.state,
            "unit": {"span": "s", "yes": "runs"}.get(unit := WATCHED[verdict.rule.of].unit, unit),
            "value": machine(verdict.value),
            "above": machine(verdict.rule.above),
            "clear": machine(verdict.rule.clear),
            "since": verdict.since and verdict.since.isoformat(),
            "text": verdict.text,
        }
        for verdict in verdicts
    ]


def _fired(found: Backtest) -> Rows:
    return [
        {
            "rule": tried.rule.name,
            "group": alert.group,
            "fired_at": alert.fired_at.isoformat(),
            "ended_at": alert.ended_at and alert.ended_at.isoformat(),
            "text": alert.text,
        }
        for tried in found.tried
        for alert in tried.fired
    ]


def _tried(found: Backtest, settings: Settings) -> dict[str, Any]:
    rules = [
        {
            "rule": tried.rule.name,
            "n_fired": len(tried.fired),
            "n_quiet": tried.n_quiet,
            "n_judged": tried.n_judged,
            "n_not_judged": tried.n_not_judged,
        }
        for tried in found.tried
    ]
    return {
        "tz": settings.tz,
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "every_s": int(found.every.total_seconds()),
        **found.standing.to_dict(),
        "not_tried": list(found.unknowable),
        "rules": rules,
    }


def _print_rows(rows: Rows) -> None:
    import pandas as pd

    from flora_analytics.cli.output import print_csv

    # Levels of many units share a column: as texts they keep their digits.
    table = pd.DataFrame(rows, columns=list(rows[0]) if rows else list(_NOTHING_FIRED), dtype="str")
    print_csv(table)
