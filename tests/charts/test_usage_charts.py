"""Charts of usage, prices and compared failures: what they say and where they draw it."""

from __future__ import annotations

import pandas as pd
import pytest
from chart_tables import days, money, techniques

from flora_analytics import charts
from flora_analytics.errors import MissingColumnError


def usage_table():
    columns = ["n_runs", "n_outputs", "n_workspaces", "n_projects", "n_techniques"]
    return pd.DataFrame([[40, 90, 1, 3, 5], [10, 0, 1, 1, 1]], columns=columns, index=days(2))


def concurrency_table():
    columns = ["n_runs", "max_concurrency", "mean_concurrency"]
    return pd.DataFrame([[40, 4, 0.5], [10, 2, 0.1]], columns=columns, index=days(2))


def activity_table(n=None):
    index = pd.MultiIndex.from_product([range(1, 8), range(24)], names=["weekday", "hour"])
    n = [int(day <= 5 and 9 <= hour < 18) for day, hour in index] if n is None else n
    runs = pd.Series(n, index=index)
    return pd.DataFrame({"n_runs": runs, "hours": 2.0, "runs_per_hour": runs / 2.0})


def drift_table(levels):
    """Price levels of each technique, a month each."""
    starts = pd.date_range("2026-01-01", periods=6, freq="MS", tz="Europe/Berlin", unit="us")
    rows = [
        (technique, starts[at], starts[at + 1], price, price / prices[at - 1] if at else None)
        for technique, prices in levels.items()
        for at, price in enumerate(prices)
    ]
    index = pd.MultiIndex.from_tuples([r[:2] for r in rows], names=["technique_id", "since"])
    return pd.DataFrame(
        {
            "last_at": [r[2] for r in rows],
            "median_charge": money([r[3] for r in rows]),
            "price_ratio": pd.array([r[4] for r in rows], dtype="float64"),
        },
        index=index,
    )


def change_table():
    index, names = techniques(2)
    return pd.DataFrame(
        {
            "technique_name": names,
            "n_finished_earlier": [80, 0],
            "n_finished_later": [70, 3],
            "failure_rate_earlier": [0.6, None],
            "failure_rate_later": [0.8, 1.0],
            "change": [0.2, None],
            "low": [0.05, None],
            "high": [0.33, None],
        },
        index=index,
    )


PLOTS = {
    "usage": usage_table,
    "concurrency": concurrency_table,
    "activity": activity_table,
    "price_drift": lambda: drift_table({"tech_a": [0.4, 0.5]}),
    "failure_rate_change": change_table,
}


@pytest.mark.parametrize("figure", PLOTS)
def test_it_draws_its_table_and_refuses_another(figure, render):
    plot = getattr(charts, f"plot_{figure}")

    ax = render(plot(PLOTS[figure]()))

    assert ax.get_xlabel()
    with pytest.raises(MissingColumnError, match=rf"metrics\.{figure}"):
        plot(pd.DataFrame({"wrong": [1]}))


@pytest.mark.parametrize("figure", PLOTS)
def test_without_rows_it_says_no_runs(figure, render):
    ax = render(getattr(charts, f"plot_{figure}")(PLOTS[figure]().iloc[:0]))

    assert [text.get_text() for text in ax.texts] == ["No runs"]


def test_the_busiest_hour_is_the_darkest_and_monday_is_on_top():
    ax = charts.plot_activity(activity_table())

    cells = ax.collections[0].get_array().reshape(7, 24)
    assert cells[0, 9] == 0.5
    assert cells[6].sum() == 0
    assert ax.get_yticklabels()[0].get_text() == "Mon"
    assert ax.get_ylim() == (7, 0)
    assert ax.get_xlabel().endswith("full colour: 0.5 runs per hour")


def test_hours_the_stretch_does_not_hold_are_crossed_out(render):
    table = activity_table()
    table.loc[(7, 2), "runs_per_hour"] = None

    ax = render(charts.plot_activity(table))

    assert len(ax.lines) == 1


def test_prices_step_where_they_moved_and_steady_ones_are_counted():
    levels = {"tech_a": [0.4, 0.5, 0.25], "tech_b": [1.0], "tech_c": [2.0]}

    ax = charts.plot_price_drift(drift_table(levels))

    flat = [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "-"]
    assert flat == [0.4, 0.5, 0.25]
    assert [text.get_text() for text in ax.texts] == ["0.4", "+25% to 0.5", "−50% to 0.25"]
    assert ax.get_xlabel() == "Created (Europe/Berlin); 2 others did not move"


def test_a_change_is_drawn_around_zero_and_too_little_data_is_said():
    ax = charts.plot_failure_rate_change(change_table())

    texts = [text.get_text() for text in ax.texts]
    assert texts == ["+20.0", "60% → 80%", "not enough data", "none finished → 100%"]
    assert any(list(line.get_xdata()) == [0, 0] for line in ax.lines)


def test_a_price_that_rose_while_smaller_sizes_were_bought_says_both(render):
    table = drift_table({"tech_a": [0.84, 0.525]})
    table.loc[table["price_ratio"].notna(), "price_ratio"] = 1.25

    ax = render(charts.plot_price_drift(table))

    assert ax.texts[-1].get_text() == "+25% for like runs, median 0.525"


def test_a_technique_is_not_told_to_be_one_technique(render):
    row = {"n_runs": 4, "n_outputs": 9, "n_workspaces": 1, "n_projects": 2, "n_techniques": 1}
    table = pd.DataFrame([row], index=pd.Index(["tech_a"], name="technique_id"))

    ax = render(charts.plot_usage(table))

    assert [text.get_text() for text in ax.texts] == ["4", "9 outputs, 2 projects"]


def test_nothing_is_said_of_steady_prices_where_there_are_none():
    ax = charts.plot_price_drift(drift_table({"tech_a": [0.4, 0.5]}))

    assert ax.get_xlabel() == "Created (Europe/Berlin)"
