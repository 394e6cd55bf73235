"""Which runs a report is about, by workspace, project and technique.

Takes ids; narrows runs of any kind and says in words what was chosen. Knows no figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flora_analytics.budget import Budget
from flora_analytics.metrics.having import having
from flora_analytics.report import display

__all__ = ["Selection"]

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Runs of these workspaces, these projects and these techniques; none given is all.

    Examples
    --------
    >>> Selection(project_id=("prj_spring", "prj_summer")).words
    'projects prj_spring and prj_summer'
    >>> bool(Selection())
    False
    """

    workspace_id: tuple[str, ...] = ()
    project_id: tuple[str, ...] = ()
    technique_id: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.workspace_id or self.project_id or self.technique_id)

    @property
    def words(self) -> str:
        """What was chosen, in words; empty where nothing was."""
        return "; ".join(
            f"{column.removesuffix('_id')}{'s' if len(ids) > 1 else ''} {_listed(ids)}"
            for column, ids in self._chosen()
        )

    def of(self, runs: Any) -> Any:
        """These of `runs`, an Arrow or Ibis table."""
        for column, ids in self._chosen():
            runs = having(runs, column, ids)
        return runs

    def part_of(self, budget: Budget | None) -> Budget | None:
        """What of a budget these runs can be held to: that of chosen projects, if only they are.

        >>> from decimal import Decimal
        >>> budget = Budget(overage_cap=Decimal(9), projects={"prj_a": Decimal(5)})
        >>> Selection(project_id=("prj_a", "prj_b")).part_of(budget).limits
        {}
        >>> Selection(workspace_id=("ws_a",)).part_of(budget) is None
        True
        """
        if budget is None or not self:
            return budget
        alone = not (self.workspace_id or self.technique_id)
        own = {key: usd for key, usd in budget.projects.items() if key in self.project_id}
        return Budget(projects=own) if alone and own else None

    def _chosen(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for column in ("workspace_id", "project_id", "technique_id"):
            if ids := getattr(self, column):
                yield column, ids


def _listed(ids: tuple[str, ...]) -> str:
    names = [display.name(each) for each in ids[:_MOST_NAMED]]
    if more := len(ids) - len(names):
        return f"{', '.join(names)} and {more} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
