"""OCEL 2.0 files: JSON and SQLite, in and out (Berti et al., OCEL 2.0 Specification, sections 5 and 6).

Rule kept: a file is data, never code: JSON is bounded in depth by the parser, SQLite is opened read-only with an
untrusted schema and only its tables are read. Writing gives the same bytes for the same log (JSON) or the same rows.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import polars as pl

from zaizao.eventlog.errors import LogError, refuse
from zaizao.eventlog.objects import (
    EVENT_OBJECTS,
    EVENT_VALUES,
    EVENTS,
    OBJECT_OBJECTS,
    OBJECT_VALUES,
    OBJECTS,
    ObjectLog,
    Types,
    ValueType,
    checked,
    instants_of,
)
from zaizao.eventlog.source import plain

_SQLITE = b"SQLite format 3\x00"
_START = "1970-01-01T00:00:00Z"
Row = tuple[object, ...]


def read_objects(path: str | Path) -> ObjectLog:
    """Read an OCEL 2.0 log, JSON (also gzipped) or SQLite, told by content.

    Raises ``LogError`` for a file that is neither, is damaged, or holds no event; dangling references are findings.
    """
    path = Path(path)
    with plain(path) as source:
        with source.path.open("rb") as file:
            head = file.read(len(_SQLITE))
        log = _from_sqlite(source.path, path.name) if head == _SQLITE else _from_json(source.path, path.name)
    return checked(log)


def holds_objects(path: str | Path) -> bool:
    """Does the file look like an object-centric log (a JSON document or an SQLite database)? Raises ``LogError``."""
    with plain(Path(path)) as source, source.path.open("rb") as file:
        head = file.read(4096)
    return head.startswith(_SQLITE) or head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def write_objects(log: ObjectLog, path: str | Path) -> None:
    """Write as the suffix says: ``.json`` (``.jsonocel``) or ``.sqlite`` (``.db``). Raises ``LogError``."""
    path = Path(path)
    writers = {".json": _to_json, ".jsonocel": _to_json, ".sqlite": _to_sqlite, ".db": _to_sqlite}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise refuse(
            path.name,
            "log.unknown-suffix",
            ("不知道该用哪种格式写", "the suffix does not say how to write it"),
            ("请用 .json 或 .sqlite", "use .json or .sqlite"),
        )
    draft = path.with_name(path.name + ".part")
    try:
        draft.unlink(missing_ok=True)
        writer(log, draft)
        draft.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise refuse(
            str(path),
            "log.unwritable",
            (f"无法写入（{error}）", f"it cannot be written ({error})"),
            ("请检查文件夹、权限与空间", "check the folder, its permissions and its space"),
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def _frame(rows: Iterable[Row], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Rows as a frame of the schema, times read from text."""
    texts = {name: pl.String() for name in schema}
    frame = pl.DataFrame([tuple(map(_text, row)) for row in rows], schema=texts, orient="row")
    if "time" in schema:
        return frame.with_columns(instants_of(frame["time"]))
    return frame


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _from_json(path: Path, name: str) -> ObjectLog:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise refuse(
            name,
            "ocel.not-json",
            (f"既不是合法的 JSON 也不是 SQLite（{error}）", f"it is neither valid JSON nor SQLite ({error})"),
            ("请导出为 OCEL 2.0", "export it as OCEL 2.0"),
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("events"), list):
        raise _not_ocel(name)
    try:
        return _json_log(document, name)
    except (KeyError, TypeError, AttributeError) as error:
        raise refuse(
            name,
            "ocel.malformed",
            (f"结构不符合 OCEL 2.0（{error!r}）", f"its structure is not that of OCEL 2.0 ({error!r})"),
            ("请导出为 OCEL 2.0", "export it as OCEL 2.0"),
        ) from None


