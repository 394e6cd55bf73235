"""What is installed: the version, what the wheel holds, what the lock pins."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import flora_analytics

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def python(*arguments: str, folder: Path) -> str:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), folder=ROOT)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_command_says_its_version(tmp_path: Path):
    said = python("-m", "flora_analytics", "--version", folder=tmp_path)

    assert said == f"flora-analytics {flora_analytics.__version__}\n"


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel: zipfile.ZipFile):
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "flora_analytics").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert held == here
    assert {"flora_analytics/py.typed", "flora_analytics/report/media/page.css"} <= held
    assert any(name.endswith(".html.j2") for name in held)


def test_the_wheel_brings_licence_version_and_command(wheel: zipfile.ZipFile):
    info = {
        name.partition(".dist-info/")[2]: name for name in wheel.namelist() if ".dist-info/" in name
    }

    metadata = wheel.read(info["METADATA"]).decode()

    assert "licenses/LICENSE" in info
    assert f"\nVersion: {flora_analytics.__version__}\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert (
        "flora-analytics = flora_analytics.cli:main"
        in wheel.read(info["entry_points.txt"]).decode()
    )


def test_the_lock_pins_every_requirement():
    groups = PROJECT["dependency-groups"].values()
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = {
        re.split(r"[\[<>=]", requirement)[0]
        for requirements in (PROJECT["project"]["dependencies"], *extras, *groups)
        for requirement in requirements
        if isinstance(requirement, str)
    }

    pinned = set(re.findall(r"^([a-z0-9-]+)==", LOCK, flags=re.MULTILINE))

    assert wanted <= pinned


def test_the_lock_names_no_place_to_download_from():
    pins = [line for line in LOCK.splitlines() if not line.lstrip().startswith("#")]

    assert all(re.match(r"[a-z0-9-]+==[\w.]+( ; .+)?$", pin) for pin in pins)
    assert "://" not in LOCK
