"""The decision service over HTTP, under ``/api/decisions``: ask, tell the outcome, publish with a second person, look back.

Rule kept: whoever proposes an arrangement is a person, and the same person never confirms it, under none of their
tokens. Another node's publication is seen within a second.
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request
from pydantic import Field

from zaizao.decisions import Change, Decisions, Kind, Logged, Part, Route, Version, back_test
from zaizao.server.access import Asking, Permission, Principal, requires
from zaizao.server.door.shapes import Shape, stamp

router = APIRouter(prefix="/decisions", tags=["decisions"], dependencies=[requires(Permission.SEE)])
FRESH = 1.0
"""Seconds after which what is live is read anew."""


class Desk:
    """The service behind this application, looked after: what others published is read now and then."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._looked = time.monotonic()
        self._looking = threading.Lock()

    @property
    def decisions(self) -> Decisions:
        """The service with what is live now."""
        if time.monotonic() - self._looked > FRESH and self._looking.acquire(blocking=False):
            try:
                self._decisions.refresh()
                self._looked = time.monotonic()
            finally:
                self._looking.release()
        return self._decisions


def register(app: FastAPI, decisions: Decisions | None) -> None:
    """Serve ``decisions`` from ``app``; without a service its routes answer 503."""
    app.state.decisions = None if decisions is None else Desk(decisions)
    app.include_router(router, prefix="/api")


def service_of(request: Request) -> Decisions:
    """The service behind this application."""
    desk: Desk | None = request.app.state.decisions
    if desk is None:
        raise HTTPException(503, "this server has no decision service")
    return desk.decisions


def person_of(asking: Principal) -> str:
    """The human who answers for the request; four eyes are two humans."""
    return asking.person or asking.name


class Question(Shape):
    """Ask a decision; ``key`` says whose it is."""

    inputs: dict[str, Any]
    key: str = Field(default="", max_length=200)


class NewVersion(Shape):
    """A version: its body as text, or in base64."""

    kind: Kind
    body: str = Field(default="", max_length=16_000_000)
    body_base64: str = Field(default="", max_length=24_000_000)
    decision: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=2000)


class NewRoute(Shape):
    """A version's part in an arrangement."""

    version: int = Field(ge=1)
    part: Part = Part.CHAMPION
    share: float = Field(default=0.0, ge=0.0, le=1.0)


class NewChange(Shape):
    """Who shall answer."""

    routes: list[NewRoute] = Field(max_length=20)
    note: str = Field(default="", max_length=2000)


class Reason(Shape):
    """Why not."""

    reason: str = Field(default="", max_length=2000)


class Became(Shape):
    """What became of the case."""

    outcome: Any


class Trial(Shape):
    """A version to try on history, from and to (µs UTC)."""

    version: int = Field(ge=1)
    since: int = Field(default=0, ge=0)
    until: int | None = None


@router.get("")
def listed(request: Request) -> dict[str, Any]:
    """Every decision with its versions and what is live."""
    service = service_of(request)
    live = service.store.live()
    names: dict[str, list[Version]] = {}
    for version in service.store.versions():
        names.setdefault(version.name, []).append(version)
    return {
        "items": [
            {
                "name": name,
                "versions": [_version(one) for one in versions],
                "live": _change(live[name]) if name in live else None,
            }
            for name, versions in names.items()
        ]
    }


@router.post("/{name}/versions", status_code=201, dependencies=[requires(Permission.DESIGN)])
def add(request: Request, asking: Asking, name: str, new: NewVersion) -> dict[str, Any]:
    """Keep a version, once it is read without a problem."""
    made = service_of(request).add(
        name, new.kind, _body(name, new), author=person_of(asking), decision=new.decision, note=new.note
    )
    return _version(made)


def _body(name: str, new: NewVersion) -> bytes:
    try:
        return base64.b64decode(new.body_base64, validate=True) if new.body_base64 else new.body.encode()
    except binascii.Error as fault:
        raise HTTPException(400, f"{name}: bodyBase64 is no base64") from fault


@router.get("/{name}/versions/{number}")
def version(request: Request, name: str, number: int) -> dict[str, Any]:
    """One version with its body in base64."""
    found = service_of(request).store.version(name, number)
    if found is None:
        raise HTTPException(404, f"{name} has no version {number}")
    return {**_version(found), "bodyBase64": base64.b64encode(found.body).decode()}


