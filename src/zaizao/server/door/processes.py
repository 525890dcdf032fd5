"""Process instances at the door."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from zaizao.engine import (
    Among,
    CaseRow,
    CaseState,
    Either,
    ElementRow,
    Engine,
    Op,
    PastIncidentRow,
    Search,
    Start,
    Test,
    VariableRow,
    case_of,
)
from zaizao.server.access import Permission, requires
from zaizao.server.door.deployments import LARGEST, deploy_all
from zaizao.server.door.finding import (
    Asked,
    Catalogue,
    Filter,
    all_of,
    choice,
    date,
    find,
    flag,
    key,
    number,
    of_case,
    of_definition,
    tenant,
    text,
)
from zaizao.server.door.requests import TENANT, answer, key_of, key_or_none, partitions_of
from zaizao.server.door.shapes import Activated, Migration, Modification, NewInstance, ScopeVariables, stamp
from zaizao.server.door.writer import end_of

__all__ = ["LARGEST", "TENANT", "deploy_all", "key_of", "partitions_of", "router"]

router = APIRouter(tags=["process instances"])
OPERATE = [requires(Permission.OPERATE)]
STATES = {state.name: (state.value,) for state in CaseState}
AWAITED = 10_000
"""Milliseconds that ``awaitCompletion`` waits where the client names no ``requestTimeout``."""


def root_of(engine: Engine, row: CaseRow) -> int:
    """The case at the top of the calls that led to this one."""
    while row.parent:
        above = engine.store.get(CaseRow, case_of(row.parent))
        if above is None:
            break
        row = above
    return row.key


def root_key(engine: Engine, key: int) -> str | None:
    """The key of the root case of whatever ``key`` names."""
    row = engine.store.get(CaseRow, case_of(key))
    return str(root_of(engine, row)) if row else None


def tags_of(engine: Engine, key: int) -> list[str]:
    """The tags of the case in which ``key`` lies."""
    row = engine.store.get(CaseRow, case_of(key))
    return row.tags.split(",") if row and row.tags else []


def shown(engine: Engine, row: CaseRow) -> dict[str, Any]:
    """A process instance as clients see it."""
    definition = engine.definition(row.process)
    return {
        "processInstanceKey": str(row.key),
        "processDefinitionKey": str(row.process),
        "processDefinitionId": row.process_id,
        "processDefinitionName": (definition.title if definition else "") or None,
        "processDefinitionVersion": row.version,
        "processDefinitionVersionTag": definition.version_tag if definition else None,
        "state": CaseState(row.state).name,
        "startDate": stamp(row.started),
        "endDate": stamp(row.ended),
        "parentProcessInstanceKey": key_or_none(case_of(row.parent)),
        "parentElementInstanceKey": key_or_none(row.parent),
        "rootProcessInstanceKey": str(root_of(engine, row)),
        "hasIncident": row.incidents > 0,
        "businessId": row.business_id or None,
        "tags": row.tags.split(",") if row.tags else [],
        "tenantId": TENANT,
    }


def variable_values(value: Any, *, scope: str = "key") -> list[Any]:
    """Conditions for ``[{name, value}, …]``: the scope in column ``scope`` has variables with these JSON values."""
    if not isinstance(value, list):
        raise HTTPException(400, "variables are filtered by a list of {name, value}")
    found = []
    for one in value:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise HTTPException(400, "a variable filter needs a name and a value")
        named = Test("name", Op.EQ, one["name"])
        found.append(Among(scope, VariableRow, "scope", (named, *text("value")(one.get("value")))))
    return found


def _by_element(column: str, of: Any) -> Filter:
    return lambda value: [Among("key", ElementRow, "case", tuple(of(column)(value)))]


def _has_element_incident(value: Any) -> list[Any]:
    return [Test("incidents", Op.PRESENT if value else Op.ABSENT)]


INSTANCES = Catalogue(
    CaseRow,
    {
        "processDefinitionId": text("process_id"),
        "processDefinitionName": of_definition(text, "title"),
        "processDefinitionVersion": number("version"),
        "processDefinitionVersionTag": of_definition(text, "version_tag"),
        "processDefinitionKey": key("process"),
        "startDate": date("started"),
        "endDate": date("ended"),
        "state": choice("state", STATES),
        "hasIncident": flag("incidents"),
        "hasElementInstanceIncident": _has_element_incident,
        "tenantId": tenant,
        "variables": variable_values,
        "processInstanceKey": key("key"),
        "parentProcessInstanceKey": of_case("parent"),
        "parentElementInstanceKey": key("parent"),
        "errorMessage": lambda value: [
            Among("key", PastIncidentRow, "case", (Test("ended", Op.ABSENT), *text("message")(value)))
        ],
        "elementId": _by_element("node", text),
        "elementInstanceState": lambda value: [Among("key", ElementRow, "case", tuple(choice("state", STATES)(value)))],
        "tags": all_of("tags"),
        "businessId": text("business_id"),
    },
    {
        "businessId": "business_id",
        "endDate": "ended",
        "hasIncident": "incidents",
        "parentElementInstanceKey": "parent",
        "parentProcessInstanceKey": "parent",
        "processDefinitionId": "process_id",
        "processDefinitionKey": "process",
        "processDefinitionName": "process_id",
        "processDefinitionVersion": "version",
        "processDefinitionVersionTag": "version",
        "processInstanceKey": "key",
        "startDate": "started",
        "state": "state",
        "tenantId": "key",
    },
)


def existing(request: Request, asked: str) -> CaseRow:
    """The case with this key, live or ended; 404 where there is none."""
    number_asked = key_of(asked)
    row = partitions_of(request).of(number_asked).ask(lambda engine: engine.store.get(CaseRow, number_asked))
    if row is None:
        raise HTTPException(404, f"no process instance {asked}")
    return row


@router.post("/process-instances", dependencies=OPERATE)
def create(request: Request, wanted: NewInstance) -> Response:
    """Start a case; with ``awaitCompletion`` answer when it has ended or ``requestTimeout`` is over (504)."""
    if wanted.runtime_instructions:
        raise HTTPException(400, "runtimeInstructions are not supported")
    writer = partitions_of(request).fresh()
    case = writer.do(lambda engine: _start(engine, wanted))
    if wanted.await_completion:
        seconds = (wanted.request_timeout or AWAITED) / 1000
        if not writer.until(lambda engine: _ended(engine, case), seconds, end_of(case)):
            raise HTTPException(504, f"process instance {case} is still running")
    return answer(writer.ask(lambda engine: _created(engine, case, wanted)))


def _start(engine: Engine, wanted: NewInstance) -> int:
    name, version = wanted.process_definition_id, wanted.process_definition_version
    if wanted.process_definition_key is not None:
        row = engine.definition(key_of(wanted.process_definition_key))
        if row is None or row.kind != "process":
            raise HTTPException(404, f"no process definition {wanted.process_definition_key}")
        name, version = row.name, row.version
    if name is None:
        raise HTTPException(400, "give processDefinitionKey or processDefinitionId")
    return engine.create(
        name,
        wanted.variables,
        version=None if version == -1 else version,
        business_id=wanted.business_id or "",
        before=[one.element_id for one in wanted.start_instructions or ()],
        tags=wanted.tags or (),
    )


def _created(engine: Engine, case: int, wanted: NewInstance) -> dict[str, Any]:
    row = engine.row(case)
    assert row is not None, "a case that was just created has a row"
    variables: dict[str, Any] = {}
    if wanted.await_completion:
        if row.state is CaseState.TERMINATED:
            raise HTTPException(409, f"process instance {case} was terminated before it completed")
        variables = engine.last_variables(case)
        if wanted.fetch_variables:
            variables = {name: value for name, value in variables.items() if name in wanted.fetch_variables}
    names = ("processInstanceKey", "processDefinitionKey", "processDefinitionId", "processDefinitionVersion")
    document = shown(engine, row)
    return {name: document[name] for name in (*names, "tenantId", "tags", "businessId")} | {"variables": variables}


def _ended(engine: Engine, key: int) -> bool:
    row = engine.row(key)
    return row is not None and row.state != CaseState.ACTIVE


@router.post("/process-instances/search")
def search(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Cases, live and ended."""
    return find(partitions_of(request), INSTANCES, asked, shown)


