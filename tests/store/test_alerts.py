"""The memory of alerts: what fires, and who was told, in the store beside the runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from stored_runs import HOUR, MARCH, a_run, commit

from flora_analytics.errors import StoreConflictError, StoreError
from flora_analytics.store import Remembered, RunStore, alone

SPEND = Remembered(rule="Spend", group="prj_a", period="2026-03-02", fired_at=MARCH, text="$12")
STALE = Remembered(rule="Stale", group="", period="", fired_at=MARCH + HOUR, text="9 h")


def test_nothing_is_remembered_before_the_first_alert(store):
    assert store.alerts.alerts() == ()
    assert store.alerts.change(lambda before: before) == ()
    assert not Path(store.uri).exists()


def test_alerts_are_remembered_as_they_were_oldest_first(store):
    ended = replace(STALE, ended_at=MARCH + 2 * HOUR, end_text="over", told=("mail",))

    kept = store.alerts.change(lambda _: [ended, SPEND])

    assert kept == (SPEND, ended)
    assert RunStore(store.uri).alerts.alerts() == kept


def test_what_changes_nothing_writes_nothing(store):
    store.alerts.change(lambda _: [SPEND])
    log = sorted(Path(store.uri, "_alerts", "_delta_log").iterdir())

    store.alerts.change(lambda before: [replace(alert) for alert in before])

    assert sorted(Path(store.uri, "_alerts", "_delta_log").iterdir()) == log


def test_another_writer_in_between_is_taken_into_account(store, monkeypatch):
    monkeypatch.setattr("flora_analytics.store.turns._PATIENCE", 0)  # it waits for no turn of ours
    other = RunStore(store.uri)
    store.alerts.change(lambda _: [SPEND])
    calls = []

    def change(before):
        calls.append(before)
        if len(calls) == 2:  # computed from what was read, and about to be committed
            other.alerts.change(lambda kept: [*kept, STALE])
        return [replace(alert, told=("slack",)) for alert in before]

    kept = store.alerts.change(change)

    assert [alert.told for alert in kept] == [("slack",), ("slack",)]


def test_all_can_be_forgotten(store):
    store.alerts.change(lambda _: [SPEND])

    assert store.alerts.change(lambda _: []) == ()


def test_the_memory_lies_beside_the_runs_and_is_no_part_of_them(store):
    store.alerts.change(lambda _: [SPEND])
    commit(store, a_run())

    assert store.snapshot().read().num_rows == 1
    assert store.alerts.alerts() == (SPEND,)


def test_one_job_at_a_time_and_the_other_is_told(store):
    with alone(store.uri):
        with pytest.raises(StoreConflictError, match="Another check or report"), alone(store.uri):
            pass
        commit(store, a_run())

    with alone(store.uri):
        assert store.snapshot().read().num_rows == 1


def test_a_job_that_fails_lets_go(store):
    with pytest.raises(ZeroDivisionError), alone(store.uri):
        raise ZeroDivisionError

    with alone(store.uri):
        pass


def test_a_store_elsewhere_is_locked_on_this_machine():
    with (
        alone("s3://bucket/runs"),
        pytest.raises(StoreConflictError),
        alone("s3://bucket/runs/"),
    ):
        pass


def test_a_place_that_cannot_be_locked_is_said(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="cannot be locked"), alone(str(tmp_path / "file")):
        pass
