"""Who moved a product: the change of a product of factors, shared out among them exactly.

Whole numbers in, fractions of one denominator out, and from those whole units that add up.
Knows nothing of runs or money.
"""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["shapley_of_product", "whole_parts"]


def shapley_of_product(earlier: Sequence[int], later: Sequence[int]) -> tuple[list[int], int]:
    """The Shapley value of each factor in the change of their product.

    Let the factors change from `earlier` to `later` one after the other: each moves the
    product by some amount, which depends on the order. The Shapley value is the mean of that
    amount over all orders [1]_ [2]_. The values add up to the change of the product, a factor
    that did not change has zero, and no factor is favoured.

    Parameters
    ----------
    earlier, later : sequence of int
        The factors in the same order; ratios are brought to whole numbers by their denominators.

    Returns
    -------
    numerators, denominator
        The values as fractions of one denominator, not reduced.

    References
    ----------
    .. [1] L. S. Shapley, "A value for n-person games," in Contributions to the Theory of
       Games II, Princeton, 1953, pp. 307–317.
    .. [2] A. F. Shorrocks, "Decomposition procedures for distributional analysis: a unified
       framework based on the Shapley value," J. Econ. Inequal., vol. 11, pp. 99–126, 2013.

    Examples
    --------
    10 runs at 2 dollars, then 15 at 3: of the 25 dollars more, runs are worth 5 × 2.5.

    >>> shapley_of_product([10, 2], [15, 3])
    ([25, 25], 2)
    """
    # One that stays scales all the same in every order: fewer factors, the same values.
    moved = [at for at, (a, b) in enumerate(zip(earlier, later, strict=True)) if a != b]
    scale, k = 1, len(moved)
    for at, factor in enumerate(earlier):
        scale *= 1 if at in moved else factor
    orders = [scale * factorial(m) * factorial(k - 1 - m) for m in range(k)]
    numerators = [0] * len(earlier)
    for i in moved:
        # The m-th coefficient sums the products in which m of the others have changed.
        by_changed = [1]
        for at in moved:
            if at != i:
                a, b = earlier[at], later[at]
                by_changed = [
                    a * stays + b * moves
                    for stays, moves in zip([*by_changed, 0], [0, *by_changed], strict=True)
                ]
        mean = sum(n * c for n, c in zip(orders, by_changed, strict=True))
        numerators[i] = (later[i] - earlier[i]) * mean
    return numerators, factorial(k)


def whole_parts(numerators: Sequence[int], denominator: int) -> list[int]:
    """Fractions as whole numbers with the same sum, which must be whole (largest remainders).

    Each part moves by less than one; of equal remainders the first is rounded up.

    Examples
    --------
    >>> whole_parts([1, 1, -2], 3)
    [1, 0, -1]
    """
    divided = [divmod(numerator, denominator) for numerator in numerators]
    n_left, rest = divmod(sum(remainder for _, remainder in divided), denominator)
    if rest:
        raise ValueError(f"{len(divided)} parts add up to a number that is not whole.")
    whole = [floor for floor, _ in divided]
    for at in sorted(range(len(whole)), key=lambda at: (-divided[at][1], at))[:n_left]:
        whole[at] += 1
    return whole
