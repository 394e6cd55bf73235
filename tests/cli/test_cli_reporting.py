"""report writes whole files of the runs, in the look and to the places that were asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from console import run

LOGO = '<svg xmlns="http://www.w3.org/2000/svg"/>'


def test_the_report_is_one_file(store, tmp_path):
    answer = run("report", "--out", "r.html", "--title", "March", "--from", "2026-03-01",
                 "--to", "2026-04-01", "--store", store)  # fmt: skip

    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert (answer.status, answer.out) == (0, "")
    assert "March" in page
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_a_schedule_is_one_line(api, store, tmp_path):
    project = api.truth()[0]["project_id"]
    place = tmp_path / "schedule"
    place.mkdir()
    (place / "logo.svg").write_text(LOGO)
    (place / "flora.toml").write_text(
        f"""
        store = "{store}"
        [report]
        out = ["r.html", "r.md"]
        title = "What our studio spent"
        logo = "logo.svg"
        accent = "#0a7d5c"
        window = "last month"
        sections = ["cost"]
        project_id = "{project}"
        """,
        encoding="utf-8",
    )

    answer = run("report", "--config", place / "flora.toml")

    page, plain = ((place / name).read_text(encoding="utf-8") for name in ("r.html", "r.md"))
    assert (answer.status, answer.out) == (0, "")
    assert "What our studio spent" in page
    assert "What our studio spent" in plain
    assert "--accent: #0a7d5c" in page
    assert "data:image/svg+xml;base64," in page
    assert f"Only project {project}." in page
    assert 'id="failures"' not in page
    assert list(tmp_path.glob("*.*")) == []


def test_what_is_said_beats_the_file(store, tmp_path):
    (tmp_path / "flora-analytics.toml").write_text(
        '[report]\nout = "usual.html"\ntitle = "Usual"\nwindow = "last month"\n'
    )

    answer = run("report", "--out", "r.html", "--title", "Now", "--cycle", "--store", store)

    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert answer.status == 0
    assert "<h1>Now</h1>" in page
    assert re.search(r"No run was created|\(so far\)", page)
    assert not (tmp_path / "usual.html").exists()


def test_a_project_that_never_ran_is_told_from_one_without_cost(store, tmp_path):
    answer = run("report", "--out", "r.html", "--project-id", "prj_typo", "--store", store)

    assert "No run has project_id 'prj_typo'" in answer.err
    assert "Only project prj_typo." in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Name a file with --out, or as out in [report]"),
        (["--out", "r.docx"], "written as .html, .pdf or .md"),
        (["--out", "r.html", "--cycle", "--last", "4w"], "Say in one way which runs"),
        (["--out", "r.html", "--window", "last wek"], "did you mean 'last week'?"),
        (["--out", "r.html", "--accent", "green"], "write a colour as #RRGGBB"),
        (["--out", "r.html", "--logo", "nowhere.png"], "The logo nowhere.png cannot be read"),
        (["--out", "r.html", "--section", "costs"], "costs"),
    ],
    ids=["nowhere", "medium", "windows", "window", "accent", "logo", "section"],
)
def test_a_report_that_cannot_be_says_why_and_writes_nothing(store, tmp_path, arguments, says):
    answer = run("report", *arguments, "--store", store)

    assert answer.status == 2
    assert says in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_report_needs_a_store(tmp_path):
    answer = run("report", "--out", "r.html", "--store", tmp_path / "nowhere")

    assert answer.status == 1
    assert "flora-analytics sync" in answer.err
    assert not Path("r.html").exists()
