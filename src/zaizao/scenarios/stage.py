"""The to-be stage of a rehearsal: the deployed model on the real engine, with real robots, under a virtual clock.

Theory: cases arrive when they arrived as is. A loop takes the earliest of arrivals, finished work, shifts that begin and
the engine's timers, moves the clock there and acts. A robot's or capability's work is really done when its turn comes;
how long that takes on the clock is what the scenario says, what it really took is kept apart. A robot's system failure
waits its back-off on the clock and is tried again; a refusal, and the last failure, become BPMN errors that the model
may catch. People answer what the case's generator wrote down for them.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa

from zaizao.engine import (
    CommandRejected,
    Done,
    Engine,
    JobCall,
    JobRow,
    MemoryStore,
    TaskRow,
    Threw,
    VirtualClock,
)
from zaizao.eventlog import EventLog
from zaizao.problems import Problem, Severity, Text
from zaizao.redesign import Assignment, Workforce, draw, holds
from zaizao.robots import ItemState, NewItem, RobotStore, Run, Worker
from zaizao.scenarios.contents import ROBOT, Contents
from zaizao.scenarios.measuring import CaseEnd
from zaizao.scenarios.pack import ToBe
from zaizao.simulation import Work

HELD = 10 * 365 * 86_400_000_000
"""A worker holds a job until it is done: ten years, in µs."""
LONGEST = 365 * 86_400_000_000
"""A rehearsal that runs longer than a virtual year is stopped."""
FAILED = "ROBOT_FAILED"
"""The BPMN error of a robot's item whose attempts are used up."""


@dataclass(frozen=True, slots=True)
class Given:
    """One generated case: what it starts with, what must come out, what people answer at the activities they do."""

    variables: dict[str, Any]
    truth: dict[str, Any] = field(default_factory=dict)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """What the stage showed. ``real`` holds the seconds that each robot and capability really took, by job type."""

    log: EventLog
    ends: tuple[CaseEnd, ...]
    runs: tuple[Run, ...]
    real: Mapping[str, tuple[float, ...]]
    incidents: tuple[Problem, ...]


class _Kind(IntEnum):
    """What happens next; the order breaks ties in time."""

    DONE = 0
    READY = 1
    ARRIVAL = 2
    SHIFT = 3


