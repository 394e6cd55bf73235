"""How a report looks in Slack: its numbers and findings as Block Kit, within Slack's limits.

Takes a `Content` and gives the payload of a webhook or of ``chat.postMessage``. Whatever a
user could have written goes into ``rich_text``, whose texts are never parsed, or is escaped: a
name can neither mention nor link nor format. Tables and charts stay in the other media.

Limits: 50 blocks, a header of 150 characters, 10 fields of 2,000, 10 context elements
(https://docs.slack.dev/reference/block-kit/blocks), texts of 3,000, and, undocumented, about
12,000 over all blocks (https://github.com/slackapi/bolt-js/issues/2509).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from flora_analytics.report.media.plain import capitalized, shown, shown_sentence
from flora_analytics.report.page import Content, Finding, Headline, Note, Strong

__all__ = ["slack_of"]

_HEADER, _FIELD, _FIELDS, _NOTE, _NOTES = 150, 300, 10, 400, 10
_FINDING, _FINDINGS, _FALLBACK = 700, 8, 1_000
_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
#: A sign that formats is kept from its neighbours by a space without width.
_BREAK = "\N{ZERO WIDTH SPACE}"
_FORMATTING = {sign: f"{sign}{_BREAK}" for sign in "*_~`"}
#: Nothing to Slack in rich text; apart all the same, should a client think otherwise.
_MENTION = re.compile(r"(?<=<)(?=[!@#])")

Block = dict[str, Any]


def slack_of(content: Content) -> dict[str, Any]:
    """The report as a Slack message; the same content gives the same message.

    Parameters
    ----------
    content : Content
        What the report says.

    Returns
    -------
    dict
        ``text``, what a notification shows, and ``blocks``; to be sent by
        `flora_analytics.send.post_slack`.
    """
    return {
        "text": _fallback(content),
        "blocks": list(_blocks(content)),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _blocks(content: Content) -> Iterator[Block]:
    yield {"type": "header", "text": _plain_text(content.title, _HEADER)}
    yield _context([_when(content)])
    if content.warning:
        yield _rich(_section([Strong("May be incomplete. "), shown(content.warning)]))
    if content.headlines:
        yield {"type": "section", "fields": [*map(_field, content.headlines[:_FIELDS])]}
    if content.findings:
        yield _rich(_list(content.findings[:_FINDINGS]))
    if (left_out := len(content.findings) - _FINDINGS) > 0:
        yield _context([f"{left_out} more findings are in the full report."])
    if content.basis:
        yield {"type": "divider"}
        yield _context(_noted(content.basis[:_NOTES]))


def _when(content: Content) -> str:
    as_of = f" · Data as of {content.data_as_of}" if content.data_as_of else ""
    return f"{capitalized(content.period)} ({content.tz}){as_of}"


def _fallback(content: Content) -> str:
    """What a notification and a screen reader say instead of the blocks."""
    incomplete = "May be incomplete. " if content.warning else ""
    findings = " ".join("".join(shown_sentence(each.sentence)) for each in content.findings)
    return _escaped(f"{content.title} · {content.period}: {incomplete}{findings}", _FALLBACK)


def _field(headline: Headline) -> Block:
    label, number, basis = (
        _escaped(text, _FIELD, _SIGNS | _FORMATTING)
        for text in (headline.label, headline.number, headline.basis)
    )
    # Verbatim: Slack shall find no links and no channels in it by itself.
    return {"type": "mrkdwn", "text": f"{label}\n*{number}*\n{basis}", "verbatim": True}


def _noted(notes: Iterable[Note]) -> list[str]:
    return [f"{note.term}: {note.text}" for note in notes]


def _context(texts: Sequence[str]) -> Block:
    return {"type": "context", "elements": [_plain_text(text, _NOTE) for text in texts]}


def _plain_text(text: str, longest: int) -> Block:
    return {"type": "plain_text", "text": _escaped(text, longest), "emoji": False}


def _rich(element: Block) -> Block:
    return {"type": "rich_text", "elements": [element]}


def _list(findings: Sequence[Finding]) -> Block:
    sections = [_section(shown_sentence(finding.sentence)) for finding in findings]
    return {"type": "rich_text_list", "style": "bullet", "elements": sections}


def _section(parts: Iterable[str]) -> Block:
    """A sentence whose number is bold; its texts are shown as they are."""
    elements: list[Block] = []
    room = _FINDING
    for strong, same in groupby(parts, key=lambda part: isinstance(part, Strong)):
        text = _cut(_MENTION.sub(_BREAK, "".join(same)), room)
        room -= _length(text)
        style = {"style": {"bold": True}} if strong else {}
        elements += [{"type": "text", "text": text, **style}] if text else []
    return {"type": "rich_text_section", "elements": elements or [{"type": "text", "text": "–"}]}


def _escaped(text: str, longest: int, signs: dict[str, str] = _SIGNS) -> str:
    """The text on one line, escaped and then no longer than that."""
    escaped = [signs.get(sign, sign) for sign in shown(text)]
    if sum(map(_length, escaped)) <= longest:
        return "".join(escaped) or "–"
    kept = ""
    for sign in escaped:
        if _length(kept) + _length(sign) >= longest:
            break
        kept += sign
    return f"{kept}…"


def _cut(text: str, longest: int) -> str:
    if _length(text) <= longest:
        return text
    while _length(text) >= longest and text:
        text = text[:-1]
    return f"{text}…" if longest > 0 else ""


def _length(text: str) -> int:
    """As Slack may count: in UTF-16, where an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
