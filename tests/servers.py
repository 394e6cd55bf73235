"""Servers on loopback to send to: a real SMTP server, one that misbehaves, and a web server."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

#: Where nobody answers and no other process can begin to: held, but never listened at.
_NOBODY = socket.socket()
_NOBODY.bind(("127.0.0.1", 0))
DEAD_PORT: int = _NOBODY.getsockname()[1]

USER, PASSWORD = "reports@example.com", "pa55word & secret"


@dataclass
class Mailbox:
    """What a server took: the envelopes, and the messages as read back."""

    port: int
    envelopes: list[Any] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        return [
            message_from_bytes(each.original_content, policy=default) for each in self.envelopes
        ]


@contextmanager
def smtp_server(
    authority: trustme.CA | None,
    *,
    security: str,
    host: str = "127.0.0.1",
    accepts: str = PASSWORD,
) -> Iterator[Mailbox]:
    """A real SMTP server that wants the user to log in, encrypted unless `security` is none."""
    listening = socket.create_server(("127.0.0.1", 0))
    box = Mailbox(listening.getsockname()[1])
    context = None if authority is None else server_context(authority, host)
    log_in = {"auth_required": True, "authenticator": _accepting(accepts)}
    options = {
        "tls": {"ssl_context": context, "auth_require_tls": False, **log_in},
        "starttls": {"tls_context": context, "require_starttls": True, **log_in},
        "none": {},
    }[security]

    async def handle(server: Any, session: Any, envelope: Any) -> str:
        envelope.encrypted = security == "tls" or session.ssl is not None
        box.envelopes.append(envelope)
        return "250 Taken"

    handler = type("Handler", (), {"handle_DATA": staticmethod(handle)})()
    controller = _Controller(
        handler, hostname="127.0.0.1", port=box.port, ready_timeout=60, **options
    )
    controller.listening = listening
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


class _Controller(Controller):
    """Serves on a socket that listens already, so that no other process can take its port."""

    listening: socket.socket

    def _create_server(self) -> Any:
        return self.loop.create_server(
            self._factory_invoker, sock=self.listening, ssl=self.ssl_context
        )


def _accepting(password: str) -> Any:
    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        right = (data.login, data.password) == (USER.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    return authenticate


def server_context(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


DROP = "DROP"


@dataclass
class Misbehaving:
    """An SMTP server that answers a verb with what `answers` lists for it, call after call.

    The last answer of a list stays; a verb without one gets a yes. `DROP` closes the
    connection. "." is the end of a message, "DATA BODY" the moment its first bytes arrive.
    """

    answers: dict[str, list[str]]
    port: int = 0
    heard: list[str] = field(default_factory=list)
    taken: int = 0

    def __enter__(self) -> Misbehaving:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                connection.settimeout(60)
                with suppress(OSError), connection, connection.makefile("rb") as lines:
                    self._talk(connection, lines)

    def _talk(self, connection: socket.socket, lines: Any) -> None:
        if not self._say(connection, "GREETING", "220 here"):
            return
        while line := lines.readline():
            verb = line.split()[0].decode("latin-1").upper() if line.split() else ""
            self.heard.append(verb)
            if not self._say(connection, verb, "354 go" if verb == "DATA" else "250 yes"):
                return
            if verb == "DATA" and self._last.startswith("354"):
                if "DATA BODY" in self.answers:
                    lines.readline()
                    return
                while lines.readline() != b".\r\n":
                    pass
                self.heard.append(".")
                self.taken += self.answers.get(".", [""])[0][:1] not in ("4", "5")
                if not self._say(connection, ".", "250 taken"):
                    return

    def _say(self, connection: socket.socket, verb: str, usual: str) -> bool:
        listed = self.answers.get(verb, [usual])
        self._last = listed.pop(0) if len(listed) > 1 else listed[0]
        if self._last == DROP:
            return False
        connection.sendall(f"{self._last}\r\n".encode())
        return True


@dataclass
class Web:
    """A web server that answers posts one by one and keeps them; the last answer stays."""

    answers: list[tuple[int | str, dict[str, str], bytes]]
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Web:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.posts.append((self.path, dict(self.headers), body))
                status, headers, answer = (
                    web.answers.pop(0) if len(web.answers) > 1 else web.answers[0]
                )
                if status == DROP:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(int(status))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def encrypt(self, context: ssl.SSLContext) -> None:
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
