"""The command line: arguments in, one public function called, its answer printed.

``app`` turns functions into commands and errors into exit statuses; ``options`` is what
several commands take, ``output`` and ``terminal`` how a table is printed, ``completeness``
what is said beside it; the other modules hold the commands. No figure is computed here, and
nothing heavy is loaded until a command needs it.
"""

from __future__ import annotations

import io
import sys

from flora_analytics.cli.anomalies import anomalies
from flora_analytics.cli.app import add, app
from flora_analytics.cli.changes import changes
from flora_analytics.cli.checking import check
from flora_analytics.cli.figures import cost, durations, failures
from flora_analytics.cli.holdings import status
from flora_analytics.cli.objectives import objectives
from flora_analytics.cli.planning import budget, forecast
from flora_analytics.cli.reporting import report
from flora_analytics.cli.sharing import export
from flora_analytics.cli.syncing import sync
from flora_analytics.cli.trying import demo, sandbox
from flora_analytics.cli.usage import usage

__all__ = ["app", "main"]

for _command in (
    demo,
    sandbox,
    sync,
    status,
    cost,
    failures,
    durations,
    usage,
    objectives,
    changes,
    forecast,
    budget,
    anomalies,
    check,
    export,
    report,
):
    add(_command)


def main() -> None:
    """Run ``flora-analytics`` with the process's arguments; never returns."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is shown escaped, not refused.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="flora-analytics")
