"""Values against the mark they should keep to: promises and stuck runs."""

from __future__ import annotations

import pandas as pd
import pytest

from flora_analytics import charts
from flora_analytics.charts.style import LIGHT, new_axes
from flora_analytics.errors import MissingColumnError


def promises(*rows):
    """(technique, attainment, budget left, verdict, burning)"""
    keys = [("95% of runs complete", technique) for technique, *_ in rows]
    columns = {
        "technique_name": [f"Name of {technique}" for technique, *_ in rows],
        "target": 0.95,
        "attainment": [row[1] for row in rows],
        "low": [None if row[1] is None else row[1] - 0.02 for row in rows],
        "high": [None if row[1] is None else row[1] + 0.01 for row in rows],
        "verdict": [row[3] for row in rows],
        "budget_left": [row[2] for row in rows],
        "burning": [row[4] for row in rows],
    }
    index = pd.MultiIndex.from_tuples(keys, names=["objective", "technique_id"])
    return pd.DataFrame(columns, index)


def stuck(n):
    return pd.DataFrame(
        {
            "technique_name": ["Upscale"] * n,
            "status": ["running"] * n,
            "open_time": pd.to_timedelta([7200 * (n - at) for at in range(n)], unit="s"),
            "limit": pd.Timedelta(80, "s"),
        },
        index=pd.Index([f"run_{at:03}" for at in range(n)], name="run_id"),
    )


def test_promises_keep_their_order_and_what_is_amiss_has_the_colour_of_alarm(render):
    table = promises(
        ("a", 0.97, 0.4, "met", "6h"),
        ("b", 0.90, -1.0, "missed", ""),
        ("(all)", 0.96, 0.2, "met", ""),
    )

    ax = render(charts.plot_service_levels(table))

    assert [text.get_text() for text in ax.get_yticklabels()] == [
        "Name of a · 95% of runs complete",
        "Name of b · 95% of runs complete",
        "95% of runs complete",
    ]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [dot.get_color() for dot in dots] == [LIGHT.alarm, LIGHT.alarm, LIGHT.accent]
    assert [text.get_text() for text in ax.texts] == [
        *("97%", "40% of budget left, burns (6h)"),
        *("90%", "budget spent 2.0 times"),
        *("96%", "20% of budget left"),
    ]


def test_targets_are_lines_and_every_end_is_inside(render):
    ax = render(charts.plot_service_levels(promises(("a", 0.97, 0.4, "met", ""))))

    low, high = ax.get_xlim()
    assert [0.95, 0.95] in [list(line.get_xdata()) for line in ax.lines]
    assert low < 0.95 < 0.98 < high < 1.01


def test_on_a_phone_a_technique_stands_for_its_only_promise(render):
    ax = new_axes(height=2.5, width=3.0)

    render(charts.plot_service_levels(promises(("a", 0.97, 0.4, "met", "")), ax=ax))

    assert [text.get_text() for text in ax.get_yticklabels()] == ["Name of a"]


def test_details_that_would_squeeze_the_values_are_left_out(render):
    ax = new_axes(height=2.5, width=5.0)

    render(charts.plot_service_levels(promises(("a", 0.9, -1.0, "missed", "3d")), ax=ax))

    assert [text.get_text() for text in ax.texts if text.get_text()] == ["90%"]


def test_a_promise_without_runs_says_so(render):
    ax = render(charts.plot_service_levels(promises(("a", None, None, "no runs", ""))))

    assert [text.get_text() for text in ax.texts] == ["no runs"]


def test_stuck_runs_stand_oldest_on_top_and_the_others_are_counted(render):
    ax = render(charts.plot_stuck_runs(stuck(20)))

    said = [text.get_text() for text in ax.get_yticklabels()]
    assert len(said) == 12
    assert said[0] == "Upscale · run_000"
    assert said[-1] == "9 more"


@pytest.mark.parametrize(
    ("plot", "table"),
    [
        (charts.plot_service_levels, promises(("a", 0.97, 0.4, "met", ""))),
        (charts.plot_stuck_runs, stuck(1)),
    ],
    ids=["service_levels", "stuck_runs"],
)
def test_no_rows_say_no_runs_and_a_wrong_table_is_refused(plot, table, render):
    assert [text.get_text() for text in render(plot(table.iloc[:0])).texts] == ["No runs"]
    with pytest.raises(MissingColumnError, match="misses the columns"):
        plot(pd.DataFrame({"wrong": [1]}))
