"""Two logs side by side: before and after, branch A and branch B, as it is and as it was simulated.

Rule kept: every difference has its interval or its corrected p-value; what is not significant is returned too, marked.
Durations are seconds; differences are b minus a.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.flow import directly_follows
from zaizao.mining.overview import cycle_times
from zaizao.mining.spread import MICROSECONDS, Float64, Int64
from zaizao.mining.statistics import (
    Interval,
    corrected,
    median_difference,
    share_difference,
    share_test,
    superiority,
)


class Aspect(StrEnum):
    """What is compared."""

    CYCLE_TIME = "cycle time"
    PROCESSING = "processing time"
    OCCURRENCE = "share of cases with the activity"
    REPEAT = "share of cases that repeat the activity"
    PATH = "share of steps that take the path"


@dataclass(frozen=True, slots=True)
class Difference:
    """``aspect`` of ``what`` in both logs: medians for times, shares else.

    ``difference`` is b minus a with its interval; ``delta`` is Cliff's delta of b over a for times (``None`` for
    shares); ``p`` is corrected for all tests together.
    """

    aspect: Aspect
    what: str
    a: float
    b: float
    difference: Interval
    delta: Interval | None
    p: float

    @property
    def significant(self) -> bool:
        """Corrected p below 0.05."""
        return self.p < 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences: cycle time first, then the most significant."""

    cases_a: int
    cases_b: int
    differences: tuple[Difference, ...]


def compare(a: EventLog, b: EventLog, *, support: int = 20) -> Comparison:
    """Compare cycle time, processing times, activities, repeats and paths of two logs.

    Activities and paths seen fewer than ``support`` times in both logs together are left out.
    """
    found = [*_times(Aspect.CYCLE_TIME, "", cycle_times(a) / MICROSECONDS, cycle_times(b) / MICROSECONDS, support)]
    names = list(dict.fromkeys((*a.activity_names, *b.activity_names)))
    processing_a, processing_b = _processing(a), _processing(b)
    seen_a, seen_b = _occurrence(a), _occurrence(b)
    none = (0, 0)
    empty = np.zeros(0)
    for name in names:
        found += _times(Aspect.PROCESSING, name, processing_a.get(name, empty), processing_b.get(name, empty), support)
        has_a, has_b = seen_a.get(name, none), seen_b.get(name, none)
        found += _shares(Aspect.OCCURRENCE, name, has_a[0], a.cases, has_b[0], b.cases, support)
        found += _shares(Aspect.REPEAT, name, has_a[1], a.cases, has_b[1], b.cases, support)
    found += _paths(a, b, support)
    p_values = corrected([difference.p for difference in found])
    marked = [replace(difference, p=p) for difference, p in zip(found, p_values, strict=True)]
    order = sorted(marked, key=lambda d: (d.aspect != Aspect.CYCLE_TIME, d.p))
    return Comparison(a.cases, b.cases, tuple(order))


def _times(aspect: Aspect, what: str, a: Float64, b: Float64, support: int) -> list[Difference]:
    if min(len(a), len(b)) < max(support // 2, 2):
        return []
    delta, p = superiority(b, a)
    return [Difference(aspect, what, float(np.median(a)), float(np.median(b)), median_difference(b, a), delta, p)]


def _shares(
    aspect: Aspect, what: str, hits_a: int, size_a: int, hits_b: int, size_b: int, support: int
) -> list[Difference]:
    if hits_a + hits_b < support or not size_a or not size_b:
        return []
    difference = share_difference(hits_b, size_b, hits_a, size_a)
    p = share_test(hits_b, size_b, hits_a, size_a)
    p = 1.0 if math.isnan(p) else p
    return [Difference(aspect, what, hits_a / size_a, hits_b / size_b, difference, None, p)]


def _processing(log: EventLog) -> dict[str, Float64]:
    known = log.start != MISSING_TIME
    return {
        name: (log.end - log.start)[known & (log.activity == code)] / MICROSECONDS
        for code, name in enumerate(log.activity_names)
    }


def _occurrence(log: EventLog) -> dict[str, tuple[int, int]]:
    """Per activity: cases that have it, cases that repeat it."""
    size = len(log.activity_names)
    pairs, counts = np.unique(log.case.astype(np.int64) * size + log.activity, return_counts=True)
    cases: Int64 = np.bincount(pairs % size, minlength=size).astype(np.int64)
    repeats: Int64 = np.bincount(pairs[counts > 1] % size, minlength=size).astype(np.int64)
    return {name: (int(cases[k]), int(repeats[k])) for k, name in enumerate(log.activity_names)}


def _paths(a: EventLog, b: EventLog, support: int) -> list[Difference]:
    """Of the steps that leave an activity, the share that goes to each next one."""
    flow_a, flow_b = directly_follows(a).as_dict(), directly_follows(b).as_dict()
    leaving_a, leaving_b = _leaving(flow_a), _leaving(flow_b)
    found: list[Difference] = []
    for source, target in dict.fromkeys((*flow_a, *flow_b)):
        found += _shares(
            Aspect.PATH,
            f"{source} → {target}",
            flow_a.get((source, target), 0),
            leaving_a.get(source, 0),
            flow_b.get((source, target), 0),
            leaving_b.get(source, 0),
            support,
        )
    return found


def _leaving(flow: dict[tuple[str, str], int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for (source, _), count in flow.items():
        total[source] = total.get(source, 0) + count
    return total
