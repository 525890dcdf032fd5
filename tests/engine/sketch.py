"""Small models for tests, written as arrows: ``model("s -> a -[x > 1]-> b -> e", service("a"), ...)``.

Nodes that are not given are made by their first letter: s start, e end, p parallel, x exclusive, o inclusive gateway;
anything else is a service task whose job type is its id. ``-[else]->`` marks the default flow.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any, TypeVar

from zaizao import bpmn
from zaizao.bpmn import (
    Definitions,
    Event,
    EventDefinition,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    Job,
    Process,
    SequenceFlow,
    SubProcess,
    SubProcessKind,
    Task,
    TaskKind,
    TimerDefinition,
    TimerKind,
)

_ARROW = re.compile(r"\s*-(?:\[(.*?)\]-)?>\s*")
_LETTERS = {"p": GatewayKind.PARALLEL, "x": GatewayKind.EXCLUSIVE, "o": GatewayKind.INCLUSIVE}


def service(name: str, **more: Any) -> Task:
    return Task(id=name, name=name, kind=TaskKind.SERVICE, job=Job(f'"{name}"'), **more)


def task(name: str, kind: TaskKind, **more: Any) -> Task:
    return Task(id=name, name=name, kind=kind, **more)


def event(name: str, position: EventPosition, *definitions: EventDefinition, **more: Any) -> Event:
    return Event(id=name, position=position, definitions=definitions, **more)


def boundary(name: str, host: str, *definitions: EventDefinition, **more: Any) -> Event:
    return event(name, EventPosition.BOUNDARY, *definitions, attached_to=host, **more)


def catch(name: str, *definitions: EventDefinition, **more: Any) -> Event:
    return event(name, EventPosition.CATCH, *definitions, **more)


def throw(name: str, *definitions: EventDefinition) -> Event:
    return event(name, EventPosition.THROW, *definitions)


def end(name: str, *definitions: EventDefinition) -> Event:
    return event(name, EventPosition.END, *definitions)


def start(name: str, *definitions: EventDefinition, **more: Any) -> Event:
    return event(name, EventPosition.START, *definitions, **more)


def after(text: str) -> TimerDefinition:
    return TimerDefinition(TimerKind.DURATION, f'"{text}"')


def every(text: str) -> TimerDefinition:
    return TimerDefinition(TimerKind.CYCLE, f'"{text}"')


def _made(name: str) -> FlowNode:
    kind = name[0] if re.fullmatch(r"[a-z]\d*", name) else ""
    if kind == "s":
        return start(name)
    if kind == "e":
        return end(name)
    if kind in _LETTERS:
        return Gateway(id=name, kind=_LETTERS[kind])
    return service(name)


def scope(prefix: str, text: str, given: tuple[FlowNode, ...]) -> tuple[tuple[FlowNode, ...], tuple[SequenceFlow, ...]]:
    """The nodes and flows that ``text`` draws; lines are chains."""
    nodes = {node.id: node for node in given}
    flows: list[SequenceFlow] = []
    defaults: dict[str, str] = {}
    for line in filter(None, (part.strip() for part in re.split(r"[\n;]", text))):
        parts = _ARROW.split(line)
        names, conditions = parts[::2], parts[1::2]
        for name in names:
            if name not in nodes:
                nodes[name] = _made(name)
        for source, condition, target in zip(names, conditions, names[1:], strict=False):
            flow = f"{prefix}_{len(flows)}"
            if condition == "else":
                defaults[source] = flow
                condition = None
            flows.append(SequenceFlow(id=flow, source=source, target=target, condition=condition))
    for name, flow in defaults.items():
        nodes[name] = bpmn_replace(nodes[name], default=flow)
    return tuple(nodes.values()), tuple(flows)


def bpmn_replace(node: FlowNode, **changes: Any) -> FlowNode:
    return dataclasses.replace(node, **changes)


def sub(
    name: str, text: str, *given: FlowNode, kind: SubProcessKind = SubProcessKind.EMBEDDED, **more: Any
) -> SubProcess:
    nodes, flows = scope(f"f_{name}", text, given)
    return SubProcess(id=name, name=name, kind=kind, nodes=nodes, flows=flows, **more)


def process(name: str, text: str, *given: FlowNode, **more: Any) -> Process:
    nodes, flows = scope(f"f_{name}", text, given)
    return Process(id=name, nodes=nodes, flows=flows, **more)


def model(text: str, *given: FlowNode, name: str = "p", others: tuple[Process, ...] = (), **more: Any) -> Definitions:
    associations = more.pop("associations", ())
    processes = (process(name, text, *given, associations=associations), *others)
    taken = {process.id for process in processes}
    return Definitions(processes=tuple(distinct(process, taken) for process in processes), **more)


S = TypeVar("S", Process, SubProcess)


def distinct(place: S, taken: set[str]) -> S:
    """``place`` with ids that no other part of the model has: a second ``e`` becomes ``sub_e``."""
    names: dict[str, str] = {}
    for node in place.nodes:
        name = node.id if node.id not in taken else f"{place.id}_{node.id}"
        assert name not in taken, name
        taken.add(name)
        names[node.id] = name
    nodes = tuple(
        bpmn_replace(node, id=names[node.id], **({"attached_to": names[node.attached_to]} if attached(node) else {}))
        for node in place.nodes
    )
    inner = tuple(distinct(node, taken) if isinstance(node, SubProcess) else node for node in nodes)
    flows = tuple(dataclasses.replace(f, source=names[f.source], target=names[f.target]) for f in place.flows)
    links = tuple(
        dataclasses.replace(a, source=names.get(a.source, a.source), target=names.get(a.target, a.target))
        for a in place.associations
    )
    return dataclasses.replace(place, nodes=inner, flows=flows, associations=links)


def attached(node: FlowNode) -> bool:
    return isinstance(node, Event) and node.attached_to is not None


def declared(name: str) -> bpmn.Coded:
    return bpmn.Coded(id=name, name=name, code=name)
