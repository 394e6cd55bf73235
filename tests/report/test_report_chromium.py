"""The report in a real browser: nothing complains, nothing leaves the page, nothing is cut."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
import pyarrow as pa
import pypdf
import pytest
from axe_core_python.sync_playwright import Axe
from browser import CHROMIUM, Site, opened
from report_runs import a_months_runs, make_run, make_table

from flora_analytics.calendar import Window
from flora_analytics.report import Branding, write_report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 4"><path d="M0 0h9v4H0z"/></svg>'
ODD_NAMES = ["x" * 500, "<script>alert(1)</script>", "\u202edlo שלום 📷", '"><img src=//x.test>']
WIDTHS = pytest.mark.parametrize("width", [360, 700, 1280], ids=["phone", "between", "desk"])

#: What does not fit into the window, sticks out of its chart, overlaps or is too small to read.
_MEASURE = """() => {
  const root = document.documentElement, wide = root.clientWidth;
  const box = e => e.getBoundingClientRect();
  const cut = [...document.querySelectorAll('body *')].filter(e =>
    !e.closest('.scroll') && box(e).width && !e.matches('.skip') && box(e).right > wide + 1);
  const charts = [...document.querySelectorAll('svg')].filter(e => box(e).width);
  const outside = charts.flatMap(svg => [...svg.querySelectorAll('text')].filter(text =>
    box(text).left < box(svg).left - 3 || box(text).right > box(svg).right + 3));
  const over = charts.flatMap(svg => {
    const texts = [...svg.querySelectorAll('text')];
    return texts.filter((a, i) => texts.slice(i + 1).some(b => {
      const p = box(a), q = box(b);
      return Math.min(p.right, q.right) - Math.max(p.left, q.left) > 2
          && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 4;
    }));
  });
  const small = charts.flatMap(svg => [...svg.querySelectorAll('text')].filter(text =>
    parseFloat(getComputedStyle(text).fontSize) * box(svg).width / svg.viewBox.baseVal.width < 8));
  return {
    charts: charts.length,
    sideways: root.scrollWidth > wide,
    cut: cut.map(e => e.outerHTML.slice(0, 120)),
    outside: outside.map(e => e.textContent),
    over: over.map(e => e.textContent),
    small: small.map(e => e.textContent),
    paper: getComputedStyle(document.body).backgroundColor,
    ink: [...new Set(charts.flatMap(svg => [...svg.querySelectorAll('text')]
      .map(text => getComputedStyle(text).fill)))],
  };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month's report with odd names in it, and the same in a brand's colours."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "logo.svg").write_bytes(LOGO)
    odd = [
        make_run(technique_id=f"odd_{at}", technique_name=name, cost=at + 1, error_code=name)
        for at, name in enumerate(ODD_NAMES)
    ]
    runs = pa.concat_tables([a_months_runs(), make_table(*odd)])
    march = Window.parse("2026-03-01", "2026-04-01")
    write_report(runs, folder / "report.html", window=march)
    branding = Branding.of(logo=folder / "logo.svg", accent="#ffd400")
    write_report(
        make_table(*odd),
        folder / "branded.html",
        title="Studio",
        sections=["cost"],
        branding=branding,
    )
    write_report(make_table(), folder / "empty.html")
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    with opened(folder) as site:
        yield site


def measured(site: Site, width: int, **context: Any) -> dict[str, Any]:
    with site.page(viewport={"width": width, "height": 900}, **context) as page:
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        return page.evaluate(_MEASURE)


@pytest.mark.parametrize("name", ["report.html", "branded.html", "empty.html"])
def test_the_browser_has_nothing_to_complain_of_and_asks_for_the_page_alone(site, name):
    site.asked.clear()
    site.complaints.clear()

    with site.page(name) as page:
        text = page.inner_text("main")
        asked = {url for url in site.asked if not url.startswith("data:")}

    assert "Findings" in text
    assert site.complaints == []
    assert asked == {f"/{name}", f"{site.url}/{name}"}


@WIDTHS
def test_nothing_is_cut_or_overlaps(site, width):
    found = measured(site, width)

    assert found["charts"]
    assert not found["sideways"]
    assert found["cut"] == []
    assert found["outside"] == []
    assert found["over"] == []
    assert found["small"] == []


def test_at_night_paper_is_dark_and_ink_light(site):
    day = measured(site, 1280, color_scheme="light")
    night = measured(site, 1280, color_scheme="dark")

    assert day["paper"] == "rgb(255, 255, 255)"
    assert night["paper"] == "rgb(20, 23, 28)"
    assert min(map(_brightness, night["ink"])) > 90
    assert max(map(_brightness, day["ink"])) < 130


def _brightness(colour: str) -> float:
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280], ids=["phone", "desk"])
@pytest.mark.parametrize("name", ["report.html", "branded.html"])
def test_axe_finds_no_violation(site, name, width, scheme):
    with site.page(name, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        found = Axe().run(page, options={"resultTypes": ["violations"]})

    assert found["passes"]
    assert [
        (each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found["violations"]
    ] == []


@pytest.mark.parametrize("name", ["report.html", "branded.html", "empty.html"])
def test_a_strict_parser_accepts_the_page(folder, name):
    text = (folder / name).read_text(encoding="utf-8")

    document = html5lib.HTMLParser(strict=True).parse(text)

    assert len(document) == 2


def test_without_scripts_everything_reads_the_same(site):
    with site.page(java_script_enabled=False) as bare:
        without = bare.locator("main").inner_text()
        tables = bare.locator("table").count()
        tools = bare.locator("button, input").count()
        bare.locator("summary").first.click()
        opened_rows = bare.locator("details[open] tbody tr").first.is_visible()
    with site.page() as page:
        page.evaluate("document.querySelectorAll('.tools').forEach(each => each.remove())")
        with_script = page.locator("main").inner_text()

    assert tables
    assert tools == 0
    assert opened_rows
    assert without.split() == with_script.split()


def test_hostile_names_stay_text(site):
    with site.page() as page:
        names = page.locator("tbody th").all_inner_texts()
        images = page.locator("main img").count()

    assert "<script>alert(1)</script>" in names
    assert images == 0


def test_paper_holds_every_row_and_no_heading_stands_alone(site, folder):
    with site.page() as page:
        headings = page.locator("h2, h3").all_inner_texts()
        captions = page.locator("caption").all_text_contents()
        rows = page.locator("tbody tr").count()
        folded = page.locator("details tbody th").all_text_contents()
        printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))

    sheets = [sheet.extract_text().strip() for sheet in printed.pages]
    whole = _flat(" ".join(sheets))
    assert rows > 50
    assert folded
    assert not [caption for caption in captions if _flat(caption) not in whole]
    assert not [name for name in folded if _flat(name) not in whole]
    assert "Filter" not in whole
    assert whole.count("DayChargedcostRuns") > 1, "a head is repeated on the next page"
    assert not [sheet[-80:] for sheet in sheets if sheet.splitlines()[-1] in headings]
    assert all(len(sheet) > 100 for sheet in sheets)


def _flat(text: str) -> str:
    """Without blanks, and with ligatures taken apart."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
