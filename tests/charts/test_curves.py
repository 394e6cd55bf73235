"""Step curves: where they run, which are shown, and what is said of the others."""

from __future__ import annotations

import pandas as pd
import pytest
from chart_tables import span_table, techniques

from flora_analytics import charts
from flora_analytics.errors import MissingColumnError


def curve(spans, shares, *, column="still_open", n=50, **beside):
    index = pd.Index(pd.to_timedelta(spans, unit="s"), name="turnaround_time")
    columns = {"n_at_risk": [n - at for at in range(len(spans))], **beside, column: shares}
    low = [max(0.0, share - 0.1) for share in shares]
    high = [min(1.0, share + 0.1) for share in shares]
    return pd.DataFrame(columns | {"low": low, "high": high}, index=index)


def by_technique(n):
    parts = {
        f"tech_{at}": curve([2, 9], [0.6, 0.1], n=100 - at, technique_name=f"Technique {at}")
        for at in range(n)
    }
    return pd.concat(parts, names=["technique_id"])


def test_a_curve_steps_after_each_span(render):
    ax = render(charts.plot_turnaround_survival(curve([1, 2, 4], [0.8, 0.4, 0.1])))

    (line,) = ax.lines
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [1, 2, 4]
    assert line.get_ydata().tolist() == [0.8, 0.4, 0.1]
    assert ax.get_xlabel() == "Turnaround time\nbands: 95% confidence"
    assert ax.get_ylabel() == "Runs still open (share)"
    assert len(ax.collections) == 1


def test_the_busiest_groups_have_a_curve_and_the_others_are_counted(render):
    ax = render(charts.plot_turnaround_survival(by_technique(9)))

    said = [text.get_text() for text in ax.get_legend().get_texts()]
    assert said == [*(f"Technique {at}" for at in range(6)), "3 more not shown"]


def test_success_of_one_group_shows_failure_beside_it(render):
    table = curve([1, 2], [0.3, 0.6], column="completed", failed=[0.0, 0.2])

    ax = render(charts.plot_success_incidence(table))

    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.3, 0.6], [0.0, 0.2]]


def test_a_run_that_is_stuck_does_not_stretch_the_axis(render):
    ax = render(charts.plot_turnaround_survival(curve([1, 2, 4e6], [0.8, 0.4, 0.4])))

    assert ax.get_xlim()[1] < 10


def test_a_period_is_a_curve_of_its_own(render):
    days = pd.to_datetime(["2026-03-01", "2026-03-02"], utc=True)
    table = pd.concat({day: curve([1, 2], [0.5, 0.2]) for day in days}, names=["period_start"])

    ax = render(charts.plot_turnaround_survival(table))

    said = [text.get_text() for text in ax.get_legend().get_texts()]
    assert said == ["2026-03-01", "2026-03-02"]


@pytest.mark.parametrize("figure", ["turnaround_survival", "success_incidence"])
def test_no_rows_say_no_runs_and_a_wrong_table_what_to_give(figure, render):
    column = "still_open" if figure == "turnaround_survival" else "completed"
    table = curve([1], [0.5], column=column, failed=[0.1])
    plot = getattr(charts, f"plot_{figure}")

    ax = render(plot(table.iloc[:0]))

    assert [text.get_text() for text in ax.texts] == ["No runs"]
    with pytest.raises(MissingColumnError, match=rf"metrics\.{figure}"):
        plot(pd.DataFrame({"wrong": [1]}))


@pytest.mark.parametrize("figure", ["turnaround_quantiles", "time_to_success"])
def test_quantiles_are_drawn_as_those_of_other_spans(figure, render):
    index, names = techniques(2)
    table = span_table([3, 8], index=index, n_open=2)
    table.insert(0, "technique_name", names)

    ax = render(getattr(charts, f"plot_{figure}")(table))

    assert [text.get_text() for text in ax.get_yticklabels()] == ["Technique 1", "Technique 0"]
    assert "included" in ax.get_xlabel()
