"""Simulation: calibrate a scenario from a log, run it in a compiled kernel, compare scenarios with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.simulation.errors import SimulationError
from zaizao.simulation.scenario import (
    Arrivals,
    Branching,
    CaseAttribute,
    Condition,
    Distribution,
    Family,
    Origin,
    Resource,
    Role,
    Scenario,
    Work,
)
from zaizao.simulation.sheets import Book, Sheet, open_book
from zaizao.simulation.written import take_calendar, take_condition, take_distribution

if TYPE_CHECKING:
    from zaizao.bpmn import Process
    from zaizao.eventlog import EventLog


def simulate(process: Process, scenario: Scenario, *, cases: int, seed: int, visits: int = 1000) -> EventLog:
    """Simulate ``cases`` new cases of ``process`` under ``scenario`` and let all of them end.

    The log has start and end, ``enabled``, ``automatic`` and ``cost`` (fen) columns and the case attributes. A case
    that passes one node more than ``visits`` times raises ``SimulationError``, as do models and scenarios that do not
    fit each other. Common random numbers: the same seed gives the same case the same luck in every scenario.
    """
    from zaizao.simulation.running import simulate as run

    return run(process, scenario, cases=cases, seed=seed, visits=visits)


__all__ = [
    "Arrivals",
    "Book",
    "Branching",
    "CaseAttribute",
    "Condition",
    "Distribution",
    "Family",
    "Origin",
    "Resource",
    "Role",
    "Scenario",
    "Sheet",
    "SimulationError",
    "Work",
    "open_book",
    "simulate",
    "take_calendar",
    "take_condition",
    "take_distribution",
]
