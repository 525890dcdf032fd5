"""Rehearsal: the real engine runs the to-be model under a virtual clock, with simulated people, machines and customers.

Theory: the cases (arrival times and data) are those that the simulation draws for the same scenario and seed. A loop
takes the earliest of arrivals, finished work, shifts that begin and the engine's own timers, moves the clock there and
acts. Whoever finishes a step says, by process variables, which way to go: the same probabilities that the simulation
uses. Decision tables are evaluated by the engine; steps before them bring the score they read. Chance depends on seed,
case, step and pass only, never on the order of events.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
import polars as pl

from zaizao.bpmn import Activity
from zaizao.calendars import advance
from zaizao.engine import Engine, JobRow, MemoryStore, TaskRow, VirtualClock
from zaizao.eventlog import EventLog
from zaizao.problems import Problem, Severity, Text
from zaizao.redesign.answers import Answer
from zaizao.redesign.build import Built
from zaizao.redesign.durations import draw
from zaizao.redesign.graph import Net
from zaizao.redesign.naming import identifier
from zaizao.redesign.plan import AT_START, Executor, Plan, suppliers
from zaizao.redesign.tables import counts_rounds, round_name, score_name
from zaizao.redesign.workforce import Item, Workforce
from zaizao.simulation import Branching, Condition, Distribution, Work, simulate

HELD = 10 * 365 * 86_400_000_000
"""A worker holds a job until it is done: ten years, in µs."""
LONGEST_WAY = 1000
"""Choices in a row after which a way is taken for endless."""
LONGEST = 5 * 365 * 86_400_000_000
"""A rehearsal that runs longer than five virtual years is stopped."""


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsal:
    """``log`` is the engine's journal as an event log, with ``cost`` (fen) and the workers' own account of when the
    work could begin and did begin (what it waits for from outside is no waiting for the bank); ``finished`` of ``cases`` reached an end."""

    log: EventLog
    cases: int
    finished: int
    seed: int
    incidents: tuple[Problem, ...]


class _Kind(IntEnum):
    """What happens next; the order breaks ties in time."""

    DONE = 0
    READY = 1
    ARRIVAL = 2
    SHIFT = 3


def rehearse(
    built: Built, plan: Plan, *, cases: int = 200, seed: int = 1, watch: Callable[[int, int], None] | None = None
) -> Rehearsal:
    """Run ``cases`` cases of the built models on the engine and let them end. ``watch(finished, cases)``."""
    return _Stage(built, plan, cases, seed, watch).run()


class _Stage:
    """The engine, the clock, the workforce, and what is going to happen."""

    def __init__(
        self, built: Built, plan: Plan, cases: int, seed: int, watch: Callable[[int, int], None] | None
    ) -> None:
        self.plan, self.built, self.seed, self.watch = plan, built, seed, watch
        drawn = simulate(plan.process, plan.scenario, cases=cases, seed=seed)
        enabled = drawn.event_table["enabled"].to_numpy()
        self.arrivals = [int(at) for at in np.minimum.reduceat(enabled, drawn.offsets[:-1])]
        self.attributes = drawn.case_table.to_dicts() if drawn.case_table.width else [{} for _ in range(cases)]
        self.table = drawn.case_table
        self.clock = VirtualClock(min(self.arrivals))
        self.engine = Engine(MemoryStore(), self.clock, zone=plan.scenario.zone)
        decisions = [built.decisions] if built.decisions is not None else []
        self.engine.deploy(built.definitions, decisions)
        self.force = Workforce(plan.scenario)
        self.node_numbers = {node.id: number for number, node in enumerate(plan.process.nodes)}
        self.names = {node.id: node.name or node.id for node in plan.process.nodes}
        self.supplies = _supplies(plan)
        self.net = Net(plan.process)
        self.targets = {flow.id: flow.target for flow in plan.process.flows}
        self.starts = [
            flow for node, flows in self.net.outgoing.items() if not self.net.incoming[node] for flow in flows
        ]
        self.events: list[tuple[int, int, int, Any]] = []
        self.turn = 0
        self.items: dict[int, Item] = {}
        self.open: dict[int, int] = {}
        self.keys: dict[int, int] = {}
        self.rounds = {
            gateway: round_name(task)
            for task, one in plan.automated.items()
            if one.executor is Executor.DECISION and counts_rounds(plan, task)
            for gateway in plan.decides(task)
            if gateway != one.split
        }
        self.passes: Counter[tuple[int, str, str]] = Counter()
        self.shifts: dict[str, int] = {}
        self.accounts: dict[tuple[str, str, int], list[tuple[int, int, int]]] = {}
        self.finished = 0

    # --- the loop ---

    def run(self) -> Rehearsal:
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
        return self._result()

    def _plan(self, at: int, kind: _Kind, what: Any) -> None:
        self.turn += 1
        heapq.heappush(self.events, (at, int(kind), self.turn, what))

    def _arrive(self, number: int) -> None:
        variables: dict[str, Any] = {identifier(name): value for name, value in self.attributes[number].items()}
        variables.update(self._says(number, AT_START))
        key = self.engine.create(self.plan.process.id, variables, business_id=str(number + 1))
        self.open[key] = number
        self.keys[number] = key
        self._look(key)

    def _look(self, case_key: int) -> None:
        """Find work that the case's last step created."""
        if self.engine.case(case_key) is None:
            self.open.pop(case_key)
            self.finished += 1
            if self.watch is not None:
                self.watch(self.finished, len(self.arrivals))
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
        work = self.plan.scenario.work.get(node)
        role = work.role if work is not None else None
        pass_number = self.passes[(number, node, "")]
        self.passes[(number, node, "")] += 1
        rng = self._rng(number, node, pass_number, 0)
        seconds, ready = 0.0, self.clock.now()
        if work is not None:
            seconds = draw(_duration(work.duration, work.cases, self.attributes[number]), rng)
            ready = self._after_delay(work, pass_number, rng)
        job_type = job.job_type if job is not None else None
        item = Item(key, number, case_key, node, job_type, role, work.priority if work else 0, seconds)
        self.items[key] = item
        if job_type is not None and ready > self.clock.now():
            self._take(item, job_type)  # it waits for the outside in the worker's hands
        self._plan(ready, _Kind.READY, item)

    def _after_delay(self, work: Work, turn: int, rng: np.random.Generator) -> int:
        """When the outside lets the work begin: the delay of this pass, on the clock or in a calendar's hours."""
        now = self.clock.now()
        if work.delay is None:
            return now
        passes = work.delay_passes or (work.delay,)
        delay = round(draw(passes[min(turn, len(passes) - 1)], rng) * 1e6)
        if work.delay_calendar is None:
            return now + delay
        return advance(self.plan.scenario.calendars[work.delay_calendar], now, delay)

    def _ready(self, item: Item) -> None:
        if self.engine.case(item.case_key) is None:
            return
        item.ready = self.clock.now()
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
            if not self._live(item):
                self.force.release(resource)
                continue
            item.seconds /= resource.speed
            self._begin(item, self.force.done_at(resource, now, item.seconds))
        wake = self.force.wake(role, now)
        if wake is not None and wake > now and self.shifts.get(role, 0) != wake:
            self.shifts[role] = wake
            self._plan(wake, _Kind.SHIFT, role)

    def _live(self, item: Item) -> bool:
        row = JobRow if item.job_type is not None else TaskRow
        found = self.engine.store.get(row, item.key)
        return found is not None and getattr(found, "state", "") not in ("completed", "canceled")

    def _begin(self, item: Item, until: int) -> None:
        name = item.resource.name if item.resource is not None else ""
        if item.job_type is None:
            if name:
                self.engine.assign(item.key, name)
        else:
            self._take(item, name)
        item.begun = self.clock.now()
        self._plan(until, _Kind.DONE, item)

    def _take(self, item: Item, worker: str) -> None:
        """Take the item's job; the engine hands out the oldest of a type first, so older ones are taken along."""
        assert item.job_type is not None
        while not item.held:
            taken = self.engine.activate(item.job_type, worker, 1, HELD)
            if not taken:
                return
            self.items[int(taken[0].key)].held = True

    def _done(self, item: Item) -> None:
        name = item.resource.name if item.resource is not None else None
        if self._live(item):
            variables = self._says(item.case, item.node)
            if item.job_type is None:
                self.engine.complete_task(item.key, variables, by=name)
            else:
                self.engine.complete(item.key, variables)
            self._pay(item)
        roles = self.force.release(item.resource) if item.resource is not None else []
        if item.case_key in self.open:
            self._look(item.case_key)
        for role in roles:
            self._staff(role)

    # --- what people and machines say ---

    def _says(self, case: int, node: str) -> dict[str, Any]:
        """The variables that a finished step sets: answers of the choices it decides, scores for decisions after it."""
        said: dict[str, Any] = {}
        for task in self.supplies.get(node, ()):
            turn = self._pass(case, "", score_name(task))
            said[score_name(task)] = round(float(self._rng(case, score_name(task), turn, 1).random()), 6)
        for flow in self.starts if node == AT_START else self.net.outgoing.get(node, []):
            self._walk(case, node, flow.target, said)
        return said

    def _walk(self, case: int, node: str, place: str, said: dict[str, Any]) -> None:
        """Follow the way from ``place`` to the next work, and note the answer of every choice that ``node`` decides.

        A circle of choices alone would make the engine go round for ever: the way is freed of circles, which leads to
        the same work with the same probability.
        """
        way: list[tuple[str, str]] = []
        for _ in range(LONGEST_WAY):
            if isinstance(self.net.nodes[place], Activity):
                break
            if place in self.built.answers and len(self.net.outgoing[place]) > 1:
                answer = self.built.answers[place]
                if node not in self.plan.deciders[place]:
                    break
                at = next((number for number, (gateway, _) in enumerate(way) if gateway == place), len(way))
                del way[at:]
                flows = self._choose(case, answer)
                if answer.inclusive:
                    said[answer.variable] = [answer.labels[flow] for flow in flows]
                    for flow in flows:
                        self._walk(case, node, self.targets[flow], said)
                    break
                way.append((place, flows[0]))
                place = self.targets[flows[0]]
                continue
            out = self.net.outgoing[place]
            for other in out[1:]:
                self._walk(case, node, other.target, said)
            if not out:
                break
            place = out[0].target
        for gateway, taken in way:
            answer = self.built.answers[gateway]
            if answer.data is None:
                said[answer.variable] = answer.labels[taken]

    def _choose(self, case: int, answer: Answer) -> list[str]:
        turn = self._turn(case, answer.gateway)
        weights = _weights(self.plan.scenario.branching.get(answer.gateway), turn, self.attributes[case])
        chances = (
            {flow: weights.get(flow, 0.0) for flow in answer.labels} if weights else dict.fromkeys(answer.labels, 1.0)
        )
        rng = self._rng(case, answer.gateway, turn, 2)
        if answer.inclusive:
            return [flow for flow, chance in chances.items() if rng.random() < chance] or [answer.default]
        whole = sum(chances.values())
        mark = rng.random() * whole
        for flow, chance in chances.items():
            mark -= chance
            if mark < 0:
                return [flow]
        return [answer.default]

    def _turn(self, case: int, gateway: str) -> int:
        """How often the case came to this choice before; where a decision counts it, by the decision's count."""
        drawn = self._pass(case, "", gateway)
        if gateway not in self.rounds or case not in self.keys:
            return drawn
        counted = self.engine.variables(self.keys[case]).get(self.rounds[gateway])
        return drawn if counted is None else int(counted) - 2

    def _pass(self, case: int, node: str, what: str) -> int:
        self.passes[(case, node, what)] += 1
        return self.passes[(case, node, what)] - 1

    def _rng(self, case: int, name: str, turn: int, stream: int) -> np.random.Generator:
        number = self.node_numbers.get(name)
        key = number if number is not None else sum(name.encode()) + 1_000_000
        return np.random.default_rng((self.seed, case, key, turn, stream))

    # --- figures ---

    def _pay(self, item: Item) -> None:
        work = self.plan.scenario.work.get(item.node)
        rate = item.resource.cost_per_hour if item.resource is not None else 0
        cost = round(item.seconds / 3600.0 * rate) + (work.cost if work is not None else 0)
        place = (str(item.case_key), self.names.get(item.node, item.node), self.clock.now())
        self.accounts.setdefault(place, []).append((cost, item.ready, item.begun))

    def _result(self) -> Rehearsal:
        log = self.engine.log()
        cost, enabled, start = [], log.event_table["enabled"].to_list(), log.start.copy()
        for row, (case, activity, end) in enumerate(
            zip(log.case.tolist(), log.activity.tolist(), log.end.tolist(), strict=True)
        ):
            name = log.activity_names[activity]
            known = self.accounts.get((log.case_names[case], name, end))
            if known:
                fen, enabled[row], start[row] = known.pop(0)
            else:
                fen = self._fee(name)
            cost.append(fen)
        columns = (pl.Series("cost", cost, pl.Int64), pl.Series("enabled", enabled, pl.Int64))
        numbers = [int(name) - 1 for name in log.case_table["business_id"].to_list()]
        table = log.case_table.with_columns(self.table[numbers].get_columns()) if self.table.width else log.case_table
        log = replace(log, start=start, event_table=log.event_table.with_columns(*columns), case_table=table)
        return Rehearsal(_ordered(log), len(self.arrivals), self.finished, self.seed, self._incidents())

    def _fee(self, activity: str) -> int:
        """What an execution without a worker costs (decisions, scripts): its fixed cost."""
        for node, name in self.names.items():
            work = self.plan.scenario.work.get(node)
            if name == activity and work is not None:
                return work.cost
        return 0

    def _incidents(self) -> tuple[Problem, ...]:
        found = [
            Problem(
                f"{self.plan.process.id}: {row.node}",
                Text(f"彩排时出现异常：{row.message}", f"an incident in rehearsal: {row.message}"),
                Text("检查该步骤的变量与决策表", "check the variables and the decision table of this step"),
                "rehearsal.incident",
                Severity.WARNING,
            )
            for row in self.engine.incidents()
        ]
        found += _left_out(self.plan)
        if self.open:
            found.append(
                Problem(
                    self.plan.process.id,
                    Text(f"{len(self.open)} 案未能结束", f"{len(self.open)} cases did not end"),
                    Text("检查等待消息或无人办理的步骤", "look for steps that wait for messages or for nobody"),
                    "rehearsal.unfinished",
                    Severity.WARNING,
                )
            )
        return tuple(found)


