"""Load a long history into a store, against downloading the same pages and doing nothing.

    python benchmarks/load.py [--runs 1000000] [--latency 0.05] [--workers 4]

Prints one line for each: wall seconds, peak memory of the process, and the ratio to the
yardstick, which runs in the same minutes against the same server.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def serve(n_runs: int, latency: float) -> None:
    from flora_analytics.sandbox import generate
    from flora_analytics.sandbox import serve as serve_sandbox

    serve_sandbox(generate(n_runs, seed=1), latency=latency)


def download(base_url: str, key: str) -> int:
    """The yardstick: every page, one after the other, thrown away."""
    import requests

    n_pages, cursor = 0, None
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {key}"
        while n_pages == 0 or cursor:
            params = {"limit": 100, "cursor": cursor}
            body = session.get(f"{base_url}/technique-runs", params=params, timeout=60).content
            at = body.index(b'"next_cursor":') + len(b'"next_cursor":')
            cursor = json.loads(body[at : body.index(b",", at)])
            n_pages += 1
    return n_pages


def load(base_url: str, key: str, workers: int) -> int:
    from flora_analytics import FloraClient, sync_runs

    with tempfile.TemporaryDirectory() as folder, FloraClient(key, base_url=base_url) as client:
        result = sync_runs(Path(folder) / "runs.delta", client=client, workers=workers)
    if not result.certificate.complete:
        raise SystemExit(f"not complete: {result.certificate.reason}")
    return result.n_new


def measured(*arguments: str) -> dict[str, float]:
    """Run one of the jobs above in a process of its own."""
    answer = subprocess.run(
        [sys.executable, __file__, *arguments], check=True, capture_output=True, text=True
    )
    return json.loads(answer.stdout)


def job(name: str, base_url: str, key: str, workers: int) -> None:
    began = time.perf_counter()
    count = download(base_url, key) if name == "download" else load(base_url, key, workers)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"s": time.perf_counter() - began, "count": count, "peak_mb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--job", nargs=3, metavar=("NAME", "URL", "KEY"), help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return serve(args.runs, args.latency)
    if args.job:
        return job(*args.job, args.workers)

    server = subprocess.Popen(
        [sys.executable, __file__, "--serve", f"--runs={args.runs}", f"--latency={args.latency}"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        place = json.loads(server.stdout.readline())
        where = [place["base_url"], place["api_key"]]
        yardstick = measured("--job", "download", *where)
        ours = measured("--job", "load", *where, f"--workers={args.workers}")
    finally:
        server.kill()
        server.wait()
    print(f"{args.runs:,} runs, {args.latency * 1000:.0f} ms a page, {args.workers} worker(s)")
    print(f"download and do nothing  {yardstick['s']:8.1f} s  {yardstick['peak_mb']:6.0f} MB  1.00")
    ratio = ours["s"] / yardstick["s"]
    print(f"load into a store        {ours['s']:8.1f} s  {ours['peak_mb']:6.0f} MB  {ratio:.2f}")
    return None


if __name__ == "__main__":
    main()
