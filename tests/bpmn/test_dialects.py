"""Models of other engines run here after reading; what could not be carried over is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zaizao import feel
from zaizao.bpmn import (
    CallActivity,
    Definitions,
    Event,
    Gateway,
    MultiInstance,
    Process,
    Task,
    TimerDefinition,
    check,
    node_of,
    read,
    write,
)
from zaizao.bpmn.juel import Untranslatable, to_feel
from zaizao.problems import Severity


@pytest.mark.parametrize(
    ("juel", "expected"),
    [
        ("${x > 5}", "x > 5"),
        ("${amount ge 100 && !approved}", "amount >= 100 and not(approved)"),
        ("#{order.lines[0].price * 2 % 3 == 0}", "modulo(order.lines[1].price * 2, 3) = 0"),
        ("${status == 'it\\'s ok'}", 'status = "it\'s ok"'),
        ("${empty name ? 'none' : name}", 'if (name = null or name = "" or name = []) then "none" else name'),
        ("${list.size() > 2 || name.startsWith('A')}", 'count(list) > 2 or starts with(name, "A")'),
        ("${execution.getVariable('score') < 3}", "score < 3"),
        ("Order ${id} of ${who}", '"Order " + string(id) + " of " + string(who)'),
        ("${nrOfCompletedInstances/nrOfInstances >= 0.6}", "numberOfCompletedInstances / numberOfInstances >= 0.6"),
        ("${data['the key']}", 'get value(data, "the key")'),
        ("${金额 > 100}", "金额 > 100"),
    ],
)
def test_simple_expressions_become_feel_that_compiles(juel: str, expected: str) -> None:
    assert to_feel(juel) == expected
    assert feel.check(expected) == []


@pytest.mark.parametrize(
    "juel",
    [
        "${bean.compute(x)}",
        "${execution.processInstanceId}",
        "${x +}",
        "${x",
        "${dateTime()}",
        "${a[i]}",
        "${" + "(" * 999 + "1" + ")" * 999 + "}",
    ],
)
def test_what_has_no_counterpart_is_refused(juel: str) -> None:
    with pytest.raises(Untranslatable):
        to_feel(juel)


CAMUNDA = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:c="{uri}">
 <process id="p" isExecutable="true" c:versionTag="7" c:historyTimeToLive="30">
  <startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="u"/>
  <userTask id="u" name="审批" c:assignee="${{initiator}}" c:candidateGroups="a, b" c:formKey="embedded:form"
     c:dueDate="${{due}}"/>
  <sequenceFlow id="f2" sourceRef="u" targetRef="g"/><exclusiveGateway id="g" default="f4"/>
  <sequenceFlow id="f3" sourceRef="g" targetRef="j">
   <conditionExpression xsi:type="tFormalExpression">${{approved == true}}</conditionExpression></sequenceFlow>
  <sequenceFlow id="f4" sourceRef="g" targetRef="x"/>
  <serviceTask id="j" c:class="com.bank.CheckCredit" c:asyncBefore="true"><extensionElements>
    <c:field name="limit" stringValue="10"/><c:failedJobRetryTimeCycle>R5/PT1M</c:failedJobRetryTimeCycle>
    <c:inputOutput><c:inputParameter name="who">${{customer.id}}</c:inputParameter>
     <c:inputParameter name="tags"><c:list><c:value>a</c:value><c:value>${{b}}</c:value></c:list></c:inputParameter>
     <c:outputParameter name="y"><c:script scriptFormat="groovy">1</c:script></c:outputParameter></c:inputOutput>
    </extensionElements>
   <multiInstanceLoopCharacteristics c:collection="${{items}}" c:elementVariable="item"/></serviceTask>
  <sequenceFlow id="f5" sourceRef="j" targetRef="x"/>
  <serviceTask id="x" c:type="external" c:topic="notify"/><sequenceFlow id="f6" sourceRef="x" targetRef="r"/>
  <businessRuleTask id="r" c:decisionRef="risk" c:resultVariable="grade" c:mapDecisionResult="singleEntry"/>
  <sequenceFlow id="f7" sourceRef="r" targetRef="k"/>
  <callActivity id="k" calledElement="sub"><extensionElements><c:in source="a" target="b"/><c:out variables="all"/>
   </extensionElements></callActivity><sequenceFlow id="f8" sourceRef="k" targetRef="w"/>
  <intermediateCatchEvent id="w"><timerEventDefinition>
   <timeDuration xsi:type="tFormalExpression">${{wait}}</timeDuration></timerEventDefinition></intermediateCatchEvent>
  <sequenceFlow id="f9" sourceRef="w" targetRef="e"/><endEvent id="e"/>
 </process></definitions>"""


