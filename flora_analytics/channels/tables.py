"""The channels that the tables of a configuration file mean; a secret in one is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, TypeVar, cast

from flora_analytics.channels.kinds import MailAccount, SlackChannel, Webhook
from flora_analytics.configured import refuse_unknown
from flora_analytics.errors import ConfigurationError

__all__ = ["read_mail", "read_slack", "read_webhook"]

_Kind = TypeVar("_Kind")


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
    if key not in known and f"{key}_env" in known:
        raise ConfigurationError(
            f"{where}: {key} would be a secret in a file; put it into an environment variable "
            f"and name that with {key}_env."
        )
    refuse_unknown([key], known, where)


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
