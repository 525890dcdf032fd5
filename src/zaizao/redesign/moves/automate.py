"""Automate: a rule-like step by a robot, an assessment by a decision table; exceptions go to a person.

Formula: per execution, (1 − e) of the person's waiting, time and cost are saved, the machine's time and price are
added; manual share falls by v·(1 − e) executions, while v·e executions are added for the people.
"""

from __future__ import annotations

from zaizao.problems import Text
from zaizao.redesign.durations import mean, variance
from zaizao.redesign.estimate import hourly_rate
from zaizao.redesign.evidence import Assumption, Unit
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.fallback import DECISION_COST, ROBOT_WEEKLY, mechanise, seconds
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
VARIED = 3.0
"""Steps whose time varies more than this (coefficient of variation) are not rule-like."""
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
            if self._applies(plan, fact.node) and fact.visits >= RAREST
        ]
        return sorted(found, key=lambda proposal: -proposal.gain.manual)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The step mechanised with the proposal's exception rate."""
        task = proposal.targets[0]
        if not self._applies(plan, task):
            return None
        executor = Executor.DECISION if proposal.parameters["decision"] else Executor.ROBOT
        duration = seconds(proposal.parameters["seconds"])
        changed = mechanise(plan, task, executor, proposal.parameters["exceptions"], duration)
        return None if changed is None else noted(changed, proposal)

    def _applies(self, plan: Plan, task_id: str) -> bool:
        task = Net(plan.process).task(task_id)
        if task is None or not plan.human(task_id) or task_id in plan.automated:
            return False
        if plan.fallback(task_id) or plan.protected(task):
            return False
        duration = plan.scenario.work[task_id].duration
        centre = mean(duration)
        return 0 < centre <= LONGEST and variance(duration) ** 0.5 <= VARIED * centre

    def _proposal(self, plan: Plan, facts: Facts, fact: ActivityFacts) -> Proposal:
        decision = bool(plan.decides(fact.node))
        exceptions = DECISION_EXCEPTIONS if decision else ROBOT_EXCEPTIONS
        machine = DECISION_SECONDS if decision else max(ROBOT_FASTEST, ROBOT_SPEED * fact.processing)
        saved = (1.0 - exceptions) * (fact.waiting + fact.processing) - machine
        standing = DECISION_COST if decision else ROBOT_WEEKLY / max(facts.arrivals_per_week * fact.visits, 1e-9)
        who = Text("决策表", "a decision table") if decision else Text("机器人", "a robot")
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
            parameters={"decision": float(decision), "exceptions": exceptions, "seconds": machine},
            effort=15.0 if decision else 10.0,
            risk=0.3 if decision else 0.15,
            group=f"step:{fact.node}",
        )
