"""Cost, failure and duration analytics for technique runs on FLORA.

The steps, in the order in which the data passes them::

    FLORA API ─ client ─ decode ─ walk ─┬─ sync ── store ─┐
                                        └─ fetch_runs ────┴─ metrics ─┬─ charts ─┬─ report ─ cli
                                                                      └─ export ─┘

Imports point down only: cli > report > sync, runs, metrics, charts, export > walk >
client, decode, store > certificate, frame, schema, settings, calendar > errors. Public names are
loaded when they are first used, so that importing the package stays cheap.
"""

from __future__ import annotations

__version__ = "0.1.0"
