"""One page of JSON in, exact typed columns out; what is odd is named and never lost."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flora_analytics.decode import Drift, Page, decode_page, decode_polled
from flora_analytics.errors import ContractError
from flora_analytics.schema import RUN_SCHEMA

READ_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: 2026-01-01T00:00:00Z in milliseconds; checked with `date -ud @1767225600`.
NEW_YEAR_MS = 1_767_225_600_000
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ABSENT = object()


def a_run(run_id: str = "run_1", **fields: Any) -> dict[str, Any]:
    run = {
        "run_id": run_id,
        "technique_run_id": run_id,
        "workspace_id": "ws_1",
        "project_id": "prj_1",
        "technique": {"technique_id": "tech_1", "name": "Poster"},
        "status": "completed",
        "progress": 100,
        "created_at": NEW_YEAR_MS,
        "started_at": NEW_YEAR_MS + 1500,
        "completed_at": NEW_YEAR_MS + 9250,
        "charged_cost": 0.25,
        "outputs": [{"output_id": "out_1", "type": "imageUrl", "url": "https://m.example/1.png"}],
        "poll_url": "https://app.example/runs/1",
    } | fields
    return {name: value for name, value in run.items() if value is not ABSENT}


def body_of(*runs: Any, **meta: Any) -> bytes:
    return json.dumps({"meta": {"next_cursor": None} | meta, "technique_runs": runs}).encode()


def decode(*runs: Any, **meta: Any) -> Page:
    return decode_page(body_of(*runs, **meta), read_at=READ_AT)


def decode_text(text: str) -> Page:
    """A page whose one run has `text` in it, JSON that Python would not write."""
    body = body_of(a_run(error_message="HERE")).replace(b'"HERE"', text.encode())
    return decode_page(body, read_at=READ_AT)


def decode_cost(text: str) -> Page:
    body = body_of(a_run(charged_cost="COST")).replace(b'"COST"', text.encode())
    return decode_page(body, read_at=READ_AT)


def only(page: Page) -> dict[str, Any]:
    page.runs.validate(full=True)
    assert page.rejected == ()
    (run,) = page.runs.to_pylist()
    return run


def reason(page: Page) -> str:
    assert page.runs.num_rows == 0
    (rejected,) = page.rejected
    return rejected.reason


class TestWhatAPageGives:
    def test_every_field_arrives_in_its_column(self):
        run = only(decode(a_run(status="failed", error_code="provider_error", error_message="No.")))

        assert run == {
            "run_id": "run_1",
            "technique_run_id": "run_1",
            "workspace_id": "ws_1",
            "project_id": "prj_1",
            "technique_id": "tech_1",
            "technique_name": "Poster",
            "status": "failed",
            "progress": 100.0,
            "created_at": NEW_YEAR,
            "started_at": datetime(2026, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC),
            "completed_at": datetime(2026, 1, 1, 0, 0, 9, 250_000, tzinfo=UTC),
            "charged_cost": Decimal("0.250000000"),
            "error_code": "provider_error",
            "error_message": "No.",
            "outputs": [
                {"output_id": "out_1", "type": "imageUrl", "url": "https://m.example/1.png"}
            ],
            "poll_url": "https://app.example/runs/1",
            "read_at": READ_AT,
        }

    @pytest.mark.parametrize(
        "runs", [[], [a_run()], [{"run_id": 1}]], ids=["empty", "good", "all rejected"]
    )
    def test_the_schema_is_the_same_whatever_the_page_holds(self, runs):
        page = decode(*runs)

        assert page.runs.schema.equals(RUN_SCHEMA, check_metadata=True)

    @pytest.mark.parametrize(
        "name",
        ["technique_run_id", "progress", "started_at", "completed_at", "charged_cost",
         "error_code", "error_message", "outputs", "poll_url"],
    )  # fmt: skip
    @pytest.mark.parametrize("value", [None, ABSENT], ids=["null", "absent"])
    def test_an_optional_field_that_is_not_stated_is_null(self, name, value):
        assert only(decode(a_run(**{name: value})))[name] is None

    def test_a_technique_may_lack_its_name(self):
        assert only(decode(a_run(technique={"technique_id": "tech_1"})))["technique_name"] is None

    def test_no_outputs_are_not_unknown_outputs(self):
        page = decode(
            a_run("run_1", outputs=None),
            a_run("run_2", outputs=[]),
            a_run("run_3", outputs=[{"type": "text", "url": "Once"}, {"output_id": "o"}]),
            a_run("run_4", outputs=None),
        )

        assert page.runs["outputs"].to_pylist() == [
            None,
            [],
            [
                {"output_id": None, "type": "text", "url": "Once"},
                {"output_id": "o", "type": None, "url": None},
            ],
            None,
        ]

    def test_runs_keep_their_order_and_repeats(self):
        page = decode(a_run("run_2"), a_run("run_1"), a_run("run_2"))

        assert page.runs["run_id"].to_pylist() == ["run_2", "run_1", "run_2"]
        assert page.n_rows == 3

    @pytest.mark.parametrize(
        ("meta", "cursor"),
        [({"next_cursor": "abc"}, "abc"), ({"next_cursor": ""}, None),
         ({"next_cursor": None}, None), ({}, None)],
        ids=["more", "empty", "null", "missing"],
    )  # fmt: skip
    def test_the_last_page_has_no_cursor(self, meta, cursor):
        body = json.dumps({"technique_runs": [], "meta": meta}).encode()

        assert decode_page(body, read_at=READ_AT).next_cursor == cursor

    @pytest.mark.parametrize(
        ("estimate", "expected"),
        [(26_823, 26_823), (12.0, 12), (None, None), (ABSENT, None), ("many", None), (-1, None),
         (True, None), (1e300, None)],
    )  # fmt: skip
    def test_an_estimate_is_a_whole_number_or_nothing(self, estimate, expected):
        meta = {} if estimate is ABSENT else {"total_estimate": estimate}

        assert decode(**meta).total_estimate == expected


class TestCost:
    @pytest.mark.parametrize(
        ("text", "exact"),
        [
            ("0", "0"),
            ("-0.0", "0"),
            ("7", "7"),
            ("0.1", "0.1"),
            ("0.0125", "0.0125"),
            ("1e-7", "0.0000001"),
            ("1E2", "100"),
            ("12345.678901234", "12345.678901234"),
            ("0.30000000000000004", "0.3"),
            ("0.0000000005", "0"),  # half goes to even
            ("0.0000000015", "0.000000002"),
            ("0.00000000050000000000000001", "0.000000001"),
            ("999999999.999999999", "999999999.999999999"),
            ("1e-999", "0"),
        ],
    )
    def test_is_the_text_exactly_to_nine_places(self, text, exact):
        assert only(decode_cost(text))["charged_cost"] == Decimal(exact)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('"0.25"', "charged_cost: expected a number, got a string"),
            ("true", "charged_cost: expected a number, got true or false"),
            ("[1]", "charged_cost: expected a number, got a list"),
            ("{}", "charged_cost: expected a number, got an object"),
            ("-1", "charged_cost: expected a number from 0, got -1"),
            ("-0.01", "charged_cost: expected a number from 0, got -0.010000000"),
            ("1000000000", "charged_cost: expected a number below 1,000,000,000"),
            ("999999999.9999999999", "charged_cost: expected a number below 1,000,000,000"),
            ("1e999", "charged_cost: expected a number below 1,000,000,000"),
            ("1e9999999999999999999999", "charged_cost: expected a number below 1,000,000,000"),
            ("1" * 5000, "charged_cost: integer value out of range"),
            ("NaN", "charged_cost: expected a number, got NaN"),
            ("-Infinity", "charged_cost: expected a number, got -Infinity"),
        ],
        ids=lambda text: text[:24],
    )
    def test_that_cannot_be_is_rejected(self, text, expected):
        assert reason(decode_cost(text)).startswith(expected)

    @given(st.decimals(0, 999_999_999, allow_nan=False, allow_infinity=False))
    def test_equals_the_decimal_of_the_standard_library(self, cost):
        exact = only(decode_cost(str(cost)))["charged_cost"]

        assert exact == cost.quantize(Decimal("1e-9"), rounding=ROUND_HALF_EVEN)


class TestTime:
    @pytest.mark.parametrize(
        ("served", "unit", "microsecond"),
        [
            (NEW_YEAR_MS, "ms", 0),
            (NEW_YEAR_MS + 0.123, "ms", 123),
            (NEW_YEAR_MS // 1000, "s", 0),
            (NEW_YEAR_MS / 1000 + 0.123456, "s", 123_456),
        ],
    )
    def test_is_read_in_the_unit_that_its_size_tells(self, served, unit, microsecond):
        page = decode(a_run(created_at=served, started_at=None, completed_at=None))

        assert only(page)["created_at"] == NEW_YEAR.replace(microsecond=microsecond)
        assert page.time_unit == unit

    def test_unit_is_unknown_where_no_run_tells(self):
        assert decode().time_unit is None

    @pytest.mark.parametrize("name", ["created_at", "started_at", "completed_at"])
    @pytest.mark.parametrize(
        "instant", [0, -1, 1, 1e300, 1_420_070_399_999, 4_102_444_800_000], ids=str
    )
    def test_that_cannot_be_is_rejected(self, name, instant):
        page = decode(a_run("run_2"), a_run("run_1", **{name: instant}))

        assert page.runs["run_id"].to_pylist() == ["run_2"]
        assert page.rejected[0].reason.startswith(f"{name}: expected Unix time in ms ")

    def test_of_the_other_unit_than_most_runs_have_is_rejected(self):
        seconds = a_run("run_s", created_at=NEW_YEAR_MS // 1000, started_at=None, completed_at=None)

        page = decode(seconds, a_run("run_1"), a_run("run_2"))

        assert page.time_unit == "ms"
        assert page.runs["run_id"].to_pylist() == ["run_1", "run_2"]
        assert page.rejected[0].run_id == "run_s"
        assert page.rejected[0].reason == (
            "created_at: expected Unix time in ms like the rest of the page, got 1767225600"
        )

    def test_in_two_units_within_one_run_is_rejected(self):
        page = decode(a_run(), a_run("run_2", started_at=NEW_YEAR_MS / 1000))

        assert [rejected.run_id for rejected in page.rejected] == ["run_2"]

    def test_that_runs_backwards_is_kept_as_it_is(self):
        run = only(decode(a_run(completed_at=NEW_YEAR_MS - 1000)))

        assert run["completed_at"] < run["created_at"]


class TestBrokenRuns:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"run_id": ABSENT}, "run_id: required, but missing"),
            ({"run_id": None}, "run_id: expected a string, got null"),
            ({"run_id": ""}, "run_id: expected a string that is not empty"),
            ({"run_id": 7}, "run_id: expected a string, got a number"),
            ({"workspace_id": ABSENT}, "workspace_id: required, but missing"),
            ({"project_id": ABSENT}, "project_id: required, but missing"),
            ({"technique": ABSENT}, "technique: required, but missing"),
            ({"technique": {}}, "technique.technique_id: required, but missing"),
            ({"technique": "tech_1"}, "technique: expected an object, got a string"),
            ({"status": ABSENT}, "status: required, but missing"),
            ({"status": None}, "status: expected a string, got null"),
            ({"created_at": ABSENT}, "created_at: required, but missing"),
            ({"created_at": "2026-01-01"}, "created_at: expected a number, got a string"),
            ({"started_at": True}, "started_at: expected a number, got true or false"),
            ({"progress": "half"}, "progress: expected a number, got a string"),
            ({"outputs": {}}, "outputs: expected a list, got an object"),
            ({"outputs": [None]}, "outputs[0]: expected an object, got null"),
            ({"outputs": [{"url": 1}]}, "outputs[0].url: expected a string, got a number"),
            ({"error_code": 500}, "error_code: expected a string, got a number"),
            ({"poll_url": []}, "poll_url: expected a string, got a list"),
        ],
        ids=lambda value: str(value) if isinstance(value, str) else "",
    )
    def test_are_named_with_the_field_at_fault(self, fields, expected):
        assert reason(decode(a_run(**fields))) == expected

    @pytest.mark.parametrize(
        ("run", "got"),
        [(None, "null"), ("run_1", "a string"), (1, "a number"), ([], "a list")],
        ids=repr,
    )
    def test_may_be_no_objects_at_all(self, run, got):
        assert reason(decode(run)) == f"expected an object, got {got}"

    def test_leave_the_rest_of_the_page_alone(self):
        page = decode(a_run("run_1"), a_run("run_2", charged_cost=-3), a_run("run_3"), 7)

        assert page.runs["run_id"].to_pylist() == ["run_1", "run_3"]
        assert page.n_rows == 4
        assert {rejected.run_id for rejected in page.rejected} == {"run_2", None}

    def test_are_kept_aside_as_they_were_served(self):
        run = '{ "run_id":"run_é",  "charged_cost": 1.50, "charged_cost":"x" }'
        body = f'{{"technique_runs": [{run}], "meta": {{}}}}'.encode()

        (rejected,) = decode_page(body, read_at=READ_AT).rejected

        assert rejected.json == run
        assert rejected.run_id == "run_é"
        assert rejected.read_at == READ_AT

    def test_may_hold_bytes_that_are_no_text(self):
        body = body_of(a_run("run_1"), a_run("run_2", error_message="HERE")).replace(
            b"HERE", b"\xff\xfe"
        )

        page = decode_page(body, read_at=READ_AT)

        assert page.runs["run_id"].to_pylist() == ["run_1"]
        assert page.rejected[0].reason == "not UTF-8"

    def test_with_bare_nan_do_not_spoil_the_page(self):
        nan = float("nan")
        tricky = a_run("run_3", error_message='it said "NaN", and {"x": NaN}')

        page = decode(a_run("run_1", charged_cost=nan), a_run("run_2", created_at=nan), tricky)

        assert page.runs["run_id"].to_pylist() == ["run_3"]
        assert page.runs["error_message"].to_pylist() == [tricky["error_message"]]
        assert {r.run_id: r.reason for r in page.rejected} == {
            "run_1": "charged_cost: expected a number, got NaN",
            "run_2": "created_at: expected a number, got a string",
        }


class TestText:
    @pytest.mark.parametrize(
        "text",
        ["", "Ünïcödé 漢字 🎨", "a\tb\nc\u2028d", "\x00", "\\ud83d", "👩‍👩‍👧‍👦 \ufffe"],
        ids=ascii,
    )
    @pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "plain"])
    def test_survives_as_it_is(self, text, escaped):
        run = a_run(technique={"technique_id": "tech_1", "name": text})
        body = json.dumps({"technique_runs": [run], "meta": {}}, ensure_ascii=escaped).encode()

        assert only(decode_page(body, read_at=READ_AT))["technique_name"] == text

    @pytest.mark.parametrize(
        ("served", "read"),
        [
            (r'"cut \ud83d"', "cut \ufffd"),
            (r'"\udE00 cut"', "\ufffd cut"),
            (r'"\ud83d\ud83d\ude00"', "\ufffd😀"),
            (r'"\\ud83d \ud83d"', "\\ud83d \ufffd"),
        ],
    )
    def test_cut_within_an_emoji_is_kept(self, served, read):
        assert only(decode_text(served))["error_message"] == read


class TestDrift:
    def test_new_words_pass_and_are_reported_once(self):
        page = decode(
            a_run("run_1"),
            a_run("run_2", status="cancelled", credits=3),
            a_run("run_3", status="cancelled", credits=4),
            a_run("run_4", technique={"technique_id": "t", "name": "n", "slug": "s"}),
            a_run("run_5", outputs=[{"output_id": "o", "type": "modelUrl", "url": "u", "w": 1}]),
        )

        assert page.runs.num_rows == 5
        assert page.runs["status"].to_pylist().count("cancelled") == 2
        assert set(page.drift) == {
            Drift("field", "credits", "run_2"),
            Drift("status", "cancelled", "run_2"),
            Drift("field", "technique.slug", "run_4"),
            Drift("output_type", "modelUrl", "run_5"),
            Drift("field", "outputs.w", "run_5"),
        }

    def test_is_reported_beside_rejected_runs_too(self):
        page = decode(a_run("run_1", charged_cost=-1), a_run("run_2", credits={"a": [1.5]}))

        assert page.drift == (Drift("field", "credits", "run_2"),)

    def test_documented_pages_have_none(self):
        assert decode(a_run(), a_run("run_2", outputs=[{"type": None}])).drift == ()


class TestNoPage:
    @pytest.mark.parametrize(
        ("body", "what"),
        [
            (b"", "it is empty"),
            (b"<!doctype html><p>Log in</p>", "it is HTML or XML"),
            (b'{"technique_runs": [', "it is not JSON"),
            (b'{"technique_runs": [], "meta": {}} {}', "it is not JSON"),
            (b"[]", "expected an object, got a list"),
            (b"null", "expected an object, got null"),
            (b"{}", "technique_runs: required, but missing"),
            (b'{"technique_runs": []}', "meta: required, but missing"),
            (b'{"meta": {}}', "technique_runs: required, but missing"),
            (b'{"technique_runs": null, "meta": {}}', "technique_runs: expected a list, got null"),
            (b'{"technique_runs": {}, "meta": {}}',
             "technique_runs: expected a list, got an object"),
            (b'{"technique_runs": [], "meta": null}', "meta: expected an object, got null"),
            (b'{"technique_runs": [], "meta": {"next_cursor": 20}}',
             "meta.next_cursor: expected a string, got a number"),
            (b'{"error": {"code": "rate_limited", "message": "secret"}}',
             "it is an error, rate_limited, though sent with status 200"),
            (b'{"error": {"code": "a secret word"}}', "technique_runs: required, but missing"),
            (b"[" * 5000 + b"]" * 5000, "it is nested too deep"),
            (b'{"technique_runs": [{"x": ' + b"[" * 5000 + b"]" * 5000 + b'}], "meta": {}}',
             "it is nested too deep"),
            (b'{"technique_runs": [], "meta": {"x": ' + b'{"x":' * 5000 + b"1" + b"}" * 5002,
             "it is nested too deep"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )  # fmt: skip
    def test_is_refused_in_one_plain_line(self, body, what):
        with pytest.raises(ContractError) as refusal:
            decode_page(body, read_at=READ_AT)

        message = str(refusal.value)
        assert f"no page of runs: {what}." in message
        assert "\n" not in message
        assert "secret" not in message
        assert refusal.value.__cause__ is None

    @pytest.mark.parametrize("end", [b"", b"\\", b"}"], ids=["", "backslash", "brace"])
    def test_is_refused_quickly_even_if_cut_in_a_text_full_of_quotes(self, end):
        body = b'{"technique_runs": [{"error_message": "' + b'\\"' * 1_000_000 + end

        start = time.process_time()
        with pytest.raises(ContractError, match="it is not JSON"):
            decode_page(body, read_at=READ_AT)
        assert time.process_time() - start < 60

    @given(st.binary(max_size=60))
    def test_whatever_the_bytes_there_is_a_page_or_a_contract_error(self, noise):
        for body in (noise, body_of(a_run(error_message="HERE")).replace(b'"HERE"', noise)):
            try:
                page = decode_page(body, read_at=READ_AT)
            except ContractError:
                continue
            assert page.n_rows == page.runs.num_rows + len(page.rejected)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@settings(max_examples=200)
@given(st.lists(st.dictionaries(st.sampled_from([*a_run(), "new"]), JSON_VALUES, max_size=2)))
def test_every_run_is_either_kept_or_named(changes):
    runs = [a_run(f"run_{i}") | change for i, change in enumerate(changes)]

    page = decode(*runs)

    page.runs.validate(full=True)
    assert page.n_rows == len(runs) == page.runs.num_rows + len(page.rejected)
    assert all(run.reason and "\n" not in run.reason for run in page.rejected)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"created_at": st.floats(1_420_070_400_000, 4_102_444_799_000)},
            optional={
                "charged_cost": st.floats(0, 1e9, exclude_max=True) | st.integers(0, 10**9 - 1),
                "error_message": st.text(),
                "outputs": st.none() | st.lists(st.just({"type": "text", "url": "Once"})),
            },
        ),
        min_size=1,
    )
)
def test_a_good_run_reads_the_same_beside_a_bad_one(changes):
    runs = [a_run(f"run_{i}", **change) for i, change in enumerate(changes)]

    assert decode(*runs, "no run").runs == decode(*runs).runs


class TestPolled:
    def stored(self, **fields: Any) -> pa.Table:
        return pa.Table.from_batches([decode(a_run(**fields)).runs])

    def poll(self, stored: pa.Table, **said: Any) -> Page:
        later = datetime(2026, 11, 25, tzinfo=UTC)
        return decode_polled(json.dumps(said).encode(), stored=stored, read_at=later)

    def test_takes_what_the_poll_does_not_say_from_the_stored_run(self):
        stored = self.stored(status="running", completed_at=None, charged_cost=None, outputs=None)

        page = self.poll(
            stored,
            run_id="run_1",
            status="completed",
            created_at=NEW_YEAR_MS,
            completed_at=NEW_YEAR_MS + 9250,
            charged_cost=0.5,
            outputs=[],
        )

        assert only(page) == stored.to_pylist()[0] | {
            "status": "completed",
            "completed_at": datetime(2026, 1, 1, 0, 0, 9, 250_000, tzinfo=UTC),
            "charged_cost": Decimal("0.5"),
            "outputs": [],
            "read_at": datetime(2026, 11, 25, tzinfo=UTC),
        }
        assert page.runs.schema.equals(RUN_SCHEMA)

    def test_needs_no_more_than_the_id(self):
        stored = self.stored(created_at=NEW_YEAR_MS + 0.123)

        run = only(self.poll(stored, run_id="run_1"))

        assert run | {"read_at": READ_AT} == stored.to_pylist()[0]

    def test_may_count_in_seconds(self):
        page = self.poll(self.stored(), run_id="run_1", completed_at=NEW_YEAR_MS / 1000 + 60)

        assert page.time_unit == "s"
        assert only(page)["completed_at"] == NEW_YEAR.replace(minute=1)
        assert only(page)["created_at"] == NEW_YEAR

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ({"charged_cost": "1"}, "charged_cost: expected a number, got a string"),
            ({"charged_cost": float("nan")}, "charged_cost: expected a number, got NaN"),
            ({"status": 1}, "status: expected a string, got a number"),
            ({"completed_at": 0}, "completed_at: expected Unix time in ms from 2015 to 2099"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_that_breaks_the_contract_is_rejected(self, said, expected):
        page = self.poll(self.stored(), run_id="run_1", **said)

        assert reason(page).startswith(expected)
        assert page.n_rows == 1

    def test_reports_new_words(self):
        page = self.poll(self.stored(), run_id="run_1", status="cancelled", eta=3)

        assert set(page.drift) == {
            Drift("status", "cancelled", "run_1"),
            Drift("field", "eta", "run_1"),
        }

    @pytest.mark.parametrize(
        "body",
        [b"", b"<html>", b"[]", b"{}", b'{"run_id": ""}', b'{"run_id": 1}', b'{"run_id": "run_2"}',
         b'{"run_id": "run_2", "status": 3}', b'{"error": {"code": "not_found"}}',
         b'{"run_id": ' + b"[" * 5000],
        ids=lambda body: body.decode()[:40],
    )  # fmt: skip
    def test_that_is_not_this_run_is_refused(self, body):
        with pytest.raises(ContractError):
            decode_polled(body, stored=self.stored(), read_at=READ_AT)
