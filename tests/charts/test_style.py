from __future__ import annotations

import itertools
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from chart_tables import (
    code_table,
    cost_table,
    days,
    failed_cost_table,
    rate_table,
    span_table,
    techniques,
    unit_table,
)
from matplotlib.figure import Figure

from flora_analytics import charts
from flora_analytics.charts.layout import say_apart
from flora_analytics.charts.style import DARK, LIGHT, colours_of, new_axes
from flora_analytics.errors import MissingColumnError

PLOTS = {
    "charged_cost": lambda: cost_table([1, 2]),
    "unit_cost": lambda: unit_table([1, 2]),
    "cost_of_failed_runs": lambda: failed_cost_table([1, 2]),
    "failure_rate": lambda: rate_table([1, 2], [3, 4]),
    "failures_by_code": lambda: code_table([1, 2], ["a", "b"]),
    "queue_time": lambda: span_table([1, 2]),
    "execution_time": lambda: span_table([1, 2]),
    "turnaround_time": lambda: span_table([1, 2]),
}
HOSTILE = [
    "$x^2$ and $\\frac{1}{0",
    "a" * 500,
    "مولد الصور الإعلانية",
    "מחולל תמונות",
    "产品图生成器",
    "😀 emoji",
    "_underscored",
    "line\nbreak\ttab\u202eevil\x00",
    "<script>alert(1)</script>",
    "Same name",
    "Same name",
    "",
    "z" + "\u0334\u0337\u0321\u031b" * 20,
]


def plot(figure, table, **how):
    return getattr(charts, f"plot_{figure}")(table, **how)


@pytest.mark.parametrize("figure", PLOTS)
def test_a_table_without_rows_says_no_runs(figure, render):
    ax = render(plot(figure, PLOTS[figure]().iloc[:0]))

    assert [text.get_text() for text in ax.texts] == ["No runs"]
    assert list(ax.get_yticks()) == []


@pytest.mark.parametrize("figure", PLOTS)
def test_a_total_over_no_runs_says_no_runs(figure):
    table = PLOTS[figure]().iloc[:1].reset_index(drop=True)
    counts = [name for name in table.columns if name.startswith("n_")]
    empty = table.assign(**dict.fromkeys(counts, 0))

    ax = plot(figure, empty)

    assert [text.get_text() for text in ax.texts] == ["No runs"]


@pytest.mark.parametrize("figure", PLOTS)
def test_the_wrong_table_is_refused_with_what_to_give(figure):
    with pytest.raises(MissingColumnError, match=rf"metrics\.{figure}") as refused:
        plot(figure, pd.DataFrame({"wrong": [1]}))

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("width", [3.75, 6.8, 12.0], ids=["phone", "page", "wide"])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_hostile_names_are_drawn_as_text_inside_the_figure(mode, width, render):
    index, names = techniques(len(HOSTILE), HOSTILE)
    table = cost_table(range(1, len(HOSTILE) + 1), index=index, names=names)
    with charts.theme(mode):
        figure = Figure(figsize=(width, 4), layout="constrained")

        ax = render(plot("charged_cost", table.iloc[::-1], ax=figure.subplots()))

    extent = figure.bbox
    for text in [*ax.get_yticklabels(), *ax.texts]:
        box = text.get_window_extent()
        assert not text.get_parse_math()
        assert "\n" not in text.get_text()
        assert len(text.get_text()) <= 40
        assert box.x0 >= extent.x0 - 1
        assert box.x1 <= extent.x1 + 1


def test_hostile_names_stand_in_the_legend_too(render):
    keys = [f"tech_{at}" for at in range(6)]
    index = pd.MultiIndex.from_product([keys, days(2)], names=["technique_id", "period_start"])
    names = list(itertools.chain.from_iterable((name, name) for name in HOSTILE[:6]))
    table = cost_table([1] * 12, index=index, names=names)

    ax = render(plot("charged_cost", table))

    said = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "$x^2$ and $\\frac{1}{0" in said
    assert len(said) == 6


def test_groups_that_read_alike_are_told_apart():
    index, names = techniques(2, ["Same name", "Same name"])

    ax = plot("charged_cost", cost_table([1, 2], index=index, names=names))

    assert [t.get_text() for t in ax.get_yticklabels()] == ["Same name (_001)", "Same name (_000)"]


def test_a_group_keeps_its_colour_in_every_chart_of_a_report():
    keys = [(f"tech_{at}",) for at in range(5)]

    with charts.theme("light"):
        first = colours_of(keys)
        again = colours_of(list(reversed(keys))[:3])

    assert len(set(first.values())) == 5
    assert again == {key: first[key] for key in again}


def test_without_a_report_the_key_decides_the_colour():
    assert colours_of([("tech_a",)]) == colours_of([("tech_a",)])


def test_drawing_leaves_matplotlibs_settings_and_pyplot_alone():
    before = dict(mpl.rcParams)

    plot("charged_cost", cost_table([1]))

    assert dict(mpl.rcParams) == before


def test_the_package_and_its_charts_load_no_matplotlib_until_one_is_drawn():
    code = (
        "import sys, flora_analytics.charts as charts; assert 'matplotlib' not in sys.modules;"
        "charts.plot_charged_cost; assert 'matplotlib.pyplot' not in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency," IEEE TVCG 15(6), 2009: the published matrices of full severity, on linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    shades = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(shades <= 0.04045, shades / 12.92, ((shades + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    white = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(white > 0.008856, np.cbrt(white), 7.787 * white + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one, other):
    light, dark = sorted((TO_XYZ[1] @ linear(one), TO_XYZ[1] @ linear(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_any_two_colours_can_be_told_apart(theme, sight):
    seen = [lab(SIGHT[sight] @ linear(colour)) for colour in (*theme.groups, theme.other)]

    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 15


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_words_and_marks_stand_out_from_the_paper(theme):
    assert min(contrast(theme.paper, words) for words in (theme.ink, theme.faint)) >= 4.5
    assert min(contrast(c, theme.paper) for c in (*theme.groups, theme.accent, theme.alarm)) >= 3


def test_notes_at_one_height_do_not_run_into_each_other(render):
    ax = new_axes(height=3.0)
    ax.set(xlim=(0, 10), ylim=(0, 10))

    say_apart(ax, [("−63% to 0.0852", (1, 5), "C0"), ("−75% to 0.0845", (2, 5), "C1")])

    first, second = (text.get_window_extent() for text in render(ax).texts)
    assert not first.overlaps(second)
