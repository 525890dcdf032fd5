"""Resequence late: work that a later check may make useless is done after the check.

Formula: the step's time and cost are saved for the cases that the checks reject: v·r·(waiting + processing).
"""

from __future__ import annotations

from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import Check, Facts, find_checks
from zaizao.redesign.graph import Net, bypass, insert_on
from zaizao.redesign.moves.move import manual_points, noted, percent
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking

BOTH_ORDERS = 0.1
LOWEST = 0.02
"""Checks that reject less are not worth waiting for."""


class ResequenceLate:
    """Moves a step behind the check that follows it."""

    name = "resequence-late"
    words = Text("推后到检查之后", "resequence late")
    thinking = Thinking.DATA
    condition = Text(
        "步骤后面紧跟可能淘汰的检查，且日志中两种先后都出现过，或由人声明互不依赖",
        "a step right before a check that may reject, seen in both orders or declared independent by a person",
    )
    formula = Text("v·r·(等待+处理)", "v·r·(waiting + processing)")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per step that stands before a check."""
        found = []
        for check in facts.checks:
            task = _before(plan, check)
            if task is None or task not in facts.activities or check.rejection < LOWEST:
                continue
            names = facts.activities[task].name, facts.activities[check.task].name
            if plan.rules.free(*names) or (facts.reversed_share(*names) or 0.0) >= BOTH_ORDERS:
                found.append(self._proposal(facts, task, check))
        return sorted(found, key=lambda proposal: -proposal.gain.cost)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The step on the check's way on."""
        task, checked = proposal.targets
        for check in find_checks(plan.process, plan.scenario):
            if check.task == checked and _before(plan, check) == task:
                node = Net(plan.process).nodes[task]
                process = insert_on(bypass(plan.process, task), check.proceed, node)
                return noted(replace(plan, process=process), proposal)
        return None

    def _proposal(self, facts: Facts, task: str, check: Check) -> Proposal:
        step, checked = facts.activities[task], facts.activities[check.task]
        spared = step.visits * check.rejection
        human = -spared if step.human else 0.0
        return Proposal(
            key=f"{self.name}:{task}>{check.task}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"“{step.name}”改在“{checked.name}”通过之后做", f'do "{step.name}" after "{checked.name}" passes'
            ),
            reason=Text(
                f"“{checked.name}”淘汰 {percent(check.rejection)}，这些案例白做了“{step.name}”",
                f'"{checked.name}" rejects {percent(check.rejection)}, for which "{step.name}" was done in vain',
            ),
            targets=(task, check.task),
            gain=Gain(
                cycle=spared * (step.waiting + step.processing + step.delay),
                cost=spared * step.cost,
                manual=manual_points(facts, human, -spared),
            ),
            assumptions=(
                Assumption(
                    f"not-needed:{task}>{check.task}",
                    Text(
                        f"“{checked.name}”不需要“{step.name}”的结果",
                        f'"{checked.name}" does not need the result of "{step.name}"',
                    ),
                    1.0,
                ),
            ),
            effort=2.0,
            risk=0.2,
            group=f"step:{task}",
        )


def _before(plan: Plan, check: Check) -> str | None:
    """The plain task directly and only before the check's task, where no rule holds it there."""
    net = Net(plan.process)
    into = net.only_in(check.task)
    if into is None or net.task(check.task) is None:
        return None
    step = net.task(into.source)
    if step is None or not net.sequential(step.id, check.task) or plan.decides(step.id):
        return None
    names = plan.contains(net.nodes[check.task])
    held = any(plan.rules.bound(a, b) for a in plan.contains(step) for b in names)
    return None if held or step.id in plan.automated else step.id
