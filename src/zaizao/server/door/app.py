"""The door's application: health for anyone on the machine, everything else by permission.

Routers under ``/v2`` speak Camunda 8's REST; those under ``/api`` are our own rooms'. An application with a route that
names no permission is not made at all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI, HTTPException, Request

from zaizao import __version__
from zaizao.decisions import Decisions
from zaizao.engine import FIRST
from zaizao.server import proposing
from zaizao.server.access import (
    Access,
    Acting,
    Approvals,
    Gate,
    Gates,
    Permission,
    Trail,
    requires,
    template,
    unguarded,
)
from zaizao.server.api import (
    access as access_api,
    approvals as approvals_api,
    audit as audit_api,
    decisions as decisions_api,
    inbox as inbox_api,
)
from zaizao.server.door import faults, v2
from zaizao.server.door.following import Following
from zaizao.server.door.partitions import Partitions
from zaizao.server.inbox_feed import Desk
from zaizao.server.operating import Meters, Readiness, Watching, health_router, tracing_from
from zaizao.server.settings import Settings

MOST_AT_ONCE = 512
"""Requests that are served at the same time, long polls included; more wait their turn."""


def create_app(
    partitions: Partitions,
    *,
    gate: Gate | None = None,
    access: Access | None = None,
    settings: Settings | None = None,
    desk: Desk | None = None,
    decisions: Decisions | None = None,
    alongside: AbstractContextManager[None] | None = None,
) -> FastAPI:
    """The application over ``partitions``. ``access`` knows people and services (none but in memory where left out);
    ``gate`` is asked before it. ``desk`` serves the inbox, ``decisions`` the decision service; what is ``alongside``
    lives as long as the application serves, such as a worker. Raises ``RuntimeError`` where a route names no permission.
    """
    access = access or Access(None)
    journaling = access.record_through(lambda: next(iter(partitions.led()), None), lambda: look_after())  # made below
    trail = Trail(access.database, lambda: [one.ask for one in partitions.all()])
    handlers = (proposing.DeploymentHandler(), proposing.RolesHandler(access.registry))
    approvals = Approvals(access.registry, trail, _first(partitions), handlers)

    def look_after() -> None:
        meters.watch_all()
        if any(writer.partition == FIRST for writer in partitions.led()):
            approvals.resume()

    following = Following(partitions)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = MOST_AT_ONCE
        partitions.start()
        journaling.start()
        look_after()
        with desk or nullcontext(), alongside or nullcontext():
            following.start()
            yield
            following.stop()
        journaling.stop()
        partitions.stop()
        if tracing is not None:
            tracing.close()

    app = FastAPI(title="Zaizao 再造", version=__version__, lifespan=life)
    app.state.partitions = partitions
    app.state.access = access
    app.state.gate = access.gate if gate is None else Gates((gate, access.gate))
    app.state.settings = settings or Settings()
    app.state.trail = trail
    app.state.approvals = approvals
    tracing = tracing_from(app.state.settings)
    meters = app.state.meters = Meters(partitions, tracing)
    app.state.readiness = Readiness(partitions, access)
    app.add_middleware(Acting)
    app.add_middleware(Watching, meters=meters, tracing=tracing)
    faults.register(app)
    access_api.register(app)

    app.include_router(health_router)
    for router in v2.ROUTERS:
        app.include_router(router, prefix="/v2", dependencies=[requires(Permission.SEE), Depends(second_person)])
    for router in (access_api.router, approvals_api.router, audit_api.router):
        app.include_router(router, prefix="/api")
    inbox_api.register(app, desk)
    decisions_api.register(app, decisions)
    open_routes = unguarded(app.routes)
    if open_routes:
        raise RuntimeError(f"routes that name no permission (see server/access/gate.py): {', '.join(open_routes)}")
    return app


def _first(partitions: Partitions) -> Callable[[Callable[..., Any]], Any]:
    """Runs work on the first partition, whose journal says what was approved and carried out."""
    return lambda work: partitions.first().do(work)


async def second_person(request: Request) -> None:
    """Refuse a direct deployment where the settings ask for a second person."""
    settings: Settings = request.app.state.settings
    direct = request.method == "POST" and template(request.scope) == "/v2/deployments"
    if direct and settings.flag("deploy.second_person"):
        raise HTTPException(403, "a deployment needs a second person: propose it at POST /api/approvals/deployment")
