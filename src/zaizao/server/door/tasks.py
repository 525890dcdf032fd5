"""User tasks at the door: who does what, until when, with which form and variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from zaizao.bpmn import HumanWork
from zaizao.engine import Among, CaseRow, DefinitionRow, Engine, Op, Search, TaskDone, TaskRow, Test, case_of
from zaizao.server.access import Permission, requires
from zaizao.server.door.deployments import form as form_shown
from zaizao.server.door.elements import of_task
from zaizao.server.door.finding import (
    Asked,
    Catalogue,
    all_of,
    choice,
    date,
    find,
    key,
    listed,
    number,
    of_case,
    tenant,
    text,
    whole,
)
from zaizao.server.door.processes import root_key, tags_of, variable_values
from zaizao.server.door.requests import TENANT, answer, instant, key_of, partitions_of
from zaizao.server.door.shapes import Assignment, TaskDone as Completion, TaskUpdate, stamp

router = APIRouter(tags=["user tasks"])
WORK = [requires(Permission.WORK)]
STATES = {
    name: (name.lower(),)
    for name in (
        "CREATED",
        "COMPLETED",
        "CANCELED",
        "CREATING",
        "ASSIGNING",
        "UPDATING",
        "COMPLETING",
        "CANCELING",
        "FAILED",
    )
}


def _human(engine: Engine, row: TaskRow) -> HumanWork | None:
    process = engine.runtime.library.executable(row.process)
    index = process.by_id.get(row.node)
    source = process.nodes[index].source if index is not None else None
    return getattr(source, "human", None)


def form_of(engine: Engine, row: TaskRow) -> DefinitionRow | None:
    """The deployed form that a task names by id: the latest version, or the one with the version tag."""
    human = _human(engine, row)
    if human is None or not human.form_id:
        return None
    where = (Test("kind", Op.EQ, "form"), Test("name", Op.EQ, human.form_id))
    found: list[DefinitionRow] = engine.search(Search(DefinitionRow, where))
    return found[-1] if found else None


def shown(engine: Engine, row: TaskRow) -> dict[str, Any]:
    """A user task as clients see it."""
    definition, human, form = engine.definition(row.process), _human(engine, row), form_of(engine, row)
    return {
        "userTaskKey": str(row.key),
        "elementInstanceKey": str(row.key),
        "name": row.name or None,
        "state": row.state.upper(),
        "elementId": row.node,
        "assignee": row.assignee,
        "candidateGroups": row.groups.split(",") if row.groups else [],
        "candidateUsers": row.users.split(",") if row.users else [],
        "processInstanceKey": str(case_of(row.key)),
        "rootProcessInstanceKey": root_key(engine, row.key),
        "processDefinitionKey": str(row.process),
        "processDefinitionId": row.process_id,
        "processDefinitionVersion": definition.version if definition else 0,
        "processName": (definition.title if definition else "") or None,
        "dueDate": stamp(row.due),
        "followUpDate": stamp(row.follow_up),
        "creationDate": stamp(row.created),
        "completionDate": stamp(row.ended),
        "priority": row.priority,
        "externalFormReference": human.external_form or human.form_key if human else None,
        "formKey": str(form.key) if form else None,
        "customHeaders": engine.headers(row.process, row.node),
        "tags": tags_of(engine, row.key),
        "tenantId": TENANT,
    }


TASKS = Catalogue(
    TaskRow,
    {
        "state": choice("state", STATES),
        "assignee": text("assignee"),
        "priority": number("priority"),
        "elementId": text("node"),
        "name": text("name"),
        "candidateGroup": listed("groups"),
        "candidateUser": listed("users"),
        "tenantId": tenant,
        "processDefinitionId": text("process_id"),
        "creationDate": date("created"),
        "completionDate": date("ended"),
        "followUpDate": date("follow_up"),
        "dueDate": date("due"),
        "processInstanceVariables": lambda value: variable_values(value, scope="case"),
        "localVariables": variable_values,
        "userTaskKey": key("key"),
        "processDefinitionKey": key("process"),
        "processInstanceKey": of_case(),
        "elementInstanceKey": key("key"),
        "tags": lambda value: [Among("case", CaseRow, "key", tuple(all_of("tags")(value)))],
    },
    {
        "completionDate": "ended",
        "creationDate": "created",
        "dueDate": "due",
        "followUpDate": "follow_up",
        "name": "name",
        "priority": "priority",
    },
)


@router.post("/user-tasks/search")
def search(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Human work, open and done, oldest first."""
    return find(partitions_of(request), TASKS, asked, shown)


def existing(request: Request, asked: str) -> TaskRow:
    """The task with this key, open or ended; 404 where there is none."""
    number_asked = key_of(asked)
    row = partitions_of(request).of(number_asked).ask(lambda engine: engine.store.get(TaskRow, number_asked))
    if row is None:
        raise HTTPException(404, f"no user task {asked}")
    return row


@router.get("/user-tasks/{key}")
def get(request: Request, key: str) -> dict[str, Any]:
    """One task."""
    row = existing(request, key)
    return partitions_of(request).of(row.key).ask(lambda engine: shown(engine, row))


@router.get("/user-tasks/{key}/form", responses={204: {"description": "the task has no deployed form"}})
def form(request: Request, key: str) -> Response:
    """The form of a task; 204 where it has none."""
    row = existing(request, key)
    found = partitions_of(request).of(row.key).ask(lambda engine: form_of(engine, row))
    return answer(form_shown(found)) if found else Response(status_code=204)


PATIENCE = 10.0
"""Seconds that a change waits for the listeners of the task."""


