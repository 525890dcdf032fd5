"""The directly-follows graph and the waiting on its edges.

Rule kept: rows are already sorted by case and end, so an edge is a pair of neighbouring rows of one case; counting is
one ``bincount`` over pair codes. Waiting on an edge runs from the end of the first row to the start of the second (to
its end where no start is known) and is never negative. Durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.spread import Bool, Int32, Int64, Spread, narrow, of_sorted

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
    return _counted(log, _pair_codes(log, np.flatnonzero(followed(log))))


def edge_times(log: EventLog) -> EdgeTimes:
    """The waiting on every directly-follows edge."""
    rows = np.flatnonzero(followed(log))
    pairs = _pair_codes(log, rows)
    flow = _counted(log, pairs)
    size = len(log.activity_names)
    # Edges are in order of their pair codes: sorting by code puts the groups where the edges stand.
    order = np.argsort(narrow(pairs, size * size), kind="stable")
    return EdgeTimes(flow, of_sorted(_waiting(log, rows)[order], flow.count))


def _waiting(log: EventLog, rows: Int64) -> Int64:
    """End of each of ``rows`` to the start (or end) of the next row."""
    started = log.start[1:] != MISSING_TIME
    if not started.any():
        # Rows of a case are sorted by end: the difference cannot be negative.
        plain: Int64 = (log.end[1:] - log.end[:-1])[rows]
        return plain
    begin = np.where(started, log.start[1:], log.end[1:])
    begin -= log.end[:-1]
    waiting: Int64 = np.maximum(begin, 0, out=begin)[rows]
    return waiting


def _counted(log: EventLog, pairs: Int64 | Int32) -> DirectlyFollows:
    size = len(log.activity_names)
    if size * size <= _DENSE:
        counts = np.bincount(pairs, minlength=size * size)
        codes = np.flatnonzero(counts)
        counts = counts[codes]
    else:
        codes, counts = np.unique(pairs, return_counts=True)
    source, target = codes // max(size, 1), codes % max(size, 1)
    last = log.offsets[1:] - 1
    ends = np.bincount(log.activity[last[last >= log.offsets[:-1]]], minlength=size)
    # Every execution is the source of an edge or the end of a case, and the target of an edge or the start of a case.
    executions = ends + np.bincount(source, weights=counts, minlength=size).astype(np.int64)
    return DirectlyFollows(
        activities=log.activity_names,
        executions=executions.astype(np.int64),
        starts=executions - np.bincount(target, weights=counts, minlength=size).astype(np.int64),
        ends=ends.astype(np.int64),
        source=source.astype(np.int32),
        target=target.astype(np.int32),
        count=counts.astype(np.int64),
    )


def _pair_codes(log: EventLog, rows: Int64) -> Int64 | Int32:
    size = len(log.activity_names)
    first = log.activity[:-1] if size * size <= np.iinfo(np.int32).max else log.activity[:-1].astype(np.int64)
    codes: Int64 | Int32 = (first * size + log.activity[1:])[rows]
    return codes
