"""Events: messages, signals, errors, escalations, conditions, links, compensation, cancel, terminate, timers."""

from __future__ import annotations

import pytest

from engine.driving import SECOND, Bench
from engine.sketch import after, boundary, catch, declared, end, every, model, process, service, start, sub, task, throw
from zaizao.bpmn import (
    Association,
    CallActivity,
    CalledElement,
    CancelDefinition,
    CompensationDefinition,
    ConditionalDefinition,
    ErrorDefinition,
    EscalationDefinition,
    EventDefinition,
    Gateway,
    GatewayKind,
    LinkDefinition,
    Mapped,
    Message,
    MessageDefinition,
    Process,
    SignalDefinition,
    SubProcessKind,
    TaskKind,
    TerminateDefinition,
)
from zaizao.engine import CaseRow, CommandRejected

PAID = Message(id="paid", name="paid", correlation_key="order")
MESSAGE = MessageDefinition("paid")
EVENT = SubProcessKind.EVENT


def waiting_for_payment() -> Bench:
    return Bench(model("s -> c -> aa -> e", catch("c", MESSAGE), messages=(PAID,)))


def test_a_message_reaches_the_case_whose_key_it_carries_with_what_it_brings() -> None:
    bench = waiting_for_payment()
    first, second = bench.engine.create("p", {"order": "A"}), bench.engine.create("p", {"order": 7})
    assert bench.engine.publish("paid", "7", {"sum": 5}).cases == (second,)
    assert bench.engine.variables(second) == {"order": 7, "sum": 5}
    assert bench.engine.variables(first) == {"order": "A"} and bench.jobs() == ["aa"]


def test_a_message_is_given_once_a_process_to_the_oldest_case_and_the_next_message_to_the_next() -> None:
    bench = waiting_for_payment()
    cases = [bench.engine.create("p", {"order": "A"}) for _ in range(3)]
    taken = [bench.engine.publish("paid", "A", {"n": n}).cases for n in range(2)]
    assert taken == [(cases[0],), (cases[1],)]


def test_messages_wait_for_their_case_in_order_but_not_past_their_time() -> None:
    bench = waiting_for_payment()
    bench.engine.publish("paid", "A", {"n": 1}, life_us=SECOND)
    bench.engine.publish("paid", "A", {"n": 2}, life_us=60 * SECOND)
    bench.engine.publish("paid", "A", {"n": 3}, life_us=60 * SECOND)
    bench.engine.publish("paid", "A", {"n": 4})
    bench.clock.advance(SECOND)
    got = [bench.engine.variables(bench.engine.create("p", {"order": "A"})).get("n") for _ in range(3)]
    assert got == [2, 3, None]


def test_a_message_id_is_taken_once_while_the_message_waits() -> None:
    bench = waiting_for_payment()
    bench.engine.publish("paid", "A", life_us=SECOND, message_id="m1")
    with pytest.raises(CommandRejected, match="known already"):
        bench.engine.publish("paid", "A", life_us=SECOND, message_id="m1")
    bench.clock.advance(SECOND)
    bench.engine.publish("paid", "A", life_us=SECOND, message_id="m1")


def test_a_message_start_opens_one_case_a_key_until_that_case_ends() -> None:
    bench = Bench(model("s -> aa -> e", start("s", MESSAGE), messages=(PAID,)))
    (case,) = bench.engine.publish("paid", "A", {"n": 1}).cases
    assert bench.engine.publish("paid", "A").cases == ()
    assert len(bench.engine.publish("paid", "B").cases) == 1
    bench.work()
    assert bench.state(case) == "completed" and len(bench.engine.publish("paid", "A").cases) == 1


def test_pools_speak_by_messages_even_where_the_listener_comes_later() -> None:
    other = process("q", "s -> t -> c -> bb -> e", catch("t", after("PT5S")), catch("c", MESSAGE))
    bench = Bench(model("s -> m -> aa -> e", throw("m", MESSAGE), messages=(PAID,), others=(other,)))
    bench.run({"order": 1}, "q")
    bench.run({"order": 1})
    assert bench.done == ["aa"]
    bench.later(6)
    assert bench.done == ["aa", "bb"]


def test_a_signal_reaches_everyone_who_waits_at_that_moment() -> None:
    signal = SignalDefinition("go")
    starter = process("q", "s -> bb -> e", start("s", signal))
    bench = Bench(model("s -> c -> aa -> e", catch("c", signal), signals=(declared("go"),), others=(starter,)))
    cases = [bench.engine.create("p") for _ in range(2)]
    assert bench.engine.broadcast("go", {"x": 1}) == 3
    bench.work()
    assert sorted(bench.done) == ["aa", "aa", "bb"]
    assert {bench.state(case) for case in cases} == {"completed"}
    assert bench.engine.broadcast("go") == 1


