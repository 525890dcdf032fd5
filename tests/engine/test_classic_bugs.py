"""The twelve bugs that engines are known for, each as a test."""

from __future__ import annotations

import pytest

from engine.driving import SECOND, Bench
from engine.sketch import after, boundary, catch, declared, every, model, process, service, start, sub, task
from zaizao.bpmn import (
    Association,
    CallActivity,
    CalledElement,
    CompensationDefinition,
    Definitions,
    ErrorDefinition,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    Message,
    MessageDefinition,
    MultiInstance,
    Script,
    SubProcessKind,
    Task,
    TaskKind,
)
from zaizao.engine import CommandRejected, MemoryStore, SqliteStore
from zaizao.engine.records import VariablesSet

PAID = Message(id="paid", name="paid", correlation_key="order")
MESSAGE = MessageDefinition("paid")


def test_1_inclusive_joins_do_not_hang_on_a_loop_back_or_on_each_other() -> None:
    back = "s -> x1 -> o -[a]-> aa -> o2\no -[b]-> bb -> o2 -> x2 -[again]-> x1\nx2 -[else]-> cc -> e"
    bench = Bench(model(back))
    case = bench.engine.create("p", {"a": True, "b": True, "again": True})
    bench.do("aa")
    bench.do("bb", b=False)
    bench.do("aa", again=False)
    assert bench.jobs() == ["cc"]
    bench.work()
    assert bench.state(case) == "completed"

    knot = "s -> p -> o1\np -> o2\no1 -> x1 -[go]-> aa -> e\nx1 -[else]-> o2\no2 -> x2 -[go]-> bb -> e\nx2 -[else]-> o1"
    bench = Bench(model(knot))
    case = bench.run({"go": True})
    assert sorted(set(bench.done)) == ["aa", "bb"] and bench.state(case) == "completed"


def test_2_a_parallel_join_in_a_loop_takes_one_token_from_each_flow_and_keeps_none() -> None:
    text = "s -> x -> p -> aa -> p2\np -> bb -> p2 -> x2 -[n < 3]-> x\nx2 -[else]-> cc -> e"
    bench = Bench(model(text))
    case = bench.engine.create("p", {"n": 0})
    bench.work(act=lambda job: {"n": job.variables["n"] + 1} if job.job_type == "bb" else {})
    assert bench.done.count("aa") == 3 and bench.done.count("cc") == 1 and bench.state(case) == "completed"

    twice = "s -> p -> x -> p2\np -> x\np -> aa -> p2 -> bb -> e"  # two tokens on one flow are not one on each
    bench = Bench(model(twice))
    bench.engine.create("p")
    assert bench.jobs() == ["aa"]
    bench.do("aa")
    assert bench.jobs() == ["bb"]


def test_3_of_two_interrupting_boundaries_at_the_same_instant_one_wins() -> None:
    bench = Bench(
        model(
            "s -> aa -> e\nb1 -> one -> e1\nb2 -> two -> e2",
            boundary("b1", "aa", after("PT1S")),
            boundary("b2", "aa", after("PT1S")),
        )
    )
    case = bench.engine.create("p")
    bench.clock.advance(SECOND)
    bench.engine.tick()
    assert bench.jobs() == ["one"] and bench.engine.next_due() is None
    bench.work()
    assert bench.state(case) == "completed"


def test_4_an_event_sub_process_that_interrupts_leaves_the_outer_timer_running_and_the_inner_ones_dead() -> None:
    inner = sub("ev", "s -> bb -> e", start("s", MESSAGE), kind=SubProcessKind.EVENT)
    box = sub("sub", "s -> aa -> e\nb2 -> e", inner, boundary("b2", "aa", after("PT3S")))
    bench = Bench(model("s -> sub -> e\nb -> late -> e2", box, boundary("b", "sub", after("PT5S")), messages=(PAID,)))
    bench.engine.create("p", {"order": 1})
    bench.engine.publish("paid", "1")
    assert bench.jobs() == ["bb"]
    due = bench.engine.next_due()
    assert due == bench.clock.now() + 5 * SECOND
    bench.clock.advance(5 * SECOND)
    bench.engine.tick()
    assert bench.jobs() == ["late"]


