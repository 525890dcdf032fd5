"""What events leave in the tables: the item's row, its history, lists, needs, hands, errands and notices.

Rule kept: everything here follows from the item before, the events, and the item after; it is written at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from zaizao.inbox import events as e, item as i, tables as t
from zaizao.inbox.applying import apply
from zaizao.inbox.deciding import folded
from zaizao.inbox.item import ItemId, WorkItem
from zaizao.inbox.lifecycle import State

EVERYONE = "*"


class Act(StrEnum):
    """What whoever asked for the work is told."""

    ASSIGN = "assign"
    COMPLETE = "complete"


class Errand(NamedTuple):
    """One thing to tell; ``body`` is JSON: the owner's name, or the result with ``by``."""

    number: int
    item: str
    act: str
    body: str


class Notice(NamedTuple):
    """``to`` was told at ``at`` that ``item`` waits too long."""

    number: int
    to: str
    item: str
    at: int
    subject: str


@dataclass(frozen=True, slots=True)
class Written:
    """An item before and after events, with the history rows that they make."""

    before: WorkItem | None
    after: WorkItem
    events: list[e.Event]
    lines: list[dict[str, Any]]


def rows_of(id: ItemId, item: WorkItem | None, events: list[e.Event]) -> Written:
    """Apply ``events`` (at least one) and describe each as a line of history."""
    lines = []
    now = item
    for event in events:
        before = now.state if now else None
        now = apply(id, now, event)
        lines.append(
            {
                "item": id,
                "version": now.version,
                "at": event.at,
                "by": event.by,
                "change": str(e.change_of(event)),
                "before": None if before is None else str(before),
                "after": str(now.state),
                "why": event.why,
                "body": e.encode(event),
            }
        )
    assert now is not None, "events make an item"
    return Written(item, now, events, lines)


def write_item(connection: Connection, written: Written, *, followed: bool) -> WorkItem:
    """Write everything. ``followed``: whoever asked for the work did it, and need not be told.

    Raises ``IntegrityError`` where another transaction came first.
    """
    before, after = written.before, written.after
    values = _columns(after)
    if before is None:
        connection.execute(sa.insert(t.items).values(values))
        needs = [{"item": after.id, "skill": need.name, "level": need.level} for need in after.facts.skills]
        if needs:
            connection.execute(sa.insert(t.needs), needs)
    else:
        where = (t.items.c.id == after.id) & (t.items.c.version == before.version)
        changed = connection.execute(sa.update(t.items).where(where).values(values))
        if changed.rowcount != 1:
            raise IntegrityError("the item changed meanwhile", None, ValueError(after.id))
    connection.execute(sa.insert(t.history), written.lines)
    _write_lists(connection, before, after)
    if after.facts.pair:
        _write_hands(connection, after, followed)
    if after.facts.settles:
        _write_errands(connection, before, after, followed)
    told = [
        {"to": event.notify, "item": after.id, "at": event.at, "subject": after.facts.subject}
        for event in written.events
        if isinstance(event, e.Escalated) and event.notify
    ]
    if told:
        connection.execute(sa.insert(t.notices), told)
    return after


def _columns(item: WorkItem) -> dict[str, Any]:
    facts = item.facts
    asleep = item.state is State.SUSPENDED
    watched = item.state in (State.OFFERED, State.CLAIMED, State.SECOND)
    return {
        "id": item.id,
        "kind": str(facts.kind),
        "state": str(item.state),
        "open": item.open,
        "subject": facts.subject,
        "owner": item.owner,
        "case": facts.case,
        "process": facts.process,
        "pair": facts.pair,
        "due": facts.due or t.NO_DUE,
        "rank": -facts.priority,
        "follow_up": facts.follow_up,
        "wakes": (item.until if asleep else item.escalates if watched else 0) or None,
        "version": item.version,
        "body": i.encode(item),
    }


def lists_of(item: WorkItem) -> set[str]:
    """In whose lists the item stands."""
    facts = item.facts
    names = {f"g:{group}" for group in facts.groups} | {f"u:{folded(user)}" for user in facts.users}
    if not names:
        names = {EVERYONE}
    if facts.four_eyes is not None:
        names |= {f"g:{group}" for group in facts.four_eyes.groups}
    if item.owner is not None:
        names.add(f"o:{folded(item.owner)}")
    return names


def _write_lists(connection: Connection, before: WorkItem | None, after: WorkItem) -> None:
    names = lists_of(after)
    row = {"open": after.open, "due": after.facts.due or t.NO_DUE, "rank": -after.facts.priority}
    if before is not None:
        same = (before.open, before.facts.due, before.facts.priority, before.state) == (
            after.open,
            after.facts.due,
            after.facts.priority,
            after.state,
        )
        if same and lists_of(before) == names:
            return
        connection.execute(sa.delete(t.seen_by).where(t.seen_by.c.item == after.id))
    rows = [
        {"who": who, "item": after.id, "state": str(after.state), "kind": str(after.facts.kind), **row}
        for who in sorted(names)
    ]
    connection.execute(sa.insert(t.seen_by), rows)


def _write_hands(connection: Connection, item: WorkItem, followed: bool) -> None:
    """Who has a hand in a task of a pair. What was done elsewhere cannot be refused: there the first hand stays."""
    names = {folded(name) for name in (item.owner, item.first, item.second) if name is not None}
    if item.state is State.CANCELLED:
        names = set()
    h = t.hands.c
    case, pair = item.facts.case, item.facts.pair
    connection.execute(sa.delete(t.hands).where(h.item == item.id, h.person.not_in(names)))
    taken = sa.select(h.person, h.item).where(h.case == case, h.pair == pair, h.person.in_(names))
    known = {row.person: row.item for row in connection.execute(taken)}
    rows = [
        {"case": case, "pair": pair, "person": name, "item": item.id}
        for name in sorted(names)
        if known.get(name) != item.id and not (followed and name in known)
    ]
    if rows:
        connection.execute(sa.insert(t.hands), rows)


def _write_errands(connection: Connection, before: WorkItem | None, after: WorkItem, followed: bool) -> None:
    """What a process has to be told: who has its task, and the result."""
    rows = []
    owner = before.owner if before else None
    if after.owner != owner and not followed and after.state in (State.OFFERED, State.CLAIMED):
        rows.append({"item": after.id, "act": str(Act.ASSIGN), "body": i.encode(after.owner)})
    if after.state is State.HANDED_IN and (before is None or before.state is not State.HANDED_IN):
        assert after.result is not None, "what was handed in has a result"
        body = i.encode({"by": after.first, "answers": after.result.answers, "action": after.result.action})
        rows.append({"item": after.id, "act": str(Act.COMPLETE), "body": body})
    if rows:
        connection.execute(sa.insert(t.errands), rows)
