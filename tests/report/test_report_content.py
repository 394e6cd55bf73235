"""What a report says: what is found is told first, and every figure is a metric's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import given, settings
from report_runs import MARCH, READ_AT, a_months_runs, make_run, make_table

from flora_analytics import metrics
from flora_analytics.budget import Budget
from flora_analytics.calendar import Window
from flora_analytics.errors import ConfigurationError
from flora_analytics.objectives import Objective
from flora_analytics.report import Selection, collect_report
from flora_analytics.report.page import Content, Figure, Table, plain

MARCH_WINDOW = Window.parse("2026-03-01", "2026-04-01")


def make_history(*, days: int = 90, per_day: int = 8, dear_after: int | None = None) -> pa.Table:
    """Runs of three techniques, evenly over `days` up to `READ_AT`; the price may double."""
    runs = []
    for at in range(days * per_day):
        day, nth = divmod(at, per_day)
        cost = Decimal("0.10") * (nth % 3 + 1)
        runs.append(
            make_run(
                technique_id=f"tech_{nth % 3}",
                project_id=f"prj_{nth % 2}",
                created_at=READ_AT - timedelta(days=days - day) + timedelta(hours=nth),
                cost=cost * 2 if dear_after is not None and day >= dear_after else cost,
                status="failed" if at % 20 == 7 else "completed",
            )
        )
    return make_table(*runs)


def said(content: Content) -> str:
    return " ".join(plain(finding.sentence) for finding in content.findings)


def figure(content: Content, key: str) -> Figure:
    return next(each for part in content.sections for each in part.figures if each.key == key)


def keys(content: Content) -> list[str]:
    return [section.key for section in content.sections]


def column(table: Table, label: str) -> list[str]:
    at = [each.label for each in table.columns].index(label)
    return [row.cells[at].text for row in table.rows]


@pytest.fixture(scope="module")
def dearer() -> Content:
    """March after February, its second half twice as dear, held to a budget and a promise."""
    return collect_report(
        make_history(dear_after=75),
        window=MARCH_WINDOW,
        budget=Budget(overage_cap=Decimal(90), projects={"prj_0": Decimal(5)}),
        objectives=[Objective(target=0.99, name="nearly all complete")],
    )


def test_three_to_six_findings_lead_each_with_a_figure_to_check_it_by(dearer):
    shown = {each.key for part in dearer.sections for each in part.figures}

    assert 3 <= len(dearer.findings) <= 6
    assert {finding.figure for finding in dearer.findings} <= shown


def test_findings_say_how_spend_stands_against_before_and_against_the_budget(dearer):
    assert "$67.50 was charged so far for 240 runs in 1–31 March 2026" in said(dearer)
    assert "That is $25.50 (61%) more than" in said(dearer)
    assert "$67.50 of the budget of $90.00 (75%) is spent, with 98% of the cycle" in said(dearer)
    assert "The budget of project prj_0 is broken: $" in said(dearer)


@pytest.mark.parametrize(
    ("february", "march", "told"),
    [
        pytest.param(["1", "2"], ["4", "5"], "cost $3.00.", id="all stated"),
        pytest.param(["3", None], ["4", "5"], "cost $3.00 (1 not stated).", id="before"),
        pytest.param(["1", "2"], ["9", None], "cost $3.00 (all stated).", id="now"),
    ],
)
def test_a_comparison_says_what_the_earlier_cost_leaves_out(february, march, told):
    days = [(MARCH - timedelta(days=28), cost) for cost in february] + [
        (MARCH + timedelta(days=8), cost) for cost in march
    ]
    runs = make_table(*(make_run(created_at=at, cost=cost) for at, cost in days))

    content = collect_report(runs, window=MARCH_WINDOW, sections=["cost"])

    assert f"when 2 runs {told}" in said(content)


def test_findings_name_the_cause_of_a_change_and_the_technique(dearer):
    assert "runs that did not fail were charged more each (+$" in said(dearer)
    assert "Name of tech_1 changed most (+$" in said(dearer)


def test_a_cause_that_stands_against_the_change_is_told_as_that():
    runs = [make_run(created_at=MARCH - timedelta(days=at % 21 + 8), cost=1) for at in range(40)]
    runs += [make_run(created_at=MARCH + timedelta(days=at % 20), cost="0.3") for at in range(80)]

    content = collect_report(make_table(*runs), window=MARCH_WINDOW, sections=["changes"])

    assert "runs that did not fail were charged less each (−$" in said(content)
    assert "against it: more runs of what ran in both periods (+$" in said(content)


def test_findings_tell_a_broken_promise(dearer):
    assert "The objective is missed: “nearly all complete” came to 95.1% over 28 days (95%" in said(
        dearer
    )


def test_the_bridge_leads_from_the_earlier_cost_to_the_later(dearer):
    bridge = figure(dearer, "cost-changes").table
    steps = [_dollars(text) for text in column(bridge, "Charged cost")]

    assert sum(steps[:-1]) == steps[-1]
    assert bridge.rows[-1].role == "total"


def test_what_changed_is_the_difference_of_what_stands_beside_it(dearer):
    table = figure(dearer, "cost-changes-by-technique").table
    before, after, change = (
        [_dollars(text) for text in column(table, label)]
        for label in ("Cost before", "Cost after", "Change")
    )

    assert [a - b for a, b in zip(after, before, strict=True)] == change
    assert sum(change[:-1]) == change[-1]


def test_prices_that_moved_are_shown_with_the_day_and_by_how_much(dearer):
    table = figure(dearer, "price-drift").table

    assert column(table, "Since before") == ["–", "+100%"] * 3
    assert column(table, "First run")[1] == "16 March 2026"


def _dollars(text: str) -> Decimal:
    return Decimal(text.replace("$", "").replace(",", "").replace("−", "-").replace("+", ""))


def test_a_forecast_is_told_with_its_interval():
    content = collect_report(make_history(days=150), sections=["cost", "outlook"])

    row = dict(zip(*_first_row(figure(content, "forecast").table), strict=True))
    assert f"heading for about {row['At its end, about']}" in said(content)
    assert " – " in row["80% interval"]


def _first_row(table: Table) -> tuple[list[str], list[str]]:
    return [each.label for each in table.columns], [cell.text for cell in table.rows[0].cells]


def test_without_history_enough_the_basis_says_why_nothing_is_foretold():
    content = collect_report(make_history(days=20), sections=["outlook"])

    assert keys(content) == []
    assert "Not enough data for a forecast" in {n.term: n.text for n in content.basis}["Forecast"]


def test_a_cycle_that_is_over_is_told_as_it_ended():
    february = Window.parse("2026-02-01", "2026-03-01")

    content = collect_report(
        make_history(),
        window=february,
        budget=Budget(overage_cap=Decimal(100)),
        sections=["outlook"],
    )

    table = figure(content, "budget").table
    cost = metrics.charged_cost(metrics.in_window(make_history(), february))["charged_cost"][0]
    assert f"kept to its budget: ${cost:.2f} of $100.00" in said(content)
    assert "Chance to break" not in [each.label for each in table.columns]


def test_stuck_runs_are_told_and_listed():
    runs = make_history().to_pylist()
    runs.append(make_run(technique_id="tech_1", status="running", cost=None, created_at=MARCH))
    runs[-1]["run_id"] = "run_stuck"

    content = collect_report(make_table(*runs), sections=["durations"])

    assert "1 run is stuck: the oldest, of Name of tech_1, has been open for 30 d" in said(content)
    assert len(figure(content, "stuck-runs").table.rows) == 1


def test_nothing_is_said_to_be_odd_where_nothing_was():
    content = collect_report(make_history(), sections=["oddities"])

    assert keys(content) == []
    assert "nothing" in {note.term: note.text for note in content.basis}["Odd days"]


def test_a_day_of_failures_is_told_as_an_incident():
    runs = make_history(per_day=12).to_pylist()
    bad = (READ_AT - timedelta(days=10)).date()
    for run in runs:
        if run["created_at"].date() == bad:
            run["status"] = "failed"

    content = collect_report(make_table(*runs), sections=["oddities"])

    assert "Not as usual: " in said(content)
    assert "failed in " in said(content)
    assert keys(content) == ["oddities"]


def test_the_technique_that_fails_most_is_named_where_that_is_no_chance():
    runs = [make_run(technique_id="tech_a") for _ in range(200)]
    runs += [make_run(technique_id="tech_b", status="failed") for _ in range(9)]
    runs.append(make_run(technique_id="tech_c", status="failed"))

    content = collect_report(make_table(*runs), sections=["failures"])

    assert "Name of tech_b fails most (9 of 9)" in said(content)


def test_one_run_out_of_one_does_not_make_a_technique_the_worst_of_many():
    runs = [make_run(technique_id=f"tech_{at % 30}") for at in range(600)]
    runs += [make_run(technique_id=f"tech_{at}", status="failed") for at in range(25)]
    runs.append(make_run(technique_id="tech_once", status="failed"))

    content = collect_report(make_table(*runs), sections=["failures"])

    assert "fails most" not in said(content)


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (
            [make_run(status="failed"), make_run(status="failed", cost=None)],
            "of all charged cost: 1 of 2 failed runs was charged, and 1 does not state a cost.",
        ),
        (
            [make_run(status="failed", error_code=code, cost=0) for code in ("a", "a", "b")],
            "error codes: a (66.7%) and b (33.3%). Failed runs cost $0.00: 0 of 3 failed runs were",
        ),
        (
            [make_run(cost=None)],
            "What 1 run in 1–31 March 2026 cost is not stated: the API has named no charge for it.",
        ),
    ],
    ids=["one and one", "none of several", "a run without a cost"],
)
def test_a_finding_is_grammatical_for_none_one_and_many(runs, expected):
    content = collect_report(make_table(*runs), sections=["cost", "failures"])

    assert expected in said(content)


def test_a_stretch_that_the_data_does_not_reach_is_not_called_empty():
    april = Window.parse("2026-04-01", "2026-05-01")

    content = collect_report(a_months_runs(), window=april)

    assert content.period == "1–30 April 2026"
    assert said(content) == (
        "The data ends 31 March 2026, 12:00, before 1–30 April 2026 begins: what runs in that time "
        "is not known yet. The history holds 61 runs from before."
    )


def test_nothing_is_explained_where_nothing_is_shown():
    empty = collect_report(make_table())
    short = collect_report(make_table(make_run(created_at=READ_AT)), sections=["failures"])

    assert empty.methods == ()
    assert {note.term for note in short.methods} == {"Failure rate", "Rounding"}


def test_statuses_that_are_not_known_are_counted_on_top():
    content = collect_report(make_table(make_run(), make_run(status="cancelled")))

    assert content.headlines[1].basis == "1 finished, 0 open, 1 of another status"


def test_the_basis_says_why_nothing_is_foretold_or_compared_and_when_runs_ended():
    idle = make_table(*(make_run(created_at=MARCH - timedelta(days=60 + at)) for at in range(5)))

    whole = collect_report(idle, budget=Budget(overage_cap=Decimal(9)))
    window = collect_report(a_months_runs(), window=Window.parse("2026-02-01", "2026-03-01"))

    notes = {note.term: note.text for note in whole.basis}
    assert notes["Forecast"].startswith("Not made, and no budget held against it: no run was")
    assert notes["Period"].endswith("The newest is of 31 December 2025, 09:00.")
    assert {note.term: note.text for note in window.basis}["Comparison"] == (
        "Not made: the history does not reach back over the whole stretch before."
    )


def test_the_budget_of_a_project_is_told_with_its_cycle_where_it_stands_alone():
    content = collect_report(
        make_history(),
        window=Window.parse("2026-02-01", "2026-03-01"),
        budget=Budget(projects={"prj_0": Decimal(5)}),
        sections=["outlook"],
    )

    assert "was spent in the billing cycle 1–28 February 2026." in said(content)


def test_the_hour_that_comes_twice_in_autumn_is_told_apart():
    night = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    runs = make_table(make_run(created_at=night), make_run(created_at=night + timedelta(hours=1)))

    content = collect_report(
        runs,
        window=Window(night - timedelta(hours=9), night + timedelta(hours=9)),
        tz="Europe/Vienna",
    )

    hours = column(figure(content, "cost-by-period").table, "Hour")
    assert hours[:2] == ["26 October 2025, 02:00 (CEST)", "26 October 2025, 02:00 (CET)"]


def test_sections_stand_in_the_order_asked_for_and_findings_keep_to_them():
    content = collect_report(a_months_runs(), sections=["failures", "cost"])

    assert keys(content) == ["failures", "cost"]
    assert "waited" not in said(content)
    assert {note.term for note in content.methods} >= {"Failure rate", "Charged cost"}
    assert "Durations" not in {note.term for note in content.methods}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["failres"], "did you mean 'failures'"),
        (["cost", "cost"], "asked for twice"),
    ],
    ids=["typo", "twice"],
)
def test_sections_that_are_none_are_refused(wanted, message):
    with pytest.raises(ConfigurationError, match=message):
        collect_report(a_months_runs(), sections=wanted)


def test_a_selection_is_said_on_top_and_keeps_what_is_known_of_the_whole():
    chosen = Selection(project_id=("prj_1", "prj_2"))

    part = collect_report(a_months_runs(), selection=chosen, sections=["cost"])

    notes = {note.term: note.text for note in part.basis}
    n = metrics.charged_cost(a_months_runs(), by="project")["n_runs"]
    assert part.period.endswith("only projects prj_1 and prj_2")
    assert part.data_as_of == "31 March 2026, 12:00"
    assert f"{61 - n['prj_1'] - n['prj_2']} runs of others left out" in notes["Selection"]
    assert column(figure(part, "cost-by-project").table, "Project") == ["prj_2", "prj_1", "Total"]


def test_a_whole_budget_is_not_held_against_a_part():
    budget = Budget(overage_cap=Decimal(1), projects={"prj_0": Decimal(5)})

    of_project, of_technique = (
        collect_report(make_history(), budget=budget, selection=selection, sections=["outlook"])
        for selection in (Selection(project_id=("prj_0",)), Selection(technique_id=("tech_0",)))
    )

    assert column(figure(of_project, "budget").table, "Of") == ["Project prj_0"]
    assert [each.key for part in of_technique.sections for each in part.figures] == ["forecast"]


rows = st.lists(
    st.tuples(
        st.sampled_from([f"tech_{n:02}" for n in range(16)]),
        st.none() | st.decimals(min_value=0, max_value=10**4, places=9),
        st.sampled_from(["completed", "completed", "failed", "running"]),
        st.integers(0, 60 * 24),
    ),
    min_size=1,
    max_size=60,
)


@given(rows)
@settings(max_examples=5)
def test_printed_parts_add_up_to_the_metrics_own_totals_whatever_the_runs(rows):
    runs = make_table(
        *(
            make_run(
                technique_id=technique,
                cost=cost,
                status=status,
                created_at=READ_AT - timedelta(hours=hours),
            )
            for technique, cost, status, hours in rows
        )
    )

    content = collect_report(runs, sections=["cost", "changes", "failures"])

    total = metrics.charged_cost(runs).iloc[0]
    failed = metrics.cost_of_failed_runs(runs).iloc[0]
    expected = {
        "Charged cost": total["charged_cost"],
        "Runs": total["n_runs"],
        "Cost of failed runs": failed["cost_of_failed_runs"],
        "Failed": failed["n_failed"],
    }
    for part in content.sections:
        for each in part.figures:
            if each.key != "cost-changes":
                _check(each.table, expected)


def _check(table: Table, expected: dict[str, object]) -> None:
    for at, head in enumerate(table.columns):
        if head.label not in expected or table.rows[-1].role != "total":
            continue
        *parts, whole = [row.cells[at] for row in table.rows]
        shown = [_number(cell.text) for cell in (*parts, whole)]
        assert sum(shown[:-1]) == shown[-1], table.caption
        exact = expected[head.label]
        if whole.exact is not None:
            assert Decimal(whole.exact) == exact
            assert sum(Decimal(cell.exact) for cell in parts if cell.exact) == exact
        elif isinstance(exact, int):
            assert shown[-1] == exact


def _number(text: str) -> Decimal:
    return Decimal(0) if text == "not stated" else _dollars(text)