def test_5_no_non_interrupting_timer_outlives_its_activity() -> None:
    bench = Bench(model("s -> aa -> cc -> e\nb -> bb -> e2", boundary("b", "aa", after("PT5S"), interrupting=False)))
    bench.engine.create("p")
    bench.do("aa")
    assert bench.engine.next_due() is None
    bench.clock.advance(10 * SECOND)
    bench.engine.tick()
    assert bench.jobs() == ["cc"]


def test_5_nor_does_a_cycle_around_a_scope_however_the_scope_ends() -> None:
    for way in ("complete", "error", "cancel"):
        cycle = boundary("b", "sub", every("R/PT5S"), interrupting=False)
        box = sub("sub", "s -> aa -> e")
        caught = boundary("c", "sub", ErrorDefinition("E"))
        text = "s -> sub -> zz -> e\nb -> bb -> e2\nc -> zz2 -> e3"
        bench = Bench(model(text, box, cycle, caught, errors=(declared("E"),)))
        case = bench.engine.create("p")
        bench.clock.advance(5 * SECOND)
        bench.engine.tick()
        assert sorted(bench.jobs()) == ["aa", "bb"] and bench.engine.next_due() is not None
        if way == "complete":
            bench.do("aa")
        elif way == "error":
            bench.engine.throw_error(bench.engine.activate("aa")[0].key, "E")
        else:
            bench.engine.cancel(case)
        assert bench.engine.next_due() is None, way


def test_6_outputs_of_runs_are_neither_shifted_nor_lost() -> None:
    loop = MultiInstance("items", element="i", output_collection="out", output_element="r")
    bench = Bench(
        model("s -> sub -> bb -> e", sub("sub", "s -> aa -> x -[i > 1]-> zz -> e\nx -[else]-> e2", loop=loop))
    )
    case = bench.engine.create("p", {"items": [1, 2, 3]})
    jobs = bench.engine.activate("aa", limit=3)
    for place in (1, 2, 0):
        bench.engine.complete(jobs[place].key, {"r": f"r{jobs[place].variables['i']}"})
    bench.work("bb")
    assert bench.engine.variables(case)["out"] == ["r1", "r2", "r3"]


def test_7_a_solved_incident_lets_the_token_go_on() -> None:
    bench = Bench(model("s -> aa -> x -[ok]-> bb -> e\nx -[not(ok)]-> cc -> e"))
    case = bench.engine.create("p")
    (job,) = bench.engine.activate("aa")
    bench.engine.fail(job.key, 0)
    bench.engine.update_job(job.key, retries=1)
    bench.engine.resolve(bench.engine.incidents()[0].key)
    bench.do("aa")
    assert bench.problems() == ["no-condition-holds"]
    bench.engine.set_variables(case, {"ok": True})
    bench.engine.resolve(bench.engine.incidents()[0].key)
    bench.work()
    assert bench.state(case) == "completed" and bench.done[-1] == "bb"


def test_8_neither_a_late_message_nor_a_second_one_is_lost_or_misused() -> None:
    bench = Bench(model("s -> c1 -> c2 -> aa -> e", catch("c1", MESSAGE), catch("c2", MESSAGE), messages=(PAID,)))
    case = bench.engine.create("p", {"order": 1})
    bench.engine.publish("paid", "1", {"n": 1}, life_us=SECOND)
    bench.engine.publish("paid", "1", {"n": 2}, life_us=SECOND)
    assert bench.jobs() == ["aa"] and bench.engine.variables(case)["n"] == 2
    other = bench.engine.create("p", {"order": 2})
    bench.engine.publish("paid", "2", life_us=SECOND)
    bench.engine.publish("paid", "2", life_us=SECOND)
    assert bench.jobs() == ["aa", "aa"]
    bench.clock.advance(2 * SECOND)
    bench.engine.create("p", {"order": 2})
    assert bench.jobs() == ["aa", "aa"] and bench.state(other) == "active"


