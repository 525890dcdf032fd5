"""Reading a log from whatever file it comes in, with a Parquet copy kept beside for the next time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from zaizao.eventlog.assembly import assemble, zones_finding
from zaizao.eventlog.columns import XES, Roles, recognise
from zaizao.eventlog.delimited import read_table, typed
from zaizao.eventlog.errors import finding
from zaizao.eventlog.log import EventLog
from zaizao.eventlog.parquet import Key, from_parquet, keep, kept, meta_of, rows_of
from zaizao.eventlog.source import Form, Plain, plain
from zaizao.eventlog.streaming import whole
from zaizao.eventlog.times import DEFAULT_ZONE, UTC_TIME, Times, check_zone, localize, parse, zone_of
from zaizao.eventlog.xes import read_xes
from zaizao.problems import Problem


def read(
    path: str | Path,
    *,
    case: str | None = None,
    activity: str | None = None,
    start: str | None = None,
    end: str | None = None,
    resource: str | None = None,
    lifecycle: str | None = None,
    zone: str | None = None,
    cache: str | Path | None = None,
    now: int | None = None,
    attributes: bool = True,
) -> EventLog:
    """Read an event log from XES, delimited text or Parquet, plain, gzipped or zipped; the content tells which.

    ``case`` to ``lifecycle`` name the columns that carry the meaning; what is not named is recognised. ``zone`` (IANA)
    is for times written without an offset and for showing times; by default it is the one whose clock the offsets
    show, or Asia/Shanghai. ``cache`` is a Parquet file to reuse while the source is unchanged, written otherwise.
    ``now`` (microseconds UTC) is what "in the future" is measured by. Without ``attributes`` the columns that carry no
    meaning of their own are left out; Parquet of this package is then read in parts, in little more memory than the log
    takes in the end. What is wrong but can be lived with stands in
    ``EventLog.findings``. Raises ``LogError``.
    """
    path = Path(path)
    if zone is not None:
        check_zone(zone)
    given = Roles(case, activity, start, end, resource, lifecycle)
    if not attributes:
        if given == Roles() and _is_ours(path):
            plain_log = whole(path)
            return plain_log if zone is None else replace(plain_log, zone=zone)
        return replace(_read(path, given, zone, now), case_table=pl.DataFrame(), event_table=pl.DataFrame())
    if cache is None:
        return _read(path, given, zone, now)
    key = Key.of(path, (*given.named().items(), ("zone", zone), ("now", now)))
    log = kept(Path(cache), key)
    if log is None:
        log = _read(path, given, zone, now)
        keep(log, Path(cache), key)
    return log


def _is_ours(path: Path) -> bool:
    """Is it a Parquet file that this package wrote?"""
    with plain(path) as source:
        return source.form is Form.PARQUET and source.path == path and meta_of(path) is not None


def _read(path: Path, given: Roles, zone: str | None, now: int | None) -> EventLog:
    with plain(path) as source:
        if source.form is Form.XES:
            return read_xes(source, given, zone, now)
        if source.form is Form.PARQUET:
            log = from_parquet(source.path, source.name) if given == Roles() else None
            if log is not None:
                return log if zone is None else replace(log, zone=zone)
            return _from_table(rows_of(source.path, source.name), source, given, zone, now, ())
        frame, problems = read_table(source)
        return _from_table(frame, source, given, zone, now, problems)


def _from_table(
    frame: pl.DataFrame,
    source: Plain,
    given: Roles,
    zone: str | None,
    now: int | None,
    problems: tuple[Problem, ...],
) -> EventLog:
    roles = recognise(frame, given, source.name)
    named = roles.named()
    # The zone is asked of the times that have offsets before those that have none are read in it.
    trial = _times(frame[named["end"]], zone or DEFAULT_ZONE)
    zone = zone or zone_of(trial.offsets)
    columns, zoned, unzoned = [], 0, 0
    for role in ("end", "start", "enabled"):
        if role not in named:
            continue
        times = trial if role == "end" and not trial.unzoned else _times(frame[named[role]], zone)
        columns.append(times.values.alias(named[role]))
        zoned, unzoned = zoned + times.zoned, unzoned + times.unzoned
        if times.ambiguous:
            problems += (_ambiguous(source.name, named[role], times.form),)
    done = set(named.values())
    columns += [typed(frame[c], zone) for c in frame.columns if c not in done]
    problems += zones_finding(source.name, zone, zoned, unzoned)
    return assemble(
        frame.with_columns(columns),
        roles,
        zone=zone,
        source=source.name,
        findings=problems,
        constant=roles.case != XES.case,  # XES names tell case attributes by their prefix
        now=now,
    )


def _times(column: pl.Series, zone: str) -> Times:
    """Instants of a column that holds text, numbers, dates, or already times."""
    count = len(column) - column.null_count()
    if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone:
        return Times(column.cast(UTC_TIME), zoned=count)
    if column.dtype.is_temporal():
        return Times(localize(column.cast(pl.Datetime("us")), zone), unzoned=count)
    return parse(column.cast(pl.String), zone)


def _ambiguous(source: str, column: str, form: str) -> Problem:
    return finding(
        f"{source}: column {column}",
        "csv.day-or-month",
        (f"日和月无法分辨，按 {form} 理解", f"day and month cannot be told apart; read as {form}"),
        ("请用年-月-日的写法", "write dates as year-month-day"),
    )
