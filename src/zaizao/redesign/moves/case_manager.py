"""Case manager: two roles that hand cases to each other become one pool in which each can do both.

Formula: the pooled queue (Allen-Cunneen with all people) against the two separate ones, less the learning time. Four
eyes stay: a pair that needs two people is never pooled.
"""

from __future__ import annotations

import math
from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.durations import scaled
from zaizao.redesign.estimate import Load, loads, visits
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import Facts
from zaizao.redesign.moves.move import HOUR, noted, percent
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Role, Scenario

LEARNING = 0.05
"""Assumed lengthening of all pooled work, because people do more kinds of it."""
OFTEN = 0.2
"""Hand-overs per case between the two roles from which pooling is worth a thought."""


class CaseManager:
    """Pools two roles."""

    name = "case-manager"
    words = Text("综合岗（案件经理）", "case manager")
    thinking = Thinking.USER_VIEW
    condition = Text(
        "两个岗位之间交接频繁，且无四眼要求", "two roles that often hand over, with no four-eyes rule between"
    )
    formula = Text("分开排队等待 − 合并排队等待", "waits of separate queues − wait of the pooled queue")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per pair of roles that often hand cases to each other."""
        pairs: dict[tuple[str, str], float] = {}
        for (left, right), times in facts.hand_overs.items():
            pair = (min(left, right), max(left, right))
            pairs[pair] = pairs.get(pair, 0.0) + times
        found = [
            self._proposal(plan, facts, pair, times)
            for pair, times in pairs.items()
            if times >= OFTEN and _poolable(plan, *pair)
        ]
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """Both roles as one, under a name of both."""
        first, second = proposal.targets
        if not _poolable(plan, first, second):
            return None
        return noted(replace(plan, scenario=_pooled(plan.scenario, first, second)), proposal)

    def _proposal(self, plan: Plan, facts: Facts, pair: tuple[str, str], times: float) -> Proposal:
        visited = visits(plan.process, plan.scenario)
        after = loads(_pooled(plan.scenario, *pair), visited)[_pool_name(*pair)]
        saved = sum(_waits(facts.roles[role]) for role in pair) - _waits(after)
        first, second = pair
        return Proposal(
            key=f"{self.name}:{first}+{second}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"“{first}”与“{second}”合为综合岗", f'pool "{first}" and "{second}"'),
            reason=Text(f"每案在两岗之间交接 {times:.2f} 次", f"{times:.2f} hand-overs between the two per case"),
            targets=pair,
            gain=Gain(cycle=saved / max(facts.arrivals_per_week, 1e-9)),
            assumptions=(
                Assumption(
                    f"learning:{first}+{second}",
                    Text(f"合岗后处理时间增加 {percent(LEARNING)}", "lengthening of the work done in the pool"),
                    LEARNING,
                ),
            ),
            parameters={"learning": LEARNING},
            effort=12.0,
            risk=0.2,
            group=f"role:{first}",
        )


def _waits(load: Load) -> float:
    """Clock seconds waited in a week."""
    return load.executions * (load.wait if math.isfinite(load.wait) else 24 * HOUR)


def _pool_name(first: str, second: str) -> str:
    return f"{first} + {second}"


def _poolable(plan: Plan, first: str, second: str) -> bool:
    roles = plan.scenario.roles
    if first not in roles or second not in roles:
        return False
    if any(resource.automatic for name in (first, second) for resource in roles[name].resources):
        return False
    done: dict[str, set[str]] = {first: set(), second: set()}
    for node in plan.process.nodes:
        work = plan.scenario.work.get(node.id)
        if work is not None and work.role in done:
            done[work.role].update(plan.contains(node))
    return not any(plan.rules.apart(a, b) for a in done[first] for b in done[second])


def _pooled(scenario: Scenario, first: str, second: str) -> Scenario:
    name = _pool_name(first, second)
    people = (*scenario.roles[first].resources, *scenario.roles[second].resources)
    roles = {role: value for role, value in scenario.roles.items() if role not in (first, second)}
    work = {
        node: replace(
            value,
            role=name,
            duration=scaled(value.duration, 1.0 + LEARNING),
            cases=tuple((condition, scaled(duration, 1.0 + LEARNING)) for condition, duration in value.cases),
        )
        if value.role in (first, second)
        else value
        for node, value in scenario.work.items()
    }
    return replace(scenario, roles={**roles, name: Role(name, people)}, work=work)
