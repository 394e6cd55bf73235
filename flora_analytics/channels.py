"""Where messages go: the ``[mail]``, ``[slack]`` and ``[webhook]`` tables of a configuration file.

Knows what an account, a channel and a hook consist of and how each is written; sends nothing.
A password, a token or a secret address is named by the environment variable that holds it and
is read when it is needed.

Written as::

    [mail]
    host = "smtp.example.com"
    port = 587                      # 465 with security = "tls"
    security = "starttls"           # or "tls"; "none" for a server on this machine only
    user = "reports@example.com"
    password_env = "FLORA_SMTP_PASSWORD"
    sender = "FLORA reports <reports@example.com>"
    to = ["finance@example.com"]

    [slack]
    webhook_env = "FLORA_SLACK_WEBHOOK"     # or token_env and channel = "C0123456789"

    [webhook]
    url_env = "FLORA_WEBHOOK"       # or url, where the address itself is no secret
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import default as default_policy
from ipaddress import ip_address
from typing import Any, Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit

from flora_analytics.errors import ConfigurationError

__all__ = [
    "MailAccount",
    "Security",
    "SlackChannel",
    "Webhook",
    "checked_address",
    "checked_url",
    "read_mail",
    "read_slack",
    "read_webhook",
]

Security = Literal["starttls", "tls", "none"]
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
#: Slack's own; GovSlack has another.
_SLACK_API = "https://slack.com/api"
_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccount:
    """A mail server, who sends there, and to whom.

    Attributes
    ----------
    host : str
        The SMTP server.
    sender : str
        ``reports@example.com`` or ``FLORA reports <reports@example.com>``.
    to : tuple of str
        Who gets the mail if nobody else is named.
    security : "starttls", "tls" or "none"
        Encrypted after STARTTLS, from the first byte, or not at all; the last for a server on
        this machine only.
    port : int
        By default 587, 465 or 25, as `security` says.
    user, password_env : str or None
        Whom to log in as and the environment variable with the password; both or neither.

    Raises
    ------
    ConfigurationError
        If something is missing, contradicts another, or would travel unencrypted.

    Examples
    --------
    >>> MailAccount(host="smtp.example.com", sender="reports@example.com").port
    587
    """

    host: str
    sender: str
    to: tuple[str, ...] = ()
    security: Security = "starttls"
    port: int = 0
    user: str | None = None
    password_env: str | None = None

    def __post_init__(self) -> None:
        if self.security not in _PORTS:
            raise ConfigurationError(
                f"Mail security cannot be {self.security!r}; write "
                f"{', '.join(map(repr, get_args(Security)))}."
            )
        if not self.host or not self.host.isascii() or any(sign in self.host for sign in " /@"):
            raise ConfigurationError(
                f"{self.host!r} is no mail server; write a host such as 'smtp.example.com'."
            )
        if self.security == "none" and not _is_loopback(self.host):
            raise ConfigurationError(
                f"Mail to {self.host} would travel unencrypted; write security = 'starttls' or "
                "'tls' ('none' is for a server on this machine)."
            )
        if not self.port:
            object.__setattr__(self, "port", _PORTS[self.security])
        if not 0 < self.port < 65_536:
            raise ConfigurationError(f"There is no port {self.port}; expected 1 to 65535.")
        if (self.user is None) != (self.password_env is None):
            raise ConfigurationError(
                "A mail account has both user and password_env (the environment variable that "
                "holds the password), or neither."
            )
        for address in (self.sender, *self.to):
            checked_address(address)

    def password(self, environ: Mapping[str, str] = os.environ) -> str | None:
        """The password itself, read when it is needed and kept nowhere; None without a user."""
        if self.password_env is None:
            return None
        password = _secret(environ, self.password_env, "The mail password")
        if not password.isascii():
            raise ConfigurationError(
                f"The mail password in {self.password_env} holds a character outside ASCII, which "
                "mail servers do not read alike; choose another."
            )
        return password


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackChannel:
    """A Slack channel, reached by an incoming webhook or by a bot's token.

    Attributes
    ----------
    webhook_env : str or None
        The environment variable that holds the webhook's address, itself a secret.
    token_env, channel : str or None
        The environment variable that holds a bot's token, which needs ``chat:write``, and the
        channel to post to: its id.
    api_url : str
        Where the Web API is, for a token.

    Raises
    ------
    ConfigurationError
        Unless there is either a webhook or both a token and a channel.
    """

    webhook_env: str | None = None
    token_env: str | None = None
    channel: str | None = None
    api_url: str = _SLACK_API

    def __post_init__(self) -> None:
        by_bot = (self.token_env is not None, self.channel is not None)
        if by_bot not in [(True, True), (False, False)] or by_bot[0] == bool(self.webhook_env):
            raise ConfigurationError(
                "A Slack channel has either webhook_env, or both token_env and channel; "
                "webhook_env and token_env name environment variables."
            )
        checked_url(self.api_url, "api_url")

    def webhook(self, environ: Mapping[str, str] = os.environ) -> str:
        """The webhook's address, read when it is needed and kept nowhere."""
        name = self.webhook_env or ""
        return checked_url(_secret(environ, name, "The address of the Slack webhook"), name)

    def token(self, environ: Mapping[str, str] = os.environ) -> str:
        """The bot's token, read when it is needed and kept nowhere."""
        return _secret(environ, self.token_env or "", "The Slack token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that takes JSON by POST.

    Attributes
    ----------
    url_env : str or None
        The environment variable that holds the address.
    url : str or None
        The address, where it is no secret; not shown by ``repr``.

    Raises
    ------
    ConfigurationError
        Unless there is exactly one of them.
    """

    url_env: str | None = None
    url: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.url_env is None) == (self.url is None):
            raise ConfigurationError(
                "A webhook has either url_env, the environment variable that holds its address, "
                "or url."
            )
        if self.url is not None:
            checked_url(self.url, "url")

    def address(self, environ: Mapping[str, str] = os.environ) -> str:
        """Where to post to."""
        if self.url is not None:
            return self.url
        name = self.url_env or ""
        return checked_url(_secret(environ, name, "The address of the webhook"), name)


def read_mail(table: object, where: str = "mail") -> MailAccount | None:
    """The account that the ``[mail]`` table of a file means; None if there is none.

    Raises
    ------
    ConfigurationError
        If a key is unknown or a value cannot be what it says; a password in the file too.

    Examples
    --------
    >>> read_mail({"host": "smtp.example.com", "sender": "a@example.com", "to": "b@example.com"}).to
    ('b@example.com',)
    """
    return _read(MailAccount, table, where, lists=("to",), numbers=("port",))


def read_slack(table: object, where: str = "slack") -> SlackChannel | None:
    """The channel that the ``[slack]`` table of a file means; None if there is none."""
    return _read(SlackChannel, table, where)


def read_webhook(table: object, where: str = "webhook") -> Webhook | None:
    """The hook that the ``[webhook]`` table of a file means; None if there is none."""
    return _read(Webhook, table, where)


def checked_address(text: str) -> str:
    """`text`, if it is one mail address, with or without a name before it.

    Raises
    ------
    ConfigurationError
        If it is none, or several.

    Examples
    --------
    >>> checked_address("Ada <ada@example.com>")
    'Ada <ada@example.com>'
    """
    try:
        header: Any = default_policy.header_factory("to", text)
        addresses: tuple[Address, ...] = header.addresses
        # The parser mends what it can; what it had to mend is not what was meant.
        fine = len(addresses) == 1 and not header.defects and _is_plain(addresses[0])
        fine = fine and header.groups[0].display_name is None
    except (MessageError, ValueError, IndexError):
        fine = False
    if not fine or "\n" in text or "\r" in text:
        raise ConfigurationError(
            f"{text!r} is no mail address; write one such as 'ada@example.com' or "
            "'Ada <ada@example.com>'."
        )
    return text


def checked_url(url: str, name: str) -> str:
    """`url`, if what is sent there travels encrypted or stays on this machine.

    Raises
    ------
    ConfigurationError
        Otherwise; the message holds `name` and never the address.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or "@" in parts.netloc or " " in url or not url.isprintable():
        raise ConfigurationError(f"{name} must hold an address such as https://example.com/hook.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise ConfigurationError(
            f"{name} must hold an address that begins with https:// (http:// is for this machine)."
        )
    return url


def _read(
    kind: type[_Kind],
    table: object,
    where: str,
    *,
    lists: tuple[str, ...] = (),
    numbers: tuple[str, ...] = (),
) -> _Kind | None:
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise ConfigurationError(f"{where} must be a table that begins with [{where.split()[-1]}].")
    settings = fields(cast("Any", kind))
    known = [each.name for each in settings]
    for key in table:
        _refuse_unknown(str(key), known, where)
    required = [each.name for each in settings if each.default is MISSING]
    if missing := [name for name in required if name not in table]:
        raise ConfigurationError(f"{where} lacks {' and '.join(missing)}.")
    given = {
        key: _texts(value, f"{where}: {key}")
        if key in lists
        else _one(value, int if key in numbers else str, f"{where}: {key}")
        for key, value in table.items()
    }
    try:
        return kind(**given)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _refuse_unknown(key: str, known: Sequence[str], where: str) -> None:
    if key in known:
        return
    if f"{key}_env" in known:
        raise ConfigurationError(
            f"{where}: {key} would be a secret in a file; put it into an environment variable "
            f"and name that with {key}_env."
        )
    close = get_close_matches(key, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    raise ConfigurationError(f"{where}: {key!r} is not known{hint} Known: {', '.join(known)}.")


def _one(value: object, kind: type, where: str) -> object:
    """The value; what it is stays out of the message, because it may be a secret."""
    if not isinstance(value, kind) or isinstance(value, bool) or value == "":
        raise ConfigurationError(f"{where} must be {'a text' if kind is str else 'a number'}.")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ConfigurationError(f"{where} must be a list of texts.")
    return tuple(texts)


def _secret(environ: Mapping[str, str], name: str, what: str) -> str:
    secret = environ.get(name, "").strip()
    if not secret:
        raise ConfigurationError(
            f"{what} is taken from the environment variable {name}, which is not set."
        )
    if not secret.isprintable():
        raise ConfigurationError(f"{name} holds a line break or another sign that cannot be right.")
    return secret


def _is_plain(address: Address) -> bool:
    """Whether any server takes it: a user and a domain, in ASCII and without odd signs."""
    spec = address.addr_spec
    return bool(address.username and address.domain) and spec.isascii() and " " not in spec


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
