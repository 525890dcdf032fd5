"""``/api/overview``: where everything stands, in one request."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from zaizao.engine import CaseRow, CaseState, Engine, TaskRow
from zaizao.server.api.context import Work
from zaizao.server.door.partitions import Partitions
from zaizao.server.workspace import microseconds

router = APIRouter(prefix="/overview", tags=["overview"])
_SHOWN = 8


@router.get("")
def overview(work: Work, request: Request) -> dict[str, Any]:
    """Initiatives with their goals, live load, overdue work, incidents."""
    partitions: Partitions = request.app.state.partitions
    now = microseconds()
    load = partitions.ask_each(lambda engine: _load(engine, now))
    initiatives = work.initiatives.all()
    return {
        "initiatives": [_initiative(work, about) for about in initiatives[:_SHOWN]],
        "initiativeCount": len(initiatives),
        "logs": sum(1 for _ in work.logs.shelf),
        "models": sum(1 for _ in work.models),
        "load": {name: sum(part[name] for part in load) for name in load[0]},
    }


def _load(engine: Engine, now: int) -> dict[str, int]:
    store = engine.store
    tasks = store.find(TaskRow, {"state": "created"})
    return {
        "live": store.count(CaseRow, {"state": CaseState.ACTIVE}),
        "completed": store.count(CaseRow, {"state": CaseState.COMPLETED}),
        "tasks": len(tasks),
        "overdue": sum(1 for task in tasks if 0 < task.due < now),
        "unassigned": sum(1 for task in tasks if not task.assignee),
        "incidents": len(engine.incidents()),
    }


def _initiative(work: Work, about: dict[str, Any]) -> dict[str, Any]:
    found = {name: about.get(name) for name in ("id", "title", "state", "added", "cases", "source", "by")}
    if about["state"] == "running":
        lines, _ = work.initiatives.progress(about["id"])
        return {**found, "progress": lines[-1] if lines else None}
    if about["state"] != "done":
        return found
    document = work.initiatives.document(about["id"])
    redesign = document["redesign"]
    chosen = next(one for one in [redesign["asIs"], *redesign["front"]] if one["key"] == redesign["chosen"])
    return {
        **found,
        "chosen": {name: chosen[name] for name in ("label", "gains", "figures", "moves")},
        "asIs": redesign["asIs"]["figures"],
        "goals": [result for result in document["prove"]["results"] if result["stage"] == "to-be-rehearsed"],
    }
