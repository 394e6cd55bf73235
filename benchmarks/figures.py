"""Compute every figure from a store, against plain SQL for those of the report.

    python benchmarks/figures.py [--runs 1000000]

Prints a line for each figure: seconds, and the peak memory of the process so far. The yardstick
is DuckDB running hand-written SQL for the report's plain figures, in a process of its own, on
the same files.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

_READ_AT = datetime(2026, 6, 30, 18, tzinfo=UTC)
_CHUNK = 250_000
_ZONE = "America/New_York"


def fill(store: str, n_runs: int) -> None:
    """Half a year of runs, drawn in chunks with a seed each, put into the store without HTTP."""
    import pyarrow as pa

    from flora_analytics.store import RunStore

    runs = RunStore(store)
    runs.create()
    for seed, first in enumerate(range(0, n_runs, _CHUNK), start=1):
        chunk = pa.Table.from_batches(list(drawn(min(_CHUNK, n_runs - first), seed)))
        runs.commit(chunk, scope="all", memory=dict)
    runs.keep_up(now=datetime.now(UTC))


def drawn(n_runs: int, seed: int) -> Iterator[Any]:
    from flora_analytics.decode import decode_page
    from flora_analytics.sandbox import generate
    from flora_analytics.sandbox.history import to_json

    texts: list[bytes] = []
    for at, run in enumerate(generate(n_runs, seed=seed), start=1):
        # Ids are drawn anew for each seed; the number keeps them apart for certain.
        texts.append(to_json(run | {"run_id": f"{run['run_id']}{seed}"}))
        if len(texts) == 10_000 or at == n_runs:
            body = b'{"meta":{"next_cursor":null},"technique_runs":[%b]}' % b",".join(texts)
            yield decode_page(body, read_at=_READ_AT).runs
            texts = []


def plain_figures(runs: Any) -> dict[str, Callable[[], Any]]:
    """The figures of the first report, for which there is SQL below."""
    from flora_analytics import metrics

    by_week = {"period": "week", "tz": _ZONE}
    by = {"by": "technique"}
    return {
        "charged_cost": lambda: metrics.charged_cost(runs),
        "charged_cost by technique": lambda: metrics.charged_cost(runs, **by),
        "charged_cost by project": lambda: metrics.charged_cost(runs, by="project"),
        "charged_cost by week": lambda: metrics.charged_cost(runs, **by_week),
        "unit_cost by technique": lambda: metrics.unit_cost(runs, **by),
        "cost_of_failed_runs by technique": lambda: metrics.cost_of_failed_runs(runs, **by),
        "failure_rate by technique": lambda: metrics.failure_rate(runs, **by),
        "failure_rate by week": lambda: metrics.failure_rate(runs, **by_week),
        "failures_by_code": lambda: metrics.failures_by_code(runs),
        "queue_time by technique": lambda: metrics.queue_time(runs, **by),
        "execution_time by technique": lambda: metrics.execution_time(runs, **by),
        "turnaround_time by technique": lambda: metrics.turnaround_time(runs, **by),
    }


def further_figures(runs: Any) -> dict[str, Callable[[], Any]]:
    """What plain SQL does not answer in a line."""
    from flora_analytics import metrics
    from flora_analytics.budget import Budget
    from flora_analytics.calendar import Window
    from flora_analytics.objectives import Objective

    now, by = _READ_AT, {"by": "technique"}
    june = Window(datetime(2026, 6, 1, tzinfo=UTC), now)
    may = Window(june.start - timedelta(days=30), june.start)
    stretches = {"earlier": may, "later": june}
    promises = [Objective(target=0.95), Objective(target=0.9, technique_id="*")]
    nested = ["workspace", "project", "technique"]
    return {
        "usage by technique": lambda: metrics.usage(runs, **by),
        "activity": lambda: metrics.activity(runs, tz=_ZONE),
        "output_cost by technique": lambda: metrics.output_cost(runs, **by),
        "price_drift by technique": lambda: metrics.price_drift(runs, **by),
        "failure_ranking by technique": lambda: metrics.failure_ranking(runs, **by),
        "failure_rate_change by technique": lambda: metrics.failure_rate_change(
            runs, **stretches, **by
        ),
        "estimated_retries by technique": lambda: metrics.estimated_retries(runs, **by),
        "turnaround_quantiles by technique": lambda: metrics.turnaround_quantiles(
            runs, now=now, **by
        ),
        "turnaround_survival by technique": lambda: metrics.turnaround_survival(
            runs, now=now, **by
        ),
        "success_incidence by technique": lambda: metrics.success_incidence(runs, now=now, **by),
        "time_to_success by technique": lambda: metrics.time_to_success(runs, now=now, **by),
        "stuck_runs": lambda: metrics.stuck_runs(runs, now=now),
        "concurrency by day": lambda: metrics.concurrency(runs, period="day", tz=_ZONE),
        "cost_changes": lambda: metrics.cost_changes(runs, **stretches, nested=nested),
        "cost_forecast": lambda: metrics.cost_forecast(runs, now=now, tz=_ZONE),
        "budget_status": lambda: metrics.budget_status(
            runs, Budget(seats=5, included_per_seat=Decimal(40)), now=now, tz=_ZONE
        ),
        "cost_anomalies": lambda: metrics.cost_anomalies(runs, now=now, tz=_ZONE),
        "service_levels": lambda: metrics.service_levels(runs, promises, now=now),
        "burn_rates": lambda: metrics.burn_rates(runs, promises, now=now),
    }


_SPAN = "(epoch_us({}) - epoch_us({}))"
_WAITS = """SELECT technique_id, quantile_cont({span}, [0.5, 0.9, 0.99]), count(*), min({span}),
    avg({span}), max({span}) FROM runs WHERE {span} >= 0 GROUP BY 1"""
_COST = "count(*), count(*) FILTER (charged_cost IS NULL), sum(charged_cost)"
_FAILED = "count(*) FILTER (status = 'failed')"
_FINISHED = "count(*) FILTER (status IN ('failed', 'completed'))"
_WEEK = f"date_trunc('week', timezone('{_ZONE}', created_at))"
SQL = {
    "charged_cost": f"SELECT {_COST} FROM runs",
    "charged_cost by technique": f"""SELECT technique_id, arg_max(technique_name, created_at),
        {_COST} FROM runs GROUP BY 1""",
    "charged_cost by project": f"SELECT project_id, {_COST} FROM runs GROUP BY 1",
    "charged_cost by week": f"SELECT {_WEEK}, {_COST} FROM runs GROUP BY 1",
    "unit_cost by technique": f"""SELECT technique_id, {_FINISHED}, {_COST}, sum(len(outputs))
        FROM runs GROUP BY 1""",
    "cost_of_failed_runs by technique": f"""SELECT technique_id, {_COST}, {_FAILED},
        sum(charged_cost) FILTER (status = 'failed') FROM runs GROUP BY 1""",
    "failure_rate by technique": f"""SELECT technique_id, {_FINISHED}, {_FAILED}
        FROM runs GROUP BY 1""",
    "failure_rate by week": f"SELECT {_WEEK}, {_FINISHED}, {_FAILED} FROM runs GROUP BY 1",
    "failures_by_code": f"""SELECT error_code, {_COST} FROM runs WHERE status = 'failed'
        GROUP BY 1""",
    "queue_time by technique": _WAITS.format(span=_SPAN.format("started_at", "created_at")),
    "execution_time by technique": _WAITS.format(span=_SPAN.format("completed_at", "started_at")),
    "turnaround_time by technique": _WAITS.format(span=_SPAN.format("completed_at", "created_at")),
}


def plain_sql(store: str) -> dict[str, Callable[[], Any]]:
    import duckdb

    from flora_analytics.store import RunStore

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.read_parquet(list(RunStore(store).snapshot().files)).create_view("runs")
    return {name: connection.sql(text).fetchall for name, text in SQL.items()}


def job(kind: str, store: str) -> None:
    """Compute the figures of one kind, one after the other; JSON lines of what each took."""
    if kind == "sql":
        figures = plain_sql(store)
    else:
        from flora_analytics import open_runs

        runs = open_runs(store)
        figures = plain_figures(runs) if kind == "plain" else further_figures(runs)
    for name, compute in figures.items():
        began = time.perf_counter()
        compute()
        taken = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"name": name, "s": taken, "mb": peak}), flush=True)


def in_a_process_of_its_own(kind: str, store: str, *options: str) -> list[dict[str, Any]]:
    """What a job prints. (Memory that this process had used would count as the job's.)"""
    command = [sys.executable, __file__, "--job", kind, store, *options]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--store", help="a store that is there, instead of one made for it")
    parser.add_argument("--job", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        kind, store = args.job
        return fill(store, args.runs) if kind == "fill" else job(kind, store)
    with tempfile.TemporaryDirectory() as folder:
        store = args.store or f"{folder}/runs"
        if not args.store:
            in_a_process_of_its_own("fill", store, "--runs", str(args.runs))
        kinds = ("sql", "plain", "further")
        yardstick, plain, further = (in_a_process_of_its_own(kind, store) for kind in kinds)
    print(f"{'':36}{'SQL':>8}{'ours':>8}{'peak':>9}")
    for sql, own in zip(yardstick, plain, strict=True):
        print(f"{own['name']:36}{sql['s']:7.2f}s{own['s']:7.2f}s{own['mb']:6.0f} MB")
    totals = [sum(each["s"] for each in part) for part in (yardstick, plain)]
    ratio = totals[1] / totals[0]
    print(f"{'together':36}{totals[0]:7.2f}s{totals[1]:7.2f}s   ratio {ratio:.2f}\n")
    for own in further:
        print(f"{own['name']:36}{'':8}{own['s']:7.2f}s{own['mb']:6.0f} MB")
    total = sum(own["s"] for own in further)
    print(f"{'together':36}{'':8}{total:7.2f}s")
    return None


if __name__ == "__main__":
    main()