def _json_log(document: dict[str, list[dict[str, object]]], name: str) -> ObjectLog:
    events, objects = document["events"], document.get("objects", [])
    return ObjectLog(
        events=_frame(((e.get("id"), e["type"], e.get("time")) for e in events), EVENTS),
        objects=_frame(((o.get("id"), o["type"]) for o in objects), OBJECTS),
        event_objects=_frame(
            ((e.get("id"), r["objectId"], r.get("qualifier") or "") for e in events for r in _list(e, "relationships")),
            EVENT_OBJECTS,
        ),
        object_objects=_frame(
            (
                (o.get("id"), r["objectId"], r.get("qualifier") or "")
                for o in objects
                for r in _list(o, "relationships")
            ),
            OBJECT_OBJECTS,
        ),
        event_values=_frame(
            ((e.get("id"), a["name"], a.get("value")) for e in events for a in _list(e, "attributes")), EVENT_VALUES
        ).drop_nulls("value"),
        object_values=_frame(
            (
                (o.get("id"), a["name"], a.get("value"), a.get("time") or _START)
                for o in objects
                for a in _list(o, "attributes")
            ),
            OBJECT_VALUES,
        ).drop_nulls("value"),
        event_types=_declared(document.get("eventTypes", []), (e["type"] for e in events)),
        object_types=_declared(document.get("objectTypes", []), (o["type"] for o in objects)),
        source=name,
    )


def _list(item: dict[str, object], key: str) -> list[dict[str, object]]:
    content = item.get(key) or []
    if not isinstance(content, list):
        raise TypeError(key)
    return content


def _declared(types: list[dict[str, object]], used: Iterable[object]) -> Types:
    """The declared types, and those that are used without a declaration."""
    known = {
        str(one["name"]): {str(a["name"]): _value_type(str(a.get("type"))) for a in _list(one, "attributes")}
        for one in types
    }
    return known | {str(name): {} for name in dict.fromkeys(used) if str(name) not in known}


def _value_type(name: str) -> ValueType:
    usual = {
        "date": "time",
        "timestamp": "time",
        "datetime": "time",
        "int": "integer",
        "real": "float",
        "text": "string",
    }
    name = usual.get(name.lower(), name.lower())
    return ValueType(name) if name in set(ValueType) else ValueType.STRING


def _not_ocel(name: str) -> LogError:
    return refuse(
        name,
        "ocel.not-ocel",
        ("不是 OCEL 2.0 日志", "it is no OCEL 2.0 log"),
        ("请导出为 OCEL 2.0", "export it as OCEL 2.0"),
    )


def _stamp(times: pl.Series) -> list[str | None]:
    fine = bool((times.to_physical() % 1_000 != 0).any())
    return times.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ" if fine else "%Y-%m-%dT%H:%M:%S%.3fZ").to_list()


def _grouped(frame: pl.DataFrame, *, stamped: bool = False) -> dict[str, list[Row]]:
    """Rows by their first column, in order."""
    if stamped:
        frame = frame.with_columns(pl.Series("time", _stamp(frame["time"]), dtype=pl.String))
    groups: dict[str, list[Row]] = defaultdict(list)
    for first, *rest in frame.rows():
        groups[first].append(tuple(rest))
    return groups


def _native(value: str, kind: ValueType) -> object:
    """A text value as JSON means its type; unchanged if it does not fit."""
    try:
        if kind is ValueType.INTEGER:
            return int(value)
        if kind is ValueType.FLOAT:
            return float(value)
    except ValueError:
        return value
    if kind is ValueType.BOOLEAN and value in ("true", "false"):
        return value == "true"
    return value


