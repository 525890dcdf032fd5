"""The journals that releases wrote go on being read: rows and all. ``python tests/engine/test_golden.py`` writes one.

``test_lifecycles.py`` replays the cases of every file in ``golden``; here, that the rows follow too, and that the
journal of the present is of the shape that is kept.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.driving import SECOND
from engine.sketch import boundary, catch, declared, model
from engine.test_partitions import MESSAGES, Partitions
from zaizao import __version__
from zaizao.bpmn import MessageDefinition, SignalDefinition
from zaizao.engine import CaseRow, Engine, MemoryStore
from zaizao.engine.carrying import home_of
from zaizao.engine.rebuilding import rebuild
from zaizao.engine.records import decode, encode
from zaizao.engine.state import encode as encode_case
from zaizao.engine.stores import Entry
from zaizao.engine.stores.rows import ROWS

GOLDEN = Path(__file__).with_name("golden")


def history() -> Engine:
    """What partitions do with each other, as the journal of the one that keeps the message tells it."""
    waiting = model(
        "s -> aa -> c -> bb -> e\nb -> late -> e2",
        catch("c", MessageDefinition("m")),
        boundary("b", "aa", SignalDefinition("sig"), interrupting=False),
        messages=MESSAGES,
        signals=(declared("sig"),),
    )
    town = Partitions(waiting)
    home = town.engines[home_of("k", 3)]
    for engine in town.engines.values():
        engine.create("p", {"k": "k"}, business_id="G-2")
    town.engines[3].broadcast("sig", {"heard": True})
    town.carry()
    for engine in town.engines.values():
        (job,) = engine.activate("aa", "w")
        engine.complete(job.key, {"amount": 12.5})
    town.carry()
    for number in range(2):
        home.publish("m", "k", {"n": number}, life_us=60 * SECOND, message_id=f"id{number}")
        town.carry()
    home.forget_parcels(home.runtime.partition % 3 + 1, 1 << 62)
    home.runtime.store.find(CaseRow)
    return home


def kept(engine: Engine) -> dict[str, Any]:
    """A journal and its live cases as they are kept."""
    entries = [
        {"position": e.position, "case": e.case, "at": e.at, "events": encode(e.events).decode()}
        for e in engine.store.journal()
    ]
    live = {row.key: engine.case(row.key) for row in engine.store.find(CaseRow, {"state": "active"})}
    cases = {str(key): encode_case(case).decode() for key, case in live.items() if case is not None}
    return {"release": __version__, "partition": engine.runtime.partition, "entries": entries, "cases": cases}


def read(document: dict[str, Any]) -> MemoryStore:
    entries = [
        Entry(e["position"], e["case"], e["at"], list(decode(e["events"].encode()))) for e in document["entries"]
    ]
    store = MemoryStore()
    assert rebuild(entries, store, partition=document.get("partition", 1)) == sum(len(e.events) for e in entries)
    return store


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.json")), ids=lambda file: file.stem)
def test_rows_follow_from_the_journals_of_earlier_releases(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    store = read(document)
    assert {str(row.key) for row in store.find(CaseRow, {"state": "active"})} == set(document["cases"])
    assert all(store.load_case(int(key)) is not None for key in document["cases"])


def test_the_journal_of_today_makes_the_rows_of_today() -> None:
    engine = history()
    store = read(json.loads(json.dumps(kept(engine))))
    assert all(store.find(table) == engine.store.find(table) for table in ROWS)
    assert store.last_number() == engine.store.last_number()


if __name__ == "__main__":
    path = GOLDEN / f"partitions-{__version__}.json"
    path.write_text(json.dumps(kept(history()), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
