"""The decision service over HTTP: published by two people, asked by machines, tried on history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from decisions.loans import CARD, GOOD as APPLICANT, knock_outs
from server.house import House
from zaizao.decisions import write_scorecard
from zaizao.server.access import Role


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.add("wang", Role.DESIGNER, Role.APPROVER)
    made.add("li", Role.APPROVER)
    made.add("core", Role.OPERATOR)
    made.add("guest", Role.VIEWER)
    yield made
    made.close()


def published(house: House, name: str = "score", kind: str = "scorecard", body: bytes | None = None) -> int:
    wang, li = house.signed_in("wang"), house.signed_in("li")
    new = {"kind": kind, "body": (body or write_scorecard(CARD)).decode()}
    version = wang.post(f"/api/decisions/{name}/versions", json=new).json()["number"]
    change = wang.post(f"/api/decisions/{name}/changes", json={"routes": [{"version": version}]}).json()
    assert change["state"] == "proposed"
    assert wang.post(f"/api/decisions/changes/{change['revision']}/confirmation").status_code == 400
    confirmed = li.post(f"/api/decisions/changes/{change['revision']}/confirmation")
    assert (confirmed.status_code, confirmed.json()["decider"]) == (200, "li")
    return int(version)


def test_a_decision_is_published_by_two_people_and_then_asked(house: House) -> None:
    published(house)
    core = house.signed_in("core")
    answer = core.post("/api/decisions/score/choice", json={"inputs": APPLICANT, "key": "c1"}).json()
    assert (answer["value"], answer["version"], answer["part"]) == (630, 1, "champion")
    assert core.post(f"/api/decisions/choices/{answer['id']}/outcome", json={"outcome": "repaid"}).status_code == 204
    (kept,) = core.get("/api/decisions/score/choices").json()["items"]
    assert (kept["inputs"], kept["outcome"]) == (APPLICANT, "repaid")


def test_a_back_test_shows_who_would_be_treated_otherwise(house: House) -> None:
    published(house, "knock-outs", "dmn", knock_outs())
    core, wang = house.signed_in("core"), house.signed_in("wang")
    for age in (17, 19, 40):
        core.post("/api/decisions/knock-outs/choice", json={"inputs": {**APPLICANT, "age": age}})
    new = {"kind": "dmn", "body": knock_outs(21).decode()}
    number = wang.post("/api/decisions/knock-outs/versions", json=new).json()["number"]
    found = wang.post("/api/decisions/knock-outs/back-test", json={"version": number}).json()
    assert (found["cases"], found["changed"]) == (3, 1)


def test_who_may_not_is_refused_and_what_is_wrong_is_named(house: House) -> None:
    published(house)
    guest, wang = house.signed_in("guest"), house.signed_in("wang")
    assert guest.post("/api/decisions/score/choice", json={"inputs": {}}).status_code == 403
    assert guest.post("/api/decisions/score/versions", json={"kind": "dmn", "body": ""}).status_code == 403
    assert guest.get("/api/decisions").json()["items"][0]["live"]["state"] == "live"
    bad = wang.post("/api/decisions/score/versions", json={"kind": "scorecard", "body": "{}"})
    assert (bad.status_code, bad.headers["content-type"]) == (400, "application/problem+json")
    assert wang.post("/api/decisions/none/back-test", json={"version": 1}).status_code == 400


def test_the_proposer_withdraws_and_others_need_to_be_approvers_to_refuse(house: House) -> None:
    published(house)
    wang, guest = house.signed_in("wang"), house.signed_in("guest")
    change = wang.post("/api/decisions/score/changes", json={"routes": [{"version": 1}]}).json()
    place = f"/api/decisions/changes/{change['revision']}/refusal"
    assert guest.post(place, json={"reason": "no"}).status_code == 403
    assert wang.post(place, json={"reason": "typo"}).json()["state"] == "withdrawn"
