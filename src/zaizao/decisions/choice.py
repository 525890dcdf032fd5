"""What every kind of decision answers, and what the service asks of each.

Rule kept: a decision is a pure function of its inputs: the same version and inputs give the same choice, so a logged
decision replays exactly. Inputs and values are JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Kind(StrEnum):
    """What a version is made of."""

    DMN = "dmn"
    SCORECARD = "scorecard"
    MODEL = "model"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a choice: a stable ``code`` and how much it counted (points lost, contribution, rule number)."""

    code: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """A value, the reasons for it with the strongest first, and what was computed on the way."""

    value: Any
    reasons: tuple[Reason, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


class Chooser(Protocol):
    """A version ready to be asked. Shared between threads, so it keeps no state."""

    def choose(self, inputs: Mapping[str, Any]) -> Choice:
        """The choice for ``inputs``; raises ``DecisionError`` where the inputs cannot be used."""
