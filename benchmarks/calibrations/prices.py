"""Whether price changes are found and dated, and quiet histories stay quiet."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from calibrations.histories import table_of
from flora_analytics.metrics import price_drift
from flora_analytics.sandbox import PriceChange, generate

_N_RUNS = 3_000
_WEEKS = 26
#: Technique, ratio and what makes it hard.
_PLANTED = (
    ("tech_upscale", 1.05, "one price, +5 %"),
    ("tech_reel", 1.25, "sold by one or two, +25 %"),
    ("tech_voiceover", 1.25, "by length, +25 %"),
    ("tech_voiceover", 2.0, "by length, doubled"),
)


def rows(n_histories: int, seed: int) -> list[dict[str, object]]:
    """False alarms of whole tables, recall and dates of planted changes."""
    alarms, found, dated = 0, [0] * len(_PLANTED), [0] * len(_PLANTED)
    for number in range(n_histories):
        quiet = price_drift(table_of(generate(_N_RUNS, seed=seed + number, events=())))
        alarms += bool(quiet["price_ratio"].notna().any())
        for at, (technique, ratio, _) in enumerate(_PLANTED):
            start = generate(50, seed=seed, events=()).facts.start
            # From eight weeks after the start to eight before the end.
            instant = start + timedelta(weeks=8) + number % 10 * timedelta(days=7.1)
            change = PriceChange(technique, instant, ratio)
            runs = table_of(generate(_N_RUNS, seed=seed + number, events=(change,)))
            level = price_drift(runs).xs(technique)
            moved = level[level["price_ratio"].notna()]
            found[at] += len(moved) > 0
            if len(moved):
                before = level["last_at"].iloc[level.index.get_loc(moved.index[0]) - 1]
                dated[at] += before < pd.Timestamp(instant) <= moved.index[0]
    table = [
        {
            "what": "any change in a history without one",
            "target": "≤ 0.05",
            "measured": alarms / n_histories,
            "n": n_histories,
        }
    ]
    for at, (_, _, words) in enumerate(_PLANTED):
        recall = {"what": f"{words}: found", "target": "recall", "n": n_histories}
        exact = {"what": f"{words}: dated between the right runs", "target": "of found"}
        table.append({**recall, "measured": found[at] / n_histories})
        table.append({**exact, "measured": dated[at] / max(found[at], 1), "n": found[at]})
    return table
