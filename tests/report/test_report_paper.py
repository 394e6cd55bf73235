"""The report on paper, read back from the PDF: what is on which page, and what it leads to."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pypdf import PdfReader
from report_content import make_content, make_figure
from report_runs import a_months_runs, make_run, make_table

from flora_analytics.calendar import Window
from flora_analytics.errors import ConfigurationError
from flora_analytics.report import collect_report, write_report
from flora_analytics.report.branding import Branding
from flora_analytics.report.media.paper import render_pdf
from flora_analytics.report.page import Content, Name, Strong

MARCH_WINDOW = Window.parse("2026-03-01", "2026-04-01")
A4 = (595, 842)

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    '#let x = 1; #read("/etc/hosts")',
    "*b* _i_ `c` $x^2$ // no comment",
    "= heading @ref <label> \\ ~ ---",
    "https://evil.example/a?b=c",
    "=HYPERLINK(0)",
    "]#panic()[",
]


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def one_line(pages: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(pages))


@pytest.fixture(scope="module")
def content() -> Content:
    return collect_report(a_months_runs(), window=MARCH_WINDOW)


@pytest.fixture(scope="module")
def pdf(content: Content) -> bytes:
    return render_pdf(content)


@pytest.fixture(scope="module")
def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def test_findings_stand_on_the_first_of_numbered_a4_pages(reader):
    pages = [page.extract_text() for page in reader.pages]

    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in reader.pages} == {
        A4
    }
    assert "Findings" in pages[0]
    assert "finished runs failed" in one_line(pages[:1])
    for at, page in enumerate(pages, start=1):
        assert page.rstrip().endswith(f"{at} / {len(pages)}")


def test_bookmarks_lead_to_every_chapter(reader):
    titles = [entry.title for part in reader.outline for entry in _flat(part)]

    assert titles[0] == "Cost, failures and waiting"
    assert {"Findings", "What this rests on", "How it is calculated"} <= set(titles)


def _flat(entry) -> Iterator:
    if isinstance(entry, list):
        for each in entry:
            yield from _flat(each)
    else:
        yield entry


def test_it_declares_itself_accessible(pdf):
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def test_a_screen_reader_finds_tags_a_language_and_every_charts_description(content, reader):
    root = reader.trailer["/Root"]
    described = [
        element["/Alt"] for element in _structure(root["/StructTreeRoot"]) if "/Alt" in element
    ]
    figures = [figure for section in content.sections for figure in section.figures]

    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert len(described) >= 5
    assert described == [figure.chart.description for figure in figures if figure.chart]


def _structure(element) -> Iterator:
    element = element.get_object()
    if isinstance(element, dict):
        yield element
        children = element.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            yield from _structure(child)


def test_charts_are_vectors_whose_texts_can_be_found(reader):
    texts = one_line([page.extract_text() for page in reader.pages])

    assert not [image for page in reader.pages for image in page.images]
    assert "Charged cost (USD)" in texts


def test_the_file_knows_no_date_and_leads_nowhere_but_to_itself(pdf, reader):
    links = [link.get_object() for page in reader.pages for link in page.get("/Annots", [])]

    assert not {"/CreationDate", "/ModDate"} & set(reader.metadata)
    assert links
    assert not [link for link in links if "/A" in link and link["/A"]["/S"] != "/GoTo"]
    assert b"/JavaScript" not in pdf
    assert b"/URI" not in pdf


def test_the_same_content_gives_the_same_bytes(content, pdf):
    assert render_pdf(content) == pdf


def test_what_was_made_and_said_stays_out(reader):
    texts = one_line([page.extract_text() for page in reader.pages])

    assert "s3cret" not in texts
    assert "SECRET" not in texts


def test_a_long_table_has_its_head_on_every_page():
    pages = pages_of(render_pdf(make_content(make_figure("long", n_rows=150))))

    with_rows = [page for page in pages if re.search(r"^row \d+", page, re.MULTILINE)]
    assert len(with_rows) >= 3
    assert all(page.count("Technique Runs") == 1 for page in with_rows)


@pytest.mark.parametrize("n_rows", [2, 5, 9])
def test_a_heading_is_never_alone_at_the_end_of_a_page(n_rows):
    figures = [make_figure(f"f{at}", n_rows=n_rows, name=f"row of f{at},") for at in range(30)]

    pages = pages_of(render_pdf(make_content(*figures)))

    for at in range(30):
        page = next(page for page in pages if f"Title of f{at}\n" in page)
        assert f"row of f{at}, {n_rows - 1}" in page


def test_a_finding_names_the_page_of_its_table():
    figures = [make_figure(f"f{at}", n_rows=18) for at in range(5)]
    content = make_content(*figures, sentence=("It rose.",))
    content = replace(content, findings=(replace(content.findings[0], figure="f4"),))

    pages = pages_of(render_pdf(content))

    there = next(at for at, page in enumerate(pages, start=1) if "Title of f4" in page)
    assert there > 1
    assert f"It rose. Table, page {there}" in one_line(pages)


def test_hostile_names_are_text():
    figures = [make_figure(f"f{at}", name=name) for at, name in enumerate(HOSTILE)]
    sentence = ("Most: ", Name(HOSTILE[0]), " ", Strong(HOSTILE[2]))

    pdf = render_pdf(make_content(*figures, title=HOSTILE[2], text=HOSTILE[3], sentence=sentence))

    texts = one_line(pages_of(pdf)).replace("\u200b", "")
    for name in HOSTILE:
        assert f"{name} 2" in texts
    assert f"May be incomplete. {HOSTILE[3]}" in texts
    assert b"/URI" not in pdf


def test_a_long_word_breaks_at_the_edge_of_the_page():
    page = pages_of(render_pdf(make_content(sentence=(Name("ж" * 500),))))[0]

    lines = re.findall("ж+", page.replace("\u200b", ""))
    assert len(lines) > 5
    assert sum(map(len, lines)) == 500


@pytest.mark.parametrize(
    "text",
    ["\U0001fae8 \u0f40 \ue000", "ᵹ", "שלום (v2) مرحبا", "\u202e \u2067 \u00ad" * 60, "a\x00b"],
    ids=["in no font", "not as Libertinus wants it", "from the right", "turned around", "control"],
)
def test_a_text_may_hold_any_sign(text):
    figure = make_figure(name=text)

    pdf = render_pdf(make_content(figure, title=text, text=text, sentence=(Name(text),)))

    assert "Title of figure" in one_line(pages_of(pdf))


def test_two_figures_of_one_key_are_both_shown():
    pages = pages_of(render_pdf(make_content(make_figure("cost"), make_figure("cost"))))

    assert one_line(pages).count("Title of cost") == 2


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([], "There are no runs yet"),
        ([make_run()], "$0.25 was charged for 1 run in 1–31 March 2026"),
        ([make_run(status="failed", cost=0)] * 3, "3 of 3 finished runs failed: 100%"),
    ],
    ids=["none", "one", "all failed"],
)
def test_an_unusual_history_makes_a_sensible_paper(runs, said, tmp_path):
    pdf = write_report(make_table(*runs), tmp_path / "report.pdf").read_bytes()

    assert said in one_line(pages_of(pdf)).replace("\xa0", " ")


def test_a_logo_is_on_the_first_page():
    logo = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 3"><text y="2">ACME</text></svg>'
    )
    content = replace(make_content(), branding=Branding(logo, "image/svg+xml", "#FFD400"))

    assert "ACME" in pages_of(render_pdf(content))[0]


@pytest.mark.parametrize(
    ("logo", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://evil/"/></svg>',
            "image/svg+xml",
        ),
    ],
    ids=["broken", "asks the network"],
)
def test_a_logo_that_cannot_be_set_is_one_plain_line(logo, kind):
    content = replace(make_content(), branding=Branding(logo, kind))

    with pytest.raises(ConfigurationError, match="logo") as caught:
        render_pdf(content)

    assert "\n" not in str(caught.value)


def test_without_typst_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)

    with pytest.raises(ConfigurationError, match=re.escape("pip install 'flora-analytics[pdf]'")):
        render_pdf(make_content())


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("report.html", b"<!DOCTYPE html>"),
        ("report.htm", b"<!DOCTYPE html>"),
        ("report.md", b"# "),
        ("report.pdf", b"%PDF-"),
        ("Report.PDF", b"%PDF-"),
    ],
)
def test_the_name_of_the_file_says_what_it_becomes(name, beginning, tmp_path):
    path = write_report(make_table(), tmp_path / name)

    assert path.read_bytes().startswith(beginning)


@pytest.mark.parametrize("name", ["report.docx", "report"])
def test_any_other_name_is_refused_before_anything_is_read(name, tmp_path):
    with pytest.raises(ConfigurationError, match=r"\.html, \.pdf or \.md") as caught:
        write_report(tmp_path / "no-store", tmp_path / name)

    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
