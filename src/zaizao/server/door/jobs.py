"""Jobs at the door: activation with long polling, and how they end."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from zaizao.engine import ActivatedJob, Condition, Either, Engine, Op, PastJobRow, Test, Verdict
from zaizao.server.access import Permission, requires
from zaizao.server.door.finding import (
    Asked,
    Catalogue,
    choice,
    constant,
    date,
    find,
    key,
    number,
    of_case,
    tenant,
    text,
)
from zaizao.server.door.processes import root_key, tags_of
from zaizao.server.door.requests import TENANT, answer, instant, key_of, partitions_of
from zaizao.server.door.shapes import JobDone, JobError, JobFailed, JobResult, JobUpdate, JobWanted, stamp
from zaizao.server.door.writer import job_of

router = APIRouter(tags=["jobs"])
OPERATE = [requires(Permission.OPERATE)]
LONG_POLL = 10.0
"""Seconds that an activation waits where the client leaves it to the server (``requestTimeout`` 0)."""
LONGEST_POLL = 60.0

STATES = {
    name: (name.lower().replace("_", "-"),)
    for name in (
        "CREATED",
        "COMPLETED",
        "FAILED",
        "RETRIES_UPDATED",
        "TIMED_OUT",
        "CANCELED",
        "ERROR_THROWN",
        "MIGRATED",
    )
}


_EXECUTION = ("start", "end")
_TASK = ("creating", "assigning", "updating", "completing", "canceling")
KINDS = {
    "BPMN_ELEMENT": ("",),
    "EXECUTION_LISTENER": _EXECUTION,
    "TASK_LISTENER": _TASK,
    "AD_HOC_SUB_PROCESS": (),
}
LISTENERS: dict[str, tuple[str, ...]] = {
    "UNSPECIFIED": ("",),
    "BEFORE_ALL": (),
    **{name.upper(): (name,) for name in (*_EXECUTION, *_TASK)},
}


def _kind(listener: str) -> str:
    return next(name for name, events in KINDS.items() if listener in events)


@router.post("/jobs/activation", dependencies=OPERATE)
def activate(request: Request, wanted: JobWanted) -> Response:
    """Take jobs of a type; waits for the first one. A negative ``requestTimeout`` does not wait."""
    seconds = LONG_POLL if wanted.request_timeout == 0 else wanted.request_timeout / 1000

    def take(engine: Engine) -> list[dict[str, Any]]:
        jobs = engine.activate(wanted.type, wanted.worker, wanted.max_jobs_to_activate, wanted.timeout * 1000)
        return [taken(engine, job, wanted.fetch_variable) for job in jobs]

    return answer({"jobs": partitions_of(request).until(take, min(seconds, LONGEST_POLL), job_of(wanted.type))})


def taken(engine: Engine, job: ActivatedJob, only: list[str] | None) -> dict[str, Any]:
    """A job in a worker's hands as clients see it."""
    variables = {name: value for name, value in job.variables.items() if name in only} if only else job.variables
    return {
        "jobKey": str(job.key),
        "type": job.job_type,
        "processInstanceKey": str(job.case),
        "rootProcessInstanceKey": root_key(engine, job.case),
        "processDefinitionKey": str(job.process),
        "processDefinitionId": job.process_id,
        "processDefinitionVersion": job.version,
        "elementId": job.node,
        "elementInstanceKey": str(job.element or job.key),
        "customHeaders": dict(job.headers),
        "worker": job.worker,
        "retries": job.retries,
        "deadline": job.deadline // 1000,
        "priority": job.priority,
        "variables": variables,
        "kind": _kind(job.listener),
        "listenerEventType": job.listener.upper() or "UNSPECIFIED",
        "userTask": _task(job) if job.task else None,
        "tags": tags_of(engine, job.case),
        "tenantId": TENANT,
    }


def _task(job: ActivatedJob) -> dict[str, Any]:
    """The user task as the change that a listener is asked about would make it."""
    task, wanted = job.task, job.task.wanted if job.task else None
    assert task is not None, "only a task listener's job shows a task"
    return {
        "action": wanted.action if wanted else "",
        "assignee": task.assignee,
        "candidateGroups": list(task.groups),
        "candidateUsers": list(task.users),
        "changedAttributes": [],
        "dueDate": stamp(task.due),
        "followUpDate": stamp(task.follow_up),
        "formKey": None,
        "priority": task.priority,
        "userTaskKey": str(job.element),
    }


@router.post("/jobs/{key}/completion", status_code=204, dependencies=OPERATE)
def complete(request: Request, key: str, done: JobDone | None = None) -> None:
    """The job is done; a task listener's ``result`` may deny the change or correct it."""
    told, number_asked = done or JobDone(), key_of(key)
    verdict = _verdict(told.result) if told.result else None
    partitions_of(request).of(number_asked).do(
        lambda engine: engine.complete(number_asked, told.variables, verdict=verdict)
    )


