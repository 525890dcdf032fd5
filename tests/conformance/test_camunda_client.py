"""The official Camunda 8 Python client drives our server: deploy, work, decide, correct, migrate, look.

The client's generated models raise where a required field is absent or an enumeration value unknown, so that parsing
an answer is itself the check of its shape.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from server.test_door import TOKEN, free_port, serving
from zaizao import bpmn
from zaizao.bpmn import (
    CallActivity,
    CalledDecision,
    CalledElement,
    Coded,
    Definitions,
    Event,
    EventPosition,
    HumanWork,
    Job,
    Message,
    MessageDefinition,
    Process,
    SequenceFlow,
    SignalDefinition,
    Task,
    TaskKind,
)

sdk = pytest.importorskip("camunda_orchestration_sdk", reason="the official Camunda 8 client is not installed")
from camunda_orchestration_sdk import models as m, semantic_types as s  # noqa: E402
from camunda_orchestration_sdk.client import ExtendedDeploymentResult  # noqa: E402
from camunda_orchestration_sdk.types import File  # noqa: E402

CASES = 1_000


class Bearer:
    """Our token, the way the client asks for headers."""

    def get_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {TOKEN}"}

    async def aget_headers(self) -> dict[str, str]:
        return self.get_headers()


def written(*nodes: Any, process: str, messages: tuple[Message, ...] = (), signals: tuple[Coded, ...] = ()) -> bytes:
    """A process of ``nodes`` in a row."""
    whole = (
        Event(id="start", position=EventPosition.START),
        *nodes,
        Event(id="end", position=EventPosition.END),
    )
    flows = tuple(SequenceFlow(id=f"f{n}", source=a.id, target=b.id) for n, (a, b) in enumerate(pairwise(whole)))
    drawn = Definitions(
        processes=(Process(id=process, name=f"流程 {process}", nodes=whole, flows=flows),),
        messages=messages,
        signals=signals,
    )
    return bpmn.write(bpmn.layout(drawn))


def service(name: str, job_type: str | None = None) -> Task:
    return Task(
        id=name, name=name.title(), kind=TaskKind.SERVICE, job=Job(f'"{job_type or name}"', headers={"to": "x"})
    )


def waiting(name: str, definition: Any) -> Event:
    return Event(id=name, position=EventPosition.CATCH, definitions=(definition,))


RISK = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="risk_model" name="Risk" namespace="http://bank">
  <decision id="risk" name="Risk class">
    <variable name="Risk class" typeRef="string"/>
    <decisionTable id="table" hitPolicy="FIRST">
      <input id="in_amount" label="Amount"><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
      <output id="out_class" name="class" typeRef="string"/>
      <rule id="small"><inputEntry id="i1"><text>&lt; 1000</text></inputEntry><outputEntry id="o1"><text>"low"</text></outputEntry></rule>
      <rule id="large"><inputEntry id="i2"><text>-</text></inputEntry><outputEntry id="o2"><text>"high"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""
FORM = '{"id": "approval", "type": "default", "components": []}'


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    server = serving(tmp_path_factory.mktemp("client") / "bank.db", port)
    yield f"http://127.0.0.1:{port}/v2"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def client(address: str) -> Any:
    return sdk.CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": address}, auth_provider=Bearer())


def deploy(client: Any, **files: bytes | str) -> Any:
    """Deploy files by name (``_`` stands for the dot) and return the client's answer."""
    sent = [
        File(payload=content.encode() if isinstance(content, str) else content, file_name=name.replace("__", "."))
        for name, content in files.items()
    ]
    return ExtendedDeploymentResult(client.create_deployment(data=m.CreateDeploymentData(resources=sent)))


def start(client: Any, process: str, **variables: Any) -> Any:
    body = m.ProcessCreationById(
        process_definition_id=s.ProcessDefinitionId(process),
        variables=m.ProcessInstanceCreationInstructionByIdVariables.from_dict(variables),
    )
    return client.create_process_instance(data=body)


def activated(client: Any, job_type: str, limit: int = 10) -> list[Any]:
    body = m.JobActivationRequest(type_=job_type, timeout=60_000, max_jobs_to_activate=limit, request_timeout=2_000)
    jobs: list[Any] = client.activate_jobs(data=body).jobs
    return jobs


def state(client: Any, case: Any) -> str:
    return str(client.get_process_instance(process_instance_key=case).state.value)


