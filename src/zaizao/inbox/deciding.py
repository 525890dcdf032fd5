"""How an item answers each command: events, or one rejection and no change. Pure: time and people come in.

Rule kept: an answer first looks whether the command applies: the lifecycle has the row, the person may, the skills
suffice, the second person is not the first, no other task of the pair is in the same hands, the form is satisfied.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zaizao.calendars import CalendarError, WorkCalendar, advance, working
from zaizao.inbox import commands as c, events as e
from zaizao.inbox.applying import apply
from zaizao.inbox.commands import Person
from zaizao.inbox.errors import trouble
from zaizao.inbox.forms import Form, check_answers, kept_answers
from zaizao.inbox.item import Act, Facts, ItemId, Result, WorkItem
from zaizao.inbox.lifecycle import ROWS, Change, State
from zaizao.problems import Problem

SYSTEM = "system"
"""Who acts where no person does: the clock, or whoever asked for the work."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A command that does not apply; ``code`` is stable."""

    code: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an answer may look at besides the item.

    ``hands`` are the people (folded names) who hold or did another task of the item's pair; ``form`` what the item's
    form says, where it has one that is known.
    """

    now: int
    calendars: Mapping[str, WorkCalendar]
    hands: frozenset[str] = frozenset()
    form: Form | None = None


class _Stop(Exception):
    def __init__(self, code: str, *problems: Problem) -> None:
        super().__init__(code)
        self.rejection = Rejection(code, problems)


@dataclass(slots=True)
class _Turn:
    """One command being answered: the item as its own events change it."""

    id: ItemId
    item: WorkItem | None
    by: Person
    around: Surroundings
    events: list[e.Event] = field(default_factory=list)

    def emit(self, kind: type[e.Event], why: str = "", *, by: str = "", **rest: Any) -> None:
        event = kind(by=by or self.by.name, at=self.around.now, why=why, **rest)
        self.item = apply(self.id, self.item, event)
        self.events.append(event)

    @property
    def here(self) -> WorkItem:
        assert self.item is not None, "only an offer has no item"
        return self.item

    def stop(self, code: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> _Stop:
        return _Stop(code, trouble(f"item {self.id}", code, (zh, en), (remedy_zh, remedy_en)))


def decide(
    id: ItemId, item: WorkItem | None, command: c.Command, by: Person, around: Surroundings
) -> list[e.Event] | Rejection:
    """The events that answer ``command`` of person ``by``, none where there is nothing to do; or a rejection."""
    turn = _Turn(id, item, by, around)
    try:
        if item is None and type(command) is not c.Offer:
            raise turn.stop(
                "not-found", "没有这个工作项", "there is no such item", "请刷新列表", "look at the list again"
            )
        _ANSWERS[type(command)](turn, command)
    except _Stop as stopped:
        return stopped.rejection
    return turn.events


def same_person(one: str | None, other: str | None) -> bool:
    """Names of people are told apart without regard to case, width and outer blanks."""
    return one is not None and other is not None and folded(one) == folded(other)


def folded(name: str) -> str:
    """A person's name as it is compared, as the door compares login names."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


# --- what must hold ---------------------------------------------------------------------------------------------------


def _row(turn: _Turn, change: Change) -> None:
    state = turn.here.state
    if (state, change) not in ROWS:
        code = "taken" if change is Change.CLAIMED and turn.here.owner else "invalid-state"
        zh, en = f"工作项处于 {state}，不能 {change}", f"the item is {state} and cannot be {change}"
        raise turn.stop(code, zh, en, "请刷新后再试", "look at the item again")


def _owns(turn: _Turn) -> None:
    if not same_person(turn.here.owner, turn.by.name):
        zh, en = f"工作项属于 {turn.here.owner or '无人'}", f"the item belongs to {turn.here.owner or 'nobody'}"
        raise turn.stop("not-owner", zh, en, "请先领取", "claim it first")


def candidate(facts: Facts, person: Person) -> bool:
    """Whether the work is offered to the person. Without candidates it is offered to everyone."""
    if not facts.groups and not facts.users:
        return True
    named = any(same_person(user, person.name) for user in facts.users)
    return named or person.groups is None or not person.groups.isdisjoint(facts.groups)