@router.get("/{name}/changes")
def changes(request: Request, name: str) -> dict[str, Any]:
    """Arrangements that were proposed, the latest first."""
    return {"items": [_change(one) for one in service_of(request).store.changes(name)]}


@router.post("/{name}/changes", status_code=201, dependencies=[requires(Permission.DESIGN)])
def propose(request: Request, asking: Asking, name: str, new: NewChange) -> dict[str, Any]:
    """Propose who answers for this decision."""
    routes = [Route(one.version, one.part, one.share) for one in new.routes]
    return _change(service_of(request).propose(name, routes, by=person_of(asking), note=new.note))


@router.post("/changes/{revision}/confirmation", dependencies=[requires(Permission.APPROVE)])
def confirm(request: Request, asking: Asking, revision: int) -> dict[str, Any]:
    """The second person's yes: live from the next call on."""
    return _change(service_of(request).confirm(revision, by=person_of(asking)))


@router.post("/changes/{revision}/refusal", dependencies=[requires(Permission.SEE)])
def refuse(request: Request, asking: Asking, revision: int, why: Reason) -> dict[str, Any]:
    """The second person's no, or the proposer's own withdrawal."""
    service = service_of(request)
    change = service.store.change(revision)
    own = change is not None and change.proposer == person_of(asking)
    if not own and not asking.may(Permission.APPROVE):
        raise HTTPException(403, f"{asking.name} needs the permission {Permission.APPROVE.value!r}")
    return _change(service.refuse(revision, by=person_of(asking), reason=why.reason))


@router.post("/{name}/choice", dependencies=[requires(Permission.OPERATE)])
def decide(request: Request, name: str, question: Question) -> dict[str, Any]:
    """Ask: the answer is given when it is on record."""
    found = service_of(request).decide(name, question.inputs, key=question.key)
    choice = found.choice
    return {
        "id": found.id,
        "value": choice.value,
        "reasons": [asdict(reason) for reason in choice.reasons],
        "details": choice.details,
        "version": found.version,
        "part": found.part.value,
    }


@router.post("/choices/{identity}/outcome", status_code=204, dependencies=[requires(Permission.OPERATE)])
def became(request: Request, identity: str, outcome: Became) -> None:
    """Tell what became of the case behind a choice."""
    service_of(request).feed_back(identity, outcome.outcome)


@router.get("/{name}/choices")
def choices(request: Request, name: str, since: int = 0, limit: int = 100) -> dict[str, Any]:
    """Choices on record from ``since`` (µs UTC) on, with their outcomes."""
    found = service_of(request).store.logged(name, since=since, limit=min(max(limit, 1), 1000))
    return {"items": [_logged(entry, outcome) for entry, outcome in found]}


@router.post("/{name}/back-test", dependencies=[requires(Permission.DESIGN)])
def tried(request: Request, name: str, trial: Trial) -> dict[str, Any]:
    """What a version would have chosen on history, beside what was chosen and what became of it."""
    service = service_of(request)
    candidate = service.chooser(name, trial.version)
    answered = [
        (entry, outcome)
        for entry, outcome in service.store.logged(name, since=trial.since, until=trial.until)
        if entry.part is not Part.SHADOW
    ]
    found = back_test(candidate, answered)
    return asdict(found)


def _version(one: Version) -> dict[str, Any]:
    kept = {field: getattr(one, field) for field in ("name", "number", "kind", "decision", "digest", "author", "note")}
    return {**kept, "made": stamp(one.made)}


def _change(one: Change) -> dict[str, Any]:
    return {
        "revision": one.revision,
        "name": one.arrangement.name,
        "routes": [asdict(route) for route in one.arrangement.routes],
        "proposer": one.proposer,
        "note": one.note,
        "proposed": stamp(one.proposed),
        "state": one.state.value,
        "decider": one.decider or None,
        "reason": one.reason or None,
        "decided": stamp(one.decided),
    }


def _logged(entry: Logged, outcome: Any) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": stamp(entry.at),
        "version": entry.version,
        "part": entry.part.value,
        "key": entry.key,
        "inputs": entry.inputs,
        "value": entry.choice.value,
        "reasons": [asdict(reason) for reason in entry.choice.reasons],
        "outcome": outcome,
        "tookMicroseconds": entry.took,
    }
