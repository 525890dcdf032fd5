"""Questions: queues with counts, pages of items, one's own work, what to do next.

Rule kept: a person sees an item who is its owner, a candidate, or a possible second person; where an item names no
candidates everyone who works sees it; who may see ``everything`` sees all. A page is a range of an index, merged over
the person's lists: its cost does not grow with the number of items. Lists are sorted by due, then priority, then id.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from zaizao.inbox import item as i, tables as t
from zaizao.inbox.commands import Person
from zaizao.inbox.deciding import folded
from zaizao.inbox.errors import InboxError, trouble
from zaizao.inbox.item import Kind, WorkItem
from zaizao.inbox.lifecycle import State
from zaizao.inbox.rows import EVERYONE, lists_of

if TYPE_CHECKING:
    from zaizao.inbox.inbox import Inbox

LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items: every condition that is given holds. ``due_until`` and ``due_from`` are µs, ``text`` is looked for
    in the subject, ``skill`` is one that the work needs."""

    open: bool = True
    kinds: Sequence[Kind] = ()
    states: Sequence[State] = ()
    owner: str | None = None
    group: str | None = None
    process: str | None = None
    case: str | None = None
    skill: str | None = None
    text: str | None = None
    due_from: int | None = None
    due_until: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some items in order; ``cursor`` asks for those that follow, ``None`` at the end."""

    items: list[WorkItem] = field(default_factory=list)
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """The open work of a group (``""``: of everyone): how much waits, is in hands, is late; and the earliest due."""

    group: str
    offered: int
    claimed: int
    others: int
    overdue: int
    soonest: int


def names_of(person: Person) -> list[str]:
    """The lists in which the person finds items."""
    groups = sorted(person.groups or ())
    own = folded(person.name)
    return [*(f"g:{group}" for group in groups), f"u:{own}", f"o:{own}", EVERYONE]


def may_see(person: Person, item: WorkItem) -> bool:
    """Whether the person finds the item."""
    return person.everything or not lists_of(item).isdisjoint(names_of(person))


def page(inbox: Inbox, person: Person, wanted: Wanted, *, cursor: str | None = None, limit: int = 50) -> Page:
    """Up to ``limit`` items that the person may see, after ``cursor``."""
    limit = max(1, min(limit, LARGEST_PAGE))
    after = _read_cursor(cursor) if cursor else None
    asked = _everything(wanted, after, limit) if person.everything else _seen(person, wanted, after, limit)
    with inbox.reading() as connection:
        rows = connection.execute(asked).all()
    items = [i.decode(row.body) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items, None if last is None else json.dumps([last.due, last.rank, last.id]))


def _read_cursor(text: str) -> tuple[int, int, str]:
    try:
        due, rank, id = json.loads(text)
        return int(due), int(rank), str(id)
    except (ValueError, TypeError) as error:
        what = ("翻页标记不可读", "the cursor cannot be read")
        raise InboxError(
            trouble("cursor", "cursor", what, ("请从第一页重新开始", "begin at the first page"))
        ) from error


def _everything(wanted: Wanted, after: tuple[int, int, str] | None, limit: int) -> sa.Select[Any]:
    x = t.items.c
    asked = sa.select(x.due, x.rank, x.id, x.body).where(
        x.open == wanted.open, *_listed(wanted, x), *_conditions(wanted)
    )
    if wanted.group is not None:
        asked = asked.where(x.id.in_(sa.select(t.seen_by.c.item).where(t.seen_by.c.who == f"g:{wanted.group}")))
    if after is not None:
        asked = asked.where(_follows((x.due, x.rank, x.id), after))
    return asked.order_by(x.due, x.rank, x.id).limit(limit + 1)


def _seen(person: Person, wanted: Wanted, after: tuple[int, int, str] | None, limit: int) -> sa.Select[Any]:
    """A merge of the first rows of each of the person's lists; doubles fall together in the union."""
    x, s = t.items.c, t.seen_by.c
    names = names_of(person)
    if wanted.group is not None:
        names = [name for name in names if name == f"g:{wanted.group}"]
    if wanted.owner is not None and folded(wanted.owner) == folded(person.name):
        names = [f"o:{folded(person.name)}"]
    listed, narrow = _listed(wanted, s), _conditions(wanted)
    parts = []
    for name in names or [""]:
        part = sa.select(s.due, s.rank, s.item.label("id")).where(s.who == name, s.open == wanted.open, *listed)
        if narrow:
            part = part.join(t.items, x.id == s.item).where(*narrow)
        if after is not None:
            part = part.where(_follows((s.due, s.rank, s.item), after))
        part = part.order_by(s.due, s.rank, s.item).limit(limit + 1)
        parts.append(sa.select(part.subquery()))
    found = sa.union(*parts).subquery()
    first = sa.select(found).order_by(found.c.due, found.c.rank, found.c.id).limit(limit + 1).subquery()
    joined = sa.select(first.c.due, first.c.rank, first.c.id, x.body).join(t.items, x.id == first.c.id)
    return joined.order_by(first.c.due, first.c.rank, first.c.id)


