"""Where time goes inside a case: processing and waiting per activity, and work done again.

Rule kept: waiting runs from enabled to start, processing from start to end; where a log knows no starts both are
unknown and only the sojourn (enabled → end) is given. Durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.enablement import Enablement, enablement
from zaizao.mining.flow import directly_follows, followed
from zaizao.mining.spread import Float64, Int64, Spread, by_group


@dataclass(frozen=True, slots=True, eq=False)
class ActivityTimes:
    """Per activity: processing (start → end), waiting (enabled → start), sojourn (enabled → end)."""

    activities: tuple[str, ...]
    processing: Spread
    waiting: Spread
    sojourn: Spread


@dataclass(frozen=True, slots=True, eq=False)
class Rework:
    """Work done again.

    Per activity: ``cases`` with it, ``repeated_cases`` with it more than once, ``repeats`` (executions beyond the
    first of a case), ``self_loops`` (directly after itself), and ``repeat_seconds``, the processing time of the
    repeats. ``ping_pong`` lists (a, b, times) by activity codes: how often work went a, b, a. ``share`` is the share
    of cases with any repeat.
    """

    activities: tuple[str, ...]
    cases: Int64
    repeated_cases: Int64
    repeats: Int64
    self_loops: Int64
    repeat_seconds: Float64
    ping_pong: tuple[tuple[int, int, int], ...]
    share: float


def activity_times(log: EventLog, enabled: Enablement | None = None) -> ActivityTimes:
    """Processing, waiting and sojourn of every activity."""
    enabling = enablement(log) if enabled is None else enabled
    size = len(log.activity_names)
    started = log.start != MISSING_TIME
    known = enabling.at != MISSING_TIME
    waiting = enabling.waiting(log)
    begun = started & known
    return ActivityTimes(
        log.activity_names,
        by_group(log.activity[started], (log.end - log.start)[started], size),
        by_group(log.activity[begun], waiting[begun], size),
        by_group(log.activity[known], np.maximum(log.end[known] - enabling.at[known], 0), size),
    )


def rework(log: EventLog) -> Rework:
    """Repeats, self-loops and ping-pong of every activity."""
    size = len(log.activity_names)
    order = np.lexsort((np.arange(log.events), log.activity, log.case))
    case, activity = log.case[order], log.activity[order]
    repeat_sorted = np.concatenate(([False], (case[1:] == case[:-1]) & (activity[1:] == activity[:-1])))[: log.events]
    second = repeat_sorted & ~np.concatenate(([False], repeat_sorted[:-1]))[: log.events]
    repeats: Int64 = np.bincount(activity[repeat_sorted], minlength=size).astype(np.int64)
    executions = np.bincount(activity, minlength=size)
    seconds = np.where(log.start == MISSING_TIME, 0, log.end - log.start)[order] / 1e6
    flow = directly_follows(log)
    own = flow.source == flow.target
    return Rework(
        activities=log.activity_names,
        cases=(executions - repeats).astype(np.int64),
        repeated_cases=np.bincount(activity[second], minlength=size).astype(np.int64),
        repeats=repeats,
        self_loops=np.bincount(flow.source[own], weights=flow.count[own], minlength=size).astype(np.int64),
        repeat_seconds=np.bincount(
            activity[repeat_sorted], weights=seconds[repeat_sorted].astype(np.float64), minlength=size
        ).astype(np.float64),
        ping_pong=_ping_pong(log),
        share=float(len(np.unique(case[repeat_sorted])) / max(log.cases, 1)),
    )


def _ping_pong(log: EventLog) -> tuple[tuple[int, int, int], ...]:
    """(a, b, times) of every a, b, a with a ≠ b, most frequent first."""
    same = followed(log)
    a, b, c = log.activity[:-2], log.activity[1:-1], log.activity[2:]
    back = same[1:] & same[:-1] & (a == c) & (a != b)
    pairs, times = np.unique(np.stack((a[back], b[back])), axis=1, return_counts=True)
    order = np.argsort(-times, kind="stable")
    return tuple((int(pairs[0, k]), int(pairs[1, k]), int(times[k])) for k in order)
