"""Measure what estimates promise, on many histories whose truth is known.

    python benchmarks/calibration.py [anomalies …] [--histories 100] [--seed 1]

Prints one table. Each module in ``calibrations`` with a function ``rows`` is a topic.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

_FOLDER = Path(__file__).parent / "calibrations"


def main() -> None:
    modules = sorted(file.stem for file in _FOLDER.glob("*.py") if "def rows(" in file.read_text())
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(modules)}")
    parser.add_argument("--histories", type=int, default=100, help="how many for each line")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(f"| {'what':56} | {'target':12} | measured |    n |")
    print(f"|{'-' * 58}|{'-' * 14}|---------:|-----:|")
    for topic in args.topics or modules:
        for row in import_module(f"calibrations.{topic}").rows(args.histories, args.seed):
            measured = row["measured"]
            shown = f"{measured:.3f}" if isinstance(measured, float) else str(measured)
            what = f"{topic}: {row['what']}"
            print(f"| {what:56} | {row['target']:12} | {shown:>8} | {row['n']:>4} |", flush=True)


if __name__ == "__main__":
    main()
