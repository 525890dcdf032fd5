"""Object-centric event logs (OCEL 2.0): events that belong to several objects, as plain tables.

Rule kept: references are checked once, on reading: what points at nothing is left out and counted, so every later step
may join without looking. Values stand as text beside their declared type; ``flatten`` gives them their type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import polars as pl

from zaizao.eventlog.errors import finding, refuse
from zaizao.eventlog.log import EventLog, from_columns
from zaizao.eventlog.quality import assess
from zaizao.eventlog.times import DEFAULT_ZONE, UTC_TIME, parse
from zaizao.problems import Problem, Severity


class ValueType(StrEnum):
    """The types of attributes that OCEL 2.0 knows."""

    STRING = "string"
    TIME = "time"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"


Types = Mapping[str, Mapping[str, ValueType]]
"""Type of event or object → its attributes and their types."""

EVENTS = {"id": pl.String(), "type": pl.String(), "time": UTC_TIME}
OBJECTS = {"id": pl.String(), "type": pl.String()}
EVENT_OBJECTS = {"event": pl.String(), "object": pl.String(), "qualifier": pl.String()}
OBJECT_OBJECTS = {"source": pl.String(), "target": pl.String(), "qualifier": pl.String()}
EVENT_VALUES = {"event": pl.String(), "name": pl.String(), "value": pl.String()}
OBJECT_VALUES = {"object": pl.String(), "name": pl.String(), "value": pl.String(), "time": UTC_TIME}


@dataclass(frozen=True, slots=True)
class ObjectLog:
    """An object-centric log; the frames have the columns of the constants of the same name.

    ``object_values`` holds one row per value an attribute ever had, ``time`` being when it was set.
    """

    events: pl.DataFrame
    objects: pl.DataFrame
    event_objects: pl.DataFrame
    object_objects: pl.DataFrame
    event_values: pl.DataFrame
    object_values: pl.DataFrame
    event_types: Types
    object_types: Types
    source: str = ""
    findings: tuple[Problem, ...] = field(default=())


def checked(log: ObjectLog) -> ObjectLog:
    """The log without doubled identifiers, events without a time and dangling references, each counted in a finding.

    Raises ``LogError`` if no event remains.
    """
    found: list[Problem] = []
    events = _unique(log.events, "id", "事件", "event", log.source, found)
    objects = _unique(log.objects, "id", "对象", "object", log.source, found)
    untimed = events["time"].null_count()
    if untimed:
        what = (f"{untimed} 个事件没有可读的时间，已略去", f"{untimed} events have no readable time; they are left out")
        remedy = ("请在来源补全", "complete them at the source")
        found.append(finding(log.source, "ocel.missing-time", what, remedy))
        events = events.drop_nulls("time")
    if events.is_empty():
        raise refuse(
            log.source, "log.no-events", ("没有任何事件", "it holds no event"), ("请重新导出", "export it again")
        )
    known = {"event": events["id"], "object": objects["id"], "source": objects["id"], "target": objects["id"]}
    tables = {}
    for name in ("event_objects", "object_objects", "event_values", "object_values"):
        table: pl.DataFrame = getattr(log, name)
        fits = pl.repeat(True, len(table), eager=True)
        for column in ("event", "object", "source", "target"):
            if column in table.columns:
                fits &= table[column].is_in(known[column].implode())
        lost = int((~fits).sum())
        if lost:
            first = table.filter(~fits).row(0)
            what = (
                f"{lost} 条引用指向不存在的事件或对象，已略去",
                f"{lost} references point at events or objects that do not exist; they are left out",
            )
            remedy = ("请检查导出是否完整", "check whether the export is complete")
            found.append(finding(f"{log.source}: {first[0]} → {first[1]}", "ocel.dangling-reference", what, remedy))
        tables[name] = table.filter(fits)
    return ObjectLog(
        events=events,
        objects=objects,
        event_objects=tables["event_objects"],
        object_objects=tables["object_objects"],
        event_values=tables["event_values"],
        object_values=tables["object_values"],
        event_types=_completed(log.event_types, events, tables["event_values"], "event"),
        object_types=_completed(log.object_types, objects, tables["object_values"], "object"),
        source=log.source,
        findings=(*log.findings, *found),
    )


def _completed(types: Types, items: pl.DataFrame, values: pl.DataFrame, key: str) -> Types:
    """The declarations, with attributes that are used without one as text."""
    used = values.join(items, left_on=key, right_on="id").select("type", "name").unique(maintain_order=True).rows()
    completed = {name: dict(attributes) for name, attributes in types.items()}
    for name, attribute in used:
        completed.setdefault(name, {}).setdefault(attribute, ValueType.STRING)
    return completed


def _unique(table: pl.DataFrame, key: str, zh: str, en: str, source: str, found: list[Problem]) -> pl.DataFrame:
    """The first row of every identifier; rows without one are gone."""
    kept = table.drop_nulls(key).unique(key, keep="first", maintain_order=True)
    if len(kept) < len(table):
        lost = len(table) - len(kept)
        what = (f"{lost} 个{zh}没有编号或编号重复，已略去", f"{lost} {en}s lack an id or repeat one; they are left out")
        found.append(finding(source, "ocel.doubled-id", what, ("请检查编号", "check the ids")))
    return kept


def flatten(log: ObjectLog, object_type: str, *, zone: str = DEFAULT_ZONE, now: int | None = None) -> EventLog:
    """The log seen by one type of object: each object a case, with the events that refer to it.

    Object attributes (their last value) become case attributes, event attributes event attributes; an event of several
    such objects stands in each of their cases, which is counted in a finding. Raises ``LogError`` for an unknown type or
    one without events.
    """
    if object_type not in log.object_types:
        known = ", ".join(log.object_types)
        raise refuse(
            f"{log.source}: {object_type}",
            "ocel.unknown-type",
            ("没有这种对象", "there is no such type of object"),
            (f"可选：{known}", f"the types are {known}"),
        )
    objects = log.objects.filter(pl.col("type") == object_type)
    pairs = log.event_objects.select("event", "object").unique(maintain_order=True)
    pairs = pairs.join(objects.select("id"), left_on="object", right_on="id", how="semi")
    rows = log.events.join(pairs, left_on="id", right_on="event", how="inner", maintain_order="left")
    if rows.is_empty():
        raise refuse(
            f"{log.source}: {object_type}",
            "log.no-events",
            ("没有事件引用这种对象", "no event refers to this type of object"),
            ("请换一种对象", "choose another type"),
        )
    cases = rows["object"].unique(maintain_order=True)
    last = log.object_values.sort("time", maintain_order=True).unique(["object", "name"], keep="last")
    flat = from_columns(
        case=rows["object"],
        activity=rows["type"],
        end=rows["time"].to_physical().to_numpy().astype(np.int64),
        case_table=_wide(cases, last, "object", _merged({object_type: log.object_types[object_type]})),
        event_table=_wide(rows["id"], log.event_values, "event", _merged(log.event_types)),
        zone=zone,
        source=log.source,
    )
    shared = len(rows) - rows["id"].n_unique()
    findings = log.findings
    if shared:
        what = (
            f"{shared} 个事件属于多个 {object_type}，在每个案例中各算一次",
            f"{shared} events belong to several {object_type} objects and stand in each of their cases",
        )
        remedy = ("对象视角之间不要相加", "do not add figures up over types of object")
        findings += (finding(log.source, "ocel.shared-events", what, remedy, Severity.INFO),)
    return replace(flat, findings=(*findings, *assess(flat, now)))


def _merged(types: Types) -> dict[str, ValueType]:
    """Attribute → type over several declarations; STRING where they disagree."""
    merged: dict[str, ValueType] = {}
    for attributes in types.values():
        for name, kind in attributes.items():
            merged[name] = kind if merged.get(name, kind) == kind else ValueType.STRING
    return merged


def _wide(keys: pl.Series, values: pl.DataFrame, key: str, types: Mapping[str, ValueType]) -> pl.DataFrame:
    """One row per key and one typed column per attribute that has a value."""
    columns = []
    for name in sorted(types):
        one = values.filter(pl.col("name") == name).unique(key, keep="last", maintain_order=True)
        if not one.is_empty():
            text = keys.replace_strict(one[key], one["value"], default=None, return_dtype=pl.String)
            columns.append(typed_values(text, types[name]).alias(name))
    return pl.DataFrame(columns)


def typed_values(text: pl.Series, kind: ValueType) -> pl.Series:
    """A text column as its declared type; what does not fit becomes null."""
    if kind is ValueType.INTEGER:
        return text.cast(pl.Int64, strict=False)
    if kind is ValueType.FLOAT:
        return text.cast(pl.Float64, strict=False)
    if kind is ValueType.BOOLEAN:
        truth = {"true": True, "false": False, "1": True, "0": False}
        return text.str.to_lowercase().replace_strict(truth, default=None, return_dtype=pl.Boolean)
    if kind is ValueType.TIME:
        return instants_of(text)
    return text


def instants_of(text: pl.Series) -> pl.Series:
    """OCEL times (ISO 8601; without offset they are UTC, as the SQLite form writes them) as instants."""
    if text.null_count() == len(text):
        return text.cast(UTC_TIME)
    return parse(text.cast(pl.String), "UTC").values.cast(UTC_TIME)
