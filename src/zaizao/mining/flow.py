"""The directly-follows graph and the waiting on its edges.

Rule kept: rows are already sorted by case and end, so an edge is a pair of neighbouring rows of one case; counting is
one ``bincount`` over pair codes. Waiting on an edge runs from the end of the first row to the start of the second (to
its end where no start is known) and is never negative. Durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.spread import Bool, Int32, Int64, Spread, by_group

_DENSE = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class DirectlyFollows:
    """Edges ``source[k] -> target[k]`` seen ``count[k]`` times, sorted by (source, target).

    ``executions``, ``starts`` and ``ends`` have one entry an activity: how often it was seen, and how many cases begin
    and end with it.
    """

    activities: tuple[str, ...]
    executions: Int64
    starts: Int64
    ends: Int64
    source: Int32
    target: Int32
    count: Int64

    def matrix(self) -> Int64:
        """Counts as a square matrix, row = source."""
        size = len(self.activities)
        dense = np.zeros((size, size), dtype=np.int64)
        dense[self.source, self.target] = self.count
        return dense

    def as_dict(self) -> dict[tuple[str, str], int]:
        """Counts by pair of names."""
        names = self.activities
        return {
            (names[a], names[b]): int(n)
            for a, b, n in zip(self.source.tolist(), self.target.tolist(), self.count.tolist(), strict=True)
        }


@dataclass(frozen=True, slots=True, eq=False)
class EdgeTimes:
    """Waiting on every edge of ``flow``, in the order of its edges."""

    flow: DirectlyFollows
    waiting: Spread


def followed(log: EventLog) -> Bool:
    """For each row but the last: does the next row belong to the same case?"""
    same = np.empty(max(log.events - 1, 0), dtype=np.bool_)
    np.equal(log.case[1:], log.case[:-1], out=same)
    return same


def directly_follows(log: EventLog) -> DirectlyFollows:
    """Count which activity directly follows which, by end time."""
    return _counted(log, _pair_codes(log, followed(log)))


def edge_times(log: EventLog) -> EdgeTimes:
    """The waiting on every directly-follows edge."""
    same = followed(log)
    pairs = _pair_codes(log, same)
    flow = _counted(log, pairs)
    size = len(log.activity_names)
    edge_codes = flow.source.astype(np.int64) * size + flow.target
    if size * size <= _DENSE:
        place = np.full(size * size, -1, dtype=np.int32)
        place[edge_codes] = np.arange(len(edge_codes))
        group: Int64 | Int32 = place[pairs]
    else:
        group = np.searchsorted(edge_codes, pairs)
    return EdgeTimes(flow, by_group(group, _waiting(log, same), len(edge_codes)))


def _waiting(log: EventLog, same: Bool) -> Int64:
    """End of one row to start (or end) of the next, for every edge in order of rows."""
    started = log.start[1:] != MISSING_TIME
    if not started.any():
        # Rows of a case are sorted by end: the difference cannot be negative.
        return (log.end[1:] - log.end[:-1])[same]
    begin = np.where(started, log.start[1:], log.end[1:])
    begin -= log.end[:-1]
    return np.maximum(begin, 0, out=begin)[same]


def _counted(log: EventLog, pairs: Int64 | Int32) -> DirectlyFollows:
    size = len(log.activity_names)
    if size * size <= _DENSE:
        counts = np.bincount(pairs, minlength=size * size)
        codes = np.flatnonzero(counts)
        counts = counts[codes]
    else:
        codes, counts = np.unique(pairs, return_counts=True)
    nonempty = np.diff(log.offsets) > 0
    return DirectlyFollows(
        activities=log.activity_names,
        executions=np.bincount(log.activity, minlength=size).astype(np.int64),
        starts=np.bincount(log.activity[log.offsets[:-1][nonempty]], minlength=size).astype(np.int64),
        ends=np.bincount(log.activity[log.offsets[1:][nonempty] - 1], minlength=size).astype(np.int64),
        source=(codes // max(size, 1)).astype(np.int32),
        target=(codes % max(size, 1)).astype(np.int32),
        count=counts.astype(np.int64),
    )


def _pair_codes(log: EventLog, same: Bool) -> Int64 | Int32:
    size = len(log.activity_names)
    first = log.activity[:-1] if size * size <= np.iinfo(np.int32).max else log.activity[:-1].astype(np.int64)
    codes: Int64 | Int32 = (first * size + log.activity[1:])[same]
    return codes
