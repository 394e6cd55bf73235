"""What a sync stores, what it asks for, and what it vouches for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from scenarios import make_history, make_run

from flora_analytics import read_runs
from flora_analytics.errors import (
    AuthenticationError,
    ContractError,
    FloraAnalyticsError,
    StoreError,
    UnavailableError,
)
from flora_analytics.sandbox import Motion, Vanish, faults, generate
from flora_analytics.sync import sync_runs


def cursors(ledger):
    return [r.query.get("cursor") for r in ledger.sandbox.requests if r.path == "/technique-runs"]


def ago(**span):
    return int((datetime.now(UTC) - timedelta(**span)).timestamp() * 1000)


def finished(n_runs, **changes):
    return make_history(n_runs, share_open=0, **changes)


class TestFirstSync:
    def test_stores_every_run_once_and_says_that_it_is_complete(self, make_ledger):
        ledger = make_ledger(make_history(250))

        result = ledger.sync()

        assert result.n_new == 250
        assert result.certificate.complete
        assert ledger.problems() == []

    def test_of_an_empty_history_is_complete_with_no_runs(self, make_ledger):
        ledger = make_ledger([])

        result = ledger.sync()

        assert (result.n_new, result.certificate.complete) == (0, True)
        assert len(read_runs(ledger.store)) == 0

    def test_can_stop_at_a_date_and_says_so(self, make_ledger):
        ledger = make_ledger(finished(300), max_limit=10)
        since = datetime.now(UTC) - timedelta(minutes=60)

        result = ledger.sync(since=since)

        assert result.certificate.complete
        assert result.certificate.covered_from == since
        assert 60 <= result.n_new < 150

    def test_goes_on_where_it_was_stopped(self, make_ledger):
        ledger = make_ledger(finished(200), max_limit=10)
        ledger.sandbox.faults = {number: faults.status(500) for number in range(12, 30)}

        stopped = ledger.try_sync(batch_rows=10)
        n_before = len(cursors(ledger))
        ledger.settle()
        result = ledger.sync(lookback=timedelta(0))

        assert isinstance(stopped, UnavailableError)
        again = Counter(cursors(ledger)[:11]) & Counter(cursors(ledger)[n_before:])
        assert again.total() <= 2, "the last page, to prove that it connects, and the head"
        assert result.certificate.complete
        assert ledger.problems() == []

    @pytest.mark.parametrize("n_vanished", [1, 10, 35], ids="{} vanished".format)
    def test_is_resumed_only_where_it_connects(self, make_ledger, n_vanished):
        ledger = make_ledger(finished(200), max_limit=10)
        ledger.sandbox.faults = {number: faults.status(500) for number in range(12, 30)}
        ledger.try_sync(batch_rows=10)
        ledger.settle()
        for run in ledger.sandbox.truth()[20 : 20 + n_vanished]:
            ledger.sandbox.vanish(run["run_id"])

        result = ledger.sync()

        assert result.certificate.complete
        assert ledger.problems() == []

    def test_begins_again_when_its_cursor_has_expired(self, make_ledger):
        ledger = make_ledger(finished(200), max_limit=10)
        ledger.sandbox.faults = {number: faults.status(500) for number in range(12, 30)}
        ledger.try_sync(batch_rows=10)
        ledger.sandbox.faults = {ledger.sandbox.n_requests + 1: faults.cursor_expired()}

        result = ledger.sync()

        assert result.certificate.complete
        assert ledger.problems() == []


class TestCostFollowsChange:
    def test_nothing_new_is_a_handful_of_requests_and_250_new_runs_three_more(self, make_ledger):
        ledger = make_ledger(generate(10_000, seed=7))
        ledger.sync()

        nothing_new = ledger.sync().certificate.n_requests
        newest = ledger.sandbox.truth()[0]["created_at"]
        ledger.sandbox.add_runs(make_run(n, newest + 1 + n) for n in range(250))
        with_news = ledger.sync().certificate

        assert nothing_new <= 5
        assert with_news.n_requests <= 5 + 3
        assert (with_news.n_new, with_news.complete) == (250, True)

    def test_the_same_again_writes_no_rows(self, make_ledger):
        ledger = make_ledger(make_history(120))
        ledger.sync()
        files = ledger.store.snapshot().files

        again = ledger.sync()

        assert (again.n_new, again.n_changed) == (0, 0)
        assert ledger.store.snapshot().files == files


class TestRunsThatChange:
    def test_an_open_run_is_read_again_however_deep_it_lies(self, make_ledger):
        stuck = make_run(900_000, ago(days=40), status="running", charged_cost=None)
        ledger = make_ledger([*finished(300), stuck], max_limit=10)
        ledger.sync()
        ledger.sandbox.finish(stuck["run_id"], cost=Decimal("1.25"))
        n_before = ledger.sandbox.n_requests

        result = ledger.sync(lookback=timedelta(0))

        assert ledger.problems() == []
        assert result.n_changed == 1
        assert ledger.sandbox.n_requests - n_before <= 5

    def test_many_stuck_runs_are_read_from_the_lists_of_open_runs(self, make_ledger):
        stuck = [
            make_run(900_000 + n, ago(days=40, minutes=n), status="pending") for n in range(60)
        ]
        ledger = make_ledger([*finished(300), *stuck])
        ledger.sync()
        ledger.sandbox.finish(stuck[7]["run_id"], cost=0, error_code="model_timeout")

        result = ledger.sync(lookback=timedelta(0))

        assert ledger.problems() == []
        assert result.certificate.n_requests <= 5
        assert result.n_open == 59

    def test_a_run_is_polled_at_home_even_if_its_poll_url_leads_elsewhere(self, make_ledger):
        elsewhere = "https://attacker.example/api/v1/steal"
        stuck = make_run(900_000, ago(days=40), status="running", poll_url=elsewhere)
        ledger = make_ledger([*finished(150), stuck])
        ledger.sync()
        ledger.sandbox.finish(stuck["run_id"], cost=Decimal("0.5"))

        ledger.sync(lookback=timedelta(0))

        assert ledger.problems() == []
        assert ledger.sandbox.requests[-1].path == f"/techniques/tech_3/runs/{stuck['run_id']}"

    def test_an_open_run_that_vanished_is_asked_for_only_once(self, make_ledger):
        stuck = make_run(900_000, ago(days=40), status="running")
        ledger = make_ledger([*finished(150), stuck])
        ledger.sync()
        ledger.sandbox.vanish(stuck["run_id"])

        first = ledger.sync(lookback=timedelta(0)).certificate
        second = ledger.sync(lookback=timedelta(0)).certificate

        assert (first.n_gone, second.n_gone) == (1, 1)
        assert second.n_requests < first.n_requests
        assert stuck["run_id"] in ledger.stored(), "what the API once said stays"

    def test_a_cost_that_comes_late_is_found_in_the_look_back_window(self, make_ledger):
        ledger = make_ledger(finished(150))
        ledger.sync()
        late = ledger.sandbox.truth()[100]["run_id"]
        ledger.sandbox.correct_cost(late, Decimal("9.99"))

        result = ledger.sync()

        assert result.n_changed == 1
        assert ledger.problems() == []

    def test_an_older_correction_is_found_by_a_full_sync(self, make_ledger):
        ledger = make_ledger(finished(300))
        ledger.sync()
        ledger.sandbox.correct_cost(ledger.sandbox.truth()[290]["run_id"], None)

        short = ledger.sync(lookback=timedelta(minutes=5))
        full = ledger.sync(full=True)

        assert (short.n_changed, full.n_changed) == (0, 1)
        assert ledger.problems() == []

    def test_a_run_listed_late_with_an_old_date_is_missed_in_the_count_and_found(self, make_ledger):
        ledger = make_ledger(finished(300), max_limit=10)
        ledger.sync()
        ledger.sandbox.add_runs([make_run(999_999, ago(minutes=250))])

        result = ledger.sync(lookback=timedelta(minutes=5))

        assert result.certificate.complete
        assert ledger.problems() == []


class TestRunsThatVanishWhileWeRead:
    @pytest.mark.parametrize("total", ["exact", "absent", "wrong", "frozen", "lagging"])
    def test_never_let_another_slip_past_unseen(self, make_ledger, total):
        runs = finished(200)
        ledger = make_ledger(runs, max_limit=10, total=total)
        newest = [run["run_id"] for run in ledger.sandbox.truth()]
        ledger.sandbox.motion = Motion.script(
            {3: [Vanish(newest[4])], 9: [Vanish(newest[50]), Vanish(newest[51])]}
        )

        result = ledger.sync()

        assert ledger.problems() == []
        assert result.certificate.complete

    def test_are_healed_in_later_syncs_too(self, make_ledger):
        ledger = make_ledger(finished(200), max_limit=10)
        ledger.sync()
        newest = ledger.sandbox.truth()[0]["created_at"]
        ledger.sandbox.add_runs(make_run(1000 + n, newest + 1 + n) for n in range(55))
        ids = [run["run_id"] for run in ledger.sandbox.truth()]
        ledger.sandbox.motion = Motion.script({ledger.sandbox.n_requests + 2: [Vanish(ids[3])]})

        result = ledger.sync(lookback=timedelta(0))

        assert ledger.problems() == []
        assert result.certificate.complete

    def test_for_ever_are_said_not_to_be_proved(self, make_ledger):
        ledger = make_ledger(finished(600), max_limit=10)
        ledger.sandbox.motion = Motion(
            lambda _, runs: [Vanish(runs.at(i).run_id) for i in range(9)]
        )

        certificate = ledger.sync().certificate

        assert not certificate.complete
        assert "vanished" in certificate.sentence()

    def test_leave_no_doubt_behind_once_the_api_is_quiet(self, make_ledger):
        ledger = make_ledger(finished(600), max_limit=10)
        ledger.sandbox.motion = Motion(
            lambda _, runs: [Vanish(runs.at(i).run_id) for i in range(9)]
        )
        ledger.sync()
        ledger.settle()

        result = ledger.sync()

        assert result.certificate.complete
        assert ledger.problems() == []


class TestAnswersThatAreNoPage:
    @pytest.mark.parametrize("name", sorted(faults.FAULTS))
    def test_once_are_asked_for_again(self, make_ledger, name):
        ledger = make_ledger(make_history(60), max_limit=10)
        ledger.sandbox.faults = {2: faults.FAULTS[name], 4: faults.FAULTS[name]}

        result = ledger.sync()

        assert result.certificate.complete
        assert ledger.problems() == []

    @pytest.mark.parametrize(
        ("fault", "says"),
        [
            (faults.html(), "HTML"),
            (faults.error_in_200(), "no page of runs"),
            (faults.without("technique_runs"), "technique_runs"),
            (faults.nulled("technique_runs"), "technique_runs"),
            (faults.without("meta"), "meta"),
            (faults.nulled("meta"), "meta"),
            (faults.invalid_json(), "JSON"),
            (faults.nested(), "nested"),
            (faults.huge(40), "bytes"),
            (faults.redirect("https://attacker.example/"), "redirect"),
            (faults.status(500), "500"),
            (faults.status(502, as_html=True), "502"),
            (faults.status(429, retry_after=0), "rate"),
            (faults.reset(), "connection"),
            (faults.cut_off(), "cut off"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_stop_the_sync_plainly_and_lose_nothing(self, make_ledger, fault, says):
        ledger = make_ledger(finished(60), max_limit=10)
        ledger.sandbox.faults = lambda request: fault if request.number > 3 else None

        stopped = ledger.try_sync()
        kept = len(ledger.stored())
        ledger.settle()
        result = ledger.sync()

        assert isinstance(stopped, FloraAnalyticsError)
        assert says.lower() in str(stopped).lower()
        assert "\n" not in str(stopped)
        assert kept == 30, "three pages were good"
        assert result.certificate.complete
        assert ledger.problems() == []

    def test_a_wrong_key_stops_at_once_and_leaves_no_store(self, make_ledger):
        ledger = make_ledger(finished(5))
        ledger.sandbox.api_key = "sk_test_other"
        client = ledger.client()
        ledger.sandbox.api_key = "sk_test_changed"

        with pytest.raises(AuthenticationError, match="FLORA_API_KEY"):
            sync_runs(ledger.store, client=client)

        assert ledger.sandbox.n_requests == 1
        assert not ledger.store.exists()

    def test_cursors_that_lead_in_a_circle_are_an_error_and_not_an_endless_walk(self, make_ledger):
        ledger = make_ledger(finished(100), max_limit=10, cycle_after=50)

        with pytest.raises(ContractError, match="circle"):
            ledger.sync()

        assert ledger.sandbox.n_requests < 20
        assert len(ledger.stored()) == 50

    def test_seconds_after_milliseconds_are_refused(self, make_ledger):
        ledger = make_ledger(finished(20))
        ledger.sync()
        in_seconds = make_ledger(finished(20), seconds=True)

        with pytest.raises(ContractError, match="seconds"):
            in_seconds.sync()

        assert ledger.problems() == []


class TestRunsThatBreakTheContract:
    BAD = make_run(77, ago(minutes=3)) | {"charged_cost": -1}

    def test_are_kept_aside_with_the_reason_and_the_rest_is_stored(self, make_ledger):
        ledger = make_ledger([*finished(30), self.BAD])

        result = ledger.sync()

        assert (result.n_new, result.n_rejected) == (30, 1)
        [rejected] = ledger.store.quarantine.table().to_pylist()
        assert rejected["run_id"] == self.BAD["run_id"]
        assert "charged_cost" in rejected["reason"]
        assert result.certificate.complete, "a rejected run is counted, not lost"

    def test_are_released_by_a_good_version(self, make_ledger):
        ledger = make_ledger([*finished(30), self.BAD])
        ledger.sync()
        ledger.sandbox.correct_cost(self.BAD["run_id"], Decimal("0.75"))

        result = ledger.sync()

        assert result.n_rejected == 0
        assert ledger.problems() == []

    def test_new_words_pass_and_are_reported_with_the_first_run_that_showed_them(self, make_ledger):
        odd = make_run(5, ago(minutes=1), status="queued", colour="green")
        ledger = make_ledger([odd])

        certificate = ledger.sync().certificate

        assert certificate.drift == ("field colour", "status queued")
        assert certificate.n_open == 1


class TestScopes:
    def test_workspaces_synced_apart_each_have_a_certificate(self, make_ledger):
        ledger = make_ledger(make_history(100))

        for workspace_id in ("ws_0", "ws_1"):
            ledger.sync(workspace_id=workspace_id)

        certificates = ledger.store.snapshot().certificates()
        assert {scope: each.part_of for scope, each in certificates.items()} == {
            "ws_0": "all",
            "ws_1": "all",
        }
        assert ledger.problems() == []

    def test_a_workspace_is_a_part_of_what_its_profile_can_read(self, make_ledger):
        ledger = make_ledger(make_history(100))

        certificate = ledger.sync(workspace_id="ws_0", profile="prod").certificate

        assert (certificate.scope, certificate.part_of) == ("prod:ws_0", "prod")
        assert ledger.sync(profile="prod").certificate.part_of is None

    def test_a_workspace_synced_once_stands_no_longer_when_all_is_synced(self, make_ledger):
        ledger = make_ledger(make_history(100))
        ledger.sync(workspace_id="ws_0")

        certificate = ledger.sync().certificate

        standing = ledger.store.standing(ledger.store.snapshot())
        assert standing.certificates == {"all": certificate}

    def test_the_key_is_in_no_stored_byte(self, make_ledger):
        ledger = make_ledger(make_history(100))
        ledger.sync()

        stored = (file for file in ledger.folder.rglob("*") if file.is_file())

        assert not any(ledger.sandbox.api_key.encode() in file.read_bytes() for file in stored)

    def test_a_store_that_is_a_file_is_found_before_anything_is_asked(self, make_ledger, tmp_path):
        ledger = make_ledger(make_history(3))
        (tmp_path / "runs.delta").write_text("mine")

        with pytest.raises(StoreError, match="is a file"):
            ledger.sync()

        assert ledger.sandbox.n_requests == 0
        assert (tmp_path / "runs.delta").read_text() == "mine"