def missing_skills(facts: Facts, person: Person) -> list[str]:
    """Skills that the work needs and the person lacks, as ``name:level``."""
    return [f"{need.name}:{need.level}" for need in facts.skills if person.skills.get(need.name, 0) < need.level]


def _unpaired(turn: _Turn, person: Person) -> None:
    if folded(person.name) in turn.around.hands:
        zh = f"{person.name} 已办理同一案件中与之互斥的任务"
        en = f"{person.name} already works on a task of this case that is paired with it"
        raise turn.stop("pair", zh, en, "请由另一人办理", "let someone else do it")


def _able(turn: _Turn, person: Person) -> None:
    """The person has the skills, and no other task of the pair."""
    missing = missing_skills(turn.here.facts, person)
    if missing:
        names = ", ".join(missing)
        zh, en = f"{person.name} 缺少技能 {names}", f"{person.name} lacks {names}"
        raise turn.stop("skills-missing", zh, en, "请转给具备技能的人", "give it to someone who has them")
    _unpaired(turn, person)


def _may(turn: _Turn, person: Person) -> None:
    if not candidate(turn.here.facts, person):
        zh, en = f"{person.name} 不在候选人之中", f"{person.name} is not among the candidates"
        raise turn.stop("not-candidate", zh, en, "请转给候选组成员", "give it to a candidate")
    _able(turn, person)


# --- people ------------------------------------------------------------------------------------------------------------


def _offer(turn: _Turn, command: c.Offer) -> None:
    if turn.item is not None:
        return  # asked for already: the same id is the same item
    facts = command.facts
    if facts.calendar and facts.calendar not in turn.around.calendars:
        zh, en = f"没有名为 {facts.calendar} 的日历", f"there is no calendar {facts.calendar!r}"
        raise turn.stop("calendar", zh, en, "请用已配置的日历", "use a calendar that is set up")
    first = facts.ladder[0].after if facts.ladder else None
    escalates = 0 if first is None else _worked(turn, facts, turn.around.now, first)
    turn.emit(e.Offered, by=SYSTEM, facts=facts, escalates=escalates)
    if command.assignee is not None:
        turn.emit(e.Assigned, by=SYSTEM, to=command.assignee.name)


def _claim(turn: _Turn, _command: c.Claim) -> None:
    if turn.here.state is State.CLAIMED and same_person(turn.here.owner, turn.by.name):
        return
    _row(turn, Change.CLAIMED)
    _may(turn, turn.by)
    turn.emit(e.Claimed)


def _assign(turn: _Turn, command: c.Assign) -> None:
    _row(turn, Change.ASSIGNED)
    owner = turn.here.owner
    if owner is not None and not same_person(owner, turn.by.name) and not turn.by.supervisor:
        zh, en = f"工作项属于 {owner}，只有主管可以改派", f"{owner} has it; only a supervisor may move it"
        raise turn.stop("not-owner", zh, en, "请联系主管", "ask a supervisor")
    if same_person(owner, command.to.name):
        return
    _may(turn, command.to)
    turn.emit(e.Assigned, command.why, to=command.to.name)


def _delegate(turn: _Turn, command: c.Delegate) -> None:
    _row(turn, Change.DELEGATED)
    _owns(turn)
    if same_person(turn.by.name, command.to.name):
        zh, en = "不能委派给自己", "nobody delegates to oneself"
        raise turn.stop("invalid", zh, en, "请选择另一人", "choose someone else")
    _able(turn, command.to)
    turn.emit(e.Delegated, command.why, to=command.to.name)


def _return(turn: _Turn, command: c.Return) -> None:
    _row(turn, Change.RETURNED)
    if not turn.by.supervisor:
        _owns(turn)
    turn.emit(e.Returned, command.why)


def _suspend(turn: _Turn, command: c.Suspend) -> None:
    _row(turn, Change.SUSPENDED)
    if turn.here.owner is not None and not turn.by.supervisor:
        _owns(turn)
    if command.until and command.until <= turn.around.now:
        zh, en = "挂起的截止时间已过", "the end of the rest has passed"
        raise turn.stop("invalid", zh, en, "请给出将来的时间", "name a time to come")
    turn.emit(e.Suspended, command.why, until=command.until)


