"""The first figures of a log: how many, how long, since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining.spread import MICROSECONDS, Int64


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts, the period (µs UTC), cycle time (seconds, first known time to last end), and how much is recorded."""

    cases: int
    events: int
    activities: int
    resources: int
    since: int
    until: int
    cycle_median: float
    cycle_p90: float
    cycle_mean: float
    events_per_case: float
    resource_known: float
    start_known: float


def cycle_times(log: EventLog) -> Int64:
    """Microseconds from the first known time of each case to its last end, in case order."""
    if not log.cases:
        return np.zeros(0, dtype=np.int64)
    begin = np.where(log.start == MISSING_TIME, log.end, np.minimum(log.start, log.end))
    first = np.minimum.reduceat(begin, log.offsets[:-1])
    last = np.maximum.reduceat(log.end, log.offsets[:-1])
    durations: Int64 = last - first
    return durations


def facts(log: EventLog) -> Facts:
    """The first figures of ``log``."""
    cycle = cycle_times(log) / MICROSECONDS
    begin = np.where(log.start == MISSING_TIME, log.end, log.start)
    some = log.events > 0
    return Facts(
        cases=log.cases,
        events=log.events,
        activities=len(np.unique(log.activity)),
        resources=len(np.unique(log.resource[log.resource != MISSING])),
        since=int(begin.min()) if some else 0,
        until=int(log.end.max()) if some else 0,
        cycle_median=float(np.median(cycle)) if some else float("nan"),
        cycle_p90=float(np.quantile(cycle, 0.9)) if some else float("nan"),
        cycle_mean=float(cycle.mean()) if some else float("nan"),
        events_per_case=log.events / max(log.cases, 1),
        resource_known=float(np.mean(log.resource != MISSING)) if some else 0.0,
        start_known=float(np.mean(log.start != MISSING_TIME)) if some else 0.0,
    )
