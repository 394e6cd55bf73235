from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flora_analytics.errors import ConfigurationError, DataError
from flora_analytics.export import write_figure, write_runs
from flora_analytics.frame import to_frame
from flora_analytics.schema import COST_TYPE, INSTANT_TYPE, RUN_SCHEMA

SECRET = "https://media.example/out.png?signature=abc"
AT = datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC)


def make_runs(n=1, **columns):
    """`n` whole runs; a column given as a list replaces that of the builder."""
    whole = {
        "run_id": [f"run_{at:06}" for at in range(n)],
        "technique_run_id": [f"run_{at:06}" for at in range(n)],
        "workspace_id": ["ws_a"] * n,
        "project_id": ["prj_a"] * n,
        "technique_id": ["tech_a"] * n,
        "technique_name": ["Upscale"] * n,
        "status": ["completed"] * n,
        "progress": [100.0] * n,
        "created_at": [AT - timedelta(minutes=at) for at in range(n)],
        "started_at": [AT] * n,
        "completed_at": [None] * n,
        "charged_cost": [Decimal("0.1")] * n,
        "error_code": [None] * n,
        "error_message": ["prompt was: secret"] * n,
        "outputs": [[{"output_id": "o1", "type": "imageUrl", "url": SECRET}]] * n,
        "poll_url": ["https://app.example/poll"] * n,
        "read_at": [AT] * n,
    }
    return pa.table(
        {name: columns.get(name, values) for name, values in whole.items()}, schema=RUN_SCHEMA
    )


def as_reader(table, rows=7):
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=rows))


def csv_rows(target):
    with target.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines, strict=True))


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def target(tmp_path):
    return tmp_path / "runs.parquet"


# What is written


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_outputs_messages_and_poll_urls_stay_out(tmp_path, suffix):
    target = tmp_path / f"runs.{suffix}"

    write_runs(make_runs(3), target)

    written = duckdb.sql(f"select * from '{target}'").df()
    assert not {"outputs", "error_message", "poll_url"} & set(written.columns)
    assert set(written["n_outputs"]) == {1}
    assert set(written["output_types"]) == {"imageUrl"}
    assert b"signature" not in target.read_bytes()
    assert b"secret" not in target.read_bytes()


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_they_are_written_when_asked_for_by_name(tmp_path, suffix):
    target = tmp_path / f"runs.{suffix}"

    write_runs(make_runs(), target, outputs=True, error_messages=True, poll_urls=True)

    (row,) = duckdb.sql(f"select outputs, error_message, poll_url from '{target}'").fetchall()
    outputs = json.loads(row[0]) if suffix == "csv" else row[0]
    assert outputs == [{"output_id": "o1", "type": "imageUrl", "url": SECRET}]
    assert row[1:] == ("prompt was: secret", "https://app.example/poll")


def test_output_types_are_named_once_each_and_no_outputs_is_not_unknown_outputs(target):
    made = [
        [{"output_id": "1", "type": kind, "url": None} for kind in kinds]
        for kinds in (["videoUrl", "imageUrl", "videoUrl"], ["text"], [])
    ]

    write_runs(as_reader(make_runs(4, outputs=[*made, None]), rows=3), target)

    written = pq.read_table(target)
    assert written["n_outputs"].to_pylist() == [3, 1, 0, None]
    assert written["output_types"].to_pylist() == ["imageUrl + videoUrl", "text", None, None]


def test_parquet_has_the_types_and_words_of_the_schema(target):
    write_runs(make_runs(), target)

    schema = pq.read_schema(target)
    assert schema.field("charged_cost").type == COST_TYPE
    assert schema.field("created_at").type == INSTANT_TYPE
    assert b"not stated" in schema.field("charged_cost").metadata[b"description"]
    assert "[USD]" in json.loads(schema.metadata[b"columns"])["charged_cost"]
    assert pq.ParquetFile(target).metadata.row_group(0).column(0).compression == "ZSTD"


def test_csv_numbers_have_no_exponent_and_instants_a_z(tmp_path):
    target = tmp_path / "runs.csv"
    costs = [Decimal("1E-7"), Decimal("12345.678901234"), None]

    write_runs(make_runs(3, charged_cost=costs, progress=[1e-7, 100.0, None]), target)

    header, *rows = csv_rows(target)
    cost, progress = header.index("charged_cost"), header.index("progress")
    assert [row[cost] for row in rows] == ["0.000000100", "12345.678901234", ""]
    assert [row[progress] for row in rows] == ["0.0000001", "100.0", ""]
    assert rows[0][header.index("created_at")] == "2026-03-01T12:00:00.123000Z"
    assert rows[0][header.index("completed_at")] == ""


def test_runs_in_csv_are_for_machines_and_keep_their_names(tmp_path):
    target = tmp_path / "runs.csv"

    write_runs(make_runs(1, technique_name=['=HYPERLINK("x")']), target)

    header, row = csv_rows(target)
    assert row[header.index("technique_name")] == '=HYPERLINK("x")'


