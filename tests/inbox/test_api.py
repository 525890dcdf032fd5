"""The inbox over HTTP: who sees what, refusals with their codes, and a case driven to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from inbox.process import Bank
from zaizao.server.access import Principal, Role
from zaizao.server.door import create_app
from zaizao.server.inbox_feed import Desk

PEOPLE = {
    "li": Principal("li", frozenset({Role.OPERATOR}), frozenset({"officers"})),
    "wang": Principal("wang", frozenset({Role.OPERATOR}), frozenset({"officers"})),
    "zhao": Principal("zhao", frozenset({Role.APPROVER}), frozenset({"heads"})),
    "look": Principal("look", frozenset({Role.VIEWER}), frozenset({"officers"})),
    "out": Principal("out", frozenset({Role.OPERATOR}), frozenset({"tellers"})),
    "admin": Principal("admin", frozenset({Role.ADMINISTRATOR})),
}


class ByName:
    """The token is the name."""

    def identify(self, request: Request) -> Principal | None:
        return PEOPLE.get(request.headers.get("authorization", "").removeprefix("Bearer "))


class Client:
    def __init__(self, http: TestClient) -> None:
        self.http = http

    def post(self, who: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        answer = self.http.post(f"/api/inbox{path}", json=body, headers={"Authorization": f"Bearer {who}"})
        return answer.status_code, answer.json() if answer.content else {}

    def get(self, who: str, path: str) -> tuple[int, dict[str, object]]:
        answer = self.http.get(f"/api/inbox{path}", headers={"Authorization": f"Bearer {who}"})
        return answer.status_code, answer.json()

    def items(self, who: str, **chosen: object) -> list[dict[str, object]]:
        status, found = self.post(who, "/items/search", {"filter": chosen})
        assert status == 200, found
        items = found["items"]
        assert isinstance(items, list)
        return items


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path, f"sqlite:///{tmp_path / 'engine.db'}")  # one file for both


@pytest.fixture
def door(bank: Bank) -> Iterator[Client]:
    bank.inbox.close()
    desk = Desk.over(bank.url, bank.partitions, bank.clock.now)
    with TestClient(create_app(bank.partitions, gate=ByName(), desk=desk)) as http:
        yield Client(http)
    bank.store.close()


def waited(door: Client, who: str, count: int) -> list[dict[str, object]]:
    for _ in range(100):
        items = door.items(who)
        if len(items) == count:
            return items
        time.sleep(0.05)
    raise AssertionError(door.items(who))


def test_a_case_is_driven_to_its_end_by_people_over_http(bank: Bank, door: Client) -> None:
    bank.engine.create("loan", {"amount": 1})
    (item,) = waited(door, "li", 1)
    assert item["subject"] == "录入" and item["due"] == "2026-11-23T06:00:00.000Z"
    enter = f"/items/{item['id']}"
    assert door.post("look", f"{enter}/claim")[0] == 403 and door.get("look", enter)[0] == 200
    assert door.get("out", enter)[0] == 404 and door.post("out", f"{enter}/claim")[0] == 404
    status, mine = door.post("li", "/next")
    assert (status, mine["id"], mine["owner"]) == (200, item["id"], "li") and door.post("li", "/next")[0] == 204
    status, refused = door.post("wang", f"{enter}/claim")
    assert (status, refused["code"], refused["title"]) == (409, "taken", "TAKEN")
    assert door.post("li", f"{enter}/comment", {"why": "缺流水"})[0] == 200
    status, done = door.post("li", f"{enter}/complete", {"answers": {"income": 2}})
    assert (status, done["state"]) == (200, "completed")
    (approve,) = door.items("wang")
    path = f"/items/{approve['id']}"
    assert door.post("wang", f"{path}/claim")[0] == 200
    assert door.post("wang", f"{path}/complete", {})[1]["code"] == "reason-missing"
    assert door.post("wang", f"{path}/complete", {"reason": "合格"})[1]["state"] == "awaiting-second"
    assert door.post("wang", f"{path}/confirm")[1]["code"] == "same-person"
    assert door.post("zhao", f"{path}/confirm", {"why": "同意"})[1]["state"] == "completed"
    assert len(bank.engine.activate("pay")) == 1
    whole = door.get("zhao", path)[1]
    history = whole["history"]
    assert isinstance(history, list)
    assert [(line["by"], line["change"], line["from"], line["to"]) for line in history][-3:] == [
        ("wang", "proposed", "claimed", "awaiting-second"),
        ("zhao", "confirmed", "awaiting-second", "handed-in"),
        ("wang", "settled", "handed-in", "completed"),
    ]


def test_queues_bulk_assignment_forms_and_tickets(bank: Bank, door: Client) -> None:
    for name in ("t1", "t2"):
        new = {
            "id": name,
            "kind": "ticket",
            "subject": f"工单 {name}",
            "groups": ["officers"],
            "form": "f",
            "fourEyes": None,
        }
        assert door.post("zhao", "/items", new)[0] == 201
    assert door.post("zhao", "/items", {**new, "id": "task-1"})[0] == 400
    assert door.post("zhao", "/items", {**new, "id": "t3", "escalation": "bald"})[0] == 400
    assert [item["id"] for item in door.items("admin")] == ["t1", "t2"] and door.items("out") == []
    assert door.post("admin", "/assignments", {"ids": ["t1", "t2", "no"], "to": "wang"}) == (
        200,
        {
            "items": {
                "t1": {"assigned": True, "code": None},
                "t2": {"assigned": True, "code": None},
                "no": {"assigned": False, "code": "not-found"},
            }
        },
    )
    queues = door.get("li", "/queues")[1]["queues"]
    assert isinstance(queues, list) and [(q["group"], q["claimed"]) for q in queues] == [("officers", 2)]
    schema = {"components": [{"type": "number", "key": "amount", "validate": {"required": True, "max": 10}}]}
    headers = {"Authorization": "Bearer admin"}
    assert door.http.put("/api/inbox/forms/f", json=schema, headers=headers).status_code == 204
    assert door.http.put("/api/inbox/forms/g", json={}, headers=headers).status_code == 400
    assert door.http.put("/api/inbox/people/li/skills", json={"skills": {"fx": 12}}, headers=headers).status_code == 400
    status, refused = door.post("wang", "/items/t1/complete", {"answers": {"amount": 11}})
    problems = refused["problems"]
    assert status == 400 and isinstance(problems, list)
    assert [(one["where"], one["code"]) for one in problems] == [("amount", "inbox.out-of-range")]
    assert door.post("wang", "/items/t1/complete", {"answers": {"amount": 9}})[1]["state"] == "completed"
    assert [item["id"] for item in door.items("wang", owner="wang")] == ["t2"]
    assert [item["id"] for item in door.items("wang", text="工单 T1", open=False)] == ["t1"]


def test_work_is_given_only_to_people_whose_groups_are_candidates_where_the_register_knows_them(door: Client) -> None:
    registry = door.http.app.state.access.registry  # type: ignore[attr-defined]
    registry.add_user("chen", None, [Role.OPERATOR], by="test", groups=["tellers"])
    registry.add_user("qian", None, [Role.OPERATOR], by="test", groups=["officers"])
    new = {"id": "t", "kind": "ticket", "subject": "工单", "groups": ["officers"]}
    assert door.post("zhao", "/items", new)[0] == 201
    assert door.post("li", "/items/t/assign", {"to": "chen"})[1]["code"] == "not-candidate"
    assert door.post("li", "/items/t/assign", {"to": "QIAN"})[1]["owner"] == "qian"


def test_without_a_desk_the_inbox_says_so(bank: Bank) -> None:
    with TestClient(create_app(bank.partitions, gate=ByName())) as http:
        answer = http.get("/api/inbox/queues", headers={"Authorization": "Bearer li"})
        assert answer.status_code == 503 and http.get("/api/inbox/queues").status_code == 401
    bank.close()
