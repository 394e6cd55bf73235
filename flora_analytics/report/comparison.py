"""In words why one period cost more than the other.

Takes `metrics.cost_changes` tables; gives sentences, the largest cause first. Computes no figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from flora_analytics.calendar import Window
from flora_analytics.metrics.changes import EFFECTS
from flora_analytics.report import display
from flora_analytics.report.stretch import describe, within
from flora_analytics.report.tables import first_row, row_names

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CAUSES",
    "change_sentences",
    "gaps",
    "most_of",
    "printed_parts",
    "shortened",
]

#: Causes smaller than this share of the larger cost are not told one by one.
_QUIET = Decimal("0.01")
#: A group is named where it has this part of a cause.
_MOST = Decimal("0.5")
#: A history may begin and end with a quiet weekend.
_A_WHILE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class _Cause:
    """What a cause is called, and what it means where it adds to cost or takes from it."""

    label: str
    more: str
    less: str

    def meaning(self, part: Decimal) -> str:
        return self.more if part > 0 else self.less


#: The effects of `metrics.cost_changes` in words.
CAUSES = {
    "volume": _Cause(
        "Volume",
        "more runs of what ran in both periods",
        "fewer runs of what ran in both periods",
    ),
    "mix": _Cause(
        "Mix", "more of the runs were of costlier kinds", "more of the runs were of cheaper kinds"
    ),
    "price": _Cause(
        "Price",
        "runs that did not fail were charged more each",
        "runs that did not fail were charged less each",
    ),
    "failure": _Cause(
        "Failures", *["a change in how often runs fail, and in what failed ones are charged"] * 2
    ),
    "stated": _Cause(
        "Costs stated",
        "more of the runs state what they cost",
        "fewer of the runs state what they cost",
    ),
    "new": _Cause("New", *["what had no runs before"] * 2),
    "discontinued": _Cause("Discontinued", *["what has no runs any more"] * 2),
}


def gaps(
    earlier: Window, later: Window, *, first: datetime, newest: datetime, tz: str = "UTC"
) -> list[str]:
    """What to know where the history does not fill both periods.

    Examples
    --------
    >>> from datetime import UTC
    >>> march, april = (Window.parse(f"2026-0{m}-01", f"2026-0{m + 1}-01") for m in (3, 4))
    >>> at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    >>> gaps(march, april, first=at, newest=at + timedelta(days=41))
    ['Not a whole earlier period: the first run was created on 20 March 2026, 12:00.']
    """
    found = []
    if earlier.start is not None and first - earlier.start > _A_WHILE:
        at = display.instant(first, tz=tz)
        found.append(f"Not a whole earlier period: the first run was created on {at}.")
    if later.end is not None and later.end - newest > _A_WHILE:
        at = display.instant(newest, tz=tz)
        found.append(f"Not a whole later period, perhaps: the newest run was created on {at}.")
    return found


def change_sentences(
    total: pd.DataFrame,
    groups: pd.DataFrame,
    *,
    earlier: Window,
    later: Window,
    tz: str = "UTC",
) -> list[str]:
    """What changed, in words: first how much, then the causes, largest first.

    Parameters
    ----------
    total, groups : DataFrame
        `metrics.cost_changes` of the same runs, without and with `by`.
    earlier, later : Window
    tz : str

    Returns
    -------
    list of str
        Causes under 1% of the larger cost are added up in one sentence. What is printed adds
        up to the printed change.
    """
    row = first_row(total)
    then, now = (within(describe(window, tz=tz)) for window in (earlier, later))
    if not (row["n_runs_earlier"] or row["n_runs_later"]):
        return [f"No run was created {then} or {now}."]
    if pd.isna(row["change"]):
        return [f"What runs cost is not stated, neither {then} nor {now}."]
    places = display.places_for([row["change"], *_costs(row)])
    change, shown = printed_change(row, places), printed_parts(row, places)
    parts = {name: row[name] for name in shown}
    floor = max(_costs(row), default=Decimal(0)) * _QUIET
    told = [name for name in parts if abs(parts[name]) >= floor and shown[name]]
    told.sort(key=lambda name: -abs(parts[name]))
    sentences = [_headline(row, change, places, then, now)]
    sentences += [_cause(name, shown[name], row, groups, places) for name in told]
    rest = sum((shown[name] for name in parts if name not in told), Decimal(0))
    if told and rest:
        sentences.append(f"{display.signed_money(rest, places=places)}: all other causes.")
    return sentences + _unknown(row)


def shortened(
    groups: pd.DataFrame, total: pd.DataFrame, *, most: int = 15
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables for a screen: the largest changes, the others as one row, no empty causes.

    Costs are rounded to cents where they are large, so that columns add up as printed.
    """
    empty = [name for name in EFFECTS if not _any(groups[name]) and not _any(total[name])]
    counts = [name for name in total if str(name).startswith("n_")]
    groups, total = (table.drop(columns=[*counts, *empty]) for table in (groups, total))
    if len(groups) > most + 1:
        groups = _with_tail(groups.iloc[:most], groups.iloc[most:])
    largest = max((abs(cost) for name in total for cost in total[name].dropna()), default=0)
    if largest < 1:
        return groups, total
    whole = _whole_in_cents(total.iloc[0])
    shown = {
        name: display.rounded_together(
            [None if pd.isna(part) else part for part in groups[name]], places=2, total=cents
        )
        for name, cents in whole.items()
    }
    costs = zip(shown["charged_cost_later"], shown["charged_cost_earlier"], strict=True)
    shown["change"] = [
        None if pd.isna(exact) else (now or Decimal(0)) - (before or Decimal(0))
        for exact, (now, before) in zip(groups["change"], costs, strict=True)
    ]
    kind = groups["change"].dtype
    return (
        groups.assign(
            **{name: pd.Series(own, groups.index, dtype=kind) for name, own in shown.items()}
        ),
        total.assign(
            **{name: pd.Series([cents], total.index, dtype=kind) for name, cents in whole.items()}
        ),
    )


