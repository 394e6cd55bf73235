"""The report's tables sort and filter, with the keyboard as with a pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from browser import CHROMIUM, Site, opened
from report_runs import MARCH, make_run, make_table

from flora_analytics.report import write_report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

NAMES = [f"Name of tech_{at:02}" for at in range(14)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Fourteen techniques, of which the table shows eleven: technique n costs n + 1 dollars
    in 14 - n runs; the three cheapest are the rest. Two more runs of the cheapest never ended."""
    folder: Path = tmp_path_factory.mktemp("site")
    runs = [
        make_run(
            technique_id=f"tech_{at:02}",
            cost=at + 1 if run == 0 else 0,
            created_at=MARCH + timedelta(days=at * 2 + run % 2),
            started_at=MARCH + timedelta(days=at * 2 + run % 2, seconds=run),
            completed_at=MARCH + timedelta(days=at * 2 + run % 2, seconds=run + 20 * (at + 1)),
        )
        for at in range(14)
        for run in range(14 - at)
    ]
    runs += [
        make_run(technique_id="tech_00", status="running", cost=None, created_at=MARCH + days)
        for days in (timedelta(days=1), timedelta(days=-9))  # 2 March, 20 February
    ]
    write_report(make_table(*runs), folder / "report.html", now=MARCH + timedelta(days=30))
    with opened(folder) as site:
        yield site


@pytest.fixture
def page(site: Site):
    with site.page() as page:
        yield page


def table_of(page, key: str):
    return page.locator(f"article[aria-labelledby='{key}'] table")


def column(table, at: int) -> list[str]:
    return table.locator(f"tbody tr > :nth-child({at + 1})").all_inner_texts()


def test_the_keyboard_sorts_a_table_one_way_then_the_other_then_as_it_came(page):
    table = table_of(page, "cost-by-technique")
    runs = table.get_by_role("columnheader", name="Runs")
    as_it_came = column(table, 0)

    table.get_by_role("button", name="Technique").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    seen = []
    for _ in range(3):
        page.keyboard.press("Enter")
        seen.append((runs.get_attribute("aria-sort"), column(table, 3), column(table, 0)))

    (first, falling, _), (second, rising, _), (third, _, again) = seen
    assert as_it_came == [*NAMES[:2:-1], "other (3)"]
    assert (first, falling) == ("descending", [*map(str, range(11, 0, -1)), "41"])
    assert (second, rising) == ("ascending", [*map(str, range(1, 12)), "41"])
    assert (third, again) == (None, as_it_came)


def test_names_sort_from_a_and_the_rest_and_the_total_stay_last(page):
    table = table_of(page, "cost-by-technique")

    table.get_by_role("button", name="Technique").press("Space")

    assert column(table, 0) == [*NAMES[3:], "other (3)"]
    assert table.locator("tfoot").inner_text().startswith("Total")
    assert table.locator("caption").text_content().endswith("; now by technique, ascending")


def test_every_number_span_and_date_sorts_by_its_exact_value(page):
    heads = page.evaluate(PRESS_ALL)

    pressed = {(caption, head) for caption, head, _ in heads}
    assert ("Execution time by technique, largest first", "Longest") in pressed
    assert any(head == "Created" for _, head in pressed)
    for caption, head, values in heads:
        exact = [value for value in map(exact_value, values) if value is not None]
        assert exact == sorted(exact, reverse=True), (caption, head)
        assert None not in map(exact_value, values[: len(exact)]), (caption, head)


#: Press each heading of numbers once; what the column then holds, the rest aside.
PRESS_ALL = """() => [...document.querySelectorAll('th.n button')].map(button => {
  const head = button.parentElement, table = head.closest('table');
  const caption = table.caption.textContent.split(';')[0];
  button.click();
  const cells = [...table.querySelectorAll('tbody tr:not(.other)')].map(
    row => row.cells[head.cellIndex]);
  return [caption, button.textContent,
          cells.map(cell => cell.dataset.value ?? cell.textContent)];
})"""


def exact_value(text: str) -> float | None:
    """A cell as a reader takes it: a number, an interval by its low end, a date by its instant."""
    if re.match(r"\d{4}-\d\d-", text):
        return datetime.fromisoformat(text).timestamp()
    found = re.match(r"[-+]?[\d.]+(e-?\d+)?", text.replace("\u2212", "-").translate(PLAIN))
    return float(found[0]) if found else None


PLAIN = str.maketrans("", "", "$,<")


def test_periods_sort_by_time(page):
    table = table_of(page, "cost-by-period")
    page.locator("summary").first.click()
    oldest_first = column(table, 0)
    head = table.locator("thead th").first

    head.get_by_role("button").click()
    turned = column(table, 0)
    head.get_by_role("button").click()

    assert len(oldest_first) > 10
    assert turned == oldest_first[::-1]
    assert column(table, 0) == oldest_first


def test_a_filter_keeps_the_rows_that_hold_the_words(page):
    article = page.locator("article[aria-labelledby='cost-by-technique']")
    table = article.locator("table")
    field = article.get_by_label("Filter: Charged cost by technique, largest first")

    field.fill(" TECH_1")
    found = table.locator("tbody tr:visible th").all_inner_texts()
    said = article.get_by_role("status").inner_text()
    field.fill("")

    assert found == NAMES[:9:-1]
    assert said == "4 of 12 rows; the last line is of all"
    assert table.locator("tbody tr:visible").count() == 12


def test_whoever_follows_a_link_to_a_folded_table_finds_it_open(site):
    with site.page() as page:
        details = page.locator("article[aria-labelledby='cost-by-period'] details")
        folded = details.get_attribute("open")

        page.locator(".headlines a").first.click()
        page.wait_for_function("location.hash")

        assert folded is None
        assert details.get_attribute("open") == ""
