"""Requests and replies of the sandbox, and how a reply goes down the wire, whole or broken.

In: a `Reply` and a socket. Out: bytes, in as few writes as can be. Knows no runs and no
routes.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

__all__ = ["Reply", "Request", "json_reply", "refusal", "send"]

_MEGABYTE = 1_000_000


class Request(NamedTuple):
    """A request as logged; `number` counts from 1 and `has_key` tells if a key came along.

    `path` is what follows the base URL, such as ``/technique-runs``.
    """

    path: str
    query: dict[str, str]
    number: int
    has_key: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and what goes wrong on its way.

    Attributes
    ----------
    stated_length : int or None
        A Content-Length other than the body's own; a client then waits or cuts.
    chunked : bool
        Send the body in chunks instead of stating its length.
    sent : int or None
        Hang up after so many bytes of the body.
    pause : float
        Keep silent for so long before the reset, or after the last byte. [s]
    padding : int
        Blanks sent ahead of the body, made as they are sent. [bytes]
    reset : bool
        Send nothing at all and reset the connection.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    stated_length: int | None = None
    chunked: bool = False
    sent: int | None = None
    pause: float = 0.0
    padding: int = 0
    reset: bool = False

    @property
    def hangs_up(self) -> bool:
        """Whether the connection cannot be used after this answer."""
        return self.reset or self.sent is not None or self.stated_length is not None


def json_reply(content: dict[str, Any], *, status: int = 200) -> Reply:
    """A whole answer."""
    return Reply(status, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def refusal(status: int, code: str, message: str, *, fields: tuple[str, ...] = ()) -> Reply:
    """The API's error envelope."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = [{"field": name, "message": message} for name in fields]
    return json_reply({"error": error}, status=status)


def send(
    reply: Reply,
    connection: socket.socket,
    *,
    number: int,
    with_body: bool = True,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Write `reply`; the caller closes the connection if it `hangs_up`."""
    if reply.reset:
        pause(reply.pause)
        # With a linger time of zero, closing sends RST instead of FIN.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return
    pieces = _pieces(reply) if with_body else iter(())
    connection.sendall(_head(reply, number=number) + next(pieces, b""))
    for piece in pieces:
        connection.sendall(piece)
    if reply.pause:
        pause(reply.pause)


def _head(reply: Reply, *, number: int) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}", f"request-id: req_{number:08d}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if reply.chunked:
        lines.append("Transfer-Encoding: chunked")
    else:
        length = reply.padding + len(reply.body)
        stated = length if reply.stated_length is None else reply.stated_length
        lines.append(f"Content-Length: {stated}")
    return "\r\n".join([*lines, "", ""]).encode()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _pieces(reply: Reply) -> Iterator[bytes]:
    """The body as it is written, each piece one write."""
    if not reply.chunked:
        yield from _plain(reply)
        return
    yield from (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in _plain(reply) if piece)
    if reply.sent is None:
        yield b"0\r\n\r\n"


def _plain(reply: Reply) -> Iterator[bytes]:
    for start in range(0, reply.padding, _MEGABYTE):
        yield b" " * min(_MEGABYTE, reply.padding - start)
    yield reply.body[: reply.sent]