def test_an_error_goes_to_the_nearest_catcher_of_its_code_else_of_all_codes() -> None:
    inner = sub("sub", "s -> aa -> e")
    definitions = model(
        "s -> sub -> e\nb1 -> one -> e1\nb2 -> all -> e2",
        inner,
        boundary("b1", "sub", ErrorDefinition("E1")),
        boundary("b2", "sub", ErrorDefinition(None)),
        errors=(declared("E1"),),
    )
    for code, job in (("E1", "one"), ("other", "all")):
        bench = Bench(definitions)
        case = bench.engine.create("p")
        (held,) = bench.engine.activate("aa")
        bench.engine.throw_error(held.key, code, variables={"why": code})
        assert bench.jobs() == [job] and bench.engine.variables(case) == {"why": code}


def test_an_error_nobody_catches_is_an_incident_and_the_job_can_be_done_again() -> None:
    bench = Bench(model("s -> aa -> e"))
    case = bench.engine.create("p")
    (job,) = bench.engine.activate("aa")
    bench.engine.throw_error(job.key, "E9")
    assert bench.problems() == ["unhandled-error"] and bench.jobs() == []
    bench.engine.resolve(bench.engine.incidents()[0].key)
    bench.work()
    assert bench.state(case) == "completed"


def test_errors_and_escalations_cross_call_activities() -> None:
    call = CallActivity(id="call", called=CalledElement('"q"'))
    thrower = process(
        "q",
        "s -> x -[bad]-> e1\nx -[else]-> e2",
        end("e1", ErrorDefinition("E1")),
        end("e2", EscalationDefinition("S1")),
    )
    bench = Bench(
        model(
            "s -> call -> ok -> e\nb1 -> failed -> e1\nb2 -> raised -> e2",
            call,
            boundary("b1", "call", ErrorDefinition("E1")),
            boundary("b2", "call", EscalationDefinition("S1"), interrupting=False),
            others=(thrower,),
            errors=(declared("E1"),),
            escalations=(declared("S1"),),
        )
    )
    bench.run({"bad": True})
    assert bench.done == ["failed"]
    bench.run({"bad": False})
    assert sorted(bench.done) == ["failed", "ok", "raised"]
    assert {row.state for row in bench.store.find(CaseRow)} == {"completed", "terminated"}


def test_a_condition_fires_when_it_becomes_true_and_not_again_while_it_stays_true() -> None:
    rich = ConditionalDefinition("n > 10")
    bench = Bench(model("s -> aa -> e\nb -> bb -> e2", boundary("b", "aa", rich, interrupting=False)))
    case = bench.engine.create("p", {"n": 1})
    for n, jobs in ((5, 0), (11, 1), (12, 1), (3, 1), (20, 2)):
        bench.engine.set_variables(case, {"n": n})
        assert bench.jobs().count("bb") == jobs


def test_links_jump_and_terminate_ends_only_its_scope() -> None:
    inner = sub("sub", "s -> p -> aa -> e\np -> bb -> e2", end("e2", TerminateDefinition()))
    bench = Bench(
        model(
            "s -> sub -> l1\nl2 -> cc -> e", inner, throw("l1", LinkDefinition("L")), catch("l2", LinkDefinition("L"))
        )
    )
    case = bench.engine.create("p")
    bench.do("bb")
    assert bench.jobs() == ["cc"]
    bench.work()
    assert bench.state(case) == "completed"


@pytest.mark.parametrize("definition", [MESSAGE, SignalDefinition("go"), after("PT5S"), ConditionalDefinition("go")])
def test_an_event_based_gateway_takes_the_first_event_and_forgets_the_others(definition: EventDefinition) -> None:
    gateway = Gateway(id="g", kind=GatewayKind.EVENT_BASED)
    bench = Bench(
        model(
            "s -> g -> c1 -> aa -> e\ng -> c2 -> bb -> e",
            gateway,
            catch("c1", definition),
            catch("c2", after("PT10S")),
            messages=(PAID,),
            signals=(declared("go"),),
        )
    )
    case = bench.engine.create("p", {"order": 1, "go": False})
    if definition is MESSAGE:
        bench.engine.publish("paid", "1")
    elif isinstance(definition, SignalDefinition):
        bench.engine.broadcast("go")
    elif isinstance(definition, ConditionalDefinition):
        bench.engine.set_variables(case, {"go": True})
    bench.later(5)
    bench.work()
    assert bench.done == ["aa"] and bench.engine.next_due() is None and bench.state(case) == "completed"


