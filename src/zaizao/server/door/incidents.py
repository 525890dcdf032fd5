"""Incidents at the door."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import Any

from fastapi import APIRouter, HTTPException, Request

from zaizao.engine import Engine, IncidentKind, Op, PastIncidentRow, Search, Test, case_of
from zaizao.server.access import Permission, requires
from zaizao.server.door.finding import Asked, Catalogue, Filter, choice, date, find, key, tenant, text, whole
from zaizao.server.door.processes import existing, family, root_key
from zaizao.server.door.requests import TENANT, caught_up, key_of, key_or_none, partitions_of
from zaizao.server.door.shapes import stamp

router = APIRouter(tags=["incidents"])
OPERATE = [requires(Permission.OPERATE)]

TYPES: dict[str, tuple[str, ...]] = {
    "JOB_NO_RETRIES": (IncidentKind.JOB,),
    "EXECUTION_LISTENER_NO_RETRIES": (IncidentKind.LISTENER,),
    "TASK_LISTENER_NO_RETRIES": (IncidentKind.TASK_LISTENER,),
    "UNHANDLED_ERROR_EVENT": (IncidentKind.ERROR,),
    "EXTRACT_VALUE_ERROR": (IncidentKind.EXPRESSION,),
    "CONDITION_ERROR": (IncidentKind.CONDITION,),
    "DECISION_EVALUATION_ERROR": (IncidentKind.DECISION,),
    "CALLED_ELEMENT_ERROR": (IncidentKind.CALLED,),
    "UNKNOWN": (IncidentKind.DEADLOCK, IncidentKind.RUNAWAY),
}
_TYPE_OF = {kind: name for name, kinds in TYPES.items() for kind in kinds}
OPEN = Test("ended", Op.ABSENT)


def shown(engine: Engine, row: PastIncidentRow) -> dict[str, Any]:
    """An incident as clients see it."""
    return {
        "incidentKey": str(row.key),
        "processInstanceKey": str(row.case),
        "processDefinitionKey": str(row.process),
        "processDefinitionId": row.process_id,
        "rootProcessInstanceKey": root_key(engine, row.key),
        "elementId": row.node,
        "elementInstanceKey": str(row.element),
        "jobKey": key_or_none(row.job),
        "errorType": _TYPE_OF.get(row.kind, "UNKNOWN"),
        "errorMessage": row.message,
        "creationTime": stamp(row.raised),
        "state": "RESOLVED" if row.ended else "ACTIVE",
        "tenantId": TENANT,
    }


def _state(value: Any) -> list[Any]:
    """Open or resolved, out of a filter on the state's name."""
    (chosen,) = choice("ended", {"ACTIVE": ("open",), "RESOLVED": ("ended",), **dict.fromkeys(_NEVER, ())})(value)
    names = set(chosen.value) if isinstance(chosen, Test) and chosen.op is Op.IN else {"open", "ended"}
    if names == {"open", "ended"}:
        return []
    return [Test("ended", Op.ABSENT if names == {"open"} else Op.PRESENT if names else Op.LT, -1)]


_NEVER = ("MIGRATED", "PENDING", "UNKNOWN")
_filters: dict[str, Filter] = {
    "processDefinitionId": text("process_id"),
    "errorType": choice("kind", TYPES),
    "errorMessage": text("message"),
    "elementId": text("node"),
    "creationTime": date("raised"),
    "state": _state,
    "tenantId": tenant,
    "incidentKey": key("key"),
    "processDefinitionKey": key("process"),
    "processInstanceKey": key("case"),
    "elementInstanceKey": key("element"),
    "jobKey": key("job"),
}
INCIDENTS = Catalogue(
    PastIncidentRow,
    _filters,
    {
        "creationTime": "raised",
        "elementId": "node",
        "elementInstanceKey": "element",
        "errorType": "kind",
        "errorMessage": "message",
        "incidentKey": "key",
        "jobKey": "job",
        "processDefinitionId": "process_id",
        "processDefinitionKey": "process",
        "processInstanceKey": "case",
        "state": "ended",
        "tenantId": "key",
    },
)


@router.post("/incidents/search")
def search(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Incidents, open and resolved."""
    return find(partitions_of(request), INCIDENTS, asked, shown)


@router.get("/incidents/{key}")
def get(request: Request, key: str) -> dict[str, Any]:
    """One incident."""
    number_asked = key_of(key)
    caught_up(request)

    def ask(engine: Engine) -> dict[str, Any] | None:
        row = engine.store.get(PastIncidentRow, number_asked)
        return shown(engine, row) if row else None

    found = partitions_of(request).of(number_asked).ask(ask)
    if found is None:
        raise HTTPException(404, f"no incident {key}")
    return found


@router.post("/incidents/{key}/resolution", status_code=204, dependencies=OPERATE)
def resolve(request: Request, key: str) -> None:
    """Try again what the incident stopped; 409 where a job has no retries left (update it first)."""
    number_asked = key_of(key)
    partitions_of(request).of(number_asked).do(lambda engine: engine.resolve(number_asked))


@router.post("/process-instances/{key}/incidents/search")
def of_instance(request: Request, key: str, asked: Asked | None = None) -> dict[str, Any]:
    """Incidents of a case and of the cases that it called."""
    row = existing(request, key)
    cases = partitions_of(request).of(row.key).ask(lambda engine: family(engine, row.key))
    return find(partitions_of(request), INCIDENTS, asked, shown, Test("case", Op.IN, cases))


# --- figures --------------------------------------------------------------------------------------------------------


def _code(message: str) -> int:
    """A number that stands for an error message."""
    return zlib.crc32(message.encode()) & 0x7FFFFFFF


@router.post("/incidents/statistics/process-instances-by-error")
def by_error(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Running cases by the message of their open incidents."""
    counts: Counter[str] = Counter()
    caught_up(request)
    columns = ("message", "case")
    for found in partitions_of(request).ask_each(lambda engine: engine.tally(PastIncidentRow, (OPEN,), columns)):
        counts.update(message for message, _, _ in found)
    items = [
        {"errorHashCode": _code(message), "errorMessage": message, "activeInstancesWithErrorCount": count}
        for message, count in counts.most_common()
    ]
    return whole(items, asked.page if asked else None)


@router.post("/incidents/statistics/process-instances-by-definition")
def by_definition(request: Request, asked: Asked) -> dict[str, Any]:
    """Running cases with one error (``filter.errorHashCode``), by definition."""
    wanted = (asked.filter or {}).get("errorHashCode")
    if not isinstance(wanted, int):
        raise HTTPException(400, "filter.errorHashCode says which error")
    caught_up(request)

    def ask(engine: Engine) -> list[dict[str, Any]]:
        rows = [row for row in engine.search(Search(PastIncidentRow, (OPEN,))) if _code(row.message) == wanted]
        counts = Counter(process for process, _ in {(row.process, case_of(row.key)) for row in rows})
        found = []
        for process, count in counts.most_common():
            definition = engine.definition(process)
            assert definition is not None, "a running case has a definition"
            found.append(
                {
                    "processDefinitionId": definition.name,
                    "processDefinitionKey": str(process),
                    "processDefinitionName": definition.title or definition.name,
                    "processDefinitionVersion": definition.version,
                    "tenantId": TENANT,
                    "activeInstancesWithErrorCount": count,
                }
            )
        return found

    items = [item for found in partitions_of(request).ask_each(ask) for item in found]
    return whole(items, asked.page)
