"""Alert rules: what fires, what is over, what cannot be judged, and who is told.

- `seen`, `reading`: what rules are judged by, and what a measure shows
- `measures`, `ahead`, `ledger`: each kind of rule, measured by the figures of `metrics`
- `verdicts`: levels and hysteresis
- `notices`, `messages`, `telling`: who is to be told what, in which form, once
- `checking`: all of it, for the store as it is
- `past`, `backtest`: all but the telling, for instants of the past
"""

from __future__ import annotations

from flora_analytics.check.backtest import Backtest, Tried, backtest_rules, judge_at
from flora_analytics.check.checking import Check, check_rules
from flora_analytics.check.telling import Told
from flora_analytics.check.verdicts import Verdict

__all__ = [
    "Backtest",
    "Check",
    "Told",
    "Tried",
    "Verdict",
    "backtest_rules",
    "check_rules",
    "judge_at",
]
