"""Small, strange and large histories each make a sensible report."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from read_page import Page
from report_runs import READ_AT, make_run, make_table

from flora_analytics.report import collect_report
from flora_analytics.report.media.html import render_html
from flora_analytics.report.page import Content, Table, plain


def figure_table(content: Content, key: str) -> Table:
    return next(
        figure.table for part in content.sections for figure in part.figures if figure.key == key
    )


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        ([], "There are no runs yet"),
        ([make_run()], "$0.25 was charged for 1 run"),
        ([make_run(cost=None)] * 40, "cost is not stated"),
        ([make_run(status="failed", error_code="x")] * 40, "40 of 40 finished runs failed: 100%"),
        ([make_run(status="pending", cost=None, started_at=None)] * 40, "No run has finished"),
    ],
    ids=["none", "one", "all unknown", "all failed", "all open"],
)
def test_a_small_or_strange_history_says_what_there_is(runs, says):
    content = collect_report(make_table(*runs))

    told = " ".join(plain(finding.sentence) for finding in content.findings)
    cells = [
        cell.text
        for part in content.sections
        for figure in part.figures
        for row in figure.table.rows
        for cell in row.cells
    ]
    assert says in told
    assert len(content.findings) <= 6
    assert not [text for text in (told, *cells) if text.lower() in ("nan", "nat", "none", "<na>")]


def make_years(*, n: int, n_techniques: int, days: int) -> pd.DataFrame:
    """Runs of many techniques over years, every seventh of some failed."""
    chance = np.random.default_rng(3)
    technique = np.sort(chance.zipf(1.3, n) % n_techniques)
    created = READ_AT - pd.to_timedelta(chance.uniform(0, days * 86_400e6, n).astype("int64"), "us")
    started = created + pd.to_timedelta(2, "s")
    return pd.DataFrame(
        {
            "run_id": [f"run_{at}" for at in range(n)],
            "workspace_id": "ws_a",
            "project_id": [f"prj_{at % 40}" for at in range(n)],
            "technique_id": [f"tech_{at:03}" for at in technique],
            "technique_name": [f"Technique {at:03}" for at in technique],
            "status": np.where(np.arange(n) % (7 + technique) == 0, "failed", "completed"),
            "created_at": created,
            "started_at": started,
            "completed_at": started + pd.to_timedelta(60 + technique, "s"),
            "charged_cost": 0.01 + technique / 1000,
            "error_code": None,
            "outputs": [[]] * n,
            "read_at": READ_AT,
        }
    )


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    return make_years(n=12_000, n_techniques=300, days=3 * 365)


@pytest.fixture(scope="module")
def report_of_years(years: pd.DataFrame) -> Content:
    return collect_report(years)


def test_three_years_of_three_hundred_techniques_fit_a_page(report_of_years):
    text = render_html(report_of_years)

    page = Page(text)
    assert page.problems == []
    assert len(text.encode()) < 300_000
    assert max(len(table.rows) for table in page.tables) <= 40


def test_years_are_cut_into_months(report_of_years):
    table = figure_table(report_of_years, "cost-by-period")

    assert table.columns[0].label == "Month"
    assert 36 <= len(table.rows) <= 38


def test_a_rate_of_the_rest_is_that_of_its_runs(years, report_of_years):
    table = figure_table(report_of_years, "failures-by-technique")
    shown = [row.cells[0].text for row in table.rows if row.role == "group"]
    other = next(row for row in table.rows if row.role == "other")
    rest = years[~years["technique_name"].isin(shown)]

    rate = (rest["status"] == "failed").mean()

    assert other.cells[0].text == f"other ({rest['technique_id'].nunique()})"
    assert float(other.cells[1].exact or 0) == pytest.approx(rate, abs=1e-6)


def test_a_quantile_of_the_rest_is_that_of_its_runs(years, report_of_years):
    table = figure_table(report_of_years, "execution-time")
    shown = [row.cells[0].text for row in table.rows if row.role == "group"]
    other = next(row for row in table.rows if row.role == "other")
    rest = years[~years["technique_name"].isin(shown)]

    median = (rest["completed_at"] - rest["started_at"]).median()

    assert float(other.cells[1].exact or 0) == pytest.approx(median.total_seconds())


def test_one_day_is_cut_into_hours():
    runs = [make_run(created_at=READ_AT - timedelta(hours=at)) for at in range(10)]

    content = collect_report(make_table(*runs), sections=["cost"])

    assert figure_table(content, "cost-by-period").columns[0].label == "Hour"
