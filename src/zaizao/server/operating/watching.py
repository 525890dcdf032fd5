"""The layer around the application that counts, times, traces and (where asked for) logs every request."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zaizao.server.access import template
from zaizao.server.operating.meters import Meters
from zaizao.server.operating.tracing import Tracing

LOG = logging.getLogger("zaizao.requests")
NOWHERE = "(none)"
"""The route of requests that no route took."""


class Watching:
    """Watches requests; the outermost layer, so that nothing escapes it."""

    def __init__(self, app: ASGIApp, meters: Meters, tracing: Tracing | None = None) -> None:
        self._app = app
        self._meters = meters
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.time_ns(), 500
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        span = self._tracing.request(scope["method"], headers, began) if self._tracing else None

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, answering)
        finally:
            ended = time.time_ns()
            method, route = scope["method"], template(scope) or NOWHERE
            self._meters.requests.labels(method, route, str(status)).inc()
            self._meters.request_seconds.labels(method, route).observe((ended - began) / 1e9)
            if self._tracing is not None:
                self._tracing.answered(span, method, route, status, ended)
            if LOG.isEnabledFor(logging.INFO):
                act = scope.get("zaizao.act")
                told = {"method": method, "path": scope["path"], "route": route, "status": status}
                who = {"by": act.by, "request": act.request} if act is not None else {}
                LOG.info("request", extra={**told, **who, "seconds": round((ended - began) / 1e9, 6)})
