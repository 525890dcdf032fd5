"""On-line channel: the first human step moves to the customer's phone; who cannot is served at the counter as before.

Formula: (1 − e) of the step's waiting and handling is saved; the customer's own minutes are not the bank's work.
"""

from __future__ import annotations

from zaizao.problems import Text
from zaizao.redesign.estimate import hourly_rate
from zaizao.redesign.evidence import Assumption, Unit
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.fallback import mechanise, seconds
from zaizao.redesign.graph import Net
from zaizao.redesign.moves.move import HOUR, MINUTE, manual_points, noted, percent
from zaizao.redesign.plan import AT_START, Executor, Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking

AT_COUNTER = 0.15
CUSTOMER_TIME = 8 * MINUTE


class OnlineChannel:
    """Turns the intake into self-service with a fallback at the counter."""

    name = "online-channel"
    words = Text("线上办理", "on-line channel")
    thinking = Thinking.INTERNET
    condition = Text("流程的第一个人工步骤（受理）", "the first human step of the process (intake)")
    formula = Text("v·(1−e)·(等待+处理)−客户自助时间", "v·(1−e)·(waiting + processing) − the customer's own time")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """At most one: the intake."""
        first = _intake(plan)
        return [] if first is None or first not in facts.activities else [self._proposal(plan, facts, first)]

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The intake as self-service."""
        task = proposal.targets[0]
        if _intake(plan) != task:
            return None
        duration = seconds(proposal.parameters["seconds"])
        changed = mechanise(plan, task, Executor.PORTAL, proposal.parameters["exceptions"], duration)
        return None if changed is None else noted(changed, proposal)

    def _proposal(self, plan: Plan, facts: Facts, task: str) -> Proposal:
        fact: ActivityFacts = facts.activities[task]
        share = 1.0 - AT_COUNTER
        saved = share * (fact.waiting + fact.processing) - CUSTOMER_TIME
        return Proposal(
            key=f"{self.name}:{task}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"“{fact.name}”改为客户线上自助", f'"{fact.name}" done by the customer on line'),
            reason=Text("第一个人工步骤，由客户发起", "the first human step, started by the customer"),
            targets=(task,),
            gain=Gain(
                cycle=fact.visits * saved,
                cost=fact.visits * share * fact.processing / HOUR * hourly_rate(plan.scenario, fact.role),
                manual=manual_points(facts, -fact.visits * share, fact.visits * AT_COUNTER),
            ),
            assumptions=(
                Assumption(
                    f"counter:{task}",
                    Text(
                        f"仍到柜台办理的比例（{percent(AT_COUNTER)}）",
                        "share of customers who still come to the counter",
                    ),
                    AT_COUNTER,
                ),
                Assumption(
                    f"self-service:{task}",
                    Text("客户自助填写时间", "the customer's own time on line"),
                    CUSTOMER_TIME,
                    Unit.SECONDS,
                ),
            ),
            parameters={"exceptions": AT_COUNTER, "seconds": CUSTOMER_TIME},
            effort=20.0,
            risk=0.2,
            group=f"step:{task}",
        )


def _intake(plan: Plan) -> str | None:
    """The first human task that every case passes, walking from the start over single ways on."""
    net = Net(plan.process)
    starts = [node for node in net.nodes if not net.incoming[node]]
    node = starts[0] if len(starts) == 1 else AT_START
    seen: set[str] = set()
    while node and node not in seen:
        seen.add(node)
        task = net.task(node)
        if task is not None and plan.human(node):
            return None if plan.protected(task) or plan.decides(node) else node
        out = net.only_out(node)
        node = out.target if out is not None else AT_START
    return None
