"""Graph surgery on the top level of a process: small edits that keep a sound model sound.

Rule kept: the ids of flows that leave a diverging gateway never change, because branching weights hang on them. Nodes
inside sub-processes are not touched. Every edit returns a new process; order of elements is deterministic.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from zaizao.bpmn import Activity, Event, FlowNode, Gateway, GatewayKind, Process, SequenceFlow, Task

Element = TypeVar("Element", FlowNode, SequenceFlow)


class Net:
    """Look-ups over one process: nodes by id, flows in and out."""

    __slots__ = ("incoming", "nodes", "outgoing", "process")

    def __init__(self, process: Process) -> None:
        self.process = process
        self.nodes: dict[str, FlowNode] = {node.id: node for node in process.nodes}
        self.outgoing: dict[str, list[SequenceFlow]] = {node.id: [] for node in process.nodes}
        self.incoming: dict[str, list[SequenceFlow]] = {node.id: [] for node in process.nodes}
        for flow in process.flows:
            self.outgoing[flow.source].append(flow)
            self.incoming[flow.target].append(flow)

    def only_out(self, node: str) -> SequenceFlow | None:
        """The single outgoing flow, where there is exactly one."""
        flows = self.outgoing[node]
        return flows[0] if len(flows) == 1 else None

    def only_in(self, node: str) -> SequenceFlow | None:
        """The single incoming flow, where there is exactly one."""
        flows = self.incoming[node]
        return flows[0] if len(flows) == 1 else None

    def task(self, node: str) -> Task | None:
        """The plain task with this id: no loop, no boundary event, no default flow of its own."""
        found = self.nodes.get(node)
        if not isinstance(found, Task) or found.loop is not None or found.is_for_compensation:
            return None
        attached = any(isinstance(other, Event) and other.attached_to == node for other in self.nodes.values())
        return None if attached else found

    def split(self, node: str) -> Gateway | None:
        """The diverging exclusive gateway with this id that joins nothing."""
        found = self.nodes.get(node)
        if isinstance(found, Gateway) and found.kind is GatewayKind.EXCLUSIVE and len(self.outgoing[node]) > 1:
            return found if len(self.incoming[node]) == 1 else None
        return None

    def reachable(
        self, starts: Iterable[str], avoiding: str | None = None, avoiding_all: Collection[str] = ()
    ) -> set[str]:
        """Nodes on any path from ``starts``, these included, that passes none of those to avoid."""
        seen: set[str] = set()
        stack = list(starts)
        while stack:
            node = stack.pop()
            if node not in seen and node != avoiding and node not in avoiding_all:
                seen.add(node)
                stack.extend(flow.target for flow in self.outgoing[node])
                stack.extend(self._attached(node))
        return seen

    def after(self, node: str) -> set[str]:
        """Nodes on any path of at least one step from ``node``; ``node`` itself only where a loop leads back."""
        return self.reachable([*(flow.target for flow in self.outgoing[node]), *self._attached(node)])

    def goes_back(self, flow: SequenceFlow) -> bool:
        """True for a way back: alone, or by way of work that only it reaches, it leads to a node that every run
        passes before the flow's source (a natural loop: its head dominates its tail)."""
        head = flow.target
        while head != flow.source and len(self.incoming[head]) == 1 and len(self.outgoing[head]) == 1:
            head = self.outgoing[head][0].target
        starts = [node for node in self.nodes if not self.incoming[node]]
        return flow.source not in self.reachable(starts, avoiding=head)

    def first_work(self, start: str) -> FlowNode | None:
        """The named activity or event that is nearest to ``start``, itself included; None where there is none."""
        seen: set[str] = set()
        queue = [start]
        while queue:
            node = queue.pop(0)
            if node in seen:
                continue
            seen.add(node)
            found = self.nodes[node]
            if found.name and isinstance(found, Activity | Event):
                return found
            queue.extend(flow.target for flow in self.outgoing[node])
        return None

    def circles_silently(self, task: str) -> bool:
        """True where, after ``task``, choices alone can lead in a circle before any work is reached."""
        done: set[str] = set()
        path: set[str] = set()

        def visit(node: str) -> bool:
            if isinstance(self.nodes[node], Activity) or node in done:
                return False
            if node in path:
                return True
            path.add(node)
            circles = any(visit(flow.target) for flow in self.outgoing[node])
            path.remove(node)
            done.add(node)
            return circles

        return any(visit(flow.target) for flow in self.outgoing[task])

    def _attached(self, node: str) -> list[str]:
        return [other.id for other in self.nodes.values() if isinstance(other, Event) and other.attached_to == node]

    def sequential(self, first: str, second: str) -> bool:
        """True where ``second`` follows ``first`` directly and in every case, and is reached in no other way."""
        out, into = self.only_out(first), self.only_in(second)
        return out is not None and out is into


