"""The sample is what the generator makes, and its README tells the truth about it."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from flora_analytics.sandbox import generate
from flora_analytics.schema import RUN_SCHEMA

DATA = Path(__file__).parents[2] / "data"
SAMPLE = DATA / "sample_runs.jsonl.gz"
README = (DATA / "README.md").read_text(encoding="utf-8")


def dictionary() -> list[dict[str, str]]:
    """The rows of the README's data dictionary, without their Markdown."""
    table = README.partition("## Data dictionary")[2]
    rows = [
        [cell.strip().strip("`").replace("\\", "") for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def test_the_command_of_the_readme_makes_the_sample(tmp_path):
    call = re.search(r"generate\((1_500, seed=2026, weeks=10)\)", README)
    assert call

    generate(1_500, seed=2026, weeks=10).write_jsonl(tmp_path / "again.jsonl.gz")

    # Line by line: how tightly zlib packs them differs between its versions.
    made = (tmp_path / "again.jsonl.gz").read_bytes()
    assert gzip.decompress(made) == gzip.decompress(SAMPLE.read_bytes())


def test_the_sample_is_small_and_bears_no_date():
    packed = SAMPLE.read_bytes()

    assert len(packed) < 300_000
    assert packed[4:8] == b"\0\0\0\0"  # RFC 1952: the modification time


def test_the_readme_counts_right():
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        runs = [json.loads(line, parse_float=Decimal) for line in lines]
    statuses = Counter(run["status"] for run in runs)
    costs = [run["charged_cost"] for run in runs if "charged_cost" in run]

    assert f"{len(runs):,} made-up runs" in README
    assert f"{statuses['completed']:,} completed, {statuses['failed']} failed" in README
    assert f"{statuses['pending'] + statuses['running']} were still open" in README
    words = " ".join(README.split())
    assert f"{len(runs) - len(costs)} state no cost, the others add up to {sum(costs)} USD" in words


def test_the_dictionary_has_every_column_in_its_order():
    assert [row["column"] for row in dictionary()] == RUN_SCHEMA.names


@pytest.mark.parametrize("row", dictionary(), ids=lambda row: row["column"])
def test_the_dictionary_says_what_the_schema_says(row):
    column = RUN_SCHEMA.field(row["column"])
    unit = f" [{row['unit']}]" if row["unit"] else ""

    assert row["type"] == plain(column.type)
    assert (row["null"] == "never") == (not column.nullable)
    assert row["meaning"] + unit == column.metadata[b"description"].decode()


def plain(dtype: pa.DataType) -> str:
    """Arrow's name of a type, without the name it gives to the items of a list."""
    return str(dtype).replace("element: ", "").replace("item: ", "")


def test_the_fields_named_in_the_dictionary_are_those_of_the_sample():
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        runs = [json.loads(line) for line in lines]
    found = set().union(*runs) - {"technique"}
    found |= {f"technique.{name}" for run in runs for name in run["technique"]}

    assert {row["field in the JSON"] for row in dictionary()} - {""} == found
