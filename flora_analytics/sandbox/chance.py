"""Seeded chance: arrays of uniform, normal and categorical draws.

Everything rests on the raw uniform stream of PCG64, which NumPy keeps stable from version
to version; its `normal` and `choice` are not, and the same seed shall give the same bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chance", "Floats", "Ints", "Mask"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_ALPHABET = np.array(list("0123456789abcdefghjkmnpqrstvwxyz"))


class Chance:
    """Draws from one seeded stream; the order of the calls is part of the result."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(seed))

    def uniform(self, n: int) -> Floats:
        return self._generator.random(n)

    def normal(self, n: int) -> Floats:
        """Standard normal draws (Box and Muller)."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(n)))
        return radius * np.cos(2.0 * np.pi * self.uniform(n))

    def happens(self, probability: Floats | float, n: int) -> Mask:
        return self.uniform(n) < probability

    def pick(self, weights: Floats, n: int) -> Ints:
        """`n` indices into `weights` (any shape, flattened), as likely as these say."""
        edges = np.cumsum(weights.ravel())
        indices: Ints = np.searchsorted(edges, self.uniform(n) * edges[-1], side="right")
        return indices

    def pick_per_row(self, weights: Floats) -> Ints:
        """For each row of `weights` the index of one of its columns."""
        edges = np.cumsum(weights, axis=1)
        aim = self.uniform(len(weights)) * edges[:, -1]
        indices: Ints = np.sum(edges <= aim[:, None], axis=1, dtype=np.int64)
        return indices

    def identifiers(self, n: int, *, length: int = 16) -> NDArray[np.str_]:
        """`n` ids of lower-case letters and digits."""
        letters = (self.uniform(n * length) * len(_ALPHABET)).astype(np.int64)
        return _ALPHABET[letters].reshape(n, length).view(f"U{length}").ravel()
