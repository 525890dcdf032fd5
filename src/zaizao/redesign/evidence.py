"""Figures with their provenance: where every number of an initiative comes from.

Rule kept: no figure travels without its basis. A reader of the report can trace each one to a query on a log, to a
simulation with its seed, to a rehearsal with its seed, or to an assumption that stands in words beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zaizao.problems import Text


class Basis(StrEnum):
    """What a figure rests on."""

    LOG = "log"
    SIMULATION = "simulation"
    REHEARSAL = "rehearsal"
    FORMULA = "formula"
    ASSUMPTION = "assumption"
    PERSON = "person"

    @property
    def measured(self) -> bool:
        """True where the figure was seen in recorded events of the real process."""
        return self is Basis.LOG


class Unit(StrEnum):
    """Units of figures. Money is fen (integer minor units) per case."""

    SECONDS = "s"
    FEN = "fen"
    SHARE = "share"
    COUNT = "count"
    PER_DAY = "per-day"


@dataclass(frozen=True, slots=True)
class Evidence:
    """``how`` names the query, simulation or formula; ``seed`` where chance was involved."""

    basis: Basis
    how: Text
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 95 % interval (``low`` = ``high`` = ``value`` where it is exact) from ``n`` observations."""

    key: str
    name: Text
    value: float
    low: float
    high: float
    n: int
    unit: Unit
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something taken as true without having been seen. ``key`` is stable; ``value`` in ``unit``."""

    key: str
    words: Text
    value: float
    unit: Unit = Unit.SHARE
