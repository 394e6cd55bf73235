"""Which runs a report is about, by workspace, project and technique.

Takes ids; narrows runs of any kind and says in words what was chosen. Knows no figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flora_analytics.budget import Budget
from flora_analytics.metrics.cut import NONE
from flora_analytics.report import display

__all__ = ["Selection", "having"]

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


def having(runs: Any, column: str, keys: Sequence[str]) -> Any:
    """The runs whose `column` is one of `keys`, as metrics call them.

    >>> runs = pa.table({"technique_id": ["tech_a", "tech_b", None, ""]})
    >>> having(runs, "technique_id", ["tech_a", "(none)"])["technique_id"].to_pylist()
    ['tech_a', None, '']
    """
    if not isinstance(runs, pa.Table):
        return runs.filter(runs[column].nullif("").fill_null(NONE).isin(list(keys)))
    own = pc.fill_null(runs[column].cast(pa.string()), NONE)
    own = pc.if_else(pc.equal(own, ""), NONE, own)
    return runs.filter(pc.is_in(own, value_set=pa.array(keys, pa.string())))


def _listed(ids: tuple[str, ...]) -> str:
    names = [display.name(each) for each in ids[:_MOST_NAMED]]
    if more := len(ids) - len(names):
        return f"{', '.join(names)} and {more} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
