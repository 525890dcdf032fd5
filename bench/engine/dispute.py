"""A bank's dispute process: ten flow nodes a case, 11 KB of variables, SQLite with ``synchronous=FULL``.

The published sizing of the market leader for such a process is 51 cases a second sustained on three brokers.
Run: ``PYTHONPATH=src python -m bench.engine.dispute [cases]``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

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


def main(cases: int) -> None:
    """Finish ``cases`` cases and print cases a second."""
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


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