def _resume(turn: _Turn, _command: c.Resume) -> None:
    item = turn.here
    kind, change = (e.Resumed, Change.RESUMED) if item.owner is not None else (e.Reopened, Change.REOPENED)
    _row(turn, change)
    if item.owner is not None and turn.by.name != SYSTEM and not turn.by.supervisor:
        _owns(turn)
    turn.emit(kind, due=_moved(turn, item.facts.due), escalates=_moved(turn, item.escalates))


def _complete(turn: _Turn, command: c.Complete) -> None:
    facts = turn.here.facts
    _row(turn, Change.PROPOSED if facts.four_eyes else Change.HANDED_IN)
    _owns(turn)
    answers = command.answers
    if turn.around.form is not None:
        data = facts.evidence.get("variables")
        known = data if isinstance(data, dict) else {}
        problems = check_answers(turn.around.form, answers, known)
        if problems:
            raise _Stop("form", *problems)
        answers = kept_answers(turn.around.form, answers, known)
    if facts.reason_wanted and not command.reason.strip():
        zh, en = "必须填写办结原因", "a close reason is required"
        raise turn.stop("reason-missing", zh, en, "请填写原因", "give the reason")
    result = Result(answers, command.action, command.reason)
    if facts.four_eyes:
        turn.emit(e.Proposed, command.reason, result=result)
    else:
        turn.emit(e.HandedIn, command.reason, result=result)
        _settle_here(turn)


def _settle_here(turn: _Turn) -> None:
    """Work that nobody else takes is completed as soon as it is handed in."""
    if not turn.here.facts.settles:
        turn.emit(e.Settled, by=SYSTEM)


def _second(turn: _Turn, change: Change) -> None:
    _row(turn, change)
    item = turn.here
    if same_person(item.first, turn.by.name) or same_person(item.delegated_by, turn.by.name):
        zh, en = "复核人不能是经办人", "the second person cannot be the first"
        raise turn.stop("same-person", zh, en, "请由另一人复核", "let someone else look")
    four_eyes = item.facts.four_eyes
    groups = four_eyes.groups if four_eyes else ()
    if groups:
        if turn.by.groups is not None and turn.by.groups.isdisjoint(groups):
            zh, en = f"复核需要 {', '.join(groups)} 的成员", f"someone of {', '.join(groups)} has to look"
            raise turn.stop("not-candidate", zh, en, "请由该组成员复核", "let a member look")
        _unpaired(turn, turn.by)
    else:
        _may(turn, turn.by)


def _confirm(turn: _Turn, command: c.Confirm) -> None:
    _second(turn, Change.CONFIRMED)
    turn.emit(e.Confirmed, command.why)
    _settle_here(turn)


def _refuse(turn: _Turn, command: c.Refuse) -> None:
    _second(turn, Change.REFUSED)
    if not command.why.strip():
        zh, en = "退回必须说明原因", "a refusal needs its reason"
        raise turn.stop("reason-missing", zh, en, "请填写原因", "give the reason")
    turn.emit(e.Refused, command.why)


def _recall(turn: _Turn, _command: c.Recall) -> None:
    _row(turn, Change.RECALLED)
    _owns(turn)
    turn.emit(e.Recalled)


def _comment(turn: _Turn, command: c.Comment) -> None:
    _row(turn, Change.COMMENTED)
    if not command.text.strip():
        raise turn.stop("invalid", "评论为空", "the comment is empty", "请填写评论", "say something")
    turn.emit(e.Commented, command.text)


# --- the clock ---------------------------------------------------------------------------------------------------------


def _worked(turn: _Turn, facts: Facts, start: int, work: int) -> int:
    """When ``work`` µs of the item's working time after ``start`` are done.

    Round the clock without a calendar, and where the year's holidays are not known: early rather than never.
    """
    calendar = turn.around.calendars.get(facts.calendar)
    try:
        return start + work if calendar is None else advance(calendar, start, work)
    except CalendarError:
        return start + work