def _left_out(plan: Plan) -> list[Problem]:
    """What the scenario says and a rehearsal does not play: said, so that nobody takes its figures for the simulation's."""
    scenario = plan.scenario
    people = [one for role in scenario.roles.values() for one in role.resources]
    works = scenario.work.values()
    parts = {
        Text("多件并办", "several hands"): any(one.hands > 1 for one in people),
        Text("缺勤", "absence"): any(one.absence > 0 for one in people),
        Text("攒批", "batches"): any(work.batch is not None for work in works),
        Text("按条件的优先级", "priorities by condition"): any(work.priority_cases for work in works),
        Text("按历史的分支与等待", "choices and delays by what came last"): any(work.delay_after for work in works)
        or any(one.after for one in scenario.branching.values()),
        Text("节奏", "rhythms"): any(work.delay_rhythm is not None for work in works),
        Text("多实例次数", "numbers of runs"): bool(scenario.instances),
    }
    names = [text for text, used in parts.items() if used]
    if not names:
        return []
    what = Text(
        f"彩排未演：{'、'.join(name.zh for name in names)}",
        f"not played in rehearsal: {', '.join(n.en for n in names)}",
    )
    remedy = Text("以仿真数字为准", "take the simulation's figures")
    return [Problem(plan.process.id, what, remedy, "rehearsal.left-out", Severity.WARNING)]


