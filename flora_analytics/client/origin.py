"""Where the API key may travel: to the base URL's origin and nowhere else.

Knows URLs and the key; sends nothing.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    from requests import PreparedRequest

__all__ = ["KeyAtHome", "at_home", "checked_base_url", "origin_text"]

DEFAULT_BASE_URL = "https://app.flora.ai/api/v1"


class KeyAtHome:
    """The API key as a requests session's `auth`: put on requests to its origin only.

    As `auth` it also outranks what a netrc file may say about the host.

    Raises
    ------
    ConfigurationError
        No key, or one that no header can carry.
    """

    def __init__(self, secret: str | None, *, base_url: str) -> None:
        if not secret:
            raise ConfigurationError(
                "No API key: set the environment variable FLORA_API_KEY to a key of your FLORA "
                "workspace."
            )
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise ConfigurationError(
                "The API key holds a space, a line break or a character that no key has: "
                "copy it again into FLORA_API_KEY."
            )
        self.secret = secret
        self._origin = _origin(base_url)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if _origin(request.url or "") == self._origin:
            request.headers["Authorization"] = f"Bearer {self.secret}"
        return request

    def __repr__(self) -> str:
        return "<API key>"


def checked_base_url(url: str | None) -> str:
    """`url`, by default FLORA's own, without its trailing slash.

    Raises
    ------
    ConfigurationError
        It is no plain HTTP URL, or would send the key unencrypted to another machine.

    Examples
    --------
    >>> checked_base_url("http://127.0.0.1:8899/api/v1/")
    'http://127.0.0.1:8899/api/v1'
    """
    url = url or DEFAULT_BASE_URL
    origin = _origin(url)
    if origin is None or "?" in url or "#" in url:
        raise ConfigurationError(
            f"The base URL must look like {DEFAULT_BASE_URL}, with no user, query or fragment; "
            "check FLORA_BASE_URL."
        )
    scheme, host, _ = origin
    if scheme == "http" and not _is_loopback(host):
        raise ConfigurationError(
            f"The base URL would send the API key to {host} unencrypted: use https:// in "
            "FLORA_BASE_URL (http:// is for this machine only)."
        )
    return url.rstrip("/")


def at_home(url: str, *, base_url: str) -> str | None:
    """`url` rebuilt on the base URL's origin; None if it has another one.

    Rebuilt, because parsers disagree about odd URLs: what is sent begins with our own origin.

    >>> at_home("https://app.flora.ai:443/api/v1/x?y=1", base_url="https://app.flora.ai/api/v1")
    'https://app.flora.ai/api/v1/x?y=1'
    >>> at_home("https://flora.example/api/v1/x", base_url="https://app.flora.ai/api/v1")
    """
    if _origin(url) is None or _origin(url) != _origin(base_url):
        return None
    there, here = urlsplit(url), urlsplit(base_url)
    return urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))


def origin_text(url: str) -> str:
    """Scheme, host and port of `url`, fit for a message."""
    origin = _origin(url)
    return f"{origin[0]}://{origin[1]}:{origin[2]}" if origin else "an unreadable address"


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an HTTP URL without user info or odd characters, else None."""
    if "\\" in url or " " in url or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    default_port = {"https": 443, "http": 80}.get(parts.scheme)
    if default_port is None or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, default_port if port is None else port


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
