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
from flora_analytics.objectives import EACH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value
    from flora_analytics.objectives import Objective

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
    counts = tabulate(
        runs,
        Cut() if technique is None else Cut("technique"),
        lambda runs, source: _counts(runs, source, objective, now, windows),
        needs=_NEEDS,
        largest=["n_runs"],
        only=(lambda runs: runs.technique_id == technique) if is_one else None,
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


def _counts(
    runs: Table,
    source: OpenedRuns,
    objective: Objective,
    now: int,
    windows: Mapping[str, dt.timedelta],
) -> dict[str, Value]:
    fates = Fates.at(runs, source, now)
    good, bad, undecided = (
        _by_outcome(runs, fates) if objective.of == "success" else
        _by_span(runs, source, fates, objective, now)
    )  # fmt: skip
    good, bad, undecided = (each.fill_null(False) for each in (good, bad, undecided))

    def counted(condition: Value, window: dt.timedelta) -> Value:
        # Together with `exists`: after its start, up to and with `now`.
        age = window // dt.timedelta(microseconds=1)
        return runs.count(where=fates.exists & (fates.age < age) & condition)

    n_good, n_bad = counted(good, objective.window), counted(bad, objective.window)
    low, high = wilson(n_good, n_good + n_bad)
    return {
        "n_runs": counted(fates.exists, objective.window),
        "n_open": counted(undecided, objective.window),
        "n_missing": counted(~(good | bad | undecided), objective.window),
        "n_good": n_good,
        "n_bad": n_bad,
        "low": low,
        "high": high,
        **{f"n_good_{name}": counted(good, window) for name, window in windows.items()},
        **{f"n_bad_{name}": counted(bad, window) for name, window in windows.items()},
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
