"""A mail account, a Slack channel and a webhook: what each consists of, and where its secret is.

Nothing here holds a secret: each names the environment variable that does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from flora_analytics.channels.addresses import checked_address, checked_url, is_loopback
from flora_analytics.errors import ConfigurationError

__all__ = ["MailAccount", "Security", "SlackChannel", "Webhook"]

Security = Literal["starttls", "tls", "none"]
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
#: Slack's own; GovSlack has another.
_SLACK_API = "https://slack.com/api"


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
        if self.security == "none" and not is_loopback(self.host):
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


def _secret(environ: Mapping[str, str], name: str, what: str) -> str:
    secret = environ.get(name, "").strip()
    if not secret:
        raise ConfigurationError(
            f"{what} is taken from the environment variable {name}, which is not set."
        )
    if not secret.isprintable():
        raise ConfigurationError(f"{name} holds a line break or another sign that cannot be right.")
    return secret
