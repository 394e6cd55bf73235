"""What is said beside every answer: as of when the store speaks, and what it lacks."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from flora_analytics.cli.app import DONE, LEFT_OUT, say

if TYPE_CHECKING:
    from flora_analytics.standing import Standing

__all__ = ["tell"]


def tell(standing: Standing) -> int:
    """Say on standard error how complete the answer is; return the exit status."""
    from flora_analytics.report.display import counted

    for claim in standing.claims:
        say(claim)
    for scope in standing.behind:
        say(
            f"{scope} is behind the others, and what is newer than that is not counted on; sync "
            f"it too, or give it up with flora-analytics sync --forget {shlex.quote(scope)}."
        )
    if n := standing.n_rejected:
        say(f"Rejected: {counted(n, 'run')}, left out; flora-analytics status --rejected says why.")
    return DONE if standing.is_complete and not n else LEFT_OUT
