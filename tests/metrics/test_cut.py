"""The words of by=: what they group by, and how a wrong one is answered."""

from __future__ import annotations

import pandas as pd
import pytest
from made_runs import NOON, make_runs

from flora_analytics.errors import ConfigurationError, DataError, MissingColumnError
from flora_analytics.metrics import charged_cost, failure_rate, failures_by_code


@pytest.mark.parametrize(
    ("by", "levels", "key"),
    [
        ("technique", ["technique_id"], "tech_a"),
        ("technique_id", ["technique_id"], "tech_a"),
        ("project", ["project_id"], "prj_a"),
        ("workspace", ["workspace_id"], "ws_a"),
        ("status", ["status"], "completed"),
        ("error_code", ["error_code"], "(none)"),
        ("output_type", ["output_type"], "imageUrl"),
        (["project", "status"], ["project_id", "status"], ("prj_a", "completed")),
        ("run_id", ["run_id"], "run_0"),
    ],
)
def test_a_word_groups_by_its_column(by, levels, key):
    table = charged_cost(make_runs(outputs=[["imageUrl"]]), by=by)

    assert list(table.index.names) == levels
    assert table.index[0] == key


def test_techniques_go_by_id_and_show_their_latest_name():
    runs = make_runs(
        technique_id=["tech_a", "tech_a", "tech_b"],
        technique_name=["Upscale v2", "Upscale", None],
        created_at=[NOON + pd.Timedelta("1s"), NOON, NOON],
        charged_cost=["1", "2", "1"],
    )

    table = charged_cost(runs, by="technique", period="hour")

    assert table.columns[0] == "technique_name"
    assert table["technique_name"].tolist() == ["Upscale v2", "tech_b"]


def test_projects_show_their_names_where_the_runs_carry_them():
    runs = make_runs(project_id=["prj_a"], project_name=["Spring campaign"])

    table = charged_cost(runs, by="project")

    assert table.loc["prj_a", "project_name"] == "Spring campaign"


def test_a_column_of_the_callers_own_can_group():
    runs = make_runs(charged_cost=["1", "2", "4"]).assign(team=["red", "blue", "red"])

    table = charged_cost(runs, by="team")

    assert table["n_runs"].to_dict() == {"red": 2, "blue": 1}


def test_grouping_by_a_column_leaves_the_figure_its_values():
    runs = make_runs(status=["failed", "failed"], error_code=["timeout", None])

    table = failure_rate(runs, by="error_code")

    assert table["n_failed"].to_dict() == {"timeout": 1, "(none)": 1}


@pytest.mark.parametrize(
    ("types", "group"),
    [
        pytest.param(["imageUrl", "imageUrl"], "imageUrl", id="twice the same"),
        pytest.param(["videoUrl", "imageUrl"], "imageUrl + videoUrl", id="several"),
        pytest.param([], "(none)", id="none"),
        pytest.param(None, "(none)", id="not stated"),
    ],
)
def test_a_run_belongs_to_one_group_of_output_types(types, group):
    table = charged_cost(make_runs(outputs=[types]), by="output_type")

    assert table["n_runs"].to_dict() == {group: 1}


@pytest.mark.parametrize(
    ("by", "says"),
    [
        pytest.param("techniqe", "Did you mean 'technique'", id="typo"),
        pytest.param(["project", "team"], "technique, project, workspace, status", id="unknown"),
        pytest.param(["project", "project"], "project_id twice", id="twice"),
        pytest.param(["technique", "technique_id"], "technique_id twice", id="twice the column"),
        pytest.param(["technique", "technique_name"], "technique_name twice", id="shown anyway"),
        pytest.param("outputs", "by='output_type'", id="a list in each run"),
        pytest.param("charged_cost", "the figure itself", id="a column of the figure"),
        pytest.param("read_at", "period=", id="an instant"),
    ],
)
def test_a_word_that_cannot_group_is_answered_plainly(by, says):
    with pytest.raises(DataError, match=says) as caught:
        charged_cost(make_runs(status=["completed"]), by=by)

    assert "\n" not in str(caught.value)


def test_error_codes_cannot_be_grouped_by_error_code_again():
    with pytest.raises(DataError, match="leave it out"):
        failures_by_code(make_runs(status=["failed"]), by="error_code")


def test_a_word_whose_column_is_not_there_names_it():
    with pytest.raises(MissingColumnError, match="technique_name"):
        charged_cost(make_runs(status=["failed"])[["technique_id", "charged_cost"]], by="technique")


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        ({"period": "dya"}, "Did you mean 'day'"),
        ({"tz": "Europe/Berln"}, "Did you mean 'Europe/Berlin'"),
        ({"period": "cycle"}, "cycle_day"),
    ],
)
def test_a_period_or_zone_that_is_none_is_refused(cut, says):
    with pytest.raises(ConfigurationError, match=says):
        charged_cost(make_runs(status=["failed"]), **cut)
