"""The inbox over HTTP, under ``/api/inbox``: queues, items, and one route a command.

Rule kept: who asks finds and touches only items of their own lists; an item that one may not see does not exist for
them (404). A refusal is a problem document with its ``code``; a form that is not satisfied names every field.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from zaizao.inbox import (
    Assign,
    Claim,
    Command,
    Comment,
    Complete,
    Confirm,
    Delegate,
    Escalate,
    Facts,
    FourEyes,
    Inbox,
    ItemId,
    Kind,
    Line,
    Person,
    Recall,
    Refuse,
    Resume,
    Return,
    Skill,
    State,
    Suspend,
    Wanted,
    WorkItem,
    WorkRefused,
    may_see,
    page,
    queues,
    read_ladder,
)
from zaizao.problems import Language, Problem
from zaizao.server.access import Asking, Permission, Principal, requires
from zaizao.server.door.shapes import Shape, stamp
from zaizao.server.inbox_feed import Desk

router = APIRouter(prefix="/inbox", tags=["inbox"], dependencies=[requires(Permission.SEE)])
WORKS = requires(Permission.WORK)
_STATUS = {"not-found": 404, "form": 400, "invalid": 400, "calendar": 400, "reason-missing": 400}


def register(app: FastAPI, desk: Desk | None) -> None:
    """Serve the inbox from ``app``; without a ``desk`` its routes answer 503."""
    app.state.desk = desk
    app.include_router(router, prefix="/api")

    @app.exception_handler(WorkRefused)
    async def _refused(request: Request, fault: WorkRefused) -> JSONResponse:
        return JSONResponse(
            _fault(fault, request.url.path),
            status_code=_STATUS.get(fault.code, 409),
            media_type="application/problem+json",
        )


def _fault(fault: WorkRefused, path: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": fault.code.upper().replace("-", "_"),
        "status": _STATUS.get(fault.code, 409),
        "detail": "\n".join(problem.say(Language.EN) for problem in fault.problems),
        "instance": path,
        "code": fault.code,
        "problems": [_problem(problem) for problem in fault.problems],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "where": problem.where,
        "what": {"zh": problem.what.zh, "en": problem.what.en},
        "remedy": {"zh": problem.remedy.zh, "en": problem.remedy.en},
        "code": problem.code,
    }


def desk_of(request: Request) -> Desk:
    """The desk behind this application; 503 where the inbox is not set up."""
    desk: Desk | None = request.app.state.desk
    if desk is None:
        raise HTTPException(503, "the inbox is not set up on this server")
    return desk


def person_of(asking: Principal) -> Person:
    """Who asks, as the inbox knows people."""
    return Person(
        asking.name,
        asking.groups,
        supervisor=asking.may(Permission.APPROVE),
        everything=asking.may(Permission.ADMINISTER) or asking.may(Permission.AUDIT),
    )


def _someone(request: Request, name: str) -> Person:
    """A person whom work is given to, with groups where the register knows them (others come by single sign-on)."""
    known = request.app.state.access.registry.user(name)
    if known is None:
        return Person(name, None)
    if known.disabled:
        raise HTTPException(400, f"{name} is disabled")
    return Person(known.name, known.groups)


# --- shapes -----------------------------------------------------------------------------------------------------------


class ItemFilter(Shape):
    """Which items; every condition given holds. Instants are ISO 8601."""

    open: bool = True
    kinds: list[Kind] = Field(default_factory=list)
    states: list[State] = Field(default_factory=list)
    owner: str | None = None
    group: str | None = None
    process: str | None = None
    case: str | None = None
    skill: str | None = None
    text: str | None = Field(default=None, max_length=200)
    due_from: datetime | None = None
    due_until: datetime | None = None


class ItemSearch(Shape):
    """Search items, page by page."""

    filter: ItemFilter = Field(default_factory=ItemFilter)
    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=50, ge=1, le=500)


class NeededSkill(Shape):
    """A skill with the level that the work needs."""

    name: str = Field(min_length=1, max_length=64)
    level: int = Field(default=1, ge=1, le=9)


class NewItem(Shape):
    """Work that someone asks for; ``id`` makes asking twice harmless. ``four_eyes``: groups of the second person."""

    id: str = Field(min_length=1, max_length=200, pattern=r"^[^/\s]+$")
    kind: Kind
    subject: str = Field(min_length=1, max_length=500)
    evidence: dict[str, Any] = Field(default_factory=dict)
    priority: int = Field(default=50, ge=0, le=100)
    groups: list[str] = Field(default_factory=list)
    users: list[str] = Field(default_factory=list)
    skills: list[NeededSkill] = Field(default_factory=list)
    due: datetime | None = None
    follow_up: datetime | None = None
    calendar: str = ""
    escalation: str = ""
    four_eyes: list[str] | None = None
    case: str = ""
    pair: str = ""
    form: str = ""
    reason_wanted: bool = False


class Words(Shape):
    """Why, or a comment."""

    why: str = Field(default="", max_length=4000)


class Transfer(Shape):
    """Give an item to someone."""

    to: str = Field(min_length=1, max_length=200)
    why: str = Field(default="", max_length=4000)


class Bulk(Shape):
    """Give many items to someone."""

    ids: list[str] = Field(min_length=1, max_length=1000)
    to: str = Field(min_length=1, max_length=200)
    why: str = Field(default="", max_length=4000)


class Rest(Shape):
    """Let an item rest."""

    until: datetime | None = None
    why: str = Field(default="", max_length=4000)


class Done(Shape):
    """Hand an item in."""

    answers: dict[str, Any] = Field(default_factory=dict)
    action: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=4000)


class SkillLevels(Shape):
    """The skills of a person."""

    skills: dict[str, int] = Field(max_length=200)


def micros(moment: datetime | None) -> int:
    """An instant as µs UTC, 0 for none; refused (400) without a zone."""
    if moment is None:
        return 0
    if moment.tzinfo is None:
        raise HTTPException(400, "an instant needs its zone, as in 2026-11-23T09:00:00+08:00")
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def item_shape(item: WorkItem) -> dict[str, Any]:
    """An item as lists show it."""
    facts = item.facts
    return {
        "id": item.id,
        "kind": facts.kind,
        "subject": facts.subject,
        "state": item.state,
        "priority": facts.priority,
        "owner": item.owner,
        "delegatedBy": item.delegated_by,
        "first": item.first,
        "second": item.second,
        "groups": facts.groups,
        "users": facts.users,
        "skills": [{"name": skill.name, "level": skill.level} for skill in facts.skills],
        "due": stamp(facts.due),
        "followUp": stamp(facts.follow_up),
        "escalates": stamp(item.escalates),
        "rung": item.rung,
        "created": stamp(item.created),
        "ended": stamp(item.ended),
        "fourEyes": facts.four_eyes is not None,
        "reasonWanted": facts.reason_wanted,
        "case": facts.case or None,
        "process": facts.process or None,
        "form": facts.form or None,
        "why": item.why,
    }


def _line_shape(line: Line) -> dict[str, Any]:
    return {
        "at": stamp(line.at),
        "by": line.by,
        "change": line.change,
        "from": line.before,
        "to": line.after,
        "why": line.why,
        "person": getattr(line.event, "to", None),
    }


# --- questions --------------------------------------------------------------------------------------------------------


@router.get("/queues")
def list_queues(request: Request, asking: Asking) -> dict[str, Any]:
    """The groups of who asks, with their open work."""
    desk = desk_of(request)
    found = queues(desk.inbox, person_of(asking), now=desk.now())
    return {
        "queues": [
            {
                "group": queue.group or None,
                "offered": queue.offered,
                "claimed": queue.claimed,
                "others": queue.others,
                "overdue": queue.overdue,
                "soonest": stamp(queue.soonest),
            }
            for queue in found
        ]
    }


@router.post("/items/search")
def search(request: Request, asking: Asking, asked: ItemSearch | None = None) -> dict[str, Any]:
    """Items by due, then priority; ``cursor`` of one page asks for the next."""
    asked = asked or ItemSearch()
    chosen = asked.filter
    wanted = Wanted(
        open=chosen.open,
        kinds=chosen.kinds,
        states=chosen.states,
        owner=chosen.owner,
        group=chosen.group,
        process=chosen.process,
        case=chosen.case,
        skill=chosen.skill,
        text=chosen.text,
        due_from=micros(chosen.due_from) or None,
        due_until=micros(chosen.due_until) or None,
    )
    found = page(desk_of(request).inbox, person_of(asking), wanted, cursor=asked.cursor, limit=asked.limit)
    return {"items": [item_shape(item) for item in found.items], "cursor": found.cursor}


def _seen(inbox: Inbox, id: str, person: Person) -> WorkItem:
    item = inbox.item(ItemId(id))
    if item is None or not may_see(person, item):
        raise HTTPException(404, f"no item {id}")
    return item


@router.get("/items/{id}")
def get(request: Request, asking: Asking, id: str) -> dict[str, Any]:
    """One item with its evidence, form, result and history."""
    return _whole(desk_of(request).inbox, _seen(desk_of(request).inbox, id, person_of(asking)))


def _whole(inbox: Inbox, item: WorkItem) -> dict[str, Any]:
    form = inbox.form(item.facts.form)
    result = item.result
    return {
        **item_shape(item),
        "evidence": item.facts.evidence,
        "schema": form.schema if form is not None else None,
        "result": None
        if result is None
        else {"answers": result.answers, "action": result.action, "reason": result.reason},
        "ladder": [{"after": rung.after // 1000, "act": rung.act, "to": rung.to} for rung in item.facts.ladder],
        "history": [_line_shape(line) for line in inbox.history(item.id)],
    }


@router.get("/notices")
def list_notices(request: Request, asking: Asking, after: int = 0) -> dict[str, Any]:
    """What escalation ladders told who asks, or their groups; ``after`` is the last number that is known."""
    found = desk_of(request).inbox.notices([asking.name, *sorted(asking.groups)], after)
    return {
        "notices": [
            {"number": one.number, "to": one.to, "item": one.item, "at": stamp(one.at), "subject": one.subject}
            for one in found
        ]
    }


# --- commands ---------------------------------------------------------------------------------------------------------


def _do(request: Request, asking: Principal, id: str, command: Command) -> dict[str, Any]:
    desk, person = desk_of(request), person_of(asking)
    _seen(desk.inbox, id, person)
    desk.inbox.do(ItemId(id), command, person, now=desk.now())
    desk.follow()
    item = desk.inbox.item(ItemId(id))
    assert item is not None, "items are never removed"
    return item_shape(item)


@router.post("/items", status_code=201, dependencies=[WORKS])
def offer(request: Request, asking: Asking, new: NewItem) -> dict[str, Any]:
    """Ask people for work. The same ``id`` again gives the item that is there."""
    facts = Facts(
        new.kind,
        new.subject,
        {**new.evidence, "askedBy": asking.name},
        new.priority,
        tuple(new.groups),
        tuple(new.users),
        tuple(Skill(skill.name, skill.level) for skill in new.skills),
        micros(new.due),
        micros(new.follow_up),
        new.calendar,
        read_ladder(new.escalation),
        None if new.four_eyes is None else FourEyes(tuple(new.four_eyes)),
        new.case,
        new.pair,
        form=new.form,
        reason_wanted=new.reason_wanted,
    )
    if new.id.startswith(("task-", "incident-")):
        raise HTTPException(400, "ids that begin with task- or incident- belong to processes")
    desk = desk_of(request)
    return item_shape(desk.inbox.offer(ItemId(new.id), facts, now=desk.now()))


@router.post("/items/{id}/claim", dependencies=[WORKS])
def claim(request: Request, asking: Asking, id: str) -> dict[str, Any]:
    """I do it."""
    return _do(request, asking, id, Claim())


@router.post("/items/{id}/return", dependencies=[WORKS])
def return_(request: Request, asking: Asking, id: str, words: Words | None = None) -> dict[str, Any]:
    """Someone else shall do it."""
    return _do(request, asking, id, Return(words.why if words else ""))


@router.post("/items/{id}/delegate", dependencies=[WORKS])
def delegate(request: Request, asking: Asking, id: str, transfer: Transfer) -> dict[str, Any]:
    """Someone shall do it for me."""
    return _do(request, asking, id, Delegate(_someone(request, transfer.to), transfer.why))


@router.post("/items/{id}/assign", dependencies=[WORKS])
def assign(request: Request, asking: Asking, id: str, transfer: Transfer) -> dict[str, Any]:
    """Someone shall do it; only a supervisor takes it from someone else."""
    return _do(request, asking, id, Assign(_someone(request, transfer.to), transfer.why))


@router.post("/items/{id}/suspend", dependencies=[WORKS])
def suspend(request: Request, asking: Asking, id: str, rest: Rest | None = None) -> dict[str, Any]:
    """Let it rest; its clock stands still."""
    rest = rest or Rest()
    return _do(request, asking, id, Suspend(micros(rest.until), rest.why))


@router.post("/items/{id}/resume", dependencies=[WORKS])
def resume(request: Request, asking: Asking, id: str) -> dict[str, Any]:
    """Go on."""
    return _do(request, asking, id, Resume())


@router.post("/items/{id}/complete", dependencies=[WORKS])
def complete(request: Request, asking: Asking, id: str, done: Done | None = None) -> dict[str, Any]:
    """It is done; 400 with one problem a field where the form is not satisfied."""
    done = done or Done()
    return _do(request, asking, id, Complete(done.answers, done.action, done.reason))


@router.post("/items/{id}/confirm", dependencies=[WORKS])
def confirm(request: Request, asking: Asking, id: str, words: Words | None = None) -> dict[str, Any]:
    """As the second person: agreed."""
    return _do(request, asking, id, Confirm(words.why if words else ""))


@router.post("/items/{id}/refuse", dependencies=[WORKS])
def refuse(request: Request, asking: Asking, id: str, words: Words) -> dict[str, Any]:
    """As the second person: not agreed."""
    return _do(request, asking, id, Refuse(words.why))


@router.post("/items/{id}/recall", dependencies=[WORKS])
def recall(request: Request, asking: Asking, id: str) -> dict[str, Any]:
    """As the first person: I take it back."""
    return _do(request, asking, id, Recall())


@router.post("/items/{id}/comment", dependencies=[WORKS])
def comment(request: Request, asking: Asking, id: str, words: Words) -> dict[str, Any]:
    """Say something."""
    return _do(request, asking, id, Comment(words.why))


@router.post("/items/{id}/escalate", dependencies=[WORKS])
def escalate(request: Request, asking: Asking, id: str, words: Words | None = None) -> dict[str, Any]:
    """Take the ladder's next rung now."""
    return _do(request, asking, id, Escalate(words.why if words else ""))


