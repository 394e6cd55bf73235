"""What two pages prove about the boundary between them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flora_analytics.walk.place import END, Gap, Place, Rows


def rows(*keys: tuple[str, int]) -> Rows:
    return Rows([run_id for run_id, _ in keys], [created for _, created in keys])


def place(run_id: str, created: int) -> Place:
    return Place(created, frozenset({run_id}))


class TestPlace:
    @pytest.mark.parametrize(
        ("created", "run_id", "expected"),
        [(11, "b", True), (10, "b", True), (10, "a", False), (9, "b", False)],
        ids=["newer", "as old, another", "itself", "older"],
    )
    def test_knows_which_runs_stand_above_it(self, created, run_id, expected):
        assert place("a", 10).is_below(created, run_id) is expected

    @given(st.integers(-(2**63), 2**63 - 1), st.frozensets(st.text(max_size=4), max_size=4))
    @settings(max_examples=30)
    def test_comes_back_from_json(self, created, run_ids):
        at = Place(created, run_ids)

        assert Place.from_json(json.loads(json.dumps(at.to_json()))) == at


class TestRows:
    def test_the_first_place_holds_the_rows_of_its_instant(self):
        page = rows(("a", 10), ("b", 10), ("c", 9))

        assert page.place_of_first() == Place(10, frozenset("ab"))

    @pytest.mark.parametrize(
        ("page", "expected"),
        [
            (rows(("b", 5), ("c", 4)), True),
            (rows(("x", 6), ("c", 4)), True),
            (rows(("c", 4)), False),
            (rows(("x", 5)), False),
        ],
        ids=["repeats the last row", "begins above it", "begins below it", "as old, another"],
    )
    def test_overlap_the_page_before_only_if_nothing_can_lie_between(self, page, expected):
        before = rows(("a", 6), ("b", 5))

        assert page.overlaps(before) is expected
        assert page.begins_at_or_above(before.place(-1)) is expected

    @pytest.mark.parametrize(
        ("created", "expected"), [([3, 2, 2, 1], True), ([3, 1, 2], False), ([], True)]
    )
    def test_know_whether_they_are_newest_first(self, created, expected):
        assert Rows([str(n) for n in range(len(created))], created).in_order() is expected


class TestGap:
    GAP = Gap(above=place("a", 10), below=place("b", 7))

    @pytest.mark.parametrize(
        ("page", "from_head", "to_end", "left"),
        [
            (rows(("a", 10), ("b", 7)), False, False, []),
            (rows(("x", 11), ("y", 6)), False, False, []),
            (rows(("b", 7)), True, False, []),
            (rows(("a", 10)), False, True, []),
            (rows(), True, True, []),
            (rows(), True, False, [GAP]),
            (rows(("x", 12), ("a", 10)), False, False, [Gap(place("a", 10), GAP.below)]),
            (rows(("a", 10), ("x", 8)), False, False, [Gap(place("x", 8), GAP.below)]),
            (rows(("x", 8), ("y", 6)), False, False, [Gap(GAP.above, place("x", 8))]),
            (rows(("x", 9), ("y", 8)), False, False,
             [Gap(GAP.above, place("x", 9)), Gap(place("y", 8), GAP.below)]),
            (rows(("x", 12), ("y", 11)), False, False, [GAP]),
            (rows(("x", 6), ("y", 5)), False, False, [GAP]),
            (rows(("x", 10), ("b", 7)), False, False, [GAP]),
            (rows(("a", 10), ("y", 7)), False, False, [GAP]),
        ],
        ids=["both sides", "beyond both", "from the head", "to the end", "an empty history",
             "an empty first page", "its upper side only", "its upper part", "its lower part",
             "its middle", "all above it", "all below it", "another run as old above",
             "another run as old below"],
    )  # fmt: skip
    def test_a_page_leaves_of_it_what_the_page_does_not_show(self, page, from_head, to_end, left):
        assert self.GAP.minus(page, from_head=from_head, to_end=to_end) == left

    def test_at_the_end_needs_a_page_that_ends_the_history(self):
        gap, page = Gap(place("a", 10), END), rows(("a", 10))

        assert gap.minus(page, from_head=False, to_end=True) == []
        assert gap.minus(page, from_head=False, to_end=False) == [gap]

    @given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
    @settings(max_examples=100)
    def test_no_run_that_no_page_has_shown_is_ever_outside_what_is_left(self, pages):
        gaps, shown = [Gap(place("25", 25), place("5", 5))], set[int]()

        for start, length in pages:
            page = range(start, max(start - length, 0) - 1, -1)
            shown |= set(page)
            pieces = [gap.minus(rows(*((str(at), at) for at in page)), from_head=False,
                                to_end=False) for gap in gaps]  # fmt: skip
            gaps = [gap for left in pieces for gap in left]

        unseen = set(range(6, 25)) - shown
        assert all(any(g.below.created < at < g.above.created for g in gaps) for at in unseen)
