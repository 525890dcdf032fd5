"""Access put together: the database, who is known, how they come in, and the way into the journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from zaizao.engine import Clock, SystemClock
from zaizao.server.access.bearers import BearerGate
from zaizao.server.access.gate import Gate, Gates
from zaizao.server.access.journaling import Journaling, Writers
from zaizao.server.access.passwords import SHORTEST, Passwords
from zaizao.server.access.registry import SYSTEM, Registry
from zaizao.server.access.roles import Role
from zaizao.server.access.sessions import Lives, SessionGate, Sessions
from zaizao.server.access.tables import PULSE, Database

FIRST_TOKEN = "administrator"  # noqa: S105  (a name, not a secret)


class Access:
    """Everything the server needs to know people and services."""

    def __init__(
        self,
        place: str | Path | None,
        *,
        clock: Clock | None = None,
        lives: Lives | None = None,
        shortest: int = SHORTEST,
        passwords: Passwords | None = None,
    ) -> None:
        self.database = Database(place)
        self.clock = clock or SystemClock()
        self.registry = Registry(self.database, self.clock, passwords=passwords, shortest=shortest)
        self.sessions = Sessions(self.registry, lives)
        self.gate: Gate = Gates((BearerGate(self.registry), SessionGate(self.sessions)))
        self.journaling: Journaling | None = None

    def add_gate(self, gate: Gate) -> None:
        """Ask ``gate`` too, where nobody knew the caller before."""
        self.gate = Gates((self.gate, gate))

    def first_token(self) -> str | None:
        """The administrator token of a database in which nobody is known yet; ``None`` where somebody is."""
        if not self.registry.empty():
            return None
        return self.registry.add_token(FIRST_TOKEN, {Role.ADMINISTRATOR}, by=SYSTEM)

    def record_through(self, writer: Callable[[], Writers | None], also: Callable[[], None]) -> Journaling:
        """Let changes of access reach the journal through ``writer``; ``also`` is done at each look."""
        self.journaling = Journaling(self.database, writer, also)
        return self.journaling

    def recorded(self) -> None:
        """What was just changed stands in the journal when this returns."""
        if self.journaling is not None:
            self.journaling.drain()

    def pulse(self) -> None:
        """Write something small to the disk; raises where the database cannot be written."""
        with self.database.engine.begin() as connection:
            now = self.clock.now()
            if not connection.execute(sa.update(PULSE).where(PULSE.c.one == 1).values(at=now)).rowcount:
                connection.execute(sa.insert(PULSE).values(one=1, at=now))

    def close(self) -> None:
        """Let go of connections."""
        self.database.close()
