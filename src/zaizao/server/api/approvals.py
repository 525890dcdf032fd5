"""The second person under ``/api/approvals``: propose, look, approve, reject, withdraw."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request, UploadFile
from pydantic import Field

from zaizao.server.access import Approval, Approvals, Asking, Permission, State, requires
from zaizao.server.api.access import access_of
from zaizao.server.door.deployments import LARGEST
from zaizao.server.door.shapes import Shape, stamp

router = APIRouter(prefix="/approvals", tags=["approvals"], dependencies=[requires(Permission.SEE)])


class Proposal(Shape):
    """What shall be done, once another agrees."""

    kind: str = Field(min_length=1, max_length=40)
    note: str = Field(default="", max_length=2000)
    payload: dict[str, Any] = Field(default_factory=dict)


class Reason(Shape):
    """Why."""

    reason: str = Field(default="", max_length=2000)


def approvals_of(request: Request) -> Approvals:
    """The approvals behind this application."""
    found: Approvals = request.app.state.approvals
    return found


@router.get("")
def listed(
    request: Request,
    state: State | None = None,
    kind: Annotated[str, Query(max_length=40)] = "",
    before: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Proposals, latest first, without their payload."""
    found = approvals_of(request).find(state, kind, before=before, limit=limit + 1)
    following = found[limit - 1].number if len(found) > limit else None
    return {"items": [_short(approval) for approval in found[:limit]], "next": following}


@router.post("", status_code=201)
def propose(request: Request, asking: Asking, proposal: Proposal) -> dict[str, Any]:
    """Propose anything that has a handler."""
    made = approvals_of(request).propose(proposal.kind, proposal.payload, proposal.note, asking)
    access_of(request).recorded()
    return _whole(made)


@router.post("/deployment", status_code=201, dependencies=[requires(Permission.DESIGN)])
def propose_deployment(
    request: Request, asking: Asking, resources: list[UploadFile], note: Annotated[str, Form(max_length=2000)] = ""
) -> dict[str, Any]:
    """Propose the deployment of files, with a note on the version."""
    files = []
    for resource in resources:
        content = resource.file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise HTTPException(413, f"{resource.filename}: more than {LARGEST} bytes")
        files.append({"name": resource.filename or "", "content": base64.b64encode(content).decode()})
    made = approvals_of(request).propose("deployment", {"files": files}, note, asking)
    access_of(request).recorded()
    return _whole(made)


@router.get("/{number}")
def get(request: Request, number: int) -> dict[str, Any]:
    """One proposal with all that it would do."""
    return _whole(approvals_of(request).get(number))


@router.post("/{number}/approval", dependencies=[requires(Permission.APPROVE)])
def approve(request: Request, asking: Asking, number: int, reason: Reason | None = None) -> dict[str, Any]:
    """Approve as the second person; the answer says what came of it (``state`` done or failed)."""
    approval = approvals_of(request).approve(number, asking, (reason or Reason()).reason)
    access_of(request).recorded()
    return _whole(approval)


@router.post("/{number}/rejection", dependencies=[requires(Permission.APPROVE)])
def reject(request: Request, asking: Asking, number: int, reason: Reason) -> dict[str, Any]:
    """Say no, with the reason."""
    approval = approvals_of(request).reject(number, asking, reason.reason)
    access_of(request).recorded()
    return _whole(approval)


@router.post("/{number}/withdrawal")
def withdraw(request: Request, asking: Asking, number: int) -> dict[str, Any]:
    """Take one's own proposal back."""
    approval = approvals_of(request).withdraw(number, asking)
    access_of(request).recorded()
    return _whole(approval)


def _short(approval: Approval) -> dict[str, Any]:
    return {
        "number": approval.number,
        "kind": approval.kind,
        "title": approval.title,
        "note": approval.note,
        "state": approval.state.value,
        "proposedAt": stamp(approval.proposed_at),
        "proposedBy": approval.proposed_by,
        "decidedAt": stamp(approval.decided_at),
        "decidedBy": approval.decided_by or None,
        "reason": approval.reason or None,
    }


def _whole(approval: Approval) -> dict[str, Any]:
    return {**_short(approval), "payload": approval.payload, "result": approval.result}
