"""Passing a request on to the node that leads its partition.

Rule kept: a request is passed on whole (method, path, headers with the caller's authorisation, body) and answered with
what the other node said; it is passed on once: a node that gets a request from another does it or says that it does
not lead the partition. A request that could not be delivered, or was refused for want of the lease, is tried again; one
whose answer was lost is not, because it may have been carried out.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PASSED = "x-zaizao-passed-on"
"""The header of a request that comes from another node."""
NOT_LED = "x-zaizao-not-led"
"""The header of a refusal for want of the lease: nothing was done."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a request's body that are kept so that it can be passed on."""
_LEFT_OUT = frozenset({b"host", b"content-length", b"connection", b"transfer-encoding", b"accept-encoding"})
_ENDED = frozenset({"content-length", "connection", "transfer-encoding", "content-encoding", "date", "server"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came, to be sent again elsewhere."""

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def passed_on(self) -> bool:
        """Whether another node sent it."""
        return any(name == PASSED.encode() for name, _ in self.headers)


INCOMING: ContextVar[Incoming | None] = ContextVar("zaizao_incoming", default=None)
"""The request that is being served."""


class Answered(Exception):
    """Another node has answered the request that is being served."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        super().__init__(response.status_code)


class Passing:
    """The layer around the application that keeps each request, and gives the answers of other nodes back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        token = INCOMING.set(Incoming(scope["method"], target, tuple(scope["headers"]), body))
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            await self._app(scope, replay, send)
        except Answered as answered:
            await _give(answered.response, send)
        finally:
            INCOMING.reset(token)


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body") or sum(map(len, parts)) > LARGEST:
            return b"".join(parts)


async def _give(response: httpx.Response, send: Send) -> None:
    headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in response.headers.items() if k not in _ENDED]
    if response.status_code != httpx.codes.NO_CONTENT:
        headers.append((b"content-length", str(len(response.content)).encode()))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})


def patience(request: Incoming) -> float:
    """Seconds that another node may take: a node that stalls must not hold its callers for long."""
    return 615.0 if b'"awaitCompletion"' in request.body else 10.0


def pass_on(client: httpx.Client, address: str, request: Incoming, seconds: float) -> httpx.Response | None:
    """The other node's answer; ``None`` where it did not get the request or does not lead the partition."""
    timeout = httpx.Timeout(seconds, connect=1.0)
    headers = [(name, value) for name, value in request.headers if name not in _LEFT_OUT]
    headers.append((PASSED.encode(), b"1"))
    try:
        response = client.request(
            request.method, address + request.target, headers=headers, content=request.body, timeout=timeout
        )
    except (httpx.ConnectError, httpx.ConnectTimeout):
        return None
    return None if NOT_LED in response.headers else response
