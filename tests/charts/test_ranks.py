from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from chart_tables import (
    code_table,
    cost_table,
    failed_cost_table,
    rate_table,
    span_table,
    techniques,
    unit_table,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from flora_analytics.charts import (
    plot_charged_cost,
    plot_cost_of_failed_runs,
    plot_failure_rate,
    plot_failures_by_code,
    plot_queue_time,
    plot_unit_cost,
)


def names_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def widths_of(ax):
    return [round(bar.get_width(), 6) for bar in ax.patches]


def test_bars_are_sorted_with_the_largest_on_top_and_begin_at_zero():
    index, names = techniques(3)

    ax = plot_charged_cost(cost_table([1, 30, 2], index=index, names=names))

    assert names_of(ax) == ["Technique 1", "Technique 2", "Technique 0"]
    assert widths_of(ax) == [30, 2, 1]
    assert ax.get_xlim()[0] == 0
    assert ax.yaxis_inverted()


def test_the_axis_names_quantity_and_unit():
    ax = plot_charged_cost(cost_table([1]))

    assert ax.get_xlabel() == "Charged cost (USD)"
    assert names_of(ax) == ["All runs"]


def test_a_cost_that_is_not_stated_is_no_bar_of_zero():
    index, names = techniques(2)

    ax = plot_charged_cost(
        cost_table([None, 3], index=index, names=names, n_runs=[4, 9], n_unknown=[4, 0])
    )

    assert names_of(ax)[-1] == "Technique 0"
    assert "not stated" in texts_of(ax)
    assert "4 runs, 4 not stated" in texts_of(ax)
    assert widths_of(ax) == [3, 0]


def test_a_group_without_failures_is_told_from_one_whose_cost_is_unknown():
    index = pd.Index(["a", "b"], name="status")

    ax = plot_cost_of_failed_runs(failed_cost_table([None, None], index=index, n_failed=[0, 5]))

    assert {"none failed", "not stated"} <= set(texts_of(ax))


@settings(max_examples=10)
@given(st.lists(st.decimals("0", "99999", places=9), min_size=13, max_size=40))
def test_the_tail_is_summed_exactly_so_that_the_bars_add_up(costs):
    index, names = techniques(len(costs))

    ax = plot_charged_cost(cost_table(costs, index=index, names=names))

    tail = sum(sorted(costs)[: len(costs) - 11], Decimal(0))
    assert names_of(ax)[-1] == f"other ({len(costs) - 11})"
    assert len(ax.patches) == 12
    assert ax.patches[-1].get_width() == float(tail)


def test_a_tail_that_does_not_add_up_is_named_and_left_out():
    index, _ = techniques(20)

    ax = plot_unit_cost(unit_table([1 + at for at in range(20)], index=index))

    assert names_of(ax)[-1] == "9 more"
    assert "not shown" in texts_of(ax)


def test_one_failed_run_does_not_push_out_a_technique_that_fails_often():
    index = pd.Index([*(f"one_{at:02}" for at in range(20)), "often"], name="project_id")
    failed, finished = [1] * 20 + [800], [1] * 20 + [1000]

    ax = plot_failure_rate(rate_table(failed, finished, index=index))

    assert "often" in names_of(ax)


def test_a_rate_shows_its_interval_and_its_runs():
    index = pd.Index(["a", "b"], name="project_id")

    ax = plot_failure_rate(rate_table([1, 0], [4, 0], index=index))

    lines = [list(line.get_xdata()) for line in ax.lines]
    assert [pytest.approx(0.05), pytest.approx(0.45)] in lines
    assert {"25%", "1 of 4 runs", "none finished"} <= set(texts_of(ax))


def test_spans_read_in_human_units_on_a_scale_that_says_it_is_logarithmic():
    index, _ = techniques(2)

    ax = plot_queue_time(span_table([2, 7200], index=index))
    ax.figure.canvas.draw()

    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "Queue time, log scale"
    assert texts_of(ax)[0] == "2 h"
    assert {"1 min", "1 h"} <= {text.get_text() for text in ax.get_xticklabels()}


def test_zero_seconds_have_a_place_on_a_wide_scale(render):
    index, _ = techniques(3)

    ax = render(plot_queue_time(span_table([0, 1, 7200], index=index)))

    low, high = ax.get_xlim()
    assert low < 0 < high
    assert "0 s" in [text.get_text() for text in ax.get_xticklabels()]


def test_a_small_second_dimension_is_told_by_colour():
    index = pd.MultiIndex.from_tuples(
        [("tech_a", "failed"), ("tech_a", "completed"), ("tech_b", "completed")],
        names=["technique_id", "status"],
    )

    ax = plot_charged_cost(cost_table([1, 2, 4], index=index))

    assert names_of(ax) == ["tech_b", "tech_a"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["completed", "failed"]
    assert widths_of(ax) == [4, 2, 1]
    assert ax.patches[2].get_x() == 2
    assert ax.patches[0].get_facecolor() == ax.patches[1].get_facecolor()


def test_two_large_dimensions_become_pairs():
    pairs = [(f"tech_{at}", f"prj_{at}") for at in range(8)]
    index = pd.MultiIndex.from_tuples(pairs, names=["technique_id", "project_id"])

    ax = plot_charged_cost(cost_table(range(8, 0, -1), index=index))

    assert names_of(ax)[0] == "tech_0 · prj_0"
    assert ax.get_legend() is None


def test_what_the_lines_at_the_dots_are_is_said(render):
    ax = render(plot_failure_rate(rate_table([1, 30], [4, 100], index=techniques(2)[0])))

    assert ax.get_xlabel() == "Failure rate (share of finished runs)\nlines: 95% interval"


def test_codes_show_their_share_of_failures():
    ax = plot_failures_by_code(code_table([3, 1], ["timeout", "(none)"]))

    assert names_of(ax) == ["timeout", "(none)"]
    assert texts_of(ax) == ["3", "75%, 0.50 USD charged", "1", "25%, 0.50 USD charged"]
    assert ax.get_xlabel() == "Failed runs"


def test_axes_handed_in_are_drawn_on_and_given_back():
    figure = Figure(figsize=(3.75, 3), layout="constrained")
    given_axes = figure.subplots()
    index, names = techniques(30)

    ax = plot_charged_cost(
        cost_table(range(30), index=index, names=names, n_unknown=1), ax=given_axes
    )

    assert ax is given_axes
    assert len(names_of(ax)) <= 12
    assert "cost of 30 of 300 runs not stated" in ax.get_xlabel()
    assert "110 runs" not in " ".join(texts_of(ax)[:2])
