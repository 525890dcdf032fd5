"""Delays that no resource explains: timers, customers, other institutions.

Rule kept: the "eclipse-aware" reading of Chapela-Campa and Dumas (2024), for pools: if somebody who does this work was
idle and at work at some instant after it was enabled, yet nobody started it, the work was not really there; the delay
runs from enabled to the last such instant, and only what follows is waiting for people. Seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from zaizao.calendars import WorkCalendar
from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining.availability import closed_intervals, resources
from zaizao.mining.enablement import Enablement, enablement
from zaizao.mining.spread import MICROSECONDS, Float64, Int64

_TOLERANCE = MICROSECONDS


@dataclass(frozen=True, slots=True)
class Delay:
    """An activity that starts late for no reason of its resources: how often, and how late (seconds)."""

    activity: str
    executions: int
    share: float
    mean: float
    median: float


def delays(
    log: EventLog,
    *,
    calendars: Mapping[str, WorkCalendar] | None = None,
    enabled: Enablement | None = None,
    share: float = 0.1,
) -> tuple[list[Delay], Float64]:
    """Activities delayed in at least ``share`` of their executions, longest in total first, and the delay per row.

    ``mean`` is over all executions, ``median`` over delayed ones; rows without start, resource or enabling have none.
    """
    enabling = enablement(log) if enabled is None else enabled
    known = (log.resource != MISSING) & (log.start != MISSING_TIME)
    rows = np.zeros(log.events)
    timed = known & (enabling.at != MISSING_TIME)
    members = {
        int(log.resource[work[0]]): _blocks(log, work, closed_intervals(log, calendar))
        for _, calendar, work in resources(log, calendars)
    }
    for code in range(len(log.activity_names)):
        mine = np.flatnonzero(timed & (log.activity == code))
        pool = np.unique(log.resource[known & (log.activity == code)]).tolist()
        for member in pool:
            rows[mine] = np.maximum(rows[mine], _late(*members[member], log.start[mine], enabling.at[mine]))
    rows /= MICROSECONDS
    found = []
    for code, activity in enumerate(log.activity_names):
        late = rows[known & (enabling.at != MISSING_TIME) & (log.activity == code)]
        if len(late) and (late > 0).mean() >= share:
            typical = float(np.median(late[late > 0]))
            found.append(Delay(activity, len(late), float((late > 0).mean()), float(late.mean()), typical))
    return sorted(found, key=lambda delay: -delay.mean * delay.executions), rows


def _blocks(log: EventLog, work: Int64, shut: Int64) -> tuple[Int64, Int64]:
    """When a resource could not have begun anything: busy or off work, merged."""
    taken = np.concatenate((np.stack((log.start[work], log.end[work]), axis=1), shut))
    taken = taken[taken[:, 1] > taken[:, 0]]
    taken = taken[np.argsort(taken[:, 0], kind="stable")]
    if not len(taken):
        return taken[:, 0], taken[:, 1]
    reach = np.maximum.accumulate(taken[:, 1])
    fresh = np.concatenate(([True], taken[1:, 0] > reach[:-1] + _TOLERANCE))
    last = np.concatenate((np.flatnonzero(fresh)[1:] - 1, [len(taken) - 1]))
    return taken[fresh, 0], reach[last]


def _late(low: Int64, high: Int64, start: Int64, enabled: Int64) -> Float64:
    """µs from enabled to the last instant before the start at which one resource could have begun."""
    place = np.searchsorted(low, start, side="left") - 1
    # A block that lasts until the start hides what came before it; without one the resource was free until then.
    blocked = (place >= 0) & (high[place] >= start - _TOLERANCE) if len(low) else np.zeros(len(start), dtype=np.bool_)
    free_until = np.where(blocked, low[place], start) if len(low) else start
    return np.maximum(free_until - enabled, 0).astype(np.float64)
