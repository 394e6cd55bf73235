"""changes and anomalies print what the metrics return, in words and to the last digit."""

from __future__ import annotations

from decimal import Decimal

from console import run

CAUSES = ("volume", "mix", "price", "failure", "stated", "new", "discontinued")


def test_changes_compares_the_last_two_full_months(store):
    answer = run("changes", "--store", store, "--format", "json")

    said = answer.json
    assert said["earlier"] == ["2026-05-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"]
    assert said["later"] == ["2026-06-01T00:00:00+00:00", "2026-07-01T00:00:00+00:00"]
    total = {name: Decimal(str(said["total"][name])) for name in (*CAUSES, "change")}
    assert sum(total[name] for name in CAUSES) == total["change"]
    for name in total:
        parts = [Decimal(str(row[name])) for row in said["rows"] if row[name] is not None]
        assert sum(parts) == total[name]


def test_changes_says_it_in_words_first(store):
    answer = run("changes", "--store", store, "--from", "2026-06-01", "--to", "2026-06-15")

    assert answer.out.startswith("Charged cost ")
    assert "in 1–14 June 2026" in answer.out.splitlines()[0]
    assert "in 18–31 May 2026" in answer.out.splitlines()[0]
    assert "Total" in answer.out


def test_changes_of_a_stretch_that_has_not_begun_is_refused(store):
    answer = run("changes", "--store", store, "--from", "2090-01-01", "--to", "2090-02-01")

    assert answer.status == 2
    assert "after the data ends" in answer.err


def test_anomalies_says_what_it_judged(store):
    answer = run("anomalies", "--store", store, "--from", "2026-06-01", "--to", "2026-07-01",
                 "--format", "json")  # fmt: skip

    said = answer.json
    assert said["figure"] == "cost_anomalies"
    assert said["n_judged"] > 0
    assert said["sentences"]
    assert isinstance(said["rows"], list)


def test_anomalies_talks_to_people(store):
    answer = run("anomalies", "--store", store, "--from", "2026-06-01", "--to", "2026-07-01")

    assert answer.out
    assert "Days judged: 1–30 June 2026 (UTC)." in answer.err


def test_the_row_of_all_others_has_no_second_name(store):
    words = ("--by", "project,technique", "--period", "quarter")

    lines = run("changes", *words, "--store", store).out.splitlines()

    other = next(line for line in lines if "other (" in line)
    assert "(no name)" not in other


def test_days_after_the_data_are_refused(store):
    answer = run("anomalies", "--store", store, "--from", "2090-01-01")

    assert answer.status == 2
    assert "after the data ends" in answer.err