class ToBeStage:
    """Engine, clock, people and robots. ``stopwatch`` gives seconds of real time."""

    def __init__(
        self,
        to_be: ToBe,
        contents: Contents,
        cases: Sequence[Given],
        attributes: Sequence[Mapping[str, Any]],
        arrivals: Sequence[int],
        *,
        seed: int,
        folder: Path,
        addresses: Mapping[str, str],
        stopwatch: Callable[[], float],
    ) -> None:
        self.to_be, self.contents, self.cases, self.attributes = to_be, contents, cases, attributes
        self.arrivals, self.seed, self.folder = arrivals, seed, folder
        self.addresses, self.stopwatch = dict(addresses), stopwatch
        self.clock = VirtualClock(min(arrivals))
        self.engine = Engine(MemoryStore(), self.clock, zone=to_be.scenario.zone)
        self.engine.deploy(to_be.definitions, contents.decisions)
        for name, text in contents.forms.items():
            self.engine.deploy_text("form", name, text)
        self.force = Workforce(to_be.scenario)
        self.robots = RobotStore(sa.create_engine(f"sqlite:///{folder / 'robots.db'}"))
        self.workers = {
            queue: Worker(self.robots, robot, name=robot.name, now=self.clock.now, evidence=folder / "evidence")
            for queue, robot in contents.robots.items()
        }
        for queue in self.workers:
            self.robots.open_queue(queue)
        nodes = list(to_be.process.walk())
        self.names = {node.id: node.name or node.id for node in nodes}
        self.numbers = {node.id: number for number, node in enumerate(nodes)}
        self.events: list[tuple[int, int, int, Any]] = []
        self.turn = 0
        self.items: dict[int, Assignment] = {}
        self.outcomes: dict[int, Done | Threw | int] = {}
        self.open: dict[int, int] = {}
        self.keys: dict[int, int] = {}
        self.passes: Counter[tuple[int, str]] = Counter()
        self.shifts: dict[str, int] = {}
        self.real: defaultdict[str, list[float]] = defaultdict(list)
        self.costs: dict[tuple[str, str, int], list[tuple[int, int, int]]] = {}

    def play(self) -> Performance:
        """Until nothing is left to happen."""
        for number, at in enumerate(self.arrivals):
            self._plan(at, _Kind.ARRIVAL, number)
        limit = self.clock.now() + LONGEST
        acts: dict[_Kind, Callable[[Any], None]] = {
            _Kind.DONE: self._done,
            _Kind.READY: self._ready,
            _Kind.ARRIVAL: self._arrive,
            _Kind.SHIFT: self._staff,
        }
        try:
            while True:
                due = self.engine.next_due()
                at = min(self.events[0][0] if self.events else limit, due if due is not None and due < limit else limit)
                if at >= limit:
                    break
                self.clock.advance_to(at)
                if due is not None and due <= at:
                    if self.engine.tick() == 0:
                        break
                    for key in list(self.open):
                        self._look(key)
                    continue
                _, kind, _, what = heapq.heappop(self.events)
                acts[_Kind(kind)](what)
        finally:
            for worker in self.workers.values():
                worker.stopping.set()
                worker.run()  # lets go of its browser
        return self._performance()

    def _plan(self, at: int, kind: _Kind, what: Any) -> None:
        self.turn += 1
        heapq.heappush(self.events, (at, int(kind), self.turn, what))

    def _arrive(self, number: int) -> None:
        key = self.engine.create(self.to_be.process.id, self.cases[number].variables, business_id=str(number + 1))
        self.open[key] = number
        self.keys[number] = key
        self._look(key)

    def _look(self, case_key: int) -> None:
        """Find work that the case's last step created."""
        if self.engine.case(case_key) is None:
            self.open.pop(case_key, None)
            return
        for key in self.engine.elements(case_key):
            if int(key) in self.items:
                continue
            task = self.engine.store.get(TaskRow, key)
            job = self.engine.store.get(JobRow, key) if task is None else None
            if task is not None or job is not None:
                self._enabled(int(key), case_key, task, job)

    def _enabled(self, key: int, case_key: int, task: TaskRow | None, job: JobRow | None) -> None:
        number = self.open[case_key]
        node = task.node if task is not None else job.node if job is not None else ""
        work = self.to_be.scenario.work.get(node)
        turn = self.passes[(number, node)]
        self.passes[(number, node)] += 1
        rng = np.random.default_rng((self.seed, number, self.numbers.get(node, 0), turn))
        seconds = 0.0 if work is None else self._seconds(work, number, rng)
        delay = 0 if work is None or work.delay is None else round(draw(work.delay, rng) * 1e6)
        role = work.role if work is not None else None
        job_type = job.job_type if job is not None else None
        priority = work.priority if work is not None else 0
        item = Assignment(key, number, case_key, node, job_type, role, priority, seconds)
        self.items[key] = item
        self._plan(self.clock.now() + delay, _Kind.READY, item)

    def _seconds(self, work: Work, number: int, rng: np.random.Generator) -> float:
        cases = (one for condition, one in work.cases if holds(condition, self.attributes[number]))
        return draw(next(cases, work.duration), rng)

    def _ready(self, item: Assignment) -> None:
        if self.engine.case(item.case_key) is None:
            return
        item.ready = item.ready or self.clock.now()
        if item.role is None:
            self._begin(item, self.clock.now() + round(item.seconds * 1e6))
            return
        self.force.wait(item, self.clock.now())
        self._staff(item.role)

    def _staff(self, role: str) -> None:
        """Give waiting work to free resources on duty; else come back when somebody's shift begins."""
        now = self.clock.now()
        while (pair := self.force.next_pair(role, now)) is not None:
            item, resource = pair
            if self._live(item):
                self._begin(item, self.force.done_at(resource, now, item.seconds / resource.speed))
            else:
                self.force.release(resource)
        wake = self.force.wake(role, now)
        if wake is not None and wake > now and self.shifts.get(role, 0) != wake:
            self.shifts[role] = wake
            self._plan(wake, _Kind.SHIFT, role)

    def _live(self, item: Assignment) -> bool:
        found = self.engine.store.get(JobRow if item.job_type is not None else TaskRow, item.key)
        return found is not None and getattr(found, "state", "") not in ("completed", "canceled")

    def _begin(self, item: Assignment, until: int) -> None:
        name = item.resource.name if item.resource is not None else ""
        item.begun = item.begun or self.clock.now()
        if item.job_type is not None:
            self.outcomes[item.key] = self._work(item, item.job_type, name)
        elif name:
            self.engine.assign(item.key, name)
        self._plan(until, _Kind.DONE, item)

    # --- real work ---

    def _work(self, item: Assignment, job_type: str, worker: str) -> Done | Threw | int:
        """Do the job now; what came of it, or when to try again (µs)."""
        if not item.held:
            self.engine.take(item.key, worker, HELD)
            item.held = True
        began = self.stopwatch()
        variables = _plain(self.engine.variables(item.key))
        if job_type.startswith(ROBOT):
            outcome = self._robot(item, job_type.removeprefix(ROBOT), variables)
        else:
            outcome = self._capability(item, job_type, variables)
        self.real[job_type].append(self.stopwatch() - began)
        return outcome

    def _robot(self, item: Assignment, queue: str, variables: dict[str, Any]) -> Done | Threw | int:
        worker = self.workers[queue]
        reference = f"{item.case + 1}/{item.node}/{item.key}"
        folder = str(self.folder / "cases" / f"{item.case + 1:05}")
        payload = {**variables, "sandbox": self.addresses, "folder": folder}
        self.robots.add(queue, [NewItem(reference, payload, item.priority + 50)], self.clock.now())
        before = self.robots.item(queue, reference)
        while before is not None and before.state is ItemState.WAITING:
            if worker.once() is None:
                break
            after = self.robots.item(queue, reference)
            if after is None or after.attempt > before.attempt:
                before = after
                break
        assert before is not None, "the item was queued"
        if before.state is ItemState.DONE:
            return Done(before.result)
        if before.state is ItemState.WAITING:
            return before.not_before
        code = before.error.split(":", 1)[0] if before.state is ItemState.REFUSED else FAILED
        return Threw(code, before.error, {})

    def _capability(self, item: Assignment, job_type: str, variables: dict[str, Any]) -> Done | Threw | int:
        headers = {f"sandbox.{name}": address for name, address in self.addresses.items()}
        call = JobCall(item.key, job_type, f"{item.case + 1}-{item.key}", item.case_key, headers=headers, retries=3)
        outcome = self.contents.capabilities[job_type].run(call, variables)
        return outcome if isinstance(outcome, Done | Threw) else Threw(FAILED, outcome.message, {})

    def _done(self, item: Assignment) -> None:
        name = item.resource.name if item.resource is not None else None
        again = None
        if self._live(item):
            again = self._conclude(item, name)
            if again is None:
                self._account(item)
        resource, item.resource = item.resource, None
        roles = self.force.release(resource) if resource is not None else []
        if again is not None:
            self._plan(max(again, self.clock.now()), _Kind.READY, item)
        elif item.case_key in self.open:
            self._look(item.case_key)
        for role in roles:
            self._staff(role)

    def _conclude(self, item: Assignment, name: str | None) -> int | None:
        """Say to the engine what came of the work; when to try again, where it has to be."""
        outcome = self.outcomes.pop(item.key, None)
        if isinstance(outcome, int):
            return outcome
        try:
            if isinstance(outcome, Threw):
                self.engine.throw_error(item.key, outcome.code, outcome.message, outcome.variables)
            elif isinstance(outcome, Done):
                self.engine.complete(item.key, outcome.variables)
            else:
                answers = self.cases[item.case].people.get(self.names[item.node], {})
                self.engine.complete_task(item.key, answers, by=name)
        except CommandRejected:
            if self._live(item):
                raise
        return None

    # --- figures ---

    def _account(self, item: Assignment) -> None:
        work = self.to_be.scenario.work.get(item.node)
        rate = item.resource.cost_per_hour if item.resource is not None else 0
        cost = round(item.seconds / 3600.0 * rate) + (work.cost if work is not None else 0)
        place = (str(item.case_key), self.names[item.node], self.clock.now())
        self.costs.setdefault(place, []).append((cost, item.ready, item.begun))

    def _performance(self) -> Performance:
        log = self.engine.log()
        costs, enabled, start = [], log.event_table["enabled"].to_list(), log.start.copy()
        for row, (case, activity, end) in enumerate(
            zip(log.case.tolist(), log.activity.tolist(), log.end.tolist(), strict=True)
        ):
            known = self.costs.get((log.case_names[case], log.activity_names[activity], end))
            cost = 0
            if known:
                cost, enabled[row], start[row] = known.pop(0)
            costs.append(cost)
        numbers = [int(name) - 1 for name in log.case_table["business_id"].to_list()]
        table = log.case_table.with_columns(
            pl.Series(name, [self.attributes[number][name] for number in numbers])
            for name in (self.attributes[0] if self.attributes else {})
        )
        columns = pl.Series("cost", costs, pl.Int64), pl.Series("enabled", enabled, pl.Int64)
        log = replace(log, start=start, event_table=log.event_table.with_columns(*columns), case_table=table)
        runs = tuple(run for queue in sorted(self.workers) for run in self.robots.runs(queue))
        real = {name: tuple(taken) for name, taken in sorted(self.real.items())}
        return Performance(log, tuple(self._ends()), runs, real, tuple(self._incidents()))

    def _ends(self) -> list[CaseEnd]:
        found = []
        for number, given in enumerate(self.cases):
            key = self.keys.get(number)
            variables = _plain(self.engine.last_variables(key)) if key is not None else {}
            ended = key is not None and self.engine.case(key) is None
            right = ended and all(variables.get(name) == _plain(value) for name, value in given.truth.items())
            found.append(CaseEnd(self.attributes[number], variables, right if given.truth else None))
        return found

    def _incidents(self) -> list[Problem]:
        remedy = Text("检查模型、机器人与替身", "look at the model, the robot and the stand-in")
        found = [
            Problem(
                f"to_be.bpmn: {self.names.get(row.node, row.node)}",
                Text(f"出现异常：{row.message}", f"an incident: {row.message}"),
                remedy,
                "rehearsal.incident",
                Severity.WARNING,
            )
            for row in self.engine.incidents()
        ]
        if self.open:
            what = Text(f"{len(self.open)} 案未能结束", f"{len(self.open)} cases did not end")
            found.append(Problem("to_be.bpmn", what, remedy, "rehearsal.unfinished", Severity.WARNING))
        return found


def _plain(value: Any) -> Any:
    """The engine's exact numbers as JSON has them."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
