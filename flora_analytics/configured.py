"""What every table of a configuration file is checked by: its keys, and spans of time.

Plain values in, words or an error out; knows no table and no setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from difflib import get_close_matches

from flora_analytics.errors import ConfigurationError

__all__ = ["refuse_unknown", "span_of", "suggestion"]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
#: Longer than any history, and short enough to be taken from today.
_LONGEST = timedelta(weeks=52 * 100)


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about a name that is not known: the likely typo, or a full stop.

    >>> suggestion("titel", ["title", "logo"]), suggestion("x", ["title", "logo"])
    ("; did you mean 'title'?", '.')
    """
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else "."


def refuse_unknown(keys: Iterable[str], known: Sequence[str], where: str) -> None:
    """Raise ConfigurationError at the first key that is not known."""
    for key in keys:
        if key not in known:
            raise ConfigurationError(
                f"{where}: {key!r} is not known{suggestion(key, known)} Known: {', '.join(known)}."
            )


def span_of(value: object) -> timedelta | None:
    """A whole number and s, m, h, d or w as a span; None if it is written otherwise, or endless.

    >>> span_of("90m"), span_of("soon")
    (datetime.timedelta(seconds=5400), None)
    """
    match = re.fullmatch(r"\s*(\d{1,6})\s*([smhdw])\s*", value) if isinstance(value, str) else None
    span = match and timedelta(**{_UNITS[match[2]]: int(match[1])})
    return span if span is not None and span <= _LONGEST else None
