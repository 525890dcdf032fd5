"""Changing running cases: migration to another version, modification, and starting where conditions hold."""

from __future__ import annotations

import pytest

from engine.driving import SECOND, Bench
from engine.sketch import after, boundary, model, service, start, sub
from zaizao.bpmn import (
    ConditionalDefinition,
    Message,
    MessageDefinition,
    SubProcessKind,
    TimerDefinition,
    TimerKind,
)
from zaizao.engine import CommandRejected
from zaizao.engine.apply import replay

PAID = Message(id="paid", name="paid", correlation_key="order")
MESSAGE = MessageDefinition("paid")


def test_a_migration_arms_what_the_new_version_brings_and_disarms_what_it_drops() -> None:
    old = model("s -> aa -> e\nb -> late -> e2", service("aa"), boundary("b", "aa", after("PT1H")))
    bench = Bench(old)
    case = bench.engine.create("p", {"order": 7})
    caught = sub("ev", "s1 -> evt -> e1", start("s1", MESSAGE, interrupting=False), kind=SubProcessKind.EVENT)
    new = model("s -> aa -> e\nc -> other -> e3", boundary("c", "aa", MESSAGE), caught, messages=(PAID,))
    (row,) = bench.engine.deploy(new).processes
    bench.engine.migrate(case, row.key)
    assert bench.engine.next_due() is None
    live = bench.engine.case(case)
    assert live == replay([record.event for record in bench.engine.journal(case)], case)
    assert bench.engine.publish("paid", "7").cases == (case,)
    assert bench.jobs() == ["other"] or bench.jobs() == ["aa", "evt"]
    bench.work()
    assert bench.state(case) == "completed"


def test_what_fired_before_a_migration_is_not_armed_again_and_what_stays_keeps_its_time() -> None:
    text = "s -> aa -> e\nb -> bb -> e2\nc -> cc -> e3"
    quick = boundary("b", "aa", after("PT1S"), interrupting=False)
    slow = boundary("c", "aa", after("PT10S"), interrupting=False)
    bench = Bench(model(text, quick, slow))
    case = bench.engine.create("p")
    due = bench.clock.now() + 10 * SECOND
    bench.clock.advance(2 * SECOND)
    bench.engine.tick()
    (row,) = bench.engine.deploy(
        model(text + " ; d -> dd -> e4", quick, slow, boundary("d", "aa", after("PT1H")))
    ).processes
    bench.engine.migrate(case, row.key)
    assert bench.engine.next_due() == due
    bench.clock.advance(8 * SECOND)
    bench.engine.tick()
    assert bench.engine.next_due() == due - 8 * SECOND + 3600 * SECOND  # armed when the case migrated
    assert sorted(bench.jobs()) == ["aa", "bb", "cc"]


def test_an_event_that_cannot_be_armed_after_a_migration_is_an_incident_that_can_be_resolved() -> None:
    bench = Bench(model("s -> aa -> e"))
    case = bench.engine.create("p")
    timer = TimerDefinition(TimerKind.DURATION, "wait")
    (row,) = bench.engine.deploy(model("s -> aa -> e\nb -> late -> e2", boundary("b", "aa", timer))).processes
    bench.engine.migrate(case, row.key)
    assert bench.problems() == ["event-of-migration"]
    bench.engine.set_variables(case, {"wait": "PT5S"})
    bench.engine.resolve(bench.engine.incidents()[0].key)
    assert bench.problems() == [] and bench.engine.next_due() == bench.clock.now() + 5 * SECOND
    bench.later(5)
    assert bench.done == ["late"]


def test_a_migration_that_loses_a_live_element_is_refused_by_its_name() -> None:
    bench = Bench(model("s -> aa -> e"))
    case = bench.engine.create("p")
    (row,) = bench.engine.deploy(model("s -> bb -> e")).processes
    with pytest.raises(CommandRejected, match="no target for aa"):
        bench.engine.migrate(case, row.key)
    bench.engine.migrate(case, row.key, {"aa": "bb"})
    assert bench.engine.elements(case, "bb")


def test_a_process_starts_at_every_conditional_start_that_holds() -> None:
    low = start("low", ConditionalDefinition("stock < 10"))
    none = start("none", ConditionalDefinition("stock = 0"))
    bench = Bench(model("low -> order -> e\nnone -> alarm -> e2", low, none))
    assert bench.engine.start_on_conditions({"stock": 12}) == []
    assert bench.engine.start_on_conditions({"other": 1}) == []
    (case,) = bench.engine.start_on_conditions({"stock": 5})
    assert bench.jobs() == ["order"] and bench.engine.variables(case) == {"stock": 5}
    assert len(bench.engine.start_on_conditions({"stock": 0}, "p")) == 2
    assert bench.engine.start_on_conditions({"stock": 0}, "q") == []
    bench.engine.deploy(model("low -> order2 -> e", low))
    bench.work()
    bench.engine.start_on_conditions({"stock": 0})
    assert bench.jobs() == ["order2"]
