"""export writes one whole file and says so."""

from __future__ import annotations

import duckdb
import pytest
from console import run


def test_runs_are_exported_newest_first_without_what_is_kept_back(api, store, tmp_path):
    answer = run("export", "runs.parquet", "--store", store)

    runs = duckdb.sql("FROM 'runs.parquet'")
    assert (answer.status, answer.out) == (0, "")
    assert "Wrote runs.parquet." in answer.err
    assert [row[0] for row in runs.project("run_id").fetchall()] == [
        one["run_id"] for one in sorted(api.truth(), key=lambda r: (-r["created_at"], r["run_id"]))
    ]
    assert not {"outputs", "error_message", "poll_url"} & set(runs.columns)


def test_what_is_kept_back_comes_when_asked_for(store):
    run("export", "runs.csv", "--outputs", "--error-messages", "--poll-urls", "--store", store)

    with open("runs.csv", encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
    assert {"outputs", "error_message", "poll_url"} <= set(columns)


def test_a_figure_is_exported_as_the_command_prints_it(store):
    cut = ["--by", "technique", "--period", "month", "--tz", "Asia/Tokyo", "--store", store]

    run("export", "cost.txt", "--as", "csv", "--figure", "charged_cost", *cut)
    printed = run("cost", "--format", "csv", *cut)

    with open("cost.txt", encoding="utf-8") as file:
        assert file.read() == printed.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["runs.xls"], "does not tell the format"),
        (["nowhere/runs.csv"], "There is no folder"),
        (["runs.csv", "--by", "technique"], "name one with --figure"),
        (["cost.csv", "--figure", "unit_cost", "--outputs"], "A figure has no outputs"),
    ],
    ids=["suffix", "folder", "by", "outputs"],
)
def test_an_export_that_cannot_be_says_why(store, tmp_path, arguments, says):
    answer = run("export", *arguments, "--store", store)

    assert answer.status == 2
    assert says in answer.err
    assert list(tmp_path.iterdir()) == []
