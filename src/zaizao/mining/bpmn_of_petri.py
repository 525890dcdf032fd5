"""A free-choice workflow net as BPMN with the same language.

Rule kept: transitions that take from the same places are one choice: an exclusive split after a parallel join; a place
with several ways in is an exclusive join; a transition that fills several places ends in a parallel split. A net that is
not free-choice (taking from a place depends on another), has weights, or does not run from one place to one place is
refused, because no such picture would mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from zaizao.bpmn import (
    Definitions,
    Event,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    Process,
    SequenceFlow,
    Task,
    layout,
)
from zaizao.mining.errors import MiningError
from zaizao.mining.petri import PetriNet, PetriTransition
from zaizao.problems import Problem, Text

_START, _END = "StartEvent_1", "EndEvent_1"


@dataclass(slots=True)
class _Picture:
    """Nodes by id (``None``: nothing to draw, flows pass through) and flows as pairs of ids."""

    nodes: dict[str, FlowNode | None] = field(default_factory=dict)
    flows: list[tuple[str, str]] = field(default_factory=list)
    gateways: int = 0

    def port(self, kind: GatewayKind | None) -> str:
        self.gateways += 1
        name = f"Gateway_{self.gateways}"
        self.nodes[name] = None if kind is None else Gateway(id=name, kind=kind)
        return name


def bpmn_of(net: PetriNet) -> Definitions:
    """The process of ``net``, laid out. Raises ``MiningError`` for a net that BPMN's tokens cannot follow."""
    taken, given = net.around()
    start, final = _ends(net)
    if any(arc.weight != 1 for arc in net.arcs):
        raise _refused(net, "弧有权重", "an arc has a weight")
    choices = _choices(net, {t: frozenset(places) for t, places in taken.items()}, final)
    producers = {place: [t for t in given if place in given[t]] for place in net.places}
    picture = _Picture({_START: Event(id=_START, position=EventPosition.START)})
    entry, leaving = {}, {}
    for place in net.places:
        if not producers[place] and place != start:
            continue
        several = len(producers[place]) + (place == start) > 1
        entry[place] = leaving[place] = picture.port(GatewayKind.EXCLUSIVE if several else None)
    picture.flows.append((_START, entry[start]))
    picture.nodes[_END] = Event(id=_END, position=EventPosition.END)
    tasks = 0
    for places, options in choices.items():
        if not places <= entry.keys():
            continue  # these transitions can never happen
        join = picture.port(GatewayKind.PARALLEL if len(places) > 1 else None)
        picture.flows += [(leaving[place], join) for place in sorted(places)]
        split = picture.port(GatewayKind.EXCLUSIVE if len(options) > 1 else None)
        picture.flows.append((join, split))
        for transition in options:
            if transition is None:
                picture.flows.append((split, _END))
                continue
            here = split
            if transition.label is not None:
                tasks += 1
                task = f"Activity_{tasks}"
                picture.nodes[task] = Task(id=task, name=transition.label)
                picture.flows.append((split, task))
                here = task
            after = picture.port(GatewayKind.PARALLEL if len(given[transition.id]) > 1 else None)
            picture.flows.append((here, after))
            picture.flows += [(after, entry[place]) for place in sorted(given[transition.id])]
    return layout(_drawn(picture, net.name))


def _ends(net: PetriNet) -> tuple[str, str]:
    start = [place for place, tokens in net.start.items() if tokens]
    final = [place for place, tokens in net.final.items() if tokens]
    if len(start) != 1 or len(final) != 1 or net.start[start[0]] != 1 or net.final[final[0]] != 1:
        raise _refused(net, "不是一个起点、一个终点", "it does not run from one place to one place")
    return start[0], final[0]


Choices = dict[frozenset[str], list[PetriTransition | None]]


def _choices(net: PetriNet, taken: dict[str, frozenset[str]], final: str) -> Choices:
    """Transitions (``None``: the end) by the places they take from."""
    result: Choices = {frozenset((final,)): [None]}
    for transition in net.transitions:
        if not taken[transition.id]:
            raise _refused(net, f"变迁 {transition.id} 没有输入", f"transition {transition.id} takes nothing")
        result.setdefault(taken[transition.id], []).append(transition)
    owner: dict[str, frozenset[str]] = {}
    for places in result:
        for place in places:
            if owner.setdefault(place, places) != places:
                raise _refused(net, f"库所 {place} 处不是自由选择", f"the choice at place {place} is not free")
    return result


def _drawn(picture: _Picture, title: str) -> Definitions:
    flows = list(picture.flows)
    for name in [name for name, node in picture.nodes.items() if node is None]:
        into = [flow for flow in flows if flow[1] == name]
        out = [flow for flow in flows if flow[0] == name]
        rest = [flow for flow in flows if name not in flow]
        flows = rest + [(a, b) for a, _ in into for _, b in out]
    nodes = [node for node in picture.nodes.values() if node is not None]
    numbered = {node.id: f"Gateway_{k}" for k, node in enumerate((n for n in nodes if isinstance(n, Gateway)), start=1)}
    drawn = tuple(
        Gateway(id=numbered[node.id], kind=node.kind) if isinstance(node, Gateway) else node for node in nodes
    )
    sequence = tuple(
        SequenceFlow(id=f"Flow_{k}", source=numbered.get(a, a), target=numbered.get(b, b))
        for k, (a, b) in enumerate(flows, start=1)
    )
    return Definitions(processes=(Process(id="Process_1", name=title, nodes=drawn, flows=sequence),))


def _refused(net: PetriNet, zh: str, en: str) -> MiningError:
    return MiningError(
        Problem(
            net.name or "net",
            Text(f"不能画成 BPMN：{zh}", f"it cannot be drawn as BPMN: {en}"),
            Text("可直接对 Petri 网做一致性检查", "check conformance against the net itself"),
            "mining.net-not-drawable",
        )
    )