def test_9_a_child_that_completes_while_its_parent_ends_is_harmless_and_one_that_lives_is_ended() -> None:
    call = CallActivity(id="call", called=CalledElement('"q"'))
    bench = Bench(
        model(
            "s -> call -> never -> e\nb -> out -> e2",
            call,
            boundary("b", "call", after("PT5S")),
            others=(process("q", "s -> aa -> e"),),
        )
    )
    case = bench.engine.create("p")
    (job,) = bench.engine.activate("aa")
    bench.clock.advance(5 * SECOND)
    with bench.engine.batch():
        bench.engine.tick()
        with pytest.raises(CommandRejected):
            bench.engine.complete(job.key)
    assert bench.jobs() == ["out"]
    bench.work()
    assert bench.state(case) == "completed"


def test_10_compensation_undoes_every_run_of_a_loop_with_the_data_of_that_run() -> None:
    undo = CompensationDefinition(None)
    box = sub(
        "sub",
        "s -> aa -> e",
        boundary("ca", "aa", undo),
        service("ua", is_for_compensation=True),
        loop=MultiInstance("items", element="i", sequential=True),
        associations=(Association(id="l", source="ca", target="ua", directed=True),),
    )
    from engine.sketch import event

    bench = Bench(model("s -> sub -> th -> zz -> e", box, event("th", EventPosition.THROW, undo)))
    bench.engine.create("p", {"items": ["x", "y"]})
    bench.work("ua")
    seen = []
    while bench.jobs() == ["ua"]:
        (job,) = bench.engine.activate("ua")
        seen.append(job.variables["i"])
        bench.engine.complete(job.key)
    assert seen == ["y", "x"] and bench.jobs() == ["zz"]


@pytest.mark.parametrize("durable", [False, True])
def test_11_a_restart_repeats_no_finished_work(durable: bool, tmp_path: object) -> None:
    path = f"{tmp_path}/engine.db"
    store = SqliteStore(path) if durable else MemoryStore()
    definitions = model("s -> m -> aa -> bb -> e", task("m", TaskKind.MANUAL))
    bench = Bench(definitions, store)
    case = bench.engine.create("p")
    bench.do("aa")
    before = [record.event for record in bench.engine.journal(case)]
    if durable:
        store.close()
        store = SqliteStore(path)
    bench = Bench(definitions, store)
    assert [record.event for record in bench.engine.journal(case)] == before
    assert bench.jobs() == ["bb"]
    bench.do("bb")
    assert bench.state(case) == "completed"


def test_11_a_retry_repeats_the_job_that_failed_and_nothing_before_it() -> None:
    counted = Task(id="ss", kind=TaskKind.SCRIPT, script=Script("n + 1", "n"))
    bench = Bench(model("s -> sub -> e", sub("sub", "s -> aa -> ss -> bb -> e", counted)))
    case = bench.engine.create("p", {"n": 0})
    bench.do("aa")
    for left in (1, 0):
        (job,) = bench.engine.activate("bb")
        bench.engine.fail(job.key, left, "down")
    bench.engine.update_job(job.key, retries=1)
    bench.engine.resolve(bench.engine.incidents()[0].key)
    bench.work()
    assert bench.done == ["aa", "bb"] and bench.state(case) == "completed"
    names = [type(record.event).__name__ for record in bench.engine.journal(case)]
    assert names.count("JobCreated") == 2 and names.count("JobCompleted") == 2
    assert sum(record.event == VariablesSet(0, {"n": 1}) for record in bench.engine.journal(case)) == 1


def test_12_modification_and_migration_into_a_branch_before_a_join_keep_it_sound() -> None:
    text = "s -> p -> aa -> p2\np -> bb -> p2 -> cc -> e"
    bench = Bench(model(text))
    case = bench.engine.create("p")
    bench.do("aa")
    (waiting,) = bench.engine.elements(case, "bb")
    bench.engine.modify(case, before=["p2"], terminate=[waiting])
    assert bench.jobs() == ["cc"]  # started before the join: it fires, and takes the token from aa with it
    bench.work()
    assert bench.state(case) == "completed" and bench.problems() == []

    case = bench.engine.create("p")
    bench.do("aa")
    (waiting,) = bench.engine.elements(case, "bb")
    bench.engine.modify(case, terminate=[waiting])
    assert bench.problems() == ["deadlock"]
    bench.engine.modify(case, before=["bb"])
    bench.work()
    assert bench.state(case) == "completed" and bench.problems() == []

    case = bench.engine.create("p")
    bench.do("aa")
    (row,) = bench.engine.deploy(_with_check()).processes
    bench.engine.migrate(case, row.key)
    bench.do("bb")
    assert "check" in bench.jobs() and bench.engine.case(case) is not None
    bench.work()
    assert bench.state(case) == "completed"