def _follows(columns: tuple[Any, Any, Any], after: tuple[int, int, str]) -> Any:
    values = (sa.literal(after[0]), sa.literal(after[1]), sa.literal(after[2]))
    return sa.tuple_(*columns) > sa.tuple_(*values)


def _listed(wanted: Wanted, columns: Any) -> list[Any]:
    """Conditions on columns that stand in the lists and in the items alike."""
    conditions: list[Any] = []
    if wanted.kinds:
        conditions.append(columns.kind.in_([str(kind) for kind in wanted.kinds]))
    if wanted.states:
        conditions.append(columns.state.in_([str(state) for state in wanted.states]))
    if wanted.due_from is not None:
        conditions += [columns.due >= wanted.due_from, columns.due < t.NO_DUE]
    if wanted.due_until is not None:
        conditions.append(columns.due < wanted.due_until)
    return conditions


def _conditions(wanted: Wanted) -> list[Any]:
    """Conditions that need the item's own row."""
    x = t.items.c
    conditions: list[Any] = []
    if wanted.owner is not None:
        conditions.append(sa.func.lower(x.owner) == wanted.owner.lower())
    if wanted.process is not None:
        conditions.append(x.process == wanted.process)
    if wanted.case is not None:
        conditions.append(x.case == wanted.case)
    if wanted.skill is not None:
        needs = t.needs.c
        conditions.append(sa.exists().where(needs.item == x.id, needs.skill == wanted.skill))
    if wanted.text:
        conditions.append(x.subject.icontains(wanted.text, autoescape=True))
    return conditions


def queues(inbox: Inbox, person: Person, *, now: int) -> list[Queue]:
    """The person's groups with their open work; for who sees everything all groups."""
    s = t.seen_by.c
    counted = (
        s.who,
        sa.func.sum(sa.case((s.state == State.OFFERED.value, 1), else_=0)),
        sa.func.sum(sa.case((s.state == State.CLAIMED.value, 1), else_=0)),
        sa.func.count(),
        sa.func.sum(sa.case((s.due < now, 1), else_=0)),
        sa.func.min(s.due),
    )
    asked = sa.select(*counted).where(s.open == sa.true()).group_by(s.who).order_by(s.who)
    if person.everything:
        asked = asked.where(sa.or_(s.who == EVERYONE, s.who.startswith("g:")))
    else:
        asked = asked.where(s.who.in_([name for name in names_of(person) if name[:2] not in ("u:", "o:")]))
    with inbox.reading() as connection:
        rows = connection.execute(asked).all()
    found = []
    for who, offered, claimed, total, overdue, soonest in rows:
        group = "" if who == EVERYONE else who.removeprefix("g:")
        rest = total - offered - claimed
        found.append(Queue(group, offered, claimed, rest, overdue, 0 if soonest == t.NO_DUE else soonest))
    return found


def next_for(connection: Connection, person: Person, now: int, passed: Sequence[str]) -> str | None:
    """The offered item that the person should do next and is able to do; on PostgreSQL one that nobody else reaches for."""
    s, x = t.seen_by.c, t.items.c
    names = [name for name in names_of(person) if not name.startswith("o:")]
    n, k, h = t.needs.c, t.skills.c, t.hands.c
    own = folded(person.name)
    enough = sa.exists().where(k.person == own, k.skill == n.skill, k.level >= n.level)
    unable = sa.exists().where(n.item == s.item, sa.not_(enough))
    paired = sa.exists().where(h.case == x.case, h.pair == x.pair, h.person == own, h.item != x.id)
    parts = []
    for name in names:
        part = (
            sa.select(s.rank, s.due, s.item.label("id"))
            .join(t.items, x.id == s.item)
            .where(s.who == name, s.state == State.OFFERED.value, x.follow_up <= now)
            .where(sa.not_(unable), sa.not_(paired), s.item.not_in(passed))
            .order_by(s.rank, s.due, s.item)
            .limit(1 if connection.dialect.name == "sqlite" else 20)
        )
        parts.append(sa.select(part.subquery()))
    found = sa.union(*parts).subquery()
    asked = sa.select(found.c.id).order_by(found.c.rank, found.c.due, found.c.id)
    if connection.dialect.name == "sqlite":
        first: str | None = connection.execute(asked.limit(1)).scalar()
        return first
    candidates = [id for (id,) in connection.execute(asked.limit(20))]
    for id in candidates:
        lock = sa.select(x.id).where(x.id == id, x.state == State.OFFERED.value).with_for_update(skip_locked=True)
        free: str | None = connection.execute(lock).scalar()
        if free is not None:
            return free
    return None
