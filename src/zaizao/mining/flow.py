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
    size = len(log.activity_names)
    pairs = _pair_codes(log)
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


def edge_times(log: EventLog) -> EdgeTimes:
    """The waiting on every directly-follows edge."""
    flow = directly_follows(log)
    size = len(log.activity_names)
    keep = followed(log)
    begin = np.where(log.start[1:] == MISSING_TIME, log.end[1:], log.start[1:])
    waiting = np.maximum(begin - log.end[:-1], 0)[keep]
    edge_codes = flow.source.astype(np.int64) * size + flow.target
    pairs = _pair_codes(log)
    if size * size <= _DENSE:
        place = np.full(size * size, -1, dtype=np.int32)
        place[edge_codes] = np.arange(len(edge_codes), dtype=np.int32)
        group = place[pairs]
    else:
        group = np.searchsorted(edge_codes, pairs).astype(np.int32)
    return EdgeTimes(flow, by_group(group, waiting, len(edge_codes)))


def _pair_codes(log: EventLog) -> Int64 | Int32:
    size = len(log.activity_names)
    first = log.activity[:-1] if size * size <= np.iinfo(np.int32).max else log.activity[:-1].astype(np.int64)
    codes: Int64 | Int32 = (first * size + log.activity[1:])[followed(log)]
    return codes
