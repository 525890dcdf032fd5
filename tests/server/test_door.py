"""The HTTP door: a real server process, real HTTP, one database file."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from server.command import ROOT, zaizao
from zaizao import bpmn
from zaizao.bpmn import Definitions, Event, EventPosition, HumanWork, Job, Process, SequenceFlow, Task, TaskKind

TOKEN = "a-token-for-this-test"


def loan() -> bytes:
    nodes = (
        Event(id="start", position=EventPosition.START),
        Task(id="score", name="评分", kind=TaskKind.SERVICE, job=Job('"score"')),
        Task(id="approve", name="审批", kind=TaskKind.USER, human=HumanWork(candidate_groups='["officers"]')),
        Event(id="end", position=EventPosition.END),
    )
    flows = tuple(SequenceFlow(id=f"f{i}", source=a.id, target=b.id) for i, (a, b) in enumerate(pairwise(nodes)))
    process = Process(id="loan", name="贷款", nodes=nodes, flows=flows)
    return bpmn.write(bpmn.layout(Definitions(processes=(process,))))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serving(data: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from zaizao.server import main; main()", "serve"]
    options = ["--data", str(data), "--port", str(port), "--token", TOKEN]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "ZAIZAO_LANG": "en"}
    server = subprocess.Popen([*command, *options], env=environment, stdout=subprocess.PIPE, text=True)
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                return server
        except httpx.TransportError:
            time.sleep(0.1)
    server.kill()
    raise AssertionError("the server did not come up in 30 s")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "bank.db"


@pytest.fixture
def door(data: Path) -> Iterator[httpx.Client]:
    port = free_port()
    server = serving(data, port)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/v2", headers=headers, timeout=20) as client:
        yield client
    server.terminate()
    server.wait(10)


def test_a_case_goes_from_deployment_through_job_and_task_to_its_end(door: httpx.Client) -> None:
    deployed = door.post("/deployments", files={"resources": ("loan.bpmn", loan())})
    assert deployed.status_code == 200, deployed.text
    definition = deployed.json()["deployments"][0]["processDefinition"]
    assert definition["processDefinitionId"] == "loan"
    created = door.post("/process-instances", json={"processDefinitionId": "loan", "variables": {"amount": 120000}})
    case = created.json()["processInstanceKey"]
    jobs = door.post("/jobs/activation", json={"type": "score", "timeout": 60000, "maxJobsToActivate": 5}).json()[
        "jobs"
    ]
    assert [job["processInstanceKey"] for job in jobs] == [case]
    assert jobs[0]["variables"] == {"amount": 120000}
    assert door.post(f"/jobs/{jobs[0]['jobKey']}/completion", json={"variables": {"score": 700}}).status_code == 204
    tasks = door.post("/user-tasks/search", json={"filter": {"candidateGroup": "officers"}}).json()
    assert [task["name"] for task in tasks["items"]] == ["审批"]
    assert tasks["page"]["totalItems"] == 1
    task = tasks["items"][0]["userTaskKey"]
    assert door.post(f"/user-tasks/{task}/completion", json={"variables": {"approved": True}}).status_code == 204
    assert door.get(f"/process-instances/{case}").json()["state"] == "COMPLETED"


def test_nothing_but_health_is_answered_without_the_token(door: httpx.Client) -> None:
    refused = httpx.get(str(door.base_url) + "topology")
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert door.get("/topology").json()["clusterSize"] == 1


def test_faults_are_problem_documents_with_the_right_status(door: httpx.Client) -> None:
    assert door.post("/process-instances", json={"processDefinitionId": "nobody"}).status_code == 404
    assert door.post("/jobs/123/completion").status_code == 404
    assert door.post("/jobs/abc/completion").status_code == 400
    broken = door.post("/deployments", files={"resources": ("broken.bpmn", b"<definitions>")})
    assert broken.status_code == 400
    assert broken.json()["title"] == "INVALID_ARGUMENT"


def test_a_waiting_case_survives_a_restart_of_the_server(tmp_path: Path, data: Path) -> None:
    (tmp_path / "loan.bpmn").write_bytes(loan())
    deployed = zaizao("deploy", "loan.bpmn", "--data", data, cwd=tmp_path)
    assert deployed.returncode == 0, deployed.stderr
    assert "loan, version 1" in deployed.stdout
    headers = {"Authorization": f"Bearer {TOKEN}"}
    keys = []
    for _ in range(2):
        port = free_port()
        server = serving(data, port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/v2", headers=headers, timeout=20) as client:
            if not keys:
                created = client.post("/process-instances", json={"processDefinitionId": "loan"})
                keys.append(created.json()["processInstanceKey"])
            else:
                wanted = {"type": "score", "timeout": 60000, "maxJobsToActivate": 1}
                jobs = client.post("/jobs/activation", json=wanted).json()["jobs"]
                assert [job["processInstanceKey"] for job in jobs] == keys
        server.kill()
        server.wait(10)


def test_a_model_that_cannot_run_is_refused_with_its_element(tmp_path: Path, data: Path) -> None:
    (tmp_path / "broken.bpmn").write_bytes(loan().replace(b'targetRef="end"', b'targetRef="nowhere"'))
    refused = zaizao("deploy", "broken.bpmn", "--data", data, cwd=tmp_path)
    assert refused.returncode == 2
    lines = refused.stderr.strip().splitlines()
    assert all(line.startswith("broken.bpmn: ") for line in lines)
    assert any("f2" in line for line in lines)