def change(request: Request, key: int, work: Callable[[Engine], None]) -> None:
    """Change a task; where listeners are asked first, wait for them: 409 where they deny, 504 where they are silent."""

    def asked(engine: Engine) -> bool:
        work(engine)
        return _open(engine)

    def _open(engine: Engine) -> bool:
        row = engine.store.get(TaskRow, key)
        return row is not None and row.state in _CHANGING

    writer = partitions_of(request).of(key)
    if not writer.do(asked):
        return
    if not writer.until(lambda engine: not _open(engine), PATIENCE):
        raise HTTPException(504, f"the listeners of user task {key} have not answered")
    reason = writer.ask(lambda engine: engine.denial(key))
    if reason is not None:
        raise HTTPException(409, f"a listener denied the change: {reason}")


_CHANGING = frozenset({"creating", "assigning", "updating", "completing", "canceling"})


@router.post("/user-tasks/{key}/assignment", status_code=204, dependencies=WORK)
def assign(request: Request, key: str, wanted: Assignment) -> None:
    """Give a task to someone; 409 where it is someone else's and ``allowOverride`` is false."""
    if not wanted.assignee:
        raise HTTPException(400, "an assignee is needed; DELETE …/assignee frees a task")
    number_asked, override = key_of(key), wanted.allow_override is not False
    change(request, number_asked, lambda engine: engine.assign(number_asked, wanted.assignee, override=override))


@router.delete("/user-tasks/{key}/assignee", status_code=204, dependencies=WORK)
def unassign(request: Request, key: str) -> None:
    """Free a task."""
    number_asked = key_of(key)
    change(request, number_asked, lambda engine: engine.assign(number_asked, None))


@router.patch("/user-tasks/{key}", status_code=204, dependencies=WORK)
def update(request: Request, key: str, wanted: TaskUpdate | None = None) -> None:
    """Change dates, candidates or priority; an empty text or list clears."""
    number_asked = key_of(key)
    given = wanted.changeset.model_dump(exclude_none=True) if wanted and wanted.changeset else {}
    changes: dict[str, Any] = {}
    for name, column in (("due_date", "due"), ("follow_up_date", "follow_up")):
        if name in given:
            changes[column] = instant(given[name]) if given[name] else 0
    for name, column in (("candidate_groups", "groups"), ("candidate_users", "users")):
        if name in given:
            changes[column] = tuple(given[name])
    if "priority" in given:
        changes["priority"] = given["priority"]
    change(request, number_asked, lambda engine: engine.update_task(number_asked, **changes))


@router.post("/user-tasks/{key}/completion", status_code=204, dependencies=WORK)
def complete(request: Request, key: str, done: Completion | None = None) -> None:
    """A person has done the task."""
    told, number_asked = done or Completion(), key_of(key)
    change(
        request,
        number_asked,
        lambda engine: engine.complete_task(number_asked, told.variables, action=told.action or ""),
    )


@router.post("/user-tasks/{key}/variables/search")
def variables(request: Request, key: str, asked: Asked | None = None, truncateValues: bool = True) -> dict[str, Any]:  # noqa: N803
    """Every variable that a task sees, its own and those of its scopes."""
    return of_task(request, existing(request, key).key, asked, effective=False, cut=truncateValues)


@router.post("/user-tasks/{key}/effective-variables/search")
def effective_variables(
    request: Request,
    key: str,
    asked: Asked | None = None,
    truncateValues: bool = True,  # noqa: N803
) -> dict[str, Any]:
    """The variables that a task sees, the innermost of each name."""
    return of_task(request, existing(request, key).key, asked, effective=True, cut=truncateValues)


_NOTHING = dict.fromkeys(
    (
        "batchOperationKey",
        "batchOperationType",
        "agentElementId",
        "jobKey",
        "decisionRequirementsId",
        "decisionRequirementsKey",
        "decisionDefinitionId",
        "decisionDefinitionKey",
        "decisionEvaluationKey",
        "deploymentKey",
        "formKey",
        "resourceKey",
        "relatedEntityKey",
        "relatedEntityType",
        "entityDescription",
    )
)


def _done(row: TaskRow, done: TaskDone) -> dict[str, Any]:
    return {
        "auditLogKey": str(done.position),
        "entityKey": str(row.key),
        "entityType": "USER_TASK",
        "operationType": done.operation,
        "timestamp": stamp(done.at),
        "actorId": done.actor,
        "actorType": "USER" if done.actor else "UNKNOWN",
        "tenantId": TENANT,
        "result": "SUCCESS",
        "category": "USER_TASKS",
        "processDefinitionId": row.process_id,
        "processDefinitionKey": str(row.process),
        "processInstanceKey": str(case_of(row.key)),
        "elementInstanceKey": str(row.key),
        "userTaskKey": str(row.key),
    }


@router.post("/user-tasks/{key}/audit-logs/search")
def audit(request: Request, key: str, asked: Asked | None = None) -> dict[str, Any]:
    """What happened to a task, from the journal; ``filter`` knows ``operationType`` and ``actorId``."""
    row = existing(request, key)
    wanted = (asked.filter if asked else None) or {}
    if not set(wanted) <= {"operationType", "actorId"} or not all(isinstance(one, str) for one in wanted.values()):
        raise HTTPException(400, "the filter knows operationType and actorId, each with one value")

    def ask(engine: Engine) -> list[dict[str, Any]]:
        root = root_key(engine, row.key)
        return [
            {**_NOTHING, **_done(row, done), "rootProcessInstanceKey": root} for done in engine.task_history(row.key)
        ]

    items = partitions_of(request).of(row.key).ask(ask)
    kept = [item for item in items if all(item[name] == value for name, value in wanted.items())]
    return whole(kept, asked.page if asked else None)
