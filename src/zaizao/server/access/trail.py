"""The audit trail: who did what, read from the journal into a table that answers quickly.

Rule kept: the journal is the truth; the table follows from it and can be made again by emptying it. It is brought up to
date whenever it is asked, a few thousand records at a time, so that the engine is never held for long. A change of
access that a crash let into the journal twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from zaizao.engine import Acted, Engine, Rejection
from zaizao.server.access.tables import ACTS, TRAILS, Database

AT_ONCE = 2000
"""Journal entries that are read while the engine waits."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One act. ``position`` in the journal of ``partition``; ``at`` in µs UTC."""

    partition: int
    position: int
    at: int
    by: str
    person: str
    action: str
    target: str
    detail: dict[str, Any]
    rejected: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts; what is left out does not narrow. ``action`` may end with ``*``. ``before`` is a row's place."""

    person: str = ""
    action: str = ""
    target: str = ""
    since: int = 0
    until: int = 0
    before: tuple[int, int, int] | None = None


Ask = Callable[[Callable[[Engine], Any]], Any]
"""Asks the engine of one partition."""


class Trail:
    """The acts of every partition led here."""

    def __init__(self, database: Database, partitions: Callable[[], Sequence[Ask]]) -> None:
        self._database = database
        self._partitions = partitions

    def catch_up(self) -> None:
        """Read what the journals hold that the table does not."""
        for ask in self._partitions():
            while self._some(ask):
                pass

    def _some(self, ask: Ask) -> bool:
        partition: int = ask(lambda engine: engine.runtime.partition)
        start = self._next(partition)
        first = start or 0
        entries = ask(lambda engine: list(islice(engine.store.journal(first, 0), AT_ONCE)))
        if not entries:
            return False
        rows = []
        for entry in entries:
            for place, event in enumerate(entry.events):
                if isinstance(event, Acted):
                    rows.append(_row(partition, entry.position + place, entry.at, event))
                elif isinstance(event, Rejection) and rows and rows[-1]["position"] == entry.position - 1:
                    rows[-1]["rejected"] = event.code
        following = entries[-1].position + len(entries[-1].events)
        with self._database.engine.begin() as connection:
            known = sa.select(TRAILS.c.next).where(TRAILS.c.partition == partition).with_for_update()
            if connection.execute(known).scalar() != start:
                return True  # someone else was quicker
            if start is None:
                connection.execute(sa.insert(TRAILS).values(partition=partition, next=following))
            else:
                connection.execute(sa.update(TRAILS).where(TRAILS.c.partition == partition).values(next=following))
            fresh = _fresh(connection, rows)
            if fresh:
                connection.execute(sa.insert(ACTS), fresh)
        return len(entries) == AT_ONCE

    def _next(self, partition: int) -> int | None:
        with self._database.reader.connect() as connection:
            query = sa.select(TRAILS.c.next).where(TRAILS.c.partition == partition)
            found: int | None = connection.execute(query).scalar()
            return found

    def read_until(self, partition: int) -> int:
        """The position in the partition's journal up to which the table has everything."""
        return self._next(partition) or 0

    def find(self, wanted: Wanted, limit: int) -> list[Recorded]:
        """Acts, latest first."""
        self.catch_up()
        query = sa.select(ACTS).order_by(ACTS.c.at.desc(), ACTS.c.partition.desc(), ACTS.c.position.desc())
        query = query.where(*_conditions(wanted)).limit(limit)
        with self._database.reader.connect() as connection:
            return [_recorded(row) for row in connection.execute(query)]

    def done(self, action: str, target: str) -> bool:
        """Whether such an act stands in a journal."""
        return bool(self.find(Wanted(action=action, target=target), 1))


def _row(partition: int, position: int, at: int, event: Acted) -> dict[str, Any]:
    return {
        "partition": partition,
        "position": position,
        "at": at,
        "by": event.by,
        "person": str(event.detail.get("person", event.by)),
        "action": event.action,
        "target": event.target,
        "detail": event.detail,
        "change": event.detail.get("change"),
        "rejected": "",
    }


def _fresh(connection: sa.Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without changes that are there already."""
    numbers = [row["change"] for row in rows if row["change"] is not None]
    query = sa.select(ACTS.c.change).where(ACTS.c.change.in_(numbers))
    seen = set(connection.execute(query).scalars()) if numbers else set()
    fresh = []
    for row in rows:
        if row["change"] is None or row["change"] not in seen:
            seen.add(row["change"])
            fresh.append(row)
    return fresh


def _conditions(wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    if wanted.person:
        found.append(sa.or_(ACTS.c.person == wanted.person, ACTS.c.by == wanted.person))
    if wanted.action.endswith("*"):
        found.append(ACTS.c.action.startswith(wanted.action[:-1], autoescape=True))
    elif wanted.action:
        found.append(ACTS.c.action == wanted.action)
    if wanted.target:
        found.append(ACTS.c.target == wanted.target)
    if wanted.since:
        found.append(ACTS.c.at >= wanted.since)
    if wanted.until:
        found.append(ACTS.c.at < wanted.until)
    if wanted.before is not None:
        found.append(sa.tuple_(ACTS.c.at, ACTS.c.partition, ACTS.c.position) < sa.tuple_(*wanted.before))
    return found


def _recorded(row: Any) -> Recorded:
    return Recorded(
        row.partition,
        row.position,
        row.at,
        row.by,
        row.person,
        row.action,
        row.target,
        row.detail,
        row.rejected,
    )
