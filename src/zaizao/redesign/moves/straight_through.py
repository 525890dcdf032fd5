"""Straight-through with exceptions: simple cases pass a row of human steps in one go, the others and the doubtful do not.

Formula: v·q·(1 − e)·Σ(waiting + processing), q the share of simple cases, e the exceptions among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zaizao.bpmn import Gateway, Job, SequenceFlow, Task, TaskKind, literal
from zaizao.problems import Text
from zaizao.redesign.estimate import hourly_rate
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import Facts
from zaizao.redesign.fallback import seconds
from zaizao.redesign.graph import Net, edit, fresh
from zaizao.redesign.moves.move import HOUR, manual_points, noted, percent, span
from zaizao.redesign.moves.triage import SMALL, border_of
from zaizao.redesign.naming import DONE, REFER, identifier, language_of, spoken
from zaizao.redesign.plan import AT_START, Automation, Executor, Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import Branching, Condition, Origin, Work

EXCEPTIONS = 0.15
LEAST = 2
MACHINE_SECONDS = 5.0
COST = 200
"""Assumed price of the checks behind one straight pass: 2 yuan, in fen."""


class StraightThrough:
    """Lets small cases pass a row of human steps at once."""

    name = "straight-through"
    words = Text("直通处理、例外转人工", "straight-through with exceptions")
    thinking = Thinking.CLOSED_LOOP
    condition = Text(
        "两个以上人工步骤依次相连，其间无选择，均不属于四眼或须人工保留；案例带有金额等数值",
        "two or more human steps in a row without a choice, none under four eyes or to stay; cases carry a number",
    )
    formula = Text("v·q·(1−e)·Σ(等待+处理)", "v·q·(1−e)·Σ(waiting + processing)")

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """One per row of human steps."""
        border = border_of(plan)
        if border is None:
            return []
        found = [self._proposal(plan, facts, row, *border) for row in rows_of(plan)]
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """A machine's way beside the row, for cases below the border; its exceptions go the row."""
        border = border_of(plan)
        row = tuple(proposal.targets)
        if border is None or row not in rows_of(plan):
            return None
        return noted(_beside(plan, row, border[0], proposal.parameters["border"]), proposal)

    def _proposal(self, plan: Plan, facts: Facts, row: Sequence[str], attribute: str, border: float) -> Proposal:
        steps = [facts.activities[node] for node in row if node in facts.activities]
        passing = SMALL * (1.0 - EXCEPTIONS) * min((step.visits for step in steps), default=0.0)
        hours = sum(step.processing / HOUR * hourly_rate(plan.scenario, step.role) for step in steps)
        whole = sum(step.processing + step.waiting for step in steps)
        names = [step.name for step in steps]
        return Proposal(
            key=f"{self.name}:{'>'.join(row)}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"{attribute} {border:,.0f} 以下直通：{'、'.join(names)}，{percent(EXCEPTIONS)} 转人工",
                f"straight through below {attribute} {border:,.0f}: {', '.join(names)}; "
                f"{percent(EXCEPTIONS)} referred to people",
            ),
            reason=Text(f"{len(names)} 步共 {span(whole).zh}", f"{len(names)} steps, {span(whole).en} together"),
            targets=tuple(row),
            gain=Gain(
                cycle=passing * whole,
                cost=passing * hours - SMALL * COST,
                manual=manual_points(facts, -passing * len(steps), passing * (1.0 - len(steps))),
            ),
            assumptions=(
                Assumption(
                    f"straight:{row[0]}",
                    Text("小额案例中仍须人工的比例", "share of the small cases that people must still handle"),
                    EXCEPTIONS,
                ),
            ),
            parameters={"border": border, "exceptions": EXCEPTIONS},
            effort=25.0,
            risk=0.3,
            group=f"row:{row[0]}",
        )


def rows_of(plan: Plan) -> list[tuple[str, ...]]:
    """Longest runs of free human steps that follow each other directly and answer no choice."""
    net = Net(plan.process)
    free = [node.id for node in plan.process.nodes if _free(plan, net, node.id)]
    following = {}
    for node in free:
        out = net.only_out(node)
        into = net.only_in(out.target) if out is not None else None
        if out is not None and into is not None and out.target in free:
            following[node] = out.target
    found = []
    for first in free:
        if first in following.values():
            continue
        row = [first]
        while row[-1] in following and following[row[-1]] not in row:
            row.append(following[row[-1]])
        if len(row) >= LEAST:
            found.append(tuple(row))
    return found


