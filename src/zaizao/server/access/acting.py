"""Who acts: from the request to the journal, in the same transaction as what is done.

Rule kept: whoever passes the gate with an unsafe method is on record before the first thing they change, by the record
``Acted`` in the same batch. Machine work (taking and ending jobs) names its worker in records of its own and is left
out.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zaizao.engine import CommandRejected, Engine

Answer = TypeVar("Answer")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
UNRECORDED = re.compile(r"POST /v2/(jobs/.*|.*/search|.*/search/.*)")
"""Requests that leave no act: machine work, which names its worker, and questions."""
_REQUEST_ID = re.compile(r"[\w.-]{1,64}")


@dataclass(slots=True)
class Act:
    """One request on its way: who asks and what for; ``noted`` once it stands in the journal."""

    method: str
    request: str
    by: str = ""
    action: str = ""
    target: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    noted: bool = False


_ACT: ContextVar[Act | None] = ContextVar("zaizao_act", default=None)


class Acting:
    """The layer around the application that gives every request an ``Act`` and an id (``X-Request-Id``)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        act = Act(scope["method"], request)
        scope["zaizao.act"] = act

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request
            await send(message)

        token = _ACT.set(act)
        try:
            await self._app(scope, receive, answering)
        finally:
            _ACT.reset(token)


def template(scope: Scope) -> str:
    """The path of the route that a request took, with its parameters named (``/v2/jobs/{key}/completion``)."""
    route = scope.get("route")
    inner = getattr(route, "path_format", None)
    if inner is None:
        return ""
    filled = inner.format_map(scope.get("path_params", {}))
    path = str(scope["path"])
    return path[: -len(filled)] + inner if filled and path.endswith(filled) else str(inner)


def attribute_to(name: str, person: str, scope: Scope) -> None:
    """``name``, for whom ``person`` answers, is the one behind the request of ``scope``."""
    act = _ACT.get()
    if act is not None:
        act.by = name
        if person and person != name:
            act.detail["person"] = person
        act.action = f"{act.method} {template(scope)}"
        act.target = ",".join(str(value) for value in scope.get("path_params", {}).values())


def request_id() -> str:
    """The id of the request that is being served; empty outside one."""
    act = _ACT.get()
    return act.request if act is not None else ""


@contextmanager
def unattributed() -> Iterator[None]:
    """Within, work on the engine is nobody's request: what is recorded there says itself who acted."""
    token = _ACT.set(None)
    try:
        yield
    finally:
        _ACT.reset(token)


def describe(**detail: Any) -> None:
    """Add what a reader of the audit trail wants to know of the running request; never secrets."""
    act = _ACT.get()
    if act is not None:
        act.detail.update(detail)


def attributed(work: Callable[[Engine], Answer]) -> Callable[[Engine], Answer]:
    """``work``, preceded in its transaction by the record of who asked for it; as it is where nobody outside did.

    To be called where the request is served: the work itself may run in the writer's own thread.
    """
    act = _ACT.get()
    if (
        act is None
        or act.noted
        or not act.by
        or not act.action
        or act.method in SAFE
        or UNRECORDED.fullmatch(act.action)
    ):
        return work

    def done(engine: Engine) -> Answer:
        try:
            with engine.batch():
                engine.acted(act.by, act.action, act.target, {**act.detail, "request": act.request})
                answer = work(engine)
        except CommandRejected:
            act.noted = True  # the attempt is on record, and so is its rejection
            raise
        act.noted = True
        return answer

    return done
