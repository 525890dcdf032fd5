"""When a resource was busy, and with work enabled when.

Rule kept: a resource's executions are cut into disjoint segments, so that time is never counted twice where it did
several things at once; each segment carries the earliest enabling among what it was doing.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from zaizao.mining.spread import Int32, Int64

_PAIRS = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Busy:
    """Disjoint segments ``[low[k], high[k])`` in order, each with the earliest ``enabled`` time of its work (µs)."""

    low: Int64
    high: Int64
    enabled: Int64


@dataclass(frozen=True, slots=True, eq=False)
class Working:
    """Working intervals of a calendar as a cumulative clock."""

    low: Int64
    high: Int64
    before: Int64

    def until(self, at: Int64) -> Int64:
        """Working µs from the beginning of the calendar's span to ``at``."""
        if not len(self.low):
            return np.zeros_like(at)
        place = np.maximum(np.searchsorted(self.low, at, side="right") - 1, 0)
        inside = np.clip(at, self.low[place], self.high[place]) - self.low[place]
        done: Int64 = self.before[place] + inside
        return done


def clock(intervals: Int64) -> Working:
    """The cumulative clock of working ``intervals`` (n, 2), merged and in order."""
    lengths = intervals[:, 1] - intervals[:, 0]
    before = np.concatenate(([0], np.cumsum(lengths)))[: len(lengths)].astype(np.int64)
    return Working(intervals[:, 0], intervals[:, 1], before)


def segments(start: Int64, end: Int64, enabled: Int64) -> Busy:
    """Cut the executions of one resource into disjoint segments."""
    order = np.argsort(start, kind="stable")
    points = np.unique(np.concatenate((start, end)))
    low, high, earliest = [], [], []
    active: list[tuple[int, int]] = []
    place = 0
    starts, ends, enables = start[order].tolist(), end[order].tolist(), enabled[order].tolist()
    marks = points.tolist()
    for here, there in pairwise(marks):
        while place < len(starts) and starts[place] <= here:
            heapq.heappush(active, (enables[place], ends[place]))
            place += 1
        while active and active[0][1] <= here:
            heapq.heappop(active)
        # Work that ended may still lie deeper in the heap; it is dropped when it comes to the top.
        if active:
            low.append(here)
            high.append(there)
            earliest.append(active[0][0])
    return Busy(*(np.array(column, dtype=np.int64) for column in (low, high, earliest)))


def overlaps(busy: Busy, low: Int64, high: Int64, enabled: Int64, working: Working) -> tuple[Int64, Int64, Int64]:
    """Per window ``[low, high)``: µs busy with work enabled no later than ``enabled``, µs busy with later work, and
    how much of both was working time."""
    first = np.searchsorted(busy.high, low, side="right")
    last = np.searchsorted(busy.low, high, side="left")
    widths = np.maximum(last - first, 0)
    earlier, later, worked = (np.zeros(len(low), dtype=np.int64) for _ in range(3))
    bounds = np.concatenate(([0], np.cumsum(widths)))
    begin = 0
    while begin < len(low):
        stop = max(int(np.searchsorted(bounds, bounds[begin] + _PAIRS, side="right")) - 1, begin + 1)
        size = widths[begin:stop]
        window = np.repeat(np.arange(begin, stop), size)
        segment = np.arange(int(size.sum())) - np.repeat(bounds[begin:stop] - bounds[begin] - first[begin:stop], size)
        left = np.maximum(busy.low[segment], low[window])
        right = np.minimum(busy.high[segment], high[window])
        length = np.maximum(right - left, 0)
        before = busy.enabled[segment] <= enabled[window]
        earlier += _sums(window, np.where(before, length, 0), len(low))
        later += _sums(window, np.where(before, 0, length), len(low))
        worked += _sums(window, working.until(np.maximum(right, left)) - working.until(left), len(low))
        begin = stop
    return earlier, later, worked


def _sums(group: Int64 | Int32, values: Int64, size: int) -> Int64:
    return np.bincount(group, weights=values, minlength=size).astype(np.int64)
