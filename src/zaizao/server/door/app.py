"""The door's application: health for anyone on the machine, everything else by permission.

Routers under ``/v2`` speak Camunda 8's REST; those under ``/api`` are our own rooms'. An application with a route that
names no permission is not made at all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from zaizao import __version__
from zaizao.server.access import Access, Acting, Gate, Gates, Permission, anyone, requires, unguarded
from zaizao.server.api import access as access_api
from zaizao.server.door import faults, processes, work
from zaizao.server.door.partitions import Partitions


def create_app(partitions: Partitions, *, gate: Gate | None = None, access: Access | None = None) -> FastAPI:
    """The application over ``partitions``. ``access`` knows people and services (none but in memory where left out);
    ``gate`` is asked before it. Raises ``RuntimeError`` where a route names no permission.
    """
    access = access or Access(None)
    journaling = access.record_through(lambda: next(iter(partitions.led()), None))

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        partitions.start()
        journaling.start()
        yield
        journaling.stop()
        partitions.stop()

    app = FastAPI(title="Zaizao 再造", version=__version__, lifespan=life)
    app.state.partitions = partitions
    app.state.access = access
    app.state.gate = access.gate if gate is None else Gates((gate, access.gate))
    app.add_middleware(Acting)
    faults.register(app)
    access_api.register(app)

    @app.get("/health", tags=["health"], dependencies=[anyone()])
    def health() -> dict[str, str]:
        """Alive and able to read its store."""
        partitions.ask_each(lambda engine: engine.next_due())
        return {"status": "UP"}

    for router in (processes.router, work.router):
        app.include_router(router, prefix="/v2", dependencies=[requires(Permission.SEE)])
    for router in (access_api.router,):
        app.include_router(router, prefix="/api")
    open_routes = unguarded(app.routes)
    if open_routes:
        raise RuntimeError(f"routes that name no permission (see server/access/gate.py): {', '.join(open_routes)}")
    return app
