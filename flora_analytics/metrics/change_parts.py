"""How the change of one group's cost is shared out among its causes, to the last nano-dollar.

Counts and sums of two periods in, whole nano-dollars out. Knows no runs and no tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flora_analytics.metrics.shapley import shapley_of_product, whole_parts

__all__ = ["Side", "shared_out"]

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
    common = [
        (Fraction(volume_a), Fraction(volume_b)),
        (Fraction(a.n_runs, volume_a), Fraction(b.n_runs, volume_b)),
    ]
    others = [
        (Fraction(a.n_other, a.n_runs), Fraction(b.n_other, b.n_runs)),
        _ratios(a.n_other_stated, a.n_other, b.n_other_stated, b.n_other),
        _ratios(a.cost, a.n_other_stated, b.cost, b.n_other_stated),
    ]
    per_failed = _ratios(a.cost_of_failed, a.n_failed_stated, b.cost_of_failed, b.n_failed_stated)
    of_failed = [
        (a.n_failed * per_failed[0] / a.n_runs, b.n_failed * per_failed[1] / b.n_runs),
        _ratios(a.n_failed_stated, a.n_failed, b.n_failed_stated, b.n_failed),
    ]
    parts = dict.fromkeys(_CAUSES, Fraction(0))
    for factors in ([*common, *others], [*common, *of_failed]):
        values = shapley_of_product(*zip(*factors, strict=True))
        # What a failed run is charged is one factor with how often it happens: failure.
        for cause, value in zip(_CAUSES, values, strict=False):
            parts[cause] += value
    return dict(zip(_CAUSES, whole_parts(list(parts.values())), strict=True))


def _ratios(n_a: int, of_a: int, n_b: int, of_b: int) -> tuple[Fraction, Fraction]:
    """A ratio on both sides; the one that has none is taken to be the other's."""
    if not of_a and not of_b:
        return Fraction(0), Fraction(0)
    a = Fraction(n_a, of_a) if of_a else Fraction(n_b, of_b)
    return a, Fraction(n_b, of_b) if of_b else a