def _ordered(log: EventLog) -> EventLog:
    """The rows in the order that every log keeps: case, end, start."""
    order = np.lexsort((log.start, log.end, log.case))
    columns = {
        name: getattr(log, name)[order] for name in ("case", "activity", "start", "end", "resource", "lifecycle")
    }
    return replace(log, **columns, event_table=log.event_table[order])


def _supplies(plan: Plan) -> dict[str, tuple[str, ...]]:
    """For which decisions each step brings the score: those for which it is the last step before."""
    found: dict[str, tuple[str, ...]] = {}
    for automation in plan.automated.values():
        if automation.executor is Executor.DECISION:
            for step in suppliers(plan, automation.task):
                found[step] = (*found.get(step, ()), automation.task)
    return found


def _duration(
    plain: Distribution, cases: tuple[tuple[Condition, Distribution], ...], attributes: Mapping[str, Any]
) -> Distribution:
    return next((one for condition, one in cases if holds(condition, attributes)), plain)


def _weights(branching: Branching | None, turn: int, attributes: Mapping[str, Any]) -> Mapping[str, float]:
    if branching is None:
        return {}
    for condition, weights in branching.cases:
        if holds(condition, attributes):
            return weights
    if branching.passes:
        return branching.passes[min(turn, len(branching.passes) - 1)]
    return branching.weights


def holds(condition: Condition, attributes: Mapping[str, Any]) -> bool:
    """True where a case with these attributes meets the condition; unknown attributes meet none."""
    value = attributes.get(condition.attribute)
    if value is None:
        return False
    if condition.values and str(value) not in condition.values:
        return False
    if condition.low is None and condition.high is None:
        return bool(condition.values)
    number = float(value)
    return (condition.low is None or number >= condition.low) and (condition.high is None or number < condition.high)
