"""Tasks, gateways, variables, incidents: what a simple process does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.driving import SECOND, T0, Bench
from engine.sketch import after, boundary, catch, model, service, sub, task
from zaizao.bpmn import HumanWork, Job, Mapped, Script, Task, TaskKind
from zaizao.engine import CommandRejected, DeploymentRefused


def test_tasks_follow_each_other_and_the_case_completes() -> None:
    bench = Bench(model("s -> aa -> bb -> e"))
    case = bench.run()
    assert bench.done == ["aa", "bb"]
    assert bench.state(case) == "completed"


def test_an_exclusive_gateway_takes_the_first_true_flow_in_the_order_of_the_model() -> None:
    bench = Bench(model("s -> x -[n > 10]-> big -> x2\nx -[n > 5]-> middle -> x2\nx -[else]-> small -> x2 -> e"))
    for number, way in ((11, "big"), (6, "middle"), (1, "small")):
        bench.done.clear()
        bench.run({"n": number})
        assert bench.done == [way]


def test_a_parallel_join_waits_for_every_branch() -> None:
    bench = Bench(model("s -> p -> aa -> p2\np -> bb -> p2 -> cc -> e"))
    case = bench.engine.create("p")
    bench.do("aa")
    assert bench.jobs() == ["bb"]
    bench.do("bb")
    assert bench.jobs() == ["cc"]
    bench.work()
    assert bench.state(case) == "completed"


def test_an_inclusive_join_waits_only_for_branches_that_were_taken() -> None:
    definitions = model("s -> o -[a]-> aa -> o2\no -[b]-> bb -> o2\no -[else]-> cc -> o2 -> dd -> e")
    for variables, done in (
        ({"a": True, "b": True}, ["aa", "bb", "dd"]),
        ({"a": True, "b": False}, ["aa", "dd"]),
        ({"a": False, "b": False}, ["cc", "dd"]),
    ):
        bench = Bench(definitions)
        bench.run(variables)
        assert bench.done == done


def test_an_exclusive_join_lets_each_token_through() -> None:
    bench = Bench(model("s -> p -> x\np -> x -> aa -> e"))
    bench.run()
    assert bench.done == ["aa", "aa"]


def test_outcomes_of_jobs_are_variables_of_the_case_with_exact_numbers() -> None:
    bench = Bench(model("s -> aa -> bb -> e"))
    case = bench.engine.create("p", {"x": 1})
    bench.do("aa", rate=0.1, names=["张三", None], x=2)
    assert bench.engine.variables(case) == {"x": 2, "rate": Decimal("0.1"), "names": ["张三", None]}


def test_mappings_keep_what_a_task_sees_and_gives_apart_from_the_case() -> None:
    mapped = service("aa", inputs=(Mapped("x + 1", "y"),), outputs=(Mapped("y * r", "z"), Mapped("r", "deep.r")))
    bench = Bench(model("s -> aa -> bb -> e", mapped))
    case = bench.engine.create("p", {"x": 1})
    (job,) = bench.engine.activate("aa")
    assert job.variables == {"x": 1, "y": 2}
    bench.engine.complete(job.key, {"r": 5})
    assert bench.engine.variables(case) == {"x": 1, "z": 10, "deep": {"r": 5}}


def test_a_script_is_feel_and_its_value_a_variable() -> None:
    script = Task(id="aa", kind=TaskKind.SCRIPT, script=Script("sum(list) / 2", "half"))
    bench = Bench(model("s -> aa -> bb -> e", script))
    case = bench.engine.create("p", {"list": [1, 2]})
    assert bench.engine.variables(case)["half"] == Decimal("1.5")


def test_manual_and_undefined_tasks_are_passed() -> None:
    bench = Bench(model("s -> aa -> bb -> e", task("aa", TaskKind.MANUAL), task("bb", TaskKind.UNDEFINED)))
    assert bench.state(bench.run()) == "completed"


def test_a_person_claims_and_completes_a_user_task() -> None:
    work = HumanWork(candidate_groups='["credit", "risk"]', due='"PT8H"', priority="n * 10")
    bench = Bench(model("s -> aa -> bb -> e", Task(id="aa", name="审批", kind=TaskKind.USER, human=work)))
    bench.engine.create("p", {"n": 7})
    (row,) = bench.engine.tasks()
    assert (row.name, row.groups, row.priority, row.due) == ("审批", "credit,risk", 70, T0 + 8 * 3600 * SECOND)
    bench.engine.assign(row.key, "li", override=False)
    with pytest.raises(CommandRejected, match="belongs to li"):
        bench.engine.assign(row.key, "wang", override=False)
    bench.engine.complete_task(row.key, {"ok": True})
    assert bench.engine.tasks() == [] and bench.jobs() == ["bb"]
    (row,) = bench.engine.tasks(state="completed")
    assert row.assignee == "li"
    with pytest.raises(CommandRejected, match="no task"):
        bench.engine.complete_task(row.key)


def test_a_job_is_held_until_its_deadline_and_then_available_again() -> None:
    bench = Bench(model("s -> aa -> e"))
    bench.engine.create("p")
    assert len(bench.engine.activate("aa", "first", timeout_us=SECOND)) == 1
    assert bench.engine.activate("aa", "second") == []
    bench.clock.advance(SECOND)
    assert [job.worker for job in bench.engine.activate("aa", "second")] == ["second"]


def test_a_failed_job_waits_for_its_back_off_and_without_retries_becomes_an_incident() -> None:
    bench = Bench(model("s -> aa -> e"))
    case = bench.engine.create("p")
    (job,) = bench.engine.activate("aa")
    bench.engine.fail(job.key, 1, "down", back_off_us=5 * SECOND)
    assert bench.engine.activate("aa") == []
    assert bench.engine.next_due() == T0 + 5 * SECOND
    bench.clock.advance(5 * SECOND)
    (job,) = bench.engine.activate("aa")
    bench.engine.fail(job.key, 0, "still down")
    assert bench.problems() == ["job-no-retries"] and bench.engine.activate("aa") == []
    (incident,) = bench.engine.incidents(case)
    with pytest.raises(CommandRejected, match="retries first"):
        bench.engine.resolve(incident.key)
    bench.engine.update_job(job.key, retries=2)
    bench.engine.resolve(incident.key)
    bench.work()
    assert bench.problems() == [] and bench.state(case) == "completed"


def test_high_priority_jobs_go_first() -> None:
    bench = Bench(model("s -> aa -> e"))
    keys = [bench.engine.create("p") for _ in range(3)]
    (middle,) = bench.engine.elements(keys[1], "aa")
    bench.engine.update_job(middle, priority=9)
    assert [job.case for job in bench.engine.activate("aa", limit=3)] == [keys[1], keys[0], keys[2]]


def test_completing_a_job_twice_is_a_rejection_on_record() -> None:
    bench = Bench(model("s -> aa -> bb -> e"))
    case = bench.engine.create("p")
    key = bench.do("aa")
    with pytest.raises(CommandRejected, match="no job"):
        bench.engine.complete(key)
    assert bench.jobs() == ["bb"]
    last = list(bench.engine.journal(case))[-1]
    assert type(last.event).__name__ == "Rejection"


@pytest.mark.parametrize(
    ("text", "fix"),
    [("s -> x -[n > 10]-> aa -> e\nx -[n < 0]-> e", {"n": 11}), ("s -> x -[m]-> aa -> e", {"m": True})],
)
def test_a_gateway_without_a_true_flow_waits_as_an_incident_until_the_data_is_put_right(
    text: str, fix: dict[str, object]
) -> None:
    bench = Bench(model(text))
    case = bench.engine.create("p", {"n": 1})
    assert bench.problems() == ["no-condition-holds"]
    assert "x" in bench.engine.incidents()[0].message or "'m'" in bench.engine.incidents()[0].message
    bench.engine.set_variables(case, fix)
    bench.engine.resolve(bench.engine.incidents()[0].key)
    bench.work()
    assert bench.done == ["aa"] and bench.state(case) == "completed" and bench.problems() == []


def test_an_input_or_output_mapping_that_fails_can_be_put_right() -> None:
    bad = service("aa", inputs=(Mapped("1", "i"),), outputs=(Mapped("if y = null then z else y", "t"),))
    loop = Task(id="bb", kind=TaskKind.USER, human=HumanWork(due="when"))
    bench = Bench(model("s -> aa -> bb -> e", bad, loop))
    case = bench.engine.create("p", {"when": 5})
    bench.do("aa")
    assert bench.problems() == ["expression"]
    bench.engine.set_variables(case, {"when": "2026-02-01T10:00:00+08:00"})
    bench.engine.resolve(bench.engine.incidents()[0].key)
    (row,) = bench.engine.tasks()
    bench.engine.complete_task(row.key)
    assert bench.state(case) == "completed"


def test_timers_fire_in_order_and_only_when_due() -> None:
    bench = Bench(
        model("s -> p -> t1 -> aa -> e\np -> t2 -> bb -> e", catch("t1", after("PT20S")), catch("t2", after("PT10S")))
    )
    case = bench.run()
    assert bench.done == []
    bench.later(15)
    assert bench.done == ["bb"]
    bench.later(5)
    assert bench.done == ["bb", "aa"] and bench.state(case) == "completed"


def test_an_interrupting_boundary_timer_takes_the_work_away_and_another_does_not() -> None:
    for interrupting, jobs in ((True, ["late"]), (False, ["aa", "late"])):
        bench = Bench(
            model("s -> aa -> e\nb -> late -> e2", boundary("b", "aa", after("PT1S"), interrupting=interrupting))
        )
        bench.engine.create("p")
        bench.clock.advance(SECOND)
        bench.engine.tick()
        assert sorted(bench.jobs()) == jobs
        assert bench.engine.next_due() is None


def test_a_sub_process_completes_when_nothing_lives_in_it_and_keeps_its_variables() -> None:
    inner = sub("sub", "s -> p -> aa -> e\np -> bb -> e", inputs=(Mapped("1", "own"),), outputs=(Mapped("own", "out"),))
    bench = Bench(model("s -> sub -> cc -> e", inner))
    case = bench.engine.create("p")
    bench.do("aa", own=5)
    assert bench.jobs() == ["bb"] and bench.engine.variables(case) == {}
    bench.do("bb")
    assert bench.engine.variables(case) == {"out": 5}
    bench.work()
    assert bench.state(case) == "completed"


def test_canceling_a_case_leaves_nothing_behind() -> None:
    bench = Bench(model("s -> sub -> e\nb -> e", sub("sub", "s -> aa -> e"), boundary("b", "sub", after("PT1H"))))
    case = bench.engine.create("p")
    bench.engine.cancel(case)
    assert bench.state(case) == "terminated"
    assert bench.jobs() == [] and bench.engine.next_due() is None and bench.engine.case(case) is None


def test_a_model_that_cannot_run_is_refused_with_the_element() -> None:
    with pytest.raises(DeploymentRefused, match="serviceTask aa: it has no job type"):
        Bench(model("s -> aa -> e", Task(id="aa", kind=TaskKind.SERVICE)))
    with pytest.raises(DeploymentRefused, match=r"sequenceFlow f_p_1: the expression .* is wrong"):
        Bench(model("s -> x -[1 +]-> aa -> e"))


def test_a_loop_that_never_waits_becomes_an_incident() -> None:
    bench = Bench(model("s -> x -> aa -> x2 -[on]-> x\nx2 -[else]-> e", task("aa", TaskKind.MANUAL)))
    bench.engine.create("p", {"on": True})
    assert bench.problems() == ["runaway-loop"]


def test_static_headers_reach_the_worker() -> None:
    bench = Bench(model("s -> aa -> e", Task(id="aa", kind=TaskKind.SERVICE, job=Job('"do"', headers={"k": "v"}))))
    bench.engine.create("p")
    (job,) = bench.engine.activate("do")
    assert dict(job.headers) == {"k": "v"}


def test_a_job_can_be_taken_by_its_key_once() -> None:
    bench = Bench(model("s -> aa -> e"))
    bench.engine.create("p")
    second = bench.engine.create("p")
    (key,) = bench.engine.elements(second, "aa")
    assert bench.engine.take(key, "w").case == second
    with pytest.raises(CommandRejected, match="not there to be taken"):
        bench.engine.take(key, "v")
