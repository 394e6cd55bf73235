"""cost, failures and durations print what the metrics return, exactly and legibly."""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from console import make_run, run

from flora_analytics.sandbox import Sandbox


def costs(runs) -> list[Decimal]:
    return [Decimal(str(one["charged_cost"])) for one in runs if "charged_cost" in one]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def dollars(line: str) -> Decimal:
    return Decimal(line.split("$")[1].split()[0].replace(",", ""))


@pytest.fixture
def synced(tmp_path):
    """A store of these runs."""

    def sync(runs):
        with Sandbox(runs) as api:
            assert run("sync", "--store", tmp_path / "made", api=api).status == 0
        return tmp_path / "made"

    return sync


def test_cost_totals_every_stated_digit(api, store):
    truth = api.truth()

    answer = run("cost", "--store", store, "--format", "json")

    total = answer.json["total"]
    assert answer.status == 0
    assert Decimal(total["charged_cost"]) == sum(costs(truth))
    assert total["n_runs"] == 400
    assert total["n_unknown"] == 400 - len(costs(truth))
    assert answer.json["rows"] == [total]


def test_json_names_the_figure_the_cut_and_the_standing(store):
    answer = run(
        "cost", "--store", store, "--format", "json", "--by", "project", "--period", "week",
        "--tz", "Europe/Berlin", "--from", "2026-03-01", "--to", "2026-04-01",
    )  # fmt: skip

    said = answer.json
    assert (said["figure"], said["by"], said["period"]) == ("charged_cost", ["project"], "week")
    assert (said["tz"], said["complete"], said["n_rejected"]) == ("Europe/Berlin", True, 0)
    assert (said["from"], said["to"]) == ("2026-02-28T23:00:00+00:00", "2026-03-31T22:00:00+00:00")
    assert said["rows"][0]["period_start"] == "2026-02-23T00:00:00+01:00"


def test_csv_groups_add_up_to_the_total(api, store):
    answer = run("cost", "--store", store, "--by", "technique", "--format", "csv")

    by_technique: dict[str, Decimal] = defaultdict(Decimal)
    for one in api.truth():
        by_technique[one["technique"]["technique_id"]] += sum(costs([one]))
    printed = {row["technique_id"]: row["charged_cost"] for row in rows_of(answer.out)}
    assert {key: Decimal(cost or 0) for key, cost in printed.items()} == by_technique


def test_table_parts_add_up_to_the_printed_total(store):
    answer = run("cost", "--store", store, "--by", "technique")

    lines = [line for line in answer.out.splitlines() if "$" in line]
    *parts, total = map(dollars, lines)
    assert lines[-1].split()[0] == "Total"
    assert sum(parts) == total


def test_table_goes_to_stdout_and_what_it_leaves_out_to_stderr(store):
    answer = run("cost", "--store", store, "--from", "2026-06-01", "--to", "2026-07-01")

    assert "Charged cost" in answer.out
    assert "Runs created: 1–30 June 2026 (UTC)." in answer.err
    assert "Cost not stated:" in answer.err
    assert "Complete as of" in answer.err


def test_a_list_with_commas_is_the_same_as_an_option_repeated(store):
    commas = run("cost", "--store", store, "--by", "workspace, status", "--format", "csv")
    repeated = run(
        "cost", "--store", store, "--by", "workspace", "--by", "status", "--format", "csv"
    )

    assert commas.out == repeated.out
    assert commas.out.startswith("workspace_id,status,")


def test_filters_keep_what_they_name(api, store):
    ids = ["ws_northlight", "ws_umbra"]

    answer = run(
        "failures", "--store", store, "--format", "json", "--status", "failed",
        *(word for one in ids for word in ("--workspace-id", one)),
    )  # fmt: skip

    failed = [r for r in api.truth() if r["status"] == "failed" and r["workspace_id"] in ids]
    assert answer.json["total"]["n_runs"] == len(failed)


def test_failures_count_finished_runs_only(api, store):
    status = Counter(one["status"] for one in api.truth())

    total = run("failures", "--store", store, "--format", "json").json["total"]

    assert total["n_failed"] == status["failed"]
    assert total["n_finished"] == status["failed"] + status["completed"]
    assert Decimal(total["failure_rate"]) == pytest.approx(
        Decimal(status["failed"]) / (status["failed"] + status["completed"])
    )


