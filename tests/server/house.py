"""An application over a database file in a temporary folder, with a clock that stands still and quick password hashes."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from zaizao.decisions import Decisions, DecisionStore
from zaizao.engine import Acted, Engine, SqliteStore, VirtualClock
from zaizao.server.access import Access, Passwords, Role
from zaizao.server.databases import sql_engine
from zaizao.server.door import Partitions, Writer, create_app
from zaizao.server.settings import Settings, Value

GOOD = "four unrelated words"
OTHER = "another good sentence"
MINUTE = 60_000_000


class House:
    """An application over a database file, its clock, and its administrator's token."""

    def __init__(self, folder: Path, settings: dict[str, Value] | None = None) -> None:
        self.path = folder / "bank.db"
        self.clock = VirtualClock(1_700_000_000_000_000)
        self.store = SqliteStore(self.path)
        self.engine = Engine(self.store, self.clock)
        quick = Passwords(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
        self.access = Access(self.path, clock=self.clock, passwords=quick)
        self.root = {"Authorization": f"Bearer {self.access.first_token()}"}
        numbers = count(1)
        store = DecisionStore(sql_engine(str(self.path)))
        decisions = Decisions(store, now=self.clock.now, identity=lambda: f"choice-{next(numbers)}")
        self.app = create_app(
            Partitions([Writer(self.engine)]), access=self.access, settings=Settings(settings), decisions=decisions
        )

    def client(self) -> TestClient:
        return TestClient(self.app)

    def add(self, name: str, *roles: Role, groups: tuple[str, ...] = ()) -> None:
        self.access.registry.add_user(name, GOOD, roles, by="test", groups=groups)

    def signed_in(self, name: str, password: str = GOOD) -> TestClient:
        client = self.client()
        answer = client.post("/api/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrfToken"]
        return client

    def acts(self) -> list[Acted]:
        return [record.event for record in self.engine.journal() if isinstance(record.event, Acted)]

    def close(self) -> None:
        self.access.close()
        self.store.close()
