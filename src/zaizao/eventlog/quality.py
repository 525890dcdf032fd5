"""What is dirty in a log that could be read: each a finding with a count, none a crash.

Every check reads the sorted integer columns of the log and says how many events or cases it concerns, how the reading
went on, and what the reader can do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from zaizao.eventlog.errors import finding
from zaizao.eventlog.log import MISSING, MISSING_TIME, EventLog
from zaizao.problems import Problem, Severity

_OLD_US = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_RARELY_LAST = 0.1
"""An activity that ends fewer than this share of the cases' visits to it is not an end of the process."""


def assess(log: EventLog, now: int | None = None) -> tuple[Problem, ...]:
    """The findings about a log's content. ``now`` (microseconds UTC) is what "in the future" is measured by."""
    checks: tuple[Callable[[EventLog], Problem | None], ...] = (
        _resources,
        _ties,
        _duplicates,
        _incomplete,
        _short,
        _zero_length,
        _old,
    )
    found = [problem for check in checks if (problem := check(log)) is not None]
    if now is not None and (late := _future(log, now)) is not None:
        found.append(late)
    return tuple(found)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.1f} %"


def _resources(log: EventLog) -> Problem | None:
    count = int((log.resource == MISSING).sum())
    if not count:
        return None
    share = _share(count, log.events)
    return finding(
        log.source,
        "log.missing-resources",
        (f"{count} 个事件（{share}）没有资源", f"{count} events ({share}) have no resource"),
        (
            "涉及人员的分析只用其余事件",
            "analyses of people use the others only",
        ),
    )


def _same_case(log: EventLog) -> NDArray[np.bool_]:
    """Whether each row but the first belongs to the case of the row before it."""
    return np.asarray(log.case[1:] == log.case[:-1])


def _ties(log: EventLog) -> Problem | None:
    count = int((_same_case(log) & (log.end[1:] == log.end[:-1])).sum())
    if not count:
        return None
    return finding(
        log.source,
        "log.clock-ties",
        (
            f"{count} 个事件与同案例的前一事件时间相同（{_share(count, log.events)}）",
            f"{count} events have the same time as the one before in their case ({_share(count, log.events)})",
        ),
        ("它们之间按文件中的顺序", "their order is that of the file"),
        Severity.INFO,
    )


def _duplicates(log: EventLog) -> Problem | None:
    # Rows of one case with one end are neighbours, but a twin may stand a few rows further: sort on all columns.
    keys = (log.resource, log.lifecycle, log.start, log.activity, log.end, log.case)
    order = np.lexsort(keys)
    twin = np.ones(max(log.events - 1, 0), dtype=bool)
    for key in keys:
        row = key[order]
        twin &= row[1:] == row[:-1]
    count = int(twin.sum())
    if not count:
        return None
    return finding(
        log.source,
        "log.duplicates",
        (
            f"{count} 个事件与同案例的另一事件完全相同",
            f"{count} events equal another of their case in activity, time, resource and lifecycle",
        ),
        ("它们仍被保留；若是重复导出请去重", "they are kept; drop them if the export doubled them"),
    )


def _incomplete(log: EventLog) -> Problem | None:
    last = np.zeros(log.events, dtype=bool)
    last[log.offsets[1:] - 1] = True
    visits = np.bincount(log.activity, minlength=len(log.activity_names))
    ends = np.bincount(log.activity[last], minlength=len(log.activity_names))
    final = ends >= _RARELY_LAST * visits
    count = int((~final[log.activity[last]]).sum())
    if not count:
        return None
    return finding(
        log.source,
        "log.incomplete-cases",
        (
            f"{count} 个案例（{_share(count, log.cases)}）停在通常不是终点的活动上",
            f"{count} cases ({_share(count, log.cases)}) stop at an activity that is usually followed by another",
        ),
        ("它们可能还没办完；可用筛选去掉", "they may still be running; a filter can leave them out"),
    )


def _short(log: EventLog) -> Problem | None:
    if log.cases == 1:
        return finding(
            log.source,
            "log.one-case",
            ("只有一个案例", "there is only one case"),
            ("统计没有意义；请检查案例列", "statistics mean little; check the case column"),
        )
    count = int((np.diff(log.offsets) == 1).sum())
    if 2 * count < log.cases:
        return None
    return finding(
        log.source,
        "log.one-event-cases",
        (
            f"{count} 个案例（{_share(count, log.cases)}）只有一个事件",
            f"{count} cases ({_share(count, log.cases)}) have a single event",
        ),
        ("若不应如此，请检查案例列", "if that is not so, check the case column"),
    )


def _zero_length(log: EventLog) -> Problem | None:
    known = log.start != MISSING_TIME
    count = int((log.start[known] == log.end[known]).sum())
    if not count:
        return None
    return finding(
        log.source,
        "log.zero-length",
        (
            f"{count} 次执行（{_share(count, int(known.sum()))}）开始与结束相同",
            f"{count} executions ({_share(count, int(known.sum()))}) end when they start",
        ),
        ("多为系统步骤或补录", "mostly steps of a system, or recorded afterwards"),
        Severity.INFO,
    )


def _old(log: EventLog) -> Problem | None:
    count = int((log.end < _OLD_US).sum())
    if not count:
        return None
    return finding(
        log.source,
        "log.old-dates",
        (f"{count} 个事件早于 1990 年", f"{count} events are dated before 1990"),
        ("多为缺省值；请检查时间列", "mostly default values; check the time column"),
    )


def _future(log: EventLog, now: int) -> Problem | None:
    count = int((log.end > now).sum())
    if not count:
        return None
    moment = datetime.fromtimestamp(now // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return finding(
        log.source,
        "log.future-dates",
        (f"{count} 个事件晚于 {moment}", f"{count} events are later than {moment}"),
        ("请检查时间列与时区", "check the time column and the zone"),
    )