def of_case(filter_type: Any, query_type: Any, case: Any) -> Any:
    return query_type(filter_=filter_type.from_dict({"processInstanceKey": case}))


def elements(client: Any, case: Any) -> dict[str, Any]:
    found = client.search_element_instances(
        data=of_case(m.ElementInstanceSearchQueryFilter, m.ElementInstanceSearchQuery, case)
    )
    return {item.element_id: item for item in found.items}


def test_the_cluster_says_what_it_is(client: Any) -> None:
    topology = client.get_topology()
    assert topology.cluster_size == 1 and topology.brokers[0].partitions[0].role.value == "leader"
    assert client.get_authentication().username == "administrator"
    assert client.get_license().valid_license


def test_a_deployment_lists_what_it_made_known_and_every_part_is_found_again(client: Any) -> None:
    done = deploy(
        client, kept__bpmn=written(service("keep"), process="kept"), risk__dmn=RISK, approval__form=FORM, note__txt="x"
    )
    assert [one.process_definition_id for one in done.processes] == ["kept"]
    assert [one.decision_definition_id for one in done.decisions] == ["risk"]
    assert [one.form_id for one in done.forms] == ["approval"]
    process = client.get_process_definition(process_definition_key=done.processes[0].process_definition_key)
    assert (process.name, process.resource_name, process.version) == ("流程 kept", "kept.bpmn", 1)
    assert "keep" in client.get_process_definition_xml(process_definition_key=process.process_definition_key)
    decision = client.get_decision_definition(decision_definition_key=done.decisions[0].decision_definition_key)
    assert decision.name == "Risk class" and decision.decision_requirements_id == "risk_model"
    drawn = client.get_decision_requirements(decision_requirements_key=decision.decision_requirements_key)
    assert drawn.resource_name == "risk.dmn"
    again = deploy(client, kept__bpmn=written(service("keep"), process="kept"))
    assert again.processes[0].process_definition_version == 1, "the same text is no new version"
    newer = deploy(client, kept__bpmn=written(service("keep"), service("more"), process="kept"))
    assert newer.processes[0].process_definition_version == 2
    latest = client.search_process_definitions(
        data=m.ProcessDefinitionSearchQuery(
            filter_=m.ProcessDefinitionSearchQueryFilter.from_dict(
                {"processDefinitionId": "kept", "isLatestVersion": True}
            )
        )
    )
    assert [item.version for item in latest.items] == [2]
    resource = client.search_resources(data=m.ResourceSearchQuery()).items
    assert {"kept.bpmn", "risk.dmn", "approval.form", "note.txt"} <= {item.resource_name for item in resource}


def test_a_thousand_instances_are_worked_by_the_clients_worker_and_paged(client: Any, address: str) -> None:
    deploy(client, many__bpmn=written(service("score"), process="many"))
    keys = {start(client, "many", number=number).process_instance_key for number in range(CASES)}
    assert len(keys) == CASES

    def finished() -> int:
        query = {"processDefinitionId": "many", "state": "COMPLETED"}
        found = client.search_process_instances(
            data=m.ProcessInstanceSearchQuery(
                filter_=m.ProcessInstanceSearchQueryFilter.from_dict(query), page=m.LimitBasedPagination(limit=1)
            )
        )
        return int(found.page.total_items)

    asyncio.run(_work(address, lambda: finished() == CASES))
    assert finished() == CASES
    seen: list[Any] = []
    page: Any = m.LimitBasedPagination(limit=300)
    while True:
        found = client.search_process_instances(
            data=m.ProcessInstanceSearchQuery(
                filter_=m.ProcessInstanceSearchQueryFilter.from_dict({"processDefinitionId": {"$in": ["many"]}}),
                sort=[
                    m.ProcessInstanceSearchQuerySortRequest.from_dict({"field": "startDate", "order": "DESC"}),
                ],
                page=page,
            )
        )
        if not found.items:
            break
        assert found.page.total_items == CASES and not found.page.has_more_total_items
        seen += [item.process_instance_key for item in found.items]
        page = m.CursorBasedForwardPagination(after=found.page.end_cursor, limit=300)
    assert len(seen) == CASES and set(seen) == keys
    by_value = client.search_process_instances(
        data=m.ProcessInstanceSearchQuery(
            filter_=m.ProcessInstanceSearchQueryFilter.from_dict({"variables": [{"name": "doubled", "value": "84"}]})
        )
    )
    assert len(by_value.items) == 1
    statistics = client.get_process_definition_statistics(
        process_definition_key=by_value.items[0].process_definition_key,
        data=m.ProcessDefinitionElementStatisticsQuery(),
    )
    assert {(one.element_id, one.completed, one.active) for one in statistics.items} == {
        ("start", CASES, 0),
        ("score", CASES, 0),
        ("end", CASES, 0),
    }


