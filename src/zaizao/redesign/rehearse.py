"""Rehearsal: the real engine runs the to-be model under a virtual clock, with simulated people and machines."""

from __future__ import annotations

from dataclasses import dataclass

from zaizao.eventlog import EventLog
from zaizao.problems import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsal:
    """``log`` is the engine's journal as an event log; ``finished`` of ``cases`` reached an end."""

    log: EventLog
    cases: int
    finished: int
    seed: int
    incidents: tuple[Problem, ...]
