"""``/health`` (alive), ``/ready`` (may be sent work) and ``/metrics``.

Rule kept: ready means that a write reached the disk a moment ago, that the engine's writer answers, and that a partition
is led here; it is looked at anew at most every two seconds. Strangers may ask for health and readiness: the answers
name no data.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from zaizao.problems import ZaizaoError
from zaizao.server.access import Access, Permission, anyone, principal
from zaizao.server.operating.meters import Meters
from zaizao.server.settings import Settings

if TYPE_CHECKING:
    from zaizao.server.door.partitions import Partitions

router = APIRouter(tags=["operating"])
LOOKED_EVERY = 2.0
SLOWEST = 5.0
"""Seconds in which the writer must answer."""
METRICS = "text/plain; version=0.0.4; charset=utf-8"


class Readiness:
    """Whether this process may be sent work."""

    def __init__(self, partitions: Partitions, access: Access) -> None:
        self._partitions = partitions
        self._access = access
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._found: dict[str, bool] = {}

    def checks(self) -> dict[str, bool]:
        """Each thing that must hold, and whether it does."""
        with self._lock:
            if time.monotonic() - self._looked > LOOKED_EVERY:
                self._found = {"store": self._writable(), "writer": self._answers(), "leases": self._leads()}
                self._looked = time.monotonic()
            return self._found

    def _writable(self) -> bool:
        try:
            self._access.pulse()
        except SQLAlchemyError:
            return False
        return True

    def _answers(self) -> bool:
        answered = threading.Event()

        def ask() -> None:
            try:
                for writer in self._partitions.led():
                    writer.do(lambda engine: engine.clock.now())
                answered.set()
            except ZaizaoError:
                return

        threading.Thread(target=ask, name="zaizao-ready", daemon=True).start()
        return answered.wait(SLOWEST)

    def _leads(self) -> bool:
        return bool(self._partitions.led())


@router.get("/health", dependencies=[anyone()])
def health() -> dict[str, str]:
    """Alive: the process answers."""
    return {"status": "UP"}


@router.get("/ready", dependencies=[anyone()])
def ready(request: Request) -> JSONResponse:
    """Ready: 200, or 503 with what does not hold."""
    readiness: Readiness = request.app.state.readiness
    found = readiness.checks()
    whole = all(found.values())
    told: dict[str, Any] = {"status": "READY" if whole else "NOT_READY", "checks": found}
    return JSONResponse(told, status_code=200 if whole else 503)


@router.get("/metrics", dependencies=[anyone()])
def metrics(request: Request) -> Response:
    """The meters in Prometheus' text format; needs the permission to see unless ``metrics.open`` says otherwise."""
    settings: Settings = request.app.state.settings
    if not settings.flag("metrics.open") and not principal(request).may(Permission.SEE):
        raise HTTPException(403, "needs the permission 'see'")
    meters: Meters = request.app.state.meters
    return Response(meters.page(), media_type=METRICS)
