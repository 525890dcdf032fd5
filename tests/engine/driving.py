"""Driving an engine in tests: a fresh one, and workers that do what a table says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zaizao.bpmn import Definitions
from zaizao.engine import CaseKey, Engine, MemoryStore, Store, VirtualClock

SECOND = 1_000_000
T0 = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z


class Bench:
    """An engine with a virtual clock, one deployed model, and what its workers did, in order."""

    def __init__(self, definitions: Definitions, store: Store | None = None, until: int = T0, **more: Any) -> None:
        self.clock = VirtualClock(until)
        self.store = store or MemoryStore()
        self.engine = Engine(self.store, self.clock)
        self.engine.deploy(definitions, **more)
        self.done: list[str] = []

    def run(self, variables: dict[str, Any] | None = None, process: str = "p") -> CaseKey:
        """A new case, and every job that can be done, done."""
        case = self.engine.create(process, variables)
        self.work()
        return case

    def jobs(self) -> list[str]:
        """Types of jobs that wait."""
        from zaizao.engine import JobRow

        return [row.job_type for row in self.store.find(JobRow)]

    def do(self, job_type: str, **variables: Any) -> int:
        """Complete the oldest job of a type."""
        (job,) = self.engine.activate(job_type, "w")
        self.done.append(job_type)
        self.engine.complete(job.key, variables)
        return job.key

    def work(self, *without: str, act: Callable[[Any], dict[str, Any]] | None = None) -> None:
        """Complete jobs in order until none is left (but those of types ``without``)."""
        while True:
            waiting = [job_type for job_type in self.jobs() if job_type not in without]
            jobs = [job for job_type in waiting[:1] for job in self.engine.activate(job_type, "w")]
            if not jobs:
                return
            for job in jobs:
                self.done.append(job.job_type)
                self.engine.complete(job.key, act(job) if act else {})

    def later(self, seconds: float) -> None:
        """Let time pass, firing what falls due at its time, then work."""
        until = self.clock.now() + int(seconds * SECOND)
        while (due := self.engine.next_due()) is not None and due <= until:
            self.clock.advance_to(due)
            self.engine.tick()
            self.work()
        self.clock.advance_to(until)

    def state(self, case: int) -> str:
        """What became of a case."""
        row = self.engine.row(case)
        assert row is not None
        return str(row.state)

    def problems(self) -> list[str]:
        """Kinds of open incidents."""
        return [row.kind for row in self.engine.incidents()]
