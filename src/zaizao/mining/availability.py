"""Each resource's rows and working calendar, given or discovered from its own activity.

Rule kept: a resource seen too rarely for a calendar of its own works the hours of everybody together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from zaizao.calendars import WorkCalendar, always, discover, intervals
from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining.spread import MICROSECONDS, Int64

_DAY = 86_400 * MICROSECONDS


def resources(
    log: EventLog, given: Mapping[str, WorkCalendar] | None = None
) -> Iterator[tuple[str, WorkCalendar, Int64]]:
    """Name, calendar and rows (with known start, ascending) of every resource that has such rows."""
    known = np.flatnonzero((log.resource != MISSING) & (log.start != MISSING_TIME))
    order = known[np.argsort(log.resource[known], kind="stable")]
    bounds = np.searchsorted(log.resource[order], np.arange(len(log.resource_names) + 1))
    everybody = _calendar(log, order, "everybody") or always(zone=log.zone)
    for code, name in enumerate(log.resource_names):
        rows = order[bounds[code] : bounds[code + 1]]
        if len(rows):
            yield name, (given or {}).get(name) or _calendar(log, rows, name) or everybody, rows


def open_intervals(log: EventLog, calendar: WorkCalendar) -> Int64:
    """The calendar's working intervals over the period of ``log``, a day more on both sides; shape (n, 2), µs."""
    begin = int(np.where(log.start == MISSING_TIME, log.end, log.start).min())
    return intervals(calendar, begin - _DAY, int(log.end.max()) + _DAY)


def closed_intervals(log: EventLog, calendar: WorkCalendar) -> Int64:
    """What lies between the working intervals."""
    opened = open_intervals(log, calendar)
    return np.stack((opened[:-1, 1], opened[1:, 0]), axis=1)


def _calendar(log: EventLog, rows: Int64, name: str) -> WorkCalendar | None:
    return discover(np.concatenate((log.start[rows], log.end[rows])), log.zone, name=name)