async def _work(address: str, done: Callable[[], bool]) -> None:
    """Run the client's own worker until the work is done."""
    client = sdk.CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": address}, auth_provider=Bearer())

    async def score(job: Any) -> dict[str, Any]:
        variables = job.variables.to_dict()
        return {"doubled": variables["number"] * 2}

    config = sdk.WorkerConfig(
        job_type="score", job_timeout_milliseconds=60_000, max_concurrent_jobs=250, request_timeout_milliseconds=1_000
    )
    worker = client.create_job_worker(config, score)
    end = time.monotonic() + 90
    while time.monotonic() < end and not await asyncio.to_thread(done):
        await asyncio.sleep(0.2)
    worker.stop()


def test_a_person_works_a_task_with_its_form_and_variables(client: Any) -> None:
    human = HumanWork(candidate_groups='["officers"]', form_id="approval", priority="70")
    approve = Task(id="approve", name="审批", kind=TaskKind.USER, human=human)
    deploy(client, approval__form=FORM, task__bpmn=written(approve, process="task"))
    case = start(client, "task", amount=12).process_instance_key
    query = of_case(m.UserTaskSearchQueryFilter, m.UserTaskSearchQuery, case)
    (task,) = client.search_user_tasks(data=query).items
    assert (task.name, task.candidate_groups, task.priority, task.state.value) == ("审批", ["officers"], 70, "CREATED")
    key = task.user_task_key
    assert client.get_user_task_form(user_task_key=key).form_id == "approval"
    client.assign_user_task(user_task_key=key, data=m.UserTaskAssignmentRequest(assignee="li"))
    with pytest.raises(sdk.errors.ConflictError):
        client.assign_user_task(
            user_task_key=key, data=m.UserTaskAssignmentRequest(assignee="wang", allow_override=False)
        )
    client.unassign_user_task(user_task_key=key)
    changes = m.Changeset.from_dict({"dueDate": "2031-01-02T03:04:05Z", "priority": 90})
    client.update_user_task(user_task_key=key, data=m.UserTaskUpdateRequest(changeset=changes))
    changed = client.get_user_task(user_task_key=key)
    assert changed.priority == 90 and changed.due_date.year == 2031 and changed.assignee is None
    variables = client.search_user_task_effective_variables(
        user_task_key=key, data=m.SearchUserTaskEffectiveVariablesData()
    )
    assert [(one.name, one.value) for one in variables.items] == [("amount", "12")]
    body = m.UserTaskCompletionRequest(variables=m.UserTaskCompletionRequestVariables.from_dict({"ok": True}))
    client.complete_user_task(user_task_key=key, data=body)
    assert client.get_user_task(user_task_key=key).state.value == "COMPLETED"
    assert state(client, case) == "COMPLETED"


def test_a_message_reaches_who_waits_and_nobody_else(client: Any) -> None:
    message = Message(id="paid", name="paid", correlation_key="order")
    catch = waiting("wait", MessageDefinition("paid"))
    deploy(client, message__bpmn=written(catch, process="message", messages=(message,)))
    case = start(client, "message", order="A-1").process_instance_key
    query = of_case(m.MessageSubscriptionSearchQueryFilter, m.MessageSubscriptionSearchQuery, case)
    (subscription,) = client.search_message_subscriptions(data=query).items
    assert (subscription.message_name, subscription.correlation_key, subscription.element_id) == ("paid", "A-1", "wait")
    with pytest.raises(sdk.errors.NotFoundError):
        client.correlate_message(data=m.MessageCorrelationRequest(name="paid", correlation_key="A-2"))
    variables = m.MessageCorrelationRequestVariables.from_dict({"sum": 5})
    taken = client.correlate_message(
        data=m.MessageCorrelationRequest(name="paid", correlation_key="A-1", variables=variables)
    )
    assert taken.process_instance_key == case and state(client, case) == "COMPLETED"
    later = m.MessagePublicationRequest(name="paid", correlation_key="A-3", time_to_live=60_000, message_id="once")
    client.publish_message(data=later)
    assert state(client, start(client, "message", order="A-3").process_instance_key) == "COMPLETED"


