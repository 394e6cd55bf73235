"""Alert rules: tables of a configuration file in, one `Rule` each out, and when to be quiet.

Knows what may be watched and how it is written; knows no runs, judges and sends nothing.

Written as::

    [alerts]
    to = ["slack", "mail"]          # and "webhook"; none: only the exit status says it
    quiet = "22:00-07:00"           # told afterwards; in the time zone of the settings
    fresh = "26h"                   # an older ledger judges nothing

    [[rule]]                        # fires above 50 USD a day, for each project by itself
    spend = 50
    by = "project"

    [[rule]]                        # fires above 20 %, and is over at 10 % or less
    failure_rate = 0.2
    clear = 0.1
    per = "6h"
    technique = "tech_reel"

`rule` says what can be watched, `written` how a file is read.
"""

from flora_analytics.rules.rule import (
    WATCHED,
    Alerts,
    Channel,
    Level,
    Quiet,
    Rule,
    Watch,
    Watched,
)
from flora_analytics.rules.written import read_alerts

__all__ = [
    "WATCHED",
    "Alerts",
    "Channel",
    "Level",
    "Quiet",
    "Rule",
    "Watch",
    "Watched",
    "read_alerts",
]
