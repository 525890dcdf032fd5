"""Delays that no resource explains: timers, customers, other institutions.

Rule kept: the "eclipse-aware" reading of Chapela-Campa and Dumas (2024), for pools: if somebody who does this work was
idle and at work at some instant after it was enabled, yet nobody started it, the work was not really there; the delay
runs from enabled to the last such instant at least, and to the start at most: while everybody was busy or off, nobody can
see when it ended. How long delays really are is then estimated from all these intervals together, without assuming a
form (Turnbull, 1976, by the expectation-maximisation of interval-censored data). Seconds.
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
_POINTS, _ROUNDS = 300, 500


@dataclass(frozen=True, slots=True)
class Delay:
    """An activity that starts late for no reason of its resources: how often, and how late (seconds).

    ``share`` of its executions certainly was; ``mean`` is the estimate over all executions, between ``least`` (seen for
    certain) and ``most`` (all waiting); ``median`` is that of the estimated distribution.
    """

    activity: str
    executions: int
    share: float
    mean: float
    median: float
    least: float
    most: float


def delays(
    log: EventLog,
    *,
    calendars: Mapping[str, WorkCalendar] | None = None,
    enabled: Enablement | None = None,
    share: float = 0.1,
) -> tuple[list[Delay], Float64]:
    """Activities delayed in at least ``share`` of their executions, longest in total first, and the delay per row.

    A row's delay is what is to be expected of it given its interval and all others of its activity (what was seen for
    certain where the activity is not reported); rows without start, resource or enabling have none.
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
    waited = np.where(timed, enabling.waiting(log), 0) / MICROSECONDS
    for code, activity in enumerate(log.activity_names):
        mine = np.flatnonzero(timed & (log.activity == code))
        least = rows[mine]
        if not len(mine) or (least > 0).mean() < share:
            continue
        most = np.maximum(waited[mine], least)
        median, rows[mine] = _estimated(least, most)
        figures = (float(values.mean()) for values in (rows[mine], least, most))
        mean, low, high = figures
        found.append(Delay(activity, len(mine), float((least > 0).mean()), mean, median, low, high))
    return sorted(found, key=lambda delay: -delay.mean * delay.executions), rows


def _estimated(least: Float64, most: Float64) -> tuple[float, Float64]:
    """Median of the distribution behind intervals, and what to expect of each; points at the intervals' ends."""
    points = np.unique(np.concatenate((least, most)))
    if len(points) > _POINTS:
        points = np.unique(np.quantile(points, np.linspace(0, 1, _POINTS), method="nearest"))
    first = np.minimum(np.searchsorted(points, least), len(points) - 1)
    last = np.maximum(np.searchsorted(points, most, side="right") - 1, first)
    kinds, of_row, counts = np.unique(first * len(points) + last, return_inverse=True, return_counts=True)
    place = np.arange(len(points))
    inside = ((place >= (kinds // len(points))[:, None]) & (place <= (kinds % len(points))[:, None])).astype(np.float64)
    weight = np.full(len(points), 1.0 / len(points))
    for _ in range(_ROUNDS):
        before = weight
        weight = ((counts / (inside @ weight)) @ inside) * weight / counts.sum()
        if np.abs(weight - before).max() < 1e-7:
            break
    expected: Float64 = ((inside @ (weight * points)) / (inside @ weight))[of_row]
    median = float(points[int(np.searchsorted(np.cumsum(weight), 0.5))])
    return median, np.clip(expected, least, most)


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
