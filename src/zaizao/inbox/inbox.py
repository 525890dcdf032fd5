"""The inbox's face: offer, do, tick; and what whoever asked for the work has to be told.

Rule kept: one command is one transaction: the item is locked, the command answered by ``deciding.decide``, and item,
history, lists, hands of pairs, errands and notices are written together. Of two people who claim at once one wins; two
tasks of a pair never come into one hand, whatever runs at the same time. Time is passed in, as are ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, OperationalError

from zaizao.calendars import WorkCalendar
from zaizao.inbox import commands as c, events as e, item as i, tables as t
from zaizao.inbox.commands import Person
from zaizao.inbox.deciding import SYSTEM, Rejection, Surroundings, decide, folded
from zaizao.inbox.errors import InboxError, WorkRefused, trouble
from zaizao.inbox.forms import Form, read_form
from zaizao.inbox.item import ItemId, WorkItem
from zaizao.inbox.lifecycle import Change, State
from zaizao.inbox.queries import next_for
from zaizao.inbox.rows import Errand, Notice, rows_of, write_item

Answer = TypeVar("Answer")
TRIES = 5
"""How often a transaction that lost a race is begun again."""
_OF_THE_ASKER = (c.Offer, c.Follow, c.Settle, c.Cancel, c.Update, c.Bounce)
"""What whoever asked for the work did itself, and need not be told."""
Clerk = Person(SYSTEM, None, supervisor=True, everything=True)
"""Who acts where no person does."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an item's history."""

    number: int
    at: int
    by: str
    change: Change
    before: State | None
    after: State
    why: str
    event: e.AnyEvent