@pytest.mark.parametrize(
    "uri", ["http://camunda.org/schema/1.0/bpmn", "http://flowable.org/bpmn", "http://activiti.org/bpmn"]
)
def test_a_model_of_another_engine_is_converted_with_a_report(uri: str) -> None:
    model = read(CAMUNDA.format(uri=uri))
    (process,) = model.processes

    user, job, external, rule = (task(process, key) for key in "ujxr")
    assert user.human and (user.human.assignee, user.human.candidate_groups, user.human.due) == (
        "initiator", '["a", "b"]', "due")  # fmt: skip
    assert job.job and (job.job.type, job.job.retries, dict(job.job.headers)) == ('"CheckCredit"', "5", {"limit": "10"})
    assert [tuple(pair) for pair in job.inputs] == [("customer.id", "who"), ('["a", b]', "tags")]
    assert isinstance(job.loop, MultiInstance) and (job.loop.collection, job.loop.element) == ("items", "item")
    assert external.job and external.job.type == '"notify"'
    assert rule.decision and (rule.decision.decision, rule.decision.result) == ('"risk"', "grade")
    call = node_of(process, "k")
    assert isinstance(call, CallActivity) and call.called and call.called.process == '"sub"'
    assert (call.called.propagate_all_child, call.called.propagate_all_parent) == (True, False)
    assert process.version_tag == "7"
    assert {flow.id: flow.condition for flow in process.flows}["f3"] == "approved = true"
    timer = node_of(process, "w")
    assert isinstance(timer, Event) and isinstance(timer.definition, TimerDefinition)
    assert timer.definition.expression == "wait" and isinstance(node_of(process, "g"), Gateway)

    report = {problem.code for problem in model.findings}
    assert report == {"bpmn.dialect.worker", "bpmn.dialect.left", "bpmn.dialect.idle"}
    assert any("inputOutput" in problem.what.en and "serviceTask j" in problem.where for problem in model.findings)
    assert [problem for problem in check(model) if problem.severity is Severity.ERROR] == []
    assert replace(read(write(model)), findings=()) == replace(model, findings=())


def test_an_expression_without_counterpart_is_an_error_at_its_element() -> None:
    text = CAMUNDA.format(uri="http://camunda.org/schema/1.0/bpmn").replace("approved == true", "bean.ask(execution)")
    problems = check(read(text))
    found = [problem for problem in problems if problem.code == "bpmn.dialect.expression"]
    assert [problem.where for problem in found] == ["sequenceFlow f3 (conditionExpression)"] or [
        problem.where for problem in found
    ] == ["sequenceFlow f3"]
    assert found[0].severity is Severity.ERROR


def test_native_models_are_left_alone() -> None:
    model = Definitions(processes=(Process(id="p", nodes=(Task(id="t"),)),))
    assert read(write(model)).findings == ()


def task(process: Process, key: str) -> Task:
    node = node_of(process, key)
    assert isinstance(node, Task)
    return node


ODD = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t" xmlns:c="{uri}">
 <process id="p" isExecutable="true" c:candidateStarterGroups="staff" c:taskPriority="7">
  <startEvent id="s" c:initiator="who" c:formKey="start">
   <extensionElements><c:executionListener class="a.B" event="start"/></extensionElements></startEvent>
  <sequenceFlow id="f1" sourceRef="s" targetRef="j">
   <extensionElements><c:executionListener class="a.T" event="take"/></extensionElements></sequenceFlow>
  <serviceTask id="j" c:type="external" c:topic="t" c:asyncBefore="true" c:strange="1" c:taskPriority="${{n}}">
   <extensionElements><c:connector><c:connectorId>http</c:connectorId></c:connector><c:failedJobRetryTimeCycle>R3/PT5M
   </c:failedJobRetryTimeCycle><c:errorEventDefinition errorRef="x"/><c:oddity/></extensionElements></serviceTask>
  <sequenceFlow id="f2" sourceRef="j" targetRef="g"/>
  <exclusiveGateway id="g"><extensionElements><c:executionListener class="a.G" event="end"/></extensionElements>
  </exclusiveGateway><sequenceFlow id="f3" sourceRef="g" targetRef="r"/>
  <businessRuleTask id="r" c:decisionRef="x" c:mapDecisionResult="collectEntries"/>
  <sequenceFlow id="f4" sourceRef="r" targetRef="e"/><endEvent id="e"/>
 </process></definitions>"""


@pytest.mark.parametrize(
    "uri", ["http://camunda.org/schema/1.0/bpmn", "http://flowable.org/bpmn", "http://activiti.org/bpmn"]
)
def test_the_report_names_every_part_of_the_dialect_that_has_no_effect_at_its_element(uri: str) -> None:
    model = read(ODD.format(uri=uri))
    said = {(problem.where, problem.what.en) for problem in model.findings}
    for where, part in (
        ("process p", "candidateStarterGroups"),
        ("startEvent s", "initiator"),
        ("startEvent s", "formKey"),
        ("sequenceFlow f1", "executionListener"),
        ("serviceTask j", "asyncBefore"),
        ("serviceTask j", "strange"),
        ("serviceTask j", "connector"),
        ("serviceTask j", "failedJobRetryTimeCycle R3/PT5M"),
        ("serviceTask j", "errorEventDefinition"),
        ("serviceTask j", "oddity"),
        ("exclusiveGateway g", "executionListener"),
        ("businessRuleTask r", "collectEntries"),
    ):
        assert any(place == where and part in words for place, words in said), (where, part)
    (process,) = model.processes
    assert process.job_priority == "7" and [item.event for item in node_of(process, "s").listeners] == ["end"]
    job = task(process, "j").job
    assert job is not None and (job.priority, job.retries) == ("n", "3")
    assert [problem for problem in check(model) if problem.severity is Severity.ERROR] == []