@router.get("/process-instances/{key}")
def get(request: Request, key: str) -> dict[str, Any]:
    """One case, live or ended."""
    row = existing(request, key)
    return partitions_of(request).of(row.key).ask(lambda engine: shown(engine, row))


@router.post("/process-instances/{key}/cancellation", status_code=204, dependencies=OPERATE)
def cancel(request: Request, key: str) -> None:
    """End a case at once, and the cases that it called."""
    number_asked = key_of(key)
    partitions_of(request).of(number_asked).do(lambda engine: engine.cancel(number_asked))


@router.post("/process-instances/{key}/migration", status_code=204, dependencies=OPERATE)
def migrate(request: Request, key: str, wanted: Migration) -> None:
    """Let a case follow another definition; 409 names what has no place there."""
    row, target = existing(request, key), key_of(wanted.target_process_definition_key)
    mapping = {pair.source_element_id: pair.target_element_id for pair in wanted.mapping_instructions}

    def work(engine: Engine) -> None:
        definition = engine.definition(target)
        if definition is None or definition.kind != "process":
            raise HTTPException(404, f"no process definition {target}")
        engine.migrate(row.key, target, mapping)

    partitions_of(request).of(row.key).do(work)


@router.post("/process-instances/{key}/modification", status_code=204, dependencies=OPERATE)
def modify(request: Request, key: str, wanted: Modification) -> None:
    """Start before elements, end live ones, move tokens; all or nothing."""
    row = existing(request, key)
    partitions_of(request).of(row.key).do(lambda engine: _modify(engine, row.key, wanted))