@router.post("/assignments", dependencies=[WORKS])
def assign_many(request: Request, asking: Asking, bulk: Bulk) -> dict[str, Any]:
    """Give many items to someone; the answer says for each what became of it."""
    desk, person = desk_of(request), person_of(asking)
    seen = [ItemId(id) for id in bulk.ids if (item := desk.inbox.item(ItemId(id))) and may_see(person, item)]
    command = Assign(_someone(request, bulk.to), bulk.why)
    answers = desk.inbox.do_all(seen, command, person, now=desk.now())
    desk.follow()
    told: dict[str, Any] = {id: {"assigned": False, "code": "not-found"} for id in bulk.ids}
    for id, answer in answers.items():
        refused = isinstance(answer, WorkRefused)
        told[id] = {"assigned": not refused, "code": answer.code if isinstance(answer, WorkRefused) else None}
    return {"items": told}


@router.post("/next", dependencies=[WORKS], response_model=None)
def next_item(request: Request, asking: Asking) -> dict[str, Any] | Response:
    """Claim what I should do next, by skills, priority and due; 204 where nothing waits."""
    desk = desk_of(request)
    found = desk.inbox.next(person_of(asking), now=desk.now())
    if found is None:
        return Response(status_code=204)
    desk.follow()
    return item_shape(found)


@router.put("/people/{name}/skills", status_code=204, dependencies=[requires(Permission.ADMINISTER)])
def set_skills(request: Request, name: str, levels: SkillLevels) -> None:
    """Set the skills of a person, levels 1 to 9."""
    if any(not 1 <= level <= 9 for level in levels.skills.values()):
        raise HTTPException(400, "levels are 1 to 9")
    desk_of(request).inbox.skilled(name, levels.skills)


@router.put("/forms/{id}", status_code=204, dependencies=[requires(Permission.DESIGN)])
def keep_form(request: Request, id: str, schema: dict[str, Any]) -> None:
    """Make a Camunda form known; 400 with everything that is wrong with it."""
    desk_of(request).inbox.keep_form(id, schema)
