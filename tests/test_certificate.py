"""What a sync vouches for, as JSON and in one sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from flora_analytics.certificate import Certificate

AT = datetime(2026, 3, 2, 8, 30, 5, 250_000, tzinfo=UTC)


def a_certificate(**fields: Any) -> Certificate:
    return Certificate(**{"scope": "all", "as_of": AT, "synced_at": AT, "complete": True} | fields)


@pytest.mark.parametrize(
    "fields",
    [{}, {"complete": False, "reason": "pages moved.", "proof": ""},
     {"covered_from": AT, "n_new": 3, "total_estimate": 0, "time_unit": "ms",
      "drift": ("field seed", "status paused")}],
    ids=["complete", "not proved", "everything stated"],
)  # fmt: skip
def test_comes_back_from_json_as_it_was(fields):
    certificate = a_certificate(**fields)

    again = Certificate.from_dict(json.loads(json.dumps(certificate.to_dict())))

    assert again == certificate


def test_of_another_release_is_read_as_far_as_it_is_known():
    values = a_certificate().to_dict() | {"n_moons": 2}
    del values["n_gone"], values["drift"]

    assert Certificate.from_dict(values) == a_certificate()


def test_states_instants_in_utc():
    berlin = timezone(timedelta(hours=1))
    values = a_certificate().to_dict() | {"as_of": AT.astimezone(berlin).isoformat()}

    assert Certificate.from_dict(values).to_dict()["as_of"] == "2026-03-02T08:30:05.250000+00:00"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Complete as of 2026-03-02 08:30:05 UTC."),
        (
            {"covered_from": datetime(2026, 1, 1, tzinfo=UTC)},
            "Complete from 2026-01-01 00:00 UTC on as of 2026-03-02 08:30:05 UTC.",
        ),
        (
            {"complete": False, "reason": "runs vanished."},
            "Not proved complete as of 2026-03-02 08:30:05 UTC: runs vanished.",
        ),
    ],
    ids=["complete", "from an instant on", "not proved"],
)
def test_says_in_one_sentence_what_it_claims(fields, sentence):
    assert a_certificate(**fields).sentence() == sentence
