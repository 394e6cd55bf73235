"""Properties are tested for what they say, not for how soon: a busy machine is no failure."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

#: Else they are searched for doctests, and fall over each other as all go by one name.
collect_ignore_glob = ["*conftest.py"]

settings.register_profile(
    "busy machine",
    settings.default,
    deadline=None,
    suppress_health_check={*settings.default.suppress_health_check, HealthCheck.too_slow},
)
settings.load_profile("busy machine")