def test_a_signal_is_heard_by_all(client: Any) -> None:
    catch = waiting("wait", SignalDefinition("close"))
    deploy(client, signal__bpmn=written(catch, process="signal", signals=(Coded(id="close", name="close"),)))
    cases = [start(client, "signal").process_instance_key for _ in range(3)]
    sent = client.broadcast_signal(data=m.SignalBroadcastRequest(signal_name="close"))
    assert sent.signal_key and {state(client, case) for case in cases} == {"COMPLETED"}


def test_an_incident_is_raised_repaired_and_resolved(client: Any) -> None:
    deploy(client, incident__bpmn=written(service("pay"), process="incident"))
    case = start(client, "incident").process_instance_key
    (job,) = activated(client, "pay")
    client.fail_job(job_key=job.job_key, data=m.JobFailRequest(retries=0, error_message="the bank is closed"))
    query = of_case(m.IncidentSearchQueryFilter, m.IncidentSearchQuery, case)
    (incident,) = client.search_incidents(data=query).items
    assert (incident.error_type.value, incident.error_message) == ("JOB_NO_RETRIES", "the bank is closed")
    assert client.get_process_instance(process_instance_key=case).has_incident
    assert elements(client, case)["pay"].incident_key == incident.incident_key
    by_error = client.get_process_instance_statistics_by_error(data=m.IncidentProcessInstanceStatisticsByErrorQuery())
    assert by_error.items[0].active_instances_with_error_count == 1
    with pytest.raises(sdk.errors.ConflictError):
        client.resolve_incident(incident_key=incident.incident_key, data=m.IncidentResolutionRequest())
    client.update_job(job_key=job.job_key, data=m.JobUpdateRequest(changeset=m.JobChangeset(retries=2)))
    client.resolve_incident(incident_key=incident.incident_key, data=m.IncidentResolutionRequest())
    (again,) = activated(client, "pay")
    assert again.retries == 2
    client.complete_job(job_key=again.job_key, data=m.JobCompletionRequest())
    assert client.get_incident(incident_key=incident.incident_key).state.value == "RESOLVED"
    (past,) = client.search_jobs(data=of_case(m.JobSearchQueryFilter, m.JobSearchQuery, case)).items
    assert past.state.value == "COMPLETED" and past.end_time is not None
    with pytest.raises(sdk.errors.NotFoundError):
        client.complete_job(job_key=again.job_key, data=m.JobCompletionRequest())


def test_a_case_moves_to_another_version_and_is_modified(client: Any) -> None:
    deploy(client, move__bpmn=written(service("first", "m1"), process="move"))
    case = start(client, "move").process_instance_key
    newer = deploy(client, move__bpmn=written(service("renamed", "m1"), service("second", "m2"), process="move"))
    target = newer.processes[0].process_definition_key
    mapping = m.MigrateProcessInstanceMappingInstruction(
        source_element_id=s.ElementId("first"), target_element_id=s.ElementId("renamed")
    )
    body = m.ProcessInstanceMigrationInstruction(target_process_definition_key=target, mapping_instructions=[mapping])
    client.migrate_process_instance(process_instance_key=case, data=body)
    moved = client.get_process_instance(process_instance_key=case)
    assert (moved.process_definition_key, moved.process_definition_version) == (target, 2)
    assert elements(client, case)["renamed"].state.value == "ACTIVE"
    change = m.ProcessInstanceModificationInstruction.from_dict(
        {
            "activateInstructions": [
                {"elementId": "second", "variableInstructions": [{"variables": {"skipped": True}, "scopeId": ""}]}
            ],
            "terminateInstructions": [{"elementId": "renamed"}],
        }
    )
    client.modify_process_instance(process_instance_key=case, data=change)
    states = {name: item.state.value for name, item in elements(client, case).items()}
    assert states["renamed"] == "TERMINATED" and states["second"] == "ACTIVE"
    (job,) = activated(client, "m2")
    assert job.variables.to_dict() == {"skipped": True} and job.custom_headers.to_dict() == {"to": "x"}
    client.complete_job(job_key=job.job_key, data=m.JobCompletionRequest())
    assert state(client, case) == "COMPLETED"


