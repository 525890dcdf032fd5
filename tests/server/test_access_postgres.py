"""Access, approvals and the audit trail on PostgreSQL, with two nodes' tables made at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from engine.cluster import cluster
from server.test_approvals import model
from zaizao.engine import Engine, PostgresStore, SystemClock
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
