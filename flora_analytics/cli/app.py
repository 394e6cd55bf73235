"""The app that commands are added to: ``--version``, ``--debug`` and the exit statuses.

A command is a function that prints and returns an exit status. Dataclasses among its
parameters are groups of options: each of their fields becomes an option of the command.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, get_type_hints

import typer

from flora_analytics import __version__
from flora_analytics.errors import ConfigurationError, DataError, FloraAnalyticsError

__all__ = ["DONE", "FAILED", "LEFT_OUT", "MISUSED", "add", "app", "say"]

DONE, FAILED, MISUSED, LEFT_OUT = 0, 1, 2, 3
_INTERRUPTED, _READER_GONE = 130, 141  # as shells number SIGINT and SIGPIPE
#: A store has all columns, so that only an argument can ask for what runs do not have.
_MISUSE = (ConfigurationError, DataError)
_EXIT_STATUS = (
    "Exit status: 0 done, 1 failed or an alert fires, 2 called wrongly, "
    "3 done but something was left out (rejected runs, an incomplete history)."
)
_Debug = Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an error.")]

# Without rich markup, help starts in a third of the time.
app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"flora-analytics {__version__}")  # noqa: T201
        raise typer.Exit


@app.callback(epilog=_EXIT_STATUS)
def flora_analytics(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Cost, failure and duration analytics for technique runs on FLORA.

    \b
      flora-analytics demo                               try it all, without a key
      export FLORA_API_KEY=sk_live_...
      flora-analytics sync                               load your workspace's history
      flora-analytics cost --by technique --last 30d     look at it
      flora-analytics report --out report.html           and pass it on
    """


def add(function: Callable[..., int]) -> None:
    """Make a function a command: its docstring is the help, what it returns the exit status."""
    help_text = re.sub(r"\n\n(?=  )", "\n\n\b\n", inspect.cleandoc(function.__doc__ or ""))
    command = _with_exit_status(_with_option_groups(function))
    app.command(help=help_text, epilog=_EXIT_STATUS)(command)


def say(text: str) -> None:
    """Talk to the person at the terminal: data alone goes to standard output."""
    typer.echo(text, err=True)


def _with_option_groups(function: Callable[..., int]) -> Callable[..., int]:
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    groups: dict[str, Any] = {
        p.name: p.annotation for p in parameters if is_dataclass(p.annotation)
    }

    @functools.wraps(function)
    def called(**given: Any) -> int:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        return function(**given)

    flat: list[inspect.Parameter] = []
    for parameter in parameters:
        group = groups.get(parameter.name)
        flat += [parameter] if group is None else _options_of(group)
    _sign(called, flat)
    return called


def _options_of(group: type[Any]) -> list[inspect.Parameter]:
    types = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default if field.default_factory is MISSING else field.default_factory(),
            annotation=types[field.name],
        )
        for field in fields(group)
    ]


def _with_exit_status(function: Callable[..., int]) -> Callable[..., None]:
    @functools.wraps(function)
    def called(*, debug: bool, **given: Any) -> None:
        try:
            status = function(**given)
            sys.stdout.flush()
        except FloraAnalyticsError as error:
            if debug:
                raise
            say(f"Error: {error}")
            status = MISUSED if isinstance(error, _MISUSE) else FAILED
        except KeyboardInterrupt:
            say("Interrupted; what was already stored is kept.")
            status = _INTERRUPTED
        except BrokenPipeError:
            # The reader has what it wanted; nothing may be written at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = _READER_GONE
        raise typer.Exit(status)

    debug_option = inspect.Parameter(
        "debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_Debug
    )
    _sign(called, [*inspect.signature(function).parameters.values(), debug_option])
    return called


def _sign(function: Any, parameters: list[inspect.Parameter]) -> None:
    """Let typer see these parameters."""
    function.__signature__ = inspect.Signature(parameters)
    function.__annotations__ = {p.name: p.annotation for p in parameters}
