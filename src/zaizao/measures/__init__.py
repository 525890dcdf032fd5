"""Measures: a figure defined once, the same over history, simulation and live runs; goals and their verdicts."""

from zaizao.measures.errors import MeasureError
from zaizao.measures.estimates import Estimate
from zaizao.measures.goals import (
    Goal,
    Outcome,
    Verdict,
    default_goals,
    describe,
    judge,
    read_goals,
    relative_change,
)
from zaizao.measures.kpis import DEFINITIONS, Better, Definition, Kpi, Unit, cycle_times, evaluate

__all__ = [
    "DEFINITIONS",
    "Better",
    "Definition",
    "Estimate",
    "Goal",
    "Kpi",
    "MeasureError",
    "Outcome",
    "Unit",
    "Verdict",
    "cycle_times",
    "default_goals",
    "describe",
    "evaluate",
    "judge",
    "read_goals",
    "relative_change",
]