def test_an_interrupting_event_sub_process_takes_over_and_another_runs_beside() -> None:
    for interrupting, done in ((True, ["bb", "cc"]), (False, ["aa", "bb", "cc"])):
        inner = sub("ev", "s -> bb -> e", start("s", MESSAGE, interrupting=interrupting), kind=EVENT)
        bench = Bench(model("s -> sub -> cc -> e", sub("sub", "s -> aa -> e", inner), messages=(PAID,)))
        case = bench.engine.create("p", {"order": 1})
        bench.engine.publish("paid", "1")
        bench.work()
        assert sorted(bench.done) == done and bench.state(case) == "completed"


def undoing(text: str, *more: object) -> Process:
    """``aa`` and ``bb`` can be undone by ``ua`` and ``ub``."""
    undo = CompensationDefinition(None)
    given = (
        boundary("ca", "aa", undo),
        boundary("cb", "bb", undo),
        service("ua", is_for_compensation=True),
        service("ub", is_for_compensation=True),
    )
    links = (
        Association(id="l1", source="ca", target="ua", directed=True),
        Association(id="l2", source="cb", target="ub", directed=True),
    )
    return process("p", text, *given, *more, associations=links)  # type: ignore[arg-type]


def test_compensation_undoes_in_reverse_order_only_what_completed() -> None:
    from zaizao.bpmn import Definitions

    undo = CompensationDefinition(None)
    bench = Bench(Definitions(processes=(undoing("s -> aa -> bb -> th -> cc -> e", throw("th", undo)),)))
    case = bench.run()
    assert bench.done == ["aa", "bb", "ub", "ua", "cc"] and bench.state(case) == "completed"
    one = CompensationDefinition("aa")
    bench = Bench(Definitions(processes=(undoing("s -> aa -> bb -> th -> cc -> e", throw("th", one)),)))
    bench.run()
    assert bench.done == ["aa", "bb", "ua", "cc"]


def test_a_canceled_transaction_undoes_what_it_did_and_leaves_by_its_cancel_event() -> None:
    inner = sub(
        "sub",
        "s -> aa -> e1",
        boundary("ca", "aa", CompensationDefinition(None)),
        service("ua", is_for_compensation=True),
        end("e1", CancelDefinition()),
        kind=SubProcessKind.TRANSACTION,
        associations=(Association(id="l1", source="ca", target="ua", directed=True),),
    )
    bench = Bench(model("s -> sub -> never -> e\nb -> out -> e2", inner, boundary("b", "sub", CancelDefinition())))
    case = bench.run()
    assert bench.done == ["aa", "ua", "out"] and bench.state(case) == "completed"


def test_timer_cycles_repeat_from_the_scheduled_time_and_late_rather_than_never() -> None:
    bench = Bench(model("s -> aa -> e\nb -> bb -> e2", boundary("b", "aa", every("R3/PT10S"), interrupting=False)))
    bench.engine.create("p")
    bench.clock.advance(25 * SECOND)
    while bench.engine.tick():
        pass
    assert bench.jobs().count("bb") == 2
    bench.clock.advance(100 * SECOND)
    while bench.engine.tick():
        pass
    assert bench.jobs().count("bb") == 3 and bench.engine.next_due() is None


def test_a_timed_start_opens_cases_and_a_new_version_takes_over() -> None:
    bench = Bench(model("s -> aa -> e", start("s", every("R2/PT1M"))))
    bench.later(60)
    bench.engine.deploy(model("s -> bb -> e", start("s", every("R/PT1H"))))
    bench.later(3600)
    assert bench.done == ["aa", "bb"]


def test_outputs_of_a_caught_message_are_mapped_where_mapped() -> None:
    mapped = catch("c", MESSAGE, outputs=(Mapped("sum * 2", "double"),))
    bench = Bench(model("s -> c -> aa -> e", mapped, messages=(PAID,)))
    case = bench.engine.create("p", {"order": 1})
    bench.engine.publish("paid", "1", {"sum": 4})
    assert bench.engine.variables(case) == {"order": 1, "double": 8}


def test_a_receive_task_waits_with_a_boundary_timer() -> None:
    receive = task("r", TaskKind.RECEIVE, message="paid")
    bench = Bench(
        model("s -> r -> aa -> e\nb -> late -> e2", receive, boundary("b", "r", after("PT5S")), messages=(PAID,))
    )
    bench.run({"order": 1})
    bench.later(5)
    assert bench.done == ["late"] and bench.engine.publish("paid", "1").cases == ()
