"""Findings about runs: what failed, how long it took, and what is amiss."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from flora_analytics.calendar import Window
from flora_analytics.report import display
from flora_analytics.report.figures import Figures
from flora_analytics.report.findings.rows import lines, listed, span
from flora_analytics.report.oddities import what_was_odd
from flora_analytics.report.page import Finding, Name, Section, Sentence, Strong, say
from flora_analytics.report.stretch import Stretch, describe
from flora_analytics.report.tables import first_row, row_names
from flora_analytics.statistics.proportions import chance_of_as_many

__all__ = ["amiss", "failures", "waiting"]

#: The chance of naming a technique that fails no more than all do.
_FALSE_ALARM = 0.05
#: What an objective is that is neither met nor missed.
_UNMET = {"not sure": "too close to call", "no runs": "without runs"}


def failures(figures: Figures, stretch: Stretch, sections: Sequence[Section]) -> Finding:
    """How often runs fail, with which codes, and what that cost."""
    rate = first_row(figures.failure_rate)
    if not rate["n_finished"]:
        said = say("{}, so there is no failure rate yet.", Strong("No run has finished"))
        return Finding(said, "failures-by-technique")
    said = say(
        "{} of {} failed: {} (95% interval {} to {}){}{}{}.",
        display.count(rate["n_failed"]),
        display.counted(rate["n_finished"], "finished run"),
        Strong(display.share(rate["failure_rate"])),
        display.share(rate["low"]),
        display.share(rate["high"]),
        _rate_before(figures, stretch),
        _top_codes(lines(sections, "failures-by-code")),
        _worst(figures.failure_rate_by_technique, than=rate["failure_rate"]),
    )
    cost = _failed_cost(figures)
    return Finding((*said, *((" ", *cost) if cost else ())), "failures-by-technique")


def _rate_before(figures: Figures, stretch: Stretch) -> str:
    # Where the whole history is reported, the stretch compared is not the one spoken of.
    if figures.failure_rate_change is None or not stretch.window.start:
        return ""
    row = first_row(figures.failure_rate_change)
    if not row["n_finished_earlier"] or pd.isna(row["change"]):
        return ""
    before = display.share(row["failure_rate_earlier"])
    if row["low"] <= 0 <= row["high"]:
        return f", after {before} in the stretch before, which chance may explain"
    low, high = sorted(100 * abs(row[end]) for end in ("low", "high"))
    moved = "more" if row["change"] > 0 else "less"
    return (
        f", after {before} in the stretch before: {low:.1f} to {high:.1f} points {moved} "
        "(95% interval)"
    )


def _top_codes(codes: list[dict[str, str]]) -> Sentence:
    if not codes:
        return ()
    named = [say("{} ({})", _code(line["Error code"]), line["Share"]) for line in codes[:2]]
    which = "most frequent error codes" if len(codes) > 2 else "error codes"
    return say("; {}: {}", which if len(codes) > 1 else "error code", listed(named))


def _code(code: str) -> str:
    return "none given" if code == "(none)" else Name(code)


def _worst(by_technique: pd.DataFrame, *, than: float) -> Sentence:
    """The technique that fails most at the least, if chance among so many does not explain it."""
    ended = by_technique[by_technique["n_finished"] > 0]
    chance = chance_of_as_many(ended["n_failed"], ended["n_finished"], than)
    certain = ended[chance * len(ended) < _FALSE_ALARM]
    if len(by_technique) < 2 or certain.empty:
        return ()
    worst = certain.sort_values("low", ascending=False, kind="stable").iloc[:1]
    return say(
        "; {} fails most ({} of {})",
        Name(row_names(worst)[0].text),
        display.count(int(worst["n_failed"].iloc[0])),
        display.count(int(worst["n_finished"].iloc[0])),
    )


def _failed_cost(figures: Figures) -> Sentence:
    failed = first_row(figures.cost_of_failed_runs)
    if not failed["n_failed"]:
        return ()
    n_failed, cost = (
        display.counted(failed["n_failed"], "failed run"),
        failed["cost_of_failed_runs"],
    )
    if pd.isna(cost):
        return say("What the {} cost is {}.", n_failed, Strong("not stated"))
    of_all, n_unknown = failed["cost_share"], failed["n_unknown"]
    return say(
        "Failed runs cost {}{}: {} of {} {} charged{}.",
        Strong(display.money(cost)),
        "" if pd.isna(of_all) else f", {display.share(float(of_all))} of all charged cost",
        display.count(failed["n_charged"]),
        n_failed,
        "was" if failed["n_charged"] == 1 else "were",
        f", and {display.count(n_unknown)} {'does' if n_unknown == 1 else 'do'} not state a cost"
        if n_unknown
        else "",
    )


def waiting(figures: Figures, stretch: Stretch, _: Sequence[Section]) -> Finding | None:
    """How long runs wait and work, and which are stuck."""
    times, stuck = _times(figures), _stuck(figures)
    if not (times or stuck):
        return None
    said = (*times, " ", *stuck) if times and stuck else times or stuck
    return Finding(said, "stuck-runs" if stuck else "durations-overall")


def _times(figures: Figures) -> Sentence:
    queue, execution = first_row(figures.queue_time), first_row(figures.execution_time)
    if min(queue["n_timed"], execution["n_timed"]) < 2:
        return ()
    n_left_out = execution["n_runs"] - execution["n_timed"]
    return say(
        "Half of the runs waited {} or less before they began and 90% at most {}; they then took "
        "{} in the median and at most {} in 90% of cases{}.",
        Strong(span(queue["p50"])),
        span(queue["p90"]),
        Strong(span(execution["p50"])),
        span(execution["p90"]),
        f" ({display.counted(n_left_out, 'run')} without both times left out)"
        if n_left_out
        else "",
    )


def _stuck(figures: Figures) -> Sentence:
    stuck = figures.stuck_runs
    if stuck is None or stuck.empty:
        return ()
    oldest = first_row(stuck)
    return say(
        "{} {} stuck: the oldest, of {}, has been open for {}, where {} is already unusual.",
        Strong(display.counted(len(stuck), "run")),
        "is" if len(stuck) == 1 else "are",
        Name(display.name(oldest["technique_name"])),
        span(oldest["open_time"]),
        span(oldest["limit"]),
    )


def amiss(figures: Figures, stretch: Stretch, *, about: Collection[object]) -> Finding | None:
    """What was odd, and promises that were not kept."""
    odd = _odd(figures, stretch) if "oddities" in about else ()
    missed = _missed(figures) if "objectives" in about else ()
    if not (odd or missed):
        return None
    said = (*odd, " ", *missed) if odd and missed else odd or missed
    return Finding(said, "anomalies" if odd else "service-levels")


def _odd(figures: Figures, stretch: Stretch) -> Sentence:
    found = figures.cost_anomalies
    if found is None or found.empty:
        return ()
    row: dict[Any, Any] = found.iloc[:1].to_dict("records")[0]
    more = len(found) - 1
    others = "" if not more else f" ({display.counted(more, 'more incident')} below)"
    return say(
        "Not as usual: {} {} {}{}.",
        Strong(describe(Window(row["start"], row["end"]), tz=stretch.tz) + ","),
        Name(display.name(row["name"])),
        what_was_odd(row),
        others,
    )


def _missed(figures: Figures) -> Sentence:
    levels = figures.service_levels
    if levels is None or levels.empty:
        return ()
    missed = levels[levels["verdict"] == "missed"]
    objectives = display.counted(len(levels), "objective")
    if missed.empty:
        n_met = int((levels["verdict"] == "met").sum())
        if n_met == len(levels):
            whole = "The objective is" if n_met == 1 else f"All {objectives} are"
            return say("{} {}.", whole, Strong("met"))
        rest = levels["verdict"].value_counts().drop("met", errors="ignore")
        if len(levels) == 1:
            return say("The objective is {}.", _UNMET[str(rest.index[0])])
        return say(
            "{} of {} {} surely met; {}.",
            Strong(display.count(n_met)),
            objectives,
            "is" if n_met == 1 else "are",
            ", ".join(f"{display.count(n)} {_UNMET[str(verdict)]}" for verdict, n in rest.items()),
        )
    row = first_row(missed)
    objective, technique = missed.index[0]
    whose: Sentence = (
        () if technique == "(all)" else say("{}, ", Name(display.name(row["technique_name"])))
    )
    return say(
        "{}{} missed{} {}“{}” came to {} over {} (95% interval {} to {}).",
        "The objective"
        if len(levels) == 1
        else Strong(f"{display.count(len(missed))} of {objectives}"),
        " is" if len(missed) == 1 else " are",
        ":" if len(missed) == 1 else ", above all this:",
        whose,
        Name(display.name(objective)),
        display.share(row["attainment"]),
        display.counted(row["window"].days, "day"),
        display.share(row["low"]),
        display.share(row["high"]),
    )
