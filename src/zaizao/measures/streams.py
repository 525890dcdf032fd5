"""Measures over a stream of events, each defined once: an aggregate of X over a window by a key where a filter holds.

The rule that makes both evaluations one: every event gets a *tick* on arrival, µs since 1970 made unique and rising.
All windows run on ticks, never on what the event says of its own time, so that history is seen as it was seen live. The
window ``PT1H`` at tick ``t`` holds the events with ticks in ``(t − 1 h, t]``.

What else is stated: X null: not counted (``count`` without X counts events). Key null: no figure, nothing kept. Of
nothing, ``count``, ``distinct`` and ``sum`` are 0, all else is null. An event that says it happened more than
``late_after`` before its tick is late, more than ``ahead`` after it future-dated: each measure counts or skips them, as
it does events that were declined; a declined event still sees itself, as nobody knew.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from zaizao.measures.errors import MeasureError, unmeasurable
from zaizao.measures.filters import FieldType, Node, parse_filter
from zaizao.problems import Problem

SECOND = 1_000_000
DAY = 86_400 * SECOND
LONGEST = 400 * DAY
MOST_PANES = 96
LARGEST_CAP = 100_000
_DURATION = re.compile(r"P(?=.)(?:(\d{1,3})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESERVED = frozenset({"tick", "arrived", "occurred", "declined"})
"""Columns of every stream: arrival and own time (µs UTC), and whether the event was declined in the end."""


class Aggregate(StrEnum):
    """What is made of the events in the window."""

    COUNT = "count"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    STDDEV = "stddev"
    DISTINCT = "distinct"
    LAST = "last"
    RATIO = "ratio"
    SINCE = "time since"


WHOLE = frozenset({Aggregate.COUNT, Aggregate.SUM, Aggregate.DISTINCT})
"""Aggregates that a ratio may be made of."""


class Calendar(StrEnum):
    """Windows from the beginning of a period of the bank's zone to now."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Window:
    """``length`` µs, exact or in ``panes`` of equal length (0: exact); or the running ``calendar`` period.

    With panes, the window begins with a pane (whole multiples of its length since 1970): it holds the running pane and
    the ``panes − 1`` before it.
    """

    length: int = 0
    panes: int = 0
    calendar: Calendar | None = None

    @property
    def pane(self) -> int:
        """The length of a pane in µs."""
        return self.length // self.panes

    @property
    def span(self) -> int:
        """After so many µs without an event nothing is left in the window."""
        spans = {None: self.length, Calendar.DAY: 2 * DAY, Calendar.WEEK: 9 * DAY, Calendar.MONTH: 33 * DAY}
        return spans[self.calendar]


@dataclass(frozen=True, slots=True)
class StreamMeasure:
    """One figure. ``current`` says whether the event itself is in the window; ``parts`` are a ratio's two measures."""

    name: str
    aggregate: Aggregate
    of: str | None
    window: Window
    by: tuple[str, ...]
    where: Node | None
    cap: int
    current: bool
    skips: frozenset[str]
    parts: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class StreamSet:
    """The measures of one stream, in order, with its fields and the bank's zone."""

    zone: str
    fields: Mapping[str, FieldType]
    measures: tuple[StreamMeasure, ...]
    late_after: int
    ahead: int
    digest: str

    def named(self, name: str) -> StreamMeasure:
        """The measure called ``name``."""
        return next(measure for measure in self.measures if measure.name == name)


