"""Knock-out order: among checks in a row, first the one that rejects most for the least time.

Formula: checks in ascending E[time] / rejection rate minimise the expected effort Σ cᵢ ∏ⱼ‹ᵢ (1 − rⱼ) when rejections
are independent. Legal and data order is kept: the next check is the best one whose predecessors are done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import ActivityFacts, Check, Facts, find_checks
from zaizao.redesign.graph import Net, edit
from zaizao.redesign.moves.move import manual_points, noted, percent
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking


class KnockOutOrder:
    """Reorders a chain of checks."""

    name = "knock-out-order"
    words = Text("检查先后重排（先淘汰）", "knock-out order")
    thinking = Thinking.DATA
    condition = Text(
        "两个以上检查依次相连，每个都可能直接淘汰", "two or more checks in a row, each of which may reject"
    )
    formula = Text("Σ cᵢ·∏ⱼ‹ᵢ(1−rⱼ)，按 时间/淘汰率 升序", "Σ cᵢ·∏ⱼ‹ᵢ(1−rⱼ), ascending time / rejection rate")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One proposal per chain whose best order differs from the present one."""
        found = []
        for chain in chains(plan, facts.checks):
            best = best_order(plan, facts, chain)
            if [check.task for check in best] != [check.task for check in chain]:
                found.append(self._proposal(facts, chain, best))
        return found

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The chain in the order of the proposal's targets."""
        wanted = proposal.targets
        for chain in chains(plan, find_checks(plan.process, plan.scenario)):
            by_task = {check.task: check for check in chain}
            if set(wanted) <= set(by_task) and len(chain) == len(wanted):
                return noted(reordered(plan, chain, [by_task[task] for task in wanted]), proposal)
        return None

    def _proposal(self, facts: Facts, chain: Sequence[Check], best: Sequence[Check]) -> Proposal:
        names = [facts.activities[check.task].name for check in best]
        entering = facts.activities[chain[0].task].visits
        rates = ", ".join(f"{facts.activities[check.task].name} {percent(check.rejection)}" for check in best)

        def saved(figure: Callable[[ActivityFacts], float]) -> float:
            before, after = (
                expected(order, [figure(facts.activities[check.task]) for check in order]) for order in (chain, best)
            )
            return entering * (before - after)

        human = saved(lambda fact: float(fact.human))
        return Proposal(
            key=f"{self.name}:{'>'.join(check.task for check in best)}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"检查顺序改为：{' → '.join(names)}", f"do the checks in this order: {' → '.join(names)}"),
            reason=Text(f"淘汰率：{rates}；先做又快又能淘汰的", f"rejection rates: {rates}; quick and rejecting first"),
            targets=tuple(check.task for check in best),
            gain=Gain(
                cycle=saved(lambda fact: fact.processing + fact.waiting + fact.delay),
                cost=saved(lambda fact: fact.cost),
                manual=manual_points(facts, -human, -saved(lambda _: 1.0)),
            ),
            assumptions=(
                Assumption(
                    "knock-out-independent",
                    Text(
                        "各检查的淘汰率不因先后而变，且互不需要对方的结果",
                        "rejection rates do not depend on the order, and no check needs another's result",
                    ),
                    1.0,
                ),
            ),
            effort=3.0,
            risk=0.15,
        )


def chains(plan: Plan, checks: Sequence[Check]) -> list[list[Check]]:
    """Maximal runs of two or more checks where passing one leads straight, and only so, to the next."""
    net = Net(plan.process)
    flow_target = {flow.id: flow.target for flow in plan.process.flows}
    by_task = {check.task: check for check in checks if net.task(check.task) is not None}
    following: dict[str, str] = {}
    for check in by_task.values():
        successor = flow_target[check.proceed]
        into = net.only_in(successor)
        if successor in by_task and into is not None and into.id == check.proceed:
            following[check.task] = successor
    result = []
    for start in by_task:
        if start in following.values():
            continue
        run = [start]
        while run[-1] in following:
            run.append(following[run[-1]])
        if len(run) > 1:
            result.append([by_task[task] for task in run])
    return result


def expected(order: Sequence[Check], costs: Sequence[float]) -> float:
    """Σ cᵢ ∏ⱼ‹ᵢ (1 − rⱼ): what a case that enters the chain is expected to cost."""
    whole, alive = 0.0, 1.0
    for check, cost in zip(order, costs, strict=True):
        whole += alive * cost
        alive *= 1.0 - check.rejection
    return whole


def best_order(plan: Plan, facts: Facts, chain: Sequence[Check]) -> list[Check]:
    """Ascending E[time] / rejection rate among the checks whose bound predecessors are done."""
    net = Net(plan.process)
    names = {check.task: plan.contains(net.nodes[check.task]) for check in chain}

    def must_wait(check: Check, others: Sequence[Check]) -> bool:
        return any(
            plan.rules.bound(first, second)
            for other in others
            if other is not check
            for first in names[other.task]
            for second in names[check.task]
        )

    left = list(chain)
    order: list[Check] = []
    while left:
        free = [check for check in left if not must_wait(check, left)] or left[:1]
        chosen = min(free, key=lambda check: _ratio(facts.activities[check.task], check.rejection))
        order.append(chosen)
        left.remove(chosen)
    return order


def _ratio(fact: ActivityFacts, rejection: float) -> float:
    return fact.processing / rejection if rejection > 0 else math.inf


def reordered(plan: Plan, chain: Sequence[Check], order: Sequence[Check]) -> Plan:
    """The same checks, each with its own gateway and rejects, in another order."""
    flows = {flow.id: flow for flow in plan.process.flows}
    leaving = flows[chain[-1].proceed].target
    turned = [replace(flow, target=order[0].task) for flow in flows.values() if flow.target == chain[0].task]
    for position, check in enumerate(order):
        target = order[position + 1].task if position + 1 < len(order) else leaving
        turned.append(replace(flows[check.proceed], target=target))
    return replace(plan, process=edit(plan.process, flows=turned))