def _free(plan: Plan, net: Net, node: str) -> bool:
    task = net.task(node)
    if task is None or not plan.human(node) or node in plan.automated or plan.fallback(node) or plan.decides(node):
        return False
    return net.only_out(node) is not None and bool(net.incoming[node]) and not plan.protected(task)


def _beside(plan: Plan, row: Sequence[str], attribute: str, border: float) -> Plan:
    process, net = plan.process, Net(plan.process)
    first, out = net.task(row[0]), net.only_out(row[-1])
    assert first is not None and out is not None
    zh = language_of(first.name) == "zh"
    machine = Task(
        id=fresh(process, f"{row[0]}_straight"),
        name=f"{first.name}（直通）" if zh else f"{first.name} (straight through)",
        kind=TaskKind.SERVICE,
    )
    machine = replace(machine, job=Job(type=literal(f"{Executor.SYSTEM.value}:{identifier(machine.id)}")))
    split, enter = fresh(process, f"Straight_{row[0]}"), fresh(process, f"Enter_{row[0]}")
    after, leave = fresh(process, f"Passed_{row[0]}"), fresh(process, f"Leave_{row[-1]}")
    small, full = fresh(process, f"Flow_{split}_small"), fresh(process, f"Flow_{split}_full")
    done, refer = fresh(process, f"Flow_{after}_done"), fresh(process, f"Flow_{after}_refer")
    flows = [replace(flow, target=split) for flow in net.incoming[row[0]]]
    flows += [
        SequenceFlow(id=small, source=split, target=machine.id, name=f"{attribute} < {border:,.0f}"),
        SequenceFlow(id=full, source=split, target=enter, name="其他" if zh else "others"),
        SequenceFlow(id=fresh(process, f"Flow_{machine.id}"), source=machine.id, target=after),
        SequenceFlow(id=done, source=after, target=leave, name=spoken(DONE, first.name)),
        SequenceFlow(id=refer, source=after, target=enter, name=spoken(REFER, first.name)),
        SequenceFlow(id=fresh(process, f"Flow_{enter}"), source=enter, target=row[0]),
        SequenceFlow(id=fresh(process, f"Flow_{row[-1]}_row"), source=row[-1], target=leave),
        replace(out, source=leave),
    ]
    put = [Gateway(id=split, default=full), machine, Gateway(id=after), Gateway(id=enter), Gateway(id=leave)]
    scenario = plan.scenario
    branching = {
        **scenario.branching,
        split: Branching(
            {small: SMALL, full: 1.0 - SMALL},
            cases=((Condition(attribute, high=border), {small: 1.0}), (Condition(attribute, low=border), {full: 1.0})),
            origin=Origin.ASSUMED,
        ),
        after: Branching({done: 1.0 - EXCEPTIONS, refer: EXCEPTIONS}, origin=Origin.ASSUMED),
    }
    old = scenario.work[row[0]]
    work = Work(
        seconds(MACHINE_SECONDS),
        delay=old.delay,
        automatic=True,
        cost=COST,
        origin=Origin.ASSUMED,
        delay_calendar=old.delay_calendar,
        delay_passes=old.delay_passes,
        delay_rhythm=old.delay_rhythm,
    )
    names = tuple(name for node in row for name in plan.contains(net.nodes[node]))
    automation = Automation(machine.id, Executor.SYSTEM, after, done, refer, row[0], EXCEPTIONS)
    return replace(
        plan,
        process=edit(process, put=put, flows=flows, lane_of=row[0]),
        scenario=replace(scenario, work={**scenario.work, machine.id: work}, branching=branching),
        deciders={**_deciders(plan, row[-1], machine.id), split: (AT_START,), after: (machine.id,)},
        covers={**plan.covers, machine.id: names},
        automated={**plan.automated, machine.id: automation},
    )


def _deciders(plan: Plan, last: str, machine: str) -> dict[str, tuple[str, ...]]:
    """Who answers each choice: what the row's last step answered, the machine answers as well."""
    return {
        gateway: tuple(dict.fromkeys(one for t in tasks for one in ((t, machine) if t == last else (t,))))
        for gateway, tasks in plan.deciders.items()
    }
