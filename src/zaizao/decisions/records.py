"""What the decision service keeps: versions, arrangements and their changes, logged choices.

Rule kept: a change's lifecycle is proposed → live | refused | withdrawn, and the one who proposed never confirms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from zaizao.decisions.choice import Choice, Kind, Reason


class Part(StrEnum):
    """What a version does in an arrangement."""

    CHAMPION = "champion"
    """Answers whatever no challenger does."""
    CHALLENGER = "challenger"
    """Answers for its share of the keys."""
    SHADOW = "shadow"
    """Is asked and logged, and never answers."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a decision; ``decision`` names the decision inside a DMN model. Times are µs UTC."""

    name: str
    number: int
    kind: Kind
    decision: str
    body: bytes
    digest: str
    author: str
    note: str
    made: int

    @staticmethod
    def new(name: str, kind: Kind, body: bytes, *, decision: str, author: str, note: str, at: int) -> Version:
        """A version that has no number yet."""
        return Version(name, 0, kind, decision, body, hashlib.sha256(body).hexdigest(), author, note, at)

    def numbered(self, number: int) -> Version:
        """The same under its number."""
        return replace(self, number=number)

    def row(self) -> dict[str, Any]:
        """As a table's row."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Route:
    """A version's part; ``share`` (0 to 1) of the keys for a challenger."""

    version: int
    part: Part = Part.CHAMPION
    share: float = 0.0

    @staticmethod
    def of(version: int, part: str, share: float) -> Route:
        """From stored values."""
        return Route(version, Part(part), share)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Who answers for ``name``: one champion, challengers with shares below 1 together, shadows."""

    name: str
    routes: tuple[Route, ...]


class ChangeState(StrEnum):
    """Where a change stands."""

    PROPOSED = "proposed"
    LIVE = "live"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Change:
    """A proposed arrangement and what became of it."""

    revision: int
    arrangement: Arrangement
    proposer: str
    note: str
    proposed: int
    state: ChangeState = ChangeState.PROPOSED
    decider: str = ""
    reason: str = ""
    decided: int = 0


@dataclass(frozen=True, slots=True)
class Logged:
    """One choice on record; ``took`` in µs. ``id`` of a shadow's choice is the answer's with its version behind it."""

    id: str
    at: int
    name: str
    version: int
    part: Part
    key: str
    inputs: Mapping[str, Any]
    choice: Choice
    took: int

    def row(self) -> dict[str, Any]:
        """As a table's row."""
        return {
            "id": self.id,
            "at": self.at,
            "name": self.name,
            "version": self.version,
            "role": self.part.value,
            "key": self.key,
            "inputs": json.dumps(self.inputs, ensure_ascii=False, default=str),
            "value": json.dumps(self.choice.value, ensure_ascii=False, default=str),
            "reasons": json.dumps([[reason.code, reason.weight] for reason in self.choice.reasons], ensure_ascii=False),
            "details": json.dumps(self.choice.details, ensure_ascii=False, default=str),
            "took": self.took,
        }

    @staticmethod
    def of(row: Mapping[str, Any]) -> Logged:
        """From a table's row."""
        reasons = tuple(Reason(code, weight) for code, weight in json.loads(row["reasons"]))
        choice = Choice(json.loads(row["value"]), reasons, json.loads(row["details"]))
        part, inputs = Part(row["role"]), json.loads(row["inputs"])
        return Logged(row["id"], row["at"], row["name"], row["version"], part, row["key"], inputs, choice, row["took"])
