"""Machine work with a way back to a person: the one piece of surgery behind robots, decisions and on-line channels.

Rule kept: what the machine cannot do reaches a person, who does the original work in full; no case is lost. The task
keeps its id and name, so that figures before and after compare the same activity.
"""

from __future__ import annotations

import math
from dataclasses import replace

from zaizao.bpmn import CalledDecision, Job, Task, TaskKind, literal
from zaizao.calendars import always
from zaizao.redesign.durations import mean
from zaizao.redesign.estimate import WEEK_HOURS, arrivals_per_week, visits
from zaizao.redesign.graph import Net, fresh, with_fallback
from zaizao.redesign.naming import BY_HAND, DONE, REFER, identifier, spoken, suffixed
from zaizao.redesign.plan import Automation, Executor, Plan, spins
from zaizao.simulation import Branching, Distribution, Family, Origin, Resource, Role, Scenario, Work

ROBOT_CALENDAR = "always"
ROBOT_LOAD = 0.7
"""Robots are added until none is busier than this."""
ROBOT_WEEKLY = 30_000
"""Assumed keep of one robot: 300 yuan a week (about 15,000 yuan a year for licence and machine), in fen."""
DECISION_COST = 200
"""Assumed price of the data and the run of one automatic decision: 2 yuan, in fen."""


def mechanise(plan: Plan, task_id: str, executor: Executor, share: float, duration: Distribution) -> Plan | None:
    """``task_id`` done by a machine in ``duration`` except for ``share``, which a person does as before.

    None where the task is not a plain human task with one way on, or where a decision would ask itself again and again
    on the same data.
    """
    net = Net(plan.process)
    task = net.task(task_id)
    if task is None or not plan.human(task_id) or task_id in plan.automated or net.only_out(task_id) is None:
        return None
    if executor is Executor.DECISION and not decidable(plan, task_id):
        return None
    person = replace(task, id=fresh(plan.process, f"{task_id}_person"), name=suffixed(task.name, BY_HAND))
    machine = _machine(task, executor)
    labels = (spoken(DONE, task.name), spoken(REFER, task.name))
    process, split, normal, exception = with_fallback(plan.process, machine, person, labels)
    scenario = _with_work(plan.scenario, task_id, person.id, executor, duration)
    branching = {
        **scenario.branching,
        split: Branching({normal: 1.0 - share, exception: share}, origin=Origin.ASSUMED),
    }
    deciders = {
        decided: tuple(
            dict.fromkeys(step for old in tasks for step in ((old, person.id) if old == task_id else (old,)))
        )
        for decided, tasks in plan.deciders.items()
    }
    deciders[split] = (task_id,)
    covers = {**plan.covers, task_id: plan.contains(task), person.id: plan.contains(task)}
    automation = Automation(task_id, executor, split, normal, exception, person.id, share)
    changed = replace(
        plan,
        process=process,
        scenario=replace(scenario, branching=branching),
        deciders=deciders,
        covers=covers,
        automated={**plan.automated, task_id: automation},
    )
    return _with_robots(changed, task_id) if executor is Executor.ROBOT else changed


def decidable(plan: Plan, task: str) -> bool:
    """True where a decision table can take over: the step answers a choice, and neither this choice nor a loop of
    decisions can go round without new data."""
    net = Net(plan.process)
    return bool(plan.decides(task)) and not net.circles_silently(task) and not spins(plan, task)


def _machine(task: Task, executor: Executor) -> Task:
    """The task as a business-rule or service task, under the same id and name."""
    stem = identifier(task.id)
    if executor is Executor.DECISION:
        called = CalledDecision(decision=literal(decision_id(task.id)), result=f"result_{stem}")
        return replace(task, kind=TaskKind.BUSINESS_RULE, decision=called, human=None, job=None)
    return replace(
        task, kind=TaskKind.SERVICE, job=Job(type=literal(f"{executor.value}:{stem}")), human=None, decision=None
    )


def decision_id(task: str) -> str:
    """The id of the decision that a business-rule task asks."""
    return f"decide_{identifier(task)}"


def _with_work(scenario: Scenario, task: str, person: str, executor: Executor, duration: Distribution) -> Scenario:
    old = scenario.work[task]
    machine = Work(
        duration=duration,
        role=robots_of(task) if executor is Executor.ROBOT else None,
        delay=old.delay,
        delay_calendar=old.delay_calendar,
        delay_passes=old.delay_passes,
        delay_rhythm=old.delay_rhythm,
        delay_after=old.delay_after,
        automatic=True,
        cost=DECISION_COST if executor is Executor.DECISION else 0,
        priority=old.priority,
        origin=Origin.ASSUMED,
    )
    return replace(scenario, work={**scenario.work, task: machine, person: at_once(old)})


def at_once(work: Work) -> Work:
    """The work without its delay, which has passed before."""
    return replace(work, delay=None, delay_calendar=None, delay_passes=(), delay_rhythm=None, delay_after=())


def robots_of(task: str) -> str:
    """The role name of the robots that do ``task``."""
    return f"robot_{identifier(task)}"


def _with_robots(plan: Plan, task: str) -> Plan:
    """As many robots as keep each under ``ROBOT_LOAD``; their keep joins the standing cost."""
    scenario = plan.scenario
    executions = visits(plan.process, scenario).get(task, 0.0) * arrivals_per_week(scenario)
    busy = executions * mean(scenario.work[task].duration)
    count = max(1, math.ceil(busy / (WEEK_HOURS * 3600.0 * ROBOT_LOAD)))
    name = robots_of(task)
    robots = tuple(Resource(f"{name}_{number + 1}", ROBOT_CALENDAR, automatic=True) for number in range(count))
    calendars = {**scenario.calendars}
    calendars.setdefault(ROBOT_CALENDAR, always(ROBOT_CALENDAR, scenario.zone))
    roles = {**scenario.roles, name: Role(name, robots)}
    return replace(
        plan,
        scenario=replace(scenario, roles=roles, calendars=calendars),
        weekly_cost=plan.weekly_cost + count * ROBOT_WEEKLY,
    )


def seconds(value: float) -> Distribution:
    """A fixed duration."""
    return Distribution(Family.FIXED, (value,))
