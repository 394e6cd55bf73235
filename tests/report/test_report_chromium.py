"""The report in a real browser: nothing complains, nothing leaves the page, nothing is cut."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest
from report_runs import a_months_runs, make_run, make_table

from flora_analytics.report import write_report

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, _NAMES)), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")

#: Opens the report in a frame as wide as a phone or a desk, and writes down what does not fit.
_MEASURE = """<!DOCTYPE html><title>measure</title><body style="margin:0"><script>
const frame = document.createElement('iframe');
frame.style.cssText = 'border:0;height:900px;width:' + location.search.slice(1) + 'px';
frame.src = 'report.html';
frame.onload = () => {
  const page = frame.contentDocument, root = page.documentElement, wide = root.clientWidth;
  const scrolls = e => e.closest('.scroll');
  const box = e => e.getBoundingClientRect();
  const cut = [...page.querySelectorAll('body *')]
    .filter(e => !scrolls(e) && box(e).width && !e.matches('.skip') && box(e).right > wide + 1);
  const charts = [...page.querySelectorAll('svg')].filter(e => box(e).width);
  const outside = charts.flatMap(svg => [...svg.querySelectorAll('text')].filter(text =>
    box(text).left < box(svg).left - 3 || box(text).right > box(svg).right + 3));
  const over = charts.flatMap(svg => {
    const texts = [...svg.querySelectorAll('text')];
    return texts.filter((a, i) => texts.slice(i + 1).some(b => {
      const p = box(a), q = box(b);
      return Math.min(p.right, q.right) - Math.max(p.left, q.left) > 2
          && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 4;
    }));
  });
  const small = charts.flatMap(svg => [...svg.querySelectorAll('text')].filter(text =>
    parseFloat(getComputedStyle(text).fontSize) * box(svg).width / svg.viewBox.baseVal.width < 8));
  document.title = 'measured';
  document.body.textContent = JSON.stringify({
    sideways: root.scrollWidth > wide,
    charts: charts.length,
    cut: cut.map(e => e.outerHTML.slice(0, 120)),
    outside: outside.map(e => e.textContent),
    over: over.map(e => e.textContent),
    small: small.map(e => e.textContent),
    paper: getComputedStyle(page.body).backgroundColor,
    ink: [...new Set(charts.flatMap(svg => [...svg.querySelectorAll('text')]
      .map(text => getComputedStyle(text).fill)))],
  });
};
document.body.append(frame);
</script>"""


class Asked(SimpleHTTPRequestHandler):
    """Serves the folder and remembers what it was asked for."""

    def log_request(self, code: object = "-", size: object = "-") -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    folder = tmp_path_factory.mktemp("site")
    odd = [
        make_run(technique_id=f"tech_{at}", technique_name=name, cost=at + 1, error_code=name)
        for at, name in enumerate(["x" * 500, "<script>alert(1)</script>", "\u202edlo שלום 📷"])
    ]
    months = a_months_runs()
    write_report(pa.concat_tables([months, make_table(*odd)]), folder / "report.html")
    (folder / "measure.html").write_text(_MEASURE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Asked, directory=folder))
    server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", server.asked  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def browse(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """The page as Chromium leaves it, and what it logged."""
    assert BROWSER is not None
    return subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions",
            "--virtual-time-budget=5000", "--window-size=1400,1000", "--enable-logging=stderr",
            *options, "--dump-dom", url,
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip


def measured(site: tuple[str, list[str]], width: int, *options: str) -> dict[str, object]:
    page = browse(f"{site[0]}/measure.html?{width}", *options).stdout
    found = re.search(r"<body[^>]*>(\{.*\})</body>", page, re.DOTALL)
    assert found is not None, page[:500]
    unescaped = found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return json.loads(unescaped)


def test_the_browser_has_nothing_to_complain_of_and_asks_for_the_page_alone(site):
    url, asked = site
    asked.clear()

    seen = browse(f"{url}/report.html")

    assert "Findings" in seen.stdout
    assert not [line for line in seen.stderr.splitlines() if "CONSOLE" in line]
    assert asked == ["/report.html"]


@pytest.mark.parametrize("width", [360, 700, 1280], ids=["phone", "between", "desk"])
def test_nothing_is_cut_or_overlaps(site, width):
    found = measured(site, width)

    assert found["charts"]
    assert not found["sideways"]
    assert found["cut"] == []
    assert found["outside"] == []
    assert found["over"] == []
    assert found["small"] == []


def test_at_night_paper_is_dark_and_ink_light(site):
    day = measured(site, 1280)
    night = measured(site, 1280, "--blink-settings=preferredColorScheme=0")

    assert day["paper"] == "rgb(255, 255, 255)"
    assert night["paper"] == "rgb(20, 23, 28)"
    assert min(map(_brightness, night["ink"])) > 90
    assert max(map(_brightness, day["ink"])) < 130


def _brightness(colour: str) -> float:
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
