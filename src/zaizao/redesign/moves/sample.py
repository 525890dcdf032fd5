"""Eliminate by sampling: a check that hardly ever rejects is done for a sample only.

Formula: v·(1 − s)·(waiting + processing), s the sampled share. What slips through is stated as an assumption: the
rejection rate times the share that is not checked.
"""

from __future__ import annotations

from dataclasses import replace

from zaizao.bpmn import Gateway, SequenceFlow
from zaizao.problems import Text
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import Check, Facts, find_checks
from zaizao.redesign.graph import Net, edit, fresh
from zaizao.redesign.moves.move import manual_points, noted, percent
from zaizao.redesign.naming import language_of
from zaizao.redesign.plan import AT_START, Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Branching, Origin

RAREST_REJECTION = 0.03
SAMPLE = 0.20


class SampleChecks:
    """Puts a sampling choice before a check that hardly rejects."""

    name = "eliminate"
    words = Text("取消逐笔检查、改为抽查", "sample instead of checking all")
    thinking = Thinking.DATA
    condition = Text(
        f"人工检查淘汰率低于 {percent(RAREST_REJECTION)}，且不是法定保留或四眼步骤",
        f"a human check that rejects less than {percent(RAREST_REJECTION)}, not kept by law or under four eyes",
    )
    formula = Text("v·(1−s)·(等待+处理)", "v·(1−s)·(waiting + processing)")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per human check that hardly rejects."""
        return [self._proposal(facts, check) for check in facts.checks if _applies(plan, check)]

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """An exclusive split before the check; the rest joins the check's way on."""
        for check in find_checks(plan.process, plan.scenario):
            if check.task == proposal.targets[0] and _applies(plan, check):
                return noted(_sampled(plan, check, proposal.parameters["sample"]), proposal)
        return None

    def _proposal(self, facts: Facts, check: Check) -> Proposal:
        fact = facts.activities[check.task]
        spared = fact.visits * (1.0 - SAMPLE)
        slips = (1.0 - SAMPLE) * check.rejection
        return Proposal(
            key=f"{self.name}:{check.task}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"“{fact.name}”改为抽查 {SAMPLE:.0%}", f'"{fact.name}" for a sample of {SAMPLE:.0%}'),
            reason=Text(f"只淘汰 {percent(check.rejection)}", f"it rejects only {percent(check.rejection)}"),
            targets=(check.task,),
            gain=Gain(
                cycle=spared * (fact.waiting + fact.processing + fact.delay),
                cost=spared * fact.cost,
                manual=manual_points(facts, -spared, -spared),
            ),
            assumptions=(
                Assumption(
                    f"slips:{check.task}",
                    Text(
                        f"“{fact.name}”未抽到的案例中应淘汰而未淘汰的比例，须由风险部门接受",
                        f'cases that "{fact.name}" would have rejected and that pass unchecked; risk must accept it',
                    ),
                    slips,
                ),
            ),
            parameters={"sample": SAMPLE},
            effort=3.0,
            risk=0.5,
            group=f"step:{check.task}",
        )


def _applies(plan: Plan, check: Check) -> bool:
    task = Net(plan.process).task(check.task)
    if task is None or not plan.human(check.task) or check.rejection >= RAREST_REJECTION:
        return False
    return not plan.protected(task)


def _sampled(plan: Plan, check: Check, sample: float) -> Plan:
    process, task = plan.process, check.task
    flows = {flow.id: flow for flow in process.flows}
    name = Net(process).nodes[task].name
    zh = language_of(name) == "zh"
    split, merge = fresh(process, f"Sample_{task}"), fresh(process, f"Sampled_{task}")
    checked, passed = fresh(process, f"Flow_{split}_check"), fresh(process, f"Flow_{split}_pass")
    turned = [replace(flow, target=split) for flow in flows.values() if flow.target == task]
    turned += [
        SequenceFlow(id=checked, source=split, target=task, name="抽中" if zh else "sampled"),
        SequenceFlow(id=passed, source=split, target=merge, name="未抽中" if zh else "not sampled"),
        replace(flows[check.proceed], target=merge),
        SequenceFlow(id=fresh(process, f"Flow_{merge}"), source=merge, target=flows[check.proceed].target),
    ]
    nodes = [Gateway(id=split, default=passed), Gateway(id=merge)]
    branching = {
        **plan.scenario.branching,
        split: Branching({checked: sample, passed: 1.0 - sample}, origin=Origin.ASSUMED),
    }
    return replace(
        plan,
        process=edit(process, put=nodes, flows=turned, lane_of=task),
        scenario=replace(plan.scenario, branching=branching),
        deciders={**plan.deciders, split: (AT_START,)},
    )
