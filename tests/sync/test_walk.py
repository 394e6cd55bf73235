"""A walk follows the pointers to the end, counts distinct runs and notes every gap."""

from __future__ import annotations

import json

import pytest
from scenarios import MANNERS, make_history, make_run, quiet

from flora_analytics.errors import ContractError, RefusedRequestError
from flora_analytics.sandbox import Motion, Vanish, faults
from flora_analytics.walk import BrokenResumeError, Query, Walk


@pytest.fixture
def walk_of(make_ledger):
    """A function from runs, and how the API lists them, to a walk; notes its requests."""

    def walk(runs, *, query=Query(), first_size=None, faults=None, motion=None, **manner):  # noqa: B008
        ledger = make_ledger(runs, **{"max_limit": 10} | manner)
        ledger.sandbox.faults, ledger.sandbox.motion = faults, motion
        walk.requests = ledger.sandbox.requests
        return Walk(ledger.client(), query, first_size=first_size, sleep=quiet)

    return walk


def ids(walk):
    return [run_id for page in walk for run_id in page.runs["run_id"].to_pylist()]


@pytest.mark.parametrize("manner", sorted(set(MANNERS) - {"short-lived cursors"}))
def test_meets_every_run_however_the_api_lists_them(walk_of, manner):
    runs = make_history(95)
    walk = walk_of(runs, **MANNERS[manner])

    met = ids(walk)

    assert set(met) == {run["run_id"] for run in runs}
    assert walk.n_distinct == 95
    assert walk.ended


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workspace_id", "ws_1"),
        ("project_id", "prj_3"),
        ("technique_id", "tech_2"),
        ("status", "pending"),
    ],
)
def test_asks_for_what_the_query_says(walk_of, name, value):
    runs = make_history(80, share_open=0.2)
    walk = walk_of(runs, query=Query(**{name: value}))
    flat = [run | {"technique_id": run["technique"]["technique_id"]} for run in runs]

    met = ids(walk)

    assert sorted(met) == sorted(run["run_id"] for run in flat if run[name] == value)


def test_leaves_the_page_size_to_an_api_that_refuses_it(walk_of):
    walk = walk_of(make_history(30), limit="refused", default_limit=7)

    ids(walk)

    asked = [request.query.get("limit") for request in walk_of.requests]
    assert asked == ["100", None, None, None, None, None]


def test_moves_the_boundaries_with_the_size_of_the_first_page(walk_of):
    walk = walk_of(make_history(30), first_size=5)

    lengths = [page.n_rows for page in walk]

    assert lengths == [5, 10, 10, 5]


def test_a_boundary_that_both_pages_hold_is_no_gap(walk_of):
    walk = walk_of(make_history(40), repeated_rows=1)

    ids(walk)

    assert walk.gaps == []


def test_every_other_boundary_is_a_gap(walk_of):
    walk = walk_of(make_history(40))

    ids(walk)

    assert len(walk.gaps) == 3


def test_a_count_that_falls_or_is_missing_is_not_steady(walk_of):
    runs = make_history(40, share_open=0)
    newest = max(runs, key=lambda run: (run["created_at"], run["run_id"]))["run_id"]
    moving = walk_of(runs, motion=Motion.script({2: [Vanish(newest)]}))

    ids(moving)

    assert not moving.totals_steady
    assert (moving.first_total, moving.last_total) == (40, 39)


def test_runs_above_a_mark_are_counted(walk_of):
    runs = make_history(40, share_open=0)
    first = walk_of(runs)
    next(iter(first))
    newest = max(run["created_at"] for run in runs)
    again = walk_of([*runs, *(make_run(1000 + n, newest + n) for n in range(1, 4))])
    again.mark = first.top

    ids(again)

    assert again.n_above == 3


class TestACheckpoint:
    def test_is_json_and_goes_on_where_it_was(self, walk_of):
        walk = walk_of(make_history(60, share_open=0))
        pages = iter(walk)
        before = [next(pages) for _ in range(3)]
        checkpoint = json.loads(json.dumps(walk.checkpoint()))

        rest = ids(resumed := Walk.resumed_at(checkpoint, walk.client, walk.query))

        first = [run_id for page in before for run_id in page.runs["run_id"].to_pylist()]
        assert len(set(first) | set(rest)) == 60
        assert len(rest) == 40, "the last page is read again"
        assert resumed.n_distinct == 60

    def test_does_not_go_on_where_rows_may_have_slipped_past(self, walk_of, make_ledger):
        ledger = make_ledger(make_history(60, share_open=0), max_limit=10)
        walk = Walk(ledger.client(), Query())
        pages = iter(walk)
        for _ in range(3):
            next(pages)
        for run in ledger.sandbox.truth()[:12]:
            ledger.sandbox.vanish(run["run_id"])

        resumed = Walk.resumed_at(walk.checkpoint(), walk.client, walk.query)

        with pytest.raises(BrokenResumeError):
            next(iter(resumed))


class TestAnEndlessWalk:
    def test_of_cursors_in_a_circle_is_an_error(self, walk_of):
        walk = walk_of(make_history(60), cycle_after=40)

        with pytest.raises(ContractError, match="circle"):
            ids(walk)

    def test_of_a_cursor_that_repeats_itself_is_an_error(self, walk_of):
        walk = walk_of(make_history(60), faults={3: faults.repeated_cursor()})

        with pytest.raises(ContractError, match="circle"):
            ids(walk)


def test_an_unreadable_page_is_asked_for_again_and_then_given_up(walk_of):
    walk = walk_of(
        make_history(30), faults=lambda r: faults.nulled("meta") if r.number > 1 else None
    )

    with pytest.raises(ContractError, match="meta"):
        ids(walk)

    assert len(walk_of.requests) == 1 + 3


def test_a_refused_cursor_is_the_callers_to_judge(walk_of):
    walk = walk_of(make_history(30), faults={2: faults.cursor_expired()})

    with pytest.raises(RefusedRequestError):
        ids(walk)
