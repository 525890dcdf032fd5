"""Lifecycles: what a table does not allow is refused, and every state can be reached and left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.driving import Bench
from engine.sketch import after, boundary, catch, model, start, sub
from zaizao.bpmn import CompensationDefinition, Message, MessageDefinition, MultiInstance, SubProcessKind
from zaizao.engine import LIFECYCLES, EngineError, Lifecycle, MemoryStore, Status
from zaizao.engine.rebuilding import rebuild
from zaizao.engine.records import decode, encode
from zaizao.engine.state import decode as decode_case
from zaizao.engine.stores import Entry

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda lifecycle: lifecycle.name)
def test_every_change_that_the_table_lacks_is_refused(lifecycle: Lifecycle) -> None:
    for state in Status:
        for change in (*lifecycle.changes(), "unheard-of"):
            if (state, change) in lifecycle.rows:
                assert lifecycle.after(state, change) is lifecycle.rows[state, change]
            else:
                with pytest.raises(EngineError, match=f"no '{change}' from {state.name}"):
                    lifecycle.after(state, change)


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda lifecycle: lifecycle.name)
def test_every_state_is_reached_from_the_beginning_and_leads_to_the_end(lifecycle: Lifecycle) -> None:
    steps = {(state, following) for (state, _), following in lifecycle.rows.items()}
    reached = {Status.NONE}
    while more := {b for a, b in steps if a in reached} - reached:
        reached |= more
    ending = {Status.GONE}
    while more := {a for a, b in steps if b in ending} - ending:
        ending |= more
    assert reached == ending == {state for step in steps for state in step}
    assert not any(state is Status.GONE for state, _ in lifecycle.rows)
    assert lifecycle.diagram().count("-->") == len(lifecycle.rows)


def golden_history() -> Bench:
    """A case of many kinds of elements, left while it waits; its journal is what releases must go on reading."""
    undo = boundary("ca", "aa", CompensationDefinition(None))
    box = sub(
        "sub",
        "s -> bb -> e",
        sub("ev", "s9 -> cc -> e9", start("s9", MessageDefinition("m"), interrupting=False), kind=SubProcessKind.EVENT),
    )
    runs = sub(
        "runs", "s -> dd -> e", loop=MultiInstance("items", element="i", output_collection="out", output_element="i")
    )
    bench = Bench(
        model(
            "s -> aa -> p -> sub -> p2\np -> runs -> p2 -> t -> x -[n > 1]-> ff -> e\nx -[else]-> e\nb -> gg -> e2",
            undo,
            box,
            runs,
            boundary("b", "sub", after("P1D"), interrupting=False),
            catch("t", after("PT5M")),
            messages=(Message(id="m", name="m", correlation_key="n"),),
        )
    )
    bench.engine.create("p", {"n": 2, "items": ["x", 1.5, {"k": None}]}, business_id="G-1")
    bench.do("aa", rate=0.125)
    bench.engine.publish("m", "2", {"paid": True}, life_us=10**9)
    (job,) = bench.engine.activate("dd")
    bench.engine.fail(job.key, 0, "down")
    bench.do("cc")
    return bench


def test_the_journals_of_earlier_releases_still_make_the_same_state() -> None:
    files = sorted(GOLDEN.glob("*.json"))
    assert files
    for file in files:
        kept = json.loads(file.read_text(encoding="utf-8"))
        entries = [
            Entry(e["position"], e["case"], e["at"], list(decode(e["events"].encode()))) for e in kept["entries"]
        ]
        store = MemoryStore()
        rebuild(entries, store)
        for key, state in kept["cases"].items():
            case = store.load_case(int(key))
            assert case is not None and case == decode_case(state.encode()), file.name
        assert [encode(entry.events).decode() for entry in entries] == [e["events"] for e in kept["entries"]]
