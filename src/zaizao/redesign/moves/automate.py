"""Automate: a rule-like step by a robot, an assessment by a decision table; exceptions go to a person.

Formula: per execution, (1 − e) of the person's waiting, time and cost are saved, the machine's time and price are
added; manual share falls by v·(1 − e) executions, while v·e executions are added for the people.
"""

from __future__ import annotations

import math

from zaizao.problems import Text
from zaizao.redesign.durations import variance
from zaizao.redesign.estimate import hourly_rate
from zaizao.redesign.evidence import Assumption, Unit
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.fallback import DECISION_COST, ROBOT_WEEKLY, decidable, mechanise, seconds
from zaizao.redesign.graph import Net
from zaizao.redesign.moves.move import HOUR, manual_points, noted, percent, span
from zaizao.redesign.plan import Executor, Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking

ROBOT_SPEED = 0.25
"""Assumed share of a person's hands-on time that a robot needs (the catalogue's account inspection: 10 → 2.5 min)."""
ROBOT_FASTEST = 20.0
ROBOT_EXCEPTIONS = 0.10
DECISION_SECONDS = 2.0
DECISION_EXCEPTIONS = 0.20
LONGEST = 1.5 * HOUR
"""Steps that keep a person longer than this on average are not rule-like."""
STEADY = 0.3
"""Steps whose duration varies more (lower steadiness) are not rule-like."""
VARIED = 1.5
"""Or whose hands-on time varies more than this (coefficient of variation)."""
INSTANT = 5.0
"""Steps shorter than this are records of a status, which the process system can write itself."""
INSTANT_EXCEPTIONS = 0.02
IRREGULAR = 0.5
IRREGULAR_EXCEPTIONS = 0.4
"""Where the log shows more than ``IRREGULAR`` exceptional executions, this share is assumed to need a person."""
RAREST = 0.02
"""Steps rarer than this per case are not worth a machine."""


class Automate:
    """A person's step becomes a service task or a business-rule task with a fallback."""

    name = "automate"
    words = Text("自动化（机器人或决策）", "automate")
    thinking = Thinking.INTELLIGENCE
    condition = Text(
        "人工步骤，平均一个半小时以内、耗时稳定，不属于四眼或须人工保留的步骤",
        "a person's step of less than an hour and a half and steady duration, not under four eyes and not one that must stay",
    )
    formula = Text("v·[(1−e)·(等待+处理) − 机器时间]", "v·[(1−e)·(waiting + processing) − machine time]")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per rule-like human step: a decision where it answers a choice, else a robot."""
        found = [
            self._proposal(plan, facts, fact)
            for fact in facts.activities.values()
            if fact.visits >= RAREST and fact.processing <= LONGEST and _free(plan, fact.node)
            if _rule_like(plan, fact)
        ]
        return sorted(found, key=lambda proposal: -proposal.gain.manual)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The step mechanised with the proposal's exception rate."""
        task = proposal.targets[0]
        if not _free(plan, task):
            return None
        executor = _EXECUTORS[int(proposal.parameters["executor"])]
        duration = seconds(proposal.parameters["seconds"])
        changed = mechanise(plan, task, executor, proposal.parameters["exceptions"], duration)
        return None if changed is None else noted(changed, proposal)

    def _proposal(self, plan: Plan, facts: Facts, fact: ActivityFacts) -> Proposal:
        executor = _executor(plan, fact)
        exceptions, machine, standing = _terms(facts, fact, executor)
        saved = (1.0 - exceptions) * (fact.waiting + fact.processing) - machine
        who = _WHO[executor]
        rate = hourly_rate(plan.scenario, fact.role)
        return Proposal(
            key=f"{self.name}:{fact.node}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"“{fact.name}”由{who.zh}办理，{percent(exceptions)} 转人工",
                f'"{fact.name}" done by {who.en}, {percent(exceptions)} referred to a person',
            ),
            reason=Text(
                f"每案 {fact.visits:.2f} 次，每次 {span(fact.processing).zh}，等待 {span(fact.waiting).zh}",
                f"{fact.visits:.2f} times per case, {span(fact.processing).en} each, waiting {span(fact.waiting).en}",
            ),
            targets=(fact.node,),
            gain=Gain(
                cycle=fact.visits * saved,
                cost=fact.visits * ((1.0 - exceptions) * fact.processing / HOUR * rate - standing),
                manual=manual_points(facts, -fact.visits * (1.0 - exceptions), fact.visits * exceptions),
            ),
            assumptions=(
                Assumption(
                    f"exceptions:{fact.node}",
                    Text(f"“{fact.name}”转人工的比例", f'share of "{fact.name}" referred to a person'),
                    exceptions,
                ),
                Assumption(
                    f"machine-time:{fact.node}",
                    Text(f"“{fact.name}”的机器耗时", f'machine time of "{fact.name}"'),
                    machine,
                    Unit.SECONDS,
                ),
            ),
            parameters={
                "executor": float(_EXECUTORS.index(executor)),
                "exceptions": exceptions,
                "seconds": machine,
            },
            effort=_EFFORT[executor],
            risk=_RISK[executor] + (0.1 if fact.exceptional > IRREGULAR else 0.0),
            group=f"step:{fact.node}",
        )


_EXECUTORS = (Executor.ROBOT, Executor.DECISION, Executor.SYSTEM)
_WHO = {
    Executor.ROBOT: Text("机器人", "a robot"),
    Executor.DECISION: Text("决策表", "a decision table"),
    Executor.SYSTEM: Text("系统自动", "the system itself"),
}
_EFFORT = {Executor.ROBOT: 10.0, Executor.DECISION: 15.0, Executor.SYSTEM: 2.0}
_RISK = {Executor.ROBOT: 0.15, Executor.DECISION: 0.3, Executor.SYSTEM: 0.03}


def _free(plan: Plan, task_id: str) -> bool:
    """A plain step of people that no rule leaves to them and no machine has yet."""
    task = Net(plan.process).task(task_id)
    if task is None or not plan.human(task_id) or task_id in plan.automated:
        return False
    return not plan.fallback(task_id) and not plan.protected(task)


def _rule_like(plan: Plan, fact: ActivityFacts) -> bool:
    """Instant, or steady in the log, or steady in hands-on time (the log's durations may span nights)."""
    if fact.processing < INSTANT or fact.steadiness >= STEADY:
        return True
    return math.sqrt(variance(plan.scenario.work[fact.node].duration)) <= VARIED * fact.processing


def _executor(plan: Plan, fact: ActivityFacts) -> Executor:
    if fact.processing < INSTANT:
        return Executor.SYSTEM
    return Executor.DECISION if decidable(plan, fact.node) else Executor.ROBOT


def _terms(facts: Facts, fact: ActivityFacts, executor: Executor) -> tuple[float, float, float]:
    """Share of exceptions, seconds of machine time, fen of machine cost per execution."""
    if executor is Executor.SYSTEM:
        return INSTANT_EXCEPTIONS, 1.0, 0.0
    irregular = fact.exceptional > IRREGULAR
    if executor is Executor.DECISION:
        return IRREGULAR_EXCEPTIONS if irregular else DECISION_EXCEPTIONS, DECISION_SECONDS, float(DECISION_COST)
    keep = ROBOT_WEEKLY / max(facts.arrivals_per_week * fact.visits, 1e-9)
    machine = max(ROBOT_FASTEST, ROBOT_SPEED * fact.processing)
    return IRREGULAR_EXCEPTIONS if irregular else ROBOT_EXCEPTIONS, machine, keep
