"""Messages and signals at the door, and who waits for them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request

from zaizao.engine import Engine, Op, StartRow, SubscriptionRow, Test, case_of, inside
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
    of_definition,
    tenant,
    text,
)
from zaizao.server.door.processes import root_key
from zaizao.server.door.requests import TENANT, key_of, partitions_of
from zaizao.server.door.shapes import ConditionsMet, MessageSent, NewMessage, NewSignal, stamp

router = APIRouter()
OPERATE = [requires(Permission.OPERATE)]


@router.post("/messages/publication", tags=["messages"], dependencies=OPERATE)
def publish(request: Request, message: NewMessage) -> dict[str, Any]:
    """Publish a message that waits ``timeToLive`` for a taker; 409 where the same ``messageId`` still waits."""
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


@router.post("/messages/correlation", tags=["messages"], dependencies=OPERATE)
def correlate(request: Request, message: MessageSent) -> dict[str, Any]:
    """Give a message to who waits for it now; 404 where nobody does."""
    found = (
        partitions_of(request)
        .correlated(message.correlation_key)
        .do(lambda engine: engine.correlate(message.name, message.correlation_key, message.variables))
    )
    return {"messageKey": str(found.key), "processInstanceKey": str(found.cases[0]), "tenantId": TENANT}


@router.post("/signals/broadcast", tags=["signals"], dependencies=OPERATE)
def broadcast(request: Request, signal: NewSignal) -> dict[str, Any]:
    """Send a signal to every waiting element and start event."""

    def send(engine: Engine) -> int:
        with engine.batch():
            signal_key = engine.new_key()
            engine.broadcast(signal.signal_name, signal.variables)
            return signal_key

    return {"signalKey": str(partitions_of(request).fresh().do(send)), "tenantId": TENANT}


@router.post("/conditionals/evaluation", tags=["signals"], dependencies=OPERATE)
def conditionals(request: Request, met: ConditionsMet) -> dict[str, Any]:
    """Start a case at every conditional start event that the variables make true."""

    def begin(engine: Engine) -> tuple[int, list[dict[str, str]]]:
        wanted = engine.definition(key_of(met.process_definition_key)) if met.process_definition_key else None
        if met.process_definition_key and wanted is None:
            raise HTTPException(404, f"no process definition {met.process_definition_key}")
        with engine.batch():
            asked = engine.new_key()
            cases = engine.start_on_conditions(met.variables, wanted.name if wanted else None)
            rows = [row for row in map(engine.row, cases) if row is not None]
        return asked, [{"processDefinitionKey": str(r.process), "processInstanceKey": str(r.key)} for r in rows]

    asked, cases = partitions_of(request).first().do(begin)
    return {"conditionalEvaluationKey": str(asked), "tenantId": TENANT, "processInstances": cases}


# --- who waits ------------------------------------------------------------------------------------------------------

_STATES = {"CREATED": ("CREATED",), "CORRELATED": (), "DELETED": (), "MIGRATED": ()}


def _shown(engine: Engine, process: int, process_id: str, **own: Any) -> dict[str, Any]:
    definition = engine.definition(process)
    return {
        "processDefinitionId": process_id,
        "processDefinitionKey": str(process),
        "processDefinitionName": (definition.title if definition else "") or None,
        "processDefinitionVersion": definition.version if definition else None,
        "messageSubscriptionState": "CREATED",
        "extensionProperties": {},
        "toolName": None,
        "inboundConnectorType": None,
        "tenantId": TENANT,
        **own,
    }


def waiting(engine: Engine, row: SubscriptionRow) -> dict[str, Any]:
    """An element that waits for a message as clients see it."""
    return _shown(
        engine,
        row.process,
        row.process_id,
        messageSubscriptionKey=str(row.key),
        processInstanceKey=str(case_of(row.key)),
        rootProcessInstanceKey=root_key(engine, row.key),
        elementId=row.node,
        elementInstanceKey=str(inside(case_of(row.key), row.element)),
        lastUpdatedDate=stamp(row.armed),
        messageName=row.name,
        correlationKey=row.correlation,
        messageSubscriptionType="PROCESS_EVENT",
    )


def starting(engine: Engine, row: StartRow) -> dict[str, Any]:
    """A start event that waits for a message as clients see it."""
    definition = engine.definition(row.process)
    return _shown(
        engine,
        row.process,
        row.process_id,
        messageSubscriptionKey=str(row.key),
        processInstanceKey=None,
        rootProcessInstanceKey=None,
        elementId=engine.runtime.library.executable(row.process).nodes[row.node].id,
        elementInstanceKey=None,
        lastUpdatedDate=stamp(definition.deployed if definition else 1),
        messageName=row.name,
        correlationKey=None,
        messageSubscriptionType="START_EVENT",
    )


_SHARED = {
    "messageSubscriptionKey": key("key"),
    "processDefinitionKey": key("process"),
    "processDefinitionId": text("process_id"),
    "processDefinitionName": of_definition(text, "title"),
    "processDefinitionVersion": of_definition(number, "version"),
    "messageSubscriptionState": choice("kind", {**_STATES, "CREATED": ("message",)}),
    "messageName": text("name"),
    "toolName": constant(""),
    "inboundConnectorType": constant(""),
    "tenantId": tenant,
}
_SORTS = {
    "messageSubscriptionKey": "key",
    "processDefinitionId": "process_id",
    "processDefinitionName": "process_id",
    "processDefinitionVersion": "process",
    "processInstanceKey": "key",
    "messageName": "name",
    "messageSubscriptionState": "kind",
    "messageSubscriptionType": "kind",
    "tenantId": "kind",
}
_MESSAGE = (Test("kind", Op.EQ, "message"),)
WAITING = Catalogue(
    SubscriptionRow,
    {
        **_SHARED,
        "processInstanceKey": of_case(),
        "elementId": text("node"),
        "elementInstanceKey": key("key"),
        "lastUpdatedDate": date("armed"),
        "correlationKey": text("correlation"),
    },
    {
        **_SORTS,
        "elementId": "node",
        "elementInstanceKey": "key",
        "lastUpdatedDate": "armed",
        "correlationKey": "correlation",
    },
    _MESSAGE,
)
STARTING = Catalogue(StartRow, _SHARED, _SORTS, _MESSAGE)


@router.post("/message-subscriptions/search", tags=["messages"])
def subscriptions(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Elements that wait for messages; start events where the filter's ``messageSubscriptionType`` says START_EVENT."""
    asked = asked or Asked()
    wanted = dict(asked.filter or {})
    kind = wanted.pop("messageSubscriptionType", "PROCESS_EVENT")
    kind = kind.get("$eq") if isinstance(kind, dict) else kind
    if kind not in ("PROCESS_EVENT", "START_EVENT"):
        raise HTTPException(400, "messageSubscriptionType is PROCESS_EVENT or START_EVENT")
    asked = asked.model_copy(update={"filter": wanted})
    if kind == "START_EVENT":
        return find(partitions_of(request), STARTING, asked, starting)
    return find(partitions_of(request), WAITING, asked, waiting)
