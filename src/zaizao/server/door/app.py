"""The door's application: health for anyone on the machine, everything else by permission.

Routers under ``/v2`` speak Camunda 8's REST; those under ``/api`` are our own rooms'.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from zaizao import __version__
from zaizao.server.access import Gate, Permission, requires
from zaizao.server.door import faults, v2
from zaizao.server.door.partitions import Partitions


def create_app(partitions: Partitions, *, gate: Gate) -> FastAPI:
    """The application over ``partitions``; each request but health must pass ``gate``."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        partitions.start()
        yield
        partitions.stop()

    app = FastAPI(title="Zaizao 再造", version=__version__, lifespan=life)
    app.state.partitions = partitions
    app.state.gate = gate
    faults.register(app)

    @app.get("/health", tags=["health"])
    def health() -> dict[str, str]:
        """Alive and able to read its store."""
        partitions.ask_each(lambda engine: engine.next_due())
        return {"status": "UP"}

    for router in v2.ROUTERS:
        app.include_router(router, prefix="/v2", dependencies=[requires(Permission.SEE)])
    return app
