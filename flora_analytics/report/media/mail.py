"""A report as a mail: HTML with its pictures, the same as plain text, and an id that says which.

Takes a `Content` and gives an `EmailMessage`, to be sent by `flora_analytics.send.send_mail`.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

from flora_analytics.report.media.mail_page import render_letter
from flora_analytics.report.media.plain import render_plain
from flora_analytics.report.page import Content
from flora_analytics.send import message_id

__all__ = ["mail_of"]

_LONGEST_SUBJECT = 150


def mail_of(
    content: Content,
    *,
    sender: str,
    to: Sequence[str],
    subject: str | None = None,
) -> EmailMessage:
    """The report as a mail; the same content to the same people gives the same bytes.

    Parameters
    ----------
    content : Content
        What the report says.
    sender : str
        One address, with or without a name before it.
    to : sequence of str
        Who gets it, likewise.
    subject : str, optional
        By default the report's title and period.

    Returns
    -------
    EmailMessage
        Plain text, and HTML of less than 100 KB with its charts as PNG. It has no date: that
        is the time of sending.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = _subject(content) if subject is None else _on_one_line(subject)
    # So that nobody's absence note answers a machine (RFC 3834, and Exchange's own header).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    letter = render_letter(content)
    message.set_content(render_plain(content), cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    page = cast("EmailMessage", list(message.iter_parts())[1])
    for at, picture in enumerate(letter.pictures, start=1):
        kind, _, subtype = picture.kind.partition("/")
        page.add_related(
            picture.data,
            kind,
            subtype,
            cid=f"<{picture.cid}>",
            disposition="inline",
            filename=f"picture-{at}.{subtype}",
        )
    _identify(message, letter.html, *(picture.data for picture in letter.pictures))
    return message


def _subject(content: Content) -> str:
    incomplete = " (may be incomplete)" if content.warning else ""
    return _on_one_line(f"{content.title}: {content.period}{incomplete}")


def _on_one_line(text: str) -> str:
    line = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[:_LONGEST_SUBJECT]}…"


def _identify(message: EmailMessage, *parts: str | bytes) -> None:
    """An id and boundaries that follow from what is said, instead of random ones."""
    said = (message["From"], message["To"], message["Subject"], *parts)
    identity = message_id(*said, sender=message["From"])
    message["Message-ID"] = identity
    several = [part for part in message.walk() if part.is_multipart()]
    for at, part in enumerate(several):
        part.set_boundary(f"=_{at}_{identity[1:33]}")
