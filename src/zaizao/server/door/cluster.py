"""What the cluster says of itself, who asks, and its clock."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from zaizao import __version__, feel
from zaizao.engine import Engine, SystemClock
from zaizao.problems import Language
from zaizao.server.access import Asking, Permission, requires
from zaizao.server.door.requests import TENANT, answer, partitions_of
from zaizao.server.door.shapes import ExpressionWanted, Pin

router = APIRouter(tags=["cluster"])
TENANT_SHOWN = {"tenantId": TENANT, "name": "Default", "description": None}


@router.get("/topology")
def topology(request: Request) -> dict[str, Any]:
    """The node that answers and the partitions that it leads."""
    led = partitions_of(request).ask_each(lambda engine: engine.runtime.partition)
    partitions = [{"partitionId": one, "role": "leader", "health": "healthy"} for one in led]
    host, port = request.scope.get("server") or ("127.0.0.1", 0)
    broker = {"nodeId": 0, "host": host, "port": port or 0, "version": __version__, "partitions": partitions}
    return {
        "brokers": [broker],
        "clusterSize": 1,
        "partitionsCount": len(led),
        "replicationFactor": 1,
        "gatewayVersion": __version__,
        "clusterId": None,
        "lastCompletedChangeId": "-1",
    }


@router.get("/status", status_code=204)
def status(request: Request) -> None:
    """204 where at least one partition is led here, 503 where none is."""
    if not partitions_of(request).led():
        raise HTTPException(503, "no partition is led here")


@router.get("/license")
def license_terms() -> dict[str, Any]:
    """Zaizao needs no licence key."""
    return {"validLicense": True, "licenseType": "open-source", "isCommercial": False, "expiresAt": None}


@router.get("/authentication/me")
def me(asking: Asking) -> dict[str, Any]:
    """Who asks, and what they may do."""
    return {
        "username": asking.name,
        "displayName": asking.name,
        "email": None,
        "authorizedComponents": ["*"],
        "tenants": [TENANT_SHOWN],
        "groups": sorted(asking.groups),
        "roles": sorted(str(role) for role in asking.roles),
        "salesPlanType": None,
        "c8Links": {},
        "canLogout": False,
    }


def _clock(engine: Engine) -> SystemClock:
    if not isinstance(engine.clock, SystemClock):
        raise HTTPException(409, "this engine's clock is driven from elsewhere")
    return engine.clock


@router.put("/clock", status_code=204, dependencies=[requires(Permission.ADMINISTER)])
def pin(request: Request, wanted: Pin) -> None:
    """Let the clock of this node stand at an instant; what falls due by then fires."""
    for writer in partitions_of(request).led():
        writer.do(lambda engine: _clock(engine).pin(wanted.timestamp * 1000))


@router.post("/clock/reset", status_code=204, dependencies=[requires(Permission.ADMINISTER)])
def reset(request: Request) -> None:
    """Let the clock of this node follow the machine's again."""
    for writer in partitions_of(request).led():
        writer.do(lambda engine: _clock(engine).pin(None))


@router.post("/expression/evaluation", tags=["expressions"])
def evaluate(wanted: ExpressionWanted) -> Response:
    """Evaluate a FEEL expression (written with or without a leading ``=``) over variables."""
    given = {name: feel.to_feel(value) for name, value in (wanted.variables or {}).items()}
    found = feel.compile(wanted.expression.removeprefix("="), names=given)
    warnings: list[dict[str, str]] = []
    reasons: list[Any] = []
    with feel.evaluation(reasons=reasons):
        value = feel.from_feel(found.evaluate(given))
    warnings = [{"message": reason.say(Language.EN)} for reason in reasons]
    return answer({"expression": wanted.expression, "result": value, "warnings": warnings})
