"""Prioritise: where one role does short and long work, the short goes first.

Formula: Cobham's waits for two classes without interruption, W₁ = W₀/(1−ρ₁), W₂ = W₀/((1−ρ₁)(1−ρ)), against W₀/(1−ρ)
first come, first served.
"""

from __future__ import annotations

from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.durations import mean
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.moves.move import MINUTE, noted, percent
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking

BUSY = 0.5
RATIO = 2.0
"""The long work takes at least this many times the short."""
URGENT = 10


class Prioritise:
    """Puts the short work of a role first."""

    name = "prioritise"
    words = Text("优先办理短件", "prioritise")
    thinking = Thinking.USER_VIEW
    condition = Text(
        f"同一岗位忙碌超过 {percent(BUSY)}，既办长件也办短件",
        f"a role busy for over {percent(BUSY)} with long and short work",
    )
    formula = Text("W₀/(1−ρ) 对 W₀/(1−ρ₁) 与 W₀/((1−ρ₁)(1−ρ))", "W₀/(1−ρ) against W₀/(1−ρ₁) and W₀/((1−ρ₁)(1−ρ))")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per busy role with mixed work."""
        found = []
        for role, load in facts.roles.items():
            short = _short(facts, role)
            if role in plan.scenario.roles and short and BUSY < load.utilisation < 1.0:
                found.append(self._proposal(facts, role, short))
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The short tasks that are still done by this role, with a higher priority."""
        role, *tasks = proposal.targets
        work = dict(plan.scenario.work)
        still = [task for task in tasks if task in work and work[task].role == role]
        others = [w for node, w in work.items() if w.role == role and node not in still]
        if not still or not others:
            return None
        if mean(others[0].duration) <= 0:
            return None
        for task in still:
            work[task] = replace(work[task], priority=work[task].priority + URGENT)
        return noted(replace(plan, scenario=replace(plan.scenario, work=work)), proposal)

    def _proposal(self, facts: Facts, role: str, short: list[ActivityFacts]) -> Proposal:
        load = facts.roles[role]
        all_visits = sum(fact.visits for fact in facts.activities.values() if fact.role == role)
        first = sum(fact.visits for fact in short)
        rho1 = load.utilisation * sum(f.visits * f.processing for f in short) * facts.arrivals_per_week / load.demand
        base = load.wait * (1.0 - load.utilisation)
        rest = all_visits - first
        waits = first * base / (1 - rho1) + rest * base / ((1 - rho1) * (1 - load.utilisation))
        names = ", ".join(fact.name for fact in short)
        return Proposal(
            key=f"{self.name}:{role}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"“{role}”先办 {names}", f'"{role}" does {names} first'),
            reason=Text(f"忙碌 {load.utilisation:.0%}，长短件混排", f"busy for {load.utilisation:.0%} with mixed work"),
            targets=(role, *(fact.node for fact in short)),
            gain=Gain(cycle=all_visits * load.wait - waits),
            assumptions=(
                Assumption(
                    f"fair:{role}",
                    Text("长件等待变长可以接受", "it is accepted that long work waits longer"),
                    1.0,
                ),
            ),
            effort=1.0,
            risk=0.05,
            group=f"priority:{role}",
        )


def _short(facts: Facts, role: str) -> list[ActivityFacts]:
    """The role's tasks that take at most a ``RATIO``-th of its longest one; empty where all are alike."""
    mine = [fact for fact in facts.activities.values() if fact.role == role and fact.human and fact.visits > 0]
    longest = max((fact.processing for fact in mine), default=0.0)
    if longest < MINUTE:
        return []
    return [fact for fact in mine if fact.processing * RATIO <= longest]
