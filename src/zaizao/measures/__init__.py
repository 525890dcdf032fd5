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
from zaizao.measures.offline import Basis, history
from zaizao.measures.online import Size, Stream
from zaizao.measures.streams import Aggregate, StreamMeasure, StreamSet, Window, read_measures, ticks

__all__ = [
    "DEFINITIONS",
    "Aggregate",
    "Basis",
    "Better",
    "Definition",
    "Estimate",
    "Goal",
    "Kpi",
    "MeasureError",
    "Outcome",
    "Size",
    "Stream",
    "StreamMeasure",
    "StreamSet",
    "Unit",
    "Verdict",
    "Window",
    "cycle_times",
    "default_goals",
    "describe",
    "evaluate",
    "history",
    "judge",
    "read_goals",
    "read_measures",
    "relative_change",
    "ticks",
]
