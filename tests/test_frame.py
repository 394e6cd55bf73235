"""The runs frame feels like any pandas frame, and goes back to exact types without loss."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import matplotlib as mpl
import matplotlib.figure
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flora_analytics.errors import DataError
from flora_analytics.frame import to_frame, to_table
from flora_analytics.schema import RUN_SCHEMA

mpl.use("Agg")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OUTPUT = {"output_id": "output_1", "type": "imageUrl", "url": "https://m.example/1.png"}
#: As design.md promises them; with no runs at all as well.
DTYPES = {
    "run_id": "str",
    "technique_run_id": "str",
    "workspace_id": "str",
    "project_id": "str",
    "technique_id": "str",
    "technique_name": "str",
    "status": "str",
    "progress": "float64",
    "created_at": "datetime64[us, UTC]",
    "started_at": "datetime64[us, UTC]",
    "completed_at": "datetime64[us, UTC]",
    "charged_cost": "float64",
    "error_code": "str",
    "error_message": "str",
    "outputs": "list<item: struct<output_id: string, type: string, url: string>>[pyarrow]",
    "poll_url": "str",
    "read_at": "datetime64[us, UTC]",
}


def a_run(n: int = 0, **fields: Any) -> dict[str, Any]:
    run: dict[str, Any] = dict.fromkeys(RUN_SCHEMA.names)
    run |= {
        "run_id": f"run_{n}",
        "workspace_id": "ws_a",
        "project_id": "prj_a",
        "technique_id": f"tech_{n % 2}",
        "technique_name": "Poster",
        "status": "completed",
        "progress": 100.0,
        "created_at": NOON + timedelta(days=n),
        "completed_at": NOON + timedelta(days=n, seconds=30),
        "charged_cost": Decimal(n) / 4,
        "outputs": [OUTPUT],
        "read_at": NOON,
    }
    return run | fields


def table_of(*runs: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(runs), schema=RUN_SCHEMA)


@pytest.fixture
def runs() -> pd.DataFrame:
    """Five runs of 0, 0.25, 0.5, 0.75 USD and of a cost that is not stated."""
    return to_frame(table_of(*map(a_run, range(4)), a_run(4, charged_cost=None, outputs=None)))


class TestDtypes:
    @pytest.mark.parametrize("n", [0, 3], ids=["no runs", "three runs"])
    def test_are_the_documented_ones(self, n):
        frame = to_frame(table_of(*map(a_run, range(n))))

        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == DTYPES

    @pytest.mark.parametrize("name", RUN_SCHEMA.names)
    def test_stay_where_no_run_states_the_field(self, name):
        field = RUN_SCHEMA.field(name)
        table = pa.table({name: pa.nulls(2, field.type)})

        assert str(to_frame(table)[name].dtype) == DTYPES[name]

    def test_money_can_be_exact_decimals(self):
        frame = to_frame(table_of(a_run(1), a_run(charged_cost=None)), money="decimal")

        assert str(frame["charged_cost"].dtype) == "decimal128(18, 9)[pyarrow]"
        assert frame["charged_cost"].sum() == Decimal("0.25")
        assert frame["charged_cost"].isna().tolist() == [False, True]

    def test_a_misspelt_money_is_refused(self):
        with pytest.raises(DataError, match=r"^money='cents' is not known; write"):
            to_frame(table_of(), money="cents")

    @pytest.mark.parametrize("cost", ["0.3", "0.1", "2.675", "1e-9", "12345.678901234", "-0.7"])
    def test_a_cost_is_the_float_that_its_digits_mean(self, cost):
        frame = to_frame(table_of(a_run(charged_cost=Decimal(cost))))

        assert frame["charged_cost"].tolist() == [float(cost)]


class TestPandas:
    """Expected values are worked by hand from the five runs."""

    def test_describes_the_costs(self, runs):
        described = runs.describe()

        assert described.loc["count", "charged_cost"] == 4
        assert described.loc["mean", "charged_cost"] == 0.375

    def test_finds_the_largest(self, runs):
        assert runs.nlargest(2, "charged_cost")["run_id"].tolist() == ["run_3", "run_2"]
        assert runs["charged_cost"].idxmax() == 3

    def test_groups(self, runs):
        means = runs.groupby("technique_id").mean(numeric_only=True)["charged_cost"]

        assert means.to_dict() == {"tech_0": 0.25, "tech_1": 0.5}

    def test_groups_by_a_column_with_nothing_in_it(self, runs):
        assert runs.groupby("error_code", dropna=False)["run_id"].count().tolist() == [5]

    def test_resamples(self, runs):
        daily = runs.resample("2D", on="created_at")["charged_cost"].sum()

        assert daily.tolist() == [0.25, 1.25, 0.0]

    def test_resamples_by_local_day(self, runs):
        local = runs.set_index(runs["created_at"].dt.tz_convert("Asia/Tokyo"))

        assert local["run_id"].resample("D").count().tolist() == [1] * 5

    def test_merges(self, runs):
        names = pd.DataFrame({"technique_id": ["tech_1"], "team": ["Posters"]})

        merged = runs.merge(names, on="technique_id", how="left")

        assert merged["team"].notna().sum() == 2

    def test_subtracts_instants(self, runs):
        turnaround = runs["completed_at"] - runs["created_at"]

        assert turnaround.unique().tolist() == [pd.Timedelta(seconds=30)]

    def test_compares_and_filters(self, runs):
        assert len(runs.query("status == 'completed' and charged_cost > 0.3")) == 2
        assert len(runs[runs["created_at"] >= "2026-03-04"]) == 3
        assert runs["status"].value_counts().to_dict() == {"completed": 5}

    def test_accumulates_and_pivots(self, runs):
        pivot = runs.pivot_table(values="charged_cost", index="technique_id", aggfunc="sum")

        assert runs["charged_cost"].cumsum().max() == 1.5
        assert pivot["charged_cost"].tolist() == [0.5, 1.0]

    def test_opens_the_outputs(self, runs):
        types = runs["outputs"].explode().dropna()

        assert len(types) == 4
        assert types.iloc[0]["type"] == "imageUrl"

    def test_copies_sorts_and_concatenates(self, runs):
        twice = pd.concat([runs, runs.copy()]).sort_values("created_at", ignore_index=True)

        assert len(twice.drop_duplicates("run_id")) == 5
        assert str(twice["outputs"].dtype) == DTYPES["outputs"]

    def test_draws(self, runs):
        (histogram,) = runs.hist(column="charged_cost", bins=4).ravel()
        line = runs.plot(x="created_at", y="charged_cost")

        assert sum(bar.get_height() for bar in histogram.patches) == 4
        assert len(line.get_lines()) == 1

    def test_draws_with_seaborn(self, runs):
        seaborn = pytest.importorskip("seaborn")

        axes = mpl.figure.Figure().subplots()
        seaborn.histplot(runs, x="charged_cost", hue="technique_id", bins=4, ax=axes)

        assert sum(bar.get_height() for bar in axes.patches) == 4

    @pytest.mark.parametrize("money", ["float", "decimal"])
    def test_saves_as_parquet_and_reads_back(self, tmp_path, money):
        runs = to_frame(table_of(a_run(1), a_run(2, outputs=[]), a_run(3, outputs=None)))

        runs.to_parquet(tmp_path / "runs.parquet")
        again = pd.read_parquet(tmp_path / "runs.parquet")

        pd.testing.assert_frame_equal(again, runs)
        assert to_table(again).equals(to_table(runs))


#: Every cost of nine places under 4 million USD.
costs = st.integers(0, 4 * 10**15 - 1).map(lambda nanos: Decimal(nanos).scaleb(-9))
outputs = st.lists(
    st.fixed_dictionaries(dict.fromkeys(OUTPUT, st.none() | st.text(max_size=5))), max_size=3
)
instants = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
runs_of_any_kind = st.builds(
    a_run,
    charged_cost=st.none() | costs,
    outputs=st.none() | outputs,
    progress=st.none() | st.floats(0, 100),
    technique_name=st.none() | st.text(max_size=5),
    error_code=st.none() | st.text(max_size=5),
    started_at=st.none() | instants,
    created_at=instants,
)


class TestTheWayBack:
    @given(st.lists(runs_of_any_kind, max_size=5))
    @settings(max_examples=25)
    def test_gives_the_very_same_table(self, runs):
        table = table_of(*runs)

        for money in ("float", "decimal"):
            again = to_table(to_frame(table, money=money))

            assert again.to_pylist() == table.to_pylist()
            assert again.schema.types == table.schema.types

    @given(st.lists(costs, min_size=50, max_size=50))
    @settings(max_examples=25)
    def test_keeps_each_cost_to_the_nano_dollar(self, charged):
        table = pa.table({"charged_cost": pa.array(charged, RUN_SCHEMA.field("charged_cost").type)})

        assert to_table(to_frame(table)).equals(table)

    def test_takes_some_columns_and_others_of_the_users_own(self, runs):
        own = runs[["run_id", "charged_cost"]].assign(team="Posters", n=1)

        table = to_table(own)

        assert table.column_names == ["run_id", "charged_cost", "team", "n"]
        assert table["charged_cost"].type == pa.decimal128(18, 9)
        assert table["team"].to_pylist() == ["Posters"] * 5

    @pytest.mark.parametrize(
        ("column", "expected"),
        [
            (pd.Series([1, 2]), ["1", "2"]),
            (pd.Series([0.1, float("nan")]), ["0.1", None]),
            (pd.Series([Decimal("0.1"), None]), ["0.1", None]),
            (pd.Series([1e-7, 12345.678901234]), ["1E-7", "12345.678901234"]),
            (pd.Series([0.1, None], dtype="Float64"), ["0.1", None]),
            (pd.Series([0.1, float("nan")], dtype="double[pyarrow]"), ["0.1", None]),
            (pd.Series([None, None]), [None, None]),
        ],
        ids=["whole numbers", "floats", "decimals", "many places", "nullable", "Arrow", "unknown"],
    )
    def test_takes_costs_of_any_numeric_kind(self, column, expected):
        table = to_table(pd.DataFrame({"charged_cost": column}))

        assert table["charged_cost"].to_pylist() == [cost and Decimal(cost) for cost in expected]

    def test_takes_categories_and_plain_instants(self):
        runs = pd.DataFrame({"status": ["failed"], "created_at": [pd.Timestamp(NOON)]})

        table = to_table(runs.astype({"status": "category", "created_at": "datetime64[ns, UTC]"}))

        assert table.to_pylist() == [{"status": "failed", "created_at": NOON}]

    @pytest.mark.parametrize(
        ("column", "values"),
        [("charged_cost", ["a lot"]), ("charged_cost", [1e12]), ("charged_cost", [float("inf")]),
         ("created_at", ["soon"]), ("outputs", [3])],
        ids=["text for cost", "cost too large", "infinite cost", "text for instant", "number"],
    )  # fmt: skip
    def test_refuses_values_that_are_not_of_the_columns_kind(self, column, values):
        with pytest.raises(DataError, match=rf"^Column '{column}' holds .*read_runs\(\)[^\n]*$"):
            to_table(pd.DataFrame({column: values}))
