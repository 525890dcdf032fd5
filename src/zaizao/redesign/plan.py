"""A plan: a process with the scenario in which it runs, the rules it must keep and the changes made so far.

Rule kept: a plan is complete. Simulating, drawing, building and rehearsing need nothing besides it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from zaizao.bpmn import FlowNode, Gateway, GatewayKind, Process, Task
from zaizao.redesign.graph import Net
from zaizao.redesign.proposal import Proposal
from zaizao.simulation import Scenario

AT_START = ""
"""In ``Plan.deciders``: the answer is known when the case starts."""


class Executor(StrEnum):
    """Who does an automated step: a robot at the screens, the process system itself, a decision table, or the
    customer at the portal."""

    ROBOT = "robot"
    SYSTEM = "system"
    DECISION = "decision"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Automation:
    """A step done by a machine, with the way back to a person.

    ``split`` chooses between ``normal`` and ``exception``, the flow to the task ``person``. ``share`` is the assumed
    share of exceptions.
    """

    task: str
    executor: Executor
    split: str
    normal: str
    exception: str
    person: str
    share: float


@dataclass(frozen=True, slots=True)
class Rules:
    """Side conditions that no move breaks, by activity name.

    ``four_eyes``: pairs that two different people must do. ``order``: (before, after) by law or because the second
    needs what the first finds. ``kept``: steps that stay, done by people. ``independent``: pairs of which a person says
    that neither needs the other's result.
    """

    four_eyes: frozenset[frozenset[str]] = frozenset()
    order: frozenset[tuple[str, str]] = frozenset()
    kept: frozenset[str] = frozenset()
    independent: frozenset[frozenset[str]] = frozenset()

    def apart(self, first: str, second: str) -> bool:
        """True where the four-eyes rule keeps the two with different people."""
        return frozenset((first, second)) in self.four_eyes

    def free(self, first: str, second: str) -> bool:
        """True where a person has declared the two independent of each other."""
        return frozenset((first, second)) in self.independent

    def bound(self, first: str, second: str) -> bool:
        """True where ``first`` must come before ``second``."""
        return (first, second) in self.order


@dataclass(frozen=True, slots=True)
class Plan:
    """``deciders``: which tasks (or ``AT_START``) answer an exclusive gateway. ``covers``: the activities that a
    composed task contains, in order. ``weekly_cost``: standing fen per week on top of hours worked (added people's
    pay, robots' keep). ``applied``: the proposals applied so far.
    """

    process: Process
    scenario: Scenario
    rules: Rules = Rules()
    deciders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    automated: Mapping[str, Automation] = field(default_factory=dict)
    covers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weekly_cost: int = 0
    applied: tuple[Proposal, ...] = ()

    def contains(self, node: FlowNode) -> tuple[str, ...]:
        """The activity names done in ``node``."""
        return self.covers.get(node.id, (node.name,))

    def human(self, node: str) -> bool:
        """True where the scenario says that people do this task."""
        work = self.scenario.work.get(node)
        return work is not None and not work.automatic and work.role is not None

    def protected(self, node: FlowNode) -> bool:
        """True where the rules leave this work to people: a step that stays, or half of a four-eyes pair."""
        names = self.contains(node)
        return any(name in self.rules.kept or any(name in pair for pair in self.rules.four_eyes) for name in names)

    def fallback(self, node: str) -> bool:
        """True for the task by which a person takes over from a machine."""
        return any(automation.person == node for automation in self.automated.values())

    def decides(self, node: str) -> tuple[str, ...]:
        """The gateways that ``node`` answers, in the model's order."""
        return tuple(gateway for gateway, tasks in self.deciders.items() if node in tasks)


def plan_of(process: Process, scenario: Scenario, rules: Rules | None = None) -> Plan:
    """The plan as it is: nothing applied; each choice is answered by the nearest tasks upstream."""
    return Plan(process, scenario, rules or Rules(), deciders=nearest_deciders(process))


def nearest_deciders(process: Process) -> dict[str, tuple[str, ...]]:
    """For each diverging exclusive or inclusive gateway, the tasks reached first when walking back from it."""
    net = Net(process)
    return {
        node.id: _upstream(net, node.id, frozenset())
        for node in process.nodes
        if isinstance(node, Gateway)
        and node.kind in (GatewayKind.EXCLUSIVE, GatewayKind.INCLUSIVE)
        and len(net.outgoing[node.id]) > 1
    }


def suppliers(plan: Plan, task: str) -> tuple[str, ...]:
    """The nearest steps before ``task`` that can bring it data: tasks that are not decisions, or ``AT_START``."""
    return _upstream(Net(plan.process), task, _decisions(plan))


def spins(plan: Plan, task: str) -> bool:
    """True where, with ``task`` a decision, some loop would hold decisions only: the same data, the same answer."""
    net = Net(plan.process)
    through = _decisions(plan) | {task}
    seen: set[str] = set()
    stack = [flow.target for flow in net.outgoing[task]]
    while stack:
        node = stack.pop()
        if node == task:
            return True
        if node in seen or (isinstance(net.nodes[node], Task) and node not in through):
            continue
        seen.add(node)
        stack.extend(flow.target for flow in net.outgoing[node])
    return False


def _decisions(plan: Plan) -> frozenset[str]:
    return frozenset(name for name, one in plan.automated.items() if one.executor is Executor.DECISION)


def _upstream(net: Net, node: str, transparent: frozenset[str]) -> tuple[str, ...]:
    """Tasks reached first when walking back; gateways, events and ``transparent`` tasks are walked through."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    stack = [node]
    while stack:
        here = stack.pop(0)
        into = net.incoming[here]
        if not into:
            found[AT_START] = None
        for flow in into:
            source = flow.source
            if isinstance(net.nodes[source], Task) and source not in transparent:
                found[source] = None
            elif source not in seen:
                seen.add(source)
                stack.append(source)
    return tuple(found)
