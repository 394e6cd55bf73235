"""The schedules of docs/schedules.md and the rules of docs/alerts.md, as a user pastes them."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flora_analytics.sandbox import Sandbox, generate
from flora_analytics.settings import load_settings

ROOT = Path(__file__).parents[1]
RULES = 'store = "runs.delta"\n[[rule]]\nopen_time = "1h"\nper = "900d"\n'


def pasted(language: str, page: str = "schedules") -> list[str]:
    """The blocks of one language on a page."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def home(tmp_path):
    """A home directory with the folder that the page describes."""
    flora = tmp_path / "flora"
    command = flora / ".venv" / "bin" / "flora-analytics"
    command.parent.mkdir(parents=True)
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m flora_analytics "$@"\n'
    )
    command.chmod(0o755)
    (flora / "flora-analytics.toml").write_text(RULES)
    return tmp_path


def cron(line: str, home: Path) -> int:
    """What cron does: the command in /bin/sh with hardly any environment."""
    command = line.split(maxsplit=5)[5]
    assert "%" not in command
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    return subprocess.run(["/bin/sh", "-c", command], env=environment, cwd=home).returncode


def test_cron_lines_sync_and_say_how_it_went(home):
    check, report = pasted("cron")[0].splitlines()
    with Sandbox(generate(60, seed=3)) as api:
        env = f"FLORA_API_KEY={api.api_key}\nFLORA_BASE_URL={api.base_url}\n"
        (home / "flora" / "flora.env").write_text(env)
        fired = cron(check, home)
        reported = cron(report.replace(" --email", ""), home)

    log = (home / "flora" / "check.log").read_text()
    assert fired == 1
    assert "60 new" in log
    assert "Fires       Open time" in log
    assert reported == 0
    assert (home / "flora" / "report.html").stat().st_size > 10_000


def test_systemd_takes_the_units(tmp_path, home):
    if (systemd := shutil.which("systemd-analyze")) is None:
        pytest.skip("no systemd here")
    service, timer = (unit.replace("%h", str(home)) for unit in pasted("ini"))
    (home / "flora" / "flora.env").touch()
    (tmp_path / "flora-check.service").write_text(service)
    (tmp_path / "flora-check.timer").write_text(timer)

    checked = subprocess.run(
        [systemd, "verify", "--man=no", tmp_path / "flora-check.timer"],
        capture_output=True, text=True,
    )  # fmt: skip

    assert checked.returncode == 0, checked.stderr
    assert "flora-check" not in checked.stderr


def test_the_workflow_saves_the_store_whatever_the_check_says():
    (workflow,) = pasted("yaml")

    _, save = workflow.split("- run: flora-analytics check --sync\n")

    assert re.search(r"- if: always\(\)\n\s+uses: actions/cache/save@", save)
    assert workflow.count("path: runs.delta") == 2
    assert "\t" not in workflow


@pytest.mark.parametrize("number", [0, 1], ids=["airflow", "prefect"])
def test_the_flows_are_python(number):
    ast.parse(pasted("python")[number])


def test_the_rules_of_the_page_are_rules(tmp_path):
    (tmp_path / "flora-analytics.toml").write_text(pasted("toml", "alerts")[0], encoding="utf-8")

    settings = load_settings(config=tmp_path / "flora-analytics.toml", environ={})

    assert len(settings.alerts.rules) == 9
    assert settings.slack is not None
    assert settings.budget is not None
