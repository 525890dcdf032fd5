"""From a table of events to a log: rows that cannot be events are left out and counted, the rest is encoded.

Rule kept: no event disappears silently. Every reader (XES, delimited, Parquet) ends here, so a log means the same
whatever file it came from.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from zaizao.eventlog.columns import XES, Roles
from zaizao.eventlog.errors import finding, refuse
from zaizao.eventlog.log import MISSING_TIME, EventLog, Int64, from_columns
from zaizao.eventlog.quality import assess
from zaizao.eventlog.times import UTC_TIME
from zaizao.problems import Problem, Severity

CASE = "case:"
"""Prefix of columns that describe the case."""


def assemble(
    frame: pl.DataFrame,
    roles: Roles,
    *,
    zone: str,
    source: str,
    findings: tuple[Problem, ...] = (),
    constant: bool = False,
    now: int | None = None,
) -> EventLog:
    """Build the log of a typed ``frame`` (times as ``Datetime("us", "UTC")``) whose ``roles`` are known.

    Columns named ``case:…`` describe the case; with ``constant``, so do columns that never change within a case.
    Raises ``LogError`` if no event remains.
    """
    frame, dropped = _complete(frame, roles, source)
    assert roles.case and roles.activity and roles.end
    case = frame[roles.case].cast(pl.String)
    end = _micros(frame[roles.end])
    start = _micros(frame[roles.start]) if roles.start else None
    reversed_starts: tuple[Problem, ...] = ()
    if start is not None:
        start, reversed_starts = _plausible(start, end, source)
    rest = _renamed(frame.drop(list(roles.named().values())))
    if roles.enabled:
        rest = rest.with_columns(frame[roles.enabled].to_physical().alias("enabled"))
    case_columns = [c for c in rest.columns if c.startswith(CASE) or (constant and _constant(rest[c], case))]
    first = case.is_first_distinct()
    log = from_columns(
        case=case,
        activity=frame[roles.activity],
        end=end,
        start=start,
        resource=frame[roles.resource] if roles.resource else None,
        lifecycle=frame[roles.lifecycle] if roles.lifecycle else None,
        case_table=pl.DataFrame([rest[c].filter(first).alias(c.removeprefix(CASE)) for c in case_columns]),
        event_table=rest.drop(case_columns),
        zone=zone,
        source=source,
    )
    return replace(log, findings=(*findings, *dropped, *reversed_starts, *assess(log, now)))


def _renamed(rest: pl.DataFrame) -> pl.DataFrame:
    """Attributes that bear a standard name without its role (another column has it) get a name of their own."""
    standard = set(XES.named().values()) & set(rest.columns)
    return rest.rename({name: f"{name} (2)" for name in standard})


def _micros(times: pl.Series) -> Int64:
    return times.cast(UTC_TIME).to_physical().fill_null(MISSING_TIME).to_numpy().astype(np.int64)


_LACKS = {"case": ("案例", "case"), "activity": ("活动", "activity"), "end": ("可读的时间", "readable time")}


def _complete(frame: pl.DataFrame, roles: Roles, source: str) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """The rows that have case, activity and time; one finding for each that others lack."""
    if frame.is_empty():
        raise refuse(source, "log.no-events", ("没有任何事件", "it holds no event"), ("请重新导出", "export it again"))
    found = []
    for role, (zh, en) in _LACKS.items():
        if getattr(roles, role) not in frame.columns:
            what = (f"没有一个事件有{zh}", f"no event has a {en}")
            raise refuse(source, f"log.missing-{en.split()[-1]}", what, ("请检查导出设置", "check how it was exported"))
    columns = [str(getattr(roles, role)) for role in _LACKS]
    for (zh, en), column in zip(_LACKS.values(), columns, strict=True):
        lacking = frame[column].is_null()
        count = int(lacking.sum())
        if count:
            row = int(lacking.arg_true()[0]) + 1
            found.append(
                finding(
                    f"{source}: event {row}",
                    f"log.missing-{en.split()[-1]}",
                    (
                        f"从这里起有 {count} 个事件没有{zh}（列 {column}），已略去",
                        f"from here on {count} events have no {en} (column {column}); they are left out",
                    ),
                    ("请在来源补全后重新导出", "complete them at the source and export again"),
                )
            )
    if not found:
        return frame, ()
    kept = frame.drop_nulls(columns)
    if kept.is_empty():
        worst = max(found, key=lambda problem: problem.code == "log.missing-time")
        raise refuse(source, worst.code, (worst.what.zh, worst.what.en), (worst.remedy.zh, worst.remedy.en))
    return kept, tuple(found)


def _plausible(start: Int64, end: Int64, source: str) -> tuple[Int64, tuple[Problem, ...]]:
    """Starts that are not after their ends; the others become unknown."""
    late = start > end
    count = int(late.sum())
    if not count:
        return start, ()
    problem = finding(
        f"{source}: event {int(late.argmax()) + 1}",
        "log.start-after-end",
        (
            f"从这里起有 {count} 个事件的开始晚于结束，开始按未知处理",
            f"from here on {count} events start after they end; their start is taken as unknown",
        ),
        ("请检查两列是否颠倒或时区不同", "check whether the columns are swapped or in different zones"),
    )
    return np.where(late, MISSING_TIME, start), (problem,)


def _constant(column: pl.Series, case: pl.Series) -> bool:
    """Whether the column has one value in every case, over cases that have several events."""
    distinct = pl.DataFrame([case.alias("case"), column.alias("value")]).unique().height
    cases = case.n_unique()
    return distinct == cases < len(case)


def zones_finding(source: str, zone: str, zoned: int, unzoned: int) -> tuple[Problem, ...]:
    """What to say about times written without a zone, alone or among others that have one."""
    if not unzoned:
        return ()
    if zoned:
        what = (
            f"{unzoned} 个时间没有时区，另有 {zoned} 个带时区；前者按 {zone} 理解",
            f"{unzoned} times have no zone among {zoned} that do; the former are read as {zone}",
        )
        return (finding(source, "log.mixed-zones", what, ("请统一时区后重新导出", "export with one zone throughout")),)
    what = (f"时间没有时区，按 {zone} 理解", f"the times have no zone and are read as {zone}")
    remedy = ("如不对，请用 --zone 指定", "if that is wrong, name it with --zone")
    return (finding(source, "log.no-zone", what, remedy, Severity.INFO),)
