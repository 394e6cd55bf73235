"""Tables on a terminal: headings give way, numbers are never cut."""

from __future__ import annotations

import re

import pytest
from console import make_run, run

from flora_analytics.sandbox import Sandbox

ON_TERMINAL = {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"}


@pytest.fixture
def costly(tmp_path):
    """A store of two techniques with long names and long costs."""
    runs = [
        make_run(number, charged_cost=cost, technique={"technique_id": name, "name": name})
        for number, (name, cost) in enumerate(
            [("Storyboard Animatic", 12345.67), ("Background Swap and Upscale", 234567.89)]
        )
    ]
    with Sandbox(runs) as api:
        assert run("sync", "--store", tmp_path / "s", api=api).status == 0
    return tmp_path / "s"


def shown(store, *, columns):
    words = ("cost", "--unit", "--by", "technique", "--store", store)
    out = run(*words, COLUMNS=str(columns), **ON_TERMINAL).out
    return re.sub(r"\x1b\[[0-9;]*m", "", out)


@pytest.mark.parametrize("columns", [40, 70, 90, 200])
def test_no_number_is_cut_however_narrow_the_terminal(costly, columns):
    out = shown(costly, columns=columns)

    assert "$12,345.67" in out
    assert "$234,567.89" in out
    assert "$246,913.56" in out


def test_headings_fold_before_the_table_grows_too_wide(costly):
    narrow, wide = (shown(costly, columns=columns) for columns in (100, 200))

    assert max(map(len, narrow.splitlines())) <= 100
    assert "Cost per completed run" in wide
    assert "Cost per completed run" not in narrow


def test_a_change_of_rates_is_told_in_points(tmp_path):
    day = 86_400_000
    runs = [
        make_run(number, status="failed" if number % 4 == 0 else "completed",
                 created_at=1_767_225_600_000 + (number >= 8) * day + number)
        for number in range(16)
    ]  # fmt: skip
    runs = [one | {"status": "completed"} if number < 8 else one for number, one in enumerate(runs)]
    with Sandbox(runs) as api:
        assert run("sync", "--store", tmp_path / "s", api=api).status == 0

    words = ("--from", "2026-01-02", "--to", "2026-01-03", "--store", tmp_path / "s")
    out = run("failures", "--change", *words).out

    assert "Change, points" in out
    assert "+25.0" in out


def test_a_total_that_is_not_known_is_left_empty(store):
    lines = run("cost", "--outputs", "--store", store).out.splitlines()

    total = next(line for line in lines if line.split()[:1] == ["Total"])
    assert "not stated" not in total
