"""How the change of one group's cost is shared out among its causes, to the last nano-dollar.

Counts and sums of two periods in, whole nano-dollars out. Knows no runs and no tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from flora_analytics.statistics.shapley import shapley_of_product, whole_parts

__all__ = ["Side", "shared_out"]

#: Numerator and denominator.
_Ratio: TypeAlias = tuple[int, int]
#: The causes in the order of the factors of runs that did not fail; of equal remainders the
#: first gets the last nano-dollar.
_CAUSES = ("volume", "mix", "failure", "stated", "price")


@dataclass(frozen=True, slots=True)
class Side:
    """One group in one period.

    Attributes
    ----------
    n_stated, n_failed_stated : int
        Runs, and failed runs, whose cost is stated.
    cost, cost_of_failed : int
        Stated costs of the runs that did not fail, and of those that did. [nano-dollars]
    """

    n_runs: int
    n_failed: int
    n_stated: int
    n_failed_stated: int
    cost: int
    cost_of_failed: int

    @property
    def n_other(self) -> int:
        """Runs that did not fail."""
        return self.n_runs - self.n_failed

    @property
    def n_other_stated(self) -> int:
        """Those of them whose cost is stated."""
        return self.n_stated - self.n_failed_stated

    @property
    def total(self) -> int:
        """All that is stated."""
        return self.cost + self.cost_of_failed


def shared_out(a: Side, b: Side, volume_a: int, volume_b: int) -> dict[str, int]:
    """The parts of the change of one group that has runs in both periods. [nano-dollars]

    `volume_a` and `volume_b` count the runs of all such groups. The formula stands at
    `flora_analytics.metrics.cost_changes`.

    Examples
    --------
    >>> a, b = Side(1, 0, 1, 0, 2, 0), Side(2, 0, 2, 0, 6, 0)
    >>> shared_out(a, b, 1, 2)
    {'volume': 3, 'mix': 0, 'failure': 0, 'stated': 0, 'price': 1}
    """
    common = [((volume_a, 1), (volume_b, 1)), ((a.n_runs, volume_a), (b.n_runs, volume_b))]
    others = [
        ((a.n_other, a.n_runs), (b.n_other, b.n_runs)),
        _ratios(a.n_other_stated, a.n_other, b.n_other_stated, b.n_other),
        _ratios(a.cost, a.n_other_stated, b.cost, b.n_other_stated),
    ]
    cost_a, cost_b = _ratios(
        a.cost_of_failed, a.n_failed_stated, b.cost_of_failed, b.n_failed_stated
    )
    # What a failed run is charged is one factor with how often it happens: failure.
    failed = [
        (
            (a.n_failed * cost_a[0], a.n_runs * cost_a[1]),
            (b.n_failed * cost_b[0], b.n_runs * cost_b[1]),
        ),
        _ratios(a.n_failed_stated, a.n_failed, b.n_failed_stated, b.n_failed),
    ]
    of_others, under_others = _values([*common, *others])
    of_failed, under_failed = _values([*common, *failed])
    sums = [
        one * under_failed + other * under_others
        for one, other in zip(of_others, [*of_failed, 0], strict=True)
    ]
    return dict(zip(_CAUSES, whole_parts(sums, under_others * under_failed), strict=True))


def _values(factors: list[tuple[_Ratio, _Ratio]]) -> tuple[list[int], int]:
    """The Shapley values of ratios: numerators and their denominator."""
    earlier = [a * under_b for (a, _), (_, under_b) in factors]
    later = [b * under_a for (_, under_a), (b, _) in factors]
    numerators, orders = shapley_of_product(earlier, later)
    return numerators, orders * prod(under_a * under_b for (_, under_a), (_, under_b) in factors)


def _ratios(a: int, of_a: int, b: int, of_b: int) -> tuple[_Ratio, _Ratio]:
    """A ratio on both sides; the one that has none is taken to be the other's."""
    if not of_a and not of_b:
        return (0, 1), (0, 1)
    return (a, of_a) if of_a else (b, of_b), (b, of_b) if of_b else (a, of_a)