def _moved(turn: _Turn, at: int) -> int:
    """An instant moved by the working time that the item rested."""
    item = turn.here
    if not at:
        return 0
    calendar = turn.around.calendars.get(item.facts.calendar)
    if calendar is None:
        return at + turn.around.now - item.suspended
    try:
        return advance(calendar, at, working(calendar, item.suspended, turn.around.now))
    except CalendarError:
        return at


def _escalate(turn: _Turn, command: c.Escalate) -> None:
    _row(turn, Change.ESCALATED)
    if turn.here.rung >= len(turn.here.facts.ladder):
        zh, en = "升级步骤已用尽", "the ladder has no further rung"
        raise turn.stop("ladder-done", zh, en, "请直接改派", "assign the item instead")
    _climb(turn, command.why, turn.by.name)


def _climb(turn: _Turn, why: str, by: str) -> None:
    """Take the next rung."""
    item = turn.here
    ladder = item.facts.ladder
    rung = ladder[item.rung]
    following = ladder[item.rung + 1] if item.rung + 1 < len(ladder) else None
    wait = following.after - rung.after if following else 0
    at = _worked(turn, item.facts, item.escalates or turn.around.now, wait) if following else 0
    if rung.act is Act.PRIORITY:
        turn.emit(e.Escalated, why, by=by, rung=item.rung, escalates=at, priority=int(rung.to))
    elif rung.act is Act.REASSIGN:
        turn.emit(e.Escalated, why, by=by, rung=item.rung, escalates=at, groups=(rung.to,), notify=rung.to)
        if turn.here.state is State.CLAIMED:
            turn.emit(e.Returned, why, by=by)
    else:
        turn.emit(e.Escalated, why, by=by, rung=item.rung, escalates=at, notify=rung.to)


def _tick(turn: _Turn, _command: c.Tick) -> None:
    item = turn.here
    if item.state is State.SUSPENDED and 0 < item.until <= turn.around.now:
        _resume(turn, c.Resume())
    while 0 < turn.here.escalates <= turn.around.now and (turn.here.state, Change.ESCALATED) in ROWS:
        _climb(turn, "", SYSTEM)


# --- whoever asked for the work ---------------------------------------------------------------------------------------


def _settle(turn: _Turn, command: c.Settle) -> None:
    if turn.here.open:
        turn.emit(e.Settled, by=command.by or turn.here.owner or SYSTEM)


def _bounce(turn: _Turn, command: c.Bounce) -> None:
    _row(turn, Change.BOUNCED)
    turn.emit(e.Bounced, command.why)


def _cancel(turn: _Turn, command: c.Cancel) -> None:
    if turn.here.open:
        turn.emit(e.Cancelled, command.why)


def _update(turn: _Turn, command: c.Update) -> None:
    names = ("priority", "due", "follow_up", "groups", "users")
    changes = {name: getattr(command, name) for name in names}
    facts = turn.here.facts
    changed = {name: value for name, value in changes.items() if value is not None and value != getattr(facts, name)}
    if changed and turn.here.open:
        turn.emit(e.Updated, **changed)


def _follow(turn: _Turn, command: c.Follow) -> None:
    owner = turn.here.owner
    if turn.here.state not in (State.OFFERED, State.CLAIMED) or owner == command.owner:
        return
    if command.owner is None:
        turn.emit(e.Returned)
    else:
        turn.emit(e.Assigned, to=command.owner)


_ANSWERS: dict[type[c.Command], Callable[[_Turn, Any], None]] = {
    c.Offer: _offer,
    c.Claim: _claim,
    c.Assign: _assign,
    c.Delegate: _delegate,
    c.Return: _return,
    c.Suspend: _suspend,
    c.Resume: _resume,
    c.Complete: _complete,
    c.Confirm: _confirm,
    c.Refuse: _refuse,
    c.Recall: _recall,
    c.Comment: _comment,
    c.Escalate: _escalate,
    c.Tick: _tick,
    c.Settle: _settle,
    c.Bounce: _bounce,
    c.Cancel: _cancel,
    c.Update: _update,
    c.Follow: _follow,
}
