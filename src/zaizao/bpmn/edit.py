"""Changing a process: insert, remove, swap, put side by side, make optional; pure functions.

Rule kept: what comes out is as well-formed as what went in: flows have both ends, lanes and boundary events name
existing nodes, defaults are flows that leave their node, ids are unique. Conditions and names of flows stay with the
node that decides on them. A change that cannot keep this raises ``BpmnError`` and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple, TypeVar

from zaizao.bpmn.errors import BpmnError
from zaizao.bpmn.model import (
    Activity,
    Association,
    Definitions,
    Event,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    Lane,
    Process,
    SequenceFlow,
    SubProcess,
)
from zaizao.problems import Problem, Text

Item = TypeVar("Item")


class Segment(NamedTuple):
    """A stretch of a process with one way in (``entry``) and one node, ``exit``, from which it goes on."""

    entry: str
    exit: str


@dataclass(frozen=True, slots=True)
class _Scope:
    """The nodes, flows and associations of one process or sub-process."""

    nodes: tuple[FlowNode, ...]
    flows: tuple[SequenceFlow, ...]
    associations: tuple[Association, ...]


# --- looking ------------------------------------------------------------------------------------------------------


def node_of(process: Process, node_id: str) -> FlowNode:
    """The node with this id, wherever it stands; raises ``BpmnError`` when there is none."""
    for node in process.walk():
        if node.id == node_id:
            return node
    raise BpmnError(_unknown(process, node_id))


def flows_of(process: Process) -> tuple[SequenceFlow, ...]:
    """All sequence flows, those of sub-processes included."""
    inner = [flow for node in process.walk() if isinstance(node, SubProcess) for flow in node.flows]
    return (*process.flows, *inner)


def incoming(process: Process, node_id: str) -> tuple[SequenceFlow, ...]:
    """The flows that enter a node."""
    return tuple(flow for flow in flows_of(process) if flow.target == node_id)


def outgoing(process: Process, node_id: str) -> tuple[SequenceFlow, ...]:
    """The flows that leave a node."""
    return tuple(flow for flow in flows_of(process) if flow.source == node_id)


def fresh_id(process: Process, stem: str) -> str:
    """``stem``, or ``stem_2``, ``stem_3`` … : the first that no element of the process has."""
    taken = {process.id, *(node.id for node in process.walk()), *(flow.id for flow in flows_of(process))}
    taken |= {lane.id for lane in _all_lanes(process.lanes)} | {item.id for item in process.associations}
    number, candidate = 1, stem
    while candidate in taken:
        number += 1
        candidate = f"{stem}_{number}"
    return candidate


def with_process(definitions: Definitions, process: Process) -> Definitions:
    """The definitions with this process in place of the one with its id; the diagram is dropped, lay out again."""
    if all(other.id != process.id for other in definitions.processes):
        raise BpmnError(_unknown(process, process.id))
    processes = tuple(process if other.id == process.id else other for other in definitions.processes)
    return replace(definitions, processes=processes, diagram=None, drill_downs={})


# --- changing -----------------------------------------------------------------------------------------------------


def replace_node(process: Process, node_id: str, node: FlowNode) -> Process:
    """``node`` in place of the one with ``node_id``; flows, lanes, boundary events follow if the id is new."""
    node_of(process, node_id)
    if node.id != node_id and node.id in {other.id for other in process.walk()}:
        raise BpmnError(_duplicate(process, node.id))

    def change(scope: _Scope) -> _Scope:
        moved = _renamed(scope, node_id, node.id)
        return replace(moved, nodes=_put(moved.nodes, node.id, [node]))

    changed = _in_scope(process, node_id, change)
    return _tidied(replace(changed, lanes=_lanes_with(changed.lanes, {node_id: [node.id]})))


def remove_node(process: Process, node_id: str) -> Process:
    """Without the node: what led to it leads to what followed it. Its boundary events and their branches go as well.

    Refused are nodes that decide (several flows onward) and nodes whose removal leaves a neighbour without way in or
    out. A flow that would lead from a node to itself is dropped.
    """
    before, after = incoming(process, node_id), outgoing(process, node_id)
    node_of(process, node_id)
    before = tuple(flow for flow in before if flow.source != node_id)
    after = tuple(flow for flow in after if flow.target != node_id)
    if len(after) > 1:
        raise BpmnError(_cannot(process, node_id, "它有多条出线", "it has several flows onward"))
    healed = {
        flow.id: replace(flow, target=after[0].target) if flow.target == node_id else flow
        for flow in flows_of(process)
        if flow.source != node_id and not (flow.target == node_id and (not after or after[0].target == flow.source))
    }
    sources, targets = {flow.source for flow in healed.values()}, {flow.target for flow in healed.values()}
    if any(flow.source not in sources for flow in before) or any(flow.target not in targets for flow in after):
        raise BpmnError(_cannot(process, node_id, "相邻节点会失去连线", "a neighbour would lose its only flow"))

    def change(scope: _Scope) -> _Scope:
        flows = tuple(healed[flow.id] for flow in scope.flows if flow.id in healed)
        return _without(replace(scope, flows=flows), {node_id})

    changed = _in_scope(process, node_id, change)
    orphans = {
        node.id
        for node in process.walk()
        if isinstance(node, Event) and node.attached_to == node_id and node.position is EventPosition.BOUNDARY
    }
    return _tidied(_without_branches(changed, orphans))


def insert_on(process: Process, flow_id: str, node: FlowNode) -> Process:
    """``node`` in the middle of a flow; the flow keeps its id, name and condition and now ends at the node."""
    flow = _flow(process, flow_id)
    _refuse_known(process, node)
    onward = SequenceFlow(id=fresh_id(process, f"Flow_{node.id}"), source=node.id, target=flow.target)

    def change(scope: _Scope) -> _Scope:
        flows = _replaced(scope.flows, flow_id, [replace(flow, target=node.id), onward])
        return replace(scope, nodes=_after(scope.nodes, flow.source, node), flows=flows)

    changed = _in_scope(process, flow.source, change)
    return replace(changed, lanes=_lanes_with(changed.lanes, {flow.target: [flow.target, node.id]}))


def insert_after(process: Process, node_id: str, node: FlowNode) -> Process:
    """``node`` right after the one with ``node_id``, which must not decide (a gateway with several ways out does)."""
    before, after = node_of(process, node_id), outgoing(process, node_id)
    if isinstance(before, Gateway) and len(after) > 1:
        raise BpmnError(_cannot(process, node_id, "网关有多条出线，应在连线上插入", "it is a split: insert on a flow"))
    if isinstance(before, Event) and before.position is EventPosition.END:
        raise BpmnError(_cannot(process, node_id, "结束事件之后不能再有节点", "nothing follows an end event"))
    _refuse_known(process, node)
    link = SequenceFlow(id=fresh_id(process, f"Flow_{node.id}"), source=node_id, target=node.id)
    if isinstance(before, Activity) and before.default and isinstance(node, Activity):
        node = replace(node, default=before.default)

    def change(scope: _Scope) -> _Scope:
        flows = tuple(replace(flow, source=node.id) if flow.source == node_id else flow for flow in scope.flows)
        return replace(scope, nodes=_after(scope.nodes, node_id, node), flows=(*flows, link))

    changed = _in_scope(process, node_id, change)
    return _tidied(replace(changed, lanes=_lanes_with(changed.lanes, {node_id: [node_id, node.id]})))


def insert_before(process: Process, node_id: str, node: FlowNode) -> Process:
    """``node`` right before the one with ``node_id``: all that led there leads to ``node`` first."""
    after = node_of(process, node_id)
    if isinstance(after, Event) and after.position in (EventPosition.START, EventPosition.BOUNDARY):
        raise BpmnError(_cannot(process, node_id, "开始和边界事件之前不能有节点", "nothing precedes such an event"))
    _refuse_known(process, node)
    link = SequenceFlow(id=fresh_id(process, f"Flow_{node.id}"), source=node.id, target=node_id)

    def change(scope: _Scope) -> _Scope:
        flows = tuple(replace(flow, target=node.id) if flow.target == node_id else flow for flow in scope.flows)
        return replace(scope, nodes=_after(scope.nodes, node_id, node), flows=(*flows, link))

    changed = _in_scope(process, node_id, change)
    return replace(changed, lanes=_lanes_with(changed.lanes, {node_id: [node_id, node.id]}))


def swap(process: Process, first: str, second: str) -> Process:
    """Two nodes that follow each other directly, in the other order."""
    onward = outgoing(process, second)
    for node, flows in ((first, outgoing(process, first)), (second, onward)):
        if len(flows) != 1:
            raise BpmnError(_cannot(process, node, "没有唯一的后续连线", "it needs exactly one flow onward"))
    return swap_segments(process, Segment(first, first), Segment(second, second), onward[0].id)


def swap_segments(process: Process, first: Segment, second: Segment, onward: str) -> Process:
    """Two stretches that follow each other, in the other order; ``onward`` is the flow on which ``second`` goes on.

    The flow from ``first.exit`` to ``second.entry`` must be the only one between them. Other ways out (a rejection
    after a check) stay with their stretch.
    """
    link = [flow for flow in outgoing(process, first.exit) if flow.target == second.entry]
    on = _flow(process, onward)
    if len(link) != 1 or on.source != second.exit:
        raise BpmnError(_cannot(process, first.exit, "与后一段不直接相连", "the stretches do not follow each other"))
    if len(incoming(process, second.entry)) != 1:
        raise BpmnError(_cannot(process, second.entry, "还有其他入线", "other flows enter it"))
    inside = _between(process, first)
    moved = {flow.id for flow in incoming(process, first.entry) if flow.source not in inside}
    end = first.entry if on.target == first.entry else on.target

    def change(scope: _Scope) -> _Scope:
        flows = []
        for flow in scope.flows:
            if flow.id == onward:
                flows.append(replace(flow, target=first.entry))
            elif flow.id == link[0].id:
                flows.append(replace(flow, target=second.entry if end == first.entry else end))
            elif flow.id in moved:
                flows.append(replace(flow, target=second.entry))
            else:
                flows.append(flow)
        return replace(scope, flows=tuple(flows))

    return _in_scope(process, first.entry, change)


def in_parallel(process: Process, node_ids: Sequence[str]) -> Process:
    """Nodes that follow each other directly, side by side between two parallel gateways."""
    if len(node_ids) < 2:
        raise BpmnError(_cannot(process, process.id, "并行至少需要两个节点", "two nodes are needed to run in parallel"))
    for one, other in pairwise(node_ids):
        leaving, entering = outgoing(process, one), incoming(process, other)
        if len(leaving) != 1 or len(entering) != 1 or leaving[0].target != other:
            raise BpmnError(_cannot(process, one, "与下一个节点不直接相连", "the next node does not follow"))
    last = outgoing(process, node_ids[-1])
    if len(last) != 1:
        raise BpmnError(_cannot(process, node_ids[-1], "没有唯一的后续连线", "it needs exactly one flow onward"))
    split = Gateway(id=fresh_id(process, f"Split_{node_ids[0]}"), kind=GatewayKind.PARALLEL)
    join = Gateway(id=fresh_id(process, f"Join_{node_ids[0]}"), kind=GatewayKind.PARALLEL)
    links = [flow for node in node_ids[:-1] for flow in outgoing(process, node)]

    def change(scope: _Scope) -> _Scope:
        flows = []
        for flow in scope.flows:
            if flow in links:  # the link into the next node becomes that node's branch
                flows.append(SequenceFlow(id=flow.id, source=split.id, target=flow.target))
            elif flow.target == node_ids[0]:
                flows.append(replace(flow, target=split.id))
            elif flow.source == node_ids[-1]:
                flows.append(replace(flow, source=join.id))
            else:
                flows.append(flow)
        taken = replace(process, flows=(*process.flows, *flows))
        flows.append(SequenceFlow(id=fresh_id(taken, f"Flow_{split.id}"), source=split.id, target=node_ids[0]))
        flows.extend(
            SequenceFlow(id=fresh_id(taken, f"Flow_{node}_{join.id}"), source=node, target=join.id) for node in node_ids
        )
        nodes = _after(_after(scope.nodes, node_ids[0], split, before=True), node_ids[-1], join)
        return replace(scope, nodes=nodes, flows=tuple(flows))

    changed = _in_scope(process, node_ids[0], change)
    changes = {node_ids[0]: [split.id, node_ids[0]]}
    changes[node_ids[-1]] = [*changes.get(node_ids[-1], [node_ids[-1]]), join.id]
    return _tidied(replace(changed, lanes=_lanes_with(changed.lanes, changes)))


def make_optional(
    process: Process, node_id: str, condition: str, *, question: str = "", taken: str = "", passed_by: str = ""
) -> Process:
    """The node runs only when the FEEL ``condition`` holds, else it is passed by.

    ``question`` names the new exclusive gateway, ``taken`` and ``passed_by`` its two flows (the latter the default).
    """
    before, after = incoming(process, node_id), outgoing(process, node_id)
    if not before or len(after) != 1:
        raise BpmnError(_cannot(process, node_id, "入线或出线不合要求", "it needs flows in and one flow onward"))
    bypass = fresh_id(process, f"Flow_past_{node_id}")
    split = Gateway(id=fresh_id(process, f"Decide_{node_id}"), name=question, default=bypass)
    join = Gateway(id=fresh_id(process, f"Merge_{node_id}"))
    into = SequenceFlow(
        id=fresh_id(process, f"Flow_into_{node_id}"), source=split.id, target=node_id, name=taken, condition=condition
    )
    past = SequenceFlow(id=bypass, source=split.id, target=join.id, name=passed_by)
    out = SequenceFlow(id=fresh_id(process, f"Flow_from_{node_id}"), source=node_id, target=join.id)

    def change(scope: _Scope) -> _Scope:
        flows = [
            replace(flow, target=split.id)
            if flow.target == node_id
            else replace(flow, source=join.id)
            if flow.source == node_id
            else flow
            for flow in scope.flows
        ]
        nodes = _after(_after(scope.nodes, node_id, split, before=True), node_id, join)
        return replace(scope, nodes=nodes, flows=(*flows, into, past, out))

    changed = _in_scope(process, node_id, change)
    lanes = _lanes_with(changed.lanes, {node_id: [split.id, node_id, join.id]})
    return _tidied(replace(changed, lanes=lanes))


# --- inside -------------------------------------------------------------------------------------------------------


def _in_scope(process: Process, node_id: str, change: Callable[[_Scope], _Scope]) -> Process:
    """The process with the scope changed in which the node stands."""
    if any(node.id == node_id for node in process.nodes):
        new = change(_Scope(process.nodes, process.flows, process.associations))
        return replace(process, nodes=new.nodes, flows=new.flows, associations=new.associations)
    return replace(process, nodes=tuple(_changed_inside(node, node_id, change) for node in process.nodes))


def _changed_inside(node: FlowNode, node_id: str, change: Callable[[_Scope], _Scope]) -> FlowNode:
    if not isinstance(node, SubProcess):
        return node
    if any(inner.id == node_id for inner in node.nodes):
        new = change(_Scope(node.nodes, node.flows, node.associations))
        return replace(node, nodes=new.nodes, flows=new.flows, associations=new.associations)
    return replace(node, nodes=tuple(_changed_inside(inner, node_id, change) for inner in node.nodes))


def _renamed(scope: _Scope, old: str, new: str) -> _Scope:
    if old == new:
        return scope

    def end(name: str) -> str:
        return new if name == old else name

    nodes = tuple(
        replace(node, id=end(node.id), attached_to=end(node.attached_to or "") or None)
        if isinstance(node, Event)
        else replace(node, id=end(node.id))
        for node in scope.nodes
    )
    flows = tuple(replace(flow, source=end(flow.source), target=end(flow.target)) for flow in scope.flows)
    links = tuple(replace(link, source=end(link.source), target=end(link.target)) for link in scope.associations)
    return _Scope(nodes, flows, links)


def _without(scope: _Scope, gone: set[str]) -> _Scope:
    return _Scope(
        tuple(node for node in scope.nodes if node.id not in gone),
        tuple(flow for flow in scope.flows if flow.source not in gone and flow.target not in gone),
        tuple(link for link in scope.associations if link.source not in gone and link.target not in gone),
    )


def _without_branches(process: Process, roots: set[str]) -> Process:
    """Without these nodes and without what only they lead to."""
    if not roots:
        return process
    gone = set(roots)
    flows = flows_of(process)
    grown = True
    while grown:
        reached = {flow.target for flow in flows if flow.source in gone} - gone
        lost = {node for node in reached if all(flow.source in gone for flow in flows if flow.target == node)}
        lost |= {n.id for n in process.walk() if isinstance(n, Event) and n.attached_to in gone} - gone
        grown = bool(lost)
        gone |= lost
    for root in sorted(gone):
        if any(node.id == root for node in process.walk()):
            process = _in_scope(process, root, lambda scope: _without(scope, gone))
    return process


def _tidied(process: Process) -> Process:
    """Defaults that no longer leave their node are dropped, lanes forget nodes that are gone."""
    sources = {flow.id: flow.source for flow in flows_of(process)}

    def tidy(node: FlowNode) -> FlowNode:
        if isinstance(node, Activity | Gateway) and node.default and sources.get(node.default) != node.id:
            node = replace(node, default=None)
        if isinstance(node, SubProcess):
            node = replace(node, nodes=tuple(tidy(inner) for inner in node.nodes))
        return node

    known = {node.id for node in process.walk()}
    lanes = _lanes_with(
        process.lanes, {n: [] for lane in _all_lanes(process.lanes) for n in lane.nodes if n not in known}
    )
    return replace(process, nodes=tuple(tidy(node) for node in process.nodes), lanes=lanes)


def _between(process: Process, segment: Segment) -> set[str]:
    """The nodes on ways from the segment's entry to its exit."""
    flows = flows_of(process)
    seen, stack = {segment.entry}, [segment.entry]
    while stack:
        node = stack.pop()
        if node == segment.exit:
            continue
        fresh = [flow.target for flow in flows if flow.source == node and flow.target not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    back, stack = {segment.exit}, [segment.exit]
    while stack:
        node = stack.pop()
        if node == segment.entry:
            continue
        fresh = [flow.source for flow in flows if flow.target == node and flow.source not in back]
        back.update(fresh)
        stack.extend(fresh)
    return seen & back


def _after(nodes: tuple[FlowNode, ...], node_id: str, node: FlowNode, *, before: bool = False) -> tuple[FlowNode, ...]:
    present = next(other for other in nodes if other.id == node_id)
    return _put(nodes, node_id, [node, present] if before else [present, node])


def _put(nodes: tuple[FlowNode, ...], node_id: str, new: Sequence[FlowNode]) -> tuple[FlowNode, ...]:
    return tuple(item for node in nodes for item in (new if node.id == node_id else [node]))


def _replaced(flows: tuple[SequenceFlow, ...], flow_id: str, new: Sequence[SequenceFlow]) -> tuple[SequenceFlow, ...]:
    return tuple(item for flow in flows for item in (new if flow.id == flow_id else [flow]))


def _lanes_with(lanes: tuple[Lane, ...], changes: dict[str, list[str]]) -> tuple[Lane, ...]:
    """Lanes in which each named node is replaced by the given ones."""
    return tuple(
        replace(
            lane,
            nodes=tuple(new for node in lane.nodes for new in changes.get(node, [node])),
            lanes=_lanes_with(lane.lanes, changes),
        )
        for lane in lanes
    )


def _all_lanes(lanes: Iterable[Lane]) -> Iterable[Lane]:
    for lane in lanes:
        yield lane
        yield from _all_lanes(lane.lanes)


def _flow(process: Process, flow_id: str) -> SequenceFlow:
    for flow in flows_of(process):
        if flow.id == flow_id:
            return flow
    raise BpmnError(_unknown(process, flow_id))


def _refuse_known(process: Process, node: FlowNode) -> None:
    if fresh_id(process, node.id) != node.id:
        raise BpmnError(_duplicate(process, node.id))


def _unknown(process: Process, element: str) -> Problem:
    return Problem(
        f"{process.id}: {element}",
        Text("流程里没有这个元素", "the process has no such element"),
        Text("使用流程中已有的编号", "use the id of an element of the process"),
        "bpmn.edit.unknown",
    )


def _duplicate(process: Process, element: str) -> Problem:
    return Problem(
        f"{process.id}: {element}",
        Text("编号已被使用", "the id is taken"),
        Text("用 fresh_id 取一个新编号", "take a new one from fresh_id"),
        "bpmn.edit.duplicate",
    )


def _cannot(process: Process, element: str, zh: str, en: str) -> Problem:
    return Problem(
        f"{process.id}: {element}",
        Text(f"不能这样改动：{zh}", f"it cannot be changed so: {en}"),
        Text("先改变它周围的连线", "change the flows around it first"),
        "bpmn.edit.refused",
    )
