"""What the README shows works, and prints what it says.

``python tests/test_readme.py`` writes into the README what its commands print now.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flora_analytics.cli import app
from flora_analytics.client import FloraClient
from flora_analytics.sandbox import Sandbox, generate
from flora_analytics.sync import sync_runs

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
_DEMO_STORE = "flora-demo/store"


def blocks(language: str) -> list[str]:
    text = README.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """The lines of shell blocks that call ``flora-analytics``."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("flora-analytics ")]


def sessions() -> list[tuple[str, str]]:
    """Each command of the console blocks and what is shown below it."""
    parts = [part for block in blocks("console") for part in block.split("$ ")[1:]]
    pairs = [part.partition("\n") for part in parts]
    return [(command, shown.strip("\n")) for command, _, shown in pairs]


def printed(command: str) -> str:
    result = CliRunner().invoke(app, shlex.split(command)[1:])
    assert result.exit_code == 0, f"{command}: {result.output}"
    return "\n".join(line.rstrip() for line in result.stdout.splitlines()).strip("\n")


@contextmanager
def demo_store(folder: Path) -> Iterator[Sandbox]:
    """The runs of the demo, served by a sandbox and synced into `folder`."""
    with Sandbox(generate(6_000, seed=7)) as sandbox:
        with FloraClient(sandbox.api_key, base_url=sandbox.base_url) as client:
            sync_runs(folder / _DEMO_STORE, client=client)
        yield sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("readme")
    with (
        demo_store(folder) as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.chdir(folder)
        patch.setenv("FLORA_API_KEY", sandbox.api_key)
        patch.setenv("FLORA_BASE_URL", sandbox.base_url)
        patch.setenv("FLORA_STORE", _DEMO_STORE)
        yield sandbox


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    ("command", "shown"),
    [pair for pair in sessions() if pair[0].startswith("flora-analytics ")],
)
def test_a_command_prints_what_the_readme_shows(command: str, shown: str):
    assert printed(command) == shown


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_readme_runs(command: str):
    printed(command)


@pytest.mark.usefixtures("sandbox")
def test_python_of_the_readme_runs():
    names: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)

    examples = doctest.DocTestParser().get_doctest(
        "".join(blocks("pycon")), names, "README.md", None, None
    )
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    "line", [line for block in blocks("crontab") for line in block.splitlines()]
)
def test_a_line_for_cron_runs(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (settings,) = (block for block in blocks("toml") if "[report]" in block)
    (tmp_path / "flora-analytics.toml").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("FLORA_STORE", str(Path(_DEMO_STORE).resolve()))
    monkeypatch.chdir(tmp_path)
    command = line.partition("&& .venv/bin/")[2]

    printed(command.replace("--email", "--email --dry-run"))

    assert ("report" in command) == (tmp_path / "flora.pdf").exists()


def test_links_and_pictures_of_the_readme_are_there():
    text = README.read_text(encoding="utf-8")
    targets = re.findall(r'\]\(([^)#:]+)\)|(?:src|srcset)="([^"]+)"', text)

    assert targets
    assert [name for pair in targets for name in pair if name and not (ROOT / name).exists()] == []


def test_make_has_the_targets_that_the_readme_names():
    named = {command.split()[1] for command, _ in sessions() if command.startswith("make ")}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert {"demo", "test"} <= named
    assert [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def _refresh() -> None:
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, demo_store(Path(folder)):
        os.chdir(folder)
        os.environ["FLORA_STORE"] = _DEMO_STORE
        for command, shown in sessions():
            if command.startswith("flora-analytics "):
                before = f"$ {command}\n{shown}\n" if shown else f"$ {command}\n"
                text = text.replace(before, f"$ {command}\n{printed(command)}\n")
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _refresh()
