"""XES (IEEE 1849-2016): through r4pm where it carries the file over exactly, through the exact reader where not.

Rule kept: no parser sees a file before the scan has passed it, and no event that the scan counted is missing after.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import r4pm

from zaizao.eventlog.assembly import CASE, assemble, zones_finding
from zaizao.eventlog.columns import XES, Roles
from zaizao.eventlog.delimited import typed
from zaizao.eventlog.errors import finding
from zaizao.eventlog.log import EventLog
from zaizao.eventlog.source import CHUNK, Plain
from zaizao.eventlog.times import DEFAULT_ZONE, UTC_TIME, Times, localize, parse, zone_of
from zaizao.eventlog.xes_exact import Exact, read_exact
from zaizao.eventlog.xes_scan import Scan, scan
from zaizao.problems import Problem, Severity


def read_xes(source: Plain, given: Roles, zone: str | None, now: int | None) -> EventLog:
    """Read an unpacked XES file. ``given`` renames the columns that carry the meaning (default: the standard's)."""
    found = scan(source.path, source.name)
    zone = zone or found.zone
    findings: tuple[Problem, ...] = ()
    frame = _fast(source, found) if found.regular else None
    if frame is None:
        exact = read_exact(source.path, source.name)
        findings = _notes(exact, source.name)
        stamped = [value for value in (_written(exact, "time:timestamp"),) if value is not None]
        zone = zone or zone_of([pair for times in stamped for pair in times.offsets])
        columns, zoned, unzoned = _dated(exact, zone)
        frame = exact.frame.with_columns(columns)
    else:
        zoned, unzoned = found.zoned, found.unzoned
        zone = zone or (zone_of(found.stamps) if zoned else DEFAULT_ZONE)
        frame = frame.with_columns(_instants(frame, zone if unzoned else None))
    frame, numbers = _numbers(frame, zone, source.name)
    findings += (*zones_finding(source.name, zone, zoned, unzoned), *numbers)
    return assemble(frame, _roles(frame, given), zone=zone, source=source.name, findings=findings, now=now)


def _fast(source: Plain, found: Scan) -> pl.DataFrame | None:
    """r4pm's table with columns in a fixed order; None if it is not exactly what the scan counted."""
    try:
        frame, _ = r4pm.df.import_xes(str(_without_defaults(source)))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of the parser is no Exception; the exact reader will name the place
        return None
    frame = pl.DataFrame(frame.get_columns())
    named = frame.get_column("case:concept:name", default=None)
    stamps = frame.get_column("time:timestamp", default=None)
    if len(frame) != found.events or named is None or named.null_count():
        return None
    if stamps is None or stamps.null_count() or stamps.dtype != pl.Datetime("us"):
        return None
    if named.n_unique() != found.traces or any(map(_mangled, frame.get_columns())):
        return None
    return frame.select(sorted(frame.columns))


_TRACES = re.compile(rb"<trace[\s>/]")
_DEFAULTS = re.compile(rb"<global[\s>].*?</global>", re.S)


def _without_defaults(source: Plain) -> Path:
    """The file under a name that r4pm accepts, its ``global`` elements blanked out.

    r4pm would fill their values in wherever an event or trace lacks the attribute: what is missing must stay missing.
    """
    with source.path.open("rb") as file:
        head = file.read(CHUNK)
    body = _TRACES.search(head)
    places = [match.span() for match in _DEFAULTS.finditer(head, 0, body.start() if body else len(head))]
    target = source.scratch / "log.xes"
    if source.path.parent == source.scratch:
        source.path.rename(target)
        source.path.symlink_to(target)
    elif places:
        shutil.copyfile(source.path, target)
    else:
        target.symlink_to(source.path.resolve())
    if places:
        with target.open("r+b") as file:
            for start, end in places:
                file.seek(start)
                file.write(b" " * (end - start))
    return target


def _mangled(column: pl.Series) -> bool:
    """Whether r4pm had to write values of several types, or lists, into one text column."""
    if column.dtype != pl.String:
        return False
    return bool((column.str.starts_with('"') | column.str.starts_with("[Attribute")).any())


def _instants(frame: pl.DataFrame, zone: str | None) -> list[pl.Series]:
    """The date columns as instants; clock times of ``zone`` if the file writes no offsets."""
    naive = [column for column in frame.get_columns() if column.dtype == pl.Datetime("us")]
    if zone is None:
        return [column.dt.replace_time_zone("UTC") for column in naive]
    return [localize(column, zone) for column in naive]


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