def test_codes_list_failed_runs_by_error_code(api, store):
    failed = [one for one in api.truth() if one["status"] == "failed"]

    answer = run("failures", "--codes", "--store", store, "--format", "json").json

    counts = {row["error_code"]: row["n_failed"] for row in answer["rows"]}
    assert counts == Counter(one.get("error_code", "(none)") for one in failed)
    assert answer["total"]["n_failed"] == len(failed)


def test_failed_cost_and_unit_cost_are_tables_of_their_own(store):
    failed = run("cost", "--failed", "--store", store, "--format", "json").json
    unit = run("cost", "--unit", "--store", store, "--format", "json").json

    assert (failed["figure"], unit["figure"]) == ("cost_of_failed_runs", "unit_cost")


def test_durations_stack_three_spans_in_seconds(api, store):
    answer = run("durations", "--store", store, "--format", "csv")

    turnaround = [
        one["completed_at"] - one["created_at"] for one in api.truth() if "completed_at" in one
    ]
    rows = {row["figure"]: row for row in rows_of(answer.out)}
    assert list(rows) == ["queue_time", "execution_time", "turnaround_time"]
    assert int(rows["turnaround_time"]["n_timed"]) == len(turnaround)
    assert float(rows["turnaround_time"]["p50_s"]) == statistics.median(turnaround) / 1000


def test_one_span_can_be_asked_for(store):
    answer = run("durations", "--of", "queue", "--store", store, "--format", "json").json

    assert answer["figure"] == "queue_time"
    assert "p50_s" in answer["total"]


def test_a_cycle_starts_on_the_day_of_the_settings(store):
    answer = run(
        "cost", "--store", store, "--period", "cycle", "--format", "csv", FLORA_CYCLE_DAY="15"
    )

    assert {row["period_start"][8:10] for row in rows_of(answer.out)} == {"15"}


@pytest.mark.parametrize("command", ["cost", "failures", "durations"])
@pytest.mark.parametrize("shape", ["table", "csv", "json"])
def test_no_runs_is_an_answer(store, command, shape):
    answer = run(command, "--store", store, "--from", "2031-01-01", "--by", "technique",
                 "--format", shape)  # fmt: skip

    assert answer.status == 0
    assert {"table": "Runs", "csv": "n_runs", "json": '"rows": []'}[shape] in answer.out


def test_amounts_are_written_out_in_full(synced):
    store = synced([make_run(1, charged_cost=0.1), make_run(2, charged_cost=12345.678901234),
                    make_run(3, charged_cost=1e-7), make_run(4, charged_cost=None)])  # fmt: skip

    as_json = run("cost", "--store", store, "--format", "json")
    as_csv = run("cost", "--store", store, "--format", "csv")

    assert '"charged_cost": 12345.778901334}' in as_json.out
    assert as_csv.out == "n_runs,n_unknown,n_free,charged_cost\n4,1,0,12345.778901334\n"


def test_a_group_without_a_stated_cost_says_so(synced):
    store = synced([make_run(1, charged_cost=None)])

    table = run("cost", "--store", store)
    as_json = run("cost", "--store", store, "--format", "json")

    assert "not stated" in table.out
    assert as_json.json["total"]["charged_cost"] is None


def test_names_cannot_steer_the_terminal_or_a_spreadsheet(synced):
    technique = {"technique_id": "tech_x", "name": "=2+3 [red]\x1b[31m\u202etxt"}
    store = synced([make_run(technique=technique)])

    table = run("cost", "--by", "technique", "--store", store)
    as_csv = run("cost", "--by", "technique", "--store", store, "--format", "csv")

    assert "\x1b" not in table.out
    assert "=2+3 [red][31mtxt" in table.out
    assert rows_of(as_csv.out)[0]["technique_name"].startswith("'=2+3")


def test_two_techniques_of_one_name_are_told_apart_by_their_ids(synced):
    store = synced([
        make_run(1, technique={"technique_id": "tech_a", "name": "Same"}),
        make_run(2, technique={"technique_id": "tech_b", "name": "Same"}),
    ])  # fmt: skip

    table = run("cost", "--by", "technique", "--store", store)

    assert "tech_a" in table.out
    assert "tech_b" in table.out
