"""Triage: small cases are handled in a simple way, the others as before.

The border is a quantile of a number that every case carries (the amount); the simple way asks for a share of the full
handling time. Formula: v·q·(1 − k)·processing for the people, and the waiting that falls with their load.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zaizao.bpmn import Gateway, SequenceFlow
from zaizao.problems import Text
from zaizao.redesign.durations import quantile, scaled
from zaizao.redesign.estimate import hourly_rate
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.graph import Net, edit, fresh
from zaizao.redesign.moves.move import HOUR, MINUTE, noted, percent, span
from zaizao.redesign.naming import SIMPLE, language_of, suffixed
from zaizao.redesign.plan import AT_START, Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Branching, Condition, Origin

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
        border = _border(plan)
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
        border = _border(plan)
        if border is None or not _applies(plan, task):
            return None
        return noted(_split(plan, task, border[0], proposal.parameters["border"]), proposal)

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


def _border(plan: Plan) -> tuple[str, float] | None:
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


def _split(plan: Plan, task_id: str, attribute: str, border: float) -> Plan:
    process = plan.process
    net = Net(process)
    task, out = net.task(task_id), net.only_out(task_id)
    assert task is not None and out is not None
    zh = language_of(task.name) == "zh"
    simple = replace(task, id=fresh(process, f"{task_id}_simple"), name=suffixed(task.name, SIMPLE))
    split, merge = fresh(process, f"Triage_{task_id}"), fresh(process, f"Triaged_{task_id}")
    small, full = fresh(process, f"Flow_{split}_small"), fresh(process, f"Flow_{split}_full")
    words = (f"{attribute} < {border:,.0f}", "其他" if zh else "others")
    flows = [replace(flow, target=split) for flow in net.incoming[task_id]]
    flows += [
        SequenceFlow(id=small, source=split, target=simple.id, name=words[0]),
        SequenceFlow(id=full, source=split, target=task_id, name=words[1]),
        SequenceFlow(id=fresh(process, f"Flow_{task_id}_full"), source=task_id, target=merge),
        SequenceFlow(id=fresh(process, f"Flow_{simple.id}"), source=simple.id, target=merge),
        replace(out, source=merge),
    ]
    scenario = plan.scenario
    old = scenario.work[task_id]
    easier = replace(
        old,
        duration=scaled(old.duration, SIMPLER),
        cases=tuple((condition, scaled(duration, SIMPLER)) for condition, duration in old.cases),
        origin=Origin.ASSUMED,
    )
    branching = Branching(
        {small: SMALL, full: 1.0 - SMALL},
        cases=((Condition(attribute, high=border), {small: 1.0}), (Condition(attribute, low=border), {full: 1.0})),
        origin=Origin.ASSUMED,
    )
    deciders = {
        gateway: tuple(dict.fromkeys(one for t in tasks for one in ((t, simple.id) if t == task_id else (t,))))
        for gateway, tasks in plan.deciders.items()
    }
    return replace(
        plan,
        process=edit(
            process, put=[Gateway(id=split, default=full), simple, Gateway(id=merge)], flows=flows, lane_of=task_id
        ),
        scenario=replace(
            scenario,
            work={**scenario.work, simple.id: easier},
            branching={**scenario.branching, split: branching},
        ),
        deciders={**deciders, split: (AT_START,)},
        covers={**plan.covers, simple.id: plan.contains(task)},
    )
