"""A process as a token game for replay: what can fire in a marking, and what then is true.

Rule kept: a marking is the set of flows that hold a token (safe nets; a second token on a flow is the same token), plus
one mark for each open sub-process. Steps without a choice are taken at once, so a marking in rest offers only tasks and
choices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from zaizao.bpmn import (
    Activity,
    Event,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    Process,
    SequenceFlow,
    SubProcess,
    TerminateDefinition,
)

Marking = frozenset[int]
_WIDEST = 4
"""An inclusive split of more flows offers only single flows and all of them."""


@dataclass(slots=True)
class Graph:
    """Nodes and flows by number. ``label`` is the activity of a task node, empty elsewhere."""

    nodes: list[FlowNode] = field(default_factory=list)
    flows: list[SequenceFlow] = field(default_factory=list)
    number: dict[str, int] = field(default_factory=dict)
    label: list[str] = field(default_factory=list)
    ins: list[tuple[int, ...]] = field(default_factory=list)
    outs: list[tuple[int, ...]] = field(default_factory=list)
    target: list[int] = field(default_factory=list)
    inner: dict[int, tuple[int, frozenset[int]]] = field(default_factory=dict)
    scope_of: dict[int, int] = field(default_factory=dict)
    reach: dict[int, frozenset[int]] = field(default_factory=dict)
    start: int = -1

    def initial(self) -> Marking:
        """The marking of a new case."""
        return self.rest(frozenset(self.outs[self.start]))

    def marker(self, node: int) -> int:
        """The mark of an open sub-process."""
        return len(self.flows) + node

    def rest(self, marking: Marking) -> Marking:
        """Take every step that is no choice."""
        tokens = set(marking)
        moved = True
        while moved:
            moved = any(self._settle(tokens, flow) for flow in sorted(tokens) if flow in tokens)
        return frozenset(tokens)

    def _settle(self, tokens: set[int], place: int) -> bool:
        """Move one token on if it can without choosing; True where it moved."""
        if place >= len(self.flows):
            return self._close(tokens, place - len(self.flows))
        number = self.target[place]
        node = self.nodes[number]
        if isinstance(node, SubProcess):
            start, _ = self.inner[number]
            tokens.remove(place)
            tokens.update((self.marker(number), *self.outs[start]))
        elif isinstance(node, Activity):
            return False
        elif isinstance(node, Event) and node.position is EventPosition.END:
            tokens.remove(place)
            if isinstance(node.definition, TerminateDefinition):
                scope = self.scope_of.get(number)
                tokens -= self.inner[scope][1] if scope is not None else set(tokens)
        elif isinstance(node, Gateway) and not self._passes(tokens, node, number):
            return False
        else:
            tokens -= set(self.ins[number]) & tokens if self._joins(node) else {place}
            tokens.update(self.outs[number])
        return True

    def _close(self, tokens: set[int], number: int) -> bool:
        if tokens & self.inner[number][1]:
            return False
        tokens.remove(self.marker(number))
        tokens.update(self.outs[number])
        return True

    @staticmethod
    def _joins(node: FlowNode) -> bool:
        return isinstance(node, Gateway) and node.kind in (GatewayKind.PARALLEL, GatewayKind.INCLUSIVE)

    def _passes(self, tokens: set[int], node: Gateway, number: int) -> bool:
        if node.kind is GatewayKind.PARALLEL:
            return all(flow in tokens for flow in self.ins[number])
        if len(self.outs[number]) > 1:
            return False
        return node.kind is not GatewayKind.INCLUSIVE or self._complete(tokens, number)

    def _complete(self, tokens: set[int], number: int) -> bool:
        """Can no further token come to an empty incoming flow of this inclusive join?"""
        empty = [flow for flow in self.ins[number] if flow not in tokens]
        filled = [flow for flow in self.ins[number] if flow in tokens]
        for token in tokens - set(self.ins[number]):
            if any(token in self.reach[flow] for flow in empty) and not any(token in self.reach[f] for f in filled):
                return False
        return True

    def choices(self, marking: Marking) -> Iterator[tuple[int, tuple[int, ...], Marking]]:
        """The choices open in a marking in rest: (gateway, flows chosen, marking after)."""
        for place in sorted(marking):
            if place >= len(self.flows):
                continue
            number = self.target[place]
            node = self.nodes[number]
            if not isinstance(node, Gateway) or len(self.outs[number]) < 2 or node.kind is GatewayKind.PARALLEL:
                continue
            used = {place}
            options: list[tuple[int, ...]] = [(flow,) for flow in self.outs[number]]
            if node.kind is GatewayKind.INCLUSIVE:
                if not self._complete(set(marking), number):
                    continue
                used = set(self.ins[number]) & marking
                options += _several(self.outs[number])
            for option in options:
                yield number, option, self.rest(marking - used | set(option))

    def tasks(self, marking: Marking) -> Iterator[tuple[int, Marking]]:
        """The tasks that can fire in a marking in rest: (task, marking after)."""
        for place in sorted(marking):
            if place < len(self.flows) and self.label[self.target[place]]:
                number = self.target[place]
                yield number, self.rest((marking - {place}) | set(self.outs[number]))

    def exits(self, gateway: int) -> NDArray[np.bool_]:
        """For each outgoing flow of a gateway: can a token on it come to an end without coming back here?"""
        found = []
        for flow in self.outs[gateway]:
            seen, open_nodes = {gateway}, [self.target[flow]]
            while open_nodes:
                node = open_nodes.pop()
                if node not in seen:
                    seen.add(node)
                    open_nodes.extend(self.target[f] for f in self.outs[node])
            found.append(any(not self.outs[node] for node in seen - {gateway}))
        return np.array(found, dtype=np.bool_)


def _several(flows: tuple[int, ...]) -> list[tuple[int, ...]]:
    sizes = range(2, len(flows) + 1) if len(flows) <= _WIDEST else (len(flows),)
    return [chosen for size in sizes for chosen in combinations(flows, size)]


def build(process: Process) -> Graph:
    """The graph of a process; boundary events and what only they lead to never fire in it."""
    graph = Graph()
    scopes: list[tuple[int | None, tuple[FlowNode, ...], tuple[SequenceFlow, ...]]]
    scopes = [(None, process.nodes, process.flows)]
    inside: dict[int | None, set[str]] = {}
    while scopes:
        scope, nodes, flows = scopes.pop()
        graph.flows.extend(flows)
        inside[scope] = {flow.id for flow in flows}
        for node in nodes:
            number = graph.number[node.id] = len(graph.nodes)
            graph.nodes.append(node)
            if scope is not None:
                graph.scope_of[number] = scope
            if isinstance(node, SubProcess):
                scopes.append((number, node.nodes, node.flows))
    graph.flows.sort(key=lambda flow: flow.id)
    ends = [(graph.number[flow.source], graph.number[flow.target]) for flow in graph.flows]
    graph.target = [target for _, target in ends]
    for number, node in enumerate(graph.nodes):
        graph.outs.append(tuple(flow for flow, (source, _) in enumerate(ends) if source == number))
        graph.ins.append(tuple(flow for flow, (_, target) in enumerate(ends) if target == number))
        task = isinstance(node, Activity) and not isinstance(node, SubProcess)
        graph.label.append((node.name or node.id) if task else "")
    for scope, flow_ids in inside.items():
        start = _start(graph, scope)
        if scope is None:
            graph.start = start
        else:
            held = {flow for flow, sequence in enumerate(graph.flows) if sequence.id in flow_ids}
            graph.inner[scope] = (start, frozenset(held))
    _nest(graph)
    _reach(graph)
    return graph


def _start(graph: Graph, scope: int | None) -> int:
    own = [number for number in range(len(graph.nodes)) if graph.scope_of.get(number) == scope]
    for number in own:
        node = graph.nodes[number]
        if isinstance(node, Event) and node.position is EventPosition.START and not node.definitions:
            return number
    return next((number for number in own if not graph.ins[number]), own[0])


def _nest(graph: Graph) -> None:
    """A scope holds the tokens of the scopes inside it, and their marks."""
    for scope in sorted(graph.inner, reverse=True):
        outer = graph.scope_of.get(scope)
        if outer is not None:
            start, held = graph.inner[outer]
            graph.inner[outer] = (start, held | graph.inner[scope][1] | {graph.marker(scope)})


def _reach(graph: Graph) -> None:
    """For each incoming flow of an inclusive join: the flows from which a token can still come through it."""
    source = [graph.number[flow.source] for flow in graph.flows]
    for number, node in enumerate(graph.nodes):
        if not (isinstance(node, Gateway) and node.kind is GatewayKind.INCLUSIVE):
            continue
        for flow in graph.ins[number]:
            seen: set[int] = set()
            open_flows = [flow]
            while open_flows:
                before = source[open_flows.pop()]
                if before != number:
                    fresh = [f for f in graph.ins[before] if f not in seen]
                    seen.update(fresh)
                    open_flows.extend(fresh)
            graph.reach[flow] = frozenset(seen)
