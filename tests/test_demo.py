"""The demo does the whole job, says the truth about it, and harms nobody's files."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from flora_analytics.demo import Summary, run_demo
from flora_analytics.errors import ConfigurationError
from flora_analytics.sandbox import generate

N_RUNS = 300


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """A demo, in a folder that holds what is left of an earlier one."""
    out = tmp_path_factory.mktemp("demo") / "out"
    (out / "charts").mkdir(parents=True)
    (out / "charts" / "stale.png").touch()
    (out / "store").touch()
    (out / ".flora-demo").touch()
    return run_demo(out, n_runs=N_RUNS)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The summary's figures by plain SQL over the runs that the sandbox serves."""
    file = tmp_path_factory.mktemp("truth") / "runs.jsonl"
    generate(N_RUNS).write_jsonl(file)
    answer = duckdb.sql(f"""
        SELECT count(*) AS n_runs,
               count(*) FILTER (charged_cost IS NULL) AS n_unknown,
               sum(charged_cost) AS charged_cost,
               count(*) FILTER (status IN ('completed', 'failed')) AS n_finished,
               count(*) FILTER (status = 'failed') AS n_failed,
               sum(charged_cost) FILTER (status = 'failed') AS cost_of_failed_runs,
               quantile_cont(completed_at - created_at, 0.5) AS turnaround_ms
        FROM read_json('{file}', columns = {{
            status: 'VARCHAR', charged_cost: 'DECIMAL(18, 9)',
            created_at: 'BIGINT', completed_at: 'BIGINT'}})
    """)
    return dict(zip(answer.columns, answer.fetchall()[0], strict=True))


def test_figures_equal_plain_sql_over_the_runs_served(demo, truth):
    cost, failed, failures = demo.cost.iloc[0], demo.failed.iloc[0], demo.failures.iloc[0]

    assert (cost["n_runs"], cost["n_unknown"]) == (truth["n_runs"], truth["n_unknown"])
    assert cost["charged_cost"] == truth["charged_cost"]
    assert failed["cost_of_failed_runs"] == truth["cost_of_failed_runs"]
    assert (failures["n_finished"], failures["n_failed"]) == (
        truth["n_finished"],
        truth["n_failed"],
    )
    assert demo.turnaround["p50"].iloc[0].total_seconds() * 1000 == truth["turnaround_ms"]


def test_the_summary_prints_costs_to_the_last_digit(demo, truth):
    text = str(demo)

    cost = Decimal(str(truth["charged_cost"])).normalize()
    assert f"{cost:f} USD, without {truth['n_unknown']} runs that state no cost" in text
    assert f"{truth['n_failed']} of {truth['n_finished']} finished" in text
    assert "Complete as of" in text


def test_everything_is_left_in_the_folder(demo):
    left = {path.name for path in demo.out.iterdir()}
    figures = {path.stem for path in (demo.out / "figures").glob("*.parquet")}
    charts = {path.stem for path in (demo.out / "charts").glob("*.png")}

    reports = {"report.html", "report.md"}
    assert left == {".flora-demo", "store", "runs.parquet", "figures", "charts", *reports}
    assert figures == charts == {path.stem for path in (demo.out / "charts").glob("*.svg")}
    assert {"charged_cost_by_technique", "failures_by_code", "queue_time_by_technique"} < figures


def test_the_exported_runs_hold_no_output_urls(demo):
    runs = duckdb.sql(f"FROM '{demo.out}/runs.parquet'")

    assert len(runs) == N_RUNS
    assert "outputs" not in runs.columns


def test_charts_and_report_are_whole_files(demo):
    for chart in (demo.out / "charts").glob("*.svg"):
        assert ET.parse(chart).getroot().tag.endswith("svg")
    assert (demo.out / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_a_folder_that_is_no_demos_is_left_as_it_is(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(ConfigurationError, match="something else than a demo"):
        run_demo(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_says_so(tmp_path):
    (tmp_path / "out").write_text("mine")

    with pytest.raises(ConfigurationError, match="name another folder"):
        run_demo(tmp_path / "out")

    assert Path(tmp_path / "out").read_text() == "mine"
