"""The facts that moves look at, measured on a log (recorded or simulated) against a plan.

Rule kept: facts are measured, not judged; what a move makes of them stands in the move. The log is one row per
activity execution; an activity belongs to the task of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zaizao.bpmn import Process, SequenceFlow, Task
from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining import automation
from zaizao.redesign.durations import mean
from zaizao.redesign.estimate import (
    WEEK_HOURS,
    Load,
    arrivals_per_week,
    execution_cost,
    loads,
    share,
    visits,
    weekly_hours,
)
from zaizao.redesign.graph import Net
from zaizao.redesign.plan import Plan, Rules
from zaizao.simulation import Scenario, Work

PAIR_ACTIVITIES = 60
"""Orders are measured between at most this many of the most frequent activities."""
FOUR_EYES_CASES = 50
FOUR_EYES_CHANCE = 10.0
"""A pair counts as four eyes when pure chance would have given the same person in at least this many cases."""


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """One task. Times are mean seconds per execution, ``visits`` executions per case by the model, ``executions`` rows
    of the log, ``repeat`` the share of its cases that do it more than once, ``cost`` fen per execution, ``steadiness``
    how little its duration varies (0 to 1), ``exceptional`` the share of executions that are repeated or go a rare way.
    """

    node: str
    name: str
    role: str | None
    human: bool
    visits: float
    executions: int
    processing: float
    waiting: float
    delay: float
    repeat: float
    performers: int
    cost: float
    steadiness: float
    exceptional: float


@dataclass(frozen=True, slots=True)
class Order:
    """Of ``both`` cases that do both activities, ``first`` is the share that does the first one first; ``same`` the
    share in which one person does both, ``chance`` the same if people were drawn at random."""

    both: int
    first: float
    same: float
    chance: float


@dataclass(frozen=True, slots=True)
class Check:
    """A task and the choice right after it that may end the case early (a knock-out).

    ``proceed`` and ``rejects`` are flow ids; ``rejection`` is the probability of all rejects together.
    """

    task: str
    gateway: str
    proceed: str
    rejects: tuple[str, ...]
    rejection: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a plan. ``hand_overs``: times per case that work passes between people of two roles."""

    cases: int
    cycle_time: float
    executions_per_case: float
    manual_per_case: float
    arrivals_per_week: float
    activities: Mapping[str, ActivityFacts]
    roles: Mapping[str, Load]
    orders: Mapping[tuple[str, str], Order]
    hand_overs: Mapping[tuple[str, str], float]
    checks: tuple[Check, ...]

    @property
    def manual_share(self) -> float:
        """Share of activity executions done by people, by the model."""
        return self.manual_per_case / self.executions_per_case if self.executions_per_case else 0.0

    def reversed_share(self, first: str, second: str) -> float | None:
        """Share of cases with both in which ``second`` came before ``first``; None where never seen together."""
        order = self.orders.get((first, second))
        return None if order is None or order.both == 0 else 1.0 - order.first


def gather(log: EventLog, plan: Plan) -> Facts:
    """Measure ``log`` (activity executions) against ``plan``."""
    process, scenario = plan.process, plan.scenario
    visited = _measured_visits(log, process, visits(process, scenario))
    role_loads = loads(scenario, visited)
    waiting = _waiting(log, scenario, process)
    codes = {name: code for code, name in enumerate(log.activity_names)}
    performers = _performers(log)
    repeats = _repeats(log)
    counts = np.bincount(log.activity, minlength=len(log.activity_names))
    candidates = {candidate.activity: candidate for candidate in automation(log)}
    activities: dict[str, ActivityFacts] = {}
    for task in _tasks(process):
        code = codes.get(task.name)
        work = scenario.work.get(task.id)
        activities[task.id] = ActivityFacts(
            node=task.id,
            name=task.name,
            role=work.role if work else None,
            human=plan.human(task.id),
            visits=visited.get(task.id, 0.0),
            executions=0 if code is None else int(counts[code]),
            processing=mean(work.duration) if work else 0.0,
            waiting=0.0 if code is None else float(waiting[code]),
            delay=_delay(scenario, work) if work is not None else 0.0,
            repeat=0.0 if code is None else float(repeats[code]),
            performers=0 if code is None else int(performers[code]),
            cost=execution_cost(scenario, task.id),
            steadiness=candidates[task.name].steadiness if task.name in candidates else 0.0,
            exceptional=1.0 - candidates[task.name].regularity if task.name in candidates else 0.0,
        )
    cycle = _cycle_times(log)
    return Facts(
        cases=log.cases,
        cycle_time=float(cycle.mean()) if len(cycle) else 0.0,
        executions_per_case=sum(fact.visits for fact in activities.values()),
        manual_per_case=sum(fact.visits for fact in activities.values() if fact.human),
        arrivals_per_week=arrivals_per_week(scenario),
        activities=activities,
        roles=role_loads,
        orders=_orders(log),
        hand_overs=_hand_overs(log, activities),
        checks=find_checks(process, scenario),
    )


