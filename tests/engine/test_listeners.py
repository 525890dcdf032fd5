"""Listeners: jobs at the start and end of elements, and at the changes of user tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.driving import SECOND, Bench
from engine.sketch import after, boundary, declared, model, service, start, sub
from zaizao import bpmn
from zaizao.bpmn import ErrorDefinition, HumanWork, Job, Listener, Mapped, MultiInstance, SubProcessKind, Task, TaskKind
from zaizao.engine import CommandRejected, DeploymentRefused, TaskRow, Verdict
from zaizao.engine.apply import replay
from zaizao.engine.state import decode

GOLDEN = Path(__file__).with_name("golden")


def on(event: str, job_type: str, retries: str = "3") -> Listener:
    return Listener(event, f'"{job_type}"', retries)


def person(*listeners: Listener, **more: Any) -> Task:
    return Task(id="aa", kind=TaskKind.USER, human=HumanWork(listeners=listeners, **more))


def replayed(bench: Bench, case: int) -> None:
    live = bench.engine.case(case)
    assert live is not None and replay([record.event for record in bench.engine.journal(case)], case) == live


def test_listeners_run_around_the_work_in_the_order_of_the_model() -> None:
    listeners = (on("end", "e1"), on("start", "s1"), on("start", "s2"), on("end", "e2"))
    bench = Bench(model("s -> aa -> bb -> e", service("aa", listeners=listeners)))
    case = bench.run()
    assert bench.done == ["s1", "s2", "aa", "e1", "e2", "bb"] and bench.state(case) == "completed"


def test_what_start_listeners_give_is_the_elements_own_and_what_end_listeners_give_is_the_scopes() -> None:
    listeners = (on("start", "s1"), on("end", "e1"))
    mapped = service("aa", inputs=(Mapped("1", "i"),), outputs=(Mapped("i + r", "o"),), listeners=listeners)
    bench = Bench(model("s -> aa -> bb -> e", mapped))
    case = bench.engine.create("p")
    bench.do("s1", i=5, own=True)
    (job,) = bench.engine.activate("aa")
    assert job.variables == {"i": 5, "own": True} and bench.engine.variables(case) == {}
    bench.engine.complete(job.key, {"r": 2})
    (job,) = bench.engine.activate("e1")
    assert job.listener == "end" and job.variables["o"] == 7
    bench.engine.complete(job.key, {"x": 1})
    assert bench.engine.variables(case) == {"o": 7, "x": 1} and bench.jobs() == ["bb"]


def test_the_process_a_sub_process_and_each_run_of_a_loop_have_listeners_too() -> None:
    import dataclasses

    box = sub("sub", "s -> aa -> e", loop=MultiInstance("[1, 2]", element="n", sequential=True))
    box = dataclasses.replace(box, listeners=(on("start", "sub_s"), on("end", "sub_e")))
    definitions = model("s -> sub -> e", box)
    (process,) = definitions.processes
    process = dataclasses.replace(process, listeners=(on("start", "p_s"), on("end", "p_e")))
    bench = Bench(dataclasses.replace(definitions, processes=(process,)))
    case = bench.run()
    assert bench.done == ["p_s", "sub_s", "aa", "sub_e", "sub_s", "aa", "sub_e", "p_e"]
    assert bench.state(case) == "completed"


def test_nothing_is_armed_before_the_start_listeners_or_after_the_work() -> None:
    host = service("aa", listeners=(on("start", "s1"), on("end", "e1")))
    bench = Bench(model("s -> aa -> e\nb -> late -> e2", host, boundary("b", "aa", after("PT1S"))))
    bench.engine.create("p")
    assert bench.engine.next_due() is None
    bench.do("s1")
    assert bench.engine.next_due() is not None
    bench.do("aa")
    assert bench.engine.next_due() is None and bench.jobs() == ["e1"]


def test_a_late_answer_to_one_listener_never_counts_for_the_next() -> None:
    bench = Bench(model("s -> aa -> e", service("aa", listeners=(on("start", "s1"), on("start", "s1")))))
    case = bench.engine.create("p")
    first = bench.do("s1")
    with pytest.raises(CommandRejected, match="no job"):
        bench.engine.complete(first)
    assert bench.jobs() == ["s1"]
    replayed(bench, case)


def test_a_listener_without_retries_is_an_incident_that_can_be_resolved() -> None:
    bench = Bench(model("s -> aa -> e", service("aa", listeners=(on("start", "s1", "1"),))))
    case = bench.engine.create("p")
    (job,) = bench.engine.activate("s1")
    bench.engine.fail(job.key, 0, "down")
    (incident,) = bench.engine.incidents()
    assert incident.kind == "execution-listener-no-retries"
    with pytest.raises(CommandRejected, match="retries first"):
        bench.engine.resolve(incident.key)
    bench.engine.update_job(job.key, retries=1)
    bench.engine.resolve(incident.key)
    bench.work()
    assert bench.done == ["s1", "aa"] and bench.state(case) == "completed"


def test_an_error_of_a_listener_is_caught_on_the_border_or_stays_with_the_listener() -> None:
    host = service("aa", listeners=(on("start", "s1"),))
    text = "s -> aa -> e\nb -> bb -> e2"
    bench = Bench(model(text, host, boundary("b", "aa", ErrorDefinition("E")), errors=(declared("E"),)))
    case = bench.engine.create("p")
    (job,) = bench.engine.activate("s1")
    bench.engine.throw_error(job.key, "F")
    assert bench.problems() == ["execution-listener-no-retries"]
    bench.engine.update_job(job.key, retries=1)
    bench.engine.resolve(bench.engine.incidents()[0].key)
    (job,) = bench.engine.activate("s1")
    bench.engine.throw_error(job.key, "E")
    assert bench.jobs() == ["bb"] and bench.problems() == []
    bench.engine.cancel(case)
    assert bench.jobs() == []


def test_listeners_of_a_canceled_element_are_canceled() -> None:
    bench = Bench(model("s -> aa -> e", service("aa", listeners=(on("start", "s1"),))))
    case = bench.engine.create("p")
    bench.engine.cancel(case)
    assert bench.jobs() == [] and bench.state(case) == "terminated"


def test_a_listener_where_it_has_no_moment_is_refused_by_name() -> None:
    gateway = bpmn.Gateway(id="x", kind=bpmn.GatewayKind.EXCLUSIVE, listeners=(on("end", "e1"),))
    with pytest.raises(DeploymentRefused, match="x: its listener waits for an event"):
        Bench(model("s -> x -> aa -> e", gateway))
    with pytest.raises(DeploymentRefused, match="it has no job type"):
        Bench(model("s -> aa -> e", service("aa", listeners=(Listener("start", '""'),))))


def test_a_task_is_created_then_assigned_with_what_its_listeners_corrected() -> None:
    bench = Bench(
        model("s -> aa -> e", person(on("creating", "c1"), on("assigning", "a1"), assignee='"li"', priority="7"))
    )
    case = bench.engine.create("p")
    (row,) = bench.store.find(TaskRow)
    assert (row.state, row.assignee) == ("creating", None)
    (job,) = bench.engine.activate("c1")
    assert job.listener == "creating" and job.task is not None and job.task.assignee == "li"
    assert job.element == row.key and job.key != row.key
    bench.engine.complete(job.key, verdict=Verdict(priority=90, groups=("risk",)))
    (row,) = bench.store.find(TaskRow)
    assert (row.state, row.priority, row.groups) == ("assigning", 90, "risk")
    replayed(bench, case)
    (job,) = bench.engine.activate("a1")
    bench.engine.complete(job.key, verdict=Verdict(assignee="wang"))
    (row,) = bench.engine.tasks()
    assert row.assignee == "wang"
    bench.engine.complete_task(row.key)
    assert bench.state(case) == "completed"


def test_assigning_and_completing_can_be_denied_and_nothing_else_changes_meanwhile() -> None:
    bench = Bench(model("s -> aa -> bb -> e", person(on("assigning", "a1"), on("completing", "c1"))))
    case = bench.engine.create("p")
    (row,) = bench.engine.tasks()
    bench.engine.assign(row.key, "li")
    for refused in (
        lambda: bench.engine.assign(row.key, "wang"),
        lambda: bench.engine.complete_task(row.key),
        lambda: bench.engine.update_task(row.key, priority=3),
    ):
        with pytest.raises(CommandRejected, match="is assigning"):
            refused()
    (job,) = bench.engine.activate("a1")
    with pytest.raises(CommandRejected, match="no variables"):
        bench.engine.complete(job.key, {"x": 1})
    bench.engine.complete(job.key, verdict=Verdict(denied=True, reason="on leave"))
    (row,) = bench.engine.tasks()
    assert row.assignee is None
    bench.engine.complete_task(row.key, {"ok": False}, by="li")
    (job,) = bench.engine.activate("c1")
    assert job.task is not None and job.task.wanted is not None and job.task.wanted.variables == {"ok": False}
    bench.engine.complete(job.key, verdict=Verdict(denied=True, reason="not signed"))
    assert bench.engine.variables(case) == {} and bench.jobs() == []
    bench.engine.complete_task(row.key, {"ok": True}, by="li")
    bench.do("c1")
    assert bench.engine.variables(case) == {"ok": True} and bench.jobs() == ["bb"]
    (row,) = bench.engine.tasks(state="completed")
    assert row.assignee == "li"
    last = [record.event for record in bench.engine.journal(case) if type(record.event).__name__ == "TaskDenied"]
    assert [event.reason for event in last] == ["on leave", "not signed"]


def test_an_update_of_attributes_or_variables_waits_for_its_listeners() -> None:
    bench = Bench(model("s -> aa -> e", person(on("updating", "u1"))))
    case = bench.engine.create("p")
    (row,) = bench.engine.tasks()
    bench.engine.update_task(row.key, priority=3)
    bench.engine.complete(bench.engine.activate("u1")[0].key, verdict=Verdict(priority=4))
    assert bench.engine.tasks()[0].priority == 4
    bench.engine.set_variables(row.key, {"x": 1}, local=True)
    assert bench.engine.variables(row.key) == {}
    bench.do("u1")
    assert bench.engine.variables(row.key) == {"x": 1} and bench.engine.variables(case) == {}


def test_a_task_listener_without_retries_is_an_incident_of_its_own_kind() -> None:
    bench = Bench(model("s -> aa -> e", person(on("completing", "c1"))))
    bench.engine.create("p")
    (row,) = bench.engine.tasks()
    bench.engine.complete_task(row.key)
    (job,) = bench.engine.activate("c1")
    bench.engine.fail(job.key, 0)
    assert bench.problems() == ["task-listener-no-retries"]
    bench.engine.update_job(job.key, retries=1)
    bench.engine.resolve(bench.engine.incidents()[0].key)
    bench.do("c1")
    assert bench.engine.tasks(state="completed")


@pytest.mark.parametrize("way", ["boundary", "cancel", "modify", "sub-process"])
def test_a_task_is_told_before_it_is_canceled_and_then_the_rest_follows(way: str) -> None:
    task = person(on("canceling", "k1"), on("canceling", "k2"))
    inner = sub("ev", "s1 -> evt -> e1", start("s1", after("PT9S")), kind=SubProcessKind.EVENT)
    bench = Bench(model("s -> aa -> e\nb -> late -> e2", task, boundary("b", "aa", after("PT1S")), inner))
    case = bench.engine.create("p")
    (row,) = bench.engine.tasks()
    if way == "boundary":
        bench.clock.advance(SECOND)
        bench.engine.tick()
    elif way == "cancel":
        bench.engine.cancel(case)
    elif way == "modify":
        bench.engine.modify(case, before=["late"], terminate=[row.key])
    else:
        bench.clock.advance(9 * SECOND)
        bench.engine.tick()
        bench.engine.tick()
    assert bench.jobs() == ["k1"] and bench.store.find(TaskRow)[0].state == "canceling"
    with pytest.raises(CommandRejected, match="is canceling"):
        bench.engine.complete_task(row.key)
    replayed(bench, case)
    bench.do("k1")
    bench.do("k2")
    assert bench.store.find(TaskRow)[0].state == "canceled"
    if way == "cancel":
        assert bench.state(case) == "terminated" and bench.jobs() == []
        return
    bench.work()
    assert bench.done[2:] in (["late"], ["late", "evt"], ["evt"]) and bench.state(case) == "completed"


def test_a_job_takes_its_priority_from_the_model_or_from_its_process() -> None:
    import dataclasses

    urgent = Task(id="aa", kind=TaskKind.SERVICE, job=Job('"do"', priority="rank * 10"))
    definitions = model(
        "s -> p -> aa -> e\np -> bb -> e", urgent, Task(id="bb", kind=TaskKind.SERVICE, job=Job('"do"'))
    )
    (process,) = definitions.processes
    process = dataclasses.replace(process, job_priority="3")
    definitions = dataclasses.replace(definitions, processes=(process,))
    assert bpmn.read(bpmn.write(definitions)) == definitions
    bench = Bench(definitions)
    bench.engine.create("p", {"rank": 5})
    assert [(job.node, job.priority) for job in bench.engine.activate("do", limit=2)] == [("aa", 50), ("bb", 3)]


def test_check_says_what_deploying_would_refuse() -> None:
    gateway = bpmn.Gateway(id="x", kind=bpmn.GatewayKind.EXCLUSIVE, listeners=(on("end", "e1"),))
    nameless = service("aa", listeners=(Listener("start", '""'),))
    told = Task(id="bb", kind=TaskKind.USER, human=HumanWork(listeners=(on("claimed", "c1"),)))
    definitions = model("s -> x -> aa -> bb -> e", gateway, nameless, told, start("s", listeners=(on("start", "s1"),)))
    found = {(problem.where, problem.code) for problem in bpmn.check(definitions)}
    assert found == {
        ("startEvent s", "bpmn.run.no-listener"),
        ("exclusiveGateway x", "bpmn.run.no-listener"),
        ('serviceTask aa "aa"', "bpmn.run.no-job"),
        ("userTask bb", "bpmn.run.no-listener"),
    }


def history() -> Bench:
    """Listeners of all kinds at work, one change of a task denied and one command put off: what a release leaves."""
    told = person(
        on("creating", "c1"), on("assigning", "a1"), on("completing", "c2"), on("canceling", "k1"), assignee='"li"'
    )
    work = service("bb", listeners=(on("start", "s1"), on("end", "e1")))
    bench = Bench(model("s -> p -> aa -> e\np -> bb -> cc -> e2\nb -> late -> e3", told, work, late()))
    bench.engine.create("p", {"n": 1}, business_id="G-3")
    bench.engine.complete(bench.engine.activate("c1")[0].key, verdict=Verdict(priority=90, groups=("risk",)))
    bench.do("a1")
    (row,) = bench.engine.tasks()
    bench.engine.complete_task(row.key, {"ok": True})
    bench.engine.complete(bench.engine.activate("c2")[0].key, verdict=Verdict(denied=True, reason="not signed"))
    bench.do("s1", own=2.5)
    bench.do("bb")
    bench.engine.fail(bench.engine.activate("e1")[0].key, 0, "down")
    bench.clock.advance(SECOND)
    bench.engine.tick()
    return bench


def late() -> bpmn.Event:
    return boundary("b", "aa", after("PT1S"))


def test_a_journal_of_listeners_that_a_release_kept_makes_a_case_that_goes_on() -> None:
    """``test_golden.py`` and ``test_lifecycles.py`` replay the file; it was written from ``history``."""
    kept = json.loads((GOLDEN / "listeners-0.1.0.json").read_text(encoding="utf-8"))
    ((case, state),) = kept["cases"].items()
    bench = history()
    assert bench.engine.case(int(case)) == decode(state.encode())
    bench.do("k1")
    assert sorted(bench.jobs()) == ["e1", "late"] and bench.problems() == ["execution-listener-no-retries"]
    bench.engine.cancel(int(case))
    assert bench.jobs() == [] and bench.state(int(case)) == "terminated"
