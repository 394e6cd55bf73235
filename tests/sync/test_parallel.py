"""Several workers read the history side by side, and prove that their lists make up the whole."""

from __future__ import annotations

from scenarios import make_history, make_run

from flora_analytics.sandbox import Motion, faults, generate


def test_several_workers_store_the_same_as_one(make_ledger):
    ledger = make_ledger(make_history(200), max_limit=10)

    result = ledger.sync(workers=4)

    assert result.certificate.complete
    assert result.certificate.proof.startswith("every project's list")
    assert ledger.problems() == []


def test_runs_that_arrive_meanwhile_are_read_too(make_ledger):
    ledger = make_ledger(make_history(200), max_limit=10)
    ledger.sandbox.motion = Motion.random(3, kinds=["arrive"], share=0.5, until=25)

    result = ledger.sync(workers=4)

    assert ledger.sandbox.n_requests > 25, "what arrives after the last look may be missing"
    assert result.certificate.complete
    assert ledger.listed() == ledger.stored()


def test_a_run_of_a_project_that_is_not_listed_is_read_all_the_same(make_ledger):
    ledger = make_ledger(generate(900, seed=2))
    newest = ledger.sandbox.truth()[0]["created_at"]
    ledger.sandbox.add_runs([make_run(1, newest - 10**9) | {"project_id": "prj_deleted"}])

    result = ledger.sync(workers=4)

    assert result.certificate.complete
    assert "run_000001" in ledger.stored()


def test_a_project_that_was_read_to_the_end_is_not_read_again(make_ledger):
    ledger = make_ledger(make_history(300), max_limit=10)
    ledger.sandbox.faults = lambda r: faults.status(500) if r.number > 22 else None
    ledger.try_sync(workers=2, batch_rows=1)
    done = set(ledger.store.snapshot().memory("all")["parallel"]["done"])
    n_before = ledger.sandbox.n_requests
    ledger.settle()

    result = ledger.sync(workers=2)

    again = {r.query.get("project_id") for r in ledger.sandbox.requests[n_before:]}
    assert done
    assert not done & again
    assert result.certificate.complete
    assert ledger.problems() == []