def _verdict(result: JobResult) -> Verdict:
    if result.type == "adHocSubProcess":
        raise HTTPException(400, "ad-hoc sub-processes are not run by jobs here")
    given = result.corrections.model_dump(exclude_none=True) if result.corrections else {}
    due, follow_up = (given.get(name) for name in ("due_date", "follow_up_date"))
    return Verdict(
        denied=bool(result.denied),
        reason=result.denied_reason or "",
        assignee=given.get("assignee"),
        groups=tuple(given["candidate_groups"]) if "candidate_groups" in given else None,
        users=tuple(given["candidate_users"]) if "candidate_users" in given else None,
        due=None if due is None else instant(due) if due else 0,
        follow_up=None if follow_up is None else instant(follow_up) if follow_up else 0,
        priority=given.get("priority"),
    )


@router.post("/jobs/{key}/failure", status_code=204, dependencies=OPERATE)
def fail(request: Request, key: str, failed: JobFailed | None = None) -> None:
    """The job could not be done; without retries left it becomes an incident."""
    told, number_asked = failed or JobFailed(), key_of(key)
    partitions_of(request).of(number_asked).do(
        lambda engine: engine.fail(
            number_asked, told.retries, told.error_message, told.retry_back_off * 1000, told.variables
        )
    )


@router.post("/jobs/{key}/error", status_code=204, dependencies=OPERATE)
def throw(request: Request, key: str, error: JobError) -> None:
    """The job ends with a business error that the model may catch."""
    number_asked = key_of(key)
    partitions_of(request).of(number_asked).do(
        lambda engine: engine.throw_error(number_asked, error.error_code, error.error_message or "", error.variables)
    )


@router.patch("/jobs/{key}", status_code=204, dependencies=OPERATE)
def update(request: Request, key: str, wanted: JobUpdate) -> None:
    """Set retries, priority, or how long the worker that has it may keep it."""
    changes, number_asked = wanted.changeset, key_of(key)

    def work(engine: Engine) -> None:
        with engine.batch():
            if changes.timeout is not None:
                engine.hold(number_asked, changes.timeout * 1000)
            if changes.retries is not None or changes.priority is not None or changes.timeout is None:
                engine.update_job(number_asked, retries=changes.retries, priority=changes.priority)

    partitions_of(request).of(number_asked).do(work)


def shown(engine: Engine, row: PastJobRow) -> dict[str, Any]:
    """A job in a list as clients see it."""
    return {
        "customHeaders": engine.headers(row.process, row.node),
        "deadline": stamp(row.deadline),
        "deniedReason": None,
        "elementId": row.node or None,
        "elementInstanceKey": str(row.element),
        "endTime": stamp(row.ended),
        "errorCode": row.error_code or None,
        "errorMessage": row.error_message or None,
        "hasFailedWithRetriesLeft": row.state == "failed" and row.retries > 0,
        "isDenied": None,
        "jobKey": str(row.key),
        "kind": _kind(row.listener),
        "listenerEventType": row.listener.upper() or "UNSPECIFIED",
        "processDefinitionId": row.process_id,
        "processDefinitionKey": str(row.process),
        "processInstanceKey": str(row.key & ~0xFFFFFF),
        "rootProcessInstanceKey": root_key(engine, row.key),
        "retries": row.retries,
        "priority": row.priority,
        "state": row.state.upper().replace("-", "_"),
        "tenantId": TENANT,
        "type": row.job_type,
        "worker": row.worker,
        "creationTime": stamp(row.created),
        "lastUpdateTime": stamp(row.changed),
    }


def _failed_with_retries(value: Any) -> list[Condition]:
    if value:
        return [Test("state", Op.EQ, "failed"), Test("retries", Op.PRESENT)]
    return [Either(((Test("state", Op.NE, "failed"),), (Test("retries", Op.ABSENT),)))]


JOBS = Catalogue(
    PastJobRow,
    {
        "deadline": date("deadline"),
        "deniedReason": constant(""),
        "elementId": text("node"),
        "elementInstanceKey": key("element"),
        "endTime": date("ended"),
        "errorCode": text("error_code"),
        "errorMessage": text("error_message"),
        "hasFailedWithRetriesLeft": _failed_with_retries,
        "isDenied": constant(False),
        "jobKey": key("key"),
        "kind": choice("listener", KINDS),
        "listenerEventType": choice("listener", LISTENERS),
        "processDefinitionId": text("process_id"),
        "processDefinitionKey": key("process"),
        "processInstanceKey": of_case(),
        "retries": number("retries"),
        "state": choice("state", STATES),
        "tenantId": tenant,
        "type": text("job_type"),
        "worker": text("worker"),
        "creationTime": date("created"),
        "lastUpdateTime": date("changed"),
    },
    {
        "deadline": "deadline",
        "deniedReason": "key",
        "elementId": "node",
        "elementInstanceKey": "element",
        "endTime": "ended",
        "errorCode": "error_code",
        "errorMessage": "error_message",
        "hasFailedWithRetriesLeft": "state",
        "isDenied": "key",
        "jobKey": "key",
        "kind": "listener",
        "listenerEventType": "listener",
        "processDefinitionId": "process_id",
        "processDefinitionKey": "process",
        "processInstanceKey": "key",
        "retries": "retries",
        "state": "state",
        "tenantId": "key",
        "type": "job_type",
        "worker": "worker",
    },
)


@router.post("/jobs/search")
def search(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Jobs, done or not."""
    return find(partitions_of(request), JOBS, asked, shown)
