"""Single entry: data are asked for once, complete and checked at the entry, so that fewer cases come back.

Applies to a choice that sends cases back to work already done. Formula: a loop that is taken with probability p runs
1 / (1 − p) times; halving p spares 1 / (1 − p) − 1 / (1 − p·k) rounds of the work inside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.estimate import share
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import Facts
from zaizao.redesign.graph import Net
from zaizao.redesign.moves.move import MINUTE, manual_points, noted, percent
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Branching, Origin

RAREST = 0.05
"""Loops taken less often are left alone."""
REMAINING = 0.5


class SingleEntry:
    """Lowers the probability of a way back."""

    name = "single-entry"
    words = Text("一次录入、入口校验", "single entry of data")
    thinking = Thinking.DATA
    condition = Text(f"超过 {percent(RAREST)} 的案例被退回重做", f"more than {percent(RAREST)} are sent back")
    formula = Text("[1/(1−p) − 1/(1−kp)]·环内工作", "[1/(1−p) − 1/(1−kp)]·work in the loop")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per way back that is taken often."""
        found = []
        for gateway, flow, probability, inside in _loops(plan):
            steps = [facts.activities[node] for node in inside if node in facts.activities]
            if RAREST <= probability < 0.95 and any(step.human and step.processing >= MINUTE for step in steps):
                found.append(self._proposal(plan, facts, gateway, flow, probability, inside))
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The weights of the choice with a rarer way back."""
        gateway, flow = proposal.targets
        old = plan.scenario.branching.get(gateway)
        if old is None or not any(f.id == flow and f.source == gateway for f in plan.process.flows):
            return None
        factor = proposal.parameters["remaining"]
        rarer = Branching(
            _rarer(old.weights, flow, factor),
            tuple(_rarer(weights, flow, factor) for weights in old.passes),
            tuple((condition, _rarer(weights, flow, factor)) for condition, weights in old.cases),
            Origin.ASSUMED,
        )
        scenario = replace(plan.scenario, branching={**plan.scenario.branching, gateway: rarer})
        return noted(replace(plan, scenario=scenario), proposal)

    def _proposal(
        self, plan: Plan, facts: Facts, gateway: str, flow: str, probability: float, inside: list[str]
    ) -> Proposal:
        steps = [facts.activities[node] for node in inside if node in facts.activities]
        rounds = 1.0 / (1.0 - probability) - 1.0 / (1.0 - REMAINING * probability)
        entering = max(min(step.visits for step in steps) * (1.0 - probability), 0.0)
        target = next(f.target for f in plan.process.flows if f.id == flow)
        first = Net(plan.process).first_work(target)
        back = first.name if first is not None else steps[0].name
        human = rounds * entering * sum(step.human for step in steps)
        return Proposal(
            key=f"{self.name}:{flow}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"入口一次录齐并校验，减少退回“{back}”", f'complete data at the entry: fewer go back to "{back}"'
            ),
            reason=Text(f"{percent(probability)} 被退回", f"{percent(probability)} are sent back"),
            targets=(gateway, flow),
            gain=Gain(
                cycle=rounds * entering * sum(step.waiting + step.processing + step.delay for step in steps),
                cost=rounds * entering * sum(step.cost for step in steps),
                manual=manual_points(facts, -human, -rounds * entering * len(steps)),
            ),
            assumptions=(
                Assumption(
                    f"back:{flow}",
                    Text(f"退回“{back}”的比例降为原来的", f'share of the returns to "{back}" that remains'),
                    REMAINING,
                ),
            ),
            parameters={"remaining": REMAINING, "probability": probability},
            effort=12.0,
            risk=0.05,
            group=f"flow:{flow}",
        )


def _loops(plan: Plan) -> list[tuple[str, str, float, list[str]]]:
    """(gateway, flow back, probability, nodes in the loop) for each answered choice with one way back."""
    net = Net(plan.process)
    found = []
    for node, flows in net.outgoing.items():
        if node not in plan.scenario.branching or len(flows) < 2 or node not in plan.deciders:
            continue
        returning = [flow for flow in flows if net.goes_back(flow)]
        if len(returning) != 1:
            continue
        flow = returning[0]
        inside = [one for one in net.reachable([flow.target], avoiding=node) if node in net.after(one)]
        found.append((node, flow.id, share(plan.scenario, node, flow.id, len(flows)), sorted(inside)))
    return found


def _rarer(weights: Mapping[str, float], flow: str, factor: float) -> dict[str, float]:
    """The weights with ``flow`` times ``factor``, the others raised in proportion to keep the sum."""
    others = sum(weight for name, weight in weights.items() if name != flow)
    freed = weights.get(flow, 0.0) * (1.0 - factor)
    if others <= 0.0:
        return dict(weights)
    return {
        name: weight * factor if name == flow else weight * (1.0 + freed / others) for name, weight in weights.items()
    }
