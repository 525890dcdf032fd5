"""Batches: work of one kind that one resource saves up and does together.

Rule kept: the same batches that the waiting causes speak of (``waiting_causes``), each as one thing with its size, its kind
and what its members waited for it. At least two members of different cases, all enabled before the batch began.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining.enablement import Enablement, enablement
from zaizao.mining.spread import MICROSECONDS, Int64


class BatchKind(StrEnum):
    """How the members of a batch are done."""

    AT_ONCE = "at once"  # all start together
    OVERLAPPING = "overlapping"
    IN_A_ROW = "in a row"


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """``rows`` of the log done together from ``start`` to ``end`` (µs); ``waited`` seconds from each one's enabling until
    the last member was enabled, summed."""

    activity: str
    resource: str
    kind: BatchKind
    rows: Int64
    start: int
    end: int
    waited: float


def batches(log: EventLog, *, least: int = 2, row_least: int = 3, enabled: Enablement | None = None) -> list[Batch]:
    """Batches by falling waiting; done at once or overlapping from ``least`` members, in a row from ``row_least``."""
    enabling = enablement(log) if enabled is None else enabled
    since = np.where(enabling.at == MISSING_TIME, log.start, enabling.at)
    known = np.flatnonzero((log.resource != MISSING) & (log.start != MISSING_TIME))
    order = known[np.lexsort((log.start[known], log.activity[known], log.resource[known]))]
    if len(order) < 2:
        return []
    same = (log.resource[order][1:] == log.resource[order][:-1]) & (log.activity[order][1:] == log.activity[order][:-1])
    group = np.concatenate(([0], np.cumsum(~same)))
    reach = _reach(log.end[order], group)
    linked = same & (log.start[order][1:] <= reach[:-1] + MICROSECONDS)
    bounds = np.concatenate(([0], np.flatnonzero(~linked) + 1, [len(order)]))
    found = []
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if high - low >= least:
            rows = order[low:high]
            rows = rows[since[rows] <= log.start[order[low]]]
            batch = _batch(log, rows, since, least, row_least)
            if batch is not None:
                found.append(batch)
    return sorted(found, key=lambda batch: -batch.waited)


def _batch(log: EventLog, rows: Int64, since: Int64, least: int, row_least: int) -> Batch | None:
    cases = len(np.unique(log.case[rows]))
    if cases < least:
        return None
    start, end = log.start[rows], log.end[rows]
    if (start == start[0]).all():
        kind = BatchKind.AT_ONCE
    elif (start[1:] < np.maximum.accumulate(end)[:-1]).all():
        kind = BatchKind.OVERLAPPING
    elif cases >= row_least:
        kind = BatchKind.IN_A_ROW
    else:
        return None
    complete = int(since[rows].max())
    return Batch(
        activity=log.activity_names[int(log.activity[rows[0]])],
        resource=log.resource_names[int(log.resource[rows[0]])],
        kind=kind,
        rows=np.sort(rows),
        start=int(start.min()),
        end=int(end.max()),
        waited=float((complete - since[rows]).sum()) / MICROSECONDS,
    )


def _reach(end: Int64, group: Int64) -> Int64:
    """The latest end so far within each group (groups are numbered upwards)."""
    result = end.copy()
    bounds = np.flatnonzero(np.diff(group, prepend=-1, append=int(group[-1]) + 1))
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        result[low:high] = np.maximum.accumulate(end[low:high])
    return result
