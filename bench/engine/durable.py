"""The whole engine: five-service-task cases a second with workers in the process and 64 cases in flight.

Run: ``PYTHONPATH=src python -m bench.engine.durable [cases] [--memory | --postgres URL [--nodes N]]``. SQLite runs with
``synchronous=FULL``, PostgreSQL with ``synchronous_commit=on`` (give an empty database): every round (what the workers
took and finished) is one transaction. Several nodes are processes, each the leader of its partition by a lease. Prints
wall and CPU time (of our processes, not of the database).
"""

from __future__ import annotations

import gc
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.engine.core import five_tasks
from zaizao.engine import CaseRow, Engine, Leases, MemoryStore, PostgresStore, SqliteStore, Store, SystemClock

IN_FLIGHT = 64


def run(store: Store, cases: int) -> tuple[float, float, int]:
    """Finish ``cases`` cases; wall seconds, CPU seconds, transactions."""
    engine = Engine(store, SystemClock())
    engine.deploy(five_tasks())
    gc.collect()
    gc.freeze()  # what a server does once it has loaded: the imports are not looked at again and again
    wall, cpu = time.perf_counter(), time.process_time()
    created = rounds = 0
    while True:
        with engine.batch():
            jobs = engine.activate("work", "bench", IN_FLIGHT)
            for job in jobs:
                engine.complete(job.key)
            ended = sum(job.node == "task4" for job in jobs)
            for _ in range(min(IN_FLIGHT if not created else ended, cases - created)):
                engine.create("five")
                created += 1
        rounds += 1
        if not jobs and created == cases:
            break
    spent = time.perf_counter() - wall, time.process_time() - cpu
    assert store.count(CaseRow, {"state": "completed"}) == cases
    return *spent, rounds


def main(cases: int, memory: bool) -> None:
    """Print the figures in memory or on SQLite."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        store: Store = MemoryStore() if memory else SqliteStore(Path(folder) / "engine.db")
        show("memory" if memory else "SQLite FULL", cases, [run(store, cases)])
        store.close()


def show(kind: str, cases: int, spent: list[tuple[float, float, int]]) -> None:
    """Print what the nodes did together, each having finished ``cases``."""
    wall, cpu, rounds = max(one[0] for one in spent), sum(one[1] for one in spent), sum(one[2] for one in spent)
    total = cases * len(spent)
    print(
        f"{kind}: {total} cases in {rounds} transactions: {total / wall:,.0f} a second, {total / cpu:,.0f} a CPU second, "
        f"{rounds / wall:,.0f} commits a second"
    )


def node(url: str, partition: int, cases: int, together: Any, answers: Any) -> None:
    """One node, leading one partition by its lease."""
    leases = Leases(url, f"node{partition}", "", life=600)
    leases.prepare(2)
    fences: dict[int, int] = {}
    while partition not in fences:  # nodes take fair shares: the first takes both until it sees the second
        leases.beat(2)
        leases.give([other for other in leases.held if other != partition])
        fences = leases.held
    store = PostgresStore(url, partition=partition, fence=fences[partition])
    together.wait()
    answers.put(run(store, cases))
    store.close()


def postgres(url: str, cases: int, nodes: int) -> None:
    """Print the figures of ``nodes`` processes on one PostgreSQL, each with a partition of its own."""
    context = multiprocessing.get_context("spawn")
    together, answers = context.Barrier(nodes), context.Queue()
    processes = [context.Process(target=node, args=(url, n + 1, cases, together, answers)) for n in range(nodes)]
    for process in processes:
        process.start()
    spent = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    show(f"PostgreSQL, {nodes} node{'s' * (nodes > 1)}", cases, spent)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    if "--postgres" in sys.argv:
        many = int(sys.argv[sys.argv.index("--nodes") + 1]) if "--nodes" in sys.argv else 1
        postgres(sys.argv[sys.argv.index("--postgres") + 1], numbers[0] if numbers else 5_000, many)
    else:
        main(numbers[0] if numbers else 5_000, "--memory" in sys.argv)
