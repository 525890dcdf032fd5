"""A scope as a token net: which node may fire in which marking, and what it does to the tokens.

Rule kept: one scope at a time; a sub-process is one node of its parent. A marking is a sorted tuple of flow numbers, one
entry per token. Every flow has one consumer, its target, so nodes only conflict through their own choices. Data is not
looked at: every choice may go any way. Standard: BPMN 2.0.2 section 13 (execution semantics).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from zaizao.bpmn.model import (
    Activity,
    ErrorDefinition,
    Event,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    LinkDefinition,
    SequenceFlow,
    SubProcess,
    SubProcessKind,
    Task,
    TerminateDefinition,
)

Marking = tuple[int, ...]
WIDEST = 6  # an inclusive split with more ways on is taken one way, all ways, or in pairs


class Kind(StrEnum):
    """How a node takes and gives tokens."""

    RELAY = "relay"  # takes one, gives to all ways (activities, events)
    CHOOSE = "choose"  # takes one, gives to one way
    FORK = "fork"  # takes one from each, gives to all
    SOME = "some"  # takes what will come, gives to some
    END = "end"  # takes one, ends everything


@dataclass(frozen=True, slots=True)
class Step:
    """One way in which a node can fire."""

    node: int
    takes: tuple[int, ...]
    gives: tuple[int, ...]
    clears: bool = False


@dataclass(slots=True)
class TokenNet:
    """Nodes by number, with their incoming and outgoing flows by number."""

    nodes: list[FlowNode]
    kinds: list[Kind]
    incoming: list[list[int]]
    outgoing: list[list[int]]
    extras: list[list[tuple[bool, list[int]]]]  # per node: (interrupts, flows) of its boundary events
    starts: list[int]
    flows: list[SequenceFlow]
    target: list[int]
    upstream: dict[tuple[int, int], frozenset[int]] = field(default_factory=dict)

    def initial(self) -> Iterator[tuple[int, Marking]]:
        """Each start and the marking right after it."""
        for start in self.starts:
            yield start, tuple(sorted(self.outgoing[start]))

    def steps(self, marking: Marking) -> list[Step]:
        """All ways to fire in a marking, node by node in order."""
        marked = set(marking)
        found: list[Step] = []
        for node in sorted({self.target[flow] for flow in marked}):
            found.extend(self._of(node, marked))
        return found

    def waiting(self, marking: Marking) -> list[int]:
        """The nodes at which tokens stand."""
        return sorted({self.target[flow] for flow in marking})

    def _of(self, node: int, marked: set[int]) -> Iterator[Step]:
        here = [flow for flow in self.incoming[node] if flow in marked]
        ways = self.outgoing[node]
        match self.kinds[node]:
            case Kind.FORK:
                if len(here) == len(self.incoming[node]):
                    yield Step(node, tuple(here), tuple(ways))
            case Kind.CHOOSE:
                for flow in here:
                    yield from (Step(node, (flow,), (way,)) for way in ways or ())
            case Kind.SOME:
                if self._complete(node, here, marked):
                    yield from (Step(node, tuple(here), chosen) for chosen in _subsets(ways))
            case Kind.END:
                yield from (Step(node, (flow,), (), True) for flow in here)
            case Kind.RELAY:
                for flow in here:
                    yield from self._passed(node, flow)

    def _passed(self, node: int, flow: int) -> Iterator[Step]:
        ways = tuple(self.outgoing[node])
        conditional = [way for way in ways if self.flows[way].condition is not None]
        always = tuple(way for way in ways if self.flows[way].condition is None)
        default = getattr(self.nodes[node], "default", None)
        if conditional:
            always = tuple(way for way in always if self.flows[way].id != default)
            others = tuple(way for way in ways if self.flows[way].id == default)
            for chosen in _subsets(conditional):
                yield Step(node, (flow,), (*always, *chosen))
            if always or others:
                yield Step(node, (flow,), (*always, *others))
        else:
            yield Step(node, (flow,), ways)
        for interrupts, branch in self.extras[node]:
            yield Step(node, (flow,), tuple(branch) if interrupts else (*ways, *branch))

    def _complete(self, node: int, here: Sequence[int], marked: set[int]) -> bool:
        """Whether an inclusive join has all that can still come (BPMN 13.3.3)."""
        if not here:
            return False
        missing = [flow for flow in self.incoming[node] if flow not in marked]
        others = marked - set(here)
        reach = [self._upstream(flow, node) for flow in missing]
        served = [self._upstream(flow, node) for flow in here]
        return not any(
            token in before and not any(token in serving for serving in served) for token in others for before in reach
        )

    def _upstream(self, flow: int, join: int) -> frozenset[int]:
        """The flows from which a token can reach ``flow`` without passing the join."""
        key = (flow, join)
        if key not in self.upstream:
            source_of = {way: node for node, ways in enumerate(self.outgoing) for way in ways}
            for node, extras in enumerate(self.extras):
                source_of |= {way: node for _, ways in extras for way in ways}
            seen: set[int] = {flow}
            stack = [flow]
            while stack:
                node = source_of.get(stack.pop(), join)
                if node == join:
                    continue
                fresh = [before for before in self.incoming[node] if before not in seen]
                seen.update(fresh)
                stack.extend(fresh)
            self.upstream[key] = frozenset(seen)
        return self.upstream[key]


def token_net(nodes: Sequence[FlowNode], flows: Sequence[SequenceFlow]) -> TokenNet:
    """The net of a scope. Link events become flows; event sub-processes and handlers of compensation stand apart."""
    links = _link_flows(nodes)
    placed = [node for node in nodes if not _apart(node)]
    number = {node.id: index for index, node in enumerate(placed)}
    hosts = {
        node.id: node.attached_to
        for node in nodes
        if isinstance(node, Event) and node.position is EventPosition.BOUNDARY and node.attached_to in number
    }
    kept = [
        flow for flow in (*flows, *links) if (flow.source in number or flow.source in hosts) and flow.target in number
    ]
    incoming: list[list[int]] = [[] for _ in placed]
    outgoing: list[list[int]] = [[] for _ in placed]
    branches: dict[str, list[int]] = {event: [] for event in hosts}
    for index, flow in enumerate(kept):
        incoming[number[flow.target]].append(index)
        if flow.source in hosts:
            branches[flow.source].append(index)
        else:
            outgoing[number[flow.source]].append(index)
    extras: list[list[tuple[bool, list[int]]]] = [[] for _ in placed]
    for node in nodes:
        if isinstance(node, Event) and (host := hosts.get(node.id)) and branches[node.id]:
            extras[number[host]].append((node.interrupting, branches[node.id]))
    kinds = [_kind(node, len(outgoing[index])) for index, node in enumerate(placed)]
    starts = [index for index, node in enumerate(placed) if _starts(node) and not incoming[index]]
    return TokenNet(placed, kinds, incoming, outgoing, extras, starts, kept, [number[flow.target] for flow in kept])


def _kind(node: FlowNode, ways: int) -> Kind:
    if isinstance(node, Gateway):
        match node.kind:
            case GatewayKind.PARALLEL:
                return Kind.FORK
            case GatewayKind.INCLUSIVE:
                return Kind.SOME
            case _:
                return Kind.CHOOSE if ways else Kind.RELAY
    if isinstance(node, Event) and node.position is EventPosition.END:
        ends = any(isinstance(item, TerminateDefinition | ErrorDefinition) for item in node.definitions)
        return Kind.END if ends else Kind.RELAY
    return Kind.RELAY


def _apart(node: FlowNode) -> bool:
    if isinstance(node, SubProcess) and node.kind is SubProcessKind.EVENT:
        return True
    if isinstance(node, Activity) and node.is_for_compensation:
        return True
    return isinstance(node, Event) and node.position is EventPosition.BOUNDARY


def _starts(node: FlowNode) -> bool:
    if isinstance(node, Event):
        return node.position is EventPosition.START
    return isinstance(node, Task | Gateway) and node.instantiate


def _link_flows(nodes: Sequence[FlowNode]) -> list[SequenceFlow]:
    catches = {
        item.name: node.id
        for node in nodes
        if isinstance(node, Event) and node.position is EventPosition.CATCH
        for item in node.definitions
        if isinstance(item, LinkDefinition)
    }
    return [
        SequenceFlow(id=f"link {node.id}", source=node.id, target=catches[item.name])
        for node in nodes
        if isinstance(node, Event) and node.position is EventPosition.THROW
        for item in node.definitions
        if isinstance(item, LinkDefinition) and item.name in catches
    ]


def _subsets(ways: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if len(ways) > WIDEST:
        yield from ((way,) for way in ways)
        yield from combinations(ways, 2)
        yield tuple(ways)
        return
    for size in range(1, len(ways) + 1):
        yield from combinations(ways, size)
    if not ways:
        yield ()
