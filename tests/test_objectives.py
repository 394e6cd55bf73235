"""Objectives as they are written in the configuration file."""

from __future__ import annotations

import tomllib
from datetime import timedelta

import pytest

from flora_analytics.errors import ConfigurationError
from flora_analytics.objectives import Objective, read_objectives


def read(text: str) -> tuple[Objective, ...]:
    return read_objectives(tomllib.loads(text)["objective"], "flora-analytics.toml: objective")


def test_objectives_say_what_is_promised_for_which_technique():
    found = read(
        """
        [[objective]]
        technique = "tech_reel"
        success = 0.95

        [[objective]]
        name = "Nobody waits"
        queue_time = "30s"
        share = 0.99
        window = "1w"
        """
    )

    assert found == (
        Objective(target=0.95, technique_id="tech_reel"),
        Objective(
            target=0.99,
            of="queue_time",
            within=timedelta(seconds=30),
            window=timedelta(days=7),
            name="Nobody waits",
        ),
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("success = 0.995", "99.5% of runs complete"),
        ('turnaround_time = "90s"\nshare = 0.9', "90% of runs end within 90 s"),
        ('execution_time = "120s"\nshare = 0.9', "90% of runs execute within 2 min"),
    ],
)
def test_without_a_name_it_says_what_it_promises(text, name):
    (objective,) = read(f"[[objective]]\n{text}")

    assert objective.name == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sucess = 0.9", "did you mean 'success'"),
        ('technique = "tech_a"', "must promise one thing"),
        ('success = 0.9\nqueue_time = "30s"', "must promise one thing"),
        ("success = 0.9\nshare = 0.9", "not beside success"),
        ('queue_time = "30s"', "share = 0.99 beside a span"),
        ("queue_time = 30\nshare = 0.9", "such as 30s"),
        ("success = 95", "from 0.5 to below 1"),
        ("success = 1.0", "never and always"),
        ("success = true", "is no share"),
        ('success = "0.9"', "is no share"),
        ('success = 0.9\nwindow = "2d"', "7d to 90d"),
        ('success = 0.9\ntechnique = ""', "expected a text"),
        ('queue_time = "0s"\nshare = 0.9', "give a span"),
    ],
)
def test_a_wrong_objective_is_named_with_what_would_do(text, says):
    with pytest.raises(ConfigurationError) as caught:
        read(f"[[objective]]\n{text}")

    assert says in str(caught.value)
    assert "objective 1" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("tables", [{"success": 0.9}, ["success"], "success", 3])
def test_what_is_no_list_of_tables_is_refused(tables):
    with pytest.raises(ConfigurationError, match=r"\[\[objective\]\]"):
        read_objectives(tables)


def test_two_that_read_alike_are_refused():
    with pytest.raises(ConfigurationError, match="stands there twice"):
        read("[[objective]]\nsuccess = 0.9\n[[objective]]\nsuccess = 0.9")


@pytest.mark.parametrize(
    "wrong", [{"of": "latency"}, {"of": "queue_time"}, {"within": timedelta(seconds=3)}]
)
def test_an_objective_made_by_hand_is_checked_as_well(wrong):
    with pytest.raises(ConfigurationError, match="objective"):
        Objective(target=0.9, **wrong)
