"""The second person: never the first, exactly once, also after a crash."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from server.house import House
from zaizao import bpmn
from zaizao.bpmn import Definitions, Event, EventPosition, Process, SequenceFlow, Task
from zaizao.engine import DefinitionRow
from zaizao.server.access import Role, State
from zaizao.server.access.approvals import LIFECYCLE, Approvals


def model(name: str = "loan", tasks: int = 1) -> bytes:
    work = [Task(id=f"t{n}", name=f"step {n}") for n in range(tasks)]
    nodes = (
        Event(id="start", position=EventPosition.START),
        *work,
        Event(id="end", position=EventPosition.END),
    )
    flows = tuple(SequenceFlow(id=f"f{i}", source=a.id, target=b.id) for i, (a, b) in enumerate(pairwise(nodes)))
    return bpmn.write(bpmn.layout(Definitions(processes=(Process(id=name, nodes=nodes, flows=flows),))))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, {"deploy.second_person": True, "roles.second_person": True})
    made.add("dora", Role.DESIGNER, Role.APPROVER)
    made.add("axel", Role.APPROVER)
    made.add("omar", Role.OPERATOR)
    yield made
    made.close()


def proposed(client: TestClient, content: bytes | None = None) -> dict[str, Any]:
    files = {"resources": ("loan.bpmn", content or model())}
    answer = client.post("/api/approvals/deployment", files=files, data={"note": "first version"})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _version(done: dict[str, Any]) -> int:
    found: int = done["result"]["deployments"][0]["processDefinition"]["processDefinitionVersion"]
    return found


def versions(house: House) -> int:
    return house.store.count(DefinitionRow, {"kind": "process", "name": "loan"})


def test_a_deployment_waits_for_the_second_person_and_is_done_once(house: House) -> None:
    dora, axel = house.signed_in("dora"), house.signed_in("axel")
    direct = dora.post("/v2/deployments", files={"resources": ("loan.bpmn", model())})
    assert (direct.status_code, versions(house)) == (403, 0)
    made = proposed(dora)
    assert (made["state"], made["title"], made["note"]) == ("proposed", "loan", "first version")
    assert base64.b64decode(axel.get(f"/api/approvals/{made['number']}").json()["payload"]["files"][0]["content"])
    assert versions(house) == 0
    done = axel.post(f"/api/approvals/{made['number']}/approval", json={"reason": "looked at it"}).json()
    assert (done["state"], done["decidedBy"], _version(done)) == ("done", "axel", 1)
    assert versions(house) == 1
    assert axel.post(f"/api/approvals/{made['number']}/approval").status_code == 409
    assert versions(house) == 1


def test_the_proposer_approves_under_no_name_of_theirs(house: House) -> None:
    dora = house.signed_in("dora")
    secret = house.access.registry.add_token("dora-ci", [Role.DESIGNER, Role.APPROVER], by="test", owner="dora")
    token = house.client()
    token.headers["Authorization"] = f"Bearer {secret}"
    for first, second in ((dora, dora), (dora, token), (token, dora), (token, token)):
        made = proposed(first)
        refused = second.post(f"/api/approvals/{made['number']}/approval")
        assert (refused.status_code, refused.json()["title"]) == (403, "PERMISSION_DENIED")
    root = house.client()
    root.headers.update(house.root)
    made = proposed(dora)
    assert root.post(f"/api/approvals/{made['number']}/approval").status_code == 403  # nobody's token is no person
    assert versions(house) == 0


def test_only_those_with_the_permission_propose_and_approve(house: House) -> None:
    dora, omar = house.signed_in("dora"), house.signed_in("omar")
    assert omar.post("/api/approvals/deployment", files={"resources": ("a.bpmn", model())}).status_code == 403
    proposal = {"kind": "roles", "payload": {"user": "omar", "roles": ["administrator"]}}
    assert omar.post("/api/approvals", json=proposal).status_code == 403
    assert omar.post(f"/api/approvals/{proposed(dora)['number']}/approval").status_code == 403


def test_what_could_not_run_is_refused_when_it_is_proposed(house: House) -> None:
    dora = house.signed_in("dora")
    for content in (b"<definitions>", model().replace(b'targetRef="end"', b'targetRef="nowhere"')):
        answer = dora.post("/api/approvals/deployment", files={"resources": ("loan.bpmn", content)})
        assert answer.status_code == 400
    for payload in ({}, {"files": []}, {"files": [{"name": "a"}]}, {"files": [{"name": "a", "content": "?"}]}):
        assert dora.post("/api/approvals", json={"kind": "deployment", "payload": payload}).status_code == 400
    assert dora.post("/api/approvals", json={"kind": "nothing"}).status_code == 400
    assert dora.get("/api/approvals").json()["items"] == []


def test_rejecting_needs_a_reason_and_withdrawing_is_the_proposer_s(house: House) -> None:
    dora, axel, omar = (house.signed_in(name) for name in ("dora", "axel", "omar"))
    first, second = proposed(dora)["number"], proposed(dora)["number"]
    assert axel.post(f"/api/approvals/{first}/rejection", json={"reason": " "}).status_code == 400
    assert axel.post(f"/api/approvals/{first}/rejection", json={"reason": "no test"}).json()["state"] == "rejected"
    assert omar.post(f"/api/approvals/{second}/withdrawal").status_code == 403
    assert dora.post(f"/api/approvals/{second}/withdrawal").json()["state"] == "withdrawn"
    for number in (first, second):
        assert axel.post(f"/api/approvals/{number}/approval").status_code == 409
    listed = axel.get("/api/approvals", params={"state": "rejected"}).json()["items"]
    assert [(item["number"], item["reason"]) for item in listed] == [(first, "no test")]
    assert axel.get("/api/approvals/99").status_code == 404
    page = axel.get("/api/approvals", params={"limit": 1}).json()
    assert [item["number"] for item in page["items"]] == [second] and page["next"] == second


def test_two_approvers_at_once_are_one_approval(house: House) -> None:
    house.add("anna", Role.APPROVER)
    number = proposed(house.signed_in("dora"))["number"]
    clients = [house.signed_in(name) for name in ("axel", "anna")] * 3
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda client: client.post(f"/api/approvals/{number}/approval").status_code, clients))
    assert sorted(answers) == [200, 409, 409, 409, 409, 409]
    acts = [act for act in house.acts() if act.action == "approval.carried-out"]
    assert (len(acts), versions(house)) == (1, 1)


@pytest.mark.parametrize("carried_out", [False, True])
def test_after_a_crash_an_approved_deployment_is_carried_out_once(
    house: House, monkeypatch: pytest.MonkeyPatch, carried_out: bool
) -> None:
    number = proposed(house.signed_in("dora"))["number"]
    lost = "_finish" if carried_out else "_carry_out"

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Approvals, lost, crash)
        with pytest.raises(BaseException):  # noqa: B017  (the process ends here)
            house.signed_in("axel").post(f"/api/approvals/{number}/approval")
    approvals: Approvals = house.app.state.approvals
    assert (approvals.get(number).state, versions(house)) == (State.APPROVED, int(carried_out))
    assert approvals.resume() == 1
    assert (approvals.get(number).state, versions(house)) == (State.DONE, 1)
    assert approvals.resume() == 0
    assert len([act for act in house.acts() if act.action == "approval.carried-out"]) == 1


def test_a_grant_of_roles_goes_the_same_way(house: House) -> None:
    house.add("root", Role.ADMINISTRATOR)
    root, axel = house.signed_in("root"), house.signed_in("axel")
    assert root.patch("/api/users/omar", json={"roles": ["administrator"]}).status_code == 403
    assert root.post("/api/users", json={"name": "new", "roles": ["viewer"]}).status_code == 403
    proposal = {"kind": "roles", "payload": {"user": "omar", "roles": ["auditor"]}, "note": "moves to audit"}
    number = root.post("/api/approvals", json=proposal).json()["number"]
    assert axel.post(f"/api/approvals/{number}/approval").json()["result"]["roles"] == ["auditor"]
    omar = house.access.registry.user("omar")
    assert omar is not None and omar.roles == {Role.AUDITOR}


def test_what_cannot_be_carried_out_fails_and_leaves_no_act(house: House) -> None:
    house.access.registry.add_user("last", None, [Role.ADMINISTRATOR], by="test")
    root, axel = house.client(), house.signed_in("axel")
    root.headers.update(house.root)
    proposal = {"kind": "roles", "payload": {"user": "last", "roles": ["viewer"]}}
    number = root.post("/api/approvals", json=proposal).json()["number"]
    house.access.registry.revoke_token("administrator", by="test")
    failed = axel.post(f"/api/approvals/{number}/approval").json()
    assert failed["state"] == "failed" and "nobody could administer" in failed["result"]["problem"]
    assert not any(act.action == "approval.carried-out" for act in house.acts())


def test_nothing_leads_out_of_the_ends_of_a_proposal_s_life() -> None:
    ends = {State.DONE, State.FAILED, State.REJECTED, State.WITHDRAWN}
    assert not any(state in ends for state, _ in LIFECYCLE)
    assert set(LIFECYCLE.values()) | {State.PROPOSED} == set(State)
