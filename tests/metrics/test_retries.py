"""Estimated retries: bursts worked by hand, and the sandbox's planted ones."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from made_runs import NOON, make_runs

from flora_analytics.errors import DataError
from flora_analytics.metrics import estimated_retries


def burst(*runs, **columns):
    """Runs as (minute of creation, minute of end, "F" failed or "C" completed)."""
    word = {"F": "failed", "C": "completed"}
    given = {
        "status": [word[end] for _, _, end in runs],
        "created_at": [NOON + pd.Timedelta(a, "min") for a, _, _ in runs],
        "completed_at": [NOON + pd.Timedelta(b, "min") for _, b, _ in runs],
    }
    return make_runs(**(given | columns))


def n_retries(runs, **how):
    return estimated_retries(runs, **how).loc[0, "n_estimated_retries"]


@pytest.mark.parametrize(
    ("runs", "n"),
    [
        ([(0, 1, "F"), (2, 3, "C")], 1),
        ([(0, 1, "C"), (2, 3, "C")], 0),
        ([(0, 1, "F"), (7, 8, "C")], 0),
        ([(0, 1, "F"), (2, 3, "C"), (3, 4, "C")], 1),
        ([(0, 1, "F"), (0, 1, "F"), (2, 3, "C"), (3, 4, "C"), (4, 5, "C")], 2),
        ([(0, 1, "F"), (2, 3, "F"), (4, 5, "F"), (6, 7, "C")], 3),
        ([(0, 9, "F"), (2, 3, "C")], 0),
        ([(0, 1, "F"), (20, 21, "F"), (22, 23, "C"), (23, 24, "C")], 1),
        ([(0, 0, "F")], 0),
    ],
    ids=[
        "another try",
        "nothing failed",
        "too late",
        "one failure accounts for one run",
        "two failures for two",
        "tried until it worked",
        "created before the failure",
        "an old failure is forgotten",
        "not its own retry",
    ],
)
def test_every_failure_accounts_for_one_run_soon_after_it(runs, n):
    assert n_retries(burst(*runs)) == n


@pytest.mark.parametrize("place", ["workspace_id", "project_id", "technique_id"])
def test_another_technique_or_project_is_no_retry(place):
    runs = burst((0, 1, "F"), (2, 3, "C"), **{place: ["one", "other"]})

    assert n_retries(runs) == 0


def test_runs_outside_projects_are_one_place():
    assert n_retries(burst((0, 1, "F"), (2, 3, "C"), project_id=[None, None])) == 1


def test_retries_are_costed_and_their_unknowns_counted():
    runs = burst(
        (0, 1, "F"), (0, 1, "F"), (2, 3, "C"), (2, 3, "F"), charged_cost=["1", None, "0.3", None]
    )

    row = estimated_retries(runs).loc[0]

    assert row.to_dict() == {
        "n_runs": 4,
        "n_failed": 3,
        "n_estimated_retries": 2,
        "n_estimated_recoveries": 1,
        "n_unknown": 1,
        "estimated_retry_cost": Decimal("0.3"),
        "estimated_retry_rate": 2 / 3,
    }


def test_the_pause_can_be_chosen_and_must_be_one():
    runs = burst((0, 1, "F"), (7, 8, "C"))

    assert n_retries(runs, within=dt.timedelta(minutes=10)) == 1
    with pytest.raises(DataError, match="positive"):
        estimated_retries(runs, within=dt.timedelta(0))


def test_groups_add_up_and_rows_may_come_in_any_order():
    runs = burst((0, 1, "F"), (2, 3, "C"), (9, 10, "F"), (11, 12, "C"), (40, 41, "C"))

    shuffled = estimated_retries(runs.iloc[::-1], period="hour", by="status")

    assert shuffled["n_estimated_retries"].sum() == n_retries(runs) == 2
    assert shuffled["n_runs"].sum() == 5
