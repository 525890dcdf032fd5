"""Proof: the goals against what was measured, simulated and rehearsed; what was seen and what was assumed.

Rule kept: a goal is judged per stage, and only the as-is log is measured reality. A simulation or a rehearsal shows
what would follow if the assumptions hold; every one of them is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from zaizao.problems import Text
from zaizao.redesign.evidence import Assumption, Figure


class Stage(StrEnum):
    """Where a figure was taken."""

    AS_IS = "as-is"
    AS_IS_SIMULATED = "as-is-simulated"
    TO_BE_SIMULATED = "to-be-simulated"
    REHEARSED = "to-be-rehearsed"

    @property
    def words(self) -> Text:
        """Its name in both languages."""
        return _WORDS[self]


_WORDS = {
    Stage.AS_IS: Text("现状（日志实测）", "as is (measured in the log)"),
    Stage.AS_IS_SIMULATED: Text("现状（仿真）", "as is (simulated)"),
    Stage.TO_BE_SIMULATED: Text("再造后（仿真）", "to be (simulated)"),
    Stage.REHEARSED: Text("再造后（引擎彩排）", "to be (rehearsed on the engine)"),
}


class Outcome(StrEnum):
    """Met: the whole 95 % interval is on the right side. Open: the interval covers the target."""

    MET = "met"
    OPEN = "open"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class GoalResult:
    """One goal at one stage. ``target`` is the level wanted, in the figure's unit, ``reference`` the level before."""

    key: str
    goal: Text
    stage: Stage
    reference: Figure
    target: float
    reached: Figure
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Proof:
    """``figures`` by stage and measure key; ``results`` per goal and stage after the change; ``measured`` says in words
    what was seen, ``assumed`` lists every assumption that the chosen option and the rehearsal rest on."""

    figures: Mapping[Stage, Mapping[str, Figure]]
    results: tuple[GoalResult, ...]
    measured: tuple[Text, ...]
    assumed: tuple[Assumption, ...]
    agreement: tuple[Figure, ...]
    """How far the rehearsal is from the simulation of the same option, by distance measure."""
