"""When work became possible: the row that enables each row, and the time it did.

Rule kept: a row is enabled by the latest row of its case that ended before it started and is not concurrent with it
(Lashkevich et al., 2024; facts of the house: waiting = enabled → start). Where the log brings an ``enabled`` column
(simulation, live engine) that time is taken; where no start is known, the row's end stands for it. The first row of a
case is enabled by nothing: its waiting is unknown, not zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.spread import Bool, Int64

ENABLED = "enabled"


@dataclass(frozen=True, slots=True, eq=False)
class Enablement:
    """Per row: ``by`` is the enabling row (-1 for none), ``at`` its time in µs (``MISSING_TIME`` for unknown)."""

    by: Int64
    at: Int64

    def waiting(self, log: EventLog) -> Int64:
        """Enabled → start in µs, never negative; ``MISSING_TIME`` where either is unknown."""
        known = (self.at != MISSING_TIME) & (log.start != MISSING_TIME)
        return np.where(known, np.maximum(log.start - np.where(known, self.at, 0), 0), MISSING_TIME)


def concurrent(log: EventLog, threshold: float = 0.75, support: int = 5) -> Bool:
    """Square matrix: which activities run side by side.

    Two activities are concurrent when they are seen next to each other in both orders with a balance (smaller over
    larger count) of ``threshold`` at least, ``support`` times each, without a loop between them (a, b, a), or when
    they are ``overlapping``.
    """
    size = len(log.activity_names)
    same = log.case[1:] == log.case[:-1]
    pairs = log.activity[:-1].astype(np.int64) * size + log.activity[1:]
    follows = np.bincount(pairs[same], minlength=size * size).reshape(size, size)
    both = np.minimum(follows, follows.T)
    balance = both / np.maximum(np.maximum(follows, follows.T), 1)
    triple = same[1:] & same[:-1] & (log.activity[2:] == log.activity[:-2])
    back = np.bincount(pairs[:-1][triple], minlength=size * size).reshape(size, size)
    looped = (back + back.T) > 0.2 * (follows + follows.T)
    side_by_side = (balance >= threshold) & (both >= support) & ~looped
    np.fill_diagonal(side_by_side, False)
    result: Bool = side_by_side | overlapping(log, support=support)
    return result


def overlapping(log: EventLog, share: float = 0.1, support: int = 5) -> Bool:
    """Square matrix: activities whose executions overlap in time in at least ``share`` of their neighbourhoods."""
    size = len(log.activity_names)
    same = log.case[1:] == log.case[:-1]
    pairs = log.activity[:-1].astype(np.int64) * size + log.activity[1:]
    overlap = same & (log.start[1:] != MISSING_TIME) & (log.start[1:] < log.end[:-1])
    met = np.bincount(pairs[same], minlength=size * size).reshape(size, size)
    lapped = np.bincount(pairs[overlap], minlength=size * size).reshape(size, size)
    lapped, met = lapped + lapped.T, met + met.T
    result: Bool = (lapped >= support) & (lapped >= share * met)
    np.fill_diagonal(result, False)
    return result


def enablement(log: EventLog) -> Enablement:
    """The enabling row and time of every row."""
    rows = np.arange(log.events, dtype=np.int64)
    first = np.repeat(log.offsets[:-1], np.diff(log.offsets))
    parallel = concurrent(log)
    by = rows - 1
    begin = np.where(log.start == MISSING_TIME, log.end, log.start)
    active = rows[by >= first]
    while len(active):
        candidate = by[active]
        blocked = (log.end[candidate] > begin[active]) | parallel[log.activity[candidate], log.activity[active]]
        active = active[blocked]
        by[active] -= 1
        active = active[by[active] >= first[active]]
    by[by < first] = -1
    at = np.where(by >= 0, log.end[by], MISSING_TIME)
    if ENABLED in log.event_table.columns:
        recorded = log.event_table[ENABLED].cast(int, strict=False).fill_null(MISSING_TIME).to_numpy()
        at = np.where(recorded != MISSING_TIME, recorded, at)
    return Enablement(by, at)
