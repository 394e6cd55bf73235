"""Service-level objectives: tables of a configuration file in, one `Objective` each out.

Knows what may be promised and how it is written; knows no runs and measures nothing.

Written as::

    [[objective]]                   # 95 % of its runs complete
    technique = "tech_reel"         # "*": each technique by itself; none: all runs together
    success = 0.95

    [[objective]]                   # 99 % of all runs begin within half a minute
    queue_time = "30s"              # or execution_time, turnaround_time
    share = 0.99
    window = "7d"                   # otherwise 28d
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, get_args

from flora_analytics.configured import refuse_unknown, span_of
from flora_analytics.errors import ConfigurationError

__all__ = ["EACH", "Measure", "Objective", "read_objectives"]

Measure = Literal["success", "queue_time", "execution_time", "turnaround_time"]
_MEASURES: tuple[Measure, ...] = get_args(Measure)
#: In place of a technique's id: one objective for each technique.
EACH = "*"

_DONE = {
    "success": "complete",
    "queue_time": "begin within",
    "execution_time": "execute within",
    "turnaround_time": "end within",
}
_KNOWN = ("name", "technique", *_MEASURES, "share", "window")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What share of runs is promised to go well, over which stretch of time.

    Attributes
    ----------
    target : float
        Share of runs that are to go well, from 0.5 to below 1. [0–1]
    of : "success", "queue_time", "execution_time" or "turnaround_time"
        Whether going well means to complete rather than fail, or to take no longer than
        `within`.
    within : timedelta or None
        For the three spans only.
    technique_id : str or None
        Runs of this technique; ``"*"`` is an objective for each technique by itself, None one
        for all runs together.
    window : timedelta, default 28 days
        The stretch up to now in which it is to hold, 7 to 90 days; whole weeks compare best.
    name : str
        By default what is promised, in words.

    Raises
    ------
    ConfigurationError
        If a value is out of range, or `within` is missing or out of place.

    Examples
    --------
    >>> Objective(of="queue_time", within=timedelta(seconds=30), target=0.99).name
    '99% of runs begin within 30 s'
    """

    target: float
    of: Measure = "success"
    within: timedelta | None = None
    technique_id: str | None = None
    window: timedelta = timedelta(days=28)
    name: str = ""

    def __post_init__(self) -> None:
        if self.of not in _MEASURES:
            raise ConfigurationError(f"An objective cannot be of {self.of!r}; {_expected()}.")
        if not 0.5 <= self.target < 1:
            raise ConfigurationError(
                f"An objective of {self.target} leaves no room between never and always; "
                "give a share from 0.5 to below 1, such as 0.95."
            )
        if (self.within is None) != (self.of == "success"):
            raise ConfigurationError(
                f"An objective of {self.of} {'has no' if self.of == 'success' else 'needs a'} "
                "span within which runs are to get there."
            )
        for name, span in {"within": self.within, "window": self.window}.items():
            if span is not None and not isinstance(span, timedelta):
                raise ConfigurationError(
                    f"{name} is {span!r}; expected a span of time, such as timedelta(seconds=30)."
                )
        if self.within is not None and self.within <= timedelta(0):
            raise ConfigurationError(f"No run has {self.of} within {self.within}; give a span.")
        if not timedelta(days=7) <= self.window <= timedelta(days=90):
            raise ConfigurationError(
                f"An objective's window of {self.window} is too short to spend a budget in, or "
                "too long to act on; give 7d to 90d."
            )
        if not self.name:
            object.__setattr__(self, "name", self._in_words())

    def _in_words(self) -> str:
        share = f"{100 * self.target:.6g}% of runs {_DONE[self.of]}"
        return share if self.within is None else f"{share} {_written(self.within)}"


def read_objectives(tables: object, where: str = "objective") -> tuple[Objective, ...]:
    """The objectives that the ``[[objective]]`` tables of a file mean, in its order.

    Raises
    ------
    ConfigurationError
        If a table is not one, has an unknown key, or two promise the same under one name.

    Examples
    --------
    >>> [only] = read_objectives([{"technique": "tech_reel", "success": 0.95}])
    >>> only.technique_id, only.target, only.name
    ('tech_reel', 0.95, '95% of runs complete')
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"{where} must be tables that begin with [[objective]].")
    found = [_objective(table, f"{where} {n}") for n, table in enumerate(tables, start=1)]
    keys = [(objective.name, objective.technique_id) for objective in found]
    if twice := {name for name, technique in keys if keys.count((name, technique)) > 1}:
        raise ConfigurationError(
            f"{where}: {', '.join(sorted(twice))} stands there twice; give each a name of its own."
        )
    return tuple(found)


def _objective(table: Mapping[str, Any], where: str) -> Objective:
    refuse_unknown(table, _KNOWN, where)
    measures = [measure for measure in _MEASURES if measure in table]
    if len(measures) != 1:
        raise ConfigurationError(f"{where} must promise one thing: {_expected()}.")
    (of,) = measures
    if (of == "success") == ("share" in table):
        raise ConfigurationError(
            f"{where}: {_expected()}, with share = 0.99 beside a span and not beside success."
        )
    within = None if of == "success" else _span(table[of], f"{where}: {of}")
    target = table["success" if of == "success" else "share"]
    if isinstance(target, bool) or not isinstance(target, int | float):
        raise ConfigurationError(f"{where}: {target!r} is no share; write 0.95.")
    try:
        return Objective(
            target=float(target),
            of=of,
            within=within,
            technique_id=_text(table, "technique", where),
            window=_span(table.get("window", "28d"), f"{where}: window"),
            name=_text(table, "name", where) or "",
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _text(table: Mapping[str, Any], key: str, where: str) -> str | None:
    value = table.get(key)
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise ConfigurationError(f"{where}: {key} is {value!r}; expected a text.")
    return value


def _span(value: object, where: str) -> timedelta:
    span = span_of(value)
    if span is None:
        raise ConfigurationError(
            f"{where} is {value!r}; write a whole number and s, m, h, d or w, such as 30s or 4w."
        )
    return span


def _written(span: timedelta) -> str:
    seconds = span.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:g} s"


def _expected() -> str:
    return 'write success = 0.95, or a span such as queue_time = "30s"'
