"""What changed: the difference of charged cost between two periods, split by its causes.

Runs and two windows in, one pandas table out. The parts of the change are exact Shapley
values: they add up to it, to the last digit, for every group and in total.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import fields
from decimal import Context, Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from flora_analytics.calendar import Window, check_window
from flora_analytics.errors import DataError
from flora_analytics.metrics.change_parts import Side, shared_out
from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.engine import columns_of
from flora_analytics.metrics.tables import SUM_TYPE, tabulate
from flora_analytics.metrics.window import in_window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flora_analytics.metrics.engine import OpenedRuns, Runs, Table, Value

    Formula: TypeAlias = Callable[[Table, OpenedRuns], dict[str, Value]]
    Key: TypeAlias = tuple[str, ...]

__all__ = ["EFFECTS", "cost_changes"]

#: The causes of a change, as the columns of the table are called.
EFFECTS = ("volume", "mix", "price", "failure", "stated", "new", "discontinued")

_SIDES = ("earlier", "later")
_FIELDS = [field.name for field in fields(Side)]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
#: Wide enough for any sum of nano-dollars; the usual 28 digits are not.
_WIDE = Context(prec=60)
_EXACT = pd.ArrowDtype(SUM_TYPE)


def cost_changes(
    runs: Runs,
    *,
    earlier: Window,
    later: Window,
    by: By = None,
    nested: By = None,
) -> pd.DataFrame:
    """Why one period cost more or less than another.

    The cost of a group that has runs in both periods is

        N × s × [(1 − f) × q × p  +  f × e × d]

    where N counts the runs of all such groups, s is the group's share of them, f the share of
    its runs that failed, q and e the shares of the other and of the failed runs whose cost is
    stated, p and d what such a run was charged on average. The change of each product is shared
    out among its factors by the Shapley value [1]_: **volume** is due to N, **mix** to s,
    **failure** to f and d, **stated** to q and e, **price** to p. All that a group cost which has
    runs in one period only is **new** or **discontinued**. A mean that one period does not
    have, because no cost is stated, is taken to be that of the other.

    Parts are computed as fractions and rounded to nano-dollars by largest remainders, so they
    add up to the change exactly, in every row, and rows add up to the change of the total. With
    ``by=["workspace", "project", "technique"]`` the rows of a project add up to its parts, and
    those of a workspace to its own; `nested` computes on such finer groups and shows `by` only.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``charged_cost``, ``created_at`` and the columns of `by` and `nested`.
    earlier, later : Window
        What is compared; a run belongs to the period in which it was created.
    by : str or sequence of str, optional
        Groups; see `flora_analytics.metrics`. Without any there is neither mix, nor new.
    nested : str or sequence of str, optional
        What groups are cut into further: mix, new and discontinued are then those of the finer
        groups. Parts of one figure compare only where `by` and `nested` together are the same.

    Returns
    -------
    DataFrame, one row per group with runs in either period, largest change first
        ``n_runs_earlier``, ``n_runs_later``              int64    [runs]
        ``n_unknown_earlier``, ``n_unknown_later``        int64    cost not stated [runs]
        ``charged_cost_earlier``, ``charged_cost_later``  decimal  exact sum of stated costs; 0
        without runs, null if none of them states its cost [USD]
        ``change``                                        decimal  of the sums of stated costs;
        null if no run of either period states one [USD]
        ``volume``, ``mix``, ``price``, ``failure``, ``stated``, ``new``, ``discontinued``
        decimal, its parts; null where `change` is [USD]

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known, or the periods overlap.

    References
    ----------
    .. [1] A. F. Shorrocks, "Decomposition procedures for distributional analysis: a unified
       framework based on the Shapley value," J. Econ. Inequal., vol. 11, pp. 99–126, 2013.

    Examples
    --------
    >>> from flora_analytics.calendar import Window
    >>> runs = pd.DataFrame({
    ...     "workspace_id": "ws_a", "project_id": "prj_a", "technique_id": "tech_a",
    ...     "status": "completed", "charged_cost": [2.0, 3.0, 3.0],
    ...     "created_at": pd.to_datetime(["2026-03-01", "2026-04-01", "2026-04-02"], utc=True)})
    >>> march = Window.parse("2026-03-01", "2026-04-01")
    >>> april = Window.parse("2026-04-01", "2026-05-01")
    >>> table = cost_changes(runs, earlier=march, later=april)
    >>> table[["change", "volume", "price"]]
            change       volume        price
    0  4.000000000  2.500000000  1.500000000
    """
    _refuse_overlap(earlier, later)
    runs = in_window(runs, Window(earlier.start, later.end))
    sides = (earlier, later)
    finest, shown = Cut(_finest(by, nested, columns_of(runs))), Cut(by)
    leaves = _compared(runs, finest, partial(_facts, windows=sides))
    table = _compared(runs, shown, partial(_totals, windows=sides))
    return _with_parts(table, _parts(leaves, n_levels=len(shown.words)))


def _compared(runs: Runs, cut: Cut, formula: Formula) -> pd.DataFrame:
    """A table of both periods, without the groups that ran between them only."""
    needs = ["status", "charged_cost", "created_at"]
    table = tabulate(runs, cut, formula, needs=needs, largest=["n_runs_later"])
    ran = (table["n_runs_earlier"] > 0) | (table["n_runs_later"] > 0)
    return table[ran] if cut.words else table


def _refuse_overlap(earlier: Window, later: Window) -> None:
    for window in (earlier, later):
        check_window(window)
    if earlier.end is None or later.start is None or later.start < earlier.end:
        raise DataError(
            "The two periods overlap or are in the wrong order; the earlier must end "
            "where the later begins, or before."
        )


def _finest(by: By, nested: By, columns: list[str]) -> list[str]:
    """The levels of `by`, then those of `nested` that are not among them."""
    shown = [key.level for key in Cut(by).keys(columns)]
    levels = [key.level for key in Cut(nested).keys(columns)]
    # A level is also the name of its column, save what runs made; as such it needs no name.
    words = [*shown, *(level for level in levels if level not in shown)]
    return list(dict.fromkeys(words))


def _facts(runs: Table, source: OpenedRuns, *, windows: Sequence[Window]) -> dict[str, Value]:
    """What the parts are computed from, for each side."""
    failed, stated = runs.status == "failed", runs.charged_cost.notnull()
    # A status that is not there is not a failure.
    failed = failed.fill_null(False)
    facts: dict[str, Value] = {}
    for side, window in zip(_SIDES, windows, strict=True):
        here = _within(runs.created_at, source, window)
        facts |= {
            f"n_runs_{side}": runs.count(where=here),
            f"n_failed_{side}": runs.count(where=here & failed),
            f"n_stated_{side}": runs.count(where=here & stated),
            f"n_failed_stated_{side}": runs.count(where=here & failed & stated),
            f"cost_{side}": runs.charged_cost.sum(where=here & ~failed),
            f"cost_of_failed_{side}": runs.charged_cost.sum(where=here & failed),
        }
    return facts


def _totals(runs: Table, source: OpenedRuns, *, windows: Sequence[Window]) -> dict[str, Value]:
    """What is shown beside the parts."""
    cost = runs.charged_cost
    here = [_within(runs.created_at, source, window) for window in windows]
    pairs = list(zip(_SIDES, here, strict=True))
    return {
        **{f"n_runs_{side}": runs.count(where=own) for side, own in pairs},
        **{f"n_unknown_{side}": runs.count(where=own & cost.isnull()) for side, own in pairs},
        **{f"charged_cost_{side}": cost.sum(where=own) for side, own in pairs},
    }


def _within(created: Value, source: OpenedRuns, window: Window) -> Value:
    at = source.microseconds(created)
    inside = at.notnull()
    if window.start is not None:
        inside = inside & (at >= (window.start - _EPOCH) // _MICROSECOND)
    if window.end is not None:
        inside = inside & (at < (window.end - _EPOCH) // _MICROSECOND)
    return inside


def _parts(leaves: pd.DataFrame, *, n_levels: int) -> dict[Key, Counter[str]]:
    """For each group that is shown, the parts of its finest groups added up. [nano-dollars]"""
    earlier, later = (_sides(leaves, side) for side in _SIDES)
    remain = [(a, b) for a, b in zip(earlier, later, strict=True) if a.n_runs and b.n_runs]
    volumes = sum(a.n_runs for a, _ in remain), sum(b.n_runs for _, b in remain)
    parts: dict[Key, Counter[str]] = defaultdict(Counter)
    for key, a, b in zip(_keys(leaves), earlier, later, strict=True):
        own = parts[key[:n_levels]]
        if a.n_runs and b.n_runs:
            for effect, nano in shared_out(a, b, *volumes).items():
                own[effect] += nano
        else:
            own["new" if b.n_runs else "discontinued"] += b.total - a.total
    return parts


def _sides(leaves: pd.DataFrame, side: str) -> list[Side]:
    columns = [f"{field}_{side}" for field in _FIELDS]
    counts = [leaves[name].tolist() for name in columns[:4]]
    costs = [[_nano(cost) for cost in leaves[name]] for name in columns[4:]]
    return [Side(*row) for row in zip(*counts, *costs, strict=True)]


def _with_parts(table: pd.DataFrame, parts: Mapping[Key, Counter[str]]) -> pd.DataFrame:
    """The table with the change and its parts, largest change first."""
    counts = {side: table[f"n_runs_{side}"].tolist() for side in _SIDES}
    costs = {side: table[f"charged_cost_{side}"].tolist() for side in _SIDES}
    columns: dict[str, list[Decimal | None]] = {name: [] for name in ("change", *EFFECTS)}
    for at, key in enumerate(_keys(table)):
        own = parts.get(key, Counter())
        # Without runs nothing was charged; with runs that state no cost nobody knows.
        for side in _SIDES:
            costs[side][at] = Decimal(0) if not counts[side][at] else _stated(costs[side][at])
        ran = [side for side in _SIDES if counts[side][at]]
        is_known = not ran or any(costs[side][at] is not None for side in ran)
        columns["change"].append(_usd(sum(own.values())) if is_known else None)
        for effect in EFFECTS:
            columns[effect].append(_usd(own[effect]) if is_known else None)
    money = {f"charged_cost_{side}": costs[side] for side in _SIDES} | columns
    exact = {
        name: pd.Series(values, index=table.index, dtype=_EXACT) for name, values in money.items()
    }
    sizes = [-1 if each is None else abs(each) for each in columns["change"]]
    order = sorted(range(len(table)), key=lambda at: (-sizes[at], _keys(table)[at]))
    return table.assign(**exact).iloc[order]


def _keys(table: pd.DataFrame) -> list[Key]:
    if table.index.names == [None]:
        return [()] * len(table)
    return [key if isinstance(key, tuple) else (key,) for key in table.index]


def _stated(cost: Any) -> Decimal | None:
    return None if pd.isna(cost) else cost


def _nano(cost: Any) -> int:
    return 0 if pd.isna(cost) else int(cost.scaleb(9, _WIDE))


def _usd(nano: int) -> Decimal:
    return Decimal(nano).scaleb(-9, _WIDE)
