from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from read_page import Page
from report_runs import MARCH, READ_AT, a_months_runs, make_run, make_table

from flora_analytics.calendar import Window
from flora_analytics.errors import ConfigurationError, MissingColumnError
from flora_analytics.frame import to_frame
from flora_analytics.report import write_report

MARCH_WINDOW = Window.parse("2026-03-01", "2026-04-01")


def report(runs: object, folder: Path, **options: object) -> str:
    path = write_report(runs, folder / "report.html", **options)  # type: ignore[arg-type]
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(a_months_runs(), tmp_path_factory.mktemp("march"), window=MARCH_WINDOW)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_the_page_nests_and_its_ids_are_unique_and_its_links_arrive(page):
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    links = [attrs["href"] for attrs in page.all("a")]
    labels = [
        label
        for _, attrs in page.elements
        for label in (attrs.get("aria-labelledby") or "").split()
    ]

    assert page.problems == []
    assert len(ids) == len(set(ids))
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert set(labels) <= set(ids)


def test_the_page_asks_nobody_for_anything(text, page):
    tags = {tag for tag, _ in page.elements}

    assert not re.search(r"https?://|//[a-z]", text)
    assert len(page.all("script")) == 1
    assert not tags & {"iframe", "img", "object", "embed", "form", "base"}
    assert {attrs["href"] for attrs in page.all("link")} == {"data:,"}
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]


