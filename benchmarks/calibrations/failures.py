"""Whether intervals of failure rates hold the truth, and changes and retries are found."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pyarrow as pa

from calibrations.histories import table_of
from flora_analytics.calendar import Window
from flora_analytics.metrics import estimated_retries, failure_rate, failure_rate_change
from flora_analytics.sandbox import History, Incident, generate

_N_RUNS = 3_000
_TECHNIQUE = "tech_packshot"


def rows(n_histories: int, seed: int) -> list[dict[str, object]]:
    """Coverage of Wilson's and Newcombe's intervals; recall and precision of the rest."""
    seen: Counter[str] = Counter()
    for number in range(n_histories):
        _judge_quiet(_N_RUNS, seed + number, seen)
        _judge_incident(_N_RUNS, seed + number, seen)

    def row(what: str, target: str, hit: str, of: str) -> dict[str, object]:
        return {"what": what, "target": target, "measured": seen[hit] / seen[of], "n": seen[of]}

    return [
        row("95 % interval of a technique's rate covers", "0.93–0.97", "covered", "rates"),
        row("95 % interval of a change covers no change", "0.93–0.97", "unchanged", "changes"),
        row("burst (3 % to 50 %, one week) found as a change", "recall", "burst", "bursts"),
        row("retries found", "recall", "retries found", "retries"),
        row("estimated retries that are retries", "precision", "retries found", "estimated"),
    ]


def _judge_quiet(n_runs: int, seed: int, seen: Counter[str]) -> None:
    history = generate(n_runs, seed=seed, events=())
    runs = table_of(history)
    truth = {t.technique_id: t.failure_probability for t in history.facts.techniques}
    for technique, rate in failure_rate(runs, by="technique").iterrows():
        if rate["n_finished"] >= 20:
            seen["rates"] += 1
            seen["covered"] += rate["low"] <= truth[technique] <= rate["high"]
    middle = history.facts.start + (history.facts.end - history.facts.start) / 2
    change = failure_rate_change(
        runs, earlier=Window(None, middle), later=Window(middle, None), by="technique"
    )
    enough = change[change[["n_finished_earlier", "n_finished_later"]].min(axis=1) >= 20]
    seen["changes"] += len(enough)
    seen["unchanged"] += int(((enough["low"] <= 0) & (enough["high"] >= 0)).sum())
    _judge_retries(history, runs, seen)


def _judge_retries(history: History, runs: pa.Table, seen: Counter[str]) -> None:
    named = runs.append_column("run_id", pa.array([run["run_id"] for run in history]))
    found = estimated_retries(named, by="run_id")
    taken = set(found.index[found["n_estimated_retries"] > 0])
    seen["retries"] += len(history.facts.retry_ids)
    seen["estimated"] += len(taken)
    seen["retries found"] += len(taken & history.facts.retry_ids)


def _judge_incident(n_runs: int, seed: int, seen: Counter[str]) -> None:
    week = timedelta(weeks=1)
    end = generate(50, seed=seed, events=()).facts.end
    burst = Incident(_TECHNIQUE, "provider_error", end - week, end, 0.5)
    runs = table_of(generate(n_runs, seed=seed, events=(burst,)), since=end - 5 * week)
    change = failure_rate_change(
        runs,
        earlier=Window(end - 5 * week, burst.start),
        later=Window(burst.start, burst.end),
        by="technique",
    )
    seen["bursts"] += 1
    seen["burst"] += _TECHNIQUE in change.index and bool(change.loc[_TECHNIQUE, "low"] > 0)