def _delay(scenario: Scenario, work: Work) -> float:
    """Mean clock seconds of outside delay: working time is stretched to the week."""
    if work.delay is None:
        return 0.0
    hours = weekly_hours(scenario.calendars[work.delay_calendar]) if work.delay_calendar is not None else WEEK_HOURS
    return mean(work.delay) * WEEK_HOURS / max(hours, 1.0)


def _measured_visits(log: EventLog, process: Process, expected: Mapping[str, float]) -> dict[str, float]:
    """Executions per case as the log has them; where several tasks share a name, in proportion to the model's."""
    counts = np.bincount(log.activity, minlength=len(log.activity_names)) / max(log.cases, 1)
    seen = dict(zip(log.activity_names, counts.tolist(), strict=True))
    whole: dict[str, float] = {}
    for task in _tasks(process):
        whole[task.name] = whole.get(task.name, 0.0) + expected.get(task.id, 0.0)
    measured = {
        task.id: seen[task.name] * (expected[task.id] / whole[task.name] if whole[task.name] > 0 else 1.0)
        for task in _tasks(process)
        if task.name in seen
    }
    return {**expected, **measured}


def inferred_rules(log: EventLog) -> Rules:
    """What the log and its words say must stay: four-eyes pairs and steps of committees and in person.

    A pair is four eyes where one person never did both although chance would often have had it so, or where the name
    of the second says so (复核, second look); its first half is then the step that usually comes right before.
    Cautious on purpose: a pair with one counter-example is none.
    """
    pairs = {
        frozenset(pair)
        for pair, order in _orders(log).items()
        if order.both >= FOUR_EYES_CASES and order.same == 0.0 and order.chance * order.both >= FOUR_EYES_CHANCE
    }
    for name in log.activity_names:
        before = _usually_before(log, name) if _SECOND.search(name) else None
        if before is not None:
            pairs.add(frozenset((before, name)))
    kept = frozenset(name for name in log.activity_names if _IN_PERSON.search(name))
    return Rules(four_eyes=frozenset(pairs), kept=kept)


_SECOND = re.compile(
    r"复核|双人|授权|会签|second (look|check|review)|double.?check|counter.?sign|four.?eyes|authori[sz]ation", re.I
)
# Acts of authority and visits stay with people unless a person declares otherwise; assessments before them need not.
_IN_PERSON = re.compile(
    r"审批|贷审会|委员会|面签|面谈|实地|现场|\bapprov(e|al)\b|sign.?off|committee|\bboard\b|in person|on.?site|face.to.face",
    re.I,
)


def _usually_before(log: EventLog, name: str) -> str | None:
    """The other activity that most often comes right before ``name`` in its case."""
    code = log.activity_names.index(name)
    rows = np.flatnonzero((log.activity[1:] == code) & (log.case[1:] == log.case[:-1]) & (log.activity[:-1] != code))
    if not len(rows):
        return None
    return log.activity_names[int(np.bincount(log.activity[rows]).argmax())]


def find_checks(process: Process, scenario: Scenario) -> tuple[Check, ...]:
    """Tasks followed by an exclusive choice where all ways but one cut the case short."""
    net = Net(process)
    found: list[Check] = []
    for task in _tasks(process):
        out = net.only_out(task.id)
        gateway = net.split(out.target) if out is not None else None
        if gateway is None:
            continue
        flows = net.outgoing[gateway.id]
        ahead = {flow.id: _work_ahead(net, flow.target) for flow in flows}
        proceed = max(flows, key=lambda flow: (len(ahead[flow.id]), share(scenario, gateway.id, flow.id, len(flows))))
        rejects = tuple(
            flow.id
            for flow in flows
            if flow is not proceed and task.id not in ahead[flow.id] and _cuts_short(net, flow, proceed, ahead)
        )
        if rejects and len(rejects) == len(flows) - 1 and not net.goes_back(proceed):
            rejection = sum(share(scenario, gateway.id, flow, len(flows)) for flow in rejects)
            found.append(Check(task.id, gateway.id, proceed.id, rejects, rejection))
    return tuple(found)


def _work_ahead(net: Net, node: str) -> set[str]:
    return {found for found in net.reachable([node]) if isinstance(net.nodes[found], Task)}


def _cuts_short(net: Net, way: SequenceFlow, main: SequenceFlow, ahead: Mapping[str, set[str]]) -> bool:
    """True where ``way`` has less work ahead than ``main``, and none that ``main`` must do as well: it ends the case
    early (a letter may follow), it does not merely skip a step."""
    if len(ahead[way.id]) >= len(ahead[main.id]):
        return False
    reached = net.reachable([main.target], avoiding_all=ahead[way.id])
    return any(not net.outgoing[node] for node in reached)


def _tasks(process: Process) -> list[Task]:
    return [node for node in process.nodes if isinstance(node, Task)]


def _cycle_times(log: EventLog) -> NDArray[np.float64]:
    """Seconds from the first known moment of a case to its last event."""
    if log.events == 0:
        return np.zeros(0)
    known = np.where(log.start == MISSING_TIME, log.end, log.start)
    begins = np.minimum.reduceat(known, log.offsets[:-1])
    ends = log.end[log.offsets[1:] - 1]
    return np.asarray((ends - begins) / 1e6, dtype=np.float64)


