"""Neither a busy machine nor a narrow terminal is a failure."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

#: Else they are searched for doctests, and fall over each other as all go by one name.
collect_ignore_glob = ["*conftest.py"]

# The examples of docstrings show tables, which pandas folds to the terminal's width.
os.environ["COLUMNS"] = "80"

# Properties are tested for what they say, not for how soon.
settings.register_profile(
    "busy machine",
    settings.default,
    deadline=None,
    suppress_health_check={*settings.default.suppress_health_check, HealthCheck.too_slow},
)
settings.load_profile("busy machine")
