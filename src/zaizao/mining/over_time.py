"""Figures over time: queues, load, and where the bottleneck lies from period to period.

Rule kept: a queue is what is enabled and not yet started; lengths are time-weighted over each period (an integral, not a
sample), so short peaks count for as long as they last. Where no start is known there is no queue, only work in progress.
Times are µs UTC, durations seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.enablement import Enablement, enablement
from zaizao.mining.spread import MICROSECONDS, Bool, Float64, Int64

DAY = 86_400 * MICROSECONDS
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True, eq=False)
class Queues:
    """Per period (starting at ``at``) and activity: mean and largest queue, mean work in progress, arrivals, starts."""

    activities: tuple[str, ...]
    at: Int64
    waiting: Float64
    longest: Int64
    working: Float64
    arrivals: Int64
    starts: Int64


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """The activity that was waited for most in a period: total seconds waited, its share of all waiting, median wait."""

    at: int
    activity: str
    waited: float
    share: float
    median: float


def queues(log: EventLog, *, every: int = DAY, enabled: Enablement | None = None) -> Queues:
    """Queues by period of ``every`` µs, from the log's first to its last moment."""
    enabling = enablement(log) if enabled is None else enabled
    known = (enabling.at != MISSING_TIME) & (log.start != MISSING_TIME)
    begun = log.start != MISSING_TIME
    begin = np.where(begun, log.start, log.end)
    first = int(begin.min()) if log.events else 0
    first = min(first, int(enabling.at[known].min())) if known.any() else first
    last = int(log.end.max()) if log.events else 0
    at = np.arange(first - first % every, last + 1, every, dtype=np.int64)
    shape = (len(at), len(log.activity_names))
    waiting, working = np.zeros(shape), np.zeros(shape)
    longest = np.zeros(shape, dtype=np.int64)
    arrivals = np.zeros(shape, dtype=np.int64)
    starts = np.zeros(shape, dtype=np.int64)
    for code in range(shape[1]):
        mine = known & (log.activity == code)
        low, high = enabling.at[mine], np.maximum(log.start[mine], enabling.at[mine])
        waiting[:, code] = _occupied(low, high, at, every)
        longest[:, code] = _peaks(low, high, at, every)
        arrivals[:, code] = np.bincount((low - at[0]) // every, minlength=len(at))[: len(at)]
        busy = begun & (log.activity == code)
        working[:, code] = _occupied(log.start[busy], log.end[busy], at, every)
        starts[:, code] = np.bincount((log.start[busy] - at[0]) // every, minlength=len(at))[: len(at)]
    return Queues(log.activity_names, at, waiting, longest, working, arrivals, starts)


def _occupied(low: Int64, high: Int64, at: Int64, every: int) -> Float64:
    """Mean number of intervals open in each period: the integral of their count over the period's length."""
    edges = np.concatenate((at, [at[-1] + every])) if len(at) else at
    # ∫ of the number open until t = Σ (t − low)⁺ − Σ (t − high)⁺, by prefix sums over sorted ends.
    upto = _excess(np.sort(low), edges) - _excess(np.sort(high), edges)
    result: Float64 = np.diff(upto) / every
    return result


def _excess(points: Int64, edges: Int64) -> Float64:
    place = np.searchsorted(points, edges, side="right")
    base = int(points[0]) if len(points) else 0
    sums = np.concatenate(([0.0], np.cumsum((points - base).astype(np.float64))))
    result: Float64 = place.astype(np.float64) * (edges - base).astype(np.float64) - sums[place]
    return result


def _peaks(low: Int64, high: Int64, at: Int64, every: int) -> Int64:
    """The most intervals open at once in each period; an interval that ends as another begins is over."""
    times = np.concatenate((low, high))
    step = np.concatenate((np.ones(len(low), dtype=np.int64), -np.ones(len(high), dtype=np.int64)))
    order = np.lexsort((step, times))
    level = np.cumsum(step[order])
    result = np.zeros(len(at), dtype=np.int64)
    if len(at):
        place = np.searchsorted(times[order], at, side="right")
        result = np.where(place > 0, np.concatenate(([0], level))[place], 0)  # what the period begins with
        period = np.clip((times[order] - at[0]) // every, 0, len(at) - 1)
        np.maximum.at(result, period, level)
    return result


def bottlenecks(log: EventLog, *, every: int = WEEK, enabled: Enablement | None = None) -> list[Bottleneck]:
    """Per period of ``every`` µs in which anything waited: the activity whose starts had waited longest in total."""
    enabling = enablement(log) if enabled is None else enabled
    waited = enabling.waiting(log)
    rows = np.flatnonzero((waited != MISSING_TIME) & (waited > 0))
    if not len(rows):
        return []
    period = log.start[rows] // every
    size = len(log.activity_names)
    found = []
    for number in np.unique(period).tolist():
        mine = rows[period == number]
        totals = np.bincount(log.activity[mine], weights=waited[mine], minlength=size)
        worst = int(totals.argmax())
        own: Bool = log.activity[mine] == worst
        found.append(
            Bottleneck(
                int(number) * every,
                log.activity_names[worst],
                float(totals[worst]) / MICROSECONDS,
                float(totals[worst] / totals.sum()),
                float(np.median(waited[mine][own])) / MICROSECONDS,
            )
        )
    return found
