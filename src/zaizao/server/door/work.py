"""Jobs, user tasks, messages and incidents at the door."""

from __future__ import annotations

from itertools import chain
from typing import Any

from fastapi import APIRouter, Request

from zaizao.engine import ActivatedJob, Engine, IncidentRow, TaskRow, case_of
from zaizao.server.door.processes import TENANT, key_of, partitions_of
from zaizao.server.door.shapes import (
    Assignment,
    JobDone,
    JobError,
    JobFailed,
    JobWanted,
    NewMessage,
    TaskDone,
    TaskSearch,
    stamp,
)
from zaizao.server.door.writer import job_of

router = APIRouter()
LONG_POLL = 10.0
"""Seconds that an activation waits where the client leaves it to the server (``requestTimeout`` 0)."""


@router.post("/jobs/activation", tags=["jobs"])
def activate(request: Request, wanted: JobWanted) -> dict[str, Any]:
    """Take jobs of a type; waits for the first one. A negative ``requestTimeout`` does not wait."""
    seconds = LONG_POLL if wanted.request_timeout == 0 else wanted.request_timeout / 1000

    def take(engine: Engine) -> list[ActivatedJob]:
        return engine.activate(wanted.type, wanted.worker, wanted.max_jobs_to_activate, wanted.timeout * 1000)

    jobs = partitions_of(request).until(take, min(seconds, 60.0), job_of(wanted.type))
    return {"jobs": [_job(job, wanted.fetch_variable) for job in jobs]}


def _job(job: ActivatedJob, only: list[str] | None) -> dict[str, Any]:
    variables = job.variables if only is None else {k: v for k, v in job.variables.items() if k in only}
    return {
        "jobKey": str(job.key),
        "type": job.job_type,
        "processInstanceKey": str(job.case),
        "processDefinitionKey": str(job.process),
        "processDefinitionId": job.process_id,
        "processDefinitionVersion": job.version,
        "elementId": job.node,
        "elementInstanceKey": str(job.key),
        "customHeaders": dict(job.headers),
        "worker": job.worker,
        "retries": job.retries,
        "deadline": job.deadline // 1000,
        "priority": job.priority,
        "variables": variables,
        "tenantId": TENANT,
    }


@router.post("/jobs/{key}/completion", status_code=204, tags=["jobs"])
def complete(request: Request, key: str, done: JobDone | None = None) -> None:
    """The job is done."""
    variables = done.variables if done else None
    partitions_of(request).of(key_of(key)).do(lambda engine: engine.complete(key_of(key), variables))


@router.post("/jobs/{key}/failure", status_code=204, tags=["jobs"])
def fail(request: Request, key: str, failed: JobFailed) -> None:
    """The job could not be done; without retries left it becomes an incident."""
    partitions_of(request).of(key_of(key)).do(
        lambda engine: engine.fail(
            key_of(key), failed.retries, failed.error_message, failed.retry_back_off * 1000, failed.variables
        )
    )


@router.post("/jobs/{key}/error", status_code=204, tags=["jobs"])
def throw(request: Request, key: str, error: JobError) -> None:
    """The job ends with a business error."""
    partitions_of(request).of(key_of(key)).do(
        lambda engine: engine.throw_error(key_of(key), error.error_code, error.error_message or "", error.variables)
    )


@router.post("/user-tasks/search", tags=["user tasks"])
def tasks(request: Request, search: TaskSearch | None = None) -> dict[str, Any]:
    """Human work, oldest first."""
    asked = search or TaskSearch()
    where: dict[str, Any] = {}
    if asked.filter.state:
        where["state"] = asked.filter.state.lower()
    if asked.filter.assignee:
        where["assignee"] = asked.filter.assignee
    rows = list(chain.from_iterable(partitions_of(request).ask_each(lambda engine: engine.tasks(**where))))
    if asked.filter.candidate_group:
        rows = [row for row in rows if asked.filter.candidate_group in row.groups.split(",")]
    if asked.filter.process_instance_key:
        wanted = key_of(asked.filter.process_instance_key)
        rows = [row for row in rows if case_of(row.key) == wanted]
    begin, limit = asked.page.from_, asked.page.limit
    return _listed([_task(row) for row in rows[begin : begin + limit]], len(rows))


def _task(row: TaskRow) -> dict[str, Any]:
    return {
        "userTaskKey": str(row.key),
        "name": row.name,
        "state": row.state.upper(),
        "elementId": row.node,
        "assignee": row.assignee,
        "candidateGroups": [name for name in row.groups.split(",") if name],
        "candidateUsers": [name for name in row.users.split(",") if name],
        "processInstanceKey": str(case_of(row.key)),
        "processDefinitionKey": str(row.process),
        "processDefinitionId": row.process_id,
        "dueDate": stamp(row.due),
        "followUpDate": stamp(row.follow_up),
        "creationDate": stamp(row.created),
        "completionDate": stamp(row.ended),
        "priority": row.priority,
        "tenantId": TENANT,
    }


@router.post("/user-tasks/{key}/assignment", status_code=204, tags=["user tasks"])
def assign(request: Request, key: str, assignment: Assignment) -> None:
    """Give a task to someone."""
    partitions_of(request).of(key_of(key)).do(
        lambda engine: engine.assign(key_of(key), assignment.assignee, override=assignment.allow_override)
    )


@router.post("/user-tasks/{key}/completion", status_code=204, tags=["user tasks"])
def complete_task(request: Request, key: str, done: TaskDone | None = None) -> None:
    """A person has done the task."""
    answer = done or TaskDone()
    partitions_of(request).of(key_of(key)).do(
        lambda engine: engine.complete_task(key_of(key), answer.variables, action=answer.action or "")
    )


@router.post("/messages/publication", tags=["messages"])
def publish(request: Request, message: NewMessage) -> dict[str, Any]:
    """Publish a message that waits ``timeToLive`` for a taker."""
    published = (
        partitions_of(request)
        .correlated(message.correlation_key)
        .do(
            lambda engine: engine.publish(
                message.name,
                message.correlation_key,
                message.variables,
                life_us=message.time_to_live * 1000,
                message_id=message.message_id,
            )
        )
    )
    return {"messageKey": str(published.key), "tenantId": TENANT}


@router.post("/incidents/search", tags=["incidents"])
def incidents(request: Request) -> dict[str, Any]:
    """Open incidents."""
    rows = list(chain.from_iterable(partitions_of(request).ask_each(lambda engine: engine.incidents())))
    return _listed([_incident(row) for row in rows], len(rows))


def _incident(row: IncidentRow) -> dict[str, Any]:
    return {
        "incidentKey": str(row.key),
        "processInstanceKey": str(case_of(row.key)),
        "elementId": row.node,
        "errorType": row.kind.upper(),
        "errorMessage": row.message,
        "creationTime": stamp(row.raised),
        "state": "ACTIVE",
        "tenantId": TENANT,
    }


@router.post("/incidents/{key}/resolution", status_code=204, tags=["incidents"])
def resolve(request: Request, key: str) -> None:
    """Try again what the incident stopped."""
    partitions_of(request).of(key_of(key)).do(lambda engine: engine.resolve(key_of(key)))


def _listed(items: list[dict[str, Any]], total: int) -> dict[str, Any]:
    page = {"totalItems": total, "hasMoreTotalItems": False, "startCursor": None, "endCursor": None}
    return {"items": items, "page": page}
