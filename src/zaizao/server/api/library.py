"""``/api/library``: the scenario packs that come with the package."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Response

from zaizao import bpmn, scenarios
from zaizao.server.api.context import Work
from zaizao.server.api.plain import plain

router = APIRouter(prefix="/library", tags=["library"])
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


@router.get("")
def every(work: Work) -> dict[str, Any]:
    """Packs by area, each with its bottleneck and goals, and how often it was tried here."""
    tried: dict[str, int] = {}
    for about in work.initiatives.shelf:
        tried[about["source"]] = tried.get(about["source"], 0) + 1
    folders = sorted(path.parent for path in scenarios.bundled().parent.glob("*/scenario.toml"))
    return {"items": [{**_pack(folder), "tried": tried.get(folder.name, 0)} for folder in folders]}


def _pack(folder: Path) -> dict[str, Any]:
    problems = scenarios.check(folder)
    if problems:
        return {"id": folder.name, "problems": plain(problems)}
    pack = scenarios.load(folder)
    return {
        "id": pack.id,
        "title": plain(pack.title),
        "area": pack.area,
        "bottleneck": plain(pack.bottleneck),
        "thinking": list(pack.thinking),
        "targets": plain(pack.targets),
        "cases": pack.cases,
        "roles": [{"name": role.name, "people": len(role.resources)} for role in pack.scenario.roles.values()],
        "tasks": sum(isinstance(node, bpmn.Task) for node in pack.process.walk()),
        "problems": [],
    }


@router.get("/{name}")
def one(name: str) -> dict[str, Any]:
    """One pack, with what its README says in both languages."""
    folder = _folder(name)
    readme = {
        language: path.read_text("utf-8") if (path := folder / file).is_file() else ""
        for language, file in (("zh", "README.zh-CN.md"), ("en", "README.md"))
    }
    files = sorted(path.name for path in folder.iterdir() if path.is_file())
    return {**_pack(folder), "readme": readme, "files": files}


@router.get("/{name}/model")
def model(name: str) -> Response:
    """The pack's process as it is, laid out where its file is not."""
    drawn = scenarios.load(_folder(name)).definitions
    shown = bpmn.layout(drawn) if drawn.diagram is None else drawn
    return Response(bpmn.write(shown), media_type="application/xml")


def _folder(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise HTTPException(404, f"no pack {name}")
    return scenarios.bundled(name)
