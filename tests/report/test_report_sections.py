"""Sections of other people's making stand in the report like its own, or are refused plainly."""

from __future__ import annotations

from pathlib import Path

import pytest
from read_page import Page
from report_runs import a_months_runs

from flora_analytics import metrics
from flora_analytics.errors import ConfigurationError
from flora_analytics.report import collect_report, write_report
from flora_analytics.report.notes import METHODS
from flora_analytics.report.page import Chart, Figure, Section
from flora_analytics.report.stretch import Stretch
from flora_analytics.report.tables import Layout, Measure, readable_table


def outputs(runs: object, stretch: Stretch, *, key: str = "outputs") -> Section:
    """What docs/report.md shows: cost by type of output."""
    table = metrics.output_cost(runs)
    layout = Layout(
        caption=f"Charged cost by type of output, {stretch.words}",
        head="Output",
        measures=(
            Measure("charged_cost", "Charged cost", "money"),
            Measure("n_outputs", "Outputs", "count"),
        ),
    )
    figure = Figure(
        f"{key}-by-type",
        "Cost by type of output",
        "Of finished runs.",
        readable_table(table, layout),
        Chart("output_cost", table, "Cost by type of output", "One row for each type."),
    )
    return Section(key, "What came out", (figure,))


def test_a_function_adds_a_section_in_its_place(tmp_path):
    target = write_report(a_months_runs(), tmp_path / "r.html", sections=["failures", outputs])

    page = Page(target.read_text(encoding="utf-8"))
    headings = [text for where, text in page.texts if where == "h2"]
    assert page.problems == []
    assert headings[1:3] == ["What failed", "What came out"]
    assert page.table("Charged cost by type of output").rows[0][0] == "imageUrl"


def test_an_installed_package_adds_a_section_by_name(tmp_path, monkeypatch):
    (tmp_path / "acme_sections.py").write_text(
        "from flora_analytics.report.page import Column, Figure, Row, Section, Table, Cell\n"
        "def nothing_much(runs, stretch):\n"
        "    table = Table('Acme', (Column('What', 'name'),), (Row((Cell('<b>it</b>'),)),))\n"
        "    return Section('acme', 'Acme', (Figure('acme-table', 'Acme', '', table),))\n"
    )
    info = tmp_path / "acme_sections-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-sections\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[flora_analytics.report_sections]\nacme = acme_sections:nothing_much\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    content = collect_report(a_months_runs(), sections=["acme"])

    assert [section.title for section in content.sections] == ["Acme"]


def test_a_section_with_nothing_to_say_is_left_out():
    content = collect_report(a_months_runs(), sections=[lambda runs, stretch: None])

    assert content.sections == ()


def _fails(runs: object, stretch: Stretch) -> Section:
    raise ValueError("https://signed.example/s3cret")


def _is_html(runs: object, stretch: Stretch) -> str:
    return "<p>"


def _is_taken(runs: object, stretch: Stretch) -> Section:
    return outputs(runs, stretch, key="basis")


def _is_no_key(runs: object, stretch: Stretch) -> Section:
    return outputs(runs, stretch, key='"><script>')


@pytest.mark.parametrize(
    ("maker", "message"),
    [
        (_fails, "'_fails' failed with ValueError"),
        (_is_html, "gave str; expected a"),
        (_is_taken, "'basis', which is taken"),
        (_is_no_key, "lower-case letters"),
    ],
)
def test_a_section_that_is_none_is_refused_in_one_plain_line(maker, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        collect_report(a_months_runs(), sections=[maker])

    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_the_docs_show_a_section_that_works():
    docs = Path(__file__).parents[2] / "docs" / "report.md"
    example = docs.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, object] = {}

    exec(example, names)

    content = collect_report(a_months_runs(), sections=[names["outputs"]])
    assert [section.key for section in content.sections] == ["outputs"]


def test_the_docs_and_the_report_explain_figures_in_the_same_words():
    docs = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    written = " ".join(docs.split())

    for note in (note for notes in METHODS.values() for note in notes):
        assert f"**{note.term}.** {note.text}" in written