def test_the_order_given_is_kept_and_the_number_of_runs_told(target):
    runs = make_runs(200).take(pa.array(range(199, -1, -1)))

    n_runs = write_runs(runs, target)

    assert n_runs == 200
    assert pq.read_table(target)["run_id"].to_pylist() == runs["run_id"].to_pylist()


def test_no_runs_make_a_file_with_the_columns(tmp_path):
    for suffix in ("parquet", "csv"):
        target = tmp_path / f"runs.{suffix}"

        assert write_runs(make_runs(0), target) == 0
        assert "run_id" in duckdb.sql(f"select * from '{target}'").columns


# Exactness, whatever the data

TEXTS = st.one_of(
    st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
)
COSTS = st.one_of(st.none(), st.decimals(0, 999_999_999, places=9))
EACH_TIME_A_FILE = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@EACH_TIME_A_FILE
@given(rows=st.lists(st.tuples(TEXTS, COSTS), min_size=1, max_size=20))
def test_duckdb_reads_back_the_same_texts_and_exact_sums(tmp_path, rows):
    names, costs = [name for name, _ in rows], [cost for _, cost in rows]
    runs = make_runs(len(rows), technique_name=names, charged_cost=costs)
    parquet, machine = tmp_path / "r.parquet", tmp_path / "r.csv"

    write_runs(runs, parquet)
    write_runs(runs, machine)

    total = sum((cost for cost in costs if cost is not None), Decimal(0))
    dialect = "all_varchar=true, header=true, delim=',', quote='\"', escape='\"'"
    for source in (f"read_parquet('{parquet}')", f"read_csv('{machine}', {dialect})"):
        summed, n_stated = duckdb.sql(
            f"select coalesce(sum(cast(charged_cost as decimal(38, 9))), 0), count(charged_cost) "
            f"from {source}"
        ).fetchall()[0]
        assert summed == total
        assert n_stated == sum(cost is not None for cost in costs)
    assert pq.read_table(parquet)["technique_name"].to_pylist() == names
    with machine.open(newline="", encoding="utf-8") as lines:
        read = [row["technique_name"] for row in csv.DictReader(lines)]
    assert read == [name or "" for name in names]


@EACH_TIME_A_FILE
@given(costs=st.lists(st.decimals(0, 4_000_000, places=9), min_size=1, max_size=20))
def test_costs_of_the_float_frame_are_exact_too(tmp_path, costs):
    target = tmp_path / "r.parquet"

    write_runs(to_frame(make_runs(len(costs), charged_cost=costs)), target)

    assert pq.read_table(target)["charged_cost"].to_pylist() == costs


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_the_same_runs_give_the_same_bytes_however_they_arrive(tmp_path, suffix):
    runs = make_runs(70_000).select(["run_id", "created_at", "charged_cost", "outputs"])
    ways = {
        "table": runs,
        "frame": to_frame(runs),
        "small portions": as_reader(runs, rows=1_000),
        "large portions": as_reader(runs, rows=66_000),
    }

    for name, way in ways.items():
        write_runs(way, tmp_path / f"{name}.{suffix}")

    contents = {(tmp_path / f"{name}.{suffix}").read_bytes() for name in ways}
    assert len(contents) == 1


def test_a_stream_is_written_in_bounded_memory(target):
    batch = make_runs(20_000).to_batches()[0]
    alive = []

    def batches():
        for _ in range(15):
            alive.append(pa.total_allocated_bytes())
            yield batch.take(pa.array(range(20_000)))

    n_runs = write_runs(pa.RecordBatchReader.from_batches(RUN_SCHEMA, batches()), target)

    assert n_runs == 300_000
    assert max(alive) - alive[0] < 12 * batch.nbytes


# Whole, or not there


def test_a_source_that_fails_half_way_leaves_the_old_file(target):
    target.write_text("old")

    def batches():
        yield from make_runs(100_000).to_batches(max_chunksize=70_000)
        raise RuntimeError("the connection is gone")

    with pytest.raises(RuntimeError, match="connection is gone"):
        write_runs(pa.RecordBatchReader.from_batches(RUN_SCHEMA, batches()), target)

    assert target.read_text() == "old"
    assert leftovers(target.parent) == ["runs.parquet"]


