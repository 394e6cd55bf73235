"""The mail's page in a real browser: at a desk and on a phone, in light and in dark."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import html5lib
import pytest
from axe_core_python.sync_playwright import Axe
from browser import CHROMIUM, Site, opened
from contents import HOSTILE, make_chart, make_content, make_figure, make_table

from flora_analytics.report.media.mail_page import Letter, render_letter
from flora_analytics.report.page import Section

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

#: What reaches beyond the window and lies in no table that scrolls by itself.
_CUT = """() => [...document.querySelectorAll('body *')]
  .filter(e => !e.closest('[style*="overflow-x:auto"]') && e.getBoundingClientRect().width)
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.outerHTML.slice(0, 120))"""
#: A mail program, not the mail, gives the page its landmarks.
_OF_THE_PROGRAM = {"region", "landmark-one-main"}


@pytest.fixture(scope="module")
def letter() -> Letter:
    names = list(HOSTILE.values())
    figures = (
        make_figure("technique", *names, chart=make_chart()),
        make_figure("wide", table=make_table(*names, n_columns=9)),
    )
    sections = (Section("cost", "What it cost", figures),)
    return render_letter(make_content(names[0], sections=sections, warning="Careful: " + names[0]))


@pytest.fixture(scope="module")
def site(letter: Letter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The mail as a mail program shows it, its pictures being in place."""
    html = letter.html
    for picture in letter.pictures:
        data = base64.b64encode(picture.data).decode()
        html = html.replace(f"cid:{picture.cid}", f"data:{picture.kind};base64,{data}")
    folder = tmp_path_factory.mktemp("mail")
    (folder / "mail.html").write_text(html, encoding="utf-8")
    (folder / "favicon.ico").touch()  # which the browser asks for, and no mail program
    with opened(folder) as site:
        yield site


def test_it_is_html_to_the_letter(letter):
    html5lib.HTMLParser(strict=True).parse(letter.html)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800])
def test_it_can_be_read_and_nothing_is_cut(site, width, scheme):
    size = {"width": width, "height": 900}

    with site.page("mail.html", viewport=size, color_scheme=scheme) as page:
        cut = page.evaluate(_CUT)
        sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        found = Axe().run(page)["violations"]

    assert cut == []
    assert not sideways
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}[scheme]
    assert [
        (each["id"], each["nodes"][0]["html"][:200])
        for each in found
        if each["id"] not in _OF_THE_PROGRAM
    ] == []
    assert site.complaints == []
    assert {url.rpartition("/")[2] for url in site.asked if not url.startswith("data:")} <= {
        "mail.html", "favicon.ico"
    }  # fmt: skip
