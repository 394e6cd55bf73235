"""What may be spent in a billing cycle: the ``[budget]`` table of a configuration file.

Knows what a budget consists of and how it is written; knows no runs and measures nothing.
The day on which a cycle begins is a setting of its own, ``cycle_day``.

Written as::

    [budget]
    seats = 5
    included_per_seat = 40          # USD of usage that a seat includes in each cycle
    extra_balance = 200             # USD paid in advance, used up next
    overage_cap = 500               # USD that may be charged on top, at the most

    [budget.projects]               # USD a cycle, each by itself
    prj_spring = 120.50
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches

from flora_analytics.configured import refuse_unknown
from flora_analytics.errors import ConfigurationError

__all__ = ["Budget", "read_budget"]

_AMOUNTS = ("included_per_seat", "extra_balance", "overage_cap")
_KNOWN = ("seats", *_AMOUNTS, "projects")
#: What the API states costs with, and far more than anybody spends.
_PLACES, _MOST = 9, Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be spent in one billing cycle, in exact US dollars; numbers become decimals.

    Attributes
    ----------
    seats : int, default 0
    included_per_seat : Decimal, default 0
        Usage that each seat includes in a cycle. [USD]
    extra_balance : Decimal, default 0
        Paid in advance and used after what is included: as it stood when the cycle began. [USD]
    overage_cap : Decimal, default 0
        What may be charged on top of both, at the most. [USD]
    projects : mapping of project id to Decimal
        Budgets of projects, each by itself. [USD]

    Raises
    ------
    ConfigurationError
        If an amount is negative, or there is nothing to keep to.

    Examples
    --------
    >>> budget = Budget(seats=5, included_per_seat=Decimal(40), overage_cap=Decimal(100))
    >>> {name: str(amount) for name, amount in budget.limits.items()}
    {'included usage': '200', 'overage cap': '300'}
    """

    seats: int = 0
    included_per_seat: Decimal = Decimal(0)
    extra_balance: Decimal = Decimal(0)
    overage_cap: Decimal = Decimal(0)
    projects: Mapping[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.seats, bool) or not isinstance(self.seats, int):
            raise ConfigurationError(f"seats is {self.seats!r}; expected a whole number.")
        amounts = {name: _usd(getattr(self, name), name) for name in _AMOUNTS}
        own = {str(key): _usd(usd, f"projects.{key}") for key, usd in self.projects.items()}
        for name, value in {**amounts, "projects": own}.items():
            object.__setattr__(self, name, value)
        for amount in [Decimal(self.seats), *amounts.values(), *own.values()]:
            if not 0 <= amount <= _MOST:
                raise ConfigurationError(f"A budget cannot hold {amount}; give 0 or more.")
        if not self.limits and not self.projects:
            raise ConfigurationError(
                "The budget has nothing to keep to; give seats and included_per_seat, "
                "extra_balance, overage_cap or projects."
            )

    @property
    def limits(self) -> dict[str, Decimal]:
        """What may be spent until each layer is used up, the layers before it included.

        Layers of nothing are left out. [USD]
        """
        layers = {
            "included usage": self.seats * self.included_per_seat,
            "extra balance": self.extra_balance,
            "overage cap": self.overage_cap,
        }
        limits: dict[str, Decimal] = {}
        reached = Decimal(0)
        for name, amount in layers.items():
            if amount:
                reached += amount
                limits[name] = reached
        return limits

    def of_projects(self, project_ids: Collection[str] | None = None) -> Budget:
        """The budgets of these projects alone, or of all that have one.

        Raises
        ------
        ConfigurationError
            If a project has no budget.
        """
        for project in project_ids or ():
            if project not in self.projects:
                close = get_close_matches(project, self.projects, n=1)
                hint = f"; did you mean {close[0]!r}? Else" if close else "; to set one,"
                raise ConfigurationError(
                    f"Project {project!r} has no budget{hint} write {project} = 120.50 below "
                    "[budget.projects] in flora-analytics.toml."
                )
        if not self.projects:
            raise ConfigurationError(
                "No project has a budget; write one into flora-analytics.toml below "
                "[budget.projects], such as prj_spring = 120.50."
            )
        return Budget(projects={
            project: amount
            for project, amount in self.projects.items()
            if not project_ids or project in project_ids
        })  # fmt: skip


def read_budget(table: object, where: str = "budget") -> Budget | None:
    """The budget that the ``[budget]`` table of a file means; None if there is none.

    Raises
    ------
    ConfigurationError
        If a key is unknown or an amount is not one.

    Examples
    --------
    >>> read_budget({"seats": 2, "included_per_seat": 12.5}).limits
    {'included usage': Decimal('25.0')}
    """
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise ConfigurationError(f"{where} must be a table that begins with [budget].")
    refuse_unknown(table, _KNOWN, where)
    seats, projects = table.get("seats", 0), table.get("projects", {})
    if not isinstance(projects, Mapping):
        raise ConfigurationError(f"{where}.projects must be a table: prj_spring = 120.50.")
    amounts = {name: table[name] for name in _AMOUNTS if name in table}
    try:
        return Budget(seats=seats, projects=projects, **amounts)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _usd(value: object, name: str) -> Decimal:
    """The number as it was written: 120.1 is not the binary fraction next to it."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ConfigurationError(f"{name} is {value!r}; expected US dollars such as 120.50.")
    amount = Decimal(str(value))
    if not amount.is_finite() or amount != round(amount, _PLACES):
        raise ConfigurationError(
            f"{name} is {value}; expected US dollars with up to {_PLACES} places."
        )
    return amount
