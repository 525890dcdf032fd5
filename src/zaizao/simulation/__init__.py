"""Simulation: calibrate a scenario from a log, run it in a compiled kernel, compare scenarios with intervals."""

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

__all__ = [
    "Arrivals",
    "Branching",
    "CaseAttribute",
    "Condition",
    "Distribution",
    "Family",
    "Origin",
    "Resource",
    "Role",
    "Scenario",
    "Work",
]
