"""News in the form of each channel: a mail, a Slack message, a JSON object.

News in, messages out. Names in them come from users: they are shown as text, on one line, and
cannot mention, link or format.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from flora_analytics.channels import MailAccount
from flora_analytics.check.notices import News, Notice
from flora_analytics.report import display
from flora_analytics.send import message_id

__all__ = ["as_json", "as_mail", "as_slack", "as_text", "subject"]

#: Slack allows 50 blocks of 3,000 characters, but nobody reads as much.
_MOST_NOTICES = 20
_LONGEST_SUBJECT = 140
_LONGEST_SECTION = 2_900
_WORDS = {"fires": "Fires", "passed": "Has fired, and is over", "over": "Over"}


def subject(news: News) -> str:
    """What it is about, in one line.

    How many fire, and the names of their rules.
    """
    fires = [notice for notice in news.notices if notice.what == "fires"]
    shown = fires or news.notices
    names = dict.fromkeys(display.name(notice.alert.rule) for notice in shown)
    head = display.counted(len(shown), "alert") if fires else "Over"
    line = f"FLORA: {head}: {', '.join(names)}"
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 1]}…"


def as_text(news: News, *, tz: str) -> str:
    """All of it as plain text, a paragraph for each notice."""
    return "\n\n".join(_paragraph(notice, tz) for notice in news.notices)


def as_mail(news: News, account: MailAccount, *, now: datetime, tz: str) -> EmailMessage:
    """A mail in plain text; its ``Message-ID`` is the same whenever the same news is told."""
    message = EmailMessage()
    message["From"] = account.sender
    message["To"] = ", ".join(account.to)
    message["Subject"] = subject(news)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(news.key, sender=account.sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{as_text(news, tz=tz)}\n\n--\nflora-analytics check\n")
    return message


def as_slack(news: News, *, tz: str) -> dict[str, Any]:
    """A payload for ``chat.postMessage`` or a webhook, within Block Kit's limits.

    Blocks are plain text, in which Slack formats and links nothing.
    """
    shown = news.notices[:_MOST_NOTICES]
    texts = [_paragraph(notice, tz)[:_LONGEST_SECTION] for notice in shown]
    if more := len(news.notices) - len(shown):
        texts.append(f"And {display.counted(more, 'alert')} more: flora-analytics check shows all.")
    return {
        # What a notification shows; only here the three signs mean anything.
        "text": _escaped(subject(news)),
        "blocks": [
            {"type": "header", "text": _plain(subject(news))},
            *({"type": "section", "text": _plain(text)} for text in texts),
        ],
    }


def as_json(news: News) -> dict[str, Any]:
    """What a webhook gets."""
    return {
        "source": "flora-analytics",
        "key": news.key,
        "subject": subject(news),
        "alerts": [
            {
                "what": notice.what,
                "rule": notice.alert.rule,
                "group": notice.alert.group,
                "fired_at": notice.alert.fired_at.isoformat(),
                "ended_at": notice.alert.ended_at and notice.alert.ended_at.isoformat(),
                "text": notice.text,
            }
            for notice in news.notices
        ],
    }


def _paragraph(notice: Notice, tz: str) -> str:
    alert = notice.alert
    when = " to ".join(display.instant(at, tz=tz) for at in (alert.fired_at, alert.ended_at) if at)
    since = "since " if notice.what == "fires" else ""
    return f"{_WORDS[notice.what]} ({since}{when}, {tz}): {notice.text}"


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