@pytest.mark.parametrize("tag", ["style", "script"])
def test_the_policy_lets_through_the_pages_own_style_and_script_alone(text, page, tag):
    own = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    policy = next(
        attrs["content"]
        for attrs in page.all("meta")
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )

    assert len(own) == 1
    digest = base64.b64encode(hashlib.sha256(own[0].encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"{tag}-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert not [attrs for _, attrs in page.elements if "style" in attrs]


def test_a_screen_reader_finds_its_way(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    tags = [tag for tag, _ in page.elements]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tags.count("main") == tags.count("header") == tags.count("footer") == 1
    assert page.all("html") == [{"lang": "en"}]
    assert all(table.caption for table in page.tables)
    assert all(attrs.get("scope") in ("row", "col") for attrs in page.all("th"))
    pictures = page.all("svg")
    assert pictures
    assert all(svg["role"] == "img" and svg["aria-labelledby"] for svg in pictures)


def test_each_chart_stands_with_its_table(page):
    articles = [tag for tag, _ in page.elements if tag in ("article", "figure", "table")]

    assert articles.count("table") == articles.count("article")
    for at, tag in enumerate(articles):
        if tag == "figure":
            assert articles[at + 1] == "table"


def test_the_page_is_small(text):
    assert len(text.encode()) < 300_000


def test_what_was_made_and_said_stays_out(text):
    assert "s3cret" not in text
    assert "SECRET" not in text


def test_the_findings_say_what_plain_arithmetic_says(page):
    rows = a_months_runs().to_pylist()
    march = [run for run in rows if run["created_at"] in MARCH_WINDOW]
    february = [
        run for run in rows
        if datetime(2026, 2, 1, tzinfo=UTC) <= run["created_at"] < datetime(2026, 3, 1, tzinfo=UTC)
    ]  # fmt: skip
    cost, before = (_cost(runs) for runs in (march, february))
    failed = [run for run in march if run["status"] == "failed"]
    finished = [run for run in march if run["status"] in ("completed", "failed")]

    said = page.text()

    assert f"${cost:.2f} was charged so far for {len(march)} runs in 1–31 March 2026" in _one(said)
    assert f"when {len(february)} runs cost ${before:.2f}" in _one(said)
    assert f"{len(failed)} of {len(finished)} finished runs failed" in _one(said)
    assert f"Failed runs cost ${_cost(failed):.2f}" in _one(said)


def _cost(runs: list[dict[str, object]]) -> Decimal:
    stated = [run["charged_cost"] for run in runs if run["charged_cost"] is not None]
    return sum(stated, Decimal(0)).quantize(Decimal("0.01"))


def _one(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace(" ,", ",").replace(" ;", ";").replace(" .", ".")


def test_every_table_of_the_page_adds_up(page):
    for table in (table for table in page.tables if table.foot):
        for at, label in enumerate(table.head):
            if label in ("Charged cost", "Cost of failed runs"):
                parts = [_dollars(row[at]) for row in table.rows]
                exact = [Decimal(row[at] or 0) for row in table.exact]
                assert sum(parts) == _dollars(table.foot[at]), table.caption
                assert sum(exact) == Decimal(table.foot_exact[at] or 0), table.caption
            if label in ("Runs", "Failed", "Finished", "Cost not stated"):
                assert sum(_count(row[at]) for row in table.rows) == _count(table.foot[at])


def _dollars(text: str) -> Decimal:
    bare = text.replace("$", "").replace(",", "").replace("−", "-")
    return Decimal(0) if text == "not stated" else Decimal(bare)


def _count(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_same_runs_give_the_same_bytes_whatever_holds_them(text, tmp_path):
    backwards = a_months_runs().take(list(range(60, -1, -1)))

    again = report(to_frame(backwards), tmp_path, window=MARCH_WINDOW)

    assert again == text


def test_what_was_left_out_is_counted(page):
    said = _one(page.text())

    assert "1 run, without an outcome yet" in said
    assert "30 runs created before or after the period." in said
    assert "handed over as a table" in said


HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\u202ednuora\u202c \u05e9\u05dc\u05d5\u05dd",
    "line\nbreak\r\n$x^2$ & {{ 7*7 }} 📷",
    "x" * 500,
    "=HYPERLINK(0)",
]


def test_hostile_names_are_text(tmp_path):
    runs = [
        make_run(
            technique_id=f"tech_{at}",
            technique_name=name,
            project_id=name,
            error_code=name,
            status="failed",
            cost=at + 1,
        )
        for at, name in enumerate(HOSTILE)
    ]

    page = Page(report(make_table(*runs), tmp_path, title="<b>Us & them</b>"))

    tags = {tag for tag, _ in page.elements}
    names = [row[0] for row in page.table("Charged cost by technique").rows]
    assert page.problems == []
    assert len(page.all("script")) == 1
    assert not tags & {"img", "b"}
    assert "<script>alert(1)</script>" in names
    assert "line break $x^2$ & {{ 7*7 }} 📷" in names
    assert "ndnuora" not in "".join(names)
    assert not [name for name in names if "\u202e" in name or "\n" in name]
    assert max(map(len, names)) <= 60
    assert "<b>Us & them</b>" in page.text()


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([], "There are no runs yet"),
        (
            [make_run()],
            "$0.25 was charged for 1 run in 1–31 March 2026; every run states its cost.",
        ),
        ([make_run(cost=None)] * 2, "What 2 runs in 1–31 March 2026 cost is not stated"),
        ([make_run(status="failed", cost=0)] * 3, "3 of 3 finished runs failed: 100%"),
        ([make_run(status="pending", cost=None)], "No run has finished"),
        ([make_run(cost="0.0004")] * 3, "$0.0012 was charged for 3 runs"),
        ([make_run(status="cancelled")], "1 run with a status other than"),
    ],
    ids=["none", "one", "all unknown", "all failed", "all open", "tiny", "new status"],
)
def test_an_unusual_history_makes_a_sensible_page(runs, said, tmp_path):
    page = Page(report(make_table(*runs), tmp_path))

    assert page.problems == []
    assert said in _one(page.text())
    assert not re.search(r"\b(nan|NaT|None|null|NA)\b", page.text())


def test_a_window_without_runs_says_so(tmp_path):
    runs = make_table(make_run())

    page = Page(report(runs, tmp_path, window=Window.parse("2025-01-01", "2025-02-01")))

    assert "No run was created in 1–31 January 2025" in _one(page.text())
    assert "holds 1 run outside it" in _one(page.text())


def test_days_are_cut_in_the_zone_that_was_asked_for(tmp_path):
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    runs = make_table(make_run(created_at=late), make_run(created_at=late + timedelta(days=4)))

    page = Page(report(runs, tmp_path, tz="Europe/Berlin"))

    assert page.table("Charged cost by day").rows[0][0].startswith("Mon 2 March")


def test_the_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("last week's")

    write_report(make_table(), target)

    assert "no runs" in target.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_target_that_cannot_be_written_is_one_plain_line(tmp_path):
    (tmp_path / "taken").mkdir()

    with pytest.raises(ConfigurationError, match="taken") as caught:
        write_report(make_table(), tmp_path / "taken")

    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_zone_that_is_none_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(ConfigurationError, match="Europe/Berlin"):
        write_report(make_table(), tmp_path / "report.html", tz="Europe/Berln")


def test_runs_that_lack_a_column_leave_the_last_report_as_it_was(tmp_path):
    runs = pa.table({"status": ["failed"]})
    target = tmp_path / "report.html"
    target.write_text("last week's")

    with pytest.raises(MissingColumnError, match="created_at"):
        write_report(runs, target)

    assert target.read_text() == "last week's"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_now_settles_until_when_the_data_speaks(tmp_path):
    runs = make_table(make_run(created_at=MARCH), make_run(created_at=MARCH + timedelta(days=3)))

    page = Page(report(runs, tmp_path, now=READ_AT + timedelta(days=1)))

    assert "Data as of 1 April 2026, 12:00" in _one(page.text())