def test_12_modification_into_a_gateway_joins_chooses_and_waits_as_if_a_token_had_come() -> None:
    inclusive = "s -> o -[a]-> aa -> o2\no -[b]-> bb -> o2 -> cc -> e"
    bench = Bench(model(inclusive))
    case = bench.engine.create("p", {"a": True, "b": True})
    bench.do("aa")
    (waiting,) = bench.engine.elements(case, "bb")
    bench.engine.modify(case, before=["o2"], terminate=[waiting])
    assert bench.jobs() == ["cc"]
    bench.work()
    assert bench.state(case) == "completed" and bench.problems() == [] and bench.done == ["aa", "cc"]

    bench = Bench(model("s -> zz -> x -[n > 1]-> aa -> e\nx -[else]-> bb -> e"))
    case = bench.engine.create("p", {"n": 2})
    bench.engine.modify(case, before=["x"], terminate=bench.engine.elements(case, "zz"))
    assert bench.jobs() == ["aa"]

    bench = Bench(_choosing(""))
    case = bench.engine.create("p", {"order": 1})
    bench.engine.modify(case, before=["g"], terminate=bench.engine.elements(case, "zz"))
    assert bench.engine.next_due() is not None and bench.engine.publish("paid", "1").cases == (case,)
    assert bench.jobs() == ["aa"] and bench.engine.next_due() is None


def _choosing(more: str, *nodes: FlowNode) -> Definitions:
    """An event-based gateway behind a task."""
    gateway = Gateway(id="g", kind=GatewayKind.EVENT_BASED)
    text = "s -> zz -> g -> c1 -> aa -> e\ng -> c2 -> bb -> e"
    events = (catch("c1", MESSAGE), catch("c2", after("PT1H")))
    return model(f"{text}\n{more}", gateway, *events, *nodes, messages=(PAID,))


def test_12_migration_of_what_waits_at_a_gateway_follows_the_ways_of_the_new_version() -> None:
    bench = Bench(_choosing(""))
    case = bench.engine.create("p", {"order": 1})
    bench.do("zz")
    (row,) = bench.engine.deploy(_choosing("g -> c3 -> cc -> e", catch("c3", after("PT5S")))).processes
    bench.engine.migrate(case, row.key)
    bench.later(5)
    assert bench.done == ["zz", "cc"] and bench.state(case) == "completed"
    assert bench.engine.publish("paid", "1").cases == ()

    # A join that loses its other ways in lets its token go; one that gains a way that nobody takes is an incident.
    bench = Bench(model("s -> p -> aa -> p2\np -> bb -> p2 -> cc -> e"))
    case = bench.engine.create("p")
    bench.do("aa")
    (row,) = bench.engine.deploy(model("s -> p -> aa -> p2 -> cc -> e\np -> bb -> e3")).processes
    bench.engine.migrate(case, row.key)
    assert sorted(bench.jobs()) == ["bb", "cc"]
    bench.work()
    assert bench.state(case) == "completed" and bench.problems() == []

    bench = Bench(model("s -> p -> aa -> p2\np -> bb -> p2 -> cc -> e"))
    case = bench.engine.create("p")
    bench.do("aa")
    wider = model("s -> p -> aa -> p2\np -> bb -> p2 -> cc -> e\np -> dd -> p2")
    bench.engine.migrate(case, bench.engine.deploy(wider).processes[0].key)
    bench.do("bb")
    assert bench.problems() == ["deadlock"] and bench.jobs() == []
    bench.engine.modify(case, before=["dd"])
    bench.work()
    assert bench.state(case) == "completed" and bench.problems() == []


def _with_check() -> Definitions:
    return model("s -> p -> aa -> p2\np -> bb -> p2 -> check -> cc -> e")
