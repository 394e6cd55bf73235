"""Many tests at once, by the published procedure."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flora_analytics.statistics.multiplicity import benjamini_hochberg


def test_the_worked_example_of_the_paper():
    # Benjamini and Hochberg (1995), section 3.2: 15 hypotheses, q = 0.05, the first four go.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
         0.4262, 0.5719, 0.6528, 0.7590, 1.0000]  # fmt: skip

    adjusted = benjamini_hochberg(p)

    assert (adjusted <= 0.05).tolist() == [True] * 4 + [False] * 11
    assert adjusted[3] == 0.0095 * 15 / 4


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.001, 0.5))
def test_it_is_the_step_up_procedure_in_any_order(p, q):
    m = len(p)
    steps = [k for k in range(1, m + 1) if sorted(p)[k - 1] <= k * q / m]
    limit = sorted(p)[steps[-1] - 1] if steps else -1.0

    adjusted = benjamini_hochberg(p)

    off_edge = np.abs(adjusted - q) > 1e-12
    assert ((adjusted <= q) == (np.array(p) <= limit))[off_edge].all()


def test_what_was_not_tested_does_not_count():
    nan = float("nan")

    adjusted = benjamini_hochberg([[0.01, nan], [nan, 0.5]])

    assert adjusted[0, 0] == 0.02
    assert np.isnan(adjusted[0, 1])
