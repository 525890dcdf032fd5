"""The audit trail under ``/api/audit``: who did what, and whether the journal is whole."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request

from zaizao.engine import Engine, JournalBroken
from zaizao.problems import Language
from zaizao.server.access import Permission, Recorded, Trail, Wanted, requires
from zaizao.server.door.processes import partitions_of
from zaizao.server.door.shapes import stamp

router = APIRouter(prefix="/audit", tags=["audit"], dependencies=[requires(Permission.AUDIT)])
Text = Annotated[str, Query(max_length=200)]


def trail_of(request: Request) -> Trail:
    """The audit trail behind this application."""
    found: Trail = request.app.state.trail
    return found


@router.get("")
def acts(
    request: Request,
    person: Text = "",
    action: Text = "",
    target: Text = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: Text = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Acts, latest first. ``action`` may end with ``*``; ``before`` is the ``next`` of the page before."""
    wanted = Wanted(person, action, target, _us(since), _us(until), _place(before))
    found = trail_of(request).find(wanted, limit + 1)
    page = found[:limit]
    following = f"{page[-1].at}-{page[-1].partition}-{page[-1].position}" if len(found) > limit else None
    return {"items": [_act(act) for act in page], "next": following}


@router.post("/verification")
def verify(request: Request) -> dict[str, Any]:
    """Check every journal's chain: how many records, and where it was changed if it was."""
    started = time.perf_counter()
    try:
        counts = partitions_of(request).ask_each(_verified)
    except JournalBroken as broken:
        problems = [problem.say(Language.EN) for problem in broken.problems]
        return {"whole": False, "records": None, "problems": problems, "seconds": time.perf_counter() - started}
    return {"whole": True, "records": sum(counts), "problems": [], "seconds": time.perf_counter() - started}


def _verified(engine: Engine) -> int:
    return engine.verify()


def _us(moment: datetime | None) -> int:
    if moment is None:
        return 0
    if moment.tzinfo is None:
        raise HTTPException(400, "give times with their zone, such as 2026-11-21T09:00:00+08:00")
    return int(moment.timestamp() * 1_000_000)


def _place(text: str) -> tuple[int, int, int] | None:
    if not text:
        return None
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdigit() and len(part) < 19 for part in parts):
        raise HTTPException(400, "before is not a place in the list")
    return int(parts[0]), int(parts[1]), int(parts[2])


def _act(act: Recorded) -> dict[str, Any]:
    return {
        "partition": act.partition,
        "position": str(act.position),
        "at": stamp(act.at),
        "by": act.by,
        "person": act.person,
        "action": act.action,
        "target": act.target,
        "detail": act.detail,
        "rejected": act.rejected or None,
    }
