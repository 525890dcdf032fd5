"""Build: from a plan to models that an engine can run, with diagrams.

People's steps become user tasks offered to their role, machines' steps service tasks with a job type, automated
choices business-rule tasks with a decision table. Every choice gets a condition over a process variable (see
``answers``) and a default way, so that no case is stuck for want of an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from zaizao.bpmn import (
    Definitions,
    Event,
    FlowNode,
    Gateway,
    HumanWork,
    Job,
    Mapped,
    Process,
    SequenceFlow,
    Task,
    TaskKind,
    layout,
    literal,
)
from zaizao.dmn import Definitions as Decisions
from zaizao.problems import Text
from zaizao.redesign.answers import Answer, answers
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.naming import identifier
from zaizao.redesign.plan import Executor, Plan
from zaizao.redesign.tables import REASON, ROUTE, counts_rounds, decisions_of, next_round, round_name, score_name


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """Deployable models with diagrams; ``decisions`` is None where the plan needs none.

    ``answers`` say which variable each choice reads; ``scores`` which variables (0 to 1) the tables read besides case
    data. ``assumed`` lists what had to be set without evidence.
    """

    definitions: Definitions
    decisions: Decisions | None
    answers: Mapping[str, Answer]
    scores: tuple[str, ...]
    job_types: tuple[str, ...]
    assumed: tuple[Assumption, ...]


def build(plan: Plan) -> Built:
    """The plan's process, executable and laid out, and its decision tables."""
    answered = answers(plan)
    automations = [one for one in plan.automated.values() if one.executor is Executor.DECISION]
    process = plan.process
    nodes = tuple(_node(plan, node, answered) for node in process.nodes)
    flows = tuple(_flow(flow, answered) for flow in process.flows)
    executable = replace(process, nodes=nodes, flows=flows, executable=True)
    definitions = layout(Definitions(id=f"Definitions_{identifier(process.id)}", processes=(executable,)))
    return Built(
        definitions=definitions,
        decisions=decisions_of(plan, automations, answered) if automations else None,
        answers=answered,
        scores=tuple(score_name(one.task) for one in automations),
        job_types=_job_types(executable),
        assumed=tuple(
            Assumption(
                score_name(one.task),
                Text(
                    f"“{plan.contains(_task(plan, one.task))[0]}”的评分由行内模型给出；此处分段按日志中的结论占比，"
                    "转人工段居中",
                    f'the score behind "{plan.contains(_task(plan, one.task))[0]}" comes from the bank\'s own model; '
                    "its bands here reproduce the shares seen in the log, with referrals in the middle",
                ),
                one.share,
            )
            for one in automations
        ),
    )


def _task(plan: Plan, task: str) -> FlowNode:
    return next(node for node in plan.process.nodes if node.id == task)


def _node(plan: Plan, node: FlowNode, answered: Mapping[str, Answer]) -> FlowNode:
    if isinstance(node, Gateway) and node.id in answered:
        return replace(node, default=answered[node.id].default)
    if not isinstance(node, Task):
        return node
    documentation = node.documentation or _why(plan, node.id)
    work = plan.scenario.work.get(node.id)
    if node.id in plan.automated and plan.automated[node.id].executor is Executor.DECISION:
        return replace(node, outputs=_outputs(plan, node.id, answered), documentation=documentation)
    if work is None or work.automatic:
        if node.kind in (TaskKind.SERVICE, TaskKind.SEND, TaskKind.BUSINESS_RULE, TaskKind.SCRIPT) and (
            node.job is not None or node.decision is not None or node.script is not None
        ):
            return replace(node, documentation=documentation)
        job = Job(type=literal(f"service:{identifier(node.name or node.id)}"))
        return replace(node, kind=TaskKind.SERVICE, job=job, human=None, documentation=documentation)
    group = f"[{literal(work.role)}]" if work.role is not None else None
    human = replace(node.human or HumanWork(), candidate_groups=group, native=True)
    if work.priority:
        human = replace(human, priority=str(max(0, min(100, 50 + work.priority))))
    return replace(node, kind=TaskKind.USER, human=human, job=None, decision=None, documentation=documentation)


def _why(plan: Plan, node: str) -> str:
    """The words of the proposals that touched this node, in the language of neither reader alone."""
    return "\n".join(f"{one.words.zh} / {one.words.en}" for one in plan.applied if node in one.targets)


def _outputs(plan: Plan, task: str, answered: Mapping[str, Answer]) -> tuple[Mapped, ...]:
    """From the decision's result into the variables that the choices read."""
    result = f"result_{identifier(task)}"
    split = plan.automated[task].split
    mapped = [Mapped(f"{result}.{ROUTE}", answered[split].variable)]
    mapped.extend(
        Mapped(f"{result}.{answered[gateway].variable}", answered[gateway].variable)
        for gateway in plan.decides(task)
        if gateway != split
    )
    mapped.append(Mapped(f"{result}.{REASON}", f"reason_{identifier(task)}"))
    if counts_rounds(plan, task):
        mapped.append(Mapped(next_round(task), round_name(task)))
    return tuple(mapped)


def _flow(flow: SequenceFlow, answered: Mapping[str, Answer]) -> SequenceFlow:
    answer = answered.get(flow.source)
    if answer is None:
        return flow
    named = replace(flow, name=answer.labels[flow.id])
    return named if flow.id == answer.default else replace(named, condition=answer.condition(flow.id))


def _job_types(process: Process) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in process.walk():
        job = node.job if isinstance(node, Task | Event) else None
        if job is not None:
            found[job.type.strip('"')] = None
    return tuple(found)
