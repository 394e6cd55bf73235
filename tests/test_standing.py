"""What a store vouches for: nothing more than all that was synced into it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flora_analytics.certificate import Certificate
from flora_analytics.standing import Standing

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def a_certificate(as_of: datetime = NOON, **given: Any) -> Certificate:
    usual = {"scope": "all", "as_of": as_of, "synced_at": as_of, "complete": True}
    return Certificate(**(usual | given))


def incomplete(as_of: datetime = NOON, **given: Any) -> Certificate:
    return a_certificate(as_of, complete=False, reason="pages moved.", **given)


def a_standing(n_rejected: int = 0, **certificates: Certificate) -> Standing:
    return Standing(certificates, n_rejected)


def test_before_any_sync_has_ended_nothing_is_vouched_for():
    standing = a_standing()

    assert standing.as_of is None
    assert not standing.is_complete
    assert standing.claim == "Not proved complete: no sync has come to its end yet."


def test_the_only_scope_needs_no_name():
    standing = a_standing(all=a_certificate())

    assert standing.as_of == NOON
    assert standing.is_complete
    assert standing.claim == "Complete as of 2026-03-02 12:00:00 UTC."


def test_one_workspace_is_not_taken_for_all():
    standing = a_standing(ws_a=a_certificate(part_of="all"))

    assert standing.claim == "ws_a: Complete as of 2026-03-02 12:00:00 UTC."


def test_several_scopes_speak_as_long_as_the_first_of_them_to_end():
    standing = a_standing(two=a_certificate(), one=a_certificate(NOON - DAY))

    assert standing.as_of == NOON - DAY
    assert standing.is_complete
    assert standing.claims == (
        "one: Complete as of 2026-03-01 12:00:00 UTC.",
        "two: Complete as of 2026-03-02 12:00:00 UTC.",
    )


def test_one_scope_that_is_not_proved_complete_is_enough():
    standing = a_standing(one=a_certificate(), two=incomplete())

    assert not standing.is_complete
    assert "two: Not proved complete as of 2026-03-02 12:00:00 UTC: pages moved." in standing.claim


@pytest.mark.parametrize(
    ("part", "whole", "stand"),
    [
        (a_certificate(NOON - DAY), a_certificate(), ["all"]),
        (incomplete(NOON - DAY), a_certificate(), ["all"]),
        (a_certificate(NOON - DAY), incomplete(), ["all"]),
        (a_certificate(), a_certificate(NOON - DAY), ["all", "ws_a"]),
        (a_certificate(NOON - DAY), a_certificate(covered_from=NOON - 9 * DAY), ["all", "ws_a"]),
        (
            a_certificate(NOON - DAY, covered_from=NOON - 5 * DAY),
            a_certificate(covered_from=NOON - 9 * DAY),
            ["all"],
        ),
    ],
    ids=[
        "synced again with all",
        "proved with all",
        "no longer proved",
        "synced later than all",
        "reaching further back than all",
        "reaching less far back than all",
    ],
)
def test_a_workspace_stands_for_itself_until_all_is_synced_as_far_back(part, whole, stand):
    part = Certificate.from_dict(part.to_dict() | {"scope": "ws_a", "part_of": "all"})

    assert list(a_standing(ws_a=part, all=whole).certificates) == stand


def test_another_key_covers_nothing():
    standing = a_standing(one=a_certificate(NOON - DAY), all=a_certificate())

    assert standing.as_of == NOON - DAY


def test_is_written_for_machines():
    assert a_standing(3, all=a_certificate()).to_dict() == {
        "as_of": "2026-03-02T12:00:00+00:00",
        "complete": True,
        "n_rejected": 3,
    }


def test_a_scope_that_is_a_day_behind_the_newest_holds_the_store_back():
    standing = a_standing(
        old=a_certificate(NOON - DAY - timedelta(seconds=1)),
        recent=a_certificate(NOON - DAY),
        new=a_certificate(),
    )

    assert standing.behind == ("old",)
    assert a_standing().behind == ()
