"""Whether techniques became dearer or cheaper, when, and how they compare with their list price.

Runs in, one pandas table out: the median charge between one change and the next. The engine
collects the charges of each group; `change_points` finds where they moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from flora_analytics.calendar import check_zone
from flora_analytics.errors import DataError
from flora_analytics.metrics.cut import By, Cut
from flora_analytics.metrics.engine import columns_of, opened, together
from flora_analytics.metrics.tables import tabulate
from flora_analytics.statistics.change_points import change_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flora_analytics.metrics.cut import Key
    from flora_analytics.metrics.engine import Runs

__all__ = ["price_drift"]

_MONEY = pa.decimal128(38, 9)
_NANO = 10**9
#: Runs of one technique created within the same hour are one draw: batches share their inputs.
_BLOCK = 3_600 * 10**6
#: So many charges stand for a side of a change when all its pairs are compared.
_MOST_OF_A_SIDE = 1_000
_NEEDS = ["status", "created_at", "charged_cost"]


def price_drift(
    runs: Runs,
    *,
    by: By = "technique",
    tz: str = "UTC",
    listed: Mapping[str, Decimal | float] | None = None,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Median charge of each technique's completed runs, from one change to the next.

    A change is one that chance does not explain: charges in the order of creation are searched
    by Pettitt's rank test and binary segmentation (`change_points`), which assume no
    distribution and are moved by the level of the charges, not by a few large ones. The runs of
    an hour count as one draw. `alpha` is shared out among the groups, so that a history in
    which no price changed shows any change at all with at most that chance. It lies between
    ``last_at`` of one row and ``since`` of the next.

    By how much is the median ratio of a charge after to a charge before, over all pairs: a
    technique charged by size may be bought in other sizes, which moves its median charge and
    hardly this ratio. Where it is 1 no change is reported.

    Runs that cost nothing (free of charge) or state no cost are counted and left out; failed
    runs, which are often charged in part, and open ones are not looked at.

    Parameters
    ----------
    runs : pandas, Arrow, Ibis or Spark table, one row per run
        Needs ``status``, ``created_at``, ``charged_cost`` and the columns of `by`.
    by : str or sequence of str, default "technique"
        Whose charges; see `flora_analytics.metrics`.
    tz : str, default "UTC"
        Zone in which the instants are given.
    listed : mapping of technique_id to US dollars, optional
        The list price of one run today, ``run_cost`` of the API's techniques, as
        `flora_analytics.prices.listed_prices` asks for it.
    alpha : float, default 0.05
        Chance of any false alarm in the whole table. [0–1]

    Returns
    -------
    DataFrame, one row per group and level of price, ``since`` being the last level of the
    index; groups whose last price is farthest from their first come first, each in time order
        ``since``            instant  of the first run at this price
        ``last_at``          instant  of the last run at this price
        ``n_runs``           int64    completed, ``since`` to ``last_at`` [runs]
        ``n_free``           int64    of these, cost stated as zero [runs]
        ``n_unknown``        int64    of these, cost not stated [runs]
        ``median_charge``    decimal  of the others; null if there are none [USD]
        ``price_ratio``      float64  to the price before; NaN in a group's first row
        ``p_value``          float64  that chance alone makes as clear a change; NaN in a
                                      group's first row [0–1]
        ``listed_run_cost``  decimal  null where `listed` has none [USD]
        ``ratio_to_listed``  float64  median charge ÷ list price; NaN where there is none

    Raises
    ------
    MissingColumnError
        If a column is not there.
    DataError
        If a word of `by` is not known, or `alpha` is not between 0 and 1.

    Examples
    --------
    >>> created = pd.date_range("2026-03-02", periods=40, freq="D", tz="UTC", unit="us")
    >>> runs = pd.DataFrame({"technique_id": "tech_a", "technique_name": "Upscale",
    ...                      "status": "completed", "created_at": created,
    ...                      "charged_cost": [0.4] * 25 + [0.5] * 15})
    >>> price_drift(runs)["median_charge"].reset_index(drop=True).astype("float").tolist()
    [0.4, 0.5]
    """
    if not 0 < alpha < 1:
        raise DataError(f"alpha={alpha} must lie between 0 and 1; 0.05 is usual.")
    check_zone(tz)
    keys = Cut(by).keys(columns_of(runs))
    groups = _named_groups(runs, by, keys)
    series = _series(runs, keys)
    level = alpha / max(len(series), 1)
    found = [row for key, part in series for row in _levels(key, part, level)]
    return _table(found, groups, keys, {} if listed is None else listed, tz)


def _named_groups(runs: Runs, by: By, keys: list[Key]) -> pd.DataFrame | None:
    """The latest name of each group, where the words of `by` have names."""
    if not any(key.name for key in keys):
        return None
    return tabulate(
        runs, Cut(by), lambda table, _: {"n": table.count()}, needs=[], largest=["n"]
    ).drop(columns="n")


def _series(runs: Runs, keys: list[Key]) -> list[tuple[tuple[str, ...], pa.StructArray]]:
    """Instants and charges of each group's completed runs, in no order. [µs, USD]"""
    columns = list(dict.fromkeys([*_NEEDS, *(key.column for key in keys)]))
    with opened(runs, columns) as source:
        table = source.table
        table = table.filter((table.status == "completed") & table.created_at.notnull())
        made = {f"_key_{i}": key.value(table) for i, key in enumerate(keys)}
        at, usd = source.microseconds(table.created_at), table.charged_cost.cast("float64")
        charges = table.select(**made, charge=together(at=at, usd=usd))
        grouped = charges.group_by(*made) if made else charges
        collected = grouped.aggregate(charges=charges.charge.collect())
        answer = source.answer(collected.order_by(*made) if made else collected)
    groups = zip(*(answer[name].to_pylist() for name in made), strict=True) if made else [()]
    parts = zip(groups, answer["charges"], strict=True)
    return [(key, part.values) for key, part in parts if part.is_valid]


