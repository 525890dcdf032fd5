"""The initiative: one re-engineering project through the eight steps, as one immutable value.

``run`` is pure orchestration: it calls the rooms in order, reports progress, and returns everything that was found;
nothing is written. Same log, same settings, same seed: the same initiative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from zaizao.bpmn import Definitions
from zaizao.eventlog import EventLog
from zaizao.mining import (
    ActivityTimes,
    DirectlyFollows,
    EdgeTimes,
    HandOvers,
    Performers,
    Rework,
    Variants,
)
from zaizao.mining import Facts as LogFacts
from zaizao.problems import Problem, Text
from zaizao.redesign.build import Built
from zaizao.redesign.evidence import Figure
from zaizao.redesign.facts import Facts
from zaizao.redesign.options import Options
from zaizao.redesign.plan import Plan, Rules
from zaizao.redesign.prove import Proof
from zaizao.redesign.rehearse import Rehearsal
from zaizao.redesign.value import Valuation, Weights
from zaizao.simulation import Scenario


class Step(StrEnum):
    """The eight steps, in order."""

    READ = "read"
    MAP = "map"
    VALUE = "value"
    CALIBRATE = "calibrate"
    REDESIGN = "redesign"
    BUILD = "build"
    REHEARSE = "rehearse"
    PROVE = "prove"

    @property
    def words(self) -> Text:
        """Its name in both languages."""
        return _WORDS[self]


_WORDS = {
    Step.READ: Text("读取", "read"),
    Step.MAP: Text("还原现状", "map as it is"),
    Step.VALUE: Text("评估价值", "value"),
    Step.CALIBRATE: Text("标定仿真", "calibrate"),
    Step.REDESIGN: Text("再造", "redesign"),
    Step.BUILD: Text("构建", "build"),
    Step.REHEARSE: Text("彩排", "rehearse"),
    Step.PROVE: Text("验证", "prove"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` units of ``step`` (total 0: not known yet); ``note`` says what is being done."""

    step: Step
    done: int
    total: int
    note: Text


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a person may choose. With the log and the versions it determines every figure."""

    seed: int = 20260101
    noise: float = 0.2
    simulated_cases: int = 1000
    evaluations: int = 120
    replications: int = 10
    rehearsed_cases: int = 200
    front: int = 6
    rules: Rules = field(default_factory=Rules)
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Step 1. ``log`` as read (before lifecycles are joined); ``digest`` is the SHA-256 of the file, where known."""

    source: str
    digest: str
    log: EventLog
    findings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AsIs:
    """Step 2. ``log`` has one row per activity execution with ``automatic``; ``model`` is the discovered BPMN, laid
    out; the rest is what mining shows of it."""

    log: EventLog
    model: Definitions
    figures: LogFacts
    flow: DirectlyFollows
    edges: EdgeTimes
    variants: Variants
    times: ActivityTimes
    rework: Rework
    hand_overs: HandOvers
    performers: Performers
    inferred: Rules


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Step 4. ``distances`` say how far the simulation of the as-is is from the log; ``floor`` is how far two halves
    of the log are from each other, the best that any simulation could reach."""

    scenario: Scenario
    simulated: EventLog
    distances: tuple[Figure, ...]
    floor: tuple[Figure, ...]
    findings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Initiative:
    """One re-engineering project: every step's result, what went in, and the versions of what computed it."""

    settings: Settings
    versions: Mapping[str, str]
    reading: Reading
    as_is: AsIs
    valuation: Valuation
    calibration: Calibration
    plan: Plan
    facts: Facts
    options: Options
    built: Built
    rehearsal: Rehearsal
    proof: Proof