def read_measures(source: Path | str | Mapping[str, Any], where: str = "measures") -> StreamSet:
    """A set of measures from TOML (a file, or text) or from what TOML makes. Raises ``MeasureError``, all faults named."""
    document = _document(source, where)
    stream = document.get("stream", {})
    if not isinstance(stream, Mapping):
        stream = {}
    fields = _fields(stream.get("fields"), where)
    zone = str(stream.get("zone", "Asia/Shanghai"))
    if zone not in available_timezones():
        raise _fault(where, "zone", f"时区 {zone!r} 未知", f"the zone {zone!r} is not known")
    rows = document.get("measure")
    if not isinstance(rows, list) or not rows:
        raise _fault(where, "none", "没有任何 [[measure]]", "there is no [[measure]]")
    problems: list[Problem] = []
    measures: dict[str, StreamMeasure] = {}
    for number, row in enumerate(rows):
        try:
            measure = _measure(
                row if isinstance(row, Mapping) else {}, fields, measures, f"{where}: measure {number + 1}"
            )
            measures[measure.name] = measure
        except MeasureError as error:
            problems += error.problems
    if problems:
        raise MeasureError(problems)
    late, ahead = (
        _duration(str(stream.get(name, text)), where) for name, text in (("late_after", "PT1H"), ("ahead", "PT5M"))
    )
    digest = hashlib.sha256(
        repr((zone, sorted(fields.items()), tuple(measures.values()), late, ahead)).encode()
    ).hexdigest()
    return StreamSet(zone, fields, tuple(measures.values()), late, ahead, digest)


def _document(source: Path | str | Mapping[str, Any], where: str) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    try:
        return tomllib.loads(source.read_text(encoding="utf-8") if isinstance(source, Path) else source)
    except (OSError, ValueError) as error:
        raise _fault(where, "toml", f"不可读的 TOML：{error}", f"the TOML cannot be read: {error}") from error


def _fault(where: str, code: str, zh: str, en: str) -> MeasureError:
    return unmeasurable(where, f"measure.{code}", (zh, en), ("请按参考文档改正", "correct it as the reference says"))


def _fields(declared: Any, where: str) -> dict[str, FieldType]:
    if not isinstance(declared, Mapping) or not declared:
        raise _fault(where, "fields", "缺少 [stream.fields]", "[stream.fields] is missing")
    fields: dict[str, FieldType] = {}
    for name, kind in declared.items():
        if not _NAME.fullmatch(name) or name in RESERVED or kind not in set(FieldType):
            raise _fault(
                where, "field", f"字段 {name} = {kind!r} 不可用", f"the field {name} = {kind!r} cannot be used"
            )
        fields[name] = FieldType(kind)
    return fields


