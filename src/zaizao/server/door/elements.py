"""Element instances and variables at the door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, HTTPException, Request

from zaizao.engine import ElementRow, Engine, Op, Search, Test, VariableRow, case_of
from zaizao.server.access import Permission, requires
from zaizao.server.door.finding import Asked, Catalogue, choice, date, find, flag, key, of_case, tenant, text, whole
from zaizao.server.door.incidents import INCIDENTS, shown as incident_shown
from zaizao.server.door.processes import STATES, root_key
from zaizao.server.door.requests import TENANT, caught_up, key_of, key_or_none, partitions_of
from zaizao.server.door.shapes import AdHocActivation, VariablesSet, stamp

router = APIRouter()
ELEMENTS_TAG, VARIABLES_TAG = "element instances", "variables"
OPERATE = [requires(Permission.OPERATE)]
LONGEST = 8191
"""Characters of a variable's value that a search shows."""

TYPES: dict[str, tuple[str, ...]] = {
    "PROCESS": ("process",),
    "START_EVENT": ("startEvent",),
    "END_EVENT": ("endEvent",),
    "INTERMEDIATE_CATCH_EVENT": ("intermediateCatchEvent",),
    "INTERMEDIATE_THROW_EVENT": ("intermediateThrowEvent",),
    "BOUNDARY_EVENT": ("boundaryEvent",),
    "SERVICE_TASK": ("serviceTask",),
    "USER_TASK": ("userTask",),
    "SEND_TASK": ("sendTask",),
    "RECEIVE_TASK": ("receiveTask",),
    "SCRIPT_TASK": ("scriptTask",),
    "BUSINESS_RULE_TASK": ("businessRuleTask",),
    "MANUAL_TASK": ("manualTask",),
    "TASK": ("task",),
    "CALL_ACTIVITY": ("callActivity",),
    "SUB_PROCESS": ("embedded", "transaction"),
    "EVENT_SUB_PROCESS": ("event",),
    "AD_HOC_SUB_PROCESS": ("adHoc",),
    "MULTI_INSTANCE_BODY": ("loop",),
    "EXCLUSIVE_GATEWAY": ("exclusiveGateway",),
    "PARALLEL_GATEWAY": ("parallelGateway",),
    "INCLUSIVE_GATEWAY": ("inclusiveGateway",),
    "EVENT_BASED_GATEWAY": ("eventBasedGateway",),
    "UNSPECIFIED": ("complexGateway", "compensation"),
}
_TYPE_OF = {kind: name for name, kinds in TYPES.items() for kind in kinds}


def shown(engine: Engine, row: ElementRow) -> dict[str, Any]:
    """An element instance as clients see it."""
    return {
        "processDefinitionId": row.process_id,
        "startDate": stamp(row.started),
        "endDate": stamp(row.ended),
        "elementId": row.node,
        "elementName": row.name or row.node,
        "type": _TYPE_OF.get(row.kind, "UNKNOWN"),
        "state": row.state.upper(),
        "hasIncident": row.incident > 0,
        "tenantId": TENANT,
        "elementInstanceKey": str(row.key),
        "processInstanceKey": str(row.case),
        "rootProcessInstanceKey": root_key(engine, row.key),
        "processDefinitionKey": str(row.process),
        "incidentKey": key_or_none(row.incident),
    }


ELEMENTS = Catalogue(
    ElementRow,
    {
        "processDefinitionId": text("process_id"),
        "state": choice("state", STATES),
        "type": choice("kind", TYPES),
        "elementId": text("node"),
        "elementName": text("name"),
        "hasIncident": flag("incident"),
        "tenantId": tenant,
        "elementInstanceKey": key("key"),
        "processInstanceKey": of_case(),
        "processDefinitionKey": key("process"),
        "incidentKey": key("incident"),
        "startDate": date("started"),
        "endDate": date("ended"),
        "elementInstanceScopeKey": key("scope"),
    },
    {
        "elementId": "node",
        "elementInstanceKey": "key",
        "elementName": "name",
        "endDate": "ended",
        "incidentKey": "incident",
        "processDefinitionId": "process_id",
        "processDefinitionKey": "process",
        "processInstanceKey": "case",
        "startDate": "started",
        "state": "state",
        "tenantId": "key",
        "type": "kind",
    },
)


