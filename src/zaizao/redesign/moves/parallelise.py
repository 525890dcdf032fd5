"""Parallelise: independent steps that stand one after the other are done at the same time.

Formula: ΣE − E[max], with the maximum of independent exponential times. Where steps are checks, all of them are paid
for even when one rejects: the extra cost is Σ c − Σ cᵢ ∏ⱼ‹ᵢ (1 − rⱼ).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise

from zaizao.bpmn import Gateway, GatewayKind, SequenceFlow
from zaizao.problems import Text
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import Check, Facts, find_checks
from zaizao.redesign.graph import Net, edit, fresh, in_parallel
from zaizao.redesign.moves.knock_out import chains, expected
from zaizao.redesign.moves.move import MINUTE, manual_points, noted, percent, span
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking

BOTH_ORDERS = 0.1
"""Independence counts as seen where each order makes up at least this share of the cases with both."""
LONGEST = 5


class Parallelise:
    """Puts a run of tasks, or a chain of checks, between a fork and a join."""

    name = "parallelise"
    words = Text("串行改并行", "parallelise")
    thinking = Thinking.DATA
    condition = Text(
        "相邻的步骤在日志中两种先后都出现过，或由人声明互不依赖；检查依次相连也可",
        "neighbouring steps seen in both orders, or declared independent by a person; or checks in a row",
    )
    formula = Text("ΣE − E[max]；检查并行时多付 Σc − Σcᵢ∏(1−rⱼ)", "ΣE − E[max]; for checks plus Σc − Σcᵢ∏(1−rⱼ)")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per run of independent tasks and per chain of independent checks."""
        found = [
            self._proposal(facts, run, ())
            for run in _runs(plan)
            if _independent(plan, run) and all(_takes(facts, task) > MINUTE for task in run)
            if _known_independent(plan, facts, run)
        ]
        for chain in chains(plan, facts.checks):
            tasks = [check.task for check in chain]
            if _independent(plan, tasks) and all(_takes(facts, task) > MINUTE for task in tasks):
                found.append(self._proposal(facts, tasks, chain))
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The targets side by side; None where they are no longer neighbours."""
        net = Net(plan.process)
        tasks = proposal.targets
        if any(net.task(task) is None for task in tasks) or not _independent(plan, tasks):
            return None
        if all(net.sequential(left, right) for left, right in pairwise(tasks)):
            if net.only_out(tasks[-1]) is None:
                return None
            return noted(replace(plan, process=in_parallel(plan.process, tasks)), proposal)
        for chain in chains(plan, find_checks(plan.process, plan.scenario)):
            if {check.task for check in chain} == set(tasks):
                return noted(_checks_in_parallel(plan, chain), proposal)
        return None

    def _proposal(self, facts: Facts, tasks: Sequence[str], chain: Sequence[Check]) -> Proposal:
        names = [facts.activities[task].name for task in tasks]
        times = [_takes(facts, task) for task in tasks]
        entering = facts.activities[tasks[0]].visits
        ones = [float(facts.activities[task].human) for task in tasks]
        costs = [facts.activities[task].cost for task in tasks]
        if chain:
            now, extra = expected(chain, times), sum(costs) - expected(chain, costs)
            human, whole = sum(ones) - expected(chain, ones), len(tasks) - expected(chain, [1.0] * len(tasks))
        else:
            now, extra, human, whole = sum(times), 0.0, 0.0, 0.0
        seen = _seen_both_ways(facts, names)
        joined_zh, joined_en = "、".join(names), ", ".join(names)
        longest = span(max(times))
        return Proposal(
            key=f"{self.name}:{'|'.join(tasks)}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"{joined_zh} 同时办理", f"do {joined_en} at the same time"),
            reason=Text(
                f"依次做合计 {span(sum(times)).zh}，最长一项 {longest.zh}"
                + (_SEEN.zh.format(percent(seen)) if seen else ""),
                f"one after another they take {span(sum(times)).en}, the longest {longest.en}"
                + (_SEEN.en.format(percent(seen)) if seen else ""),
            ),
            targets=tuple(tasks),
            gain=Gain(
                cycle=entering * (now - expected_maximum(times)),
                cost=-entering * extra,
                manual=manual_points(facts, entering * human, entering * whole),
            ),
            assumptions=() if seen is not None else (_UNSEEN,),
            parameters={} if seen is None else {"reversed": seen},
            effort=4.0,
            risk=0.1 if seen is not None else 0.3,
            group=f"{self.name}:{tasks[0]}",
        )


_SEEN = Text("；日志中 {} 的案例是相反的先后", "; {} of the cases have the other order")
_UNSEEN = Assumption(
    "parallel-independent",
    Text(
        "日志里只见过一种先后，后者不需要前者的结果是假设，须由流程负责人确认",
        "the log shows one order only; that the later step does not need the earlier one's result is assumed and "
        "must be confirmed by the process owner",
    ),
    1.0,
)


def expected_maximum(means: Sequence[float]) -> float:
    """E[max] of independent exponential times, by inclusion and exclusion."""
    whole = 0.0
    for size in range(1, len(means) + 1):
        for chosen in combinations(means, size):
            rate = sum(1.0 / value for value in chosen if value > 0)
            whole += (-1.0) ** (size + 1) * (1.0 / rate if rate > 0 else 0.0)
    return whole


def _takes(facts: Facts, task: str) -> float:
    fact = facts.activities[task]
    return fact.processing + fact.waiting + fact.delay


def _runs(plan: Plan) -> list[list[str]]:
    """Maximal runs (cut at ``LONGEST``) of tasks that follow each other directly, and their neighbouring pairs."""
    net = Net(plan.process)
    tasks = [node.id for node in plan.process.nodes if net.task(node.id) is not None]
    following: dict[str, str] = {}
    for task in tasks:
        out = net.only_out(task)
        if out is not None and net.task(out.target) is not None and net.sequential(task, out.target):
            following[task] = out.target
    found: list[list[str]] = []
    for start in tasks:
        if start in following.values():
            continue
        run = [start]
        while run[-1] in following and len(run) < LONGEST:
            run.append(following[run[-1]])
        if len(run) > 1:
            found.append(run)
        if len(run) > 2:
            found.extend([left, right] for left, right in pairwise(run))
    return found


def _independent(plan: Plan, tasks: Sequence[str]) -> bool:
    """True where no rule orders two of them."""
    net = Net(plan.process)
    for first, second in combinations(tasks, 2):
        for a in plan.contains(net.nodes[first]):
            for b in plan.contains(net.nodes[second]):
                if plan.rules.bound(a, b) or plan.rules.bound(b, a):
                    return False
    return True


def _known_independent(plan: Plan, facts: Facts, run: Sequence[str]) -> bool:
    """True where each pair was seen in both orders, or a person says that it is independent."""
    names = [facts.activities[task].name for task in run]
    return all(
        plan.rules.free(first, second) or _seen_both_ways(facts, (first, second)) is not None
        for first, second in combinations(names, 2)
    )


def _seen_both_ways(facts: Facts, names: Sequence[str]) -> float | None:
    """The smallest share of the rarer order over all pairs, where every pair was seen in both orders often enough."""
    shares = []
    for first, second in combinations(names, 2):
        reverse = facts.reversed_share(first, second)
        if reverse is None or not BOTH_ORDERS <= reverse <= 1.0 - BOTH_ORDERS:
            return None
        shares.append(min(reverse, 1.0 - reverse))
    return min(shares)


def _checks_in_parallel(plan: Plan, chain: Sequence[Check]) -> Plan:
    process = plan.process
    flows = {flow.id: flow for flow in process.flows}
    first = chain[0].task
    fork = Gateway(id=fresh(process, f"Fork_{first}"), kind=GatewayKind.PARALLEL)
    join = Gateway(id=fresh(process, f"Join_{first}"), kind=GatewayKind.PARALLEL)
    turned = [replace(flow, target=fork.id) for flow in flows.values() if flow.target == first]
    net = Net(process)
    for position, check in enumerate(chain):
        out = net.only_out(check.task)
        assert out is not None
        turned.append(replace(out, target=join.id))
        entry = fresh(process, f"Flow_{fork.id}_{check.task}")
        turned.append(SequenceFlow(id=entry, source=fork.id, target=check.task))
        if position + 1 < len(chain):
            turned.append(replace(flows[check.proceed], target=chain[position + 1].gateway))
    onward = SequenceFlow(id=fresh(process, f"Flow_{join.id}"), source=join.id, target=chain[0].gateway)
    return replace(plan, process=edit(process, put=[fork, join], flows=[*turned, onward], lane_of=first))
