"""Triage: small cases are handled in a simple way, the others as before.

The border is a quantile of a number that every case carries (the amount); the simple way asks for a share of the full
handling time. Formula: v·q·(1 − k)·processing for the people, and the waiting that falls with their load.
"""

from __future__ import annotations

import numpy as np

from zaizao.problems import Text
from zaizao.redesign.durations import quantile
from zaizao.redesign.estimate import hourly_rate
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.graph import Net
from zaizao.redesign.moves.move import HOUR, MINUTE, noted, percent, span
from zaizao.redesign.moves.splitting import Kind, split_off
from zaizao.redesign.naming import SIMPLE
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Condition

SMALL = 0.5
"""Share of cases that count as small."""
SIMPLER = 0.5
"""Assumed share of the full handling time that the simple way needs."""


class Triage:
    """Splits a long human step by the size of the case."""

    name = "triage"
    words = Text("繁简分流", "triage")
    thinking = Thinking.USER_VIEW
    condition = Text(
        "案例带有金额等数值，人工步骤平均五分钟以上",
        "cases carry a number such as the amount; a human step over five minutes",
    )
    formula = Text("v·q·(1−k)·处理时间", "v·q·(1−k)·processing")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per long human step, where cases carry a number."""
        border = border_of(plan)
        if border is None:
            return []
        found = [
            self._proposal(plan, fact, *border)
            for fact in facts.activities.values()
            if fact.human and fact.processing >= 5 * MINUTE and _applies(plan, fact.node)
        ]
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The step twice, simple and full, chosen by the number that the case carries."""
        task = proposal.targets[0]
        border = border_of(plan)
        if border is None or not _applies(plan, task):
            return None
        attribute, limit = border[0], proposal.parameters["border"]
        kind = Kind(
            conditions=(Condition(attribute, high=limit), Condition(attribute, low=limit)),
            label=f"{attribute} < {limit:,.0f}",
            share=SMALL,
            factor=SIMPLER,
            suffix=SIMPLE,
        )
        return noted(split_off(plan, task, kind), proposal)

    def _proposal(self, plan: Plan, fact: ActivityFacts, attribute: str, border: float) -> Proposal:
        saved = fact.visits * SMALL * (1.0 - SIMPLER) * fact.processing
        return Proposal(
            key=f"{self.name}:{fact.node}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"“{fact.name}”按 {attribute} 分流，{border:,.0f} 以下简易办理",
                f'"{fact.name}" by {attribute}: simple handling below {border:,.0f}',
            ),
            reason=Text(
                f"每次 {span(fact.processing).zh}，不分大小", f"{span(fact.processing).en} each whatever the size"
            ),
            targets=(fact.node,),
            gain=Gain(
                cycle=saved + fact.visits * SMALL * (1.0 - SIMPLER) * fact.waiting,
                cost=saved / HOUR * hourly_rate(plan.scenario, fact.role),
            ),
            assumptions=(
                Assumption(
                    f"simple:{fact.node}",
                    Text(
                        f"“{fact.name}”简易办理所需时间占 {percent(SIMPLER)}",
                        f'simple handling of "{fact.name}" takes this share of the full time',
                    ),
                    SIMPLER,
                ),
            ),
            parameters={"border": border, "share": SMALL},
            effort=4.0,
            risk=0.25,
            group=f"step:{fact.node}",
        )


def border_of(plan: Plan) -> tuple[str, float] | None:
    """The first number that cases carry and its median, rounded to two digits."""
    for attribute in plan.scenario.attributes:
        if attribute.number is not None:
            median = quantile(attribute.number, SMALL)
            if median > 0:
                return attribute.name, _two_digits(median)
    return None


def _two_digits(value: float) -> float:
    size = 10.0 ** (np.floor(np.log10(value)) - 1)
    return float(round(value / size) * size)


def _applies(plan: Plan, task_id: str) -> bool:
    task = Net(plan.process).task(task_id)
    if task is None or not plan.human(task_id) or Net(plan.process).only_out(task_id) is None:
        return False
    return not plan.protected(task) and task_id not in plan.automated and not plan.fallback(task_id)
