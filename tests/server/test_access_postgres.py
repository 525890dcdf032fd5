"""Access, approvals and the audit trail on PostgreSQL, with two nodes' tables made at once."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from engine.cluster import cluster
from server.command import here
from server.test_approvals import model
from zaizao.engine import Engine, Leases, PostgresStore, SystemClock
from zaizao.server.access import Access, Passwords, Role
from zaizao.server.door import Partitions, Writer, create_app
from zaizao.server.settings import Settings

GOOD = "four unrelated words"


@pytest.fixture
def url() -> str:
    return cluster().database()


def test_people_approvals_and_the_trail_live_in_postgresql_too(url: str) -> None:
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    with ThreadPoolExecutor(2) as pool:
        access, other = pool.map(lambda _: Access(url, passwords=quick), range(2))
    root = {"Authorization": f"Bearer {access.first_token()}"}
    assert other.first_token() is None
    for name, role in (("dora", Role.DESIGNER), ("axel", Role.APPROVER), ("rita", Role.AUDITOR)):
        access.registry.add_user(name, GOOD, [role], by="test")
    store = PostgresStore(url)
    settings = Settings({"deploy.second_person": True})
    app = create_app(Partitions([Writer(Engine(store, SystemClock()))]), access=access, settings=settings)
    with TestClient(app) as client:

        def signed_in(name: str) -> dict[str, str]:
            client.cookies.clear()
            told = client.post("/api/session", json={"name": name, "password": GOOD}).json()
            return {"X-CSRF-Token": told["csrfToken"]}

        made = client.post(
            "/api/approvals/deployment", files={"resources": ("l.bpmn", model())}, headers=signed_in("dora")
        ).json()
        done = client.post(f"/api/approvals/{made['number']}/approval", headers=signed_in("axel")).json()
        assert done["state"] == "done", done
        headers = signed_in("rita")
        page = client.get("/api/audit", params={"limit": 4}).json()
        rest = client.get("/api/audit", params={"limit": 100, "before": page["next"]}).json()
        actions = [act["action"] for act in page["items"] + rest["items"]]
        assert {"token.add", "user.add", "session.begin", "approval.propose", "approval.carried-out"} <= set(actions)
        assert len(actions) == len({(act["at"], act["position"]) for act in page["items"] + rest["items"]})
        assert client.post("/api/audit/verification", headers=headers).json()["whole"] is True
        client.cookies.clear()
        assert client.get("/ready").status_code == 200
        assert client.delete("/api/tokens/administrator", headers=root).status_code == 204
        assert client.get("/api/users", headers=root).status_code == 401
    access.close()
    other.close()
    store.close()


def test_several_partitions_are_verified_backed_up_and_restored_from_the_command_line(url: str, tmp_path: Path) -> None:
    Leases(url, "test", "").prepare(2)
    for number in (1, 2):
        store = PostgresStore(url, partition=number)
        engine = Engine(store, SystemClock(), partition=number)
        engine.acted("test", f"act {number}")
        store.close()
    access = Access(url)
    access.registry.add_user("dora", None, [Role.DESIGNER], by="test")
    access.close()
    whole = here("journal", "verify", "--data", url, cwd=tmp_path)
    assert (whole.returncode, whole.stdout.strip()) == (0, "2 records, the chain is whole")
    saved = here("backup", "--data", url, "--to", "saved", cwd=tmp_path)
    assert saved.returncode == 0, saved.stderr
    assert {file.name for file in (tmp_path / "saved").iterdir()} == {"partition-1.db", "partition-2.db", "access.db"}
    other = cluster().database()
    restored = here("restore", "saved", "--data", other, cwd=tmp_path)
    assert restored.returncode == 0, restored.stderr
    assert "2 records" in restored.stdout
    assert "dora" in here("user", "list", "--data", other, cwd=tmp_path).stdout
    again = Access(other)
    again.registry.add_user("axel", None, [Role.APPROVER], by="test")  # numbers go on where they were
    again.close()
    assert here("restore", "saved", "--data", other, cwd=tmp_path).returncode == 2
    with sqlite3.connect(tmp_path / "saved" / "partition-2.db") as database:
        database.execute("UPDATE journal SET at = at + 1")
    harmed = here("restore", "saved", "--data", cluster().database(), cwd=tmp_path)
    assert harmed.returncode == 2 and "record 0" in harmed.stderr
