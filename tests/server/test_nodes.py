"""Two real nodes on one PostgreSQL: whichever a client asks, the same bank answers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from crash.serving import Server
from engine.cluster import cluster
from engine.sketch import catch, model
from zaizao import bpmn
from zaizao.bpmn import Message, MessageDefinition

MODEL = model(
    "s -> aa -> c -> bb -> e",
    catch("c", MessageDefinition("m")),
    messages=(Message(id="m", name="m", correlation_key="k"),),
)


@pytest.fixture(scope="module")
def doors() -> Iterator[tuple[httpx.Client, httpx.Client]]:
    url = cluster().database()
    nodes = [Server(url, "--partitions", "3", "--node-name", name) for name in ("first", "second")]
    try:
        nodes[0].start()
        nodes[1].start()
        with nodes[0].client() as first, nodes[1].client() as second:
            yield first, second
    finally:
        for node in nodes:
            node.stop()


def jobs(door: httpx.Client, kind: str, most: int = 9) -> list[str]:
    wanted = {"type": kind, "timeout": 60_000, "maxJobsToActivate": most, "requestTimeout": 3_000}
    answer = door.post("/jobs/activation", json=wanted)
    assert answer.status_code == 200, answer.text
    return [job["jobKey"] for job in answer.json()["jobs"]]


def test_cases_jobs_and_messages_are_served_by_either_node(doors: tuple[httpx.Client, httpx.Client]) -> None:
    first, second = doors
    deployed = second.post("/deployments", files={"resources": ("p.bpmn", bpmn.write(bpmn.layout(MODEL)))})
    assert deployed.status_code == 200, deployed.text
    cases = []
    for number in range(9):  # the definition is known everywhere once the deployment is answered
        wanted = {"processDefinitionId": "p", "variables": {"k": f"k{number}"}}
        created = doors[number % 2].post("/process-instances", json=wanted)
        assert created.status_code == 200, created.text
        cases.append(created.json()["processInstanceKey"])
    assert len({int(key) >> 56 for key in cases}) == 3
    taken: list[str] = []
    while len(taken) < 9:  # one worker, asking one node, gets the jobs of all partitions
        found = jobs(first, "aa", 2)
        assert found
        taken += found
    for key in taken:
        assert second.post(f"/jobs/{key}/completion", json={}).status_code == 204
    for number in range(9):
        message = {"name": "m", "correlationKey": f"k{number}", "timeToLive": 60_000, "variables": {"n": number}}
        assert doors[number % 2].post("/messages/publication", json=message).status_code == 200
    taken = []
    while len(taken) < 9:
        taken += jobs(second, "bb")
    for key in taken:
        assert first.post(f"/jobs/{key}/completion", json={}).status_code == 204
    for door in doors:
        assert {door.get(f"/process-instances/{key}").json()["state"] for key in cases} == {"COMPLETED"}
    assert first.post(f"/jobs/{taken[0]}/completion", json={}).status_code == 404  # a fault passes as it is


def test_a_poll_at_one_node_gets_a_job_that_appears_at_the_other(doors: tuple[httpx.Client, httpx.Client]) -> None:
    first, second = doors
    begun = time.monotonic()
    assert jobs(first, "nothing-of-this-type") == []
    assert 2.5 < time.monotonic() - begun < 8
    for door in (first, second):
        for _ in range(3):
            assert door.post(
                "/process-instances", json={"processDefinitionId": "p", "variables": {"k": "z"}}
            ).is_success
    found = [key for _ in range(6) for key in jobs(first, "aa", 1)]
    assert len({int(key) >> 56 for key in found}) == 3


def test_who_is_not_known_is_not_passed_on(doors: tuple[httpx.Client, httpx.Client]) -> None:
    for door in doors:
        for partition in (1, 2, 3):
            key = (partition << 56) | (1 << 24)
            answer = door.post(f"/process-instances/{key}/cancellation", headers={"Authorization": "Bearer wrong"})
            assert answer.status_code == 401
