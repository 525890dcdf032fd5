"""Rules of order judged for every execution: with conditions and time limits in FEEL.

Rule kept: the next (or last) execution of an activity is the one that ends next in the same case; a limit runs from the
end of the earlier to the start (where it is not recorded, the end) of the later. Every activating execution keeps or
breaks the rule for itself; a case breaks it where one of its executions does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.conditions import limits, rows_where
from zaizao.mining.spread import MICROSECONDS, Bool, Int64
from zaizao.mining.templates import Constraint, Template

_BACKWARD = frozenset({Template.PRECEDENCE, Template.ALTERNATE_PRECEDENCE, Template.CHAIN_PRECEDENCE})


def executions(log: EventLog, constraint: Constraint, a: int, b: int) -> tuple[Bool, Bool, int]:
    """Cases that activate the rule, cases that break it, and the number of executions that do."""
    if constraint.template == Template.SUCCESSION:
        parts = [
            executions(log, replace(constraint, template=template), a, b)
            for template in (Template.RESPONSE, Template.PRECEDENCE)
        ]
        return parts[0][0] | parts[1][0], parts[0][1] | parts[1][1], parts[0][2] + parts[1][2]
    backward = constraint.template in _BACKWARD
    rows = np.flatnonzero(log.activity == (b if backward else a))
    if constraint.when:
        rows = rows[rows_where(log, constraint.when, rows, str(constraint))]
    broken_rows = rows[~_kept(log, constraint, rows, a, b)]
    active, broken = (np.zeros(log.cases, dtype=np.bool_) for _ in range(2))
    active[log.case[rows]] = True
    broken[log.case[broken_rows]] = True
    return active, broken, len(broken_rows)


def _kept(log: EventLog, constraint: Constraint, rows: Int64, a: int, b: int) -> Bool:
    """Which of the activating ``rows`` keep the rule."""
    match constraint.template:
        case Template.PRECEDENCE | Template.ALTERNATE_PRECEDENCE:
            partner = _last(log, a)[rows]
        case Template.CHAIN_PRECEDENCE:
            partner = _beside(log, rows, -1, a)
        case Template.CHAIN_RESPONSE:
            partner = _beside(log, rows, 1, b)
        case _:
            partner = _next(log, b)[rows]
    found = partner >= 0
    if constraint.template == Template.ALTERNATE_RESPONSE:
        again = _next(log, a)[rows]
        found &= (again < 0) | (again > partner)
    elif constraint.template == Template.ALTERNATE_PRECEDENCE:
        found &= _last(log, b)[rows] < partner
    found[found] = _in_time(log, constraint, rows[found], partner[found])
    return ~found if constraint.template == Template.NOT_SUCCESSION else found


def _in_time(log: EventLog, constraint: Constraint, rows: Int64, partner: Int64) -> Bool:
    if constraint.within:
        most = limits(log, constraint.within, rows, str(constraint))
    elif constraint.template == Template.WITHIN:
        most = np.full(len(rows), round(constraint.seconds * MICROSECONDS), dtype=np.int64)
    else:
        return np.ones(len(rows), dtype=np.bool_)
    earlier, later = np.minimum(rows, partner), np.maximum(rows, partner)
    begin = np.where(log.start[later] == MISSING_TIME, log.end[later], log.start[later])
    result: Bool = begin - log.end[earlier] <= most
    return result


def _next(log: EventLog, code: int) -> Int64:
    """Per row: the next later row of its case with this activity, or -1."""
    marked = np.where(log.activity == code, np.arange(log.events), log.events)
    following = np.minimum.accumulate(marked[::-1])[::-1]
    ahead = np.concatenate((following[1:], [log.events]))
    return np.where(ahead < log.offsets[1:][log.case], ahead, -1)


def _last(log: EventLog, code: int) -> Int64:
    """Per row: the last earlier row of its case with this activity, or -1."""
    marked = np.where(log.activity == code, np.arange(log.events), -1)
    before = np.concatenate(([-1], np.maximum.accumulate(marked)[:-1]))
    return np.where(before >= log.offsets[:-1][log.case], before, -1)


def _beside(log: EventLog, rows: Int64, step: int, code: int) -> Int64:
    """The neighbouring row of each row, where it is of the same case and has this activity; else -1."""
    there = rows + step
    inside = np.clip(there, 0, max(log.events - 1, 0))
    fits = (there == inside) & (log.case[inside] == log.case[rows]) & (log.activity[inside] == code)
    return np.where(fits, inside, -1)