def edit(
    process: Process,
    *,
    put: Sequence[FlowNode] = (),
    drop: Sequence[str] = (),
    flows: Sequence[SequenceFlow] = (),
    cut: Sequence[str] = (),
    lane_of: str | None = None,
) -> Process:
    """The process with nodes and flows put (replaced by id, else appended) and dropped; new nodes join a lane."""
    kept_nodes = _merged(process.nodes, put, set(drop))
    kept_flows = _merged(process.flows, flows, set(cut))
    new = [node.id for node in put if node.id not in {old.id for old in process.nodes}]
    lanes = tuple(
        replace(
            lane,
            nodes=(
                *(node for node in lane.nodes if node not in set(drop)),
                *(new if lane_of is not None and lane_of in lane.nodes else ()),
            ),
        )
        for lane in process.lanes
    )
    return replace(process, nodes=kept_nodes, flows=kept_flows, lanes=lanes)


def _merged(old: Sequence[Element], put: Sequence[Element], drop: set[str]) -> tuple[Element, ...]:
    by_id = {element.id: element for element in old if element.id not in drop}
    by_id.update((element.id, element) for element in put)
    return tuple(by_id.values())


def fresh(process: Process, stem: str) -> str:
    """``stem`` as an id that no element of the process has yet."""
    taken = {node.id for node in process.walk()} | {flow.id for flow in process.flows} | {process.id}
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def bypass(process: Process, node: str) -> Process:
    """The process without ``node`` (one way out): what led to it leads to its successor."""
    net = Net(process)
    out = net.only_out(node)
    if out is None:
        message = f"{node} has not exactly one outgoing flow"
        raise ValueError(message)
    turned = [replace(flow, target=out.target) for flow in net.incoming[node]]
    return edit(process, drop=[node], flows=turned, cut=[out.id])


def insert_on(process: Process, flow_id: str, node: FlowNode) -> Process:
    """The process with ``node`` in the middle of a flow; the flow keeps its id on the side of its source."""
    flow = next(flow for flow in process.flows if flow.id == flow_id)
    onward = SequenceFlow(id=fresh(process, f"Flow_{node.id}"), source=node.id, target=flow.target)
    return edit(process, put=[node], flows=[replace(flow, target=node.id), onward], lane_of=flow.source)


def in_parallel(process: Process, tasks: Sequence[str]) -> Process:
    """A run of tasks, each directly after the other, put side by side between a parallel split and its join."""
    net = Net(process)
    first, last = tasks[0], tasks[-1]
    into = net.incoming[first]
    out = net.only_out(last)
    if out is None:
        message = f"{last} has not exactly one outgoing flow"
        raise ValueError(message)
    split = Gateway(id=fresh(process, f"Fork_{first}"), kind=GatewayKind.PARALLEL)
    join = Gateway(id=fresh(process, f"Join_{first}"), kind=GatewayKind.PARALLEL)
    between = [flow.id for task in tasks[:-1] for flow in net.outgoing[task]]
    flows = [replace(flow, target=split.id) for flow in into]
    flows.append(replace(out, source=join.id))
    for task in tasks:
        flows.append(SequenceFlow(id=fresh(process, f"Flow_{split.id}_{task}"), source=split.id, target=task))
        flows.append(SequenceFlow(id=fresh(process, f"Flow_{task}_{join.id}"), source=task, target=join.id))
    return edit(process, put=[split, join], flows=flows, cut=between, lane_of=first)


def with_fallback(process: Process, task: Task, person: Task, label: tuple[str, str]) -> tuple[Process, str, str, str]:
    """``task`` replaced (same id), then a split: on as before, or by way of ``person`` and back.

    Gives the process and the ids of split, normal flow and exception flow. ``label`` names normal and exception.
    """
    net = Net(process)
    out = net.only_out(task.id)
    if out is None:
        message = f"{task.id} has not exactly one outgoing flow"
        raise ValueError(message)
    split = fresh(process, f"Check_{task.id}")
    merge = fresh(process, f"Merge_{task.id}")
    normal = fresh(process, f"Flow_{task.id}_done")
    exception = fresh(process, f"Flow_{task.id}_person")
    flows = [
        SequenceFlow(id=fresh(process, f"Flow_{task.id}_check"), source=task.id, target=split),
        SequenceFlow(id=normal, source=split, target=merge, name=label[0]),
        SequenceFlow(id=exception, source=split, target=person.id, name=label[1]),
        SequenceFlow(id=fresh(process, f"Flow_{person.id}_done"), source=person.id, target=merge),
        replace(out, source=merge),
    ]
    nodes: list[FlowNode] = [task, Gateway(id=split, default=normal), person, Gateway(id=merge)]
    return edit(process, put=nodes, flows=flows, lane_of=task.id), split, normal, exception
