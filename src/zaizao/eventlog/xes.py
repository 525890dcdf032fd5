"""XES (IEEE 1849-2016): the compiled reader for regular files, the exact reader for all others.

Rule kept: no parser sees a file before its prolog has passed, and both readers give the same log for a regular file.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from zaizao.eventlog.assembly import CASE, assemble, zones_finding
from zaizao.eventlog.columns import XES, Roles
from zaizao.eventlog.delimited import typed
from zaizao.eventlog.errors import finding
from zaizao.eventlog.log import EventLog
from zaizao.eventlog.source import Plain
from zaizao.eventlog.times import DEFAULT_ZONE, UTC_TIME, Times, parse, zone_of
from zaizao.eventlog.xes_exact import Exact, read_exact
from zaizao.eventlog.xes_prolog import check_prolog
from zaizao.eventlog.xes_regular import read_regular
from zaizao.problems import Problem, Severity

SMALL = 2 << 20
"""Up to this many bytes the exact reader is done before the compiled one could have been loaded."""


def read_xes(source: Plain, given: Roles, zone: str | None, now: int | None) -> EventLog:
    """Read an unpacked XES file. ``given`` renames the columns that carry the meaning (default: the standard's)."""
    prolog = check_prolog(source.path, source.name)
    zone = zone or prolog.zone
    findings: tuple[Problem, ...] = ()
    large = source.path.stat().st_size > SMALL
    regular = read_regular(source.path, source.name) if prolog.plain and large else None
    if regular is not None:
        zoned, unzoned = regular.zoned, regular.unzoned
        zone = zone or zone_of(regular.stamps)
        frame = regular.dated(zone)
    else:
        exact = read_exact(source.path, source.name)
        written = _written(exact, "time:timestamp")
        zone = zone or zone_of(written.offsets if written else ())
        columns, zoned, unzoned = _dated(exact, zone)
        frame = exact.frame.with_columns(columns)
        findings = _notes(exact, source.name)
    frame, numbers = _numbers(frame, zone, source.name)
    findings += (*zones_finding(source.name, zone, zoned, unzoned), *numbers)
    return assemble(frame, _roles(frame, given), zone=zone, source=source.name, findings=findings, now=now)


def _written(exact: Exact, name: str) -> Times | None:
    column = exact.frame.get_column(name, default=None)
    return None if column is None or column.dtype != pl.String else parse(column, DEFAULT_ZONE)


def _dated(exact: Exact, zone: str) -> tuple[list[pl.Series], int, int]:
    """The date columns as instants, and how many events' times have and lack an offset."""
    columns: list[pl.Series] = []
    zoned = unzoned = 0
    for name in dict.fromkeys((*exact.dates, "time:timestamp")):
        column = exact.frame.get_column(name, default=None)
        if column is None or column.dtype != pl.String:
            continue
        times = parse(column, zone)
        columns.append(times.values.alias(name))
        if not name.startswith(CASE):
            zoned, unzoned = zoned + times.zoned, unzoned + times.unzoned
    return columns, zoned, unzoned


def _roles(frame: pl.DataFrame, given: Roles) -> Roles:
    """The standard's names unless the caller says otherwise; optional roles only where the column exists."""
    needed = ("case", "activity", "end")
    have = {role: column for role, column in XES.named().items() if role in needed or column in frame.columns}
    if "start" in have and frame.schema[have["start"]] != UTC_TIME:
        del have["start"]
    if "enabled" in have and frame.schema[have["enabled"]] != UTC_TIME:
        del have["enabled"]
    return Roles(**{**have, **given.named()})


def _numbers(frame: pl.DataFrame, zone: str, name: str) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Attributes that the file declares as text but that hold only numbers, truth values or times, as such."""
    meaning = set(XES.named().values())
    texts = [column for column in frame.get_columns() if column.dtype == pl.String and column.name not in meaning]
    better = [made for column in texts if (made := typed(column, zone)).dtype != pl.String]
    if not better:
        return frame, ()
    listed = ", ".join(column.name for column in better)
    what = (
        f"属性 {listed} 写作文本，但全是数字、真假或时间，已按其类型读取",
        f"the attributes {listed} are written as text but hold only numbers, truth values or times; read as such",
    )
    remedy = ("如确为编码，可忽略", "ignore this if they are codes")
    return frame.with_columns(better), (finding(name, "xes.numbers-as-text", what, remedy, Severity.INFO),)


def _notes(exact: Exact, name: str) -> tuple[Problem, ...]:
    """What the exact reader had to name, turn into text, or leave out."""
    notes: Iterable[tuple[object, str, tuple[str, str], tuple[str, str]]] = (
        (
            exact.nameless,
            "xes.nameless-traces",
            (
                f"{exact.nameless} 条轨迹没有 concept:name，按顺序命名",
                f"{exact.nameless} traces have no concept:name and are named by position",
            ),
            ("请在来源补上案例编号", "give them case identifiers at the source"),
        ),
        (
            exact.namesakes,
            "xes.namesake-traces",
            (
                f"{exact.namesakes} 条轨迹与前面的轨迹同名，按不同案例处理",
                f"{exact.namesakes} traces bear the name of an earlier one and are kept apart",
            ),
            ("请检查案例编号是否唯一", "check that case identifiers are unique"),
        ),
        (
            exact.keyless,
            "xes.keyless-attributes",
            (
                f"{exact.keyless} 个属性没有键，放在 keyless 列",
                f"{exact.keyless} attributes have no key and stand in the column keyless",
            ),
            ("标准要求每个属性都有键", "the standard asks for a key on every attribute"),
        ),
        (
            exact.nested,
            "xes.nested-attributes",
            (
                f"{exact.nested} 个属性带有下级属性，下级已略去",
                f"{exact.nested} attributes carry attributes of their own, which are left out",
            ),
            ("如需要，请改为普通属性", "make them plain attributes if they matter"),
        ),
        (
            exact.mixed,
            "xes.mixed-types",
            (
                f"属性 {', '.join(exact.mixed)} 有多种类型，按文本处理",
                f"the attributes {', '.join(exact.mixed)} have values of several types and are kept as text",
            ),
            ("请统一类型", "use one type for each"),
        ),
        (
            exact.empty,
            "xes.empty-traces",
            (f"{exact.empty} 条轨迹没有事件，已略去", f"{exact.empty} traces have no event and are left out"),
            ("请确认导出完整", "make sure the export is complete"),
        ),
    )
    return tuple(finding(name, code, what, remedy, Severity.INFO) for count, code, what, remedy in notes if count)
