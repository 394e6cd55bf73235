"""A budget as it is written in the configuration file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flora_analytics.budget import Budget, read_budget
from flora_analytics.errors import ConfigurationError
from flora_analytics.settings import load_settings


def test_a_budget_is_read_as_it_is_written(tmp_path):
    file = tmp_path / "flora-analytics.toml"
    file.write_text(
        """
        cycle_day = 15
        [budget]
        seats = 3
        included_per_seat = 33.10
        overage_cap = 100
        [budget.projects]
        prj_a = 0.1
        """
    )

    settings = load_settings(config=file, environ={})

    assert settings.cycle_day == 15
    assert settings.budget == Budget(
        seats=3,
        included_per_seat=Decimal("33.1"),
        overage_cap=Decimal(100),
        projects={"prj_a": Decimal("0.1")},
    )
    assert settings.budget.limits == {
        "included usage": Decimal("99.3"),
        "overage cap": Decimal("199.3"),
    }


def test_without_the_table_there_is_no_budget(tmp_path):
    (tmp_path / "s.toml").write_text("cycle_day = 15")

    assert load_settings(config=tmp_path / "s.toml", environ={}).budget is None


@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param({"seat": 3}, "did you mean 'seats'", id="typo"),
        pytest.param({"seats": 2.5, "included_per_seat": 1}, "whole number", id="half a seat"),
        pytest.param({"overage_cap": "100"}, "US dollars", id="text"),
        pytest.param({"overage_cap": True}, "US dollars", id="yes"),
        pytest.param({"overage_cap": float("nan")}, "US dollars", id="nan"),
        pytest.param({"overage_cap": 0.1234567891}, "9 places", id="too fine"),
        pytest.param({"overage_cap": -5}, "0 or more", id="negative"),
        pytest.param({"seats": 5}, "nothing to keep to", id="empty"),
        pytest.param({"projects": [1]}, "must be a table", id="list of projects"),
        pytest.param([], "must be a table", id="list"),
    ],
)
def test_what_is_no_budget_is_refused_on_one_line(table, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_budget(table, "here: budget")

    assert str(caught.value).startswith("here: budget")
    assert "\n" not in str(caught.value)
