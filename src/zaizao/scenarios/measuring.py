"""A pack's measures: ``measures.toml`` read, and figures taken from a rehearsal's log.

Rule kept: a figure is either one of the house's measures over the cases that a condition picks, the share of cases whose
result equals the checked answer, or one variable summed over the cases against another. Times are µs, shares 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from zaizao.eventlog import EventLog, subset
from zaizao.measures import DEFINITIONS, Better, Kpi, Unit, evaluate
from zaizao.problems import Problem, Text
from zaizao.redesign import holds
from zaizao.simulation import Condition, Sheet, SimulationError, open_book, take_condition

_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of a pack. Exactly one of ``kpi``, ``truth`` and ``part`` (over ``whole``) says what it is."""

    name: str
    title: Text
    better: Better
    unit: Unit
    kpi: Kpi | None = None
    where: Condition | None = None
    truth: bool = False
    part: str = ""
    whole: str = ""


def house_figure(kpi: Kpi) -> Figure:
    """A measure of the house as a pack's figure."""
    known = DEFINITIONS[kpi]
    return Figure(kpi.value, known.title, known.better, known.unit, kpi)


def take_measures(path: Path) -> tuple[tuple[Figure, ...], list[Problem]]:
    """The figures of ``measures.toml``, and what is wrong with it; none where there is no such file."""
    if not path.is_file():
        return (), []
    try:
        top = open_book(path)
    except SimulationError as error:
        return (), list(error.problems)
    figures = tuple(_figure(row) for row in top.rows("measure"))
    top.close()
    return figures, top.book.problems


def _figure(sheet: Sheet) -> Figure:
    name, title = sheet.text("name"), sheet.sheet("title")
    words = Text(title.text("zh"), title.text("en"))
    title.close()
    kpi = sheet.text("kpi", "") if "kpi" in sheet else ""
    truth, part = sheet.flag("truth"), sheet.text("part", "") if "part" in sheet else ""
    if (bool(kpi) + truth + bool(part)) != 1 or (kpi and kpi not in set(Kpi)):
        sheet.wrong("kpi", Text("kpi（已有指标）、truth、part 三者之一", "one of kpi (a known measure), truth, part"))
        kpi, truth, part = "", True, ""
    where = take_condition(sheet.sheet("where")) if "where" in sheet else None
    whole = sheet.text("whole") if part else ""
    better = sheet.text("better", "") if "better" in sheet else ""
    sheet.close()
    if kpi:
        known = DEFINITIONS[Kpi(kpi)]
        return Figure(name, words, known.better, known.unit, Kpi(kpi), where)
    side = Better(better) if better in set(Better) else Better.HIGHER if truth else Better.LOWER
    return Figure(name, words, side, Unit.SHARE, None, where, truth, part, whole)


@dataclass(frozen=True, slots=True)
class CaseEnd:
    """How a case ended: its attributes, its variables, and whether they equal the checked answer (``None``: unknown)."""

    attributes: Mapping[str, Any]
    variables: Mapping[str, Any]
    right: bool | None


def value_of(figure: Figure, log: EventLog, ends: Sequence[CaseEnd]) -> tuple[float, int] | None:
    """The figure and on how many cases it rests; ``None`` where the stage holds nothing to take it from."""
    if figure.kpi is not None:
        rows = _rows(figure.where, log)
        if not len(rows):
            return None
        estimate = evaluate(figure.kpi, subset(log, rows))
        return (estimate.value, estimate.n) if isfinite(estimate.value) else None
    chosen = [end for end in ends if figure.where is None or holds(figure.where, end.attributes)]
    if figure.truth:
        known = [end.right for end in chosen if end.right is not None]
        return (sum(known) / len(known), len(known)) if known else None
    counted = [end.variables for end in chosen if figure.whole in end.variables]
    whole = sum(float(one[figure.whole]) for one in counted)
    return (sum(float(one.get(figure.part) or 0) for one in counted) / whole, len(counted)) if whole else None


def _rows(where: Condition | None, log: EventLog) -> Any:
    if where is None:
        return np.arange(log.events)
    cases = np.array([holds(where, row) for row in log.case_table.to_dicts()], bool)
    return np.flatnonzero(cases[log.case])


def shown(value: float | None, unit: Unit) -> str:
    """A figure as people read it."""
    if value is None:
        return "–"
    if unit is Unit.SHARE:
        return f"{100 * value:.1f} %"
    if unit is Unit.MONEY:
        return f"¥{value / 100:,.2f}"
    if unit is Unit.PER_DAY:
        return f"{value:,.1f} /d"
    for length, sign in ((_DAY, "d"), (_DAY / 24, "h"), (60e6, "min")):
        if value >= length:
            return f"{value / length:,.1f} {sign}"
    return f"{value / 1e6:,.1f} s"
