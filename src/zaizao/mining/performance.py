"""Where time goes inside a case: processing and waiting per activity, and work done again.

Rule kept: waiting runs from enabled to start, processing from start to end; where a log knows no starts both are
unknown and only the sojourn (enabled → end) is given. Durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.attributes import case_values
from zaizao.mining.enablement import Enablement, enablement
from zaizao.mining.errors import MiningError
from zaizao.mining.flow import directly_follows, followed
from zaizao.mining.spread import MICROSECONDS, Float64, Int64, Spread, by_group
from zaizao.problems import Problem, Text


@dataclass(frozen=True, slots=True, eq=False)
class ActivityTimes:
    """Per activity: processing (start → end), waiting (enabled → start), sojourn (enabled → end)."""

    activities: tuple[str, ...]
    processing: Spread
    waiting: Spread
    sojourn: Spread


@dataclass(frozen=True, slots=True, eq=False)
class ProcessingTimes:
    """Processing time of ``activity[k]`` where the resource, or a case's attribute, is ``level[k]``: one entry a pair seen.

    ``compared[k]`` is its median over the median of the same activity with all other levels (not-a-number without any).
    """

    activity: tuple[str, ...]
    level: tuple[str, ...]
    times: Spread
    compared: Float64


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


def processing_times(log: EventLog, by: str | None = None) -> ProcessingTimes:
    """Processing time by activity and resource, or by activity and the case's attribute ``by``; longest in total first.

    Rows without a start, and rows of which the resource or attribute is not known, are left out. Raises ``MiningError``
    where the log has no such attribute.
    """
    level, names = _levels(log, by)
    known = np.flatnonzero((log.start != MISSING_TIME) & (level >= 0))
    width = max(len(names), 1)
    pairs, group = np.unique(log.activity[known].astype(np.int64) * width + level[known], return_inverse=True)
    length = (log.end - log.start)[known]
    times = by_group(group, length, len(pairs))
    of_activity = pairs // width
    compared = np.full(len(pairs), np.nan)
    for code in np.unique(of_activity).tolist():
        mine = log.activity[known] == code
        for k in np.flatnonzero(of_activity == code).tolist():
            others = length[mine & (group != k)]
            if len(others) and (middle := float(np.median(others))) > 0:
                compared[k] = times.median[k] * MICROSECONDS / middle
    order = np.argsort(-np.nan_to_num(times.total), kind="stable")
    chosen = Spread(times.count[order], times.mean[order], times.median[order], times.p90[order], times.total[order])
    return ProcessingTimes(
        tuple(log.activity_names[int(of_activity[k])] for k in order),
        tuple(names[int(pairs[k] % width)] for k in order),
        chosen,
        compared[order],
    )


def _levels(log: EventLog, by: str | None) -> tuple[Int64, tuple[str, ...]]:
    """Per row the code of its resource or of its case's value, -1 where unknown, and the names of the codes."""
    if by is None:
        return log.resource.astype(np.int64), log.resource_names
    table = case_values(log)
    if by not in table.columns:
        listed = ", ".join(table.columns)
        raise MiningError(
            Problem(
                by,
                Text("日志没有这个案例属性", "the log has no such attribute of cases"),
                Text(f"可用：{listed}", f"it has: {listed}"),
                "mining.unknown-attribute",
            )
        )
    text = table[by].cast(pl.String)
    names = text.drop_nulls().unique(maintain_order=True)
    codes = text.replace_strict(names, pl.int_range(len(names), eager=True), default=None, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy()[log.case], tuple(names.to_list())


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
