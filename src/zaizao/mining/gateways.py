"""From a graph of activities and a relation "side by side" to BPMN with gateways.

Rule kept: the successors of an activity are grouped as the split miner does (Augusto, Conforti, Dumas, La Rosa and
Polyvyanyy, 2019): successors that the same others run beside are alternatives, successors that run beside each other are parallel,
until one group is left; predecessors are grouped the same way, mirrored. What fits neither becomes an alternative. Unlike
block-structured models such a model may be unsound: who draws it checks that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from zaizao.bpmn import Definitions, Event, EventPosition, FlowNode, Gateway, GatewayKind, Process, SequenceFlow, Task

START, END = -1, -2
"""The nodes before the first and after the last activity."""

Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Graph:
    """Which activity (by code) leads to which, which pairs run side by side, which activities repeat at once."""

    edges: frozenset[Edge]
    beside: frozenset[Edge]
    repeats: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Group:
    """A successor (or a gateway over several): what it covers, what runs beside it."""

    covered: frozenset[int]
    beside: frozenset[int]
    kind: GatewayKind | None
    members: tuple[_Group, ...]


@dataclass(slots=True)
class _Drawing:
    nodes: list[FlowNode] = field(default_factory=list)
    flows: list[SequenceFlow] = field(default_factory=list)
    gateways: int = 0

    def gateway(self, kind: GatewayKind) -> str:
        self.gateways += 1
        self.nodes.append(Gateway(id=f"Gateway_{self.gateways}", kind=kind))
        return f"Gateway_{self.gateways}"

    def connect(self, source: str, target: str) -> None:
        self.flows.append(SequenceFlow(id=f"Flow_{len(self.flows) + 1}", source=source, target=target))


def with_gateways(graph: Graph, names: tuple[str, ...], title: str = "") -> Definitions:
    """The process of ``graph``; activities that no edge touches are left out. Not laid out."""
    drawing = _Drawing()
    used = sorted({node for edge in graph.edges for node in edge if node >= 0})
    ids = {code: f"Activity_{k}" for k, code in enumerate(used, start=1)} | {START: "StartEvent_1", END: "EndEvent_1"}
    drawing.nodes.append(Event(id=ids[START], position=EventPosition.START))
    drawing.nodes += [Task(id=ids[code], name=names[code]) for code in used]
    drawing.nodes.append(Event(id=ids[END], position=EventPosition.END))
    entry, leaving = dict(ids), dict(ids)
    for code in sorted(graph.repeats & set(used)):
        entry[code], leaving[code] = (drawing.gateway(GatewayKind.EXCLUSIVE) for _ in range(2))
        drawing.connect(entry[code], ids[code])
        drawing.connect(ids[code], leaving[code])
        drawing.connect(leaving[code], entry[code])
    sources: dict[Edge, str] = {}
    targets: dict[Edge, str] = {}
    for node in (START, *used):
        after = {target for source, target in graph.edges if source == node}
        for other, port in _fanned(_grouped(after, graph.beside), leaving[node], drawing, outward=True):
            sources[node, other] = port
    for node in (*used, END):
        before = {source for source, target in graph.edges if target == node}
        for other, port in _fanned(_grouped(before, graph.beside), entry[node], drawing, outward=False):
            targets[other, node] = port
    for edge in sorted(graph.edges):
        drawing.connect(sources[edge], targets[edge])
    process = Process(id="Process_1", name=title, nodes=tuple(drawing.nodes), flows=tuple(drawing.flows))
    return Definitions(processes=(process,))


def _grouped(nodes: Collection[int], beside: frozenset[Edge]) -> _Group | None:
    if not nodes:
        return None
    groups = [
        _Group(frozenset((node,)), frozenset(other for other in nodes if (node, other) in beside), None, ())
        for node in sorted(nodes)
    ]
    while len(groups) > 1:
        groups = _alternatives(groups) or _parallels(groups) or [_joined(groups, GatewayKind.EXCLUSIVE)]
    return groups[0]


def _alternatives(groups: list[_Group]) -> list[_Group] | None:
    """Join the first groups that exactly the same others run beside."""
    for one in groups:
        alike = [other for other in groups if other.beside == one.beside and not other.covered & one.beside]
        if len(alike) > 1:
            return _replaced(groups, alike, _joined(alike, GatewayKind.EXCLUSIVE))
    return None


def _parallels(groups: list[_Group]) -> list[_Group] | None:
    """Join the first groups that together with what runs beside them make the same whole."""
    for one in groups:
        whole = one.covered | one.beside
        alike = [other for other in groups if other.covered | other.beside == whole]
        if len(alike) > 1:
            return _replaced(groups, alike, _joined(alike, GatewayKind.PARALLEL))
    return None


def _joined(members: list[_Group], kind: GatewayKind) -> _Group:
    covered = frozenset[int]().union(*(member.covered for member in members))
    shared = frozenset.intersection(*(member.beside for member in members))
    return _Group(covered, shared - covered, kind, tuple(members))


def _replaced(groups: list[_Group], gone: list[_Group], new: _Group) -> list[_Group]:
    return [*(group for group in groups if group not in gone), new]


def _fanned(group: _Group | None, port: str, drawing: _Drawing, *, outward: bool) -> Iterator[tuple[int, str]]:
    """Draw the gateways of ``group`` at ``port``; yields each neighbour with the port its edge meets."""
    if group is None:
        return
    if group.kind is None:
        yield next(iter(group.covered)), port
        return
    gateway = drawing.gateway(group.kind)
    drawing.connect(*((port, gateway) if outward else (gateway, port)))
    for member in group.members:
        yield from _fanned(member, gateway, drawing, outward=outward)
