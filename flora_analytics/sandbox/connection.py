"""Just enough HTTP/1.1 to be asked by any client: GET and HEAD, connections kept alive.

In: a function from path, query and Authorization header to a reply. Out: a listening
server. The standard library's HTTP handler takes longer over the header lines than a whole
page takes, and cannot break an answer on purpose.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from flora_analytics.sandbox.wire import Reply, refusal, send

__all__ = ["Answer", "Server"]

#: (path, query, Authorization header) → (number of the request, wait in s, reply).
Answer: TypeAlias = Callable[[str, dict[str, str], str | None], tuple[int, float, Reply]]
_MAX_LINE = 65_536


class Server(ThreadingTCPServer):
    """Listens on loopback; one thread a connection."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, *, port: int, answer: Answer) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.answer = answer
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening and hang up on everybody."""
        self.stopping.set()
        self.shutdown()
        for connection in list(self._connections):
            _hang_up(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        # Without the polite FIN of the base class, which would soften a reset.
        self._connections.discard(request)
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may hang up whenever they like; anything else is worth a traceback."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(StreamRequestHandler):
    server: Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while self._answer_one():
            pass

    def _answer_one(self) -> bool:
        """Answer the next request; whether the connection goes on."""
        method, _, rest = self._line().partition(" ")
        headers = dict(self._headers())
        if not method:
            return False
        if method not in ("GET", "HEAD"):
            reply = refusal(405, "method_not_allowed", "The sandbox can only be read.")
            send(reply, self.connection, number=0)
            return False
        url = urlsplit(rest.rpartition(" ")[0])
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        number, wait, reply = self.server.answer(
            unquote(url.path), query, headers.get("authorization")
        )
        pause = self.server.stopping.wait
        if wait:
            pause(wait)
        send(reply, self.connection, number=number, with_body=method == "GET", pause=pause)
        return not reply.hangs_up and headers.get("connection", "").lower() != "close"

    def _line(self) -> str:
        return self.rfile.readline(_MAX_LINE).decode("latin-1").strip()

    def _headers(self) -> Iterator[tuple[str, str]]:
        while line := self._line():
            name, _, value = line.partition(":")
            yield name.lower(), value.strip()


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already gone