class Inbox:
    """The work items of one database."""

    def __init__(self, url: str, calendars: Mapping[str, WorkCalendar] | None = None) -> None:
        self.database = t.open_database(url)
        self.calendars = dict(calendars or {})
        self._writing = self.database.execution_options(writing=True)
        self._forms: dict[str, tuple[str, Form]] = {}

    def close(self) -> None:
        """Let go of connections."""
        self.database.dispose()

    # --- commands ---

    def offer(self, id: ItemId, facts: i.Facts, *, now: int, assignee: Person | None = None) -> WorkItem:
        """Let people do this. The same id again is the same item, unchanged."""
        return self.do(id, c.Offer(facts, assignee), Clerk, now=now)

    def do(self, id: ItemId, command: c.Command, by: Person, *, now: int) -> WorkItem:
        """Answer a command in a transaction of its own. Raises ``WorkRefused``; the refusal is on record."""
        found = self.writing(lambda turn: turn.answer(id, command, by, now))
        if isinstance(found, Rejection):
            raise WorkRefused(found.code, found.problems)
        return found

    def do_all(
        self, ids: Iterable[ItemId], command: c.Command, by: Person, *, now: int
    ) -> dict[ItemId, WorkItem | WorkRefused]:
        """The same command on many items, each answered for itself, all in one transaction."""

        def answer(turn: Turn) -> dict[ItemId, WorkItem | WorkRefused]:
            answers: dict[ItemId, WorkItem | WorkRefused] = {}
            for id in sorted(set(ids)):  # one order for all, so that two bulk assignments do not wait for each other
                found = turn.answer(id, command, by, now)
                answers[id] = WorkRefused(found.code, found.problems) if isinstance(found, Rejection) else found
            return answers

        return self.writing(answer)

    def next(self, by: Person, *, now: int) -> WorkItem | None:
        """Claim what ``by`` should do next: highest priority first, then earliest due; ``None`` where nothing waits."""

        def answer(turn: Turn) -> WorkItem | None:
            person = turn.person(by)
            passed: list[str] = []
            while (id := next_for(turn.connection, person, now, passed)) is not None:
                found = turn.answer(ItemId(id), c.Claim(), by, now)
                if isinstance(found, WorkItem):
                    return found
                passed.append(id)
            return None

        return self.writing(answer)

    def tick(self, *, now: int, limit: int = 200) -> int:
        """Do what the clock asks for: rungs of ladders, ends of rests. How many items were looked at."""
        asleep = sa.select(t.items.c.id).where(t.items.c.wakes <= now).order_by(t.items.c.wakes).limit(limit)
        with self.database.connect() as connection:
            due = [ItemId(id) for (id,) in connection.execute(asleep)]
        for id in due:
            self.writing(lambda turn, id=id: turn.answer(id, c.Tick(), Clerk, now))  # type: ignore[misc]
        return len(due)

    def next_wake(self) -> int | None:
        """When the clock has to look again."""
        with self.database.connect() as connection:
            found: int | None = connection.execute(sa.select(sa.func.min(t.items.c.wakes))).scalar()
            return found

    # --- transactions ---

    def writing(self, work: Callable[[Turn], Answer]) -> Answer:
        """Run ``work`` in one transaction; begin again where another transaction came first."""
        for left in reversed(range(TRIES)):
            try:
                with self._writing.begin() as connection:
                    return work(Turn(self, connection))
            except IntegrityError:
                if not left:
                    raise
            except OperationalError as error:
                if not left or "deadlock" not in str(error):
                    raise self._trouble(error) from error
        raise AssertionError("unreachable")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view for several questions."""
        try:
            with self.database.connect() as connection:
                yield connection
        except OperationalError as error:
            raise self._trouble(error) from error

    @staticmethod
    def _trouble(error: Exception) -> InboxError:
        zh, en = f"数据库出错：{error}", f"the database has a fault: {error}"
        return InboxError(trouble("inbox", "database", (zh, en), ("请检查数据库后重试", "look at it and try again")))

    # --- one item ---

    def item(self, id: ItemId) -> WorkItem | None:
        """The item as it stands."""
        with self.reading() as connection:
            body = connection.execute(sa.select(t.items.c.body).where(t.items.c.id == id)).scalar()
        return None if body is None else i.decode(body)

    def history(self, id: ItemId) -> list[Line]:
        """Everything that happened to the item, in order."""
        asked = sa.select(t.history).where(t.history.c.item == id).order_by(t.history.c.version)
        with self.reading() as connection:
            rows = connection.execute(asked).all()
        return [
            Line(
                row.number,
                row.at,
                row.by,
                Change(row.change),
                None if row.before is None else State(row.before),
                State(row.after),
                row.why,
                e.decode(row.body),
            )
            for row in rows
        ]

    # --- people's skills, forms ---

    def skilled(self, person: str, levels: Mapping[str, int]) -> None:
        """Set the skills of a person, each with its level (1 to 9)."""

        def keep(turn: Turn) -> None:
            turn.connection.execute(sa.delete(t.skills).where(t.skills.c.person == folded(person)))
            rows = [{"person": folded(person), "skill": name, "level": level} for name, level in levels.items()]
            if rows:
                turn.connection.execute(sa.insert(t.skills), rows)

        self.writing(keep)

    def skills(self, person: str) -> dict[str, int]:
        """The skills of a person."""
        with self.reading() as connection:
            return _skills(connection, person)

    def keep_form(self, id: str, schema: str | bytes | Mapping[str, Any]) -> Form:
        """Make a form known under ``id``, or replace it. Raises ``FormError``."""
        form = read_form(schema)
        body = msgspec.json.encode(form.schema).decode()

        def keep(turn: Turn) -> None:
            turn.connection.execute(sa.delete(t.forms).where(t.forms.c.id == id))
            turn.connection.execute(sa.insert(t.forms).values(id=id, body=body))

        self.writing(keep)
        return form

    def form(self, id: str) -> Form | None:
        """The form known as ``id``."""
        with self.reading() as connection:
            return self._form(connection, id)

    def _form(self, connection: Connection, id: str) -> Form | None:
        body = connection.execute(sa.select(t.forms.c.body).where(t.forms.c.id == id)).scalar() if id else None
        if body is None:
            return None
        known = self._forms.get(id)
        if known is None or known[0] != body:
            self._forms[id] = known = (body, read_form(body))
        return known[1]

    # --- whoever asked for the work ---

    def errands(self, prefix: str = "", limit: int = 500) -> list[Errand]:
        """What is still to be told to whoever asked for items whose ids begin with ``prefix``, in order."""
        asked = sa.select(t.errands).order_by(t.errands.c.number).limit(limit)
        if prefix:
            asked = asked.where(t.errands.c.item.startswith(prefix, autoescape=True))
        with self.reading() as connection:
            return [Errand(*row) for row in connection.execute(asked)]

    def position(self, source: str) -> int:
        """Up to where the journal of ``source`` was taken over."""
        asked = sa.select(t.positions.c.position).where(t.positions.c.source == source)
        with self.reading() as connection:
            return int(connection.execute(asked).scalar() or 0)

    def notices(self, names: Sequence[str], after: int = 0, limit: int = 100) -> list[Notice]:
        """What people or groups of these names were told, from number ``after`` on."""
        asked = sa.select(t.notices).where(t.notices.c.to.in_(names), t.notices.c.number > after)
        with self.reading() as connection:
            return [Notice(*row) for row in connection.execute(asked.order_by(t.notices.c.number).limit(limit))]


def _skills(connection: Connection, person: str) -> dict[str, int]:
    asked = sa.select(t.skills.c.skill, t.skills.c.level).where(t.skills.c.person == folded(person))
    return {row.skill: row.level for row in connection.execute(asked)}


class Turn:
    """One transaction that writes."""

    def __init__(self, inbox: Inbox, connection: Connection) -> None:
        self.inbox = inbox
        self.connection = connection

    def person(self, person: Person) -> Person:
        """The person with the skills that are on record."""
        if person.name == SYSTEM:
            return person
        return msgspec.structs.replace(person, skills=_skills(self.connection, person.name))

    def load(self, id: ItemId) -> WorkItem | None:
        """The item, locked until the transaction ends."""
        asked = sa.select(t.items.c.body).where(t.items.c.id == id).with_for_update()
        body = self.connection.execute(asked).scalar()
        return None if body is None else i.decode(body)

    def answer(self, id: ItemId, command: c.Command, by: Person, now: int) -> WorkItem | Rejection:
        """The item after the command; a rejection is recorded and changes nothing else."""
        item = self.load(id)
        actor = self.person(by)
        if isinstance(command, c.Assign | c.Delegate):
            command = msgspec.structs.replace(command, to=self.person(command.to))
        facts = command.facts if isinstance(command, c.Offer) else item.facts if item else None
        around = Surroundings(
            now,
            self.inbox.calendars,
            self._hands(id, facts) if facts else frozenset(),
            self.inbox._form(self.connection, facts.form) if facts and isinstance(command, c.Complete) else None,
        )
        found = decide(id, item, command, actor, around)
        if isinstance(found, Rejection):
            row = {"item": id, "at": now, "by": by.name, "command": type(command).__name__, "code": found.code}
            self.connection.execute(sa.insert(t.refusals).values(row))
            return found
        if found:
            item = write_item(self.connection, rows_of(id, item, found), followed=isinstance(command, _OF_THE_ASKER))
        assert item is not None, "an item stands after a command that was not refused"
        return item

    def _hands(self, id: ItemId, facts: i.Facts) -> frozenset[str]:
        if not facts.pair:
            return frozenset()
        h = t.hands.c
        asked = sa.select(h.person).where(h.case == facts.case, h.pair == facts.pair, h.item != id)
        return frozenset(person for (person,) in self.connection.execute(asked))

    def done(self, errand: Errand) -> None:
        """The errand is told."""
        self.connection.execute(sa.delete(t.errands).where(t.errands.c.number == errand.number))

    def waits(self, id: ItemId) -> bool:
        """Whether an errand of the item is still to be told."""
        asked = sa.select(sa.func.count()).select_from(t.errands).where(t.errands.c.item == id)
        return bool(self.connection.execute(asked).scalar())

    def reach(self, source: str, start: int, position: int) -> bool:
        """Take over the journal of ``source`` from ``start`` to ``position``; false where someone else did already."""
        p = t.positions.c
        if not start:
            known = self.connection.execute(sa.select(p.position).where(p.source == source)).scalar()
            if known is None:
                self.connection.execute(sa.insert(t.positions).values(source=source, position=position))
                return True
        where = (p.source == source) & (p.position == start)
        changed = self.connection.execute(sa.update(t.positions).where(where).values(position=position))
        return changed.rowcount == 1
