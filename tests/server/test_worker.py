"""Workers: over HTTP and inside the server; repeats, leases, errors, trouble on the way, and a stop that loses nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from server import capabilities as bank
from server.command import ROOT, here
from server.house import House
from zaizao import bpmn
from zaizao.bpmn import Definitions, Event, EventPosition, Job, Process, SequenceFlow, Task, TaskKind
from zaizao.engine import CaseRow, SystemClock, capability_of
from zaizao.server import working
from zaizao.server.access import Role
from zaizao.server.working import DoorSource, EngineSource, Worker


def process(name: str, *job_types: str) -> Definitions:
    nodes = (
        Event(id="start", position=EventPosition.START),
        *(Task(id=f"t{n}", kind=TaskKind.SERVICE, job=Job(f'"{each}"')) for n, each in enumerate(job_types)),
        Event(id="end", position=EventPosition.END),
    )
    flows = tuple(SequenceFlow(id=f"f{i}", source=a.id, target=b.id) for i, (a, b) in enumerate(pairwise(nodes)))
    return bpmn.layout(Definitions(processes=(Process(id=name, nodes=nodes, flows=flows),)))


class Served(House):
    """The same application behind a real socket, by the machine's clock."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.engine.clock = self.engine.runtime.clock = SystemClock()
        self.access.registry.clock = SystemClock()
        self.token = self.access.registry.add_token("worker", [Role.OPERATOR], by="test")
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_config=None))
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],), daemon=True)
        self.thread.start()
        until(lambda: self.server.started)

    def create(self, process_id: str, /, **variables: Any) -> int:
        return self.app.state.partitions.fresh().do(lambda engine: engine.create(process_id, variables))

    def deploy(self, definitions: Definitions) -> None:
        self.app.state.partitions.fresh().do(lambda engine: engine.deploy(definitions))

    def state(self, case: int) -> str:
        row = self.app.state.partitions.of(case).ask(lambda engine: engine.store.get(CaseRow, case))
        return str(row.state)

    def incidents(self) -> list[str]:
        return [row.message for row in self.app.state.partitions.fresh().ask(lambda engine: engine.incidents())]

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        super().close()


def until(truth: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.close()


@pytest.fixture(params=["http", "inside"])
def source(request: pytest.FixtureRequest, served: Served) -> Any:
    return (
        DoorSource(served.url, served.token) if request.param == "http" else EngineSource(served.app.state.partitions)
    )


def worker(source: Any, *functions: Any, parallel: int = 4) -> Worker:
    made = Worker(source, [capability_of(function) for function in functions], name="w", parallel=parallel)
    made.start()
    return made


def test_jobs_are_done_failed_or_thrown_as_the_capability_says(served: Served, source: Any) -> None:
    served.deploy(process("loan", "score", "book"))
    served.deploy(process("bad", "score"))
    served.deploy(process("sick", "break"))
    good = [served.create("loan", name=f"n{i}", income=40_000, account="1", amount=5 + i) for i in range(8)]
    served.create("bad", name="Ann", income="much")
    served.create("bad", name="Ann", income=0)
    served.create("sick", how="unfit")
    running = worker(source, bank.score, bank.book, bank.broken)
    until(lambda: all(served.state(case) == "completed" for case in good))
    until(lambda: len(served.incidents()) == 3)
    running.stop()
    words = " | ".join(sorted(served.incidents()))
    assert "income: " in words and "NO_INCOME" in words and "not signed" in words


def test_a_long_job_keeps_its_lease_and_is_done_once(served: Served, source: Any) -> None:
    served.deploy(process("long", "slow"))
    case = served.create("long", seconds=4.5)
    running, other = worker(source, bank.slow, parallel=1), worker(source, bank.slow, parallel=1)
    until(lambda: served.state(case) == "completed")
    running.stop()
    other.stop()
    assert running.finished + other.finished == 1


def test_a_stop_ends_what_runs_and_gives_back_the_rest(served: Served, source: Any) -> None:
    served.deploy(process("long", "slow"))
    cases = [served.create("long", seconds=1) for _ in range(6)]
    first = worker(source, bank.slow, parallel=2)
    until(lambda: len(first._running) == 2)
    first.stop()
    done = [case for case in cases if served.state(case) == "completed"]
    assert len(done) == first.finished >= 2
    second = worker(source, bank.slow, parallel=6)
    until(lambda: all(served.state(case) == "completed" for case in cases), 8)
    second.stop()
    assert served.incidents() == []


def test_a_worker_waits_out_a_server_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "FIRST_WAIT", 0.05)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = worker(DoorSource(f"http://127.0.0.1:{port}", "none"), bank.slow)
    time.sleep(0.3)
    began = time.monotonic()
    made.stop(5)
    assert time.monotonic() - began < 2 and made.finished == 0


def test_the_command_runs_a_module_until_it_is_told_to_stop(served: Served, tmp_path: Path) -> None:
    served.deploy(process("loan", "score"))
    case = served.create("loan", name="Ann", income=40_000)
    place = str(ROOT / "tests" / "server" / "capabilities.py")
    command = [sys.executable, "-c", "from zaizao.server import main; main()", "worker", f"{place}:score"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "ZAIZAO_LANG": "en", "ZAIZAO_TOKEN": served.token}
    running = subprocess.Popen(
        [*command, "--url", served.url], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    until(lambda: served.state(case) == "completed", 30)
    running.send_signal(signal.SIGTERM)
    out, _ = running.communicate(timeout=20)
    assert running.returncode == 0 and "stopped after 1 jobs" in out


def test_manifests_are_listed_and_what_is_not_there_is_said(tmp_path: Path) -> None:
    place = str(ROOT / "tests" / "server" / "capabilities.py")
    listed = here("worker", f"{place}:score,book", "--list", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert "score  Credit score" in listed.stdout
    assert "input name*: string, income*: decimal, debts: decimal" in listed.stdout
    told = json.loads(here("worker", place, "--list", "--json", "--types", "book", cwd=tmp_path).stdout)
    assert [each["type"] for each in told["capabilities"]] == ["book"]
    for absent in ("no_such_module", f"{place}:nothing", "absent.py:f", "json", f"{place}:until"):
        refused = here("worker", absent, "--list", cwd=tmp_path)
        assert refused.returncode == 2, absent


def test_a_token_without_the_role_gets_no_jobs(served: Served) -> None:
    viewer = served.access.registry.add_token("viewer", [Role.VIEWER], by="test")
    wanted = {"type": "score", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1}
    headers = {"Authorization": f"Bearer {viewer}"}
    assert httpx.post(f"{served.url}/v2/jobs/activation", json=wanted, headers=headers).status_code == 403
