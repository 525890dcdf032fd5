"""The door's application: health for anyone on the machine, everything else with the token."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException

from zaizao import __version__
from zaizao.server.door import faults, processes, work
from zaizao.server.door.writer import Writer


def create_app(writer: Writer, *, token: str) -> FastAPI:
    """The application over ``writer``; each request but health needs ``Authorization: Bearer <token>``."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        writer.start()
        yield
        writer.stop()

    def known(authorization: Annotated[str | None, Header()] = None) -> None:
        given = (authorization or "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise HTTPException(401, "send the token that `zaizao serve` printed as Authorization: Bearer …")

    app = FastAPI(title="Zaizao 再造", version=__version__, lifespan=life)
    app.state.writer = writer
    faults.register(app)

    @app.get("/health", tags=["health"])
    def health() -> dict[str, str]:
        """Alive and able to read its store."""
        writer.ask(lambda engine: engine.next_due())
        return {"status": "UP"}

    app.include_router(processes.router, prefix="/v2", dependencies=[Depends(known)])
    app.include_router(work.router, prefix="/v2", dependencies=[Depends(known)])
    return app
