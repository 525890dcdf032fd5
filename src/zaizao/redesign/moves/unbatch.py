"""Remove batching: work is begun when it is there, not when a pile is complete.

Formula: a pile of n that fills at rate λ makes each wait (n − 1)/(2λ) on average, never longer than the pile's time.
"""

from __future__ import annotations

from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.estimate import WEEK_HOURS
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.moves.move import HOUR, MINUTE, noted, span
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Batch, Origin


class RemoveBatching:
    """Lets work go on one by one."""

    name = "remove-batching"
    words = Text("取消攒批", "remove batching")
    thinking = Thinking.CLOSED_LOOP
    condition = Text("步骤攒够一批才办理", "a step that gathers a batch before it begins")
    formula = Text("v·min((n−1)/2λ, 攒批时限)", "v·min((n−1)/2λ, the batch's time)")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per step that gathers batches."""
        found = []
        for fact in facts.activities.values():
            work = plan.scenario.work.get(fact.node)
            if work is not None and work.batch is not None and fact.visits > 0:
                found.append(self._proposal(fact, _wait(facts, fact, work.batch), work.batch))
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The step without its batch."""
        task = proposal.targets[0]
        work = plan.scenario.work.get(task)
        if work is None or work.batch is None:
            return None
        single = replace(work, batch=None, origin=Origin.ASSUMED)
        scenario = replace(plan.scenario, work={**plan.scenario.work, task: single})
        return noted(replace(plan, scenario=scenario), proposal)

    def _proposal(self, fact: ActivityFacts, wait: float, batch: Batch) -> Proposal:
        size = (
            Text(f"每批 {batch.size}", f"batches of {batch.size}") if batch.size else Text("定时成批", "timed batches")
        )
        return Proposal(
            key=f"{self.name}:{fact.node}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"“{fact.name}”不再攒批，随到随办", f'"{fact.name}" one by one as work comes'),
            reason=Text(f"{size.zh}，平均等待 {span(wait).zh}", f"{size.en}, {span(wait).en} of waiting on average"),
            targets=(fact.node,),
            gain=Gain(cycle=fact.visits * wait),
            assumptions=(
                Assumption(
                    f"one-by-one:{fact.node}",
                    Text(
                        f"“{fact.name}”逐件办理不比成批慢", f'"{fact.name}" takes no longer one by one than in batches'
                    ),
                    1.0,
                ),
            ),
            effort=2.0,
            risk=0.05,
            group=f"batch:{fact.node}",
        )


def _wait(facts: Facts, fact: ActivityFacts, batch: Batch) -> float:
    """Mean seconds that an execution waits for its batch."""
    rate = facts.arrivals_per_week * fact.visits / (WEEK_HOURS * HOUR)
    full = (batch.size - 1) / (2.0 * rate) if batch.size and rate > 0 else batch.wait / 2.0
    return max(min(full, batch.wait), MINUTE if batch.wait >= MINUTE else batch.wait)