def _whole_in_cents(total: pd.Series[Any]) -> dict[str, Decimal | None]:
    """The total row as it is printed: its causes add up to its change, and that to its costs."""
    row = {str(name): None if pd.isna(value) else value for name, value in total.items()}
    sides = ("charged_cost_earlier", "charged_cost_later")
    shown: dict[str, Decimal | None] = {
        name: None if (cost := row[name]) is None else display.rounded(cost, places=2)
        for name in sides
    }
    effects = [name for name in EFFECTS if name in row]
    if row["change"] is None:
        return shown | dict.fromkeys(["change", *effects])
    nothing = dict.fromkeys(effects, Decimal("0.00"))
    return shown | {"change": printed_change(row, 2)} | nothing | printed_parts(row, 2)


def _with_tail(shown: pd.DataFrame, tail: pd.DataFrame) -> pd.DataFrame:
    """The shown rows, and the others added up as one."""
    row: dict[Any, Any] = {}
    for name in tail:
        stated = tail[name].dropna()
        is_money = tail[name].dtype == shown["change"].dtype
        row[name] = sum(stated, Decimal(0)) if is_money and len(stated) else None
    n_levels = shown.index.nlevels
    other = f"other ({len(tail):,})"
    key = other if n_levels == 1 else (other, *[""] * (n_levels - 1))
    for name in tail:
        if str(name).endswith("_name"):
            row[name] = other if str(name) == str(tail.columns[0]) else ""
    added = pd.DataFrame([row], index=shown.index[:1].map(lambda _: key), columns=shown.columns)
    return pd.concat([shown, added.astype(shown.dtypes.to_dict())])


def _any(values: pd.Series[Any]) -> bool:
    return any(bool(value) for value in values.dropna())


def _costs(row: Mapping[str, Any]) -> list[Decimal]:
    costs = (row["charged_cost_earlier"], row["charged_cost_later"])
    return [cost for cost in costs if not pd.isna(cost)]


def printed_change(row: Mapping[str, Any], places: int) -> Decimal:
    """The change between the two costs as they are printed."""
    earlier, later = row["charged_cost_earlier"], row["charged_cost_later"]
    if pd.isna(earlier) or pd.isna(later):
        return display.rounded(row["change"], places=places)
    return display.rounded(later, places=places) - display.rounded(earlier, places=places)


def printed_parts(row: Mapping[str, Any], places: int) -> dict[str, Decimal]:
    """The causes that changed anything, rounded so that they add up to the printed change."""
    parts = {name: row[name] for name in EFFECTS if row.get(name)}
    rounded = display.rounded_together(
        list(parts.values()), places=places, total=printed_change(row, places)
    )
    return {name: part for name, part in zip(parts, rounded, strict=True) if part is not None}


def _headline(row: Mapping[str, Any], change: Decimal, places: int, then: str, now: str) -> str:
    costs = [None if pd.isna(row[f"charged_cost_{side}"]) else row[f"charged_cost_{side}"]
             for side in ("earlier", "later")]  # fmt: skip
    before, after = (display.money(cost, places=places) for cost in costs)
    if not change:
        return f"Charged cost stayed the same: {after} {now}, {before} {then}."
    share = f" ({display.whole_percent(abs(change) / costs[0])})" if costs[0] else ""
    moved = "rose" if change > 0 else "fell"
    by = display.money(abs(change), places=places)
    return f"Charged cost {moved} by {by}{share}: {after} {now}, {before} {then}."


def _cause(
    name: str, amount: Decimal, row: Mapping[str, Any], groups: pd.DataFrame, places: int
) -> str:
    most = most_of(name, groups)
    of = f"; most of it {most}" if most else ""
    meaning = CAUSES[name].meaning(row[name])
    return f"{display.signed_money(amount, places=places)} {name}: {meaning}{of}."


def most_of(name: str, groups: pd.DataFrame) -> str:
    """The group that has most of a cause, and its part; empty if none has."""
    parts = groups[name].dropna()
    whole = sum(parts, Decimal(0))
    same = parts[[bool(part * whole > 0) for part in parts]]
    if len(groups) < 2 or same.empty:
        return ""
    sizes = [abs(part) for part in same]
    at = sizes.index(max(sizes))
    if sizes[at] < _MOST * abs(whole):
        return ""
    called = row_names(groups.loc[[same.index[at]]])[0].text
    return f"{called} ({display.signed_money(same.iloc[at])})"


def _unknown(row: Mapping[str, Any]) -> list[str]:
    if not (row["n_unknown_earlier"] or row["n_unknown_later"]):
        return []
    now, before = (
        f"{display.count(row[f'n_unknown_{side}'])} of "
        f"{display.counted(row[f'n_runs_{side}'], 'run')}"
        for side in ("later", "earlier")
    )
    return [f"Cost not stated: {now}, before {before}; in none of these sums."]