def _duration(text: str, where: str) -> int:
    """``P1D``, ``PT1H30M`` in µs."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise _fault(where, "duration", f"{text!r:.30} 不是时长", f"{text!r:.30} is no duration")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return days * DAY + ((hours * 60 + minutes) * 60 + seconds) * SECOND


def _measure(
    row: Mapping[str, Any], fields: Mapping[str, FieldType], known: Mapping[str, StreamMeasure], where: str
) -> StreamMeasure:
    name = row.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in known or name in fields or name in RESERVED:
        raise _fault(where, "name", f"名称 {name!r} 不可用或重复", f"the name {name!r} cannot be used or is taken")
    where = f"{where} {name}"
    unknown = set(row) - {*_KEYS, *(("of",) if row.get("aggregate") == "ratio" else ())}
    if unknown or row.get("aggregate") not in set(Aggregate):
        told = ", ".join(sorted(unknown)) or str(row.get("aggregate"))
        raise _fault(where, "key", f"不认识 {told}", f"{told} is not known")
    aggregate = Aggregate(row["aggregate"])
    if aggregate is Aggregate.RATIO:
        return _ratio(name, row, known, where)
    of = row.get("of")
    by = row.get("by", [])
    if not isinstance(by, list) or not all(isinstance(key, str) and key in fields for key in by):
        raise _fault(where, "by", f"分组字段 {by!r} 未声明", f"the key {by!r} is not among the fields")
    _check_of(aggregate, of, fields, where)
    skips = frozenset(rule for rule in ("declined", "late", "future") if _counts(row, rule, where) is False)
    cap = row.get("cap", 1000)
    if not isinstance(cap, int) or isinstance(cap, bool) or not 1 <= cap <= LARGEST_CAP:
        raise _fault(where, "cap", f"cap 应为 1 到 {LARGEST_CAP}", f"cap must be 1 to {LARGEST_CAP}")
    current = row.get("current", aggregate is not Aggregate.SINCE)
    if not isinstance(current, bool) or (current and aggregate is Aggregate.SINCE):
        raise _fault(where, "current", "current 不可用", "current cannot be so")
    text = row.get("where")
    node = None if text is None else parse_filter(str(text), fields, where)
    window = _window(row, where)
    return StreamMeasure(name, aggregate, of, window, tuple(by), node, cap, current, skips)


_KEYS = ("name", "aggregate", "of", "window", "panes", "by", "where", "cap", "current", "declined", "late", "future")


def _counts(row: Mapping[str, Any], rule: str, where: str) -> bool:
    said = row.get(rule, "skip" if rule == "future" else "count")
    if said not in ("count", "skip"):
        raise _fault(where, "rule", f"{rule} 只能是 count 或 skip", f"{rule} is 'count' or 'skip'")
    return bool(said == "count")


def _check_of(aggregate: Aggregate, of: Any, fields: Mapping[str, FieldType], where: str) -> None:
    kind = fields.get(of) if isinstance(of, str) else None
    without = aggregate in (Aggregate.COUNT, Aggregate.SINCE)
    if of is None and without:
        return
    numbers = aggregate in (Aggregate.SUM, Aggregate.MIN, Aggregate.MAX, Aggregate.AVG, Aggregate.STDDEV)
    if kind is None or (numbers and not kind.numeric):
        raise _fault(where, "of", f"{aggregate} 不能用于 {of!r}", f"{aggregate} of {of!r} cannot be")


def _ratio(name: str, row: Mapping[str, Any], known: Mapping[str, StreamMeasure], where: str) -> StreamMeasure:
    parts = row.get("of")
    whole = isinstance(parts, list) and len(parts) == 2
    if not whole or not all(part in known and known[part].aggregate in WHOLE for part in parts or ()):
        zh, en = (
            "ratio 需要前面两个 count、sum 或 distinct 指标",
            "a ratio is of two counts, sums or distincts before it",
        )
        raise _fault(where, "ratio", zh, en)
    assert isinstance(parts, list)
    first = known[parts[0]]
    return StreamMeasure(
        name, Aggregate.RATIO, None, first.window, (), None, 1, True, frozenset(), (parts[0], parts[1])
    )


def _window(row: Mapping[str, Any], where: str) -> Window:
    text = row.get("window")
    panes = row.get("panes", 0)
    if text in set(Calendar):
        if panes:
            raise _fault(where, "panes", "日历窗口没有 panes", "a calendar window has no panes")
        return Window(calendar=Calendar(str(text)))
    length = _duration(str(text), where)
    if not 0 < length <= LONGEST:
        raise _fault(where, "window", f"窗口 {text!r} 过长或为零", f"the window {text!r} is nothing or too long")
    if (
        not isinstance(panes, int)
        or isinstance(panes, bool)
        or not 0 <= panes <= MOST_PANES
        or (panes and length % panes)
    ):
        raise _fault(
            where, "panes", f"panes 应整除窗口且不超过 {MOST_PANES}", f"panes divide the window, {MOST_PANES} at most"
        )
    return Window(length, panes)


# --- time -------------------------------------------------------------------------------------------------------------


def ticks(arrived: Iterable[int], last: int = 0) -> list[int]:
    """Unique rising ticks for arrivals in order: each at its µs, or the next one free."""
    found = []
    for at in arrived:
        last = at if at > last else last + 1
        found.append(last)
    return found


def period(zone: str, calendar: Calendar, tick: int) -> tuple[int, int]:
    """The period of the bank's zone that holds ``tick``: beginning, and beginning of the next, in µs UTC."""
    there = ZoneInfo(zone)
    local = (
        datetime.fromtimestamp(tick // SECOND, UTC).astimezone(there).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    begin = local.replace(tzinfo=None)
    if calendar is Calendar.WEEK:
        begin -= timedelta(days=begin.weekday())
    elif calendar is Calendar.MONTH:
        begin = begin.replace(day=1)
    days = {Calendar.DAY: 1, Calendar.WEEK: 7, Calendar.MONTH: 32}[calendar]
    end = begin + timedelta(days=days)
    if calendar is Calendar.MONTH:
        end = end.replace(day=1)
    first, following = (int(at.replace(tzinfo=there).timestamp()) * SECOND for at in (begin, end))
    return first, following
