"""What must hold of a store after a crash, and a new engine that brings every case to its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from crash.serving import JOBS
from zaizao.engine import CaseRow, Engine, JobRow, Store, SystemClock, VirtualClock, inside
from zaizao.engine.apply import replay
from zaizao.engine.records import JobCompleted, TimerArmed, WaitCanceled, WaitTriggered
from zaizao.engine.stores import TimerRow


def check(store: Store, cases: Iterable[int], done: Iterable[int]) -> None:
    """The store agrees with its journal, nothing was completed twice, and what was said was done."""
    engine = Engine(store, SystemClock())
    engine.verify()
    records = list(engine.journal())
    completed = Counter(inside(one.case, one.event.id) for one in records if isinstance(one.event, JobCompleted))
    assert max(completed.values(), default=0) <= 1
    rows = {row.key: row for row in store.find(CaseRow)}
    assert set(cases) <= set(rows), "a case that was created is gone"
    assert set(done) <= set(completed), "a job that was completed is not"
    armed: set[int] = set()
    for record in records:
        event = record.event
        if isinstance(event, TimerArmed):
            armed.add(inside(record.case, event.id))
        elif isinstance(event, WaitCanceled | WaitTriggered):
            armed.discard(inside(record.case, event.id))
    assert {row.key for row in store.find(TimerRow)} == armed, "a timer is lost"
    for key, row in list(rows.items())[-20:]:
        state = replay([record.event for record in engine.journal(key)], key)
        assert (engine.case(key) == state) if row.state == "active" else state.ended


def finish(store: Store, partition: int = 1) -> int:
    """A new engine brings every case to its end; how many there were."""
    clock = VirtualClock(time.time_ns() // 1000 + 120_000_000)
    engine = Engine(store, clock, partition=partition)
    while store.count(CaseRow, {"state": "active"}):
        with engine.batch():
            engine.tick()
            for job in (job for kind in (*JOBS, "late") for job in engine.activate(kind, "heir", 500)):
                engine.complete(job.key)
        clock.advance(30_000)
    assert store.count(JobRow) == store.count(TimerRow) == 0 and engine.incidents() == []
    return store.count(CaseRow)
