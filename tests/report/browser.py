"""A real browser for report tests, over a server that remembers what it was asked for."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)


class _Asked(SimpleHTTPRequestHandler):
    def log_request(self, code: object = "-", size: object = "-") -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]


@dataclass
class Site:
    """The files of a folder, served; what was asked for; and what the browser complained of."""

    url: str
    asked: list[str]
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    @contextmanager
    def page(self, name: str = "report.html", **context: Any) -> Iterator[Page]:
        """A page in a window of its own; `context` as of playwright's ``new_context``."""
        with self.browser.new_context(**context) as window:
            page = window.new_page()
            page.set_default_timeout(60_000)
            page.on("console", lambda said: self.complaints.append(said.text))
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
            page.on("request", lambda request: self.asked.append(request.url))
            page.goto(f"{self.url}/{name}")
            yield page


@contextmanager
def opened(folder: Path) -> Iterator[Site]:
    """`folder` served on loopback, and a browser to look at it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Asked, directory=folder))
    server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=300_000
        )
        try:
            yield Site(f"http://127.0.0.1:{server.server_port}", server.asked, browser)  # type: ignore[attr-defined]
        finally:
            browser.close()
            server.shutdown()
            server.server_close()
