"""The report as Markdown, read back with the renderer that comes with rich."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_content import make_content, make_figure
from report_runs import a_months_runs, make_table

from flora_analytics.calendar import Window
from flora_analytics.report import write_report
from flora_analytics.report.media.markdown import render_markdown
from flora_analytics.report.page import Name, Strong

MARCH_WINDOW = Window.parse("2026-03-01", "2026-04-01")

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "**bold** [l](http://evil.example)",
    "a | b ~~c~~ ![i](x)",
    "&lt;b&gt; &copy; <!-- c -->",
    "$x^2$ {{ 7*7 }} {% raw %}",
    "@octocat #12 www.evil.example a@b.example :tada:",
    "line\nbreak\r\n# heading",
    "=HYPERLINK(0)",
    "- dash",
    "1. one",
    "```",
    "---",
    "\\",
    "שלום 12",
]


def markdown(runs: object, folder: Path, **options: object) -> str:
    path = write_report(runs, folder / "report.md", **options)  # type: ignore[arg-type]
    return path.read_text(encoding="utf-8")


def rendered(text: str) -> str:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)


def tags_of(page: str) -> set[str]:
    return set(re.findall(r"<([a-z0-9]+)", page))


def texts(page: str, tag: str) -> list[str]:
    """What a reader sees in each such element; the breaks within live words are not seen."""
    found = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    return [html.unescape(re.sub("<[^>]+>", "", each)).replace("\u200b", "") for each in found]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return markdown(a_months_runs(), tmp_path_factory.mktemp("march"), window=MARCH_WINDOW)


def test_findings_come_first_and_their_links_arrive_at_headings(text):
    page = rendered(text)
    headings = texts(page, "h[1-3]")

    anchors = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
    links = re.findall(r'href="#([^"]+)"', page)
    assert headings[:2] == ["Cost, failures and waiting", "Findings"]
    assert headings[-2:] == ["What this rests on", "How it is calculated"]
    assert links
    assert set(links) <= anchors


def test_every_table_has_its_numbers_flush_right_and_its_total_strong(text):
    tables = re.findall(r"<table>.*?</table>", rendered(text), re.DOTALL)

    by_technique = next(each for each in tables if ">Technique</th>" in each)
    last = texts(by_technique, "tr")[-1].split()
    assert 'style="text-align:right"' in by_technique
    assert last[0] == "Total"
    assert "<strong>Total</strong>" in by_technique


def test_no_chart_is_announced_that_is_not_there(text):
    said = rendered(text)

    assert "Chart" not in said
    assert "<svg" not in said
    assert "<img" not in said


def test_a_long_table_is_folded_away(text):
    said = rendered(text)

    assert said.count("<details>") == said.count("</details>") >= 1
    assert "<summary>Charged cost by day, oldest first, as a table</summary>" in said


def test_what_was_made_and_said_stays_out(text):
    assert "s3cret" not in text
    assert "SECRET" not in text


def test_the_same_runs_give_the_same_bytes(text, tmp_path):
    backwards = a_months_runs().take(list(range(60, -1, -1)))

    assert markdown(backwards, tmp_path, window=MARCH_WINDOW) == text


def test_no_runs_make_a_short_report(tmp_path):
    said = rendered(markdown(make_table(), tmp_path))

    assert "There are <strong>no runs</strong> yet" in said
    assert "<table>" not in said


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_text(name):
    figure = make_figure(name=name)
    content = make_content(figure, title=f"{name} #", text=name, sentence=(Name(name), "."))

    page = rendered(render_markdown(content))

    shown = " ".join(name.split())
    assert texts(page, "h1") == [f"{shown} #"]
    assert texts(page, "td")[0] == f"{shown} 0"
    assert texts(page, "li")[1] == f"Basis. {shown}"
    assert not tags_of(page) & {"script", "img", "code", "hr", "s", "h4", "em"}
    assert re.findall('href="(.*?)"', page) == ["#title-of-figure"]


@pytest.mark.parametrize(
    "live", ["@octocat", "#12", "http://evil.example", "www.evil.example", "a@b.example", ":tada:"]
)
def test_github_finds_nothing_to_make_a_link_of(live):
    text = render_markdown(make_content(text=f"see {live} there"))

    assert live not in html.unescape(text)
    assert live in html.unescape(text).replace("\u200b", "")


def test_a_number_in_a_sentence_is_strong_and_a_name_is_not():
    sentence = (Strong("$12.00"), " for ", Name("**Hero** $hot$"), ", 3% more.")

    page = rendered(render_markdown(make_content(sentence=sentence)))

    assert texts(page, "li")[0] == "$12.00 for **Hero** $hot$, 3% more."
    assert "<strong>$12.00</strong>" in page


def test_a_name_written_from_the_right_does_not_move_the_number_behind_it():
    text = render_markdown(make_content(sentence=(Name("שלום"), " 12%")))

    assert "\N{FIRST STRONG ISOLATE}שלום\N{POP DIRECTIONAL ISOLATE} 12%" in text


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=20))
def test_any_text_shows_as_it_is(text):
    page = rendered(render_markdown(make_content(title=text, text=text, sentence=(text,))))

    shown = " ".join(text.split())
    assert texts(page, "h1") == [shown]
    assert texts(page, "li") == [shown, f"Basis. {shown}".strip()]
    assert not tags_of(page) & {"a", "code", "em", "img", "ol", "pre", "hr"}
