"""Why work waits: batching, contention, prioritisation, unavailability, or something outside.

Rule kept (after Lashkevich, Milani, Chapela-Campa, Suvorau and Dumas, 2024): the time from enabled to start is cut into
  batching        work done together waits until the last of the batch is enabled;
  contention      the resource is busy with work that was enabled earlier;
  prioritisation  the resource is busy with work that was enabled later;
  unavailability  the resource is idle outside its working calendar;
  outside         the resource is idle, at work, and the work still does not start (customers, other systems, delays);
  unknown         no resource is recorded.
The parts of every row add up to its waiting. A batch is work of one activity by one resource for several cases, all
enabled before the first starts, done at once or overlapping; work done back to back counts as a batch from three on,
and then only the resource's idle working time does. Calendars come from each resource's own activity. Seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from zaizao.calendars import WorkCalendar
from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining.availability import open_intervals, resources
from zaizao.mining.busy import Working, clock, overlaps, segments
from zaizao.mining.enablement import Enablement, enablement
from zaizao.mining.spread import MICROSECONDS, Float64, Int32, Int64


class Cause(IntEnum):
    """Columns of the cause matrices."""

    BATCHING = 0
    CONTENTION = 1
    PRIORITISATION = 2
    UNAVAILABILITY = 3
    OUTSIDE = 4
    UNKNOWN = 5


@dataclass(frozen=True, slots=True, eq=False)
class WaitingCauses:
    """Waiting by cause.

    ``rows`` has seconds per (row of the log, cause), zero where waiting is unknown. ``source[k]`` → ``target[k]``
    (activity codes) was waited on ``count[k]`` times; ``seconds[k]`` are its totals by cause, largest total first.
    ``processing`` is the log's total processing time where starts are known.
    """

    activities: tuple[str, ...]
    rows: Float64
    source: Int32
    target: Int32
    count: Int64
    seconds: Float64
    processing: float
    calendars: Mapping[str, WorkCalendar]

    @property
    def total(self) -> Float64:
        """Seconds by cause over the whole log."""
        total: Float64 = self.rows.sum(axis=0)
        return total

    @property
    def efficiency(self) -> float:
        """Processing time over processing and waiting time."""
        whole = self.processing + float(self.rows.sum())
        return self.processing / whole if whole else 1.0

    def gain(self, edge: int, cause: Cause) -> float:
        """By how much the efficiency rises if this cause is removed on this edge."""
        whole = self.processing + float(self.rows.sum()) - float(self.seconds[edge, cause])
        return (self.processing / whole if whole else 1.0) - self.efficiency


def waiting_causes(
    log: EventLog,
    *,
    calendars: Mapping[str, WorkCalendar] | None = None,
    enabled: Enablement | None = None,
) -> WaitingCauses:
    """Split the waiting of every row of ``log`` (an activity log) into its causes.

    ``calendars`` by resource name replace discovered ones.
    """
    enabling = enablement(log) if enabled is None else enabled
    waiting = enabling.waiting(log)
    rows = np.zeros((log.events, len(Cause)))
    waits = (waiting != MISSING_TIME) & (waiting > 0)
    rows[waits & (log.resource == MISSING), Cause.UNKNOWN] = waiting[waits & (log.resource == MISSING)]
    used: dict[str, WorkCalendar] = {}
    for name, calendar, work in resources(log, calendars):
        used[name] = calendar
        _split(log, enabling, work, work[waits[work]], clock(open_intervals(log, calendar)), rows)
    return _gathered(log, enabling, waits, rows / MICROSECONDS, used)


def _split(log: EventLog, enabling: Enablement, work: Int64, waits: Int64, working: Working, rows: Float64) -> None:
    """Fill ``rows`` (µs) of the waiting rows ``waits`` of one resource, whose executions are ``work``."""
    since = np.where(enabling.at[work] == MISSING_TIME, log.start[work], enabling.at[work])
    together, after = _batches(log.activity[work], log.case[work], log.start[work], log.end[work], since)
    place = np.searchsorted(work, waits)
    enabled, start = enabling.at[waits], log.start[waits]
    batch = np.clip(together[place], enabled, start)
    rows[waits, Cause.BATCHING] = batch - enabled
    busy = segments(log.start[work], log.end[work], since)
    earlier, later, worked = overlaps(busy, batch, start, enabled, working)
    rows[waits, Cause.CONTENTION] = earlier
    rows[waits, Cause.PRIORITISATION] = later
    open_time = working.until(start) - working.until(batch) - worked
    idle = start - batch - earlier - later
    rows[waits, Cause.UNAVAILABILITY] = np.maximum(idle - open_time, 0)
    outside = idle - np.maximum(idle - open_time, 0)
    until = np.clip(after[place], batch, start)
    _, _, worked_before = overlaps(busy, batch, until, enabled, working)
    gathering = np.clip(working.until(until) - working.until(batch) - worked_before, 0, outside)
    rows[waits, Cause.BATCHING] += gathering
    rows[waits, Cause.OUTSIDE] = outside - gathering


def _batches(activity: Int32, case: Int32, start: Int64, end: Int64, since: Int64) -> tuple[Int64, Int64]:
    """Per execution of one resource: when its batch was complete, for batches done together and done back to back.

    ``MISSING_TIME`` where it belongs to none.
    """
    together = np.full(len(start), MISSING_TIME, dtype=np.int64)
    after = together.copy()
    order = np.lexsort((start, activity))
    for overlap, least, result in ((True, 2, together), (False, 3, after)):
        reach = end[order[:-1]]
        linked = activity[order[1:]] == activity[order[:-1]]
        linked &= (start[order[1:]] < reach) if overlap else (start[order[1:]] <= reach + MICROSECONDS)
        linked |= (activity[order[1:]] == activity[order[:-1]]) & (start[order[1:]] == start[order[:-1]])
        run = np.concatenate(([0], np.cumsum(~linked)))[: len(order)]
        begin = np.flatnonzero(np.concatenate(([True], ~linked)))[: int(run[-1]) + 1]
        first = start[order][begin]
        # Only what was there when the batch began can have waited for it.
        member = since[order] <= first[run]
        size = np.bincount(run, weights=member, minlength=len(begin))
        complete = np.full(len(begin), MISSING_TIME, dtype=np.int64)
        np.maximum.at(complete, run[member], since[order][member])
        several = size >= least
        cases = np.unique(run[member].astype(np.int64) << 32 | case[order][member]) >> 32
        several &= np.bincount(cases, minlength=len(begin)) >= least
        chosen = member & several[run]
        result[order[chosen]] = complete[run[chosen]]
    return together, after


def _gathered(
    log: EventLog,
    enabling: Enablement,
    waits: NDArray[np.bool_],
    rows: Float64,
    calendars: Mapping[str, WorkCalendar],
) -> WaitingCauses:
    size = max(len(log.activity_names), 1)
    linked = np.flatnonzero(waits & (enabling.by >= 0))
    codes = log.activity[enabling.by[linked]].astype(np.int64) * size + log.activity[linked]
    edges, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    seconds = np.zeros((len(edges), len(Cause)))
    for cause in Cause:
        seconds[:, cause] = np.bincount(inverse, weights=rows[linked, cause], minlength=len(edges))
    order = np.argsort(-seconds.sum(axis=1), kind="stable")
    started = log.start != MISSING_TIME
    return WaitingCauses(
        activities=log.activity_names,
        rows=rows,
        source=(edges[order] // size).astype(np.int32),
        target=(edges[order] % size).astype(np.int32),
        count=counts[order].astype(np.int64),
        seconds=seconds[order],
        processing=float((log.end - log.start)[started].sum()) / MICROSECONDS,
        calendars=calendars,
    )
