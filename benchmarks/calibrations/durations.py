"""Durations and promises: bounds that hold, curves that see open runs, alarms that mean it.

Truth is planted: the sandbox draws execution times of completed runs from a log-normal
distribution it tells; where half of the last runs must still be open, turnaround times of some
hours are drawn for the sandbox's own times of creation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import binom, norm

from calibrations.histories import table_of
from flora_analytics.metrics import (
    burn_rates,
    execution_time,
    stuck_runs,
    turnaround_quantiles,
    turnaround_time,
)
from flora_analytics.objectives import Objective
from flora_analytics.sandbox import History, Incident, generate
from flora_analytics.statistics.order_statistics import quantile_ranks

_END = datetime(2026, 6, 30, 18, tzinfo=UTC)
_QUANTILES = (0.5, 0.9, 0.99)


def rows(n_histories: int, seed: int) -> list[dict[str, Any]]:
    """Coverage, errors, recall and false alarms, each measured against the planted truth.

    Of the last day there is one median a history, and it is soon drawn: ten times as many.
    """
    seeds = range(seed, seed + n_histories)
    many = range(seed, seed + 10 * n_histories)
    return [*_bounds(seeds), *_open_runs(many), *_stuck(seeds), *_alarms(seeds)]


def _row(what: str, target: str, measured: float, n: int) -> dict[str, Any]:
    return {"what": what, "target": target, "measured": float(measured), "n": n}


def _bounds(seeds: range) -> Iterator[dict[str, Any]]:
    """Order-statistic bounds of execution times of completed runs, by technique."""
    hits: dict[float, list[bool]] = {q: [] for q in _QUANTILES}
    nominal: dict[float, list[float]] = {q: [] for q in _QUANTILES}
    for each in seeds:
        history = generate(4_000, seed=each, events=())
        runs = table_of(history)
        runs = runs.filter(pc.equal(runs["status"], "completed"))
        table = execution_time(runs, by="technique_id", quantiles=_QUANTILES, quantile_bounds=True)
        for technique in history.facts.techniques:
            row = table.loc[technique.technique_id]
            for q in _QUANTILES:
                low, high = row[f"p{100 * q:g}_low"], row[f"p{100 * q:g}_high"]
                if pd.isna(low) or pd.isna(high):  # too few runs to say
                    continue
                truth = technique.execution_median * np.exp(technique.execution_sigma * norm.ppf(q))
                # The sandbox writes whole milliseconds.
                hits[q].append(low.total_seconds() - 6e-4 <= truth <= high.total_seconds() + 6e-4)
                below, above = quantile_ranks(int(row["n_timed"]), q)
                n = int(row["n_timed"])
                nominal[q].append(binom.cdf(above - 1, n, q) - binom.cdf(below - 1, n, q))
    for q in _QUANTILES:
        if hits[q]:
            exact = float(np.mean(nominal[q]))
            what = f"95% bounds of the {q:.0%} quantile cover it"
            yield _row(what, f"{exact:.3f} exact", np.mean(hits[q]), len(hits[q]))


def _open_runs(seeds: range) -> Iterator[dict[str, Any]]:
    """Runs of the last day that take hours: those that ended were the quick ones."""
    errors: dict[str, list[float]] = {}
    covered: list[bool] = []
    closer: dict[float, list[bool]] = {0.5: [], 0.9: []}
    n_open, n_all = 0, 0
    for each in seeds:
        median, sigma = 3 * 3600.0, 0.8
        runs = _slow(generate(3_000, seed=each, events=(), weeks=2), each, median, sigma)
        n_open += pc.sum(pc.is_in(runs["status"], pa.array(["running"]))).as_py()
        n_all += len(runs)
        naive = turnaround_time(runs, quantiles=(0.5, 0.9)).iloc[0]
        seen = turnaround_quantiles(runs, now=_END, quantiles=(0.5, 0.9)).iloc[0]
        for q in (0.5, 0.9):
            truth = median * np.exp(sigma * norm.ppf(q))
            name = f"p{100 * q:g}"
            # Not estimable counts as wrong by all of it.
            off = [
                1.0 if pd.isna(table[name]) else
                abs(table[name].total_seconds() - truth) / truth
                for table in (seen, naive)
            ]  # fmt: skip
            for who, error in zip(("Kaplan–Meier", "plain"), off, strict=True):
                errors.setdefault(f"{who} {q:.0%} quantile", []).append(error)
            closer[q].append(off[0] < off[1])
            low, high = seen[f"{name}_low"], seen[f"{name}_high"]
            if q == 0.5 and not pd.isna(low) and not pd.isna(high):
                covered.append(low.total_seconds() <= truth <= high.total_seconds())
    yield _row("runs of the last day that are open", "", n_open / n_all, n_all)
    for name, own in errors.items():
        yield _row(f"mean error of {name}", "", np.mean(own), len(own))
    for q, own in closer.items():
        yield _row(f"Kaplan–Meier {q:.0%} nearer than plain", "over 0.5", np.mean(own), len(own))
    if covered:
        yield _row(
            "95% bounds of that median cover it", "0.93–0.97", np.mean(covered), len(covered)
        )


def _slow(history: History, seed: int, median: float, sigma: float) -> pa.Table:
    """The runs of the history's last day, with turnaround times of hours, as they stand then."""
    runs = table_of(history, since=_END - timedelta(days=1))
    draw = np.random.default_rng(seed)
    spans = (median * np.exp(sigma * draw.standard_normal(len(runs))) * 1e6).astype("int64")
    ends = pc.add(runs["created_at"], pa.array(spans, pa.duration("us")))
    is_over = pc.less_equal(ends, pa.scalar(_END, pa.timestamp("us", "UTC")))
    status = pc.if_else(is_over, "completed", "running")
    ends = pc.if_else(is_over, ends, pa.scalar(None, ends.type))
    place = runs.schema.get_field_index
    runs = runs.set_column(place("status"), "status", status)
    return runs.set_column(place("completed_at"), "completed_at", ends)


