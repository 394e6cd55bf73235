"""How promises were kept: for each objective the runs that went well, badly, or neither yet.

Runs and objectives in, one row of counts per objective and technique out, over the objective's
window and those of its alarms. A run is decided as soon as that is certain: one that has waited
for too long has done so even if it is waiting still.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from flora_analytics.errors import DataError
from flora_analytics.metrics.cut import Cut
from flora_analytics.metrics.failures import wilson
from flora_analytics.metrics.fates import Fates, moment
from flora_analytics.metrics.tables import tabulate
from flora_analytics.objectives import EACH, Objective

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

__all__ = ["ALL", "SHORT", "kept"]

#: The technique of an objective for all runs together.
ALL = "(all)"
#: The suffix of an alarm's short window.
SHORT = "_short"

_NEEDS = ("status", "created_at", "started_at", "completed_at", "technique_id")
_ENDS = {
    "queue_time": ("created_at", "started_at"),
    "execution_time": ("started_at", "completed_at"),
    "turnaround_time": ("created_at", "completed_at"),
}


def kept(
    runs: Runs,
    objectives: Sequence[Objective],
    *,
    now: dt.datetime | None,
    windows: Mapping[str, dt.timedelta],
) -> pd.DataFrame:
    """Counts of runs by how they went, index ``objective`` and ``technique_id``.

    Columns ``technique_name``, ``target``, ``window``, ``n_runs``, ``n_open``, ``n_missing``,
    ``n_good``, ``n_bad``, ``low``, ``high``; ``n_good_<name>`` and ``n_bad_<name>`` for each of
    `windows`, all of which end at `now`.
    """
    if isinstance(objectives, Objective) or not all(isinstance(o, Objective) for o in objectives):
        raise DataError("objectives= takes a list, such as [Objective(target=0.95)].")
    at = moment(runs, now)
    parts = [_one(runs, objective, at, windows) for objective in objectives]
    table = pd.concat(parts) if parts else _none(windows)
    if twice := sorted({name for name, _ in table.index[table.index.duplicated()]}):
        raise DataError(
            f"Two objectives are called {', '.join(twice)} and are for the same technique; "
            "give each a name= of its own."
        )
    return table


def _one(
    runs: Runs, objective: Objective, now: int, windows: Mapping[str, dt.timedelta]
) -> pd.DataFrame:
    technique = objective.technique_id
    is_one = technique not in (None, EACH)

    def chosen(runs: Table) -> Value:
        inside = _within(runs, objective.window)
        return inside & (runs.technique_id == technique) if is_one else inside

    counts = tabulate(
        runs,
        Cut() if technique is None else Cut("technique"),
        lambda runs, _: _counts(runs, windows),
        needs=_NEEDS,
        largest=["n_runs"],
        prepare=lambda runs, source: _judged(runs, source, objective, now),
        only=chosen,
    )
    if technique is None:
        counts.insert(0, "technique_name", ALL)
        counts.index = pd.Index([ALL])
    elif is_one and counts.empty:
        counts = counts.reindex([technique]).assign(technique_name=technique)
    counts.insert(1, "target", objective.target)
    counts.insert(2, "window", pd.Series(objective.window, counts.index).dt.as_unit("us"))
    whole = {name: "int64" for name in counts if str(name).startswith("n_")}
    counts = counts.fillna(dict.fromkeys(whole, 0)).astype(whole)
    if technique == EACH:
        counts = counts[counts["n_runs"] > 0]
    return pd.concat({objective.name: counts}, names=["objective", "technique_id"])


def _judged(runs: Table, source: OpenedRuns, objective: Objective, now: int) -> Table:
    """The runs that exist, each with its age and whether it is good, bad or not decided."""
    fates = Fates.at(runs, source, now)
    if objective.of == "success":
        outcomes = _by_outcome(runs, fates)
    else:
        outcomes = _by_span(runs, source, fates, objective, now)
    good, bad, undecided = (outcome.fill_null(False) for outcome in outcomes)
    age = fates.exists.ifelse(fates.age, None)
    return runs.mutate(_age=age, _good=good, _bad=bad, _undecided=undecided)


def _within(runs: Table, window: dt.timedelta) -> Value:
    """After the start of the window, up to and with now."""
    return runs["_age"] < window // dt.timedelta(microseconds=1)


def _counts(runs: Table, windows: Mapping[str, dt.timedelta]) -> dict[str, Value]:
    good, bad, undecided = runs["_good"], runs["_bad"], runs["_undecided"]
    n_good, n_bad = runs.count(where=good), runs.count(where=bad)
    low, high = wilson(n_good, n_good + n_bad)
    inside = {name: _within(runs, window) for name, window in windows.items()}
    return {
        "n_runs": runs.count(),
        "n_open": runs.count(where=undecided),
        "n_missing": runs.count(where=~(good | bad | undecided)),
        "n_good": n_good,
        "n_bad": n_bad,
        "low": low,
        "high": high,
        **{f"n_good_{name}": runs.count(where=good & its) for name, its in inside.items()},
        **{f"n_bad_{name}": runs.count(where=bad & its) for name, its in inside.items()},
    }


def _by_outcome(runs: Table, fates: Fates) -> tuple[Value, Value, Value]:
    is_over = ~fates.is_open
    return (
        is_over & (runs.status == "completed"),
        is_over & (runs.status == "failed"),
        fates.is_open,
    )


def _by_span(
    runs: Table, source: OpenedRuns, fates: Fates, objective: Objective, now: int
) -> tuple[Value, Value, Value]:
    assert objective.within is not None  # noqa: S101 - a span objective has one
    within = objective.within // dt.timedelta(microseconds=1)
    first, last = (source.microseconds(runs[end]) for end in _ENDS[objective.of])
    there = (last <= now).fill_null(False)
    waits = fates.is_open & ~there
    too_long = (waits & (now - first > within)).fill_null(False)
    good, late = there & (last - first <= within), there & (last - first > within)
    return good, late.fill_null(False) | too_long, waits & ~too_long


def _none(windows: Mapping[str, dt.timedelta]) -> pd.DataFrame:
    kinds = {"technique_name": "str", "target": "float64", "window": "timedelta64[us]"}
    kinds |= dict.fromkeys(["n_runs", "n_open", "n_missing", "n_good", "n_bad"], "int64")
    kinds |= dict.fromkeys(["low", "high"], "float64")
    kinds |= {f"n_{how}_{name}": "int64" for how in ("good", "bad") for name in windows}
    none = pd.Index([], dtype="str")
    index = pd.MultiIndex.from_arrays([none, none], names=["objective", "technique_id"])
    return pd.DataFrame({name: pd.Series([], index, kind) for name, kind in kinds.items()}, index)
