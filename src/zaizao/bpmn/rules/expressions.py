"""Every expression of a model is valid FEEL: conditions, mappings, job types, timers, loops, correlation keys.

Rule kept: syntax only. Whether a name exists is known when the process runs; what an expression yields is FEEL's affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zaizao import feel
from zaizao.bpmn.model import (
    Activity,
    CallActivity,
    ConditionalDefinition,
    Definitions,
    Event,
    FlowNode,
    Gateway,
    MultiInstance,
    Process,
    StandardLoop,
    SubProcess,
    Task,
    TimerDefinition,
)
from zaizao.problems import Problem, Severity, Text

_LITERAL = re.compile(r'"[^"\\]*"|-?\d+(\.\d+)?')
Expressions = Iterator[tuple[str, str | None, bool]]
"""Element, expression, and whether its process runs."""


def faulty_expressions(definitions: Definitions) -> list[Problem]:
    """A problem for each expression that is not FEEL, naming the element that has it."""
    place = f"{definitions.source}: " if definitions.source else ""
    problems = []
    for element, text, runs in _all(definitions):
        if not text or _LITERAL.fullmatch(text):
            continue
        for fault in feel.check(text):
            shown = text if len(text) <= 60 else text[:59] + "…"
            what = Text(f"表达式“{shown}”有误：{fault.what.zh}", f"the expression “{shown}” is wrong: {fault.what.en}")
            severity = Severity.ERROR if runs else Severity.WARNING
            problems.append(Problem(f"{place}{element}", what, fault.remedy, "bpmn.run.feel", severity))
    return problems


def _all(definitions: Definitions) -> Expressions:
    for message in definitions.messages:
        runs = any(process.executable for process in definitions.processes)
        yield f"message {message.id}", message.correlation_key, runs
    for process in definitions.processes:
        for element, text in _of_process(process):
            yield element, text, process.executable


def _of_process(process: Process) -> Iterator[tuple[str, str | None]]:
    yield process.id, process.job_priority
    for listener in process.listeners:
        yield process.id, listener.type
        yield process.id, listener.retries
    scopes = [process.flows, *(node.flows for node in process.walk() if isinstance(node, SubProcess))]
    for flow in (flow for flows in scopes for flow in flows):
        yield f"sequenceFlow {flow.id}", flow.condition
    for node in process.walk():
        for text in _of(node):
            yield node.id, text


def _of(node: FlowNode) -> Iterator[str | None]:
    yield from (pair.source for pair in (*node.inputs, *node.outputs))
    yield from (text for listener in node.listeners for text in (listener.type, listener.retries))
    if isinstance(node, Activity):
        yield from _of_loop(node)
    match node:
        case Task():
            yield from _of_task(node)
        case SubProcess():
            yield from (node.completion, node.active_elements, node.output_element)
        case CallActivity():
            yield node.called.process if node.called else None
        case Gateway():
            yield node.activation
        case Event():
            yield node.job.type if node.job else None
            for definition in node.definitions:
                match definition:
                    case TimerDefinition(_, text) | ConditionalDefinition(text):
                        yield text


def _of_loop(node: Activity) -> Iterator[str | None]:
    match node.loop:
        case MultiInstance() as loop:
            yield from (loop.collection, loop.output_element, loop.completion, loop.cardinality)
        case StandardLoop() as loop:
            yield loop.condition


def _of_task(task: Task) -> Iterator[str | None]:
    if task.job:
        yield from (task.job.type, task.job.retries, task.job.priority)
    if task.decision:
        yield task.decision.decision
    if task.script:
        yield task.script.expression
    if human := task.human:
        yield from (human.assignee, human.candidate_groups, human.candidate_users)
        yield from (human.due, human.follow_up, human.priority)
        yield from (text for listener in human.listeners for text in (listener.type, listener.retries))
