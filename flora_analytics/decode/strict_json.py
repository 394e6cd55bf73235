"""Make standard JSON of what Python and JavaScript take for it.

Knows the two habits that break a strict parser and spoil a whole page for one run's sake; knows
nothing of runs.
"""

from __future__ import annotations

import re

__all__ = ["strict_json"]


def strict_json(body: bytes) -> bytes:
    """`body`; where it is Python's or JavaScript's JSON rather than the standard's, readable.

    Bare ``NaN`` and ``Infinity`` are put in quotes, so that only their own run is rejected. Half
    a surrogate pair (a text cut within an emoji) becomes U+FFFD, as in any UTF-8 encoder.

    >>> strict_json(b'{"cost": NaN, "name": "cut \\\\ud83d"}')
    b'{"cost": "NaN", "name": "cut \\\\ufffd"}'
    """
    return _TOKEN.sub(_strict_token, body)


# A string may end with the body, lest a cut one be tried again from each quote within it.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|-?\b(?:NaN|Infinity)\b', re.DOTALL)
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",
    re.DOTALL,
)


def _strict_token(token: re.Match[bytes]) -> bytes:
    text = token[0]
    if not text.startswith(b'"'):
        return b'"' + text + b'"'
    return _ESCAPE.sub(lambda escape: b"\\ufffd" if escape["half"] else escape[0], text)
