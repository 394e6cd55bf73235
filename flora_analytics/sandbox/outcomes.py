"""How runs end: waiting, running, success or failure, another try, and the charge.

In: runs as they are created, and the planted events. Out: the same rows with times, error
codes and costs, retries added. Here every run ends; `generator` decides which are still
open when the history does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flora_analytics.sandbox.arrivals import DRAFT, Drafts, milliseconds
from flora_analytics.sandbox.catalogue import (
    COMPLETED_FREE_SHARE,
    COMPLETED_UNKNOWN_SHARE,
    ERRORS,
    FAILED_CHARGED_SHARE,
    FAILED_FREE_SHARE,
    RETRY_PROBABILITY,
    RUNNING_STATED_SHARE,
    TECHNIQUES,
)
from flora_analytics.sandbox.chance import Chance, Floats, Ints, Mask
from flora_analytics.sandbox.facts import Incident, PriceChange

__all__ = ["MAX_TRIES", "draw_costs", "draw_outcomes"]

MAX_TRIES = 4
_RETRY_PAUSE_S = 40.0
_QUEUE_SIGMA = 0.7
_TIMEOUT_S = 600.0
_LOAD_WINDOW_MS = 600_000
_ERROR_CODES = [code for code, _, _ in ERRORS]
_ERROR_SHARES = np.array([share for _, _, share in ERRORS])
_TECHNIQUE_IDS = [technique.technique_id for technique in TECHNIQUES]


def draw_outcomes(chance: Chance, arrivals: Drafts, incidents: Sequence[Incident]) -> Drafts:
    """Let the runs end, and failures be tried again up to three times."""
    tries = [_run(chance, arrivals, incidents, load=_load(arrivals["created"]))]
    for _ in range(MAX_TRIES - 1):
        again = _try_again(chance, tries[-1])
        tries.append(_run(chance, again, incidents, load=np.ones(len(again))))
    return np.concatenate(tries)


def draw_costs(chance: Chance, runs: Drafts, changes: Sequence[PriceChange]) -> Ints:
    """What each run states as its charge, in millionths of a US dollar; -1 = nothing.

    The charge is per unit, whether the run failed or not; some running runs state it early.
    """
    price = _by_technique("price", runs) * runs["units"]
    price *= np.exp(_by_technique("price_sigma", runs) * chance.normal(len(runs)))
    for change in changes:
        dearer = _runs_of(change.technique_id, runs) & (runs["created"] >= milliseconds(change.at))
        price[dearer] *= change.ratio
    full = np.rint(price).astype(np.int64)

    luck = chance.uniform(len(runs))
    failed = np.select(
        [luck < FAILED_CHARGED_SHARE, luck < FAILED_CHARGED_SHARE + FAILED_FREE_SHARE],
        [full, np.zeros_like(full)],
        default=-1,
    )
    completed = np.select(
        [luck < COMPLETED_UNKNOWN_SHARE, luck < COMPLETED_UNKNOWN_SHARE + COMPLETED_FREE_SHARE],
        [np.full_like(full, -1), np.zeros_like(full)],
        default=full,
    )
    running = np.where(luck < RUNNING_STATED_SHARE, full, -1)
    is_open = runs["completed"] < 0
    return np.select(
        [is_open & (runs["started"] < 0), is_open, runs["error"] >= 0],
        [np.full_like(full, -1), running, failed],
        default=completed,
    )


def _run(chance: Chance, drafts: Drafts, incidents: Sequence[Incident], *, load: Floats) -> Drafts:
    """The drafts with their units, errors and times."""
    runs = drafts.copy()
    runs["units"] = _units(chance, runs)
    runs["error"] = _errors(chance, runs, incidents)
    waits = np.exp(_QUEUE_SIGMA * chance.normal(len(runs))) * load
    begins = runs["created"] + _ms(_by_technique("queue_median", runs) * waits)
    runs["started"] = np.where(_failed_with("input_unreachable", runs), -1, begins)
    runs["completed"] = begins + _ms(_execution_s(chance, runs))
    return runs


def _execution_s(chance: Chance, runs: Drafts) -> Floats:
    """Log-normal for completed runs; a failed one ends as its reason has it. [s]"""
    median, sigma = (_by_technique(f"execution_{name}", runs) for name in ("median", "sigma"))
    spread, part = chance.normal(len(runs)), chance.uniform(len(runs))
    broken_off = median * part
    by_error = {
        "provider_error": broken_off,
        "model_timeout": _TIMEOUT_S + 2.0 * part,
        "safety_blocked": 0.9 * np.exp(0.4 * spread),
        "input_unreachable": np.zeros(len(runs)),
        "internal_error": broken_off,
        "": broken_off,
    }
    failed = [_failed_with(code, runs) for code in by_error]
    return np.select(failed, list(by_error.values()), default=median * np.exp(sigma * spread))


def _ms(seconds: Floats) -> Ints:
    return np.maximum(1, np.rint(1000 * seconds)).astype(np.int64)


def _units(chance: Chance, runs: Drafts) -> Ints:
    choices = np.array([np.resize(technique.units, 6) for technique in TECHNIQUES])
    units: Ints = choices[runs["technique"], (6 * chance.uniform(len(runs))).astype(np.int64)]
    return units


def _errors(chance: Chance, runs: Drafts, incidents: Sequence[Incident]) -> Ints:
    """Index of the error of each run, -1 where it completes."""
    probability = _by_technique("failure_probability", runs)
    code = chance.pick(_ERROR_SHARES, len(runs))
    for incident in incidents:
        start, end = milliseconds(incident.start), milliseconds(incident.end)
        within = (start <= runs["created"]) & (runs["created"] < end)
        hit = within & _runs_of(incident.technique_id, runs)
        probability[hit] = incident.failure_probability
        code[hit] = _ERROR_CODES.index(incident.error_code)
    return np.where(chance.happens(probability, len(runs)), code, -1)


def _load(created: Ints) -> Floats:
    """How much longer than usual runs wait, from the runs of the ten minutes before."""
    ordered = np.sort(created)
    recent = np.searchsorted(ordered, created, side="right") - np.searchsorted(
        ordered, created - _LOAD_WINDOW_MS
    )
    usual = max(1.0, float(np.sum(recent)) / max(1, len(recent)))
    return (0.5 + 0.5 * recent / usual).astype(np.float64)


def _try_again(chance: Chance, runs: Drafts) -> Drafts:
    failures = runs[runs["error"] >= 0]
    failures = failures[chance.happens(RETRY_PROBABILITY, len(failures))]
    again = np.zeros(len(failures), dtype=DRAFT)
    for name in ("session", "workspace", "technique", "project"):
        again[name] = failures[name]
    pause = _RETRY_PAUSE_S * np.exp(0.8 * chance.normal(len(failures)))
    again["created"] = failures["completed"] + np.rint(1000 * pause).astype(np.int64)
    again["is_retry"] = True
    return again


def _by_technique(field: str, runs: Drafts) -> Floats:
    values = np.array([getattr(technique, field) for technique in TECHNIQUES], dtype=np.float64)
    taken: Floats = values[runs["technique"]]
    return taken


def _runs_of(technique_id: str, runs: Drafts) -> Mask:
    hit: Mask = runs["technique"] == _TECHNIQUE_IDS.index(technique_id)
    return hit


def _failed_with(code: str, runs: Drafts) -> Mask:
    hit: Mask = runs["error"] == _ERROR_CODES.index(code)
    return hit
