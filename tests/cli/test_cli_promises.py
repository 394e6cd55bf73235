"""What every command promises: help with an example, a quick start, plain output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from console import ROOT, finished, process, run

from flora_analytics import __version__
from flora_analytics.cli import app

COMMANDS = [each.name or each.callback.__name__ for each in app.registered_commands]
HEAVY = ("deltalake", "duckdb", "ibis", "matplotlib", "msgspec", "numpy", "pandas", "pyarrow",
         "requests", "rich")  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_help_leads_with_an_example_and_ends_with_the_exit_statuses(command):
    lines = run(command, "--help").out.splitlines()

    example = next(number for number, line in enumerate(lines) if f"flora-analytics {command}" in
                   line and "Usage" not in line)  # fmt: skip
    assert example < lines.index("Options:")
    assert any(line.strip().startswith("Exit status: 0 done") for line in lines)


def test_the_first_help_names_every_command():
    text = run("--help").out

    assert all(f"\n  {command} " in text for command in COMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], ["cost", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys\n"
        "from flora_analytics.cli import app\n"
        "try: app()\n"
        f"except SystemExit: print([name for name in {HEAVY} if name in sys.modules])"
    )

    told = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert told.stdout.splitlines()[-1] == "[]"


def test_version_is_printed():
    assert run("--version").out == f"flora-analytics {__version__}\n"


def test_output_that_is_piped_has_no_colour_and_no_progress(api, tmp_path):
    answer = finished(process("sync", "--store", tmp_path / "s", api=api))

    assert "\x1b" not in answer.out + answer.err
    assert answer.err == ""


def test_the_sandbox_prints_what_to_paste_and_ends_when_told():
    serving = process("sandbox", "--n-runs", "50")
    exports = [serving.stdout.readline().strip() for _ in range(2)]
    environment = dict(line.removeprefix("export ").split("=", 1) for line in exports)

    synced = run("sync", "--store", "s", **environment)
    serving.send_signal(signal.SIGTERM)

    assert synced.out.startswith("s: 50 new")
    assert finished(serving).status == 0


def test_the_sandbox_serves_a_file_of_runs(tmp_path):
    (tmp_path / "runs.jsonl").write_text("")
    serving = process("sandbox", "--runs", tmp_path / "runs.jsonl")

    served = serving.stdout.readline()
    serving.send_signal(signal.SIGINT)

    assert served.startswith("export FLORA_BASE_URL=http://127.0.0.1:")
    assert finished(serving).status == 0


def test_signs_that_the_terminal_lacks_are_no_error(store):
    answer = finished(process("failures", "--store", store, PYTHONIOENCODING="ascii"))

    assert answer.status == 0
    assert "Failure rate" in answer.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--manner", "cursor=keyset"], "did you mean 'cursors'?"),
        (["--manner", "cursors=leaf"], "expected offset or keyset"),
        (["--manner", "max_limit=many"], "a whole number"),
        (["--faults", "0.1", "--fault", "42"], "No fault is called"),
    ],
    ids=["key", "choice", "number", "fault"],
)
def test_a_sandbox_that_cannot_be_is_called_wrongly(arguments, says):
    answer = run("sandbox", *arguments)

    assert answer.status == 2
    assert says in answer.err