def _levels(key: tuple[str, ...], part: pa.StructArray, alpha: float) -> list[dict[str, Any]]:
    """One row for each level of price of one group."""
    at, usd = (part.field(name).to_numpy(zero_copy_only=False) for name in ("at", "usd"))
    order = np.lexsort((usd, at))
    # A cost of nine places under four million dollars is the nearest float's, and back.
    at, charge = at[order], np.rint(usd[order] * _NANO)
    charged = np.flatnonzero(charge > 0)
    values, blocks = charge[charged].astype("int64"), at[charged] // _BLOCK
    changes = change_points(values, blocks=blocks, alpha=alpha)
    ends = [*(c.at for c in changes), len(values)][1:]
    kept: list[tuple[int, float, float]] = []
    start = 0
    for change, end in zip(changes, ends, strict=True):
        ratio = _ratio(values[start : change.at], values[change.at : end])
        if ratio != 1:
            kept.append((int(charged[change.at]), ratio, change.p_value))
            start = change.at
    rows: list[dict[str, Any]] = []
    firsts = [(0, float("nan"), float("nan")), *kept]
    lasts = [*(place for place, _, _ in kept), len(at)]
    for (first, ratio, p_value), end in zip(firsts, lasts, strict=True):
        own = charge[first:end]
        rows.append(
            {
                "key": key,
                "since": at[first],
                "last_at": at[end - 1],
                "n_runs": end - first,
                "n_free": int((own == 0).sum()),
                "n_unknown": int(np.isnan(own).sum()),
                "median_charge": _median(own[own > 0].astype("int64")),
                "price_ratio": ratio,
                "p_value": p_value,
            }
        )
    return rows


def _ratio(before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    """Median of all charges after ÷ all charges before (Hodges and Lehmann's shift, of logs)."""
    sides = [np.log(_at_most(side, _MOST_OF_A_SIDE)) for side in (before, after)]
    shift = float(np.median(np.subtract.outer(sides[1], sides[0])))
    return round(float(np.exp(shift)), 9)


def _at_most(charges: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The charges, or `n` of them at even distances in the order of size."""
    if len(charges) <= n:
        return charges
    places = np.linspace(0, len(charges) - 1, n).round().astype(np.int64)
    chosen: NDArray[np.int64] = np.sort(charges)[places]
    return chosen


def _median(charges: NDArray[np.int64]) -> int | None:
    """Median in nano-dollars; between two middle ones half-even."""
    n = len(charges)
    if n == 0:
        return None
    low, high = np.partition(charges, [(n - 1) // 2, n // 2])[[(n - 1) // 2, n // 2]].tolist()
    middle, rest = divmod(low + high, 2)
    return int(middle + (rest and middle % 2))


def _table(
    found: list[dict[str, Any]],
    groups: pd.DataFrame | None,
    keys: list[Key],
    listed: Mapping[str, Decimal | float],
    tz: str,
) -> pd.DataFrame:
    levels = [key.level for key in keys]
    table = pd.DataFrame(index=pd.RangeIndex(len(found)))
    for i, level in enumerate(levels):
        table[level] = pd.Series([row["key"][i] for row in found], dtype="str")
    for name in ("since", "last_at"):
        at = pd.Series([row[name] for row in found], dtype="int64")
        instants = pd.to_datetime(at, unit="us", utc=True).astype("datetime64[us, UTC]")
        table[name] = instants.dt.tz_convert(tz)
    for name in ("n_runs", "n_free", "n_unknown"):
        table[name] = pd.Series([row[name] for row in found], dtype="int64")
    medians = [row["median_charge"] for row in found]
    table["median_charge"] = _money([m if m is None else Decimal(m).scaleb(-9) for m in medians])
    for name in ("price_ratio", "p_value"):
        table[name] = pd.Series([row[name] for row in found], dtype="float64")
    usd = pd.Series([np.nan if m is None else m / _NANO for m in medians], dtype="float64")
    prices = [_listed(row["key"], levels, listed) for row in found]
    table["listed_run_cost"] = _money(prices)
    per_run = pd.Series([float(p) if p else np.nan for p in prices], dtype="float64")
    table["ratio_to_listed"] = usd / per_run
    if groups is not None and levels:
        table = table.join(groups, on=levels if len(levels) > 1 else levels[0])
        table = table[[*groups.columns, *table.columns.drop(list(groups.columns))]]
    return _farthest_first(table, levels).set_index([*levels, "since"])


def _money(values: Sequence[Decimal | None]) -> pd.Series[Any]:
    return pd.Series(values, dtype=pd.ArrowDtype(_MONEY))


def _listed(
    key: tuple[str, ...], levels: list[str], listed: Mapping[str, Decimal | float]
) -> Decimal | None:
    if "technique_id" not in levels:
        return None
    price = listed.get(key[levels.index("technique_id")])
    return None if price is None else Decimal(str(price)).quantize(Decimal(1).scaleb(-9))


def _farthest_first(table: pd.DataFrame, levels: list[str]) -> pd.DataFrame:
    """Groups by how far their last price is from their first, each in the order of time."""
    if not levels or table.empty:
        return table
    steps = np.log(table["price_ratio"].fillna(1.0))
    by = [table[level] for level in levels]
    distance = steps.groupby(by).transform("sum").abs()
    n_runs = table["n_runs"].groupby(by).transform("sum")
    order = pd.DataFrame({"distance": -distance, "n": -n_runs, **{n: table[n] for n in levels}})
    places = order.sort_values(["distance", "n", *levels], kind="stable").index
    return table.loc[places]
