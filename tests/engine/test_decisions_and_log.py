"""Business rule tasks ask DMN; the journal exports as an event log."""

from __future__ import annotations

import random

from engine.driving import SECOND, T0, Bench
from engine.sketch import model
from zaizao import dmn
from zaizao.bpmn import CalledDecision, HumanWork, Job, Task, TaskKind
from zaizao.engine import VirtualClock
from zaizao.eventlog import activities

DECIDE = Task(id="aa", name="评级", kind=TaskKind.BUSINESS_RULE, decision=CalledDecision('"grade"', "result"))


def grading(limit: str) -> dmn.Definitions:
    table = dmn.DecisionTable(
        inputs=(dmn.Input(dmn.LiteralExpression(text="amount")),),
        outputs=(dmn.Output(name="grade", type="string"),),
        rules=(dmn.Rule((f"<= {limit}",), ('"A"',)), dmn.Rule((f"> {limit}",), ('"B"',))),
    )
    need = dmn.Requirement("amount_in", dmn.RequirementKind.INPUT)
    return dmn.Definitions(
        "urn:test",
        "grading",
        (
            dmn.InputData("amount_in", "amount", dmn.InformationItem("amount", "number")),
            dmn.Decision("grade", "grade", table, dmn.InformationItem("grade", "string"), (need,)),
        ),
    )


def test_a_decision_bound_to_its_deployment_stays_the_one_that_came_with_the_process() -> None:
    for binding, answer in (("deployment", "A"), ("latest", "B")):
        bound = Task(id="aa", kind=TaskKind.BUSINESS_RULE, decision=CalledDecision('"grade"', "result", binding))
        bench = Bench(model("s -> aa -> bb -> e", bound), decisions=[grading("100")])
        bench.engine.deploy(None, [grading("10")])
        case = bench.engine.create("p", {"amount": 50})
        assert bench.engine.variables(case)["result"] == answer


def test_a_decision_answers_and_a_new_version_answers_from_then_on() -> None:
    bench = Bench(
        model('s -> aa -> x -[result = "A"]-> bb -> e\nx -[else]-> cc -> e', DECIDE), decisions=[grading("100")]
    )
    bench.run({"amount": 100})
    bench.run({"amount": 100.5})
    assert bench.done == ["bb", "cc"]
    bench.engine.deploy(None, [grading("1000")])
    bench.run({"amount": 100.5})
    assert bench.done == ["bb", "cc", "bb"]
    asked = [record.event for record in bench.engine.journal() if type(record.event).__name__ == "DecisionEvaluated"]
    assert [(event.version, event.output) for event in asked] == [("1", "A"), ("1", "B"), ("2", "A")]


def test_a_decision_that_is_missing_is_an_incident_that_a_deployment_and_a_retry_cure() -> None:
    bench = Bench(model("s -> aa -> bb -> e", DECIDE))
    bench.engine.create("p", {"amount": 5})
    assert bench.problems() == ["decision"]
    bench.engine.deploy(None, [grading("100")])
    bench.engine.resolve(bench.engine.incidents()[0].key)
    assert bench.jobs() == ["bb"]


def test_the_journal_exports_every_activity_with_its_times_and_who_did_it() -> None:
    human = Task(id="uu", name="审批", kind=TaskKind.USER, human=HumanWork())
    robot = Task(id="rr", name="登记", kind=TaskKind.SERVICE, job=Job('"rr"'))
    bench = Bench(model("s -> rr -> uu -> e", human, robot))
    case = bench.engine.create("p", business_id="L-1")
    bench.clock.advance(3 * SECOND)
    (job,) = bench.engine.activate("rr", "robot-7")
    bench.clock.advance(2 * SECOND)
    bench.engine.complete(job.key)
    bench.clock.advance(10 * SECOND)
    (row,) = bench.engine.tasks()
    bench.engine.assign(row.key, "li")
    bench.clock.advance(60 * SECOND)
    bench.engine.complete_task(row.key)
    log = bench.engine.log()
    assert log.case_names == (str(case),) and log.activity_names == ("登记", "审批")
    assert [log.resource_names[code] for code in log.resource] == ["robot-7", "li"]
    assert ((log.start - T0) // SECOND).tolist() == [3, 15]
    assert ((log.end - T0) // SECOND).tolist() == [5, 75]
    assert ((log.event_table["enabled"] - T0) // SECOND).to_list() == [0, 5]
    assert log.event_table["automatic"].to_list() == [True, False]
    assert log.case_table["business_id"].to_list() == ["L-1"]
    assert activities(log).events == 2


def test_two_hundred_cases_under_the_virtual_clock_take_seconds_and_every_activity_is_in_the_log() -> None:
    human = Task(id="uu", name="审批", kind=TaskKind.USER, human=HumanWork())
    bench = Bench(
        model("s -> rr -> x -[n > 50]-> uu -> x2\nx -[else]-> aa -> x2 -> e", human, DECIDE), decisions=[grading("100")]
    )
    luck = random.Random(7)
    clock = bench.clock
    assert isinstance(clock, VirtualClock)
    for _ in range(200):
        clock.advance(luck.randrange(600) * SECOND)
        bench.engine.create("p", {"n": luck.randrange(100), "amount": 5})
        bench.work()
        for row in bench.engine.tasks()[:1]:
            bench.engine.complete_task(row.key, by="li")
    for row in bench.engine.tasks():
        bench.engine.complete_task(row.key, by="li")
    log = bench.engine.log()
    assert (log.cases, log.events) == (200, 400)
    assert {bench.state(int(case)) for case in log.case_names} == {"completed"}
