"""From transitions to executions: schedule, start, suspend, resume and complete joined into one row each.

Rule kept: within one case and activity, first in, first out; a completion prefers the open execution of its own
resource. What cannot be paired is never invented: a completion without a start has an unknown start, a start without a
completion is no execution yet and is counted in a finding. Standard lifecycle of IEEE 1849-2016, section 7.3.
"""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from zaizao.eventlog.errors import finding
from zaizao.eventlog.log import MISSING, MISSING_TIME, EventLog, Int32, Int64, subset
from zaizao.problems import Problem, Severity


class Kind(IntEnum):
    """What a transition does to an execution."""

    CLOSE = 0
    OFFER = 1
    BEGIN = 2
    PAUSE = 3
    GO_ON = 4
    CANCEL = 5
    IGNORE = 6


KINDS = {
    "complete": Kind.CLOSE,
    "ate_abort": Kind.CLOSE,
    "pi_abort": Kind.CLOSE,
    "unknown": Kind.CLOSE,
    "schedule": Kind.OFFER,
    "start": Kind.BEGIN,
    "suspend": Kind.PAUSE,
    "resume": Kind.GO_ON,
    "withdraw": Kind.CANCEL,
    "autoskip": Kind.CANCEL,
    "manualskip": Kind.CANCEL,
    "assign": Kind.IGNORE,
    "reassign": Kind.IGNORE,
}
"""Transition → its effect; an unknown or missing transition is taken as a completion."""

Int8 = NDArray[np.int8]
_LOOK_AHEAD = 64
_UNFINISHED, _WITHDRAWN, _KEPT, _JOINED = range(4)  # the fate of a row


def activities(log: EventLog) -> EventLog:
    """One row per execution of an activity; the log itself if no transition but completions stands in it.

    ``start`` is the paired start. The event table gains ``enabled`` (Int64 µs, null where no schedule was recorded)
    and, if any execution was suspended, ``suspended`` (Int64 µs of suspension).
    """
    kinds = np.array(
        [KINDS.get(name.lower(), Kind.CLOSE) for name in log.lifecycle_names] + [Kind.CLOSE], dtype=np.int8
    )
    if not kinds.any():
        return log
    kind = kinds[log.lifecycle]
    order = np.lexsort((log.activity, log.case)).astype(np.int64)  # stable: time order within case and activity
    fate, start, enabled, suspended, resource = _pair(
        order, log.case, log.activity, log.resource, log.start, log.end, kind
    )
    rows = np.flatnonzero(fate == _KEPT)
    rows = rows[np.lexsort((start[rows], log.end[rows], log.case[rows]))]
    joined = replace(log, start=start, resource=resource, event_table=_extended(log, enabled, suspended))
    return replace(subset(joined, rows), findings=(*log.findings, *_left_over(log, kind, fate)))


def _extended(log: EventLog, enabled: Int64, suspended: Int64) -> pl.DataFrame:
    offered = pl.Series("enabled", enabled)
    columns = [offered.set(offered == MISSING_TIME, None)]
    if suspended.any():
        columns.append(pl.Series("suspended", suspended))
    if not log.event_table.width:
        return pl.DataFrame(columns)
    return log.event_table.with_columns(columns)


def _left_over(log: EventLog, kind: Int8, fate: Int8) -> tuple[Problem, ...]:
    found = []
    open_starts = int(((kind == Kind.BEGIN) & (fate == _UNFINISHED)).sum())
    if open_starts:
        what = (
            f"{open_starts} 次执行有开始、没有完成，未计入",
            f"{open_starts} executions start and never complete; they are not counted",
        )
        remedy = ("它们可能还在办理", "they may still be under way")
        found.append(finding(log.source, "log.unfinished-executions", what, remedy))
    withdrawn = int((fate == _WITHDRAWN).sum())
    if withdrawn:
        what = (
            f"{withdrawn} 项安排被撤回或跳过，未计入",
            f"{withdrawn} offers were withdrawn or skipped; they are not counted",
        )
        remedy = ("它们不是执行", "they are no executions")
        found.append(finding(log.source, "log.withdrawn", what, remedy, Severity.INFO))
    return tuple(found)


@njit(cache=True)
def _pair(
    order: Int64, case: Int32, activity: Int32, resource: Int32, start: Int64, end: Int64, kind: Int8
) -> tuple[Int8, Int64, Int64, Int64, Int32]:
    """Walk each group of one case and activity in time order; per row its fate and the joined columns."""
    n = len(order)
    fate = np.zeros(n, dtype=np.int8)
    started, performer = start.copy(), resource.copy()
    enabled = np.full(n, MISSING_TIME, dtype=np.int64)
    suspended = np.zeros(n, dtype=np.int64)
    paused = np.full(n, MISSING_TIME, dtype=np.int64)  # since when an open start is suspended
    offers = np.empty(n, dtype=np.int64)  # rows of pending schedules: offers[first_offer:last_offer]
    opened = np.empty(n, dtype=np.int64)  # rows of open starts, -1 once closed: opened[first_open:last_open]
    first_offer = last_offer = first_open = last_open = 0
    for place in range(n):
        row = order[place]
        if place == 0 or case[row] != case[order[place - 1]] or activity[row] != activity[order[place - 1]]:
            first_offer = last_offer = first_open = last_open = 0
        what = kind[row]
        if what == Kind.OFFER:
            offers[last_offer] = row
            last_offer += 1
        elif what == Kind.BEGIN:
            opened[last_open] = row
            last_open += 1
            if first_offer < last_offer:
                enabled[row] = end[offers[first_offer]]
                first_offer += 1
        elif what == Kind.CANCEL:
            fate[row] = _WITHDRAWN
            first_offer = min(first_offer + 1, last_offer)
        elif what != Kind.IGNORE:
            while first_open < last_open and opened[first_open] < 0:
                first_open += 1
            chosen = _choose(opened, first_open, last_open, resource, resource[row])
            begin = opened[chosen] if chosen >= 0 else -1
            if what == Kind.CLOSE:
                fate[row] = _KEPT
                if start[row] != MISSING_TIME:
                    continue
                if begin >= 0:
                    opened[chosen] = -1
                    fate[begin] = _JOINED
                    started[row], enabled[row] = end[begin], enabled[begin]
                    _interrupt(begin, end[row], False, paused, suspended)
                    suspended[row] = suspended[begin]
                    performer[row] = resource[begin] if resource[row] == MISSING else resource[row]
                elif first_offer < last_offer:
                    enabled[row] = end[offers[first_offer]]
                    first_offer += 1
            elif begin >= 0:
                _interrupt(begin, end[row], what == Kind.PAUSE, paused, suspended)
    return fate, started, enabled, suspended, performer


@njit(cache=True)
def _choose(opened: Int64, first: int, last: int, resource: Int32, wanted: int) -> int:
    """The place of the first open start by the wanted resource, else of the first open start, else -1."""
    chosen = -1
    for place in range(first, min(last, first + _LOOK_AHEAD)):
        if opened[place] >= 0:
            if resource[opened[place]] == wanted:
                return place
            if chosen < 0:
                chosen = place
    return chosen


@njit(cache=True)
def _interrupt(begin: int, now: int, begins: bool, paused: Int64, suspended: Int64) -> None:
    """Begin or end the suspension of an open start; a second beginning or end changes nothing."""
    if begins and paused[begin] == MISSING_TIME:
        paused[begin] = now
    elif not begins and paused[begin] != MISSING_TIME:
        suspended[begin] += now - paused[begin]
        paused[begin] = MISSING_TIME
