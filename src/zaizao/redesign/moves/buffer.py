"""Buffer outside data: what the process waits for from outside is fetched before it is needed.

A subscription, an interface into the partner's platform, or a copy that is kept fresh takes the place of asking and
waiting. Formula: v·(1 − k)·delay, k the assumed remaining share.
"""

from __future__ import annotations

from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.durations import mean, scaled
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.moves.move import HOUR, noted, percent, span
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Origin

REMAINING = 0.3


class BufferOutsideData:
    """Shortens the wait for the outside before a step."""

    name = "buffer-outside-data"
    words = Text("外部数据预取", "buffer outside data")
    thinking = Thinking.ECOSYSTEM
    condition = Text("步骤开始前要等外部一小时以上", "a step that waits for the outside for more than an hour")
    formula = Text("v·(1−k)·外部等待", "v·(1−k)·outside delay")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per step with a long outside delay."""
        found = [
            self._proposal(fact)
            for fact in facts.activities.values()
            if fact.delay >= HOUR and plan.scenario.work[fact.node].delay is not None
        ]
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The scenario with the shorter delay."""
        task = proposal.targets[0]
        work = plan.scenario.work.get(task)
        if work is None or work.delay is None or mean(work.delay) <= 0.0:
            return None
        factor = proposal.parameters["remaining"]
        passes = tuple(scaled(delay, factor) for delay in work.delay_passes)
        after = tuple(
            replace(one, delay=None if one.delay is None else scaled(one.delay, factor)) for one in work.delay_after
        )
        shorter = replace(
            work,
            delay=scaled(work.delay, factor),
            delay_passes=passes,
            delay_after=after,
            origin=Origin.ASSUMED,
        )
        scenario = replace(plan.scenario, work={**plan.scenario.work, task: shorter})
        return noted(replace(plan, scenario=scenario), proposal)

    def _proposal(self, fact: ActivityFacts) -> Proposal:
        return Proposal(
            key=f"{self.name}:{fact.node}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"“{fact.name}”之前的外部等待：提前取数、自动催办",
                f'before "{fact.name}": fetch outside data beforehand, remind automatically',
            ),
            reason=Text(
                f"每次等外部 {span(fact.delay).zh}", f"{span(fact.delay).en} of waiting for the outside each time"
            ),
            targets=(fact.node,),
            gain=Gain(cycle=fact.visits * (1.0 - REMAINING) * fact.delay),
            assumptions=(
                Assumption(
                    f"outside:{fact.node}",
                    Text(
                        f"“{fact.name}”之前的外部等待还剩 {percent(REMAINING)}",
                        f'share of the outside wait before "{fact.name}" that remains',
                    ),
                    REMAINING,
                ),
            ),
            parameters={"remaining": REMAINING},
            effort=15.0,
            risk=0.1,
            group=f"delay:{fact.node}",
        )
