"""The [report] table says what a report shows, how it looks and where it goes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flora_analytics.errors import ConfigurationError
from flora_analytics.reporting import WINDOWS, ReportSettings, read_report
from flora_analytics.settings import load_settings

WHOLE = """
[report]
out = ["report.html", "out/report.pdf"]
title = "What our studio spent"
logo = "logo.svg"
accent = "#0A7d5c"
window = "last month"
sections = ["failures", "cost"]
project_id = "prj_spring"
technique_id = ["tech_reel", "tech_still"]
"""


def test_paths_count_from_the_files_folder(tmp_path):
    path = tmp_path / "flora-analytics.toml"
    path.write_text(WHOLE, encoding="utf-8")

    report = load_settings(config=path, environ={}).report

    assert report == ReportSettings(
        out=(str(tmp_path / "report.html"), str(tmp_path / "out" / "report.pdf")),
        title="What our studio spent",
        logo=str(tmp_path / "logo.svg"),
        accent="#0A7d5c",
        window="last month",
        sections=("failures", "cost"),
        project_id=("prj_spring",),
        technique_id=("tech_reel", "tech_still"),
    )


def test_a_path_from_the_root_stays():
    report = read_report({"out": "/srv/www/report.html"}, folder=Path("/etc/flora"))

    assert report.out == ("/srv/www/report.html",)


def test_without_the_table_nothing_is_chosen(tmp_path):
    path = tmp_path / "empty.toml"
    path.touch()

    assert load_settings(config=path, environ={}).report == ReportSettings()


@pytest.mark.parametrize("window", [*WINDOWS, "12h", "30d", "4w"])
def test_a_stretch_has_a_name_or_a_length(window):
    assert read_report({"window": window}).window == window


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("report.html", "must be a table"),
        ({"windows": "4w"}, "did you mean 'window'?"),
        ({"window": "last mont"}, "did you mean 'last month'?"),
        ({"window": "0d"}, "a length of time such as 12h, 30d or 4w"),
        ({"window": 30}, "window is 30; expected a text"),
        ({"title": " "}, "title is ' '; expected a text"),
        ({"accent": "green"}, "write a colour as #RRGGBB"),
        ({"sections": ["cost", 1]}, "sections is 1; expected a text"),
    ],
    ids=["no table", "key", "window", "no length", "number", "blank", "colour", "list"],
)
def test_what_cannot_be_meant_is_refused_with_its_place(table, says):
    with pytest.raises(ConfigurationError) as caught:
        read_report(table, "flora.toml: report")

    assert str(caught.value).startswith("flora.toml: report")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_file_in_the_documentation_can_be_pasted(tmp_path):
    text = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(store.*?)```", text, re.DOTALL)
    path = tmp_path / "flora-analytics.toml"
    path.write_text(example, encoding="utf-8")

    report = load_settings(config=path, environ={}).report

    assert report.out == (str(tmp_path / "spend.html"), str(tmp_path / "spend.pdf"))
    assert report.window == "last month"
    assert report.project_id == ("prj_spring", "prj_summer")
