"""Metric tables of the documented shape, for charts to draw."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pyarrow as pa

EXACT = pd.ArrowDtype(pa.decimal128(38, 9))


def money(values):
    costs = [None if value is None else Decimal(str(value)) for value in values]
    return pd.array(costs, dtype=EXACT)


def spans(seconds):
    return pd.to_timedelta(pd.Series(seconds, dtype="float64"), unit="s").to_numpy(
        "timedelta64[us]"
    )


def techniques(n, names=None):
    """The index and the name column of a table by technique."""
    ids = pd.Index([f"tech_{at:03}" for at in range(n)], name="technique_id")
    return ids, names if names is not None else [f"Technique {at}" for at in range(n)]


def days(n, start="2026-03-27", tz="Europe/Berlin"):
    return pd.Index(pd.date_range(start, periods=n, tz=tz, unit="us"), name="period_start")


def cost_table(costs, *, index=None, names=None, n_runs=10, n_unknown=0):
    table = pd.DataFrame(
        {
            "n_runs": n_runs,
            "n_unknown": n_unknown,
            "n_free": 0,
            "charged_cost": money(costs),
        },
        index=index if index is not None else pd.RangeIndex(len(costs)),
    )
    if names is not None:
        table.insert(0, "technique_name", names)
    return table


def rate_table(failed, finished, *, index=None):
    """Intervals are any that hold the rate: charts draw what they are given."""
    rates = [bad / n if n else None for bad, n in zip(failed, finished, strict=True)]
    half = [1 / (n + 1) for n in finished]
    return pd.DataFrame(
        {
            "n_runs": finished,
            "n_open": 0,
            "n_other": 0,
            "n_finished": finished,
            "n_failed": failed,
            "failure_rate": pd.array(rates, dtype="float64"),
            "low": [
                None if r is None else max(0.0, r - h) for r, h in zip(rates, half, strict=True)
            ],
            "high": [
                None if r is None else min(1.0, r + h) for r, h in zip(rates, half, strict=True)
            ],
        },
        index=index if index is not None else pd.RangeIndex(len(failed)),
    )


def span_table(medians, *, index=None, n_timed=30, n_open=0):
    return pd.DataFrame(
        {
            "n_runs": n_timed,
            "n_timed": n_timed,
            "n_open": n_open,
            "n_missing": 0,
            "n_negative": 0,
            "p50": spans(medians),
            "p90": spans([None if m is None else m * 2 for m in medians]),
            "p99": spans([None if m is None else m * 3 for m in medians]),
        },
        index=index if index is not None else pd.RangeIndex(len(medians)),
    )


def unit_table(costs, *, index=None, n_finished=20):
    return pd.DataFrame(
        {
            "n_finished": n_finished,
            "n_completed": n_finished,
            "n_outputs": n_finished,
            "n_unknown": 0,
            "charged_cost": money(costs),
            "cost_per_finished_run": pd.array(costs, dtype="float64"),
            "cost_per_completed_run": pd.array(costs, dtype="float64"),
            "cost_per_output": pd.array(costs, dtype="float64"),
        },
        index=index if index is not None else pd.RangeIndex(len(costs)),
    )


def failed_cost_table(costs, *, index=None, n_failed=8):
    return pd.DataFrame(
        {
            "n_failed": n_failed,
            "n_charged": 2,
            "n_free": 0,
            "n_unknown": 0,
            "cost_of_failed_runs": money(costs),
            "charged_cost": money(costs),
            "cost_share": 0.5,
        },
        index=index if index is not None else pd.RangeIndex(len(costs)),
    )


def code_table(n_failed, codes):
    return pd.DataFrame(
        {
            "n_failed": n_failed,
            "failed_share": [n / sum(n_failed) for n in n_failed],
            "cost_of_failed_runs": money([0.5] * len(codes)),
            "n_unknown": 0,
        },
        index=pd.Index(codes, name="error_code"),
    )