def _modify(engine: Engine, case: int, wanted: Modification) -> None:
    ending: list[int] = []
    outside: dict[str, Any] = {}
    starts = [_begun(engine, case, one, outside) for one in wanted.activate_instructions]
    for end in wanted.terminate_instructions:
        ending += _meant(engine, case, end.element_id, end.element_instance_key)
    for move in wanted.move_instructions:
        source = move.source_element_instruction
        moved = _meant(engine, case, source.source_element_id, source.source_element_instance_key)
        ending += moved
        ancestor = move.ancestor_scope_instruction
        for element in moved:
            scope = ancestor.ancestor_element_instance_key if ancestor else None
            if ancestor and ancestor.ancestor_scope_type == "sourceParent":
                scope = str(engine.scope_of(element))
            begin = Activated(
                element_id=move.target_element_id,
                variable_instructions=move.variable_instructions,
                ancestor_element_instance_key=scope,
            )
            starts.append(_begun(engine, case, begin, outside))
    engine.modify(case, starts=starts, terminate=ending, variables=outside)


def _begun(engine: Engine, case: int, one: Activated, outside: dict[str, Any]) -> Start:
    """A start before an element; variables for the instance itself go to ``outside``."""
    live = engine.case(case)
    if live is None:
        raise HTTPException(404, f"no live process instance {case}")
    inner: dict[str, Any] = {}
    process = engine.runtime.library.executable(live.process)
    parent = process.nodes[process.by_id[one.element_id]].parent if one.element_id in process.by_id else 0
    for given in one.variable_instructions:
        if given.scope_id in ("", process.id):
            outside.update(given.variables)
        elif given.scope_id == process.nodes[parent].id:
            inner.update(given.variables)
        else:
            raise _bad_scope(given)
    scope = one.ancestor_element_instance_key
    return Start(one.element_id, key_of(scope) if scope else 0, inner)


def _bad_scope(given: ScopeVariables) -> HTTPException:
    return HTTPException(400, f"scopeId {given.scope_id!r} is neither the process nor the element's own scope")


def _meant(engine: Engine, case: int, node: str | None, element: str | None) -> list[int]:
    """The live elements that an instruction names, by key or by model id."""
    if element is not None:
        return [key_of(element)]
    found: list[int] = [*engine.elements(case, node)] if node else []
    if not found:
        raise HTTPException(400, f"no live element {node!r}")
    return found


# --- what a case went through ---------------------------------------------------------------------------------------


@router.get("/process-instances/{key}/sequence-flows")
def sequence_flows(request: Request, key: str) -> dict[str, Any]:
    """The sequence flows that tokens of this case took."""
    row = existing(request, key)

    def ask(engine: Engine) -> list[dict[str, Any]]:
        root = str(root_of(engine, row))
        return [
            {
                "sequenceFlowId": f"{row.key}_{flow}",
                "processInstanceKey": str(row.key),
                "rootProcessInstanceKey": root,
                "processDefinitionKey": str(row.process),
                "processDefinitionId": row.process_id,
                "elementId": flow,
                "tenantId": TENANT,
            }
            for flow in engine.flows_taken(row.key)
        ]

    return {"items": partitions_of(request).of(row.key).ask(ask)}


@router.get("/process-instances/{key}/call-hierarchy")
def call_hierarchy(request: Request, key: str) -> list[dict[str, Any]]:
    """The cases that led to this one, the first caller first, this one last."""
    row = existing(request, key)

    def ask(engine: Engine) -> list[CaseRow]:
        found = [row]
        while found[0].parent:
            above = engine.store.get(CaseRow, case_of(found[0].parent))
            if above is None:
                break
            found.insert(0, above)
        return found

    def named(engine: Engine, one: CaseRow) -> dict[str, Any]:
        definition = engine.definition(one.process)
        return {
            "processInstanceKey": str(one.key),
            "processDefinitionKey": str(one.process),
            "processDefinitionName": (definition.title if definition else "") or one.process_id,
        }

    return partitions_of(request).of(row.key).ask(lambda engine: [named(engine, one) for one in ask(engine)])


def family(engine: Engine, case: int) -> tuple[int, ...]:
    """A case and all cases that it called, directly or not."""
    found, fresh = [case], [case]
    while fresh:
        parents = tuple((Test("parent", Op.GE, one), Test("parent", Op.LT, one + (1 << 24))) for one in fresh)
        rows = engine.search(Search(CaseRow, (Either(parents),)))
        fresh = [row.key for row in rows]
        found += fresh
    return tuple(found)


@router.post("/process-instances/{key}/deletion", status_code=204, dependencies=OPERATE)
def delete(request: Request, key: str) -> None:
    """Take an ended case out of all searches (409 while it runs). The journal keeps what happened."""
    row = existing(request, key)
    partitions_of(request).of(row.key).do(lambda engine: engine.forget(row.key))