def _waiting(log: EventLog, scenario: Scenario, process: Process) -> NDArray[np.float64]:
    """Mean seconds per activity from enabled (else the end of the case's previous row) to start.

    Where no start is known, the scenario's mean processing time is taken off the gap.
    """
    if log.events == 0:
        return np.zeros(len(log.activity_names))
    previous = np.concatenate(([0], log.end[:-1]))
    first = np.zeros(log.events, dtype=bool)
    first[log.offsets[:-1]] = True
    processing = np.zeros(len(log.activity_names))
    by_name = {task.name: task.id for task in _tasks(process)}
    for code, name in enumerate(log.activity_names):
        work = scenario.work.get(by_name.get(name, ""))
        processing[code] = mean(work.duration) * 1e6 if work else 0.0
    unknown = log.start == MISSING_TIME
    begin = np.where(unknown, log.end - processing[log.activity].astype(np.int64), log.start)
    enabled = previous
    if "enabled" in log.event_table.columns:
        column = log.event_table["enabled"].fill_null(MISSING_TIME).to_numpy()
        enabled = np.where(column == MISSING_TIME, previous, column)
        first &= column == MISSING_TIME
    gap = np.where(first, 0, np.maximum(begin - enabled, 0)) / 1e6
    total = np.bincount(log.activity, weights=gap, minlength=len(log.activity_names))
    count = np.bincount(log.activity, minlength=len(log.activity_names))
    return np.asarray(total / np.maximum(count, 1), dtype=np.float64)


def _performers(log: EventLog) -> NDArray[np.int64]:
    """Different known resources per activity."""
    known = log.resource != MISSING
    width = max(1, len(log.resource_names))
    pairs = np.unique(log.activity[known].astype(np.int64) * width + log.resource[known])
    return np.bincount(pairs // width, minlength=len(log.activity_names))


def _repeats(log: EventLog) -> NDArray[np.float64]:
    """Per activity: share of the cases with it that have it more than once."""
    width = max(1, len(log.activity_names))
    keys, counts = np.unique(log.case.astype(np.int64) * width + log.activity, return_counts=True)
    cases = np.bincount(keys % width, minlength=width)
    again = np.bincount((keys % width)[counts > 1], minlength=width)
    return np.asarray(again / np.maximum(cases, 1), dtype=np.float64)[: len(log.activity_names)]


def _orders(log: EventLog) -> dict[tuple[str, str], Order]:
    counts = np.bincount(log.activity, minlength=len(log.activity_names))
    chosen = np.argsort(-counts, kind="stable")[:PAIR_ACTIVITIES]
    column = np.full(len(log.activity_names), -1)
    column[chosen] = np.arange(len(chosen))
    first = np.full((log.cases, len(chosen)), -1, dtype=np.int64)
    rows = np.arange(log.events)[::-1]
    kept = rows[column[log.activity[rows]] >= 0]
    first[log.case[kept], column[log.activity[kept]]] = kept
    found: dict[tuple[str, str], Order] = {}
    for a in range(len(chosen)):
        for b in range(len(chosen)):
            if a == b:
                continue
            both = (first[:, a] >= 0) & (first[:, b] >= 0)
            total = int(both.sum())
            if total == 0:
                continue
            left, right = first[both, a], first[both, b]
            same, chance = _same_person(log.resource[left], log.resource[right], len(log.resource_names))
            earlier = float(np.mean(left < right))
            found[log.activity_names[chosen[a]], log.activity_names[chosen[b]]] = Order(total, earlier, same, chance)
    return found


def _same_person(left: NDArray[np.int32], right: NDArray[np.int32], people: int) -> tuple[float, float]:
    known = (left != MISSING) & (right != MISSING)
    if not known.any():
        return 0.0, 0.0
    p = np.bincount(left[known], minlength=people) / known.sum()
    q = np.bincount(right[known], minlength=people) / known.sum()
    return float(np.mean(left[known] == right[known])), float(p @ q)


def _hand_overs(log: EventLog, activities: Mapping[str, ActivityFacts]) -> dict[tuple[str, str], float]:
    """Per pair of different roles: times per case that consecutive rows change both person and role."""
    if log.events < 2:
        return {}
    role_of = {fact.name: fact.role for fact in activities.values() if fact.human}
    names = sorted({role for role in role_of.values() if role is not None})
    number = {name: position for position, name in enumerate(names)}
    roles = np.array([number.get(role_of.get(name) or "", -1) for name in log.activity_names])
    left, right = log.activity[:-1], log.activity[1:]
    changed = (log.case[:-1] == log.case[1:]) & (log.resource[:-1] != log.resource[1:])
    changed &= (roles[left] >= 0) & (roles[right] >= 0) & (roles[left] != roles[right])
    width = max(1, len(names))
    counts = np.bincount(roles[left][changed] * width + roles[right][changed], minlength=width * width)
    return {
        (names[pair // width], names[pair % width]): float(count) / log.cases
        for pair, count in enumerate(counts.tolist())
        if count
    }
