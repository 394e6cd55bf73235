"""Who moved a product: the change of a product of factors, shared out among them exactly.

Rational numbers in, rational numbers out, and from those whole units that add up. Knows
nothing of runs or money.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial, floor, lcm, prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["shapley_of_product", "whole_parts"]


def shapley_of_product(earlier: Sequence[Fraction], later: Sequence[Fraction]) -> list[Fraction]:
    """The Shapley value of each factor in the change of their product.

    Let the factors change from `earlier` to `later` one after the other: each moves the
    product by some amount, which depends on the order. The Shapley value is the mean of that
    amount over all orders [1]_ [2]_. The values add up to the change of the product, a factor
    that did not change has zero, and no factor is favoured.

    Parameters
    ----------
    earlier, later : sequence of Fraction
        The factors in the same order.

    Returns
    -------
    list of Fraction, one for each factor

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games," in Contributions to the Theory of
       Games II, Princeton, 1953, pp. 307–317.
    .. [2] A. F. Shorrocks, "Decomposition procedures for distributional analysis: a unified
       framework based on the Shapley value," J. Econ. Inequal., vol. 11, pp. 99–126, 2013.

    Examples
    --------
    10 runs at 2 dollars, then 15 at 3: of the 25 dollars more, runs are worth 5 × 2.5.

    >>> shapley_of_product([Fraction(10), Fraction(2)], [Fraction(15), Fraction(3)])
    [Fraction(25, 2), Fraction(25, 2)]
    """
    k = len(earlier)
    scales = [lcm(a.denominator, b.denominator) for a, b in zip(earlier, later, strict=True)]
    # Integers throughout, over one denominator: fractions would be reduced at every step.
    before = [int(a * scale) for a, scale in zip(earlier, scales, strict=True)]
    after = [int(b * scale) for b, scale in zip(later, scales, strict=True)]
    orders = [factorial(m) * factorial(k - 1 - m) for m in range(k)]
    below = prod(scales) * factorial(k)
    values = []
    for i in range(k):
        # The m-th coefficient sums the products in which m of the others have changed.
        by_changed = [1]
        for a, b in zip(before[:i] + before[i + 1 :], after[:i] + after[i + 1 :], strict=True):
            stayed, moved = [a * c for c in by_changed], [b * c for c in by_changed]
            by_changed = [x + y for x, y in zip([*stayed, 0], [0, *moved], strict=True)]
        mean = sum(n * c for n, c in zip(orders, by_changed, strict=True))
        values.append(Fraction((after[i] - before[i]) * mean, below))
    return values


def whole_parts(parts: Sequence[Fraction]) -> list[int]:
    """`parts` as whole numbers with the same sum, which must be whole (largest remainders).

    Each part moves by less than one; of equal remainders the first is rounded up.

    Examples
    --------
    >>> whole_parts([Fraction(1, 3), Fraction(1, 3), Fraction(-2, 3)])
    [1, 0, -1]
    """
    whole = [floor(part) for part in parts]
    n_left = sum(parts, Fraction(0)) - sum(whole)
    if n_left.denominator != 1:
        raise ValueError(f"{len(parts)} parts add up to {sum(parts)}, which is not whole.")
    by_remainder = sorted(range(len(parts)), key=lambda at: (whole[at] - parts[at], at))
    for at in by_remainder[: int(n_left)]:
        whole[at] += 1
    return whole
