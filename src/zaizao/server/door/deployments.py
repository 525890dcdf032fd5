"""Deployments at the door: processes, decisions, forms and other files, and what is kept of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Form, HTTPException, Request, Response, UploadFile

from zaizao import bpmn, dmn
from zaizao.engine import DefinitionRow, Engine, Op, Origin, Search, Test
from zaizao.problems import Severity
from zaizao.server.access import Permission, requires
from zaizao.server.door.finding import Asked, Catalogue, find, key, number, tenant, text
from zaizao.server.door.requests import TENANT, key_of, partitions_of

router = APIRouter(tags=["deployments"])
LARGEST = 16 * 1024 * 1024
"""Bytes that one deployed file may have."""
KINDS = ("processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource")


class File(NamedTuple):
    """One file of a deployment, read."""

    name: str
    model: bpmn.Definitions | dmn.Definitions | None
    kind: str = ""
    id: str = ""
    source: str = ""


def deploy_all(
    engine: Engine, models: Sequence[bpmn.Definitions], decisions: Sequence[dmn.Definitions]
) -> list[DefinitionRow]:
    """Deploy several models in one transaction; the processes and decision models that they made known."""
    with engine.batch():
        found: list[DefinitionRow] = list(engine.deploy(None, decisions).decisions) if decisions else []
        for model in models:
            found += engine.deploy(model).processes
    return found


@router.post("/deployments", dependencies=[requires(Permission.DESIGN)])
def deploy(
    request: Request, resources: list[UploadFile], tenant_id: Annotated[str, Form(alias="tenantId")] = TENANT
) -> dict[str, Any]:
    """Deploy ``.bpmn``, ``.dmn``, ``.form`` and other files; all or none. A text that is known is no new version."""
    if tenant_id != TENANT:
        raise HTTPException(400, f"there is no tenant {tenant_id!r}")
    if not resources:
        raise HTTPException(400, "no file was sent")
    files = [_read(resource) for resource in resources]
    return partitions_of(request).first().do(lambda engine: deploy_files(engine, files))


def _read(resource: UploadFile) -> File:
    name = resource.filename or "unnamed"
    content = resource.file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise HTTPException(413, f"{name}: more than {LARGEST} bytes")
    return read_file(name, content)


def read_file(name: str, content: bytes) -> File:
    """One file by its suffix; raises what reading and checking find."""
    suffix = name.rpartition(".")[2].lower()
    if suffix == "dmn":
        return File(name, dmn.read(content))
    if suffix in ("bpmn", "xml"):
        model = bpmn.read(content)
        errors = [problem for problem in bpmn.check(model) if problem.severity is Severity.ERROR]
        if errors:
            raise bpmn.BpmnError(errors)
        return File(name, model)
    if suffix == "form":
        return File(name, None, "form", _form_id(name, content), content.decode())
    return File(name, None, "resource", name, base64.b64encode(content).decode())


def _form_id(name: str, content: bytes) -> str:
    try:
        form = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise HTTPException(400, f"{name} is not JSON") from fault
    identity = form.get("id") if isinstance(form, dict) else None
    if not isinstance(identity, str) or not identity:
        raise HTTPException(400, f"{name} has no id")
    return identity


def deploy_files(engine: Engine, files: Sequence[File]) -> dict[str, Any]:
    """Deploy what was read, all or none; what became known, as clients see it."""
    with engine.batch():
        deployment = engine.new_key()
        made: list[dict[str, Any]] = []
        for file in files:
            origin = Origin(file.name, deployment)
            if isinstance(file.model, dmn.Definitions):
                for row in engine.deploy(None, (file.model,), origin).decisions:
                    made.append(_entry("decisionRequirements", requirements(engine, row)))
                    made += [_entry("decisionDefinition", decision(engine, one)) for one in decisions_of(engine, row)]
            elif file.model is not None:
                rows = engine.deploy(file.model, (), origin).processes
                made += [_entry("processDefinition", _process(row)) for row in rows]
            else:
                row = engine.deploy_text(file.kind, file.id, file.source, origin)
                made.append(_entry(file.kind, _text(row)))
    return {"deploymentKey": str(deployment), "tenantId": TENANT, "deployments": made}


def _entry(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    return {**dict.fromkeys(KINDS), kind: document}


def _process(row: DefinitionRow) -> dict[str, Any]:
    return {
        "processDefinitionId": row.name,
        "processDefinitionVersion": row.version,
        "processDefinitionKey": str(row.key),
        "resourceName": file_of(row),
        "tenantId": TENANT,
    }


def _text(row: DefinitionRow) -> dict[str, Any]:
    shared = {"resourceName": file_of(row), "version": row.version, "tenantId": TENANT}
    if row.kind == "form":
        return {"formId": row.name, "formKey": str(row.key), **shared}
    return {"resourceId": row.name, "resourceKey": str(row.key), **shared}


_SUFFIXES = {"process": ".bpmn", "decisions": ".dmn", "decision": ".dmn", "form": ".form"}


def file_of(row: DefinitionRow) -> str:
    """The name of the file that a definition came in."""
    return row.file or f"{row.name}{_SUFFIXES.get(row.kind, '')}"


def decisions_of(engine: Engine, row: DefinitionRow) -> list[DefinitionRow]:
    """The decisions of a deployed model."""
    where = (Test("kind", Op.EQ, "decision"), Test("model", Op.EQ, row.key))
    return engine.search(Search(DefinitionRow, where))


def decision(engine: Engine, row: DefinitionRow) -> dict[str, Any]:
    """A decision definition as clients see it."""
    model = engine.store.get(DefinitionRow, row.model)
    assert model is not None, "a decision's model is deployed with it"
    return {
        "decisionDefinitionId": row.name,
        "decisionDefinitionKey": str(row.key),
        "decisionRequirementsId": model.name,
        "decisionRequirementsKey": str(model.key),
        "decisionRequirementsName": model.title or model.name,
        "decisionRequirementsVersion": model.version,
        "name": row.title or row.name,
        "version": row.version,
        "tenantId": TENANT,
    }


def requirements(_engine: Engine, row: DefinitionRow) -> dict[str, Any]:
    """A decision model as clients see it."""
    return {
        "decisionRequirementsId": row.name,
        "decisionRequirementsKey": str(row.key),
        "decisionRequirementsName": row.title or row.name,
        "resourceName": file_of(row),
        "version": row.version,
        "tenantId": TENANT,
    }


def form(row: DefinitionRow) -> dict[str, Any]:
    """A form as clients see it; ``schema`` is its JSON text."""
    return {
        "tenantId": TENANT,
        "formId": row.name,
        "schema": row.source,
        "version": row.version,
        "formKey": str(row.key),
    }


def definition(request: Request, asked: str, *kinds: str) -> DefinitionRow:
    """The definition with this key; 404 where there is none of these kinds."""
    number_asked = key_of(asked)
    row = partitions_of(request).of(number_asked).ask(lambda engine: engine.store.get(DefinitionRow, number_asked))
    if row is None or (kinds and row.kind not in kinds):
        raise HTTPException(404, f"no {' or '.join(kinds) or 'definition'} has the key {asked}")
    return row


# --- what is kept ---------------------------------------------------------------------------------------------------


def resource(_engine: Engine, row: DefinitionRow) -> dict[str, Any]:
    """A deployed file as clients see it."""
    return {
        "resourceName": file_of(row),
        "version": row.version,
        "versionTag": row.version_tag,
        "resourceId": row.name,
        "resourceKey": str(row.key),
        "tenantId": TENANT,
    }


RESOURCES = Catalogue(
    DefinitionRow,
    {
        "resourceKey": key("key"),
        "resourceName": text("file"),
        "resourceId": text("name"),
        "version": number("version"),
        "versionTag": text("version_tag"),
        "deploymentKey": key("deployment"),
        "tenantId": tenant,
    },
    {
        "deploymentKey": "deployment",
        "resourceId": "name",
        "resourceKey": "key",
        "resourceName": "file",
        "tenantId": "kind",
        "version": "version",
        "versionTag": "version_tag",
    },
    (Test("kind", Op.NE, "decision"),),
)


@router.post("/resources/search")
def search(request: Request, asked: Asked | None = None) -> dict[str, Any]:
    """Deployed files: processes, decision models, forms and others."""
    return find(partitions_of(request), RESOURCES, asked, resource)


@router.get("/resources/{key}")
def get(request: Request, key: str) -> dict[str, Any]:
    """One deployed file."""
    row = definition(request, key, "process", "decisions", "form", "resource")
    return partitions_of(request).of(row.key).ask(lambda engine: resource(engine, row))


@router.get("/resources/{key}/content")
def content(request: Request, key: str) -> Response:
    """The text or bytes of a deployed file."""
    row = definition(request, key, "process", "decisions", "form", "resource")
    if row.kind == "resource":
        return Response(base64.b64decode(row.source), media_type="application/octet-stream")
    return Response(row.source, media_type="application/json" if row.kind == "form" else "text/xml")


@router.post("/resources/{key}/deletion", dependencies=[requires(Permission.DESIGN)])
def delete(request: Request, key: str) -> dict[str, Any]:
    """Forget a definition of which no case runs (409 where one does). Ended cases stay as they are."""
    row = definition(request, key, "process", "decisions", "form", "resource")
    partitions_of(request).of(row.key).do(lambda engine: engine.remove(row.key))
    return {"resourceKey": key, "batchOperation": None}
