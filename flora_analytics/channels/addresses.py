"""Is this one mail address? May something be sent to this URL? Knows no channel."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.policy import default as default_policy
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flora_analytics.errors import ConfigurationError

__all__ = ["checked_address", "checked_url", "is_loopback"]


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
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ConfigurationError(
            f"{name} must hold an address that begins with https:// (http:// is for this machine)."
        )
    return url


def _is_plain(address: Address) -> bool:
    """Whether any server takes it: a user and a domain, in ASCII and without odd signs."""
    spec = address.addr_spec
    return bool(address.username and address.domain) and spec.isascii() and " " not in spec


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, by a name or an address that cannot be another."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
