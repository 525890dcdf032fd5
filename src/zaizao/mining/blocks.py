"""Process trees as BPMN: each operator one block with one entry and one exit, and no gateway that does nothing.

Rule kept: a choice or parallel becomes a split and a join of one kind; a loop becomes a join (entry) and a split (exit
or again); a silent child becomes a plain flow. The result is sound because every block is. Ids are numbered in reading
order, so the same tree gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from zaizao.bpmn import Definitions, Event, EventPosition, FlowNode, Gateway, GatewayKind, Process, SequenceFlow, Task
from zaizao.mining.tree import Operator, Tree


@dataclass(slots=True)
class _Drawing:
    nodes: list[FlowNode] = field(default_factory=list)
    flows: list[SequenceFlow] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def id(self, prefix: str) -> str:
        self.numbers[prefix] = self.numbers.get(prefix, 0) + 1
        return f"{prefix}_{self.numbers[prefix]}"

    def gateway(self, kind: GatewayKind) -> str:
        made = Gateway(id=self.id("Gateway"), kind=kind)
        self.nodes.append(made)
        return made.id

    def connect(self, source: str, target: str) -> None:
        self.flows.append(SequenceFlow(id=self.id("Flow"), source=source, target=target))


def to_bpmn(tree: Tree, name: str = "") -> Definitions:
    """One executable process with the language of ``tree``; not laid out."""
    drawing = _Drawing()
    start = Event(id="StartEvent_1", position=EventPosition.START)
    drawing.nodes.append(start)
    last = _draw(tree, start.id, drawing)
    end = Event(id="EndEvent_1", position=EventPosition.END)
    drawing.nodes.append(end)
    drawing.connect(last, end.id)
    process = Process(id="Process_1", name=name, nodes=tuple(drawing.nodes), flows=tuple(drawing.flows))
    return Definitions(processes=(process,))


def _draw(tree: Tree, entry: str, drawing: _Drawing) -> str:
    """Draw ``tree`` after the node ``entry``; returns the node to go on from."""
    match tree.operator:
        case Operator.LEAF if tree.label is None:
            return entry
        case Operator.LEAF:
            task = Task(id=drawing.id("Activity"), name=tree.label or "")
            drawing.nodes.append(task)
            drawing.connect(entry, task.id)
            return task.id
        case Operator.SEQUENCE:
            for child in tree.children:
                entry = _draw(child, entry, drawing)
            return entry
        case Operator.LOOP:
            return _draw_loop(tree, entry, drawing)
        case _:
            kind = GatewayKind.EXCLUSIVE if tree.operator == Operator.CHOICE else GatewayKind.PARALLEL
            split = drawing.gateway(kind)
            drawing.connect(entry, split)
            exits = [_draw(child, split, drawing) for child in tree.children]
            join = drawing.gateway(kind)
            for last in exits:
                drawing.connect(last, join)
            return join


def _draw_loop(tree: Tree, entry: str, drawing: _Drawing) -> str:
    join = drawing.gateway(GatewayKind.EXCLUSIVE)
    drawing.connect(entry, join)
    last = _draw(tree.children[0], join, drawing)
    split = drawing.gateway(GatewayKind.EXCLUSIVE)
    drawing.connect(last, split)
    for redo in tree.children[1:]:
        drawing.connect(_draw(redo, split, drawing), join)
    return split
