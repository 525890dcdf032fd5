"""Loops, calls, ad-hoc and nested scopes, joins of every kind."""

from __future__ import annotations

import pytest

from engine.driving import SECOND, Bench
from engine.sketch import after, boundary, model, process, service, sub
from zaizao.bpmn import (
    CallActivity,
    CalledElement,
    Definitions,
    Gateway,
    GatewayKind,
    Mapped,
    MultiInstance,
    StandardLoop,
    SubProcessKind,
)
from zaizao.engine import CaseRow, CommandRejected


def each(collection: str = "items", **more: object) -> MultiInstance:
    return MultiInstance(
        collection,
        element="item",
        output_collection="results",
        output_element="result",
        **more,  # type: ignore[arg-type]
    )


def test_runs_in_parallel_collect_outputs_by_position_whatever_order_they_end_in() -> None:
    bench = Bench(model("s -> aa -> bb -> e", service("aa", loop=each())))
    case = bench.engine.create("p", {"items": [10, 20, 30]})
    jobs = bench.engine.activate("aa", limit=9)
    assert [(job.variables["item"], job.variables["loopCounter"]) for job in jobs] == [(10, 1), (20, 2), (30, 3)]
    for job in reversed(jobs):
        bench.engine.complete(job.key, {"result": job.variables["item"] + 1})
    assert bench.engine.variables(case) == {"items": [10, 20, 30], "results": [11, 21, 31]}


def test_runs_in_sequence_begin_one_after_the_other_and_stop_when_enough() -> None:
    loop = each(sequential=True, completion="numberOfCompletedInstances = 2")
    bench = Bench(model("s -> aa -> bb -> e", service("aa", loop=loop)))
    case = bench.engine.create("p", {"items": [1, 2, 3]})
    for number in (1, 2):
        assert bench.jobs() == ["aa"]
        bench.do("aa", result=number)
    assert bench.jobs() == ["bb"] and bench.engine.variables(case)["results"] == [1, 2, None]


def test_enough_runs_in_parallel_end_the_others() -> None:
    loop = each(completion="numberOfCompletedInstances / numberOfInstances >= 0.5")
    bench = Bench(model("s -> sub -> bb -> e", sub("sub", "s -> aa -> e", loop=loop)))
    case = bench.engine.create("p", {"items": [1, 2, 3, 4]})
    bench.do("aa", result=1)
    bench.do("aa", result=2)
    assert bench.jobs() == ["bb"]
    assert bench.engine.variables(case)["results"] == [1, 2, None, None]


def test_many_runs_are_no_runaway() -> None:
    bench = Bench(model("s -> aa -> bb -> e", service("aa", loop=each(), outputs=(Mapped("item", "result"),))))
    case = bench.engine.create("p", {"items": list(range(25_000))})
    assert bench.problems() == [] and len(bench.jobs()) == 25_000
    bench.engine.cancel(case)
    assert bench.jobs() == []


def test_no_items_are_no_runs_and_no_list_is_an_incident() -> None:
    bench = Bench(model("s -> aa -> bb -> e", service("aa", loop=each())))
    case = bench.engine.create("p", {"items": []})
    assert bench.jobs() == ["bb"] and bench.engine.variables(case)["results"] == []
    other = bench.engine.create("p", {"items": "x"})
    assert bench.problems() == ["expression"]
    bench.engine.set_variables(other, {"items": [1]})
    bench.engine.resolve(bench.engine.incidents()[0].key)
    assert sorted(bench.jobs()) == ["aa", "bb"]


@pytest.mark.parametrize(
    ("loop", "runs"),
    [
        (StandardLoop("n < 3"), 3),
        (StandardLoop("n < 0"), 1),
        (StandardLoop("n < 0", test_before=True), 0),
        (StandardLoop(None, maximum=4), 4),
        (StandardLoop("true", maximum=2), 2),
    ],
)
def test_a_standard_loop_runs_while_its_condition_holds_and_to_its_maximum(loop: StandardLoop, runs: int) -> None:
    bench = Bench(model("s -> aa -> bb -> e", service("aa", loop=loop)))
    bench.engine.create("p", {"n": 0})
    bench.work(act=lambda job: {"n": job.variables["n"] + 1} if job.job_type == "aa" else {})
    assert bench.done == ["aa"] * runs + ["bb"]


def test_a_boundary_event_ends_the_whole_loop() -> None:
    bench = Bench(
        model("s -> aa -> e\nb -> late -> e2", service("aa", loop=each()), boundary("b", "aa", after("PT1S")))
    )
    bench.engine.create("p", {"items": [1, 2, 3]})
    bench.clock.advance(SECOND)
    bench.engine.tick()
    assert bench.jobs() == ["late"]


def call(**more: object) -> CallActivity:
    return CallActivity(id="call", called=CalledElement('"q"'), **more)  # type: ignore[arg-type]