def test_killed_half_way_the_old_file_stays(target):
    target.write_text("old")
    script = f"""
        import os, signal
        import pyarrow as pa
        from flora_analytics.export import write_runs
        schema = pa.schema([("run_id", pa.string())])
        def batches():
            yield pa.record_batch([["run_a"] * 100_000], schema=schema)
            os.kill(os.getpid(), signal.SIGKILL)
        write_runs(pa.RecordBatchReader.from_batches(schema, batches()), {str(target)!r})
    """

    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)

    assert done.returncode == -signal.SIGKILL
    assert target.read_text() == "old"


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("", "is a folder"),
        ("missing/runs.parquet", "There is no folder"),
        ("file.txt/runs.parquet", "There is no folder"),
        ("runs.xyz", "does not tell the format"),
        ("runs", "does not tell the format"),
    ],
)
def test_a_place_that_cannot_hold_the_file_is_one_plain_line(tmp_path, place, says):
    (tmp_path / "file.txt").touch()
    format_name = None if "xyz" in place or place == "runs" else "parquet"

    with pytest.raises(ConfigurationError, match=says) as refused:
        write_runs(make_runs(), tmp_path / place, format=format_name)

    assert "\n" not in str(refused.value)
    assert leftovers(tmp_path) == ["file.txt"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody may write to")
def test_a_folder_that_may_not_be_written_is_one_plain_line():
    with pytest.raises(ConfigurationError, match="cannot be written") as refused:
        write_runs(make_runs(), "/proc/runs.parquet")

    assert "\n" not in str(refused.value)


def test_a_format_misspelt_gets_its_suggestion(tmp_path):
    with pytest.raises(ConfigurationError, match="did you mean 'parquet'"):
        write_runs(make_runs(), tmp_path / "runs", format="parket")


def test_the_named_format_wins_over_the_suffix(tmp_path):
    target = tmp_path / "runs.txt"

    write_runs(make_runs(), target, format="csv")

    assert target.read_text().startswith("run_id,")


def test_a_cost_that_is_no_cost_is_refused_and_leaves_nothing(tmp_path):
    runs = pa.table({"charged_cost": ["cheap"]})

    with pytest.raises(DataError, match="'charged_cost'") as refused:
        write_runs(runs, tmp_path / "runs.csv")

    assert "\n" not in str(refused.value)
    assert leftovers(tmp_path) == []


def test_runs_of_another_kind_are_refused(tmp_path):
    with pytest.raises(DataError, match="type list"):
        write_runs([1, 2], tmp_path / "runs.csv")


def test_a_link_stays_a_link_and_permissions_stay(tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)

    write_runs(make_runs(), link)

    assert link.is_symlink()
    assert real.read_text().startswith("run_id")
    assert real.stat().st_mode & 0o777 == 0o640


# Figures


def make_figure():
    periods = pd.date_range("2026-03-28", periods=2, tz="Europe/Berlin", unit="us")
    index = pd.MultiIndex.from_product(
        [["=1+1", "b"], periods], names=["project_id", "period_start"]
    )
    money = [Decimal("1E-7"), None, Decimal("-2.5"), Decimal("1e20")]
    return pd.DataFrame(
        {
            "n_runs": [1, 2, 3, 4],
            "charged_cost": pd.array(money, dtype=pd.ArrowDtype(pa.decimal128(38, 9))),
            "failure_rate": [0.1, 1e-7, None, 1.0],
            "p50": pd.to_timedelta([1, 1500, None, 90], unit="ms").astype("timedelta64[us]"),
        },
        index=index,
    )


def test_a_figure_keeps_groups_periods_money_and_spans(tmp_path):
    target = tmp_path / "cost.csv"

    n_rows = write_figure(make_figure(), target)

    assert n_rows == 4
    assert csv_rows(target) == [
        ["project_id", "period_start", "n_runs", "charged_cost", "failure_rate", "p50_s"],
        ["'=1+1", "2026-03-28T00:00:00+01:00", "1", "0.000000100", "0.1", "0.001"],
        ["'=1+1", "2026-03-29T00:00:00+01:00", "2", "", "0.0000001", "1.5"],
        ["b", "2026-03-28T00:00:00+01:00", "3", "-2.500000000", "", ""],
        ["b", "2026-03-29T00:00:00+01:00", "4", "100000000000000000000.000000000", "1.0", "0.09"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_names_that_a_spreadsheet_would_run_are_guarded_for_people_only(tmp_path, start):
    table = pd.DataFrame({"n_runs": [1]}, index=pd.Index([f"{start}cmd"], name="technique_id"))
    people, machine = tmp_path / "people.csv", tmp_path / "machine.csv"

    write_figure(table, people)
    write_figure(table, machine, for_people=False)

    read = []
    for path in (people, machine):
        with path.open(newline="", encoding="utf-8") as lines:
            read.append(list(csv.reader(lines))[1][0])
    assert read == [f"'{start}cmd", f"{start}cmd"]


def test_a_figure_in_parquet_is_exact_and_repeatable(tmp_path):
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"

    write_figure(make_figure(), first)
    write_figure(make_figure(), second)

    written = pq.read_table(first)
    assert first.read_bytes() == second.read_bytes()
    assert written.schema.field("charged_cost").type == pa.decimal128(38, 9)
    assert written["charged_cost"].to_pylist()[0] == Decimal("1E-7")
    assert written["project_id"].to_pylist()[0] == "=1+1"
    assert written["p50_s"].to_pylist() == [0.001, 1.5, None, 0.09]


def test_a_total_has_no_column_for_its_row_number(tmp_path):
    target = tmp_path / "total.csv"

    write_figure(pd.DataFrame({"n_runs": [3]}), target)

    assert csv_rows(target) == [["n_runs"], ["3"]]
