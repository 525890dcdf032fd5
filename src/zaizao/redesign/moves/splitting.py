"""A task twice, told apart by what the case carries: the surgery behind triage and specialists."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zaizao.bpmn import Gateway, SequenceFlow
from zaizao.problems import Text
from zaizao.redesign.durations import scaled
from zaizao.redesign.graph import Net, edit, fresh
from zaizao.redesign.naming import language_of, suffixed
from zaizao.redesign.plan import AT_START, Plan
from zaizao.simulation import Branching, Condition, Origin


@dataclass(frozen=True, slots=True)
class Kind:
    """The cases that go the new way: ``conditions`` that hold for them and for the others, ``label`` of their flow,
    their ``share``, the ``factor`` of the full time that they need, the ``suffix`` of the new step's name, and its
    ``role`` (None: as before)."""

    conditions: tuple[Condition, Condition]
    label: str
    share: float
    factor: float
    suffix: Text
    role: str | None = None


def split_off(plan: Plan, task_id: str, kind: Kind) -> Plan:
    """``task_id`` and a second task for ``kind``, between an exclusive split and a merge."""
    process = plan.process
    net = Net(process)
    task, out = net.task(task_id), net.only_out(task_id)
    assert task is not None and out is not None
    zh = language_of(task.name) == "zh"
    other = replace(task, id=fresh(process, f"{task_id}_simple"), name=suffixed(task.name, kind.suffix))
    split, merge = fresh(process, f"Triage_{task_id}"), fresh(process, f"Triaged_{task_id}")
    some, rest = fresh(process, f"Flow_{split}_small"), fresh(process, f"Flow_{split}_full")
    flows = [replace(flow, target=split) for flow in net.incoming[task_id]]
    flows += [
        SequenceFlow(id=some, source=split, target=other.id, name=kind.label),
        SequenceFlow(id=rest, source=split, target=task_id, name="其他" if zh else "others"),
        SequenceFlow(id=fresh(process, f"Flow_{task_id}_full"), source=task_id, target=merge),
        SequenceFlow(id=fresh(process, f"Flow_{other.id}"), source=other.id, target=merge),
        replace(out, source=merge),
    ]
    scenario = plan.scenario
    old = scenario.work[task_id]
    easier = replace(
        old,
        role=kind.role or old.role,
        duration=scaled(old.duration, kind.factor),
        cases=tuple((condition, scaled(duration, kind.factor)) for condition, duration in old.cases),
        origin=Origin.ASSUMED,
    )
    branching = Branching(
        {some: kind.share, rest: 1.0 - kind.share},
        cases=((kind.conditions[0], {some: 1.0}), (kind.conditions[1], {rest: 1.0})),
        origin=Origin.ASSUMED,
    )
    deciders = {
        gateway: tuple(dict.fromkeys(one for t in tasks for one in ((t, other.id) if t == task_id else (t,))))
        for gateway, tasks in plan.deciders.items()
    }
    return replace(
        plan,
        process=edit(
            process, put=[Gateway(id=split, default=rest), other, Gateway(id=merge)], flows=flows, lane_of=task_id
        ),
        scenario=replace(
            scenario,
            work={**scenario.work, other.id: easier},
            branching={**scenario.branching, split: branching},
        ),
        deciders={**deciders, split: (AT_START,)},
        covers={**plan.covers, other.id: plan.contains(task)},
    )
