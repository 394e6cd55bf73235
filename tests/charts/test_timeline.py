from __future__ import annotations

import math

import pandas as pd
import pytest
from chart_tables import cost_table, days, rate_table, span_table, techniques

from flora_analytics.charts import (
    plot_charged_cost,
    plot_failure_rate,
    plot_output_cost,
    plot_turnaround_time,
)


def ticks_of(ax):
    return [text.get_text() for text in ax.get_xticklabels()]


def test_a_bar_for_each_period_in_the_zone_of_the_table():
    ax = plot_charged_cost(cost_table([1, 2, 3], index=days(3)))

    assert [bar.get_height() for bar in ax.patches] == [1, 2, 3]
    assert ticks_of(ax) == ["27 Mar\n2026", "28 Mar", "29 Mar"]
    assert ax.get_xlabel() == "Created by day (Europe/Berlin)\nover each bar: runs"
    assert ax.get_ylabel() == "Charged cost (USD)"
    assert ax.get_ylim()[0] == 0


def test_the_order_of_the_rows_does_not_turn_time_round():
    table = cost_table([1, 2, 3], index=days(3)).iloc[::-1]

    ax = plot_charged_cost(table)

    left_to_right = sorted(ax.patches, key=lambda bar: bar.get_x())
    assert [bar.get_height() for bar in left_to_right] == [1, 2, 3]


def test_a_line_follows_time_and_not_the_rows():
    ax = plot_turnaround_time(span_table([1, 2, 3], index=days(3)).iloc[::-1])

    assert list(ax.lines[0].get_ydata()) == [1, 2, 3]


def test_periods_without_runs_are_gaps_in_bars():
    table = cost_table([1, 2, 3, 4], index=days(4)).drop(days(4)[1])

    ax = plot_charged_cost(table)

    first, second = sorted(bar.get_x() for bar in ax.patches)[:2]
    assert second - first == pytest.approx(2, abs=0.1)


def test_a_line_is_broken_where_nothing_ran():
    table = span_table([1, 2, 3, 4, 5], index=days(5)).drop(days(5)[2])

    ax = plot_turnaround_time(table)

    assert any(math.isnan(y) for y in ax.lines[0].get_ydata())


def test_a_line_runs_through_days_of_23_hours_and_months_of_28_days():
    over_summer_time = span_table([1, 2, 3, 4], index=days(4, start="2026-03-28"))
    months = pd.Index(
        pd.date_range("2026-01-01", periods=4, freq="MS", tz="UTC", unit="us"),
        name="period_start",
    )

    for table in (over_summer_time, span_table([1, 2, 3, 4], index=months)):
        line = plot_turnaround_time(table).lines[0]

        assert not any(math.isnan(y) for y in line.get_ydata())


def test_a_period_whose_cost_is_unknown_shows_a_question_mark():
    ax = plot_charged_cost(cost_table([1, None], index=days(2), n_unknown=[0, 10]))

    assert [text.get_text() for text in ax.texts] == ["10", "?"]
    assert "cost of 10 of 20 runs not stated" in ax.get_xlabel()


def test_few_runs_are_hollow_and_the_chart_says_so():
    ax = plot_turnaround_time(span_table([1, 2], index=days(2), n_timed=[3, 300]))

    faces = {line.get_markerfacecolor() for line in ax.lines if line.get_linestyle() == "None"}
    assert len(faces) == 2
    assert "hollow: fewer than 10 runs" in ax.get_xlabel()


def test_a_rate_over_time_has_its_intervals():
    ax = plot_failure_rate(rate_table([1, 5], [4, 10], index=days(2)))

    uprights = [
        line for line in ax.lines if len(set(line.get_xdata())) == 1 < len(line.get_xdata())
    ]
    assert len(uprights) == 2


def groups_over(n_groups, n_days):
    keys = [f"prj_{at:02}" for at in range(n_groups)]
    return pd.MultiIndex.from_product([keys, days(n_days)], names=["project_id", "period_start"])


