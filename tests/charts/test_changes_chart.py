"""The waterfall of a change, and the timeline of what was odd."""

from __future__ import annotations

import pandas as pd
import pytest
from chart_tables import cost_table, days, money

from flora_analytics.charts import plot_cost_anomalies, plot_cost_changes
from flora_analytics.errors import MissingColumnError

CAUSES = ("volume", "mix", "price", "failure", "stated", "new", "discontinued")


def change_table(earlier, later, *, n_unknown=0, **parts):
    n = len(earlier)
    columns = {
        "n_runs_earlier": [5] * n,
        "n_runs_later": [5] * n,
        "n_unknown_earlier": [n_unknown] * n,
        "n_unknown_later": [0] * n,
        "charged_cost_earlier": money(earlier),
        "charged_cost_later": money(later),
        "change": money([b - a for a, b in zip(earlier, later, strict=True)]),
        **{cause: money(parts.get(cause, [0] * n)) for cause in CAUSES},
    }
    return pd.DataFrame(columns)


def names(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def test_causes_stand_between_the_costs_largest_first(render):
    ax = plot_cost_changes(change_table([10], [16], volume=[2], price=[-1], new=[5]))

    assert names(render(ax)) == ["Earlier", "New", "Volume", "Price", "Later"]
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [
        (0, 10), (10, 5), (15, 2), (16, 1), (0, 16),
    ]  # fmt: skip
    assert [text.get_text() for text in ax.texts] == [
        "10.00", "+5.00", "+2.00", "−1.00", "16.00",
    ]  # fmt: skip
    assert ax.get_xlabel() == "Charged cost (USD)"


def test_small_changes_of_a_large_cost_are_shown_close_up(render):
    table = change_table([435], [430], stated=[10], volume=[-15])

    ax = plot_cost_changes(table)

    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(420, 15), (420, 10)]
    assert 400 < ax.get_xlim()[0] < 420
    assert [text.get_text() for text in render(ax).texts] == [
        "435.00", "−15.00", "+10.00", "430.00",
    ]  # fmt: skip


def test_groups_are_added_up():
    ax = plot_cost_changes(change_table([1, 2], [2, 4], volume=[1, 2]))

    assert [bar.get_width() for bar in ax.patches] == [3, 3, 6]


def test_what_is_not_stated_is_said():
    ax = plot_cost_changes(change_table([10], [16], volume=[6], n_unknown=3))

    assert ax.get_xlabel().endswith("cost not stated: 3 runs earlier, 0 later")


def test_no_runs_are_said(render):
    ax = plot_cost_changes(change_table([], []))

    assert [text.get_text() for text in render(ax).texts] == ["No runs"]


def incidents(*rows):
    columns = ("kind", "start", "end", "name", "key", "at_stake")
    return pd.DataFrame(rows, columns=columns)


def incident(first, last, kind="cost up", name="Upscale"):
    start = days(10)[0]
    at = [start + pd.DateOffset(days=day) for day in (first, last)]
    return (kind, *at, name, "tech_a", 5.0)


def test_an_incident_is_a_band_over_its_days_named_below(render):
    costs = cost_table([1] * 10, index=days(10))

    ax = plot_cost_anomalies(incidents(incident(2, 4)), costs=costs)

    band = ax.patches[-1]
    bars = sorted(bar.get_x() for bar in ax.patches[:-1])
    assert band.get_x() < bars[2]
    assert bars[3] < band.get_x() + band.get_width() < bars[4]
    assert [text.get_text() for text in render(ax).get_legend().get_texts()] == [
        "1 Upscale: cost up"
    ]


def test_numbers_of_one_day_are_written_together():
    costs = cost_table([1] * 10, index=days(10))
    two = incidents(incident(2, 3), incident(2, 3, name="Relight"))

    ax = plot_cost_anomalies(two, costs=costs)

    assert "1, 2" in [text.get_text() for text in ax.texts]


def test_more_than_eight_are_counted():
    costs = cost_table([1] * 10, index=days(10))

    ax = plot_cost_anomalies(incidents(*[incident(1, 2)] * 10), costs=costs)

    assert ax.get_legend().get_texts()[-1].get_text() == "2 more not shown"


def test_nothing_odd_is_a_chart_of_cost(render):
    ax = plot_cost_anomalies(incidents(), costs=cost_table([1] * 3, index=days(3)))

    assert len(render(ax).patches) == 3


def test_another_table_is_refused():
    with pytest.raises(MissingColumnError, match="cost_anomalies"):
        plot_cost_anomalies(cost_table([1]), costs=cost_table([1]))
