"""``/api/initiatives``: start one on a log, follow it, read its evidence, change assumptions and run again."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import Field

from zaizao.problems import ZaizaoError
from zaizao.redesign import Step
from zaizao.server.access import Asking, Permission, requires
from zaizao.server.api.context import Work
from zaizao.server.api.plain import plain
from zaizao.server.assumptions import Wanted, WantedRun
from zaizao.server.workspace_initiatives import GIVEN_MODEL, GIVEN_SCENARIO

router = APIRouter(prefix="/initiatives", tags=["initiatives"])
DESIGN = requires(Permission.DESIGN)
_FORMS = {".html": "text/html; charset=utf-8", ".bpmn": "application/xml", ".dmn": "application/xml",
          ".csv": "text/csv; charset=utf-8", ".toml": "text/plain; charset=utf-8"}  # fmt: skip
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_REPORT = {
    # The report brings its own scripts and styles, and runs apart from the console: an origin of its own, no requests.
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; frame-ancestors 'self'; sandbox allow-scripts allow-downloads allow-popups"
}


class NewInitiative(Wanted):
    """An initiative on a log of the workspace; ``run`` holds what a person set."""

    log: str = Field(max_length=40)
    title: str = Field(default="", max_length=200)
    run: WantedRun = Field(default_factory=WantedRun)


class Again(Wanted):
    """Run an initiative again with other settings and assumptions; the model stays the one discovered."""

    title: str = Field(default="", max_length=200)
    run: WantedRun


class Finding(Wanted):
    """A finding as the console shows it."""

    kind: str = Field(max_length=40)
    activity: str = Field(default="", max_length=300)
    words: dict[str, str]


@router.get("/steps")
def steps() -> dict[str, Any]:
    """The eight steps, in order, with their names."""
    return {"items": [{"key": step.value, "words": plain(step.words)} for step in Step]}


@router.get("")
def every(work: Work) -> dict[str, Any]:
    """All initiatives, the newest first."""
    return {"items": work.initiatives.all()}


@router.post("", dependencies=[DESIGN], status_code=201)
def start(work: Work, asking: Asking, wanted: NewInitiative) -> dict[str, Any]:
    """Begin an initiative: the loop runs in a process of its own."""
    log = work.logs.shelf.read(wanted.log)
    _checked(wanted.run)
    name = wanted.title.strip()
    words = {"zh": name, "en": name} if name else log.get("title") or {"zh": log["name"], "en": log["name"]}
    about = {"title": words, "log": wanted.log, "source": log["file"], "by": asking.name, "cases": log.get("cases")}
    request = {"title": words, "source": log["file"], "run": wanted.run.model_dump(mode="json", by_alias=True)}
    key = work.initiatives.start(about, request, lambda target: work.logs.copy_source(wanted.log, target))
    return work.initiatives.about(key)


@router.post("/{key}/again", dependencies=[DESIGN], status_code=201)
def again(work: Work, asking: Asking, key: str, wanted: Again) -> dict[str, Any]:
    """A new initiative from this one's model and scenario, with the assumptions that a person changed."""
    _checked(wanted.run)
    before = work.initiatives.about(key)
    model, scenario = work.initiatives.file(key, "as_is.bpmn"), work.initiatives.file(key, "scenario.toml")
    log = work.initiatives.file(key, "log.parquet")
    request = json.loads(work.initiatives.file(key, "request.json").read_bytes())
    name = wanted.title.strip()
    words = {"zh": name, "en": name} if name else before["title"]

    def place(target: Path) -> None:
        shutil.copyfile(log, target)
        shutil.copyfile(model, target.with_name(GIVEN_MODEL))
        shutil.copyfile(scenario, target.with_name(GIVEN_SCENARIO))

    about = {
        **{name: before[name] for name in ("log", "source", "cases")},
        "title": words,
        "by": asking.name,
        "after": key,
    }
    request = {**request, "title": words, "run": wanted.run.model_dump(mode="json", by_alias=True)}
    return work.initiatives.about(work.initiatives.start(about, request, place))


def _checked(run: WantedRun) -> None:
    try:
        run.settings()
    except (ValueError, TypeError) as fault:
        raise HTTPException(400, str(fault)) from None


@router.get("/{key}")
def one(work: Work, key: str) -> dict[str, Any]:
    """What is known of an initiative; with ``document`` once it is done."""
    about = work.initiatives.about(key)
    request = json.loads(work.initiatives.file(key, "request.json").read_bytes())
    document = work.initiatives.document(key) if about["state"] == "done" else None
    lines, _ = work.initiatives.progress(key)
    return {"about": about, "run": request["run"], "document": document, "progress": lines[-1] if lines else None}


@router.get("/{key}/progress")
def progress(work: Work, key: str) -> StreamingResponse:
    """Server-sent events: ``progress`` for each line from the first on, ``end`` with the final state."""
    work.initiatives.about(key)
    gone = threading.Event()

    def events() -> Iterator[str]:
        try:
            for line in work.initiatives.follow(key, gone.is_set, gone.wait):
                yield f"event: progress\ndata: {json.dumps(line, ensure_ascii=False)}\n\n"
            yield f"event: end\ndata: {json.dumps(work.initiatives.about(key), ensure_ascii=False)}\n\n"
        except ZaizaoError:
            yield 'event: end\ndata: {"state": "failed"}\n\n'
        finally:
            gone.set()

    return StreamingResponse(events(), media_type="text/event-stream", headers=_HEADERS)


@router.get("/{key}/files/{name}")
def file(work: Work, key: str, name: str, download: bool = False) -> FileResponse:
    """One of its files: the report (``report.zh.html``), models, scenario, options, journal."""
    path = work.initiatives.file(key, name)
    form = _FORMS.get(path.suffix, "application/octet-stream")
    headers = dict(_REPORT) if path.suffix == ".html" else {}
    return FileResponse(
        path,
        media_type=form,
        headers=headers,
        filename=name if download else None,
        content_disposition_type="attachment",
    )


@router.post("/{key}/cancellation", dependencies=[DESIGN], status_code=204)
def cancel(work: Work, key: str) -> None:
    """Stop a run."""
    work.initiatives.cancel(key)


@router.delete("/{key}", dependencies=[DESIGN], status_code=204)
def remove(work: Work, key: str) -> None:
    """Remove an initiative and its files."""
    work.initiatives.remove(key)


@router.post("/{key}/moves", dependencies=[DESIGN], status_code=201)
def note_move(work: Work, asking: Asking, key: str, finding: Finding) -> dict[str, Any]:
    """Remember a finding that a person wants made a move in this initiative."""
    about = work.initiatives.about(key)
    kept = [*about.get("wishes", []), {**finding.model_dump(by_alias=True), "by": asking.name}]
    return work.initiatives.shelf.change(key, wishes=kept[-200:])
