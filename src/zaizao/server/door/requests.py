"""What every route of the door needs: the partitions behind the application, keys, the one tenant, answers as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from fastapi import HTTPException, Request, Response

from zaizao.server.door.partitions import Partitions

TENANT = "<default>"
_encode = msgspec.json.Encoder(decimal_format="number").encode


def partitions_of(request: Request) -> Partitions:
    """The partitions behind this application."""
    found: Partitions = request.app.state.partitions
    return found


def key_of(text: object) -> int:
    """The number behind a key at the door; 400 where it is none."""
    if not isinstance(text, str) or not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise HTTPException(400, f"{text!r} is not a key")
    return int(text)


def key_or_none(key: int) -> str | None:
    """A key as clients expect it; ``None`` where there is none."""
    return str(key) if key else None


def instant(text: object) -> int:
    """An ISO 8601 text as µs UTC; 400 where it is none, or has no offset."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as fault:
        raise HTTPException(400, f"{text!r} is not an ISO 8601 time") from fault
    if moment.tzinfo is None:
        raise HTTPException(400, f"{text!r} says no offset from UTC")
    return int(moment.timestamp() * 1_000_000)


def json(value: Any) -> str:
    """A value of a variable or decision as JSON text."""
    return _encode(value).decode()


def answer(body: Any) -> Response:
    """``body`` as JSON with exact numbers."""
    return Response(_encode(body), media_type="application/json")


def caught_up(request: Request) -> None:
    """Let history stand where the journal stands, before something of it is read by key."""
    partitions_of(request).ask_each(lambda engine: engine.history.catch_up())
