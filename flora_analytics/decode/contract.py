"""Judge what the API says of a run: can its instants and its cost be true?

Knows what a value may be and which unit an instant is in; knows neither JSON nor what becomes
of a run that fails. Time may run backwards within a run: that is reported by the figures.
"""

from __future__ import annotations

from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING

from flora_analytics.decode.columns import MICROSECONDS, TimeUnit
from flora_analytics.decode.wire import BrokenRunError, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["check_run", "is_plausible", "time_unit_of"]

_INSTANTS = ("created_at", "started_at", "completed_at")
#: Smaller numbers are seconds, larger ones milliseconds; true instants are far from it.
_BOUNDARY = 1e11
#: From 2015, before there was a FLORA, to 2100. [Unix µs]
_EARLIEST, _LATEST = 1_420_070_400_000_000, 4_102_444_800_000_000
#: What `COST_TYPE` can hold. [USD]
_COST_LIMIT = 10**9
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_JSON_NAMES = {bool: "true or false", str: "a string", list: "a list", dict: "an object"}


def time_unit_of(instants: Iterable[float]) -> TimeUnit | None:
    """The unit that most of these have; milliseconds, as in FLORA's webhooks, if they are even."""
    in_ms = [at >= _BOUNDARY for at in instants if at > 0]
    if not in_ms:
        return None
    return "ms" if 2 * sum(in_ms) >= len(in_ms) else "s"


def is_plausible(runs: Sequence[Run], unit: TimeUnit) -> bool:
    """Whether `check_run` would pass every run; costs must be numbers.

    By column, which takes a fraction of the time.
    """
    earliest, latest = _EARLIEST / MICROSECONDS[unit], _LATEST / MICROSECONDS[unit]
    for name in _INSTANTS:
        instants = [at for at in map(attrgetter(name), runs) if at is not None]
        if instants and not earliest <= min(instants) <= max(instants) < latest:
            return False
    return all(run.charged_cost is None or run.charged_cost >= 0 for run in runs)


def check_run(run: Run, unit: TimeUnit) -> None:
    """Raise `BrokenRunError` if the run's instants or cost cannot be true."""
    for name in _INSTANTS:
        at = getattr(run, name)
        if at is not None and not _EARLIEST <= at * MICROSECONDS[unit] < _LATEST:
            other_unit = at > 0 and (at >= _BOUNDARY) != (unit == "ms")
            where = "like the rest of the page" if other_unit else "from 2015 to 2099"
            raise BrokenRunError(f"{name}: expected Unix time in {unit} {where}, got {at:.16g}")
    cost = run.charged_cost
    if cost is None:
        return
    if type(cost) not in (int, Decimal):
        got = cost if cost in _NOT_FINITE else _JSON_NAMES[type(cost)]
        raise BrokenRunError(f"charged_cost: expected a number, got {got}")
    if not 0 <= cost < _COST_LIMIT:
        wanted = "from 0" if cost < 0 else f"below {_COST_LIMIT:,}"
        raise BrokenRunError(f"charged_cost: expected a number {wanted}, got {cost:.12g}")
