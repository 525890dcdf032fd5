"""Object-centric logs: both file forms, dangling references, and the view by one type of object."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import polars as pl
import pytest

from zaizao.eventlog import LogError, ObjectLog, flatten, read_objects, write_objects

DOCUMENT = {
    "objectTypes": [
        {"name": "贷款", "attributes": [{"name": "amount", "type": "integer"}, {"name": "rate", "type": "float"}]},
        {"name": "customer", "attributes": [{"name": "vip", "type": "boolean"}]},
    ],
    "eventTypes": [
        {"name": "submit", "attributes": [{"name": "channel", "type": "string"}, {"name": "at", "type": "time"}]},
        {"name": "review batch", "attributes": []},
    ],
    "objects": [
        {
            "id": "L1",
            "type": "贷款",
            "attributes": [
                {"name": "amount", "value": 1000, "time": "1970-01-01T00:00:00.000Z"},
                {"name": "amount", "value": 900, "time": "2024-03-02T00:00:00.000Z"},
                {"name": "rate", "value": 4.25, "time": "1970-01-01T00:00:00.000Z"},
            ],
            "relationships": [{"objectId": "C1", "qualifier": "of"}],
        },
        {"id": "L2", "type": "贷款"},
        {
            "id": "C1",
            "type": "customer",
            "attributes": [{"name": "vip", "value": True, "time": "2024-01-01T00:00:00Z"}],
        },
    ],
    "events": [
        {
            "id": "e1",
            "type": "submit",
            "time": "2024-03-01T09:00:00.000+08:00",
            "attributes": [{"name": "channel", "value": "App"}, {"name": "at", "value": "2024-03-01T01:00:00.000Z"}],
            "relationships": [{"objectId": "L1", "qualifier": "new"}, {"objectId": "C1", "qualifier": "by"}],
        },
        {"id": "e2", "type": "submit", "time": "2024-03-01T02:00:00Z", "relationships": [{"objectId": "L2"}]},
        {
            "id": "e3",
            "type": "review batch",
            "time": "2024-03-01T03:00:00Z",
            "relationships": [{"objectId": "L1", "qualifier": "x"}, {"objectId": "L2", "qualifier": "x"}],
        },
    ],
}


def written(folder: Path, document: object = DOCUMENT) -> Path:
    path = folder / "loans.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def same(left: ObjectLog, right: ObjectLog) -> None:
    for name in ("events", "objects", "event_objects", "object_objects", "event_values", "object_values"):
        one, other = getattr(left, name), getattr(right, name)
        assert one.sort(one.columns).equals(other.sort(other.columns)), name
    assert left.event_types == right.event_types and left.object_types == right.object_types


def test_json_and_sqlite_carry_the_same_log(tmp_path: Path) -> None:
    log = read_objects(written(tmp_path))
    assert not log.findings and log.objects.height == 3 and log.events.height == 3
    write_objects(log, tmp_path / "a.sqlite")
    from_base = read_objects(tmp_path / "a.sqlite")
    same(log, from_base)
    write_objects(from_base, tmp_path / "b.json")
    same(log, read_objects(tmp_path / "b.json"))
    first = (tmp_path / "b.json").read_bytes()
    write_objects(read_objects(tmp_path / "b.json"), tmp_path / "b.json")
    assert (tmp_path / "b.json").read_bytes() == first
    assert {file.name for file in tmp_path.iterdir()} == {"loans.json", "a.sqlite", "b.json"}


def test_seen_by_one_type_of_object_each_object_is_a_case(tmp_path: Path) -> None:
    log = flatten(read_objects(written(tmp_path)), "贷款")
    rows = [(log.case_names[c], log.activity_names[a]) for c, a in zip(log.case, log.activity, strict=True)]
    assert rows == [("L1", "submit"), ("L1", "review batch"), ("L2", "submit"), ("L2", "review batch")]
    assert log.case_table["amount"].to_list() == [900, None] and log.case_table["rate"].to_list() == [4.25, None]
    assert log.event_table["channel"].to_list() == ["App", None, None, None]
    assert log.event_table["at"].dtype == pl.Datetime("us", "UTC")
    assert "ocel.shared-events" in {problem.code for problem in log.findings}


def test_an_unknown_or_unused_type_is_refused(tmp_path: Path) -> None:
    log = read_objects(written(tmp_path))
    with pytest.raises(LogError, match="no such type"):
        flatten(log, "account")
    spare = json.loads(json.dumps(DOCUMENT))
    spare["objectTypes"].append({"name": "account", "attributes": []})
    with pytest.raises(LogError, match="no event refers"):
        flatten(read_objects(written(tmp_path, spare)), "account")


def test_dangling_references_doubled_ids_and_untimed_events_are_counted(tmp_path: Path) -> None:
    dirty = json.loads(json.dumps(DOCUMENT))
    dirty["events"][0]["relationships"].append({"objectId": "gone", "qualifier": ""})
    dirty["objects"][0]["relationships"].append({"objectId": "gone", "qualifier": ""})
    dirty["events"].append(dict(DOCUMENT["events"][1]))  # type: ignore[arg-type]
    dirty["events"].append({"id": "e9", "type": "submit", "time": "one day", "relationships": [{"objectId": "L1"}]})
    log = read_objects(written(tmp_path, dirty))
    codes = [problem.code for problem in log.findings]
    assert sorted(codes) == ["ocel.dangling-reference"] * 2 + ["ocel.doubled-id", "ocel.missing-time"]
    assert any("e1 → gone" in problem.where for problem in log.findings)
    assert log.events["id"].to_list() == ["e1", "e2", "e3"] and "gone" not in log.event_objects["object"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "ocel.not-json"),
        (b"[" * 100_000, "ocel.not-json"),
        (b"{}", "ocel.not-ocel"),
        (b'{"events": [{"id": "e"}]}', "ocel.malformed"),
        (
            b'{"events": [{"id": "e", "type": "a", "time": "2024-03-01T00:00:00Z", "relationships": 7}]}',
            "ocel.malformed",
        ),
        (b'{"events": []}', "log.no-events"),
        (b"SQLite format 3\x00" + b"garbage" * 100, "ocel.damaged"),
    ],
)
def test_what_is_no_ocel_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(LogError) as caught:
        read_objects(path)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_database_without_the_tables_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE event (ocel_id TEXT)")
    base.close()
    before = path.read_bytes()
    with pytest.raises(LogError, match="no OCEL"):
        read_objects(path)
    assert path.read_bytes() == before
    with pytest.raises(LogError, match="suffix"):
        write_objects(read_objects(written(tmp_path)), tmp_path / "x.xlsx")