def test_groups_are_stacked_to_the_total_of_each_period():
    costs = [at + 1 for at in range(20 * 2)]

    ax = plot_charged_cost(cost_table(costs, index=groups_over(20, 2)))

    tops = {}
    for bar in ax.patches:
        tops[bar.get_x()] = max(tops.get(bar.get_x(), 0), bar.get_y() + bar.get_height())
    assert sorted(tops.values()) == [sum(costs[0::2]), sum(costs[1::2])]
    assert ax.get_legend().get_texts()[-1].get_text() == "other (14)"


def test_lines_name_the_groups_they_leave_out():
    ax = plot_turnaround_time(span_table([1] * 16, index=groups_over(8, 2)))

    assert ax.get_legend().get_texts()[-1].get_text() == "2 more not shown"
    assert ax.get_ylabel() == "Turnaround time, median"


@pytest.mark.parametrize(
    ("start", "freq", "word", "first"),
    [
        ("2026-03-02 06:00", "h", "hour", "06:00\n2 Mar"),
        ("2026-03-02", "D", "day", "2 Mar\n2026"),
        ("2026-03-02", "7D", "week", "2 Mar\n2026"),
        ("2026-03-01", "MS", "month", "Mar\n2026"),
        ("2026-04-01", "QS", "quarter", "Q2\n2026"),
    ],
)
def test_the_axis_says_which_periods_they_are(start, freq, word, first):
    starts = pd.date_range(start, periods=5, freq=freq, tz="Asia/Kolkata", unit="us")
    index = pd.Index(starts, name="period_start")

    ax = plot_charged_cost(cost_table([1] * 5, index=index))

    assert ax.get_xlabel().startswith(f"Created by {word} (Asia/Kolkata)")
    assert ticks_of(ax)[0] == first


def test_a_billing_cycle_is_called_one():
    starts = [pd.Timestamp(f"2026-0{month}-15", tz="UTC") for month in (1, 2, 3)]

    ax = plot_charged_cost(cost_table([1, 2, 3], index=pd.Index(starts, name="period_start")))

    assert ax.get_xlabel().startswith("Created by billing cycle (UTC)")
    assert ticks_of(ax)[1] == "15 Feb"


def test_many_days_have_few_ticks_all_of_them_mondays():
    ax = plot_charged_cost(cost_table([1] * 60, index=days(60)))

    mondays = [
        tick for tick in ax.get_xticks() if pd.Timestamp(tick, unit="D").day_of_week in (6, 0)
    ]
    assert 3 <= len(ax.get_xticks()) <= 10
    assert len(mondays) == len(ax.get_xticks())


def test_a_single_period_is_a_slim_bar():
    ax = plot_charged_cost(cost_table([5], index=days(1)))

    left, right = ax.get_xlim()
    assert ax.patches[0].get_width() < (right - left) / 3


def test_a_long_label_is_folded_until_it_fits_the_height(render):
    index = pd.MultiIndex.from_product([["imageUrl", "videoUrl"], days(3)])
    table = pd.DataFrame(
        {"n_finished": 20, "n_unknown": 0, "n_outputs": 20, "n_failed": 0, "cost_per_output": 0.1},
        index=index.set_names(["output_type", "period_start"]),
    ).assign(charged_cost=2.0, cost_of_failed_runs=0.0)

    ax = render(plot_output_cost(table))

    label = ax.yaxis.label.get_window_extent()
    assert label.y0 >= 0
    assert label.y1 <= ax.figure.bbox.height


def test_the_groups_that_do_not_fit_are_those_with_fewer_runs():
    index, _ = techniques(20)

    ax = plot_turnaround_time(span_table(range(1, 21), index=index, n_timed=range(40, 20, -1)))

    assert ax.get_yticklabels()[-1].get_text() == "9 more"
    assert ax.texts[-1].get_text() == "fewer runs"
