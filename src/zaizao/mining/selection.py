"""A part of a log as a log of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zaizao.eventlog import EventLog
from zaizao.mining.spread import Bool, Int64


def only(log: EventLog, rows: Bool) -> EventLog:
    """``log`` with the marked rows only; cases left without rows are dropped, codes of names stay."""
    running = np.concatenate(([0], np.cumsum(rows)))
    bounds = running[log.offsets].astype(np.int64)
    alive = np.diff(bounds) > 0
    number = np.cumsum(alive) - 1
    return replace(
        log,
        case=number[log.case[rows]].astype(np.int32),
        activity=log.activity[rows],
        start=log.start[rows],
        end=log.end[rows],
        resource=log.resource[rows],
        lifecycle=log.lifecycle[rows],
        case_names=tuple(log.case_names[k] for k in np.flatnonzero(alive).tolist()),
        offsets=np.concatenate((bounds[:-1][alive], bounds[-1:])),
        case_table=log.case_table.filter(alive) if log.case_table.width else log.case_table,
        event_table=log.event_table.filter(rows) if log.event_table.width else log.event_table,
    )


def only_cases(log: EventLog, cases: Int64) -> EventLog:
    """``log`` with the chosen cases only, in the log's own order."""
    wanted = np.zeros(log.cases, dtype=np.bool_)
    wanted[cases] = True
    return only(log, wanted[log.case])