def test_a_decision_is_asked_and_stays_on_record(client: Any) -> None:
    deploy(client, risk__dmn=RISK)
    body = m.DecisionEvaluationByID.from_dict({"decisionDefinitionId": "risk", "variables": {"amount": 4000}})
    told = client.evaluate_decision(data=body)
    assert told.output == '"high"'
    (rule,) = told.evaluated_decisions[0].matched_rules
    assert (rule.rule_id, rule.rule_index, rule.evaluated_outputs[0].output_value) == ("large", 2, '"high"')
    rated = Task(id="rate", kind=TaskKind.BUSINESS_RULE, decision=CalledDecision('"risk"', result="grade"))
    deploy(client, rated__bpmn=written(rated, process="rated"))
    case = start(client, "rated", amount=10).process_instance_key
    query = of_case(m.DecisionInstanceSearchQueryFilter, m.DecisionInstanceSearchQuery, case)
    (found,) = client.search_decision_instances(data=query).items
    whole = client.get_decision_instance(decision_evaluation_instance_key=found.decision_evaluation_instance_key)
    assert (whole.result, whole.state.value, whole.matched_rules[0].rule_id) == ('"low"', "EVALUATED", "small")
    assert [(one.input_name, one.input_value) for one in whole.evaluated_inputs] == [("Amount", "10")]


def test_a_case_is_awaited_and_its_callers_are_known(client: Any) -> None:
    deploy(client, inner__bpmn=written(service("inside", "inner"), process="inner"))
    call = CallActivity(id="call", called=CalledElement(process='"inner"'))
    deploy(client, outer__bpmn=written(call, process="outer"))
    case = start(client, "outer", n=1).process_instance_key
    (job,) = activated(client, "inner")
    child = job.process_instance_key
    assert job.root_process_instance_key == case
    chain = client.get_process_instance_call_hierarchy(process_instance_key=child)
    assert [one["processInstanceKey"] if isinstance(one, dict) else one.process_instance_key for one in chain] == [
        case,
        child,
    ]
    client.create_element_instance_variables(
        element_instance_key=job.element_instance_key,
        data=m.SetVariableRequest(variables=m.SetVariableRequestVariables.from_dict({"deep": "x" * 9000}), local=True),
    )
    query = of_case(m.VariableSearchQueryFilter, m.SearchVariablesData, child)
    deep = next(one for one in client.search_variables(data=query).items if one.name == "deep")
    assert deep.is_truncated and len(deep.value) == 8191
    assert len(client.get_variable(variable_key=deep.variable_key).value) == 9002
    client.throw_job_error(job_key=job.job_key, data=m.JobErrorRequest(error_code="NOBODY_CATCHES"))
    family = client.search_process_instance_incidents(process_instance_key=case, data=m.IncidentSearchQuery())
    assert {one.error_type.value for one in family.items} == {"UNHANDLED_ERROR_EVENT"}
    client.cancel_process_instance(process_instance_key=case, data=m.CancelProcessInstanceData())
    assert state(client, case) == state(client, child) == "TERMINATED"
    flows = client.get_process_instance_sequence_flows(process_instance_key=case)
    assert [one.element_id for one in flows.items] == ["f0"]
    counted = client.get_process_instance_statistics(process_instance_key=case)
    assert {one.element_id: (one.completed, one.canceled) for one in counted.items} == {"start": (1, 0), "call": (0, 1)}


def test_the_answer_to_a_case_that_is_awaited_has_its_variables(client: Any) -> None:
    body = m.ProcessCreationById.from_dict(
        {
            "processDefinitionId": "rated",
            "variables": {"amount": 5000, "other": 1},
            "awaitCompletion": True,
            "fetchVariables": ["grade"],
            "tags": ["urgent"],
            "businessId": "B-7",
        }
    )
    done = client.create_process_instance(data=body)
    assert done.variables.to_dict() == {"grade": "high"} and (done.tags, done.business_id) == (["urgent"], "B-7")


def test_the_clock_is_pinned_and_reset(client: Any) -> None:
    later = int(time.time() * 1000) + 3_600_000
    client.pin_clock(data=m.ClockPinRequest(timestamp=later))
    deploy(client, clock__bpmn=written(service("tick", "tick"), process="clock"))
    case = start(client, "clock").process_instance_key
    began = client.get_process_instance(process_instance_key=case).start_date
    assert int(began.timestamp() * 1000) == later
    client.reset_clock()
    again = start(client, "clock").process_instance_key
    assert client.get_process_instance(process_instance_key=again).start_date < began