def _stuck(seeds: range) -> Iterator[dict[str, Any]]:
    """Runs that hang for weeks, and runs that are open because they have just begun."""
    found, planted, wrong, judged = 0, 0, 0, 0
    for each in seeds:
        history = generate(4_000, seed=each, events=())
        names = [run["run_id"] for run in history]
        runs = table_of(history).append_column("run_id", pa.array(names))
        named = set(stuck_runs(runs, now=_END).index)
        found += len(named & history.facts.stuck_ids)
        planted += len(history.facts.stuck_ids)
        wrong += len(named - history.facts.stuck_ids)
        judged += len(history.facts.open_ids - history.facts.stuck_ids)
    yield _row("stuck runs that are named", "over 0.99", found / planted, planted)
    yield _row("other open runs that are named", "under 0.01", wrong / judged, judged)


def _alarms(seeds: range) -> Iterator[dict[str, Any]]:
    """Burn alarms of a technique whose promise is just kept, and of one that breaks down."""
    technique = "tech_reel"  # fails in 7 % of runs
    promise = Objective(target=0.93, technique_id=technique)
    moments = [_END - timedelta(hours=1 + 29 * n) for n in range(10)]
    quiet, raised, found, n_hit = 0, 0, 0, 0
    start = datetime(2026, 6, 23, 14, tzinfo=UTC)
    for each in seeds:
        runs = table_of(generate(4_200, seed=each, events=(), weeks=9))
        for at in moments:
            quiet += 1
            raised += bool(burn_rates(runs, [promise], now=at)["is_burning"].any())
        incident = Incident(technique, "provider_error", start, start + timedelta(hours=6), 0.75)
        runs = table_of(generate(4_200, seed=each, events=(incident,), weeks=9))
        later = [start + timedelta(minutes=30 * n) for n in range(1, 13)]
        found += any(burn_rates(runs, [promise], now=at)["is_burning"].any() for at in later)
        created, is_its = runs["created_at"].to_pandas(), pc.equal(runs["technique_id"], technique)
        within = (created >= incident.start) & (created < incident.end)
        n_hit += int((within & is_its.to_pandas()).sum())
    yield _row("moments with an alarm, promise just kept", "at most 0.03", raised / quiet, quiet)
    what = "6 h with 75% failing that raise an alarm"
    yield _row(what, "over 0.8", found / len(seeds), len(seeds))
    yield _row("… runs of the technique in these 6 h, mean", "", n_hit / len(seeds), len(seeds))
