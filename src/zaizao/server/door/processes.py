"""Deployments and process instances at the door."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request, UploadFile

from zaizao import __version__, bpmn, dmn
from zaizao.engine import CaseRow, CaseState, DefinitionRow, Engine
from zaizao.server.door.partitions import Partitions
from zaizao.server.door.shapes import NewInstance, stamp
from zaizao.server.door.writer import end_of

router = APIRouter()
TENANT = "<default>"
LARGEST = 16 * 1024 * 1024
"""Bytes that one deployed resource may have."""


def partitions_of(request: Request) -> Partitions:
    """The partitions behind this application."""
    found: Partitions = request.app.state.partitions
    return found


@router.get("/topology", tags=["cluster"])
def topology() -> dict[str, Any]:
    """One node, one partition."""
    partition = {"partitionId": 1, "role": "leader", "health": "healthy"}
    broker = {"nodeId": 0, "host": "127.0.0.1", "port": 0, "version": __version__, "partitions": [partition]}
    return {
        "brokers": [broker],
        "clusterSize": 1,
        "partitionsCount": 1,
        "replicationFactor": 1,
        "gatewayVersion": __version__,
        "clusterId": None,
        "lastCompletedChangeId": None,
    }


@router.post("/deployments", tags=["deployments"])
def deploy(request: Request, resources: list[UploadFile]) -> dict[str, Any]:
    """Deploy BPMN and DMN files; all or none."""
    models: list[bpmn.Definitions] = []
    decisions: list[dmn.Definitions] = []
    for resource in resources:
        content = resource.file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise HTTPException(413, f"{resource.filename}: more than {LARGEST} bytes")
        if (resource.filename or "").endswith(".dmn"):
            decisions.append(dmn.read(content))
        else:
            models.append(bpmn.read(content))
    if not models and not decisions:
        raise HTTPException(400, "no .bpmn or .dmn file was sent")
    rows = partitions_of(request).fresh().do(lambda engine: deploy_all(engine, models, decisions))
    return {
        "deploymentKey": str(rows[0].key),
        "tenantId": TENANT,
        "deployments": [_deployed(row) for row in rows],
    }


def deploy_all(engine: Engine, models: list[bpmn.Definitions], decisions: list[dmn.Definitions]) -> list[DefinitionRow]:
    """Deploy several files in one transaction; the definitions they made known."""
    with engine.batch():
        found: list[DefinitionRow] = list(engine.deploy(None, decisions).decisions) if decisions else []
        for model in models:
            found += engine.deploy(model).processes
    return found


def _deployed(row: DefinitionRow) -> dict[str, Any]:
    kinds = ("processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource")
    deployed: dict[str, Any] = dict.fromkeys(kinds)
    if row.kind == "process":
        deployed["processDefinition"] = {
            "processDefinitionId": row.name,
            "processDefinitionVersion": row.version,
            "processDefinitionKey": str(row.key),
            "resourceName": f"{row.name}.bpmn",
            "tenantId": TENANT,
        }
    else:
        deployed["decisionRequirements"] = {
            "decisionRequirementsId": row.name,
            "decisionRequirementsName": row.name,
            "decisionRequirementsKey": str(row.key),
            "version": row.version,
            "resourceName": f"{row.name}.dmn",
            "tenantId": TENANT,
        }
    return deployed


@router.post("/process-instances", tags=["process instances"])
def create(request: Request, wanted: NewInstance) -> dict[str, Any]:
    """Start a case; with ``awaitCompletion`` answer when it has ended or ``requestTimeout`` is over (504)."""
    writer = partitions_of(request).fresh()

    def start(engine: Engine) -> int:
        name, version = wanted.process_definition_id, wanted.process_definition_version
        if wanted.process_definition_key is not None:
            row = engine.store.get(DefinitionRow, key_of(wanted.process_definition_key))
            if row is None:
                raise HTTPException(404, f"no process definition {wanted.process_definition_key}")
            name, version = row.name, row.version
        if name is None:
            raise HTTPException(400, "give processDefinitionKey or processDefinitionId")
        return engine.create(name, wanted.variables, version=version, business_id=wanted.business_id or "")

    key = writer.do(start)
    if wanted.await_completion:
        seconds = (wanted.request_timeout or 10_000) / 1000
        ended = writer.until(lambda engine: _ended(engine, key), seconds, end_of(key))
        if not ended:
            raise HTTPException(504, f"process instance {key} is still running")
    row = writer.ask(lambda engine: engine.row(key))
    assert row is not None, "a case that was just created has a row"
    return {**_instance(row), "variables": {}, "tags": []}


def _ended(engine: Engine, key: int) -> bool:
    row = engine.row(key)
    return row is not None and row.state != CaseState.ACTIVE


@router.get("/process-instances/{key}", tags=["process instances"])
def get(request: Request, key: str) -> dict[str, Any]:
    """One case, live or ended."""
    row = partitions_of(request).of(key_of(key)).ask(lambda engine: engine.row(key_of(key)))
    if row is None:
        raise HTTPException(404, f"no process instance {key}")
    return _instance(row)


@router.post("/process-instances/{key}/cancellation", status_code=204, tags=["process instances"])
def cancel(request: Request, key: str) -> None:
    """End a case at once."""
    partitions_of(request).of(key_of(key)).do(lambda engine: engine.cancel(key_of(key)))


def _instance(row: CaseRow) -> dict[str, Any]:
    return {
        "processInstanceKey": str(row.key),
        "processDefinitionKey": str(row.process),
        "processDefinitionId": row.process_id,
        "processDefinitionVersion": row.version,
        "state": CaseState(row.state).name,
        "startDate": stamp(row.started),
        "endDate": stamp(row.ended),
        "parentProcessInstanceKey": str(row.parent) if row.parent else None,
        "hasIncident": row.incidents > 0,
        "businessId": row.business_id or None,
        "tenantId": TENANT,
    }


def key_of(text: str) -> int:
    """The number behind a key at the door; 400 where it is none."""
    if not text.isdigit() or len(text) > 19:
        raise HTTPException(400, f"{text!r} is not a key")
    return int(text)
