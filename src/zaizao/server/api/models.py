"""``/api/models``: models being drawn: keep, check while typing, lay out, evaluate decision tables on test cases.

Rule kept: a draft is text that a person is working on and may be wrong; checking never refuses, it lists. Deploying is
the door's (``/v2/deployments``), so that one rule of the second person holds for every way in.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Response
from pydantic import Field

from zaizao import bpmn, dmn, feel
from zaizao.problems import Problem, ZaizaoError
from zaizao.server.access import Asking, Permission, requires
from zaizao.server.api.context import Work
from zaizao.server.api.plain import plain
from zaizao.server.assumptions import Wanted
from zaizao.server.workspace import microseconds

router = APIRouter(prefix="/models", tags=["models"])
DESIGN = requires(Permission.DESIGN)
Kind = Literal["bpmn", "dmn", "form"]
LARGEST = 5_000_000
_VERSIONS = 50


class Source(Wanted):
    """A model's text."""

    kind: Kind
    source: str = Field(max_length=LARGEST)


class Draft(Source):
    """A new draft."""

    name: str = Field(min_length=1, max_length=200)


class Saved(Wanted):
    """A draft's next text; with a ``note`` the text becomes a version of its history."""

    source: str = Field(max_length=LARGEST)
    name: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=2000)


class Trial(Wanted):
    """Evaluate ``decision`` of a DMN text on inputs written as FEEL."""

    source: str = Field(max_length=LARGEST)
    decision: str = Field(max_length=300)
    cases: list[dict[str, str]] = Field(max_length=500)


@router.get("")
def every(work: Work) -> dict[str, Any]:
    """All drafts, without their texts."""
    return {"items": [{name: value for name, value in about.items() if name != "versions"} for about in work.models]}


@router.post("", dependencies=[DESIGN], status_code=201)
def create(work: Work, asking: Asking, draft: Draft) -> dict[str, Any]:
    """Begin a draft."""
    key = work.models.add({"name": draft.name, "kind": draft.kind, "by": asking.name, "versions": []})
    (work.models.folder(key) / "source").write_text(draft.source, encoding="utf-8")
    return work.models.read(key)


@router.post("/check", dependencies=[requires(Permission.SEE)])
def check(wanted: Source) -> dict[str, Any]:
    """Everything that is wrong with a text, each with the element it concerns."""
    found = _checked(wanted)
    ids = set(re.findall(r'\bid="([^"]+)"', wanted.source))
    return {"problems": [{**plain(problem), "element": _element(problem, ids)} for problem in found]}


def _checked(wanted: Source) -> list[Problem]:
    content = wanted.source.encode()
    try:
        if wanted.kind == "bpmn":
            return bpmn.check(bpmn.read(content))
        if wanted.kind == "dmn":
            return dmn.check(dmn.read(content))
    except ZaizaoError as refused:
        return list(refused.problems)
    return []


def _element(problem: Problem, ids: set[str]) -> str | None:
    """The id that the problem's place names."""
    return next((word for word in re.split(r"[\s:,;→()]+", problem.where)[::-1] if word in ids), None)


@router.post("/layout", dependencies=[requires(Permission.SEE)])
def arrange(wanted: Source) -> Response:
    """The BPMN text with a fresh, orderly diagram."""
    return Response(bpmn.write(bpmn.layout(bpmn.read(wanted.source.encode()))), media_type="application/xml")


@router.post("/trial", dependencies=[requires(Permission.SEE)])
def trial(wanted: Trial) -> dict[str, Any]:
    """What a decision says about each test case, and which rules matched; errors of a case stand beside it."""
    model = dmn.compile(dmn.read(wanted.source.encode()))
    return {"results": [_tried(model, wanted.decision, case) for case in wanted.cases]}


def _tried(model: dmn.Model, decision: str, case: dict[str, str]) -> dict[str, Any]:
    try:
        inputs = {name: feel.compile(text).evaluate({}) for name, text in case.items() if text.strip()}
        outcome = model.evaluate(decision, inputs, trace=True)
    except ZaizaoError as refused:
        return {"value": None, "rules": [], "problems": [plain(problem) for problem in refused.problems]}
    steps = outcome.trace.steps if outcome.trace is not None else ()
    rules = [{"decision": step.name, "rules": list(hit.rules)} for step in steps for hit in step.tables]
    return {
        "value": feel.from_feel(outcome.value),
        "rules": rules,
        "problems": [plain(one) for step in steps for one in step.reasons],
    }


@router.get("/{key}")
def one(work: Work, key: str) -> dict[str, Any]:
    """A draft with its text."""
    return {**work.models.read(key), "source": (work.models.folder(key) / "source").read_text("utf-8")}


@router.put("/{key}", dependencies=[DESIGN])
def save(work: Work, asking: Asking, key: str, saved: Saved) -> dict[str, Any]:
    """Keep a draft's text; with a note, also as a version to come back to."""
    about = work.models.read(key)
    folder = work.models.folder(key)
    draft = folder / ".source"
    draft.write_text(saved.source, encoding="utf-8")
    draft.replace(folder / "source")
    versions = about["versions"]
    if saved.note.strip():
        number = len(versions) + 1
        if number > _VERSIONS:
            raise HTTPException(409, f"a draft keeps {_VERSIONS} versions; begin a new one")
        (folder / f"version-{number}").write_text(saved.source, encoding="utf-8")
        entry = {"number": number, "note": saved.note.strip(), "by": asking.name, "at": microseconds()}
        versions = [*versions, entry]
    return work.models.change(
        key, versions=versions, changed=microseconds(), changedBy=asking.name, name=saved.name.strip() or about["name"]
    )


@router.get("/{key}/versions/{number}")
def version(work: Work, key: str, number: int) -> dict[str, Any]:
    """An earlier text of a draft."""
    path = work.models.folder(key) / f"version-{number}"
    if not path.is_file():
        raise HTTPException(404, f"no version {number}")
    return {"source": path.read_text("utf-8")}


@router.delete("/{key}", dependencies=[DESIGN], status_code=204)
def remove(work: Work, key: str) -> None:
    """Forget a draft."""
    work.models.remove(key)
