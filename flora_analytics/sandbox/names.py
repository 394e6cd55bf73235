"""What the sandbox calls its workspaces, projects and techniques.

In: the facts of a generated history, or nothing but a listing. Out: the dicts of
`/workspaces`, `/projects` and `/techniques`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flora_analytics.sandbox.arrivals import milliseconds
from flora_analytics.sandbox.facts import Facts
from flora_analytics.sandbox.listing import Listing

__all__ = ["Names"]

Named = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """API-shaped dicts, in the order in which they are listed."""

    workspaces: list[Named]
    projects: list[Named]
    techniques: list[Named]

    @classmethod
    def planted(cls, facts: Facts) -> Names:
        """Names and prices as of the history's end; a withdrawn technique is not offered."""
        begun = milliseconds(facts.start)
        gone = facts.goes.technique_id if facts.goes else None
        return cls(
            [_workspace(w.workspace_id, w.name) for w in facts.workspaces],
            [_project(p.project_id, p.workspace_id, p.name, begun) for p in facts.projects],
            [
                _technique(t.technique_id, t.name, float(t.run_cost), t.description, t.makes)
                for t in facts.techniques
                if t.technique_id != gone
            ],
        )

    @classmethod
    def read_off(cls, listing: Listing) -> Names:
        """Names made from ids, where only the runs are known; no prices are."""
        projects = (row.decoded() for row in listing.newest_by("project_id").values())
        techniques = (
            row.decoded()["technique"] for row in listing.newest_by("technique_id").values()
        )
        return cls(
            [
                _workspace(i, f"Workspace {i.removeprefix('ws_')}")
                for i in listing.newest_by("workspace_id")
            ],
            [
                _project(
                    p["project_id"],
                    p.get("workspace_id"),
                    f"Project {p['project_id'].removeprefix('prj_')}",
                    0,
                )
                for p in projects
            ],
            [_technique(t["technique_id"], t.get("name", ""), None, "", ()) for t in techniques],
        )


def _workspace(workspace_id: str, name: str) -> Named:
    return {"workspace_id": workspace_id, "name": name, "role": "admin", "created_at": None}


def _project(project_id: str, workspace_id: str | None, name: str, created_at: int) -> Named:
    return {
        "project_id": project_id,
        "workspace_id": workspace_id,
        "name": name,
        "origin": None,
        "created_at": created_at,
        "last_modified": None,
    }


def _technique(
    technique_id: str, name: str, run_cost: float | None, description: str, makes: Iterable[str]
) -> Named:
    price = {} if run_cost is None else {"run_cost": run_cost}
    return {
        "technique_id": technique_id,
        "name": name,
        "description": description,
        **price,
        "inputs": [],
        "outputs": [{"output_id": f"output_{n}", "type": kind} for n, kind in enumerate(makes, 1)],
    }
