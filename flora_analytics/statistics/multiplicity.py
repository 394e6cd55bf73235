"""Many tests at once: p-values in, p-values that count how many were asked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["benjamini_hochberg"]


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values: to call those up to q significant keeps false discoveries below q.

    The i-th smallest of m p-values becomes the smallest of m/j × the j-th smallest, j ≥ i [1]_.
    NaN was not tested, stays NaN and does not count.

    Parameters
    ----------
    p_values : array of float
        Of any shape. [0–1]

    Returns
    -------
    float64 array of that shape [0–1]

    References
    ----------
    .. [1] Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate: a practical and
       powerful approach to multiple testing," J. R. Stat. Soc. B, vol. 57, pp. 289–300, 1995.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, float("nan"), 0.03]).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    p = np.asarray(p_values, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(p.ravel()))
    adjusted = np.full(p.size, np.nan)
    descending = tested[np.argsort(-p.ravel()[tested], kind="stable")]
    ranks = np.arange(len(tested), 0, -1)
    scaled = p.ravel()[descending] * (len(tested) / ranks)
    adjusted[descending] = np.minimum.accumulate(np.minimum(scaled, 1.0))
    return adjusted.reshape(p.shape)
