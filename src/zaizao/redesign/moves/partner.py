"""Partner integration: what a partner sends and a person types comes through the partner's own system.

Formula: v·[(1 − k)·delay + (1 − e)·(waiting + processing)] less the partner's fee, k the share of the wait that remains,
e the exceptions that a person still handles.
"""

from __future__ import annotations

from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.durations import scaled
from zaizao.redesign.estimate import hourly_rate
from zaizao.redesign.evidence import Assumption, Unit
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.fallback import mechanise, seconds
from zaizao.redesign.graph import Net
from zaizao.redesign.moves.move import HOUR, manual_points, noted, percent, span
from zaizao.redesign.plan import Executor, Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking

REMAINING = 0.4
EXCEPTIONS = 0.15
CALL_SECONDS = 3.0
FEE = 100
"""Assumed fee of the partner per call: 1 yuan, in fen."""


class PartnerIntegration:
    """A step that waits for a partner is done in the partner's system."""

    name = "partner-integration"
    words = Text("伙伴系统直连", "partner integration")
    thinking = Thinking.ECOSYSTEM
    condition = Text(
        "人工步骤开始前要等外部一小时以上，不属于四眼或须人工保留的步骤，也不判断去留",
        "a person's step that waits for the outside for over an hour, not under four eyes, not one that must stay or judges",
    )
    formula = Text("v·[(1−k)·外部等待 + (1−e)·(等待+处理)]", "v·[(1−k)·delay + (1−e)·(waiting + processing)]")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per human step with a long outside delay that answers no choice."""
        found = [
            self._proposal(plan, facts, fact)
            for fact in facts.activities.values()
            if fact.delay >= HOUR and _free(plan, fact.node)
        ]
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The delay shortened, the step done by the partner's system, exceptions by the person as before."""
        task = proposal.targets[0]
        work = plan.scenario.work.get(task)
        if work is None or work.delay is None or not _free(plan, task):
            return None
        factor = proposal.parameters["remaining"]
        shorter = replace(
            work,
            delay=scaled(work.delay, factor),
            delay_passes=tuple(scaled(delay, factor) for delay in work.delay_passes),
            delay_after=(),
        )
        prepared = replace(plan, scenario=replace(plan.scenario, work={**plan.scenario.work, task: shorter}))
        changed = mechanise(prepared, task, Executor.SYSTEM, proposal.parameters["exceptions"], seconds(CALL_SECONDS))
        if changed is None:
            return None
        paid = replace(changed.scenario.work[task], cost=FEE)
        scenario = replace(changed.scenario, work={**changed.scenario.work, task: paid})
        return noted(replace(changed, scenario=scenario), proposal)

    def _proposal(self, plan: Plan, facts: Facts, fact: ActivityFacts) -> Proposal:
        saved = (1.0 - REMAINING) * fact.delay + (1.0 - EXCEPTIONS) * fact.processing
        hours = (1.0 - EXCEPTIONS) * fact.processing / HOUR
        return Proposal(
            key=f"{self.name}:{fact.node}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"“{fact.name}”由伙伴系统直连完成，{percent(EXCEPTIONS)} 转人工",
                f'"{fact.name}" through the partner\'s system, {percent(EXCEPTIONS)} referred to a person',
            ),
            reason=Text(
                f"每次等外部 {span(fact.delay).zh}，再由人办 {span(fact.processing).zh}",
                f"{span(fact.delay).en} of waiting for the outside, then {span(fact.processing).en} by a person",
            ),
            targets=(fact.node,),
            gain=Gain(
                cycle=fact.visits * saved,
                cost=fact.visits * (hours * hourly_rate(plan.scenario, fact.role) - FEE),
                manual=manual_points(facts, -fact.visits * (1.0 - EXCEPTIONS), fact.visits * EXCEPTIONS),
            ),
            assumptions=(
                Assumption(
                    f"partner:{fact.node}",
                    Text(
                        f"“{fact.name}”之前的外部等待还剩的比例",
                        f'share of the outside wait before "{fact.name}" that remains with the partner\'s system',
                    ),
                    REMAINING,
                ),
                Assumption(
                    f"exceptions:{fact.node}",
                    Text(f"“{fact.name}”转人工的比例", f'share of "{fact.name}" referred to a person'),
                    EXCEPTIONS,
                ),
                Assumption(
                    f"partner-fee:{fact.node}",
                    Text("伙伴每次收费（分）", "the partner's fee per call"),
                    float(FEE),
                    Unit.FEN,
                ),
            ),
            parameters={"remaining": REMAINING, "exceptions": EXCEPTIONS},
            effort=20.0,
            risk=0.2,
            group=f"step:{fact.node}",
        )


def _free(plan: Plan, task_id: str) -> bool:
    task = Net(plan.process).task(task_id)
    if task is None or not plan.human(task_id) or task_id in plan.automated or plan.decides(task_id):
        return False
    return not plan.fallback(task_id) and not plan.protected(task)
