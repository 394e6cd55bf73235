"""The report in a mail: small, whole without the network, legible, and names stay texts."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import html5lib
import pytest
from contents import HOSTILE, make_chart, make_content, make_figure
from report_runs import a_months_runs, make_run, make_table

from flora_analytics.report import collect_report
from flora_analytics.report.branding import Branding, contrast
from flora_analytics.report.media.mail import mail_of
from flora_analytics.report.media.plain import render_plain
from flora_analytics.report.page import Content, Section

SENDER, TO = "FLORA reports <reports@example.com>", ["ada@example.com", "Bo <bo@example.com>"]
#: What Gmail shows before it cuts.
GMAIL_LIMIT = 100_000
PNG = b"\x89PNG\r\n\x1a\n"
_INVISIBLE = str.maketrans("", "", "\u200b\u2068\u2069")


@pytest.fixture(scope="module")
def content() -> Content:
    return collect_report(a_months_runs(), sections=("cost", "failures"))


@pytest.fixture(scope="module")
def message(content: Content) -> EmailMessage:
    return make_mail(content)


@pytest.fixture(scope="module")
def plain() -> EmailMessage:
    """A mail in which nothing is odd."""
    return make_mail(make_content("harmless", title="harmless", warning="harmless"))


def make_mail(content: Content) -> EmailMessage:
    """The mail as it is read back from its bytes."""
    sent = mail_of(content, sender=SENDER, to=TO)
    return message_from_bytes(sent.as_bytes(), policy=default)  # type: ignore[return-value]


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def plain_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def text_of(html: str) -> str:
    """What there is to read, without the signs that cannot be seen."""
    return "".join(html5lib.parse(html, namespaceHTMLElements=False).itertext()).translate(
        _INVISIBLE
    )


def test_it_has_a_plain_text_and_a_page_with_its_pictures(message):
    kinds = [part.get_content_type() for part in message.walk()]

    n_charts = kinds.count("image/png")
    assert kinds[:4] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html"
    ]  # fmt: skip
    assert kinds[4:] == ["image/png"] * n_charts
    assert n_charts >= 6


def test_every_picture_is_shown_once_and_described(message):
    page = html5lib.parse(html_of(message), namespaceHTMLElements=False)
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]

    shown = [image.get("src") for image in page.iter("img")]
    assert shown == [f"cid:{part['Content-ID'].strip('<>')}" for part in pictures]
    assert all(image.get("alt") for image in page.iter("img"))
    assert all(part.get_content().startswith(PNG) for part in pictures)


def test_it_asks_nobody_for_anything(message):
    page = html5lib.parse(html_of(message), namespaceHTMLElements=False)

    addresses = [
        value
        for element in page.iter()
        for name, value in element.attrib.items()
        if name in ("src", "href", "action", "background", "srcset")
    ]
    assert all(address.startswith("cid:") for address in addresses)
    assert not {"script", "link", "iframe", "form", "a"} & {element.tag for element in page.iter()}
    assert "url(" not in html_of(message)


def test_page_and_text_say_what_the_content_says(message, content):
    read = text_of(html_of(message))
    plain = " ".join(plain_of(message).translate(_INVISIBLE).split())

    for finding in content.findings:
        assert "".join(finding.sentence) in read
        assert "".join(finding.sentence) in plain
    told = [(each, content.titles.get(each.figure)) for each in content.findings]
    assert any(title for _, title in told)
    for finding, title in told:
        if title:
            assert f"{''.join(finding.sentence)} Table: {title}" in read
            assert f"{''.join(finding.sentence)} [Table: {title}]" in plain
    for headline in content.headlines:
        assert headline.number in read
        assert headline.number in plain
    for note in (*content.basis, *content.methods):
        assert note.text in read
        assert " ".join(note.text.split()) in plain


def test_every_figure_is_printed_as_the_content_has_it(message, content):
    page = html5lib.parse(html_of(message), namespaceHTMLElements=False)
    figures = [each for part in content.sections for each in part.figures]
    shown = [figure for figure in figures if figure.chart is None or not figure.folded]

    tables = [table for table in page.iter("table") if table.get("role") != "presentation"]

    assert len(tables) == len(shown)
    for figure, table in zip(shown, tables, strict=True):
        rows = [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")][1:]
        expected = [[cell.text for cell in row.cells] for row in figure.table.rows]
        assert [[cell.translate(_INVISIBLE) for cell in row] for row in rows] == expected
    for figure in figures:
        for row in figure.table.rows:
            for cell in row.cells[1:]:
                assert cell.text in plain_of(message)


def test_the_same_content_gives_the_same_bytes_and_another_another_id():
    first, again = (
        mail_of(make_content(), sender=SENDER, to=TO).as_bytes() for _ in range(2)
    )  # fmt: skip
    other = make_mail(make_content("Another name"))
    elsewhere = mail_of(make_content(), sender=SENDER, to=["eve@example.com"])

    ids = {read["Message-ID"] for read in (message_from_bytes(first), other, elsewhere)}
    assert first == again
    assert len(ids) == 3


def test_three_hundred_techniques_stay_under_what_gmail_shows():
    runs = [
        make_run(
            technique_id=f"tech_{at}",
            technique_name=f"Technique number {at} of a great many",
            project_id=f"prj_{at}",
            status="failed" if at % 3 else "completed",
            error_code=f"error_{at % 40}",
            cost=f"{at + 1}.25",
        )
        for at in range(300)
    ]

    message = make_mail(collect_report(make_table(*runs), sections=("cost", "failures")))

    assert "To keep this mail short" not in html_of(message)
    assert len(html_of(message).encode()) < GMAIL_LIMIT


def test_what_does_not_fit_is_left_out_and_named():
    names = [f"A technique number {at}" for at in range(60)]
    figures = tuple(make_figure(f"number {at}", *names) for at in range(40))
    content = make_content(sections=(Section("all", "Everything", figures),))

    message = make_mail(content)

    read = text_of(html_of(message))
    headings = re.findall(r"<h3[^>]*>([^<]+)</h3>", html_of(message))
    left_out = [figure.title for figure in figures if figure.title not in headings]
    assert len(html_of(message).encode()) < GMAIL_LIMIT
    assert 5 < len(headings) < 40
    assert all(title in read for title in left_out)
    assert "To keep this mail short" in read


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_name_is_text_wherever_it_stands(name, plain):
    message = make_mail(make_content(name, title=name, warning=name or None))

    page = html5lib.HTMLParser(namespaceHTMLElements=False).parse(html_of(message))
    usual = html5lib.HTMLParser(namespaceHTMLElements=False).parse(html_of(plain))
    if name:
        assert [each.tag for each in page.iter()] == [each.tag for each in usual.iter()]
        assert text_of(html_of(message)).count(" ".join(name.split())[:40]) >= 6
    assert [*message.keys()] == [*plain.keys()]
    assert message["To"] == ", ".join(TO)
    for text in (html_of(message), plain_of(message)):
        assert not re.search(r"\w(://|\.example/|@evil)", text)


def test_a_name_from_right_to_left_does_not_turn_the_text_around_it():
    html = html_of(make_mail(make_content(HOSTILE["right to left"])))

    found = [*re.finditer("\u202e", html)]
    assert found
    for each in found:
        if "alt=" not in html[html.rfind("<", 0, each.start()) : each.start()]:
            assert html[: each.start()].rfind("\u2068") > html[: each.start()].rfind("\u2069")


def test_a_report_that_may_be_incomplete_says_so_in_its_subject():
    message = make_mail(make_content(warning="Only proved up to page 7."))

    assert message["Subject"] == "Cost, failures and waiting: March 2026 (may be incomplete)"
    assert "May be incomplete." in html_of(message)
    assert "MAY BE INCOMPLETE." in plain_of(message)


def test_machines_are_asked_not_to_answer(message):
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("accent", [None, "#FFD400", "#0a7d5c", "#101010"])
def test_texts_can_be_read_in_light_and_in_dark(accent):
    branding = Branding(accent=accent)
    html = html_of(make_mail(make_content(warning="Careful.", branding=branding)))

    inline = set(re.findall(r'style="[^"]*[;"]color:(#\w{6})', html))
    dark = set(re.findall(r"\.\w\{color:(#\w{6})!important\}", html))
    assert len(inline) >= 3
    assert len(dark) >= 3
    assert min(contrast(colour, "#ffffff") for colour in inline) >= 4.5
    assert min(contrast(colour, "#14171c") for colour in dark) >= 4.5


@pytest.mark.parametrize(("kind", "n_logos"), [("image/png", 1), ("image/svg+xml", 0)])
def test_a_logo_is_carried_along_where_mail_programs_show_its_kind(kind, n_logos):
    branding = Branding(logo=PNG + b"...", logo_type=kind)

    message = make_mail(make_content(branding=branding))

    pictures = [part for part in message.walk() if part.get_content_maintype() == "image"]
    assert [part.get_content() for part in pictures].count(PNG + b"...") == n_logos


def test_nothing_to_report_is_a_mail_too():
    message = make_mail(collect_report(make_table()))

    assert "There are no runs" in html_of(message)


def test_a_plain_text_keeps_its_columns():
    figure = make_figure("technique", "Product Reel", "短い", chart=make_chart())

    text = render_plain(make_content(sections=(Section("all", "All", (figure,)),)))

    assert "Technique      Runs   Runs\n" in text
    assert "Product Reel  1,000  1,100\n短い          2,000  2,100\n" in text
    assert all(len(line) <= 76 for line in text.splitlines())
