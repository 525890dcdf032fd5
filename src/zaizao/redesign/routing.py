"""Which version of a process a new case goes to: by attribute, by weight, or by what the versions have shown.

Rule kept: pure and repeatable. The version follows from the case's key alone (a hash), so that a case that is asked
about twice gets the same answer, on any node, and raising a version's weight moves cases only towards it (weighted
rendezvous hashing: Thaler and Ravishankar 1998). The engine
knows nothing of this: whoever starts a case asks here first and starts the version that is named.

Learned weights are those of Thompson sampling (1933): a version's weight is the probability that it is the best, given
wins and losses counted against a goal, with a floor that keeps every version seen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np

from zaizao.simulation import Condition

FLOOR = 0.02
"""Least weight of a version that is still in the running."""
DRAWS = 4000
_UNIT = float(1 << 64)


@dataclass(frozen=True, slots=True)
class Route:
    """One version with its weight; only cases for which all of ``only`` hold may go there."""

    version: str
    weight: float
    only: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Router:
    """Routes in order; ``salt`` makes this roll-out's draws independent of others'. The first route is the fallback."""

    routes: tuple[Route, ...]
    salt: str = ""

    def choose(self, case: str, attributes: Mapping[str, object] | None = None) -> str:
        """The version for a case: by weight among those open to it."""
        open_to = [route for route in self.routes if all(holds(one, attributes or {}) for one in route.only)]
        running = [route for route in open_to if route.weight > 0.0]
        if not running:
            return self.routes[0].version
        return min(running, key=lambda route: self._wait(route, case)).version

    def _wait(self, route: Route, case: str) -> float:
        """An exponential wait at the rate of the weight: whoever is first is chosen with a chance that is its weight."""
        return -math.log(1.0 - fraction(f"{self.salt}|{case}|{route.version}")) / route.weight


@dataclass(frozen=True, slots=True)
class Record:
    """What a version has shown: cases that met the goal, and cases that did not."""

    won: float = 0.0
    lost: float = 0.0


@dataclass(frozen=True, slots=True)
class Bandit:
    """A router whose weights follow outcomes."""

    router: Router
    records: Mapping[str, Record] = field(default_factory=dict)

    def learn(self, version: str, *, met: bool) -> Bandit:
        """One case of a version has ended, and met the goal or not."""
        old = self.records.get(version, Record())
        new = Record(old.won + met, old.lost + (not met))
        return replace(self, records={**self.records, version: new})

    def weighed(self, seed: int) -> Bandit:
        """The same with weights set anew: each version's chance of being the best, none below ``FLOOR``."""
        versions = [route.version for route in self.router.routes]
        chances = best_chances([self.records.get(version, Record()) for version in versions], seed)
        weights = [max(chance, FLOOR) for chance in chances]
        whole = sum(weights)
        routes = tuple(
            replace(route, weight=weight / whole) for route, weight in zip(self.router.routes, weights, strict=True)
        )
        return replace(self, router=replace(self.router, routes=routes))


def best_chances(records: Sequence[Record], seed: int) -> list[float]:
    """The probability of each version to have the highest success rate: Beta(won + 1, lost + 1), by seeded draws."""
    rng = np.random.default_rng(seed)
    draws = np.column_stack([rng.beta(record.won + 1.0, record.lost + 1.0, DRAWS) for record in records])
    return [float(share) for share in np.bincount(draws.argmax(axis=1), minlength=len(records)) / DRAWS]


def fraction(key: str) -> float:
    """A number in [0, 1) that follows from a text: the same on every machine."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") / _UNIT


def holds(condition: Condition, attributes: Mapping[str, object]) -> bool:
    """Does a condition hold for a case's attributes? A missing or unfit value makes it false."""
    value = attributes.get(condition.attribute)
    if value is None:
        return False
    if condition.values:
        return str(value) in condition.values
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (condition.low is None or value >= condition.low) and (condition.high is None or value < condition.high)
