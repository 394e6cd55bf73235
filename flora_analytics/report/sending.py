"""Send a report: by mail, to Slack, each once, whatever a schedule tries again.

Takes a `Content` and gives finished messages (`messages_of`), which can be looked at or sent
(`send_once`). A message is known by its figures and by whom it goes to: the store remembers it
before it is handed over, and is told how that went.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from flora_analytics.channels import MailAccount, SlackChannel, checked_address
from flora_analytics.errors import ConfigurationError, SendError
from flora_analytics.report.media.mail import mail_of
from flora_analytics.report.media.slack import slack_of
from flora_analytics.send import post_slack, send_mail
from flora_analytics.send.attempts import WAITS
from flora_analytics.settings import CONFIG_NAME, Settings
from flora_analytics.store.sent import Sending

if TYPE_CHECKING:
    from flora_analytics.report.page import Content
    from flora_analytics.store import RunStore

#: Later than this the same figures are worth saying again: less than a day, so that a daily
#: schedule never finds itself too early.
_RETRIED_WITHIN = timedelta(hours=20)
_Channel = TypeVar("_Channel", MailAccount, SlackChannel)

__all__ = ["Message", "Outcome", "messages_of", "send_once"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message, ready to be sent.

    Attributes
    ----------
    to : str
        Where it goes, in words.
    key : str
        The same for the same figures to the same place, however fresh they are: a schedule that
        tries again syncs again.
    suffix : str
        What a file with it ends in.
    data : bytes
        The whole of it, as it would be sent.
    prepare : function
        Raises ConfigurationError unless the secret that it takes is where it should be.
    send : function
        Sends it.
    """

    to: str
    key: str
    suffix: str
    data: bytes = field(repr=False)
    prepare: Callable[[], object] = field(repr=False)
    send: Callable[[], None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went with one message: a sentence, and whether it is there for certain."""

    text: str
    arrived: bool


def messages_of(
    content: Content,
    settings: Settings,
    *,
    mail: bool = False,
    to: Sequence[str] = (),
    slack: bool = False,
    environ: Mapping[str, str] = os.environ,
    waits: Sequence[float] = WAITS,
) -> list[Message]:
    """The report as the messages that were asked for.

    Parameters
    ----------
    content : Content
        What the report says.
    settings : Settings
        Whose ``[mail]`` and ``[slack]`` say by which server and to which channel.
    mail, slack : bool
        By mail; to Slack.
    to : sequence of str
        Mail addresses instead of those in the settings.
    environ : mapping of str to str
        Holds passwords, tokens and secret addresses, read when a message is sent.
    waits : sequence of float
        Before each further attempt to send. [s]

    Raises
    ------
    ConfigurationError
        If the settings lack what is needed.
    """
    messages = []
    if mail:
        account = _set_up(settings.mail, "mail")
        whom = tuple(map(checked_address, to)) or account.to
        messages.append(_mail(content, replace(account, to=whom), environ, waits))
    if slack:
        channel = _set_up(settings.slack, "slack")
        messages.append(_slack(content, channel, environ, waits))
    return messages


def send_once(
    messages: Sequence[Message],
    store: RunStore,
    *,
    again: bool = False,
    now: datetime | None = None,
) -> list[Outcome]:
    """Send each message that was not sent within 20 hours; one that fails stops no other.

    Parameters
    ----------
    messages : sequence of Message
        From `messages_of`.
    store : RunStore
        Remembers what was sent.
    again : bool
        Send even what was sent within that time.
    now : datetime, optional
        The clock.

    Returns
    -------
    list of Outcome
        One for each message.

    Raises
    ------
    ConfigurationError
        If a password, a token or an address is not there; then nothing is sent at all.
    """
    for message in messages:
        message.prepare()
    at = now or datetime.now(UTC)
    return [_send_once(message, store, again=again, at=at) for message in messages]


def _send_once(message: Message, store: RunStore, *, again: bool, at: datetime) -> Outcome:
    before = None if again else store.sent.of(message.key)
    if before is not None and at - before.at < _RETRIED_WITHIN:
        return _known(message, before)
    # First, so that a process that dies in between cannot lead to a second copy.
    store.sent.remember(message.key, Sending(at, certain=False))
    try:
        message.send()
    except SendError as error:
        if not error.may_have_arrived:
            store.sent.forget(message.key)
        return Outcome(f"Error: {error}", arrived=False)
    store.sent.remember(message.key, Sending(at, certain=True))
    return Outcome(f"Sent {message.to}.", arrived=True)


def _known(message: Message, before: Sending) -> Outcome:
    when = f"{before.at:%Y-%m-%d %H:%M} UTC"
    if before.certain:
        return Outcome(
            f"This very report was sent {message.to} at {when}; --again sends it again.", True
        )
    return Outcome(
        f"Error: This very report was handed over {message.to} at {when} and may have arrived, so "
        "that it was not sent again; look, and use --again if it did not.",
        False,
    )


def _mail(
    content: Content, account: MailAccount, environ: Mapping[str, str], waits: Sequence[float]
) -> Message:
    if not account.to:
        raise ConfigurationError(
            "The mail goes to nobody: name an address after --email, or to in [mail] of "
            f"{CONFIG_NAME}."
        )
    message = mail_of(content, sender=account.sender, to=account.to)
    return Message(
        f"to {', '.join(account.to)}",
        _key(content, "mail", *account.to),
        ".eml",
        message.as_bytes(),
        lambda: account.password(environ),
        lambda: send_mail(account, message, environ=environ, waits=waits),
    )


def _slack(
    content: Content, channel: SlackChannel, environ: Mapping[str, str], waits: Sequence[float]
) -> Message:
    place = channel.channel or channel.webhook_env or ""
    payload = slack_of(content)
    data = json.dumps(payload, ensure_ascii=False, indent=1).encode()
    return Message(
        f"to Slack ({place})",
        _key(content, "slack", place),
        ".slack.json",
        data,
        lambda: channel.webhook(environ) if channel.webhook_env else channel.token(environ),
        lambda: post_slack(channel, payload, environ=environ, waits=waits),
    )


def _key(content: Content, *where: str) -> str:
    """Says which report goes where; what it rests on may be fresher the next time."""
    tables = [figure.table for section in content.sections for figure in section.figures]
    said = (content.title, content.period, content.tz, bool(content.warning), content.headlines,
            content.findings, tables)  # fmt: skip
    return hashlib.sha256(repr((where, said)).encode()).hexdigest()[:32]


def _set_up(channel: _Channel | None, table: str) -> _Channel:
    if channel is None:
        raise ConfigurationError(
            f"There is no [{table}] in {CONFIG_NAME}; docs/sending.md shows how to write one."
        )
    return channel
