"""Make the report of a small and of a long history, against computing its figures alone.

    python benchmarks/report.py [--runs 1000000]

Prints a line for each history: seconds of CPU and of the clock for what is said and for the
page, the peak memory of the process, and the size of the page. Each in a process of its own.
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
from typing import Any

from figures import in_a_process_of_its_own

_DEMO = 6_000


def report(store: str, target: str) -> dict[str, float]:
    from flora_analytics.report import collect_report, write_content

    started = time.perf_counter(), time.process_time()
    content = collect_report(store)
    collected = time.perf_counter(), time.process_time()
    write_content(content, target)
    written = time.perf_counter(), time.process_time()
    return {
        "n_findings": len(content.findings),
        "collect_s": collected[0] - started[0],
        "collect_cpu_s": collected[1] - started[1],
        "page_s": written[0] - collected[0],
        "page_cpu_s": written[1] - collected[1],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "page_kb": Path(target).stat().st_size / 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--store", help=argparse.SUPPRESS)
    given: Any = parser.parse_args()
    if given.store:
        print(json.dumps(report(given.store, f"{given.store}.html")))
        return
    for n_runs in (_DEMO, given.runs):
        with tempfile.TemporaryDirectory() as folder:
            store = f"{folder}/runs.delta"
            in_a_process_of_its_own("fill", store, "--runs", str(n_runs))
            answer = subprocess.run(
                [sys.executable, __file__, "--store", store],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
        told = "  ".join(f"{name} {value:.1f}" for name, value in json.loads(answer.stdout).items())
        print(f"{n_runs:>9,} runs  {told}")


if __name__ == "__main__":
    main()
