"""How the listed history moves while somebody reads it: runs arrive, end, change, vanish.

In: the number of a request and the listing after it. Out: moves, each a small value that
changes the listing. Chance is drawn from the seed and that number, so a scenario repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import TypeAlias

from flora_analytics.errors import ConfigurationError
from flora_analytics.sandbox.history import Run
from flora_analytics.sandbox.listing import Listing

__all__ = ["Arrive", "CorrectCost", "Finish", "Motion", "Move", "Vanish"]

Cost: TypeAlias = Decimal | float | None


@dataclass(frozen=True, slots=True)
class Arrive:
    """A run is listed where its ``created_at`` puts it: at the head, or late, below it."""

    run: Run

    def apply(self, listing: Listing) -> None:
        listing.put(self.run)


@dataclass(frozen=True, slots=True)
class Finish:
    """An open run completes, or fails with `error_code`; a `cost` of None is not stated."""

    run_id: str
    cost: Cost = None
    error_code: str | None = None
    execution_ms: int = 30_000

    def apply(self, listing: Listing) -> None:
        run = _run(listing, self.run_id)
        run.setdefault("started_at", run["created_at"] + 1_000)
        run["completed_at"] = run["started_at"] + self.execution_ms
        if self.error_code is None:
            url = f"https://media.flora.ai/{self.run_id}/1.png"
            run["outputs"] = [{"output_id": "output_1", "type": "imageUrl", "url": url}]
            run |= {"status": "completed", "progress": 100}
        else:
            run |= {"status": "failed", "error_code": self.error_code}
        listing.put(_with_cost(run, self.cost))


@dataclass(frozen=True, slots=True)
class CorrectCost:
    """A cost is stated late, corrected, or taken back (None)."""

    run_id: str
    cost: Cost

    def apply(self, listing: Listing) -> None:
        listing.put(_with_cost(_run(listing, self.run_id), self.cost))


@dataclass(frozen=True, slots=True)
class Vanish:
    """A run is no longer listed."""

    run_id: str

    def apply(self, listing: Listing) -> None:
        listing.remove(self.run_id)


Move: TypeAlias = Arrive | Finish | CorrectCost | Vanish
_KINDS = ("arrive", "arrive late", "finish", "correct", "vanish")


@dataclass(frozen=True)
class Motion:
    """What moves after each request: ``after(number, listing)`` gives the moves.

    Examples
    --------
    >>> from flora_analytics.sandbox import Motion, Vanish
    >>> motion = Motion.script({2: [Vanish("run_a")]})
    >>> motion.after(2, None)
    [Vanish(run_id='run_a')]
    """

    after: Callable[[int, Listing], Sequence[Move]]

    @classmethod
    def script(cls, moves: Mapping[int, Sequence[Move]]) -> Motion:
        """Moves by the number of the request they follow, counted from 1."""
        return cls(lambda number, _: moves.get(number, ()))

    @classmethod
    def random(
        cls,
        seed: int,
        *,
        share: float = 0.5,
        kinds: Sequence[str] = _KINDS,
        reach: int | None = 200,
        until: int | None = None,
    ) -> Motion:
        """Moves by chance, the same for the same seed, requests and history.

        Parameters
        ----------
        seed : int
        share : float, default 0.5
            Chance of a move after a request; then of a second one, and so on. [0–1)
        kinds : sequence of str
            Of "arrive", "arrive late", "finish", "correct" and "vanish", as likely as they
            are frequent.
        reach : int or None, default 200
            How far below the head runs change, vanish or arrive late; None = everywhere. [rows]
        until : int or None
            The last request after which anything moves.
        """
        if unknown := set(kinds) - set(_KINDS):
            raise ConfigurationError(
                f"No kind of motion is called {sorted(unknown)}; there are {', '.join(_KINDS)}."
            )

        def after(number: int, listing: Listing) -> list[Move]:
            if until is not None and number > until:
                return []
            chance = Random(f"{seed}/{number}")  # noqa: S311
            moves: list[Move] = []
            taken: set[str] = set()
            while chance.random() < share:
                move = _random_move(chance, chance.choice(kinds), listing, reach=reach)
                if move is not None and _touched(move) not in taken:
                    taken.add(_touched(move))
                    moves.append(move)
            return moves

        return cls(after)


def _random_move(chance: Random, kind: str, listing: Listing, *, reach: int | None) -> Move | None:
    if not len(listing):
        return None
    depth = len(listing) if reach is None else min(reach, len(listing))
    row = listing.at(chance.randrange(depth))
    match kind:
        case "arrive":
            return Arrive(
                _new_run(chance, listing.at(0).decoded(), later_ms=chance.randint(0, 60_000))
            )
        case "arrive late":
            return Arrive(_new_run(chance, row.decoded(), later_ms=-chance.randint(0, 1_000)))
        case "finish":
            open_runs = [
                *listing.matching({"status": "running"}),
                *listing.matching({"status": "pending"}),
            ]
            if not open_runs:
                return None
            error = chance.choice([None, None, None, "provider_error"])
            return Finish(chance.choice(open_runs).run_id, _random_cost(chance), error)
        case "correct":
            return CorrectCost(row.run_id, _random_cost(chance))
        case _:
            return Vanish(row.run_id)


def _new_run(chance: Random, like: Run, *, later_ms: int) -> Run:
    run_id = f"run_{chance.getrandbits(64):016x}"
    kept = ("workspace_id", "project_id", "technique")
    created_at = like["created_at"] + later_ms
    run = {"run_id": run_id, "technique_run_id": run_id, **{name: like[name] for name in kept}}
    run |= {"status": "pending", "progress": 0, "created_at": created_at}
    if chance.random() < 0.5:
        run |= {"status": "running", "started_at": created_at + 800}
    poll_url = like.get("poll_url")
    return run | ({"poll_url": poll_url.replace(like["run_id"], run_id)} if poll_url else {})


def _random_cost(chance: Random) -> Decimal | None:
    return None if chance.random() < 0.15 else Decimal(chance.randrange(5_000_000)).scaleb(-6)


def _touched(move: Move) -> str:
    return str(move.run["run_id"]) if isinstance(move, Arrive) else move.run_id


def _run(listing: Listing, run_id: str) -> Run:
    row = listing.get(run_id)
    if row is None:
        raise KeyError(f"No run {run_id} is listed.")
    return row.decoded()


def _with_cost(run: Run, cost: Cost) -> Run:
    rest = {name: value for name, value in run.items() if name != "charged_cost"}
    return rest if cost is None else rest | {"charged_cost": cost}