def _to_json(log: ObjectLog, path: Path) -> None:
    values, links = _grouped(log.event_values), _grouped(log.event_objects)
    states, kin = _grouped(log.object_values, stamped=True), _grouped(log.object_objects)
    times = _stamp(log.events["time"])
    document = {
        "objectTypes": _declarations(log.object_types),
        "eventTypes": _declarations(log.event_types),
        "objects": [
            {
                "id": one,
                "type": kind,
                "attributes": [
                    {"name": n, "time": t, "value": _native(str(v), _kind(log.object_types, kind, n))}
                    for n, v, t in states[one]
                ],
                "relationships": [{"objectId": target, "qualifier": how} for target, how in kin[one]],
            }
            for one, kind in log.objects.select("id", "type").rows()
        ],
        "events": [
            {
                "id": one,
                "type": kind,
                "time": time,
                "attributes": [
                    {"name": n, "value": _native(str(v), _kind(log.event_types, kind, n))} for n, v in values[one]
                ],
                "relationships": [{"objectId": target, "qualifier": how} for target, how in links[one]],
            }
            for (one, kind), time in zip(log.events.select("id", "type").rows(), times, strict=True)
        ],
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _kind(types: Types, of: str, name: object) -> ValueType:
    return types.get(of, {}).get(str(name), ValueType.STRING)


def _declarations(types: Types) -> list[dict[str, object]]:
    return [
        {"name": name, "attributes": [{"name": a, "type": str(kind)} for a, kind in attributes.items()]}
        for name, attributes in types.items()
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _from_sqlite(path: Path, name: str) -> ObjectLog:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            base.execute("PRAGMA trusted_schema = OFF")
            tables = {row[0] for row in base.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            if not {"event", "object", "event_object", "event_map_type", "object_map_type"} <= tables:
                raise _not_ocel(name)
            return _sqlite_log(base, tables, name)
    except sqlite3.Error as error:
        raise refuse(
            name,
            "ocel.damaged",
            (f"SQLite 文件已损坏或不符合 OCEL 2.0（{error}）", f"the SQLite file is damaged or not OCEL 2.0 ({error})"),
            ("请重新导出", "export it again"),
        ) from None


def _sqlite_log(base: sqlite3.Connection, tables: set[str], name: str) -> ObjectLog:
    events: list[Row] = []
    values: list[Row] = []
    states: list[Row] = []
    times: dict[object, object] = {}
    event_types, object_types = _mapped(base, "event", tables), _mapped(base, "object", tables)
    for table, attributes in event_types.values():
        for one, time, *content in _rows(base, table, ("ocel_id", "ocel_time", *attributes), tables):
            times[one] = time
            values += [(one, *pair) for pair in _present(attributes, content)]
    events = [(one, kind, times.get(one)) for one, kind in _rows(base, "event", ("ocel_id", "ocel_type"), tables)]
    for table, attributes in object_types.values():
        columns = ("ocel_id", "ocel_time", "ocel_changed_field", *attributes)
        for one, time, changed, *content in _rows(base, table, columns, tables):
            states += [
                (one, *pair, time or _START) for pair in _present(attributes, content) if changed in (None, pair[0])
            ]
    kin = _rows(base, "object_object", ("ocel_source_id", "ocel_target_id", "ocel_qualifier"), tables)
    return ObjectLog(
        events=_frame(events, EVENTS),
        objects=_frame(_rows(base, "object", ("ocel_id", "ocel_type"), tables), OBJECTS),
        event_objects=_frame(
            _rows(base, "event_object", ("ocel_event_id", "ocel_object_id", "ocel_qualifier"), tables), EVENT_OBJECTS
        ).with_columns(pl.col("qualifier").fill_null("")),
        object_objects=_frame(kin, OBJECT_OBJECTS).with_columns(pl.col("qualifier").fill_null("")),
        event_values=_frame(values, EVENT_VALUES),
        object_values=_frame(states, OBJECT_VALUES),
        event_types={kind: dict(attributes) for kind, (_, attributes) in event_types.items()},
        object_types={kind: dict(attributes) for kind, (_, attributes) in object_types.items()},
        source=name,
    )


def _present(attributes: Mapping[str, ValueType], content: Iterable[object]) -> list[tuple[str, object]]:
    """The attributes that have a value; SQLite keeps truth values as numbers."""
    pairs = zip(attributes.items(), content, strict=True)
    return [(a, bool(v) if kind is ValueType.BOOLEAN else v) for (a, kind), v in pairs if v is not None]


def _mapped(base: sqlite3.Connection, what: str, tables: set[str]) -> dict[str, tuple[str, dict[str, ValueType]]]:
    """Type → its table and that table's attribute columns with the types their declarations mean."""
    found = {}
    for kind, short in _rows(base, f"{what}_map_type", ("ocel_type", "ocel_type_map"), tables):
        table = f"{what}_{short}"
        if table not in tables:
            continue
        info = base.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
        found[str(kind)] = (
            table,
            {column: _value_type(str(declared)) for _, column, declared, *_ in info if not column.startswith("ocel_")},
        )
    return found


def _rows(base: sqlite3.Connection, table: str, columns: Iterable[str], tables: set[str]) -> list[Row]:
    """All rows of a table; none if the table does not exist."""
    if table not in tables:
        return []
    listed = ", ".join(map(_quoted, columns))
    return base.execute(f"SELECT {listed} FROM {_quoted(table)} ORDER BY rowid").fetchall()  # noqa: S608 - quoted


_SQL_TYPES = {
    ValueType.STRING: "TEXT",
    ValueType.TIME: "TIMESTAMP",
    ValueType.INTEGER: "INTEGER",
    ValueType.FLOAT: "REAL",
    ValueType.BOOLEAN: "BOOLEAN",
}


def _to_sqlite(log: ObjectLog, path: Path) -> None:
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(_SCHEMA)
        base.executemany("INSERT INTO event VALUES (?, ?)", log.events.select("id", "type").rows())
        base.executemany("INSERT INTO object VALUES (?, ?)", log.objects.select("id", "type").rows())
        base.executemany("INSERT INTO event_object VALUES (?, ?, ?)", log.event_objects.rows())
        base.executemany("INSERT INTO object_object VALUES (?, ?, ?)", log.object_objects.rows())
        values, states = _grouped(log.event_values), _grouped(log.object_values, stamped=True)
        times = dict(zip(log.events["id"], _stamp(log.events["time"]), strict=True))
        for kind, attributes in log.event_types.items():
            ids = log.events.filter(pl.col("type") == kind)["id"]
            rows = [(one, times[one], *_spread({row[0]: row[1] for row in values[one]}, attributes)) for one in ids]
            _fill(base, "event", kind, log.event_types, ("ocel_id TEXT", "ocel_time TIMESTAMP"), rows)
        for kind, attributes in log.object_types.items():
            ids = log.objects.filter(pl.col("type") == kind)["id"]
            changes = [
                (one, time, name, *_spread({name: value}, attributes))
                for one in ids
                for name, value, time in states[one]
            ]
            heads = ("ocel_id TEXT", "ocel_time TIMESTAMP", "ocel_changed_field TEXT")
            _fill(base, "object", kind, log.object_types, heads, changes)


_SCHEMA = """
CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT);
CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT);
CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT);
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
"""


def _spread(values: Mapping[object, object], attributes: Mapping[str, ValueType]) -> list[object]:
    """One value per declared attribute, None where there is none."""
    return [None if values.get(a) is None else _native(str(values[a]), kind) for a, kind in attributes.items()]


def _fill(
    base: sqlite3.Connection, what: str, kind: str, types: Types, heads: tuple[str, ...], rows: list[Row]
) -> None:
    """Create and fill the table of one type."""
    short = f"{re.sub(r'[^0-9A-Za-z]', '', kind)}{list(types).index(kind)}"
    base.execute(f"INSERT INTO {what}_map_type VALUES (?, ?)", (kind, short))  # noqa: S608 - a constant
    columns = [*heads, *(f"{_quoted(a)} {_SQL_TYPES[v]}" for a, v in types[kind].items())]
    base.execute(f"CREATE TABLE {_quoted(f'{what}_{short}')} ({', '.join(columns)})")
    marks = ", ".join("?" * len(columns))
    base.executemany(f"INSERT INTO {_quoted(f'{what}_{short}')} VALUES ({marks})", rows)  # noqa: S608 - quoted
