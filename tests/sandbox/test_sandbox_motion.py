"""The listed history moves as planned, the same way each time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flora_analytics.errors import ConfigurationError
from flora_analytics.sandbox import (
    Arrive,
    CorrectCost,
    Finish,
    Manner,
    Motion,
    Sandbox,
    Vanish,
    generate,
)

HISTORY = generate(300, seed=4)
IDS = [run["run_id"] for run in HISTORY.runs]


def test_a_script_moves_after_the_request_it_names(ask, make_run):
    motion = Motion.script({2: [Arrive(make_run("run_new", created_at=9_000_000_000_000))]})

    with Sandbox(HISTORY.runs, motion=motion) as sandbox:
        heads = [ask(sandbox, limit=1).run_ids for _ in range(3)]

    assert heads == [[IDS[0]], [IDS[0]], ["run_new"]]


def test_an_arrival_at_the_head_shifts_offset_pages_but_not_keyset_pages(ask, make_run):
    def second_page(cursors):
        with Sandbox(HISTORY.runs, manner=Manner(cursors=cursors)) as sandbox:
            cursor = ask(sandbox).next_cursor
            sandbox.add_runs([make_run("run_new", created_at=9_000_000_000_000)])
            return ask(sandbox, cursor=cursor).run_ids

    assert second_page("offset") == IDS[19:39]
    assert second_page("keyset") == IDS[20:40]


def test_a_run_that_vanishes_shifts_others_past_an_offset_cursor(ask):
    with Sandbox(HISTORY.runs) as sandbox:
        cursor = ask(sandbox).next_cursor
        sandbox.vanish(IDS[3])

        assert ask(sandbox, cursor=cursor).run_ids == IDS[21:41]
        assert ask(sandbox, f"/runs/{IDS[3]}").status == 404


def test_a_late_arrival_is_listed_below_the_head(ask, make_run):
    late = make_run("run_late", created_at=HISTORY.runs[4]["created_at"])

    with Sandbox(HISTORY.runs) as sandbox:
        sandbox.add_runs([late])

        assert "run_late" in ask(sandbox, limit=6).run_ids[4:]


def test_an_open_run_finishes_and_changes_its_filter(ask, make_run):
    pending = make_run(status="pending", progress=0)
    del pending["started_at"], pending["completed_at"], pending["charged_cost"]

    with Sandbox([pending, make_run("run_b")]) as sandbox:
        sandbox.finish("run_a", cost=Decimal("0.1234567890123"))
        page, still_pending = ask(sandbox), ask(sandbox, status="pending")

    run = next(r for r in page.json["technique_runs"] if r["run_id"] == "run_a")
    assert still_pending.run_ids == []
    assert (run["status"], run["progress"]) == ("completed", 100)
    assert run["created_at"] < run["started_at"] < run["completed_at"]
    assert b'"charged_cost":0.1234567890123' in page.body


def test_an_open_run_may_fail_without_a_stated_cost(ask, make_run):
    with Sandbox([make_run(status="running")]) as sandbox:
        sandbox.finish("run_a", error_code="provider_error")
        run = ask(sandbox, status="failed").json["technique_runs"][0]

    assert run["error_code"] == "provider_error"
    assert "charged_cost" not in run


@pytest.mark.parametrize(
    ("cost", "text"),
    [(Decimal("0.10"), b'"charged_cost":0.10'), (2, b'"charged_cost":2'), (None, None)],
    ids=["stated", "corrected", "taken back"],
)
def test_a_cost_changes_and_nothing_else(ask, make_run, cost, text):
    with Sandbox([make_run()]) as sandbox:
        before = sandbox.truth()[0]
        sandbox.correct_cost("run_a", cost)
        body, after = ask(sandbox).body, sandbox.truth()[0]

    assert text in body if text else b"charged_cost" not in body
    assert {**after, "charged_cost": 0} == {**before, "charged_cost": 0}


def test_what_is_not_listed_cannot_move():
    with Sandbox([]) as sandbox, pytest.raises(KeyError, match="run_nobody"):
        sandbox.apply(CorrectCost("run_nobody", 1))


def moved(seed, n_requests, ask, **options):
    with Sandbox(HISTORY.runs, motion=Motion.random(seed, **options)) as sandbox:
        for _ in range(n_requests):
            ask(sandbox, limit=1)
        return sandbox.truth(), sandbox.base_url


def test_random_motion_repeats_with_its_seed(ask):
    (first, root), (again, other_root) = moved(5, 30, ask), moved(5, 30, ask)
    (another, _) = moved(6, 30, ask)

    def elsewhere(runs):
        return [r | {"poll_url": r["poll_url"].replace(root, other_root)} for r in runs]

    assert elsewhere(first) == again
    assert elsewhere(first) != another


@pytest.mark.parametrize(
    ("kind", "happened"),
    [
        ("arrive", lambda before, after: len(after) > len(before)),
        ("arrive late", lambda before, after: after[0] == before[0] and len(after) > len(before)),
        ("finish", lambda before, after: n_open(after) < n_open(before)),
        ("correct", lambda before, after: costs(after) != costs(before)),
        ("vanish", lambda before, after: len(after) < len(before)),
    ],
)
def test_each_kind_of_random_motion_happens(ask, kind, happened):
    with Sandbox(HISTORY.runs, motion=Motion.random(1, kinds=[kind])) as sandbox:
        before = sandbox.truth()
        for _ in range(10):
            ask(sandbox, limit=1)

        assert happened(before, sandbox.truth())


def n_open(runs):
    return sum(run["status"] in ("pending", "running") for run in runs)


def costs(runs):
    return [run.get("charged_cost") for run in runs]


def test_random_motion_comes_to_rest(ask):
    moving, root = moved(5, 30, ask, until=4)
    resting, other_root = moved(5, 4, ask)

    at_home = [r | {"poll_url": r["poll_url"].replace(root, other_root)} for r in moving]
    assert at_home == resting


def test_the_kind_of_motion_must_be_known():
    with pytest.raises(ConfigurationError, match=r"'jump'.*arrive, arrive late, finish"):
        Motion.random(1, kinds=["jump"])


moves = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(0, 50), st.integers(0, 9)),
        st.tuples(st.just("vanish"), st.integers(0, 50), st.integers(0, 9)),
        st.tuples(st.just("status"), st.integers(0, 50), st.integers(0, 9)),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(moves=moves)
def test_the_listing_is_the_sorted_list_of_what_is_there(moves, ask, walk, make_run):
    """Against a plain dict of runs, sorted anew: order, filters and polls agree."""
    expected: dict[str, dict] = {}
    with Sandbox([]) as sandbox:
        for kind, instant, number in moves:
            run_id = f"run_{number}"
            if kind == "arrive" or run_id not in expected:
                status = "failed" if number % 2 else "completed"
                expected[run_id] = make_run(run_id, created_at=instant, status=status)
                sandbox.add_runs([expected[run_id]])
            elif kind == "vanish":
                del expected[run_id]
                sandbox.apply(Vanish(run_id))
            else:
                expected[run_id] = expected[run_id] | {"status": "completed"}
                sandbox.apply(Finish(run_id, cost=1))
        newest_first = sorted(
            expected.values(), key=lambda run: (run["created_at"], run["run_id"]), reverse=True
        )

        for status in (None, "completed", "failed"):
            assert walk(sandbox, status=status, limit=4) == [
                run["run_id"] for run in newest_first if status in (None, run["status"])
            ]
        both = {"status": "completed", "technique_id": "tech_a"}
        assert walk(sandbox, **both) == walk(sandbox, status="completed")