@router.post("/element-instances/search", tags=[ELEMENTS_TAG])
def search(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Executions of elements, live and ended."""
    return find(partitions_of(request), ELEMENTS, asked, shown)


def existing(request: Request, asked: str) -> ElementRow:
    """The element with this key, live or ended; 404 where there is none."""
    number_asked = key_of(asked)
    caught_up(request)
    row = partitions_of(request).of(number_asked).ask(lambda engine: engine.store.get(ElementRow, number_asked))
    if row is None:
        raise HTTPException(404, f"no element instance {asked}")
    return row


@router.get("/element-instances/{key}", tags=[ELEMENTS_TAG])
def get(request: Request, key: str) -> dict[str, Any]:
    """One execution of an element."""
    row = existing(request, key)
    return partitions_of(request).of(row.key).ask(lambda engine: shown(engine, row))


@router.put("/element-instances/{key}/variables", status_code=204, tags=[ELEMENTS_TAG], dependencies=OPERATE)
def set_variables(request: Request, key: str, wanted: VariablesSet) -> None:
    """Set variables of a live element: its own where ``local``, else where they are known, else the instance's."""
    number_asked = key_of(key)
    partitions_of(request).of(number_asked).do(
        lambda engine: engine.set_variables(number_asked, wanted.variables, local=wanted.local)
    )


@router.post("/element-instances/{key}/incidents/search", tags=[ELEMENTS_TAG])
def incidents(request: Request, key: str, asked: Asked | None = None) -> dict[str, Any]:
    """Incidents of an element and of what runs inside it."""
    row = existing(request, key)

    def inner(engine: Engine) -> list[int]:
        found, fresh = [row.key], [row.key]
        while fresh:
            below = engine.search(Search(ElementRow, (Test("scope", Op.IN, tuple(fresh)), *_below(row.case))))
            fresh = [one.key for one in below if one.key not in found]
            found += fresh
        return found

    among = tuple(partitions_of(request).of(row.key).ask(inner))
    return find(partitions_of(request), INCIDENTS, asked, incident_shown, Test("element", Op.IN, among))


def _below(case: int) -> Sequence[Test]:
    return Test("key", Op.GT, case), Test("key", Op.LT, case + (1 << 24))


@router.post(
    "/element-instances/ad-hoc-activities/{key}/activation", status_code=204, tags=[ELEMENTS_TAG], dependencies=OPERATE
)
def activate_ad_hoc(request: Request, key: str, wanted: AdHocActivation) -> None:
    """Start activities of a live ad-hoc sub-process."""
    if wanted.cancel_remaining_instances or any(one.variables for one in wanted.elements):
        raise HTTPException(400, "cancelRemainingInstances and variables are not supported here")
    number_asked, names = key_of(key), [one.element_id for one in wanted.elements]
    partitions_of(request).of(number_asked).do(lambda engine: engine.activate_ad_hoc(number_asked, names))


# --- variables ------------------------------------------------------------------------------------------------------


def variable(engine: Engine, row: VariableRow) -> dict[str, Any]:
    """A variable as clients see it; ``value`` is JSON text."""
    return {
        "value": row.value,
        "name": row.name,
        "tenantId": TENANT,
        "variableKey": str(row.key),
        "scopeKey": str(row.scope),
        "processInstanceKey": str(case_of(row.key)),
        "rootProcessInstanceKey": root_key(engine, row.key),
    }


def listed(engine: Engine, row: VariableRow) -> dict[str, Any]:
    """A variable in a list: a long value is cut, and said to be."""
    return {**variable(engine, row), "value": row.value[:LONGEST], "isTruncated": len(row.value) > LONGEST}


def listed_whole(engine: Engine, row: VariableRow) -> dict[str, Any]:
    """A variable in a list with its whole value."""
    return {**variable(engine, row), "isTruncated": False}


VARIABLES = Catalogue(
    VariableRow,
    {
        "name": text("name"),
        "value": text("value"),
        "tenantId": tenant,
        "variableKey": key("key"),
        "scopeKey": key("scope"),
        "processInstanceKey": of_case(),
    },
    {
        "name": "name",
        "processInstanceKey": "key",
        "scopeKey": "scope",
        "tenantId": "key",
        "value": "value",
        "variableKey": "key",
    },
)


@router.post("/variables/search", tags=[VARIABLES_TAG])
def search_variables(request: Request, asked: Asked | None = None, truncateValues: bool = True) -> dict[str, Any]:  # noqa: N803
    """Variables of cases and elements, live and ended, with their last values; long ones are cut unless said not to."""
    return find(partitions_of(request), VARIABLES, asked, listed if truncateValues else listed_whole)


@router.get("/variables/{key}", tags=[VARIABLES_TAG])
def get_variable(request: Request, key: str) -> dict[str, Any]:
    """One variable with its whole value."""
    number_asked = key_of(key)
    caught_up(request)

    def ask(engine: Engine) -> dict[str, Any] | None:
        row = engine.store.get(VariableRow, number_asked)
        return variable(engine, row) if row else None

    found = partitions_of(request).of(number_asked).ask(ask)
    if found is None:
        raise HTTPException(404, f"no variable {key}")
    return found


def seen_from(engine: Engine, element: int, names: Sequence[Any] = ()) -> list[list[VariableRow]]:
    """The variables that an element sees, its own first, then those of its scopes outwards."""
    found = []
    while True:
        found.append(engine.search(Search(VariableRow, (Test("scope", Op.EQ, element), *names), (("name", False),))))
        row = engine.store.get(ElementRow, element)
        if row is None or row.key == row.scope:
            return found
        element = row.scope


def of_task(request: Request, element: int, asked: Asked | None, *, effective: bool, cut: bool) -> dict[str, Any]:
    """The variables that a user task sees; where ``effective``, only the innermost of each name."""
    caught_up(request)
    wanted = VARIABLES.conditions(asked.filter if asked else None)
    present = listed if cut else listed_whole

    def ask(engine: Engine) -> list[dict[str, Any]]:
        rows = [row for scope in seen_from(engine, element, wanted) for row in scope]
        if effective:
            rows = list({row.name: row for row in reversed(rows)}.values())
        down = bool(asked and asked.sort and asked.sort[0].order.upper() == "DESC")
        rows.sort(key=lambda row: row.name, reverse=down)
        return [present(engine, row) for row in rows]

    return whole(partitions_of(request).of(element).ask(ask), asked.page if asked else None)