def test_a_called_process_gets_the_variables_and_gives_its_own_back() -> None:
    bench = Bench(model("s -> call -> bb -> e", call(), others=(process("q", "s -> aa -> e"),)))
    case = bench.engine.create("p", {"x": 1})
    bench.do("aa", x=2, y=3)
    assert bench.engine.variables(case) == {"x": 2, "y": 3}
    assert [row.state for row in bench.store.find(CaseRow, {"process_id": "q"})] == ["completed"]


def test_a_called_process_that_is_missing_is_an_incident_until_it_is_deployed() -> None:
    bench = Bench(model("s -> call -> bb -> e", call()))
    case = bench.engine.create("p")
    assert bench.problems() == ["called-process"]
    bench.engine.deploy(model("s -> aa -> e", name="q"))
    bench.engine.resolve(bench.engine.incidents()[0].key)
    bench.work()
    assert bench.done == ["aa", "bb"] and bench.state(case) == "completed"


def test_canceling_a_case_cancels_what_it_called_all_the_way_down() -> None:
    middle = process("q", "s -> call -> e", CallActivity(id="call", called=CalledElement('"r"')))
    bench = Bench(model("s -> call -> e", call(), others=(middle, process("r", "s -> aa -> e"))))
    case = bench.engine.create("p")
    assert bench.jobs() == ["aa"]
    bench.engine.cancel(case)
    assert bench.jobs() == [] and bench.store.count(CaseRow, {"state": "terminated"}) == 3


def test_an_ad_hoc_sub_process_stays_open_until_its_condition_holds() -> None:
    inner = sub("sub", "aa\nbb", kind=SubProcessKind.AD_HOC, completion="done", active_elements="first")
    bench = Bench(model("s -> sub -> cc -> e", inner))
    case = bench.engine.create("p", {"first": ["aa"], "done": False})
    bench.do("aa")
    assert bench.jobs() == []
    (key,) = bench.engine.elements(case, "sub")
    with pytest.raises(CommandRejected):
        bench.engine.activate_ad_hoc(key, ["cc"])
    bench.engine.activate_ad_hoc(key, ["bb", "aa"])
    assert sorted(bench.jobs()) == ["aa", "bb"]
    bench.do("bb", done=True)
    assert bench.jobs() == ["cc"]


def test_a_sequential_ad_hoc_sub_process_does_one_thing_at_a_time() -> None:
    inner = sub("sub", "aa\nbb", kind=SubProcessKind.AD_HOC, parallel=False)
    bench = Bench(model("s -> sub -> cc -> e", inner))
    bench.engine.create("p")
    for job in ("aa", "bb", "cc"):
        assert bench.jobs() == [job]
        bench.do(job)


def test_an_ad_hoc_sub_process_collects_what_each_piece_of_work_gave() -> None:
    inner = sub("sub", "aa\nbb", kind=SubProcessKind.AD_HOC, output_collection="results", output_element="answer")
    bench = Bench(model("s -> sub -> cc -> e", inner))
    case = bench.engine.create("p")
    bench.do("bb", answer=2)
    assert "results" not in bench.engine.variables(case)
    bench.do("aa", answer=1)
    assert bench.engine.variables(case)["results"] == [2, 1] and bench.jobs() == ["cc"]


def test_a_call_bound_to_its_deployment_keeps_to_the_version_that_came_with_it() -> None:
    def version(job: str, binding: str) -> Definitions:
        calls = CallActivity(id="call", called=CalledElement('"q"', binding=binding))
        return model("s -> call -> e", calls, others=(process("q", f"s -> {job} -> e"),))

    for binding, expected in (("deployment", "old"), ("latest", "new")):
        bench = Bench(version("old", binding))
        bench.engine.deploy(model("s -> new -> e", name="q"))
        bench.engine.create("p")
        assert bench.jobs() == [expected]


def test_a_complex_gateway_fires_on_its_condition_and_absorbs_the_rest() -> None:
    two = Gateway(id="g", kind=GatewayKind.COMPLEX, activation="activationCount >= 2")
    bench = Bench(model("s -> p -> aa -> g\np -> bb -> g\np -> cc -> g -> dd -> e", two))
    case = bench.engine.create("p")
    bench.do("cc")
    assert sorted(bench.jobs()) == ["aa", "bb"]
    bench.do("aa")
    assert sorted(bench.jobs()) == ["bb", "dd"]
    bench.do("dd")
    assert bench.state(case) == "active"
    bench.do("bb")
    assert bench.state(case) == "completed" and bench.done.count("dd") == 1


def test_mappings_belong_to_each_run_of_a_loop() -> None:
    looped = service("aa", loop=each(), inputs=(Mapped("item * 2", "twice"),), outputs=(Mapped("twice + r", "result"),))
    bench = Bench(model("s -> aa -> bb -> e", looped))
    case = bench.engine.create("p", {"items": [1, 2]})
    bench.work("bb", act=lambda job: {"r": job.variables["twice"]})
    assert bench.engine.variables(case)["results"] == [4, 8]
    assert "r" not in bench.engine.variables(case) and "twice" not in bench.engine.variables(case)
