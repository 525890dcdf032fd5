"""A bank's dispute process: ten flow nodes a case, 11 KB of variables, SQLite with ``synchronous=FULL``.

The published sizing of the market leader for such a process is 51 cases a second sustained on three brokers.
Run: ``PYTHONPATH=src python -m bench.engine.dispute [cases] [--http [--postgres URL]]``: workers and clerk in the process, or as
HTTP clients of a real server on the same machine (whose CPU they use too).
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

from bench.engine.serving import client, cpu_of, serving
from zaizao import bpmn
from zaizao.bpmn import (
    Definitions,
    Event,
    EventPosition,
    Gateway,
    GatewayKind,
    HumanWork,
    Job,
    Process,
    SequenceFlow,
    Task,
    TaskKind,
)
from zaizao.engine import CaseRow, Engine, SqliteStore, SystemClock

IN_FLIGHT = 64
PAYLOAD = {f"line{n:02}": "客户争议交易明细 " + "0123456789" * 10 for n in range(88)}


def dispute() -> Definitions:
    """Register, load the account, classify; small ones are refunded at once, others go to a clerk; notify."""
    jobs = ("register", "load", "classify", "refund", "notify", "close")
    nodes = (
        Event(id="start", position=EventPosition.START),
        *(Task(id=name, kind=TaskKind.SERVICE, job=Job('"work"')) for name in jobs),
        Gateway(id="small", kind=GatewayKind.EXCLUSIVE, default="f_review"),
        Task(id="review", kind=TaskKind.USER, human=HumanWork(candidate_groups='"disputes"')),
        Gateway(id="merge", kind=GatewayKind.EXCLUSIVE),
        Event(id="end", position=EventPosition.END),
    )
    arrows = (
        ("f1", "start", "register", None),
        ("f2", "register", "load", None),
        ("f3", "load", "classify", None),
        ("f4", "classify", "small", None),
        ("f_refund", "small", "refund", "amount < 500"),
        ("f_review", "small", "review", None),
        ("f5", "refund", "merge", None),
        ("f6", "review", "merge", None),
        ("f7", "merge", "notify", None),
        ("f8", "notify", "close", None),
        ("f9", "close", "end", None),
    )
    flows = tuple(SequenceFlow(id=i, source=s, target=t, condition=c) for i, s, t, c in arrows)
    return Definitions(processes=(Process(id="dispute", nodes=nodes, flows=flows),))


def in_process(cases: int) -> None:
    """Finish ``cases`` cases with workers and clerk in the process, and print cases a second."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder) / "engine.db"
        store = SqliteStore(path)
        engine = Engine(store, SystemClock())
        engine.deploy(dispute())
        wall, cpu = time.perf_counter(), time.process_time()
        created = live = 0
        while created < cases or live:
            with engine.batch():
                for job in engine.activate("work", "bench", IN_FLIGHT):
                    live -= job.node == "close"
                    engine.complete(job.key, {job.node: "done"})
                for task in engine.tasks()[:IN_FLIGHT]:
                    engine.complete_task(task.key, {"decision": "refund"}, by="clerk")
                while created < cases and live < IN_FLIGHT:
                    engine.create("dispute", {**PAYLOAD, "amount": created % 1000})
                    created, live = created + 1, live + 1
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        assert store.count(CaseRow, {"state": "completed"}) == cases
        store.close()
        megabytes = path.stat().st_size / 1e6
    print(
        f"dispute, 11 KB: {cases} cases: {cases / wall:,.0f} a second, {cases / cpu:,.0f} a CPU second, {megabytes:,.0f} MB"
    )


class Office:
    """HTTP clients: some create cases, some work, one is the clerk; at most ``IN_FLIGHT`` cases are live."""

    def __init__(self, url: str, cases: int) -> None:
        self._url = url
        self._places = threading.Semaphore(IN_FLIGHT)
        self._left = iter(range(cases))
        self._lock = threading.Lock()
        self._cases = cases
        self._closed = 0

    def run(self) -> float:
        """Wall seconds until every case is closed."""
        works = [self._create] * 2 + [self._work] * 4 + [self._decide]
        threads = [threading.Thread(target=work, args=(client(self._url),), daemon=True) for work in works]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - begun

    def _create(self, door: httpx.Client) -> None:
        while True:
            self._places.acquire()
            with self._lock:
                number = next(self._left, None)
            if number is None:
                return
            variables = {**PAYLOAD, "amount": number % 1000}
            wanted = {"processDefinitionId": "dispute", "variables": variables}
            assert door.post("/process-instances", json=wanted).is_success

    def _work(self, door: httpx.Client) -> None:
        wanted = {"type": "work", "timeout": 60_000, "maxJobsToActivate": 16, "requestTimeout": 200}
        while self._closed < self._cases:
            for job in door.post("/jobs/activation", json={**wanted, "fetchVariable": ["amount"]}).json()["jobs"]:
                done = {"variables": {job["elementId"]: "done"}}
                assert door.post(f"/jobs/{job['jobKey']}/completion", json=done).is_success
                if job["elementId"] == "close":
                    with self._lock:
                        self._closed += 1
                    self._places.release()

    def _decide(self, door: httpx.Client) -> None:
        while self._closed < self._cases:
            tasks = door.post("/user-tasks/search", json={"filter": {"state": "CREATED"}}).json()["items"]
            for task in tasks:
                done = {"variables": {"decision": "refund"}}
                assert door.post(f"/user-tasks/{task['userTaskKey']}/completion", json=done).is_success
            if not tasks:
                time.sleep(0.02)


def through_the_door(cases: int, url: str = "") -> None:
    """The same through a real server."""
    with tempfile.TemporaryDirectory(dir=".") as folder, serving(url or str(Path(folder) / "engine.db")) as found:
        address, server = found
        with client(address) as door:
            files = {"resources": ("dispute.bpmn", bpmn.write(bpmn.layout(dispute())))}
            assert door.post("/deployments", files=files).is_success
        cpu = cpu_of(server)
        wall = Office(address, cases).run()
        cpu = cpu_of(server) - cpu
    kind = "PostgreSQL" if url else "SQLite FULL"
    print(
        f"dispute, 11 KB, over HTTP, {kind}, clients on the same machine: {cases} cases: {cases / wall:,.1f} a second, "
        f"{cases / cpu:,.1f} a CPU second of the server"
    )


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    if "--http" in sys.argv:
        given = sys.argv[sys.argv.index("--postgres") + 1] if "--postgres" in sys.argv else ""
        through_the_door(numbers[0] if numbers else 500, given)
    else:
        in_process(numbers[0] if numbers else 2_000)
