"""The whole engine: five-service-task cases a second with workers in the process and 64 cases in flight.

Run: ``PYTHONPATH=src python -m bench.engine.durable [cases] [--memory]``. SQLite runs with ``synchronous=FULL``: every
round (what the workers took and finished) is one transaction. Prints wall and CPU time.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from pathlib import Path

from bench.engine.core import five_tasks
from zaizao.engine import CaseRow, Engine, MemoryStore, SqliteStore, Store, SystemClock

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
    """Print the figures."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        store: Store = MemoryStore() if memory else SqliteStore(Path(folder) / "engine.db")
        wall, cpu, rounds = run(store, cases)
        store.close()
    kind = "memory" if memory else "SQLite FULL"
    print(
        f"{kind}: {cases} cases in {rounds} transactions: {cases / wall:,.0f} a second, {cases / cpu:,.0f} a CPU second, "
        f"{rounds / wall:,.0f} commits a second"
    )


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    main(numbers[0] if numbers else 5_000, "--memory" in sys.argv)
