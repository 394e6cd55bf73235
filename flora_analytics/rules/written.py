"""Rules as they are written: a file's ``[alerts]`` and ``[[rule]]`` tables in, `Alerts` out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, get_args

from flora_analytics.configured import refuse_unknown, span_of
from flora_analytics.errors import ConfigurationError
from flora_analytics.rules.rule import (
    SELECTION,
    WATCHED,
    Alerts,
    Channel,
    Level,
    Quiet,
    Rule,
    Watch,
)

__all__ = ["read_alerts"]

_EVERY = ("name", "clear", "to", "urgent")
_PERIODS = ("hour", "day", "week", "month", "quarter", "cycle")
_LAYERS = ("included usage", "extra balance", "overage cap")
_EXAMPLES = {"usd": "50", "share": "0.2", "span": '"30s"', "runs": "0", "yes": "true"}


def read_alerts(table: object, tables: object, where: str = "") -> Alerts:
    """What the ``[alerts]`` table and the ``[[rule]]`` tables of a file mean.

    Raises
    ------
    ConfigurationError
        If a key is unknown, a value is none, or two rules have one name.

    Examples
    --------
    >>> alerts = read_alerts({"quiet": "22:00-07:00"}, [{"failure_rate": 0.2, "per": "6h"}])
    >>> alerts.rules[0].name, alerts.rules[0].above
    ('Failure rate', 0.2)
    """
    own = {} if table is None else table
    if not isinstance(own, Mapping):
        raise ConfigurationError(f"{where}alerts must be a table that begins with [alerts].")
    refuse_unknown(own, ("to", "quiet", "fresh"), f"{where}alerts")
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise ConfigurationError(f"{where}rule must be tables that begin with [[rule]].")
    rules = [_rule(each, f"{where}rule {n}") for n, each in enumerate(tables, start=1)]
    names = [rule.name for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigurationError(
            f"{where}rule: {', '.join(map(repr, twice))} stands there twice; give each rule a "
            "name of its own, by which its alerts are remembered."
        )
    alerts = Alerts(
        rules=tuple(rules),
        to=_channels(own.get("to", []), f"{where}alerts: to"),
        quiet=tuple(_quiet(each, f"{where}alerts: quiet") for each in _many(own.get("quiet", []))),
    )
    if "fresh" in own:
        alerts = replace(alerts, fresh=_span(own["fresh"], f"{where}alerts: fresh"))
    return alerts


def _rule(table: Mapping[str, Any], where: str) -> Rule:
    watched = [of for of in WATCHED if of in table]
    known = [
        *WATCHED,
        *_EVERY,
        *dict.fromkeys(key for each in WATCHED.values() for key in each.keys),
    ]
    refuse_unknown(table, known, where)
    if len(watched) != 1:
        raise ConfigurationError(
            f"{where} must watch one thing, and watches {' and '.join(watched) or 'none'}: "
            f"write a level for one of {', '.join(WATCHED)}."
        )
    of = watched[0]
    watch = WATCHED[of]
    if out_of_place := [key for key in table if key not in (of, *_EVERY, *watch.keys)]:
        raise ConfigurationError(
            f"{where}: a rule of {of} takes no {out_of_place[0]}; it takes "
            f"{', '.join((*_EVERY, *watch.keys))}."
        )
    above = _level(table[of], watch, f"{where}: {of}")
    clear = _level(table["clear"], watch, f"{where}: clear") if "clear" in table else above
    if clear > above:  # type: ignore[operator]  # of one unit
        raise ConfigurationError(
            f"{where}: clear = {table['clear']} lies above {table[of]}, at which it fires; what "
            "has fired must be over below that."
        )
    rule = Rule(
        of=of,
        above=above,
        clear=clear,
        per=None if watch.per is None else _per(table.get("per", watch.per), f"{where}: per"),
        by=_words(table, "by", where, among=SELECTION),
        workspace=_words(table, "workspace", where),
        project=_words(table, "project", where),
        technique=_words(table, "technique", where),
        quantile=_quantile(table.get("quantile", 0.9), f"{where}: quantile"),
        at_least=_count(table.get("at_least", 20), f"{where}: at_least"),
        budget=_layer(table.get("budget"), f"{where}: budget"),
        to=_channels(table["to"], f"{where}: to") if "to" in table else None,
        urgent=_yes(table.get("urgent", False), f"{where}: urgent"),
    )
    name = table.get("name", _in_words(rule))
    if not isinstance(name, str) or not name.strip():
        raise ConfigurationError(f"{where}: name is {name!r}; expected a text.")
    return replace(rule, name=name)


def _in_words(rule: Rule) -> str:
    what = rule.of.replace("_", " ").capitalize()
    return f"{what} by {' and '.join(rule.by)}" if rule.by else what


def _level(value: object, watch: Watch, where: str) -> Level:
    if watch.unit == "span":
        return _span(value, where)
    if watch.unit == "yes":
        if value is not True:
            raise ConfigurationError(f"{where} is {value!r}; write true, or leave the rule out.")
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise ConfigurationError(
            f"{where} is {value!r}; expected {_expected(watch.unit)} such as "
            f"{_EXAMPLES[watch.unit]}."
        )
    if watch.unit == "share" and value >= 1:
        raise ConfigurationError(f"{where} is {value}; a share lies below 1: write 0.2 for 20 %.")
    # As it was written: 0.1 USD is not the binary fraction next to it.
    return Decimal(str(value)) if watch.unit == "usd" else float(value)


def _expected(unit: str) -> str:
    return {"usd": "US dollars", "share": "a share from 0 to 1"}.get(unit, "a number of runs")


def _per(value: object, where: str) -> str | timedelta:
    if isinstance(value, str) and value in _PERIODS:
        return value
    try:
        return _span(value, where)
    except ConfigurationError:
        raise ConfigurationError(
            f"{where} is {value!r}; write a period ({', '.join(_PERIODS)}) or a span such as 24h."
        ) from None


def _span(value: object, where: str) -> timedelta:
    span = span_of(value)
    if not span:
        raise ConfigurationError(
            f"{where} is {value!r}; write a whole number and s, m, h, d or w, such as 30s or 26h."
        )
    return span


def _quantile(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise ConfigurationError(f"{where} is {value!r}; write a share such as 0.9.")
    return float(value)


def _count(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"{where} is {value!r}; write a number of runs from 1 on.")
    return value


def _layer(value: object, where: str) -> str | None:
    if value is not None and value not in _LAYERS:
        raise ConfigurationError(f"{where} is {value!r}; write one of {', '.join(_LAYERS)}.")
    return None if value is None else str(value)


def _yes(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{where} is {value!r}; write true or false.")
    return value


def _channels(value: object, where: str) -> tuple[Channel, ...]:
    found = _many(value)
    for each in found:
        if each not in get_args(Channel):
            raise ConfigurationError(
                f"{where} is {each!r}; write some of {', '.join(get_args(Channel))}."
            )
    return tuple(dict.fromkeys(found))


def _words(
    table: Mapping[str, Any], key: str, where: str, *, among: tuple[str, ...] = ()
) -> tuple[str, ...]:
    found = _many(table.get(key, []))
    for word in found:
        if not isinstance(word, str) or not word.strip() or (among and word not in among):
            expected = f"some of {', '.join(among)}" if among else "an id, or a list of them"
            raise ConfigurationError(f"{where}: {key} is {word!r}; write {expected}.")
    return tuple(dict.fromkeys(found))


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _quiet(value: object, where: str) -> Quiet:
    ends = re.fullmatch(r"(\d\d?:\d\d)\s*[-–]\s*(\d\d?:\d\d)", str(value).strip())
    try:
        start, end = (time.fromisoformat(f"{text:0>5}") for text in ends.groups() if ends)  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        raise ConfigurationError(
            f'{where} is {value!r}; write the hours of a day, such as "22:00-07:00".'
        ) from None
    if start == end:
        raise ConfigurationError(f"{where} is {value!r}, which is no time at all or always.")
    return Quiet(start, end)
