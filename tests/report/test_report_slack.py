"""The report in Slack keeps Slack's limits, and names stay texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from contents import HOSTILE, make_content
from hypothesis import given, settings
from hypothesis import strategies as st
from report_runs import a_months_runs

from flora_analytics.report import collect_report
from flora_analytics.report.media.slack import slack_of
from flora_analytics.report.page import Finding, Headline, Name, Note, Strong

#: Entities are the only use that a parsed text makes of the three signs that Slack reserves.
#: https://docs.slack.dev/messaging/formatting-message-text#escaping
_UNESCAPED = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")


def test_the_findings_are_told_with_their_numbers_bold():
    finding = Finding(("Of ", Strong("$12.50"), " most went to ", Name("Reel & Co"), "."), "cost")

    [rich] = blocks(slack_of(make_content(findings=(finding,))), "rich_text")

    [section] = rich["elements"][0]["elements"]
    assert section["elements"] == [
        {"type": "text", "text": "Of "},
        {"type": "text", "text": "$12.50", "style": {"bold": True}},
        {"type": "text", "text": " most went to Reel & Co."},
    ]


def test_what_it_rests_on_is_said_and_a_warning_comes_first():
    payload = slack_of(make_content(warning="Only proved up to page 7."))

    said = [" ".join(texts(block)) for block in payload["blocks"]]
    assert "May be incomplete. Only proved up to page 7." in " ".join(said[2].split())
    assert "Completeness" in said[-1]
    assert "May be incomplete." in payload["text"]


def test_a_real_report_says_every_finding():
    content = collect_report(a_months_runs())

    payload = slack_of(content)

    assert_within_limits(payload)
    [rich] = blocks(payload, "rich_text")
    said = ["".join(texts(section)) for section in rich["elements"][0]["elements"]]
    assert said == ["".join(finding.sentence) for finding in content.findings]
    assert slack_of(content) == payload


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_name_neither_mentions_nor_links_nor_formats(name):
    payload = slack_of(make_content(name, title=name or "A title", warning=name))

    assert_within_limits(payload)
    assert_nothing_is_live(payload)


LONG = st.builds(
    lambda text, times: text * times, st.text(max_size=20), st.sampled_from([1, 1, 300])
)
PARTS = st.lists(st.builds(Strong, LONG) | st.builds(Name, LONG) | LONG, min_size=1, max_size=4)
FINDINGS = st.lists(st.builds(Finding, PARTS.map(tuple), st.just("cost")), max_size=10)
HEADLINES = st.lists(st.builds(Headline, LONG, LONG, LONG, st.just("cost")), max_size=12)
NOTES = st.lists(st.builds(Note, LONG, LONG), max_size=12)


@given(LONG, HEADLINES.map(tuple), FINDINGS.map(tuple), NOTES.map(tuple))
@settings(max_examples=40)
def test_any_texts_keep_the_limits(text, headlines, findings, basis):
    content = make_content(
        title=text, period=text, headlines=headlines, findings=findings, basis=basis
    )

    payload = slack_of(content)

    assert_within_limits(payload)
    assert_nothing_is_live(payload)


def test_findings_beyond_what_a_message_holds_are_counted():
    content = make_content(findings=(Finding(("One.",), "cost"),) * 11)

    said = " ".join(text for block in slack_of(content)["blocks"] for text in texts(block))

    assert said.count("One.") == 8
    assert "3 more findings" in said


def test_nothing_to_report_is_a_message_too():
    content = make_content(headlines=(), findings=(Finding(("There are no runs.",), ""),), basis=())

    assert_within_limits(slack_of(content))


def blocks(payload: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [block for block in payload["blocks"] if block["type"] == kind]


def texts(node: Any) -> Iterator[str]:
    """Every text to read under `node`."""
    if isinstance(node, list):
        for each in node:
            yield from texts(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts(value)


def length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def assert_within_limits(payload: dict[str, Any]) -> None:
    """As published under https://docs.slack.dev/reference/block-kit/blocks."""
    assert 1 <= len(payload["blocks"]) <= 50
    assert length(payload["text"]) <= 4_000
    for header in blocks(payload, "header"):
        assert header["text"]["type"] == "plain_text"
        assert 1 <= length(header["text"]["text"]) <= 150
    for section in blocks(payload, "section"):
        assert 1 <= len(section["fields"]) <= 10
        assert all(1 <= length(each["text"]) <= 2_000 for each in section["fields"])
    for context in blocks(payload, "context"):
        assert 1 <= len(context["elements"]) <= 10
        assert all(1 <= length(each["text"]) <= 3_000 for each in context["elements"])
    for rich in blocks(payload, "rich_text"):
        assert all(element["elements"] for element in rich["elements"])
        assert all(element["elements"] for listed in rich["elements"]
                   for element in listed["elements"] if "elements" in element)  # fmt: skip
    # Undocumented, and found by others: https://github.com/slackapi/bolt-js/issues/2509
    assert sum(map(length, texts(payload["blocks"]))) <= 11_000
    json.dumps(payload)


def assert_nothing_is_live(payload: dict[str, Any]) -> None:
    parsed = [payload["text"]]
    for block in payload["blocks"]:
        if block["type"] == "rich_text":
            assert set(kinds(block)) <= {
                "rich_text", "rich_text_list", "rich_text_section", "text"
            }  # fmt: skip
            assert not any(re.search(r"<[!@#]", text) for text in texts(block))
        else:
            parsed += texts(block)
    for text in parsed:
        assert not _UNESCAPED.search(text)
    for text in [*parsed, *texts(payload["blocks"])]:
        assert not re.search(r"\w(://|\.example|@\w)", text)
    for section in blocks(payload, "section"):
        for each in section["fields"]:
            assert each["verbatim"] is True
            assert not re.search(r"[_~`](?!\u200b)|(?<!\n)\*(?![\u200b\n])", each["text"])


def kinds(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from kinds(each)
    elif isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield node["type"]
        for value in node.values():
            yield from kinds(value)
