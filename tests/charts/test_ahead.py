"""Where a cycle ends, and against which budget."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from chart_tables import cost_table, money

from flora_analytics import charts
from flora_analytics.errors import MissingColumnError


def path(spent, ahead=(), *, n_unknown=0, start="2026-03-27"):
    """Midnights in Berlin, over a change of the clock; the last of `spent` is now."""
    n = len(spent) + len(ahead)
    at = pd.date_range(start, periods=n, tz="Europe/Berlin", unit="us", name="at")
    now = [spent[-1]] if ahead else [None]
    middle = [None] * (len(spent) - 1) + now + list(ahead)
    columns = {
        "n_runs": [10] * len(spent) + [0] * len(ahead),
        "n_unknown": n_unknown,
        "charged_cost": money([*spent, *[None] * len(ahead)]),
        "forecast": middle,
    }
    for name, factor in (("low_80", 0.9), ("high_80", 1.2), ("low_95", 0.8), ("high_95", 1.5)):
        columns[name] = [None if value is None else value * factor for value in middle]
    return pd.DataFrame(columns, index=at).astype(dict.fromkeys(list(columns)[3:], float))


def budgets(*rows, **columns):
    """(project, budget, limit, spent, forecast, probability, breach)"""
    table = pd.DataFrame(
        {
            "limit": money([row[2] for row in rows]),
            "charged_cost": money([row[3] for row in rows]),
            "n_runs": 10,
            "n_unknown": 0,
            "used_share": [
                (row[3] or 0) / row[2] if row[2] else math.inf for row in rows
            ],
            "elapsed_share": 0.5,
            "forecast": pd.array([row[4] for row in rows], dtype="float64"),
            "breach_probability": pd.array([row[5] for row in rows], dtype="float64"),
            "breach_at": pd.to_datetime([row[6] for row in rows], utc=True).as_unit("us"),
        },
        index=pd.MultiIndex.from_tuples(
            [row[:2] for row in rows], names=["project_id", "budget"]
        ),
    )  # fmt: skip
    table["low_80"], table["high_80"] = table["forecast"] * 0.9, table["forecast"] * 1.1
    return table.assign(**columns)


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def test_the_line_ends_now_and_the_fan_begins_there(render):
    ax = render(charts.plot_cost_forecast(path([0, 4, 6], [8, 10])))

    charged, median = ax.lines
    assert list(charged.get_ydata()) == [0, 4, 6]
    assert list(median.get_ydata()) == [6, 8, 10]
    assert median.get_xdata()[0] == charged.get_xdata()[-1]
    assert texts_of(ax) == ["10.00\n9.00–12.00"]
    assert ax.get_ylabel() == "Charged cost (USD)"
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] >= 15


def test_each_level_has_its_band_and_its_name(render):
    ax = render(charts.plot_cost_forecast(path([0, 4, 6], [8, 10])))

    tops = [band.get_paths()[0].vertices[:, 1].max() for band in ax.collections]
    assert sorted(tops) == [12, 15]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["charged", "median", "80% interval", "95% interval"]


def test_without_a_forecast_the_chart_says_so(render):
    ax = render(charts.plot_cost_forecast(path([0, 4, 6], n_unknown=3)))

    assert len(ax.lines) == 1
    assert "not enough history for a forecast" in ax.get_xlabel()
    assert "cost of 3 of 10 runs not stated" in ax.get_xlabel()


def test_ticks_stand_at_local_midnights_and_at_the_end():
    ax = charts.plot_cost_forecast(path([0, 1], list(range(2, 33)), start="2026-03-01"))

    assert [text.get_text() for text in ax.get_xticklabels()] == [
        "5 Mar", "12 Mar", "19 Mar", "26 Mar", "2 Apr\n2026"
    ]  # fmt: skip


def test_a_bar_is_what_is_used_of_the_limit(render):
    table = budgets(
        ("(all)", "included usage", 100, 150, 180, 1.0, "2026-03-20"),
        ("(all)", "overage cap", 400, 150, 180, 0.004, None),
        ("prj_a", "project budget", 50, 40, 55, 0.8, "2026-03-28"),
        ("prj_b", "project budget", 50, 0, None, None, None),
    )

    ax = render(charts.plot_budget_status(table))

    assert [bar.get_width() for bar in ax.patches] == [1.5, 0.375, 0.8, 0]
    alarmed = [bar.get_facecolor()[:3] == ax.patches[0].get_facecolor()[:3] for bar in ax.patches]
    assert alarmed == [True, False, True, False]
    assert [text.get_text() for text in ax.get_yticklabels()] == [
        "included usage", "overage cap", "prj_a", "prj_b"
    ]  # fmt: skip
    assert texts_of(ax) == [
        "150.00 of 100.00", "broken on 20 Mar",
        "150.00 of 400.00", "0.4% to break",
        "40.00 of 50.00", "80% to break, 28 Mar",
        "0 of 50.00", "not enough history",
    ]  # fmt: skip


def test_the_dot_is_where_the_cycle_ends():
    ax = charts.plot_budget_status(budgets(("prj_a", "project budget", 50, 40, 55, 0.8, None)))

    (dot,) = [line for line in ax.lines if line.get_marker() == "o"]
    assert dot.get_xdata() == pytest.approx([1.1])
    assert ax.get_xlim()[1] > 1.21


def test_what_is_broken_tenfold_leaves_room_for_the_others(render):
    table = budgets(
        ("prj_a", "project budget", 0, 40, 55, 1.0, "2026-03-02"),
        ("prj_b", "project budget", 5, 50, 60, 1.0, "2026-03-02"),
        ("prj_c", "project budget", 50, 40, 55, 0.8, None),
    )

    ax = render(charts.plot_budget_status(table))

    assert ax.get_xlim()[1] < 2.2
    assert [text for text in texts_of(ax) if text.endswith("→")] == ["→", "1,000% →"]


def test_a_cycle_that_ends_beyond_the_chart_says_where(render):
    table = budgets(("prj_a", "project budget", 50, 40, 120, 1.0, "2026-03-02"))

    ax = render(charts.plot_budget_status(table))

    assert "240% →" in texts_of(ax)
    assert not [line for line in ax.lines if line.get_marker() == "o"]


def test_costs_not_stated_are_counted():
    table = budgets(("prj_a", "project budget", 50, None, 55, 0.2, None), n_unknown=4)

    assert texts_of(charts.plot_budget_status(table)) == [
        "? of 50.00", "20% to break, 4 not stated"
    ]  # fmt: skip


def test_more_budgets_than_fit_are_counted(render):
    rows = [(f"prj_{n:02}", "project budget", 50, 40, 45, 0.1, None) for n in range(20)]

    ax = render(charts.plot_budget_status(budgets(*rows)))

    assert ax.get_yticklabels()[-1].get_text() == "9 more"


@pytest.mark.parametrize("plot", [charts.plot_cost_forecast, charts.plot_budget_status])
def test_another_table_is_refused(plot):
    with pytest.raises(MissingColumnError, match=plot.__name__):
        plot(cost_table([1.0]))


@pytest.mark.parametrize("plot", [charts.plot_cost_forecast, charts.plot_budget_status])
def test_a_chart_is_drawn_into_axes_of_ones_own(plot, render):
    from matplotlib.figure import Figure

    table = {
        charts.plot_cost_forecast: path([0, 4, 6], [8, 10]),
        charts.plot_budget_status: budgets(("prj_a", "project budget", 50, 40, 55, 0.8, None)),
    }[plot]
    ax = Figure(figsize=(3.2, 2.4), layout="constrained").subplots()

    assert render(plot(table, ax=ax)) is ax


def test_the_end_alone_is_no_way_there():
    table = path([0, 10, 20], [30, 40]).rename_axis("period_start")

    with pytest.raises(MissingColumnError, match=r"metrics\.cost_forecast_path"):
        charts.plot_cost_forecast(table)


def test_a_forecast_beyond_the_chart_does_not_run_into_its_bar():
    far = ("included usage", 100, 170, 250, 1.0, None)
    near = ("extra balance", 100, 40, 250, 1.0, None)

    ax = charts.plot_budget_status(budgets(("(all)", *far), ("(all)", *near)))

    assert [text.get_text() for text in ax.texts if "→" in text.get_text()] == ["→", "250% →"]
