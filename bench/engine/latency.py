"""A job's way from creation to a waiting worker, at a given rate.

Run: ``PYTHONPATH=src python -m bench.engine.latency [rate] [seconds] [--http] [--postgres URL]``. In the process, requests
go through the door's writer (group commit, SQLite ``synchronous=FULL``); with ``--http`` through a real server, where
clients and server share the machine. The time runs from before the request that creates the case until the worker
has its job, so it holds a durable commit twice: the case's and the job's.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.engine.serving import client, serving
from zaizao import bpmn
from zaizao.bpmn import Definitions, Event, EventPosition, Job, Process, SequenceFlow, Task, TaskKind
from zaizao.engine import Engine, PostgresStore, SqliteStore, Store, SystemClock
from zaizao.server.door import Writer
from zaizao.server.door.writer import job_of

CREATORS = 8
WORKERS = 8


def quick() -> Definitions:
    """Start, one service task, end."""
    nodes = (
        Event(id="start", position=EventPosition.START),
        Task(id="task", kind=TaskKind.SERVICE, job=Job('"quick"')),
        Event(id="end", position=EventPosition.END),
    )
    flows = (
        SequenceFlow(id="f0", source="start", target="task"),
        SequenceFlow(id="f1", source="task", target="end"),
    )
    return Definitions(processes=(Process(id="quick", nodes=nodes, flows=flows),))


class Measure:
    """Creates cases at ``rate`` a second and notes how long each job took to reach a worker."""

    def __init__(self, rate: int, seconds: int) -> None:
        self.wanted = rate * seconds
        self._gap = CREATORS / rate
        self._taken: list[float] = []
        self._over = threading.Event()

    def run(self, create: Callable[[float], Any], work: Callable[[], list[float]]) -> list[float]:
        """``create(now)`` starts a case; ``work()`` waits for jobs, completes them and returns how long each took."""

        def creating(number: int) -> None:
            due = time.perf_counter() + self._gap * number / CREATORS
            for _ in range(self.wanted // CREATORS):
                time.sleep(max(due - time.perf_counter(), 0))
                create(time.perf_counter())
                due += self._gap

        def working() -> None:
            while not self._over.is_set():
                self._taken += work()

        threads = [threading.Thread(target=creating, args=(n,)) for n in range(CREATORS)]
        workers = [threading.Thread(target=working) for _ in range(WORKERS)]
        for thread in (*workers, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        while len(self._taken) < self.wanted // CREATORS * CREATORS:
            time.sleep(0.05)
        self._over.set()
        for thread in workers:
            thread.join()
        return sorted(self._taken)


def in_process(measure: Measure, store: Store) -> list[float]:
    """Through the door's writer."""
    engine = Engine(store, SystemClock())
    engine.deploy(quick())
    writer = Writer(engine)
    writer.start()

    def create(now: float) -> None:
        writer.do(lambda e: e.create("quick", {"at": int(now * 1e6)}))

    def work() -> list[float]:
        jobs = writer.until(lambda e: e.activate("quick", "w", 4), 0.5, job_of("quick"))
        now = time.perf_counter()
        ways = [now - job.variables["at"] / 1e6 for job in jobs]
        for job in jobs:
            writer.do(lambda e, key=job.key: e.complete(key))  # type: ignore[misc]
        return ways

    try:
        return measure.run(create, work)
    finally:
        writer.stop()


def through_the_door(measure: Measure, data: str) -> list[float]:
    """Through HTTP."""
    local = threading.local()
    with serving(data) as (url, _):

        def door() -> Any:
            if not hasattr(local, "client"):
                local.client = client(url)
            return local.client

        source = bpmn.write(bpmn.layout(quick()))
        assert door().post("/deployments", files={"resources": ("quick.bpmn", source)}).is_success

        def create(now: float) -> None:
            wanted = {"processDefinitionId": "quick", "variables": {"at": int(now * 1e6)}}
            assert door().post("/process-instances", json=wanted).is_success

        def work() -> list[float]:
            wanted = {"type": "quick", "timeout": 60_000, "maxJobsToActivate": 4, "requestTimeout": 500}
            jobs = door().post("/jobs/activation", json=wanted).json()["jobs"]
            now = time.perf_counter()
            ways = [now - job["variables"]["at"] / 1e6 for job in jobs]
            for job in jobs:
                assert door().post(f"/jobs/{job['jobKey']}/completion", json={}).is_success
            return ways

        return measure.run(create, work)


def main(rate: int = 200, seconds: int = 10, http: bool = False, url: str = "") -> None:
    """Print the figures."""
    measure = Measure(rate, seconds)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder) / "engine.db"
        if http:
            taken = through_the_door(measure, url or str(path))
        else:
            store = PostgresStore(url) if url else SqliteStore(path)
            taken = in_process(measure, store)
            store.close()
    ways = "HTTP" if http else "in process"
    kind = "PostgreSQL" if url else "SQLite FULL"
    half, most = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    print(
        f"job's way, {ways}, {kind}, {rate} a second, {len(taken)} jobs: median {half * 1e3:.1f} ms, "
        f"p99 {most * 1e3:.1f} ms, longest {taken[-1] * 1e3:.1f} ms"
    )


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    given = sys.argv[sys.argv.index("--postgres") + 1] if "--postgres" in sys.argv else ""
    main(*(numbers or [200, 10]), http="--http" in sys.argv, url=given)
