"""Compose: two steps that pass a case from one person to the next become one step of one person.

Formula: the second step's wait in queue falls away, and with it the time to read into the case (assumed share of the
second step). Cost follows the time. Never across a four-eyes pair.
"""

from __future__ import annotations

from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.durations import NOTHING, scaled, total
from zaizao.redesign.estimate import hourly_rate
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.graph import Net, bypass, edit
from zaizao.redesign.moves.move import HOUR, manual_points, noted, percent, span
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Work

SET_UP = 0.10
"""Assumed share of the second step that goes into reading into the case."""


class Compose:
    """Removes a hand-over by joining two neighbouring human steps."""

    name = "compose"
    words = Text("合并环节、取消交接", "remove a hand-over")
    thinking = Thinking.CLOSED_LOOP
    condition = Text(
        "两个人工步骤直接相连，且不要求两人分办",
        "two human steps directly after each other that need not be done by two people",
    )
    formula = Text("v·(后一步等待 + 熟悉案件时间)", "v·(wait of the second step + time to read into the case)")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per joinable pair, longest wait saved first."""
        net = Net(plan.process)
        found = []
        for task in facts.activities:
            out = net.only_out(task) if task in net.nodes else None
            if out is not None and out.target in facts.activities and _joinable(plan, task, out.target):
                first, second = facts.activities[task], facts.activities[out.target]
                found.append(self._proposal(plan, facts, first, second))
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The pair as one task under the id of the first; it answers what the second answered."""
        first, second = proposal.targets
        if not _joinable(plan, first, second):
            return None
        net = Net(plan.process)
        one, two = net.nodes[first], net.nodes[second]
        covers = (*plan.contains(one), *plan.contains(two))
        merged = replace(one, name=" + ".join(covers), outputs=(*one.outputs, *two.outputs))
        process = edit(bypass(plan.process, second), put=[merged])
        work = {node: value for node, value in plan.scenario.work.items() if node != second}
        work[first] = _joined(plan.scenario.work[first], plan.scenario.work[second])
        deciders = {
            gateway: tuple(dict.fromkeys(first if task == second else task for task in tasks))
            for gateway, tasks in plan.deciders.items()
        }
        changed = replace(
            plan,
            process=process,
            scenario=replace(plan.scenario, work=work),
            deciders=deciders,
            covers={**{node: names for node, names in plan.covers.items() if node != second}, first: covers},
        )
        return noted(changed, proposal)

    def _proposal(self, plan: Plan, facts: Facts, first: ActivityFacts, second: ActivityFacts) -> Proposal:
        set_up = SET_UP * second.processing
        rate = hourly_rate(plan.scenario, second.role)
        return Proposal(
            key=f"{self.name}:{first.node}+{second.node}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"“{first.name}”与“{second.name}”由同一人一次办完",
                f'one person does "{first.name}" and "{second.name}" in one go',
            ),
            reason=Text(
                f"交接后平均等待 {span(second.waiting).zh}",
                f"after the hand-over the case waits {span(second.waiting).en} on average",
            ),
            targets=(first.node, second.node),
            gain=Gain(
                cycle=second.visits * (second.waiting + set_up),
                cost=second.visits * set_up / HOUR * rate,
                manual=manual_points(facts, -second.visits, -second.visits),
            ),
            assumptions=(
                Assumption(
                    f"set-up:{second.node}",
                    Text(
                        f"“{second.name}”中用于熟悉案件的时间占 {percent(SET_UP)}",
                        f'share of "{second.name}" that goes into reading into the case',
                    ),
                    SET_UP,
                ),
                Assumption(
                    f"skilled:{first.node}+{second.node}",
                    Text("同一人能胜任两步", "one person can do both steps"),
                    1.0,
                ),
            ),
            effort=5.0,
            risk=0.15,
            group=f"step:{first.node}",
        )


def _joinable(plan: Plan, first: str, second: str) -> bool:
    net = Net(plan.process)
    one, two = net.task(first), net.task(second)
    if one is None or two is None or not net.sequential(first, second) or net.only_out(second) is None:
        return False
    if not (plan.human(first) and plan.human(second)) or plan.decides(first):
        return False
    if plan.scenario.work[second].delay is not None:
        return False
    return not any(plan.rules.apart(a, b) for a in plan.contains(one) for b in plan.contains(two))


def _joined(first: Work, second: Work) -> Work:
    """Both works in one sitting, by the role of the second; conditional durations of the two are added."""
    rest = scaled(second.duration, 1.0 - SET_UP)
    cases = [(condition, total(duration, rest)) for condition, duration in first.cases]
    cases += [(condition, total(first.duration, scaled(d, 1.0 - SET_UP))) for condition, d in second.cases]
    return replace(
        second,
        duration=total(first.duration, rest) if rest != NOTHING else first.duration,
        cases=tuple(cases),
        delay=first.delay,
        delay_calendar=first.delay_calendar,
        delay_passes=first.delay_passes,
        delay_rhythm=first.delay_rhythm,
        delay_after=first.delay_after,
        batch=first.batch,
        cost=first.cost + second.cost,
    )
